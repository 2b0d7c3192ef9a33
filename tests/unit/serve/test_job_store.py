"""Jobs as files: what a killed process leaves is told as it is, and nothing of it is read as more than it says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ragqa.errors import StorageError
from ragqa.serve.job_events import Event, add_event, read_events
from ragqa.serve.job_store import Job, JobStore, State
from ragqa.serve.presence import Presence, forget_dead, is_alive

HOLD = """
import sys
from pathlib import Path
from ragqa.serve.presence import Presence
here = Presence(Path(sys.argv[1]))
print(here.name, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path)


def added(store: JobStore, **fields: object) -> Job:
    with store.alone():
        job = replace(store.add("ingest", "manuals", {"paths": ["a"]}, True), **fields)
        store.put(job)
    return job


def test_a_job_is_read_as_it_was_kept(store: JobStore) -> None:
    job = added(store, waiting_for="its turn")
    assert store.look(job.id) == job
    assert store.ids() == [job.id]
    assert store.unfinished() == [job]


def test_an_ended_job_keeps_what_came_of_it_and_leaves_the_line(store: JobStore) -> None:
    job = added(store)
    store.ask_to_end(job.id)
    ended = store.end(job, State.CANCELLED, result={"files": []})
    assert store.get(job.id) == ended
    assert ended.finished is not None
    assert store.result(job.id) == {"files": []}
    assert store.unfinished() == []
    assert not store.is_to_end(job.id)


def test_later_jobs_come_later(store: JobStore) -> None:
    jobs = [added(store).id for _ in range(20)]
    assert store.ids() == jobs


@pytest.mark.parametrize("id", ["../manuals", "", "x" * 25, "0" * 16 + "-" + "g" * 8, "0" * 16 + "-00000000\n"])
def test_what_is_no_id_leads_nowhere(store: JobStore, id: str) -> None:
    assert store.get(id) is None
    with pytest.raises(ValueError, match="not a job's id"):
        store.events(id)


@pytest.mark.parametrize("kept", ["", "{", "[]", "{}", '{"id": 1}', '"x"', "null", '{"state": "odd"}'])
def test_a_spoiled_file_is_no_job(store: JobStore, kept: str) -> None:
    job = added(store)
    (store.folder / f"{job.id}.json").write_text(kept)
    assert store.get(job.id) is None
    assert store.unfinished() == []


def test_a_job_whose_process_was_killed_is_interrupted(store: JobStore, tmp_path: Path) -> None:
    store.folder.mkdir()
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(store.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    name = process.stdout.readline().decode().strip()
    job = added(store, state=State.RUNNING, worker=name)
    assert (store.get(job.id) or job).state is State.RUNNING
    process.kill()
    process.communicate()
    found = store.get(job.id)
    assert found is not None and found.error is not None
    assert (found.state, found.error["code"]) == (State.INTERRUPTED, "interrupted")
    assert store.events(job.id)[-1].name == "interrupted"
    assert not list(store.folder.glob("worker-*"))


def test_a_presence_lasts_until_it_is_closed(tmp_path: Path) -> None:
    here = Presence(tmp_path)
    forget_dead(tmp_path)
    assert is_alive(tmp_path, here.name)
    here.close()
    assert not is_alive(tmp_path, here.name)
    assert not is_alive(tmp_path, "../../etc/passwd")
    assert not list(tmp_path.glob("worker-*"))


def test_who_asks_after_the_dead_is_not_taken_for_them(tmp_path: Path) -> None:
    dead = [f"{number}-{number:08x}" for number in range(1, 200)]
    for name in dead:
        (tmp_path / f"worker-{name}.lock").touch()
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda name: is_alive(tmp_path, name), [name for name in dead for _ in range(8)]))
    assert not any(told)


def test_events_are_numbered_and_go_on_after_half_a_line(tmp_path: Path) -> None:
    file = tmp_path / "events"
    add_event(file, "waiting", {})
    add_event(file, "progress", {"done": 1})
    with open(file, "ab") as half:
        half.write(b'{"number": 3, "na')
    assert [event.number for event in read_events(file)] == [1, 2]
    add_event(file, "done", {})
    assert read_events(file) == [Event(1, "waiting"), Event(2, "progress", {"done": 1}), Event(3, "done")]


def test_no_file_has_no_events(tmp_path: Path) -> None:
    assert read_events(tmp_path / "none") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_cannot_be_read_is_told(store: JobStore) -> None:
    added(store)
    store.folder.chmod(0)
    with pytest.raises(StorageError):
        store.ids()
    store.folder.chmod(0o700)


def test_a_job_that_cannot_be_kept_leaves_nothing(store: JobStore) -> None:
    def bring(folder: Path) -> None:
        (folder / "half").write_text("x")
        raise OSError(28, "No space left on device")

    with store.alone(), pytest.raises(StorageError, match="No space left"):
        store.add("evaluate", "manuals", {}, False, bring)
    assert [path.name for path in store.folder.iterdir() if not path.name.endswith(".lock")] == []


def test_a_job_that_cannot_be_told_of_is_not_kept(store: JobStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else it would be done all the same, though who asked for it was told that it is not."""

    def refuse(*given: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(store, "tell", refuse)
    with store.alone(), pytest.raises(StorageError):
        store.add("ingest", "manuals", {}, True)
    assert store.unfinished() == []


def test_a_job_of_another_version_waits_for_that_with_its_files(store: JobStore) -> None:
    with store.alone():
        job = store.add("ingest", "manuals", {}, True, lambda folder: (folder / "a.md").touch())
        path = store.folder / f"{job.id}.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), "new": 1}))
        assert store.look(job.id) is None and store.sweep(days=1, most=100) == 0
        assert (store.files(job.id) / "a.md").exists()
        os.utime(path, (0, 0))
        assert store.sweep(days=1, most=100) == 1 and not store.files(job.id).exists()


def test_old_jobs_are_forgotten_those_that_run_are_not(store: JobStore) -> None:
    old, new, running = added(store), added(store), added(store)
    for job in (old, new):
        store.end(job, State.DONE, result=1)
    for job in (old, running):
        os.utime(store.folder / f"{job.id}.json", (0, 0))
    (store.folder / f"{'0' * 16}-00000000.files").mkdir()  # left by a kill between them and their job
    (store.folder / f"{'0' * 16}-00000000.jsonl").touch()
    with store.alone():
        assert store.sweep(days=1, most=100) == 1
        assert store.ids() == [new.id, running.id]
        assert store.sweep(days=1, most=1) == 1
    assert store.ids() == [running.id]
    assert sorted(path.name for path in store.folder.iterdir() if not path.name.startswith("line")) == [
        f"{running.id}.json", f"{running.id}.jsonl",
    ]  # fmt: skip
