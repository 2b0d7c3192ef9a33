from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.confined import children
from ragqa.display import progress_counts
from ragqa.errors import ParseError, SkippedFile
from ragqa.ingestion import read_ahead as module
from ragqa.ingestion.discover import discover
from ragqa.ingestion.ingest import ingest
from ragqa.ingestion.plan import make_plan, read_file
from ragqa.ingestion.read_ahead import ParsedFile, read_ahead
from ragqa.parsing import patience
from ragqa.parsing.registry import parse
from ragqa.types import FileState, Progress

SETTINGS = IngestSettings()
CRASH = "os.kill(os.getpid(), 9)"
HANG = "time.sleep(60)"
EXIT = "sys.stdout.write('noise'); os._exit(7)"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for number in range(12):
        (folder / f"m{number:02}.md").write_text(f"# Manual {number}\n\nThe part {number}00 weighs {number} grams.\n")
    return folder


@pytest.fixture
def several(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even few small files are worth more than one process."""
    monkeypatch.setattr(module, "WORTH_ANOTHER", 0)


def misbehaving(monkeypatch: pytest.MonkeyPatch, name: str, how: str) -> None:
    """The other processes do something bad at a file's name."""
    code = f"""
import os, sys, time
sys.path[:] = {{path!r}}
from ragqa.confined.worker import serve
from ragqa.parsing import registry
plain = registry.parse
def parse(data, path):
    if path == {name!r}:
        {how}
    return plain(data, path)
registry.parse = parse
serve({{memory}}, {{parent}})
"""
    children.end_kept()
    monkeypatch.setattr(children, "_WORKER", code)


def never() -> bool:
    return False


def read_all(
    folder: Path, processes: int = 2, stop: Callable[[], bool] = never, found: dict[str, ParsedFile | str | None] | None = None
) -> dict[str, ParsedFile | str | None]:
    """What comes of each file: its document, or what is said of it. It is put into `found` as it comes."""
    files = make_plan(discover([folder]), [], SETTINGS).to_read
    found = {} if found is None else found
    for planned, fetch in read_ahead(files, SETTINGS, processes):
        try:
            found[planned.file.path] = fetch(stop)
        except (ParseError, SkippedFile) as error:
            found[planned.file.path] = error.message + error.hint
    return found


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("processes", [1, 3])
def test_other_processes_parse_what_this_one_would(processes: int, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children.end_kept()
    started: list[subprocess.Popen[bytes]] = []
    start = children._start
    monkeypatch.setattr(children, "_start", lambda *limits: started.append(start(*limits)) or started[-1])
    (shelf / "bad.docx").write_bytes(b"no zip")
    (shelf / "empty.md").touch()
    expected: dict[str, Any] = {}
    for file in discover([shelf]).files:
        content = read_file(file, SETTINGS)
        try:
            document = parse(content.data, file.path)
            expected[file.path] = ParsedFile(document, content.sha256, len(content.data), content.mtime_ns)
        except (ParseError, SkippedFile) as error:
            expected[file.path] = error.message + error.hint
    found = read_all(shelf, processes)
    assert found == expected and list(found) == sorted(found) and len(found) == 14
    assert isinstance(found["m03.md"], ParsedFile) and "empty" in str(found["empty.md"])
    assert read_all(shelf, processes) == expected
    assert 1 <= len(started) <= processes  # the second time, those of the first are asked
    children.end_kept()
    assert all(process.returncode is not None for process in started)


@pytest.mark.parametrize(("how", "told"), [(CRASH, "SIGKILL"), (EXIT, "exit code 7")])
@pytest.mark.usefixtures("several")
def test_a_crash_costs_the_file_that_caused_it(how: str, told: str, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misbehaving(monkeypatch, "m05.md", how)
    found = read_all(shelf)
    assert str(found.pop("m05.md")).startswith(f"the program that parses it crashed ({told})")
    assert len(found) == 11 and all(isinstance(one, ParsedFile) for one in found.values())


@pytest.mark.usefixtures("several")
def test_a_crash_is_a_line_of_the_summary(shelf: Path, tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    misbehaving(monkeypatch, "m05.md", CRASH)
    report = ingest(tmp_path / "index", [shelf], embedder, SETTINGS, processes=2)
    (failed,) = [file for file in report.files if file.state is FileState.FAILED]
    assert failed.path == "m05.md" and "crashed (SIGKILL). It may be damaged" in failed.note
    assert report.documents == 11


@pytest.mark.usefixtures("several")
def test_a_wish_to_stop_is_heard_while_a_file_is_parsed(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    misbehaving(monkeypatch, "m02.md", HANG)
    found: dict[str, ParsedFile | str | None] = {}
    began: list[float] = []

    def stop() -> bool:
        if "m01.md" in found and not began:
            began.append(time.monotonic())
        return bool(began) and time.monotonic() - began[0] > 0.5

    read_all(shelf, processes=1, stop=stop, found=found)
    assert isinstance(found["m00.md"], ParsedFile) and found["m02.md"] is None
    assert time.monotonic() - began[0] < 30  # the file itself would take a minute


@pytest.mark.usefixtures("several")
def test_of_recognised_pages_is_told_where_the_file_is_waited_for(
    shelf: Path, tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    recognises = """
        from ragqa.parsing.ocr.wish import wish
        from ragqa.types import PagesRecognised
        assert (wish().mode, wish().threads) == ("always", 1)
        for page in range(3):
            wish().told(PagesRecognised(page, 3, 60.0))
            time.sleep(0.4)"""
    misbehaving(monkeypatch, "m05.md", recognises)
    steps: list[Progress] = []
    threads = set()

    def told(step: Progress) -> None:
        steps.append(step)
        threads.add(threading.current_thread())

    report = ingest(tmp_path / "index", [shelf], embedder, IngestSettings(ocr="always"), processes=2, progress=told)
    assert report.documents == 12 and threads == {threading.current_thread()}
    pages = [step for step in steps if step.recognised is not None]
    assert [step.recognised for step in pages] == sorted((step.recognised for step in pages), key=lambda one: one.done)
    assert pages and all(step.detail == "m05.md" and step.recognised.total == 3 for step in pages)
    assert progress_counts(pages[-1]).endswith("page 2 of 3 recognised, 60 s left")


@pytest.mark.usefixtures("several")
def test_only_so_much_is_read_ahead(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BYTES_AHEAD", 60)  # one file has about fifty
    assert len(read_all(shelf)) == 12


@pytest.mark.usefixtures("several")
def test_a_hang_costs_the_file_that_caused_it(
    shelf: Path, tmp_path: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1000)  # the machine may be busy
    misbehaving(monkeypatch, "m05.md", "while True: pass")
    report = ingest(tmp_path / "index", [shelf], embedder, IngestSettings(parse_seconds=1.5), processes=1)
    (failed,) = [file for file in report.files if file.state is FileState.FAILED]
    assert failed.path == "m05.md" and "--timeout" in failed.note and report.documents == 11
    assert failed.note.startswith("takes longer than 2 seconds of computing to read: given up. Split the file")


@pytest.mark.parametrize("many", [False, True])
def test_few_small_files_are_worth_one_process(many: bool, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children.end_kept()  # one of the test before may never answer
    monkeypatch.setattr(module, "WORTH_ANOTHER", 300 if many else 10_000)
    counts = []
    make = module.Children
    monkeypatch.setattr(module, "Children", lambda count, memory: counts.append(count) or make(count, memory))
    assert len(read_all(shelf, 3)) == 12 and counts == [3 if many else 1]
