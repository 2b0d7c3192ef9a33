"""Jobs that another process does: what it tells comes through, and it never outlives who waits for it."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ragqa.config import IngestSettings, ServeSettings, Settings
from ragqa.errors import IndexMissing, RagqaError, UsageError
from ragqa.serve import works
from ragqa.serve.job_store import Job
from ragqa.serve.job_work import Outcome, Task
from ragqa.serve.orders import read_order, write_order
from ragqa.serve.roots import Roots
from ragqa.serve.uploads import Uploads
from ragqa.serve.works import paths_of, run_apart, works_of
from ragqa.types import Progress

SAY = "import json, sys; say = lambda **told: print(json.dumps(told), flush=True); order = sys.stdin.readline(); "


def task_of(tmp_path: Path, kind: str = "embed", **asked: object) -> tuple[Task, list[Progress]]:
    steps: list[Progress] = []
    return Task(Job("0" * 16 + "-" + "0" * 8, kind, "none", asked), tmp_path / "files", steps.append, lambda: False), steps


def test_settings_arrive_as_they_were() -> None:
    settings = Settings(home="x", ingest=IngestSettings(include=("*.pdf",)), serve=ServeSettings(roots=("a", "b")))
    read, order = read_order(write_order(settings, "ingest", "shelf", ["a\udcff"], {"prune": True}))
    assert read == settings
    assert order == {"kind": "ingest", "index": "shelf", "paths": ["a\udcff"], "asked": {"prune": True}}


def test_the_error_of_the_other_process_is_raised_here(tmp_path: Path) -> None:
    task, _ = task_of(tmp_path)
    with pytest.raises(IndexMissing, match="none"):
        run_apart(Settings(home=str(tmp_path)), task, [])


def test_an_evaluation_without_its_pairs_is_told(tmp_path: Path) -> None:
    task, _ = task_of(tmp_path, "evaluate")
    made = works_of(Settings(home=str(tmp_path)), Roots(), Uploads(tmp_path))
    with pytest.raises(UsageError, match="pairs are gone"):
        made["evaluate"].run(task)
    assert made["ingest"].writes and not made["evaluate"].writes


def test_an_ingest_of_no_uploads_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was uploaded"):
        paths_of(task_of(tmp_path, "ingest", uploads=True)[0], Roots(), Uploads(tmp_path))


def test_what_was_uploaded_takes_its_place_once(tmp_path: Path) -> None:
    """A job that finds its index taken begins again."""
    task, _ = task_of(tmp_path, "ingest", files=["a.md", "b.md"])
    task.files.mkdir()
    for name in ("a.md", "b.md"):
        (task.files / name).write_text(name)
    place = tmp_path / "uploads" / "none"
    for _ in range(2):
        assert paths_of(task, Roots(), Uploads(tmp_path)) == [place / "a.md", place / "b.md"]
        assert (place / "b.md").read_text() == "b.md" and not task.files.exists()


def test_what_was_uploaded_may_lie_on_another_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_disk(file: Path, place: Path) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    (tmp_path / "arrived").mkdir()
    (tmp_path / "arrived" / "a.md").write_text("new")
    monkeypatch.setattr("ragqa.serve.uploads.os.replace", another_disk)
    Uploads(tmp_path).keep("shelf", tmp_path / "arrived", ["a.md"])
    assert (tmp_path / "uploads" / "shelf" / "a.md").read_text() == "new"


def test_steps_and_the_result_come_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    step = "say(kind='progress', stage='ingest', done=1, total=2, detail='', items=0, items_total=0, chunks=0, seconds=0.1,"
    said = f"{step} recognised=None); say(kind='done', result=[1], stopped=False)"
    monkeypatch.setattr(works, "_CHILD", SAY.replace("{", "{{") + said)
    task, steps = task_of(tmp_path)
    assert run_apart(Settings(), task, []) == Outcome([1])
    assert [(one.stage, one.done, one.total) for one in steps] == [("ingest", 1, 2)]


@pytest.mark.parametrize(
    ("does", "told"),
    [("import os; os.abort()", f"signal {signal.SIGABRT.value}"), ("sys.exit(3)", "exit code 3"), ("", "exit code 0")],
)
def test_a_process_that_ends_without_a_word_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, told: str
) -> None:
    monkeypatch.setattr(works, "_CHILD", SAY + does)
    with pytest.raises(RagqaError, match=f"ended unexpectedly \\({told}\\)"):
        run_apart(Settings(), task_of(tmp_path)[0], [])


def test_one_that_does_not_stop_when_asked_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(works, "STOP_SECONDS", 0.4)
    monkeypatch.setattr(works, "_CHILD", SAY + "import time; time.sleep(600)")
    task, _ = task_of(tmp_path)
    stopping = Task(task.job, task.files, task.tell, lambda: True)
    assert run_apart(Settings(), stopping, []) == Outcome(None, stopped=True)


SERVER = """
from ragqa.config import Settings
from ragqa.serve import works
from ragqa.serve.orders import write_order

works._CHILD = '''
import sys; sys.path[:] = {path!r}
import time
from ragqa.serve import job_child
from ragqa.types import Progress

def sleep(engine, order, doing):
    doing[0](Progress("embed", 1, 2))
    time.sleep(600)

job_child.WORKS["embed"] = sleep
job_child.main()
'''
child = works._Child(write_order(Settings(), "embed", "none", [], dict()))
for step in child.messages(lambda: False):
    print(child._running.pid, flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_it_ends_with_who_waits_for_it() -> None:
    """A server that is killed leaves no process behind, though that be in the midst of its work."""
    server = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE)
    assert server.stdout is not None
    child = int(server.stdout.readline())
    server.kill()
    server.communicate()
    late = time.monotonic() + 20
    try:
        while not _is_gone(child):
            assert time.monotonic() < late, "it works on for nobody"
            time.sleep(0.05)
    finally:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)


def _is_gone(pid: int) -> bool:
    """Whether a process has ended; one that nobody has taken note of yet, too."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return True
    return state == "Z"
