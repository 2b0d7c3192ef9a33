from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.confined import children
from ragqa.ingestion import read_ahead
from ragqa.ingestion.ingest import ingest
from ragqa.parsing import patience
from ragqa.schema import ingest_json
from ragqa.types import FileState, Progress, Unread

SETTINGS = IngestSettings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "shelf"


WORKER = """
import sys, time
sys.path[:] = {path!r}
from ragqa.confined.worker import serve
from ragqa.parsing import unread
from ragqa.types import Unread
def yardstick(data, document):
    WHAT
unread._load = lambda name: yardstick
serve({memory}, {parent})
"""


@contextmanager
def measuring(what: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The yardsticks of the other processes do this."""
    children.end_kept()
    monkeypatch.setattr(children, "_WORKER", WORKER.replace("WHAT", what))
    yield
    children.end_kept()


@pytest.fixture
def something_missing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The yardsticks find a text that no block holds."""
    with measuring('return [Unread("page 2", "Oil the hub.")]', monkeypatch):
        yield


def test_none_is_made_unless_asked_for(folder: Path, manuals: Path, embedder: Any) -> None:
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert not report.audited and report.audits == [] and ingest_json(report)["audit"] is None


@pytest.mark.parametrize("dry_run", [True, False])
def test_every_file_that_is_read_is_measured(
    dry_run: bool, folder: Path, manuals: Path, embedder: Any, something_missing: None
) -> None:
    (manuals / "parts.csv").write_text("part,torque\nhub,35 Nm\n")
    (manuals / "empty.md").touch()
    report = ingest(folder, [manuals], embedder, SETTINGS, dry_run=dry_run, audit=True)
    audits = {file.path: file.audit for file in report.files}
    assert audits.pop("empty.md") is None
    parts = audits.pop("parts.csv")
    assert parts is not None and parts.unmeasured == "there is no yardstick for csv" and parts.unread == ()
    assert len(audits) == 3
    for audit in audits.values():
        assert audit is not None and audit.unread == (Unread("page 2", "Oil the hub."),)
        assert audit.unread_characters == 10 and audit.characters > 30 and 0 < audit.unread_share < 0.3
    total = ingest_json(report)["audit"]
    assert (total["files"], total["unmeasured"], total["unread"], total["unread_characters"]) == (4, 1, 3, 30)
    assert (report.documents == (0 if dry_run else 4) and embedder.embedded != []) or dry_run


def test_files_that_are_known_are_measured_and_not_embedded_again(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    (manuals / "kettle.md").rename(manuals / "boiler.md")
    embedded = len(embedder.embedded)
    steps: list[Progress] = []
    report = ingest(folder, [manuals], embedder, SETTINGS, audit=True, progress=steps.append)
    assert {file.path: file.state for file in report.files} == {
        "boiler.md": FileState.RENAMED, "fan.txt": FileState.UNCHANGED, "lamp.html": FileState.UNCHANGED,
    }  # fmt: skip
    assert [audit.unmeasured for audit in report.audits] == ["", "", ""] and len(embedder.embedded) == embedded
    assert [step.items for step in steps if step.stage == "audit"] == [0, 1, 2]


def test_a_known_file_that_cannot_be_read_any_more_says_why(
    folder: Path, manuals: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    plain = read_ahead.read_file

    def vanishing(file: Any, settings: Any) -> Any:
        if file.path == "fan.txt":
            file.source.unlink()
        return plain(file, settings)

    monkeypatch.setattr(read_ahead, "read_file", vanishing)
    report = ingest(folder, [manuals], embedder, SETTINGS, audit=True)
    (fan,) = [file for file in report.files if file.path == "fan.txt"]
    assert fan.state is FileState.UNCHANGED and fan.audit is not None and "vanished" in fan.audit.unmeasured


def test_a_wish_to_stop_is_heard(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    report = ingest(folder, [manuals], embedder, SETTINGS, audit=True, stop=lambda: True)
    assert report.interrupted and report.audits == [] and len(report.files) == 3


def test_a_yardstick_that_never_ends_does_not_cost_the_file(
    folder: Path, manuals: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE", 1000)  # the machine may be busy
    with measuring("while 'Kettle' in document.text: pass\n    return []", monkeypatch):
        report = ingest(folder, [manuals], embedder, IngestSettings(parse_seconds=1.5), audit=True)
    kettle, *others = sorted(report.files, key=lambda file: "kettle" not in file.path)
    assert report.documents == 3 and kettle.state is FileState.ADDED and kettle.audit is not None
    assert (
        kettle.audit.unmeasured == "takes longer than 3 seconds of computing to read: given up" and kettle.audit.characters > 30
    )
    assert all(file.audit is not None and file.audit.unmeasured == "" for file in others)
