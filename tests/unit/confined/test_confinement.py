"""What a process that reads strangers' files may not do, and that it ends with the one that asks."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ragqa.confined import children
from ragqa.confined.ask import Allowance, Wish, draw, parse
from ragqa.confined.children import Children
from ragqa.confined.wire import PAGE, READY, number, send
from ragqa.errors import ParseError, SkippedFile
from ragqa.parsing import patience
from ragqa.types import Spot

WISH = Wish("off", 1, 60.0)
SAW = b"# Saw\n\nThe hub weighs 3 kg.\n"
WORKER = """
import os, socket, sys, time
sys.path[:] = {path!r}
from ragqa.confined.worker import serve
from ragqa.errors import ParseError
from ragqa.parsing import registry
def parse(data, path):
    DO
registry.parse = parse
serve({memory}, {parent})
"""


@pytest.fixture(autouse=True)
def none_kept() -> None:
    children.end_kept()


def said_by(what: str, monkeypatch: pytest.MonkeyPatch, memory: int = 2000, seconds: float = 60.0) -> str:
    """What is told of a file whose parser does this."""
    monkeypatch.setattr(children, "_WORKER", WORKER.replace("DO", what.replace("\n", "\n    ")))
    with Children(1, memory) as some, some.one() as child, pytest.raises((ParseError, SkippedFile)) as told:
        parse(child, SAW, "saw.md", Wish("off", 1, seconds))
    children.end_kept()
    assert "\n" not in told.value.message
    return told.value.message


def test_a_file_is_read() -> None:
    with Children(1, 2000) as some, some.one() as child:
        document = parse(child, SAW, "shelf/saw.md", WISH).document
    assert document.path == "shelf/saw.md" and "weighs 3 kg" in document.text


def test_there_is_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for what in ("socket.socket()", "socket.getaddrinfo('localhost', 80)", "socket.create_connection(('127.0.0.1', 1))"):
        told = said_by(f"try: {what}\nexcept PermissionError as error: raise ParseError(str(error))", monkeypatch)
        assert "asks for the network: refused" in told


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep such a limit")
def test_there_is_only_so_much_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "too large to be read in the memory that is allowed" in said_by("bytearray(2_000_000_000)", monkeypatch, 500)


@pytest.mark.parametrize("forged", [b"Z" * 64, b"d" + bytes(1) + (5).to_bytes(8, "little") + b"xxxxx", b"a" + bytes(9)])
def test_what_answers_nonsense_is_ended(forged: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_WORKER", f"import os, time; os.write(1, {forged!r}); time.sleep(300)")
    with Children(1, 500) as some, some.one() as child, pytest.raises(ParseError, match="crashed") as told:
        parse(child, SAW, "saw.md", WISH)
    assert "Malformed" in repr(told.value.__cause__) or "nonsense" in told.value.message
    assert not child.is_of_use


@pytest.mark.parametrize("kind", [PAGE, READY])
def test_a_last_message_that_is_no_answer_is_nonsense(kind: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    forged = io.BytesIO()
    send(forged, kind, number(1), last=True)
    monkeypatch.setattr(children, "_WORKER", f"import os, time; os.write(1, {forged.getvalue()!r}); time.sleep(300)")
    with Children(1, 500) as some, some.one() as child, pytest.raises(ParseError, match="crashed"):
        parse(child, SAW, "saw.md", WISH)
    with pytest.raises(ParseError, match="cannot be drawn"):
        draw(b"%PDF", Spot("saw.pdf", 1), 60.0)


def test_what_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    child = f"import subprocess\nsubprocess.Popen(['sleep', '300'])\nopen({str(tmp_path / 'at')!r}, 'w').close()\ntime.sleep(300)"
    assert "takes longer than 5 seconds (0 of them computing) to read" in said_by(child, monkeypatch, seconds=1.0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process computed")
def test_a_busy_machine_makes_no_file_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """What gets no time from a processor looks, from outside, like what sleeps."""
    assert "no more" in said_by("time.sleep(2.5)\nraise ParseError('no more')", monkeypatch, seconds=1.0)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell what a process computed")
def test_what_computes_too_long_is_late_itself_and_by_what_it_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1000)  # the machine may be busy
    started = "import subprocess\nsubprocess.run([sys.executable, '-c', 'while True: pass'])"
    for endless in ("while True: pass", started):
        assert "takes longer than 1 seconds of computing to read" in said_by(endless, monkeypatch, seconds=1.0)


def test_pages_that_go_on_may_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1000)  # the machine may be busy
    pages = "from ragqa.parsing.pace import pages_read\ndef compute(seconds):\n    end = time.process_time() + seconds\n"
    pages += "    while time.process_time() < end: pass\nfor page in range(4):\n    compute(0.5); pages_read(40 * page)"
    assert "no more" in said_by(f"{pages}\nraise ParseError('no more')", monkeypatch, seconds=1.2)


def test_the_time_that_a_file_may_take() -> None:
    assert Allowance(60, 0).total == 60 and Allowance(60, 20_000_000).total == 180
    assert Allowance(60, 0, pages=1000).total == 60 + 1200 and Allowance(60, 0, recognised=2).total == 180
    assert Allowance(60, 0, rounds=2).total == 120


def test_one_is_asked_again_and_again() -> None:
    seen = set()
    for _ in range(3):
        with Children(2, 2000) as some, some.one() as child:
            parse(child, SAW, "saw.md", WISH)
            seen.add(child)
    assert len(seen) == 1


def test_one_that_waited_long_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(children, "_KEPT_SECONDS", 0.0)
    seen = set()
    for _ in range(2):
        with Children(1, 2000) as some, some.one() as child:
            parse(child, SAW, "saw.md", WISH)
            seen.add(child)
    assert len(seen) == 2


PARENT = """
import sys
sys.path[:] = {path!r}
from ragqa.confined import children
from ragqa.confined.ask import Wish, parse
children._WORKER = {worker!r}
with children.Children(1, 2000) as some, some.one() as child:
    print(child._running.pid, flush=True)
    parse(child, b"# Saw", "saw.md", Wish("off", 1, 60.0))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("busy", ["time.sleep(100)", "while True: pass", "import re; re.match('(a+)+b', 'a' * 60)"])
def test_it_ends_with_the_process_that_asks(busy: str) -> None:
    code = PARENT.format(path=sys.path, worker=WORKER.replace("DO", busy))
    asking = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert asking.stdout is not None
    pid = int(asking.stdout.readline())
    asking.kill()
    asking.communicate()
    deadline = time.monotonic() + 60
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


SCRIPT = """
from ragqa.engine import RagQA
print(RagQA("shelf", home={home!r}).ingest({manual!r}, dry_run=True).files[0].state)
"""


def test_a_script_without_a_guard_ingests(tmp_path: Path) -> None:
    """Nothing of the script is run again by the other process."""
    (tmp_path / "saw.md").write_bytes(SAW)
    (tmp_path / "json.py").write_text("raise SystemExit('the folder that one stands in is no place to load from')")
    script = tmp_path / "apart" / "mine.py"
    script.parent.mkdir()
    script.write_text(SCRIPT.format(home=str(tmp_path), manual=str(tmp_path / "saw.md")))
    environment = os.environ | {"PYTHONPATH": str(Path(children.__file__).parents[2])}
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=300)
    assert done.stdout.strip() == "added", done.stderr
