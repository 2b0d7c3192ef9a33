from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.ingestion.ingest import ingest
from ragqa.types import FileReport, FileState, Gone

SETTINGS = IngestSettings()


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    for name in ("one", "two", "two/inner"):
        (tmp_path / name).mkdir()
        for letter in "abc":
            (tmp_path / name / f"{letter}.md").write_text(f"# Manual {letter} of {name}\n\nIt weighs {len(name)} kg.\n")
    return tmp_path / "one", tmp_path / "two"


def held(folder: Path) -> list[str]:
    with Index(folder) as index:
        return sorted(document.path for document in index.documents())


def test_a_function_decides_for_each_folder_that_lost_files(tmp_path: Path, folders: tuple[Path, Path], embedder: Any) -> None:
    one, two = folders
    shelf = tmp_path / "indexes" / "shelf"
    ingest(shelf, folders, embedder, SETTINGS)
    for gone in (one / "a.md", two / "a.md", two / "b.md"):
        gone.unlink()
    asked: list[Gone] = []
    report = ingest(shelf, folders, embedder, SETTINGS, prune=lambda gone: (asked.append(gone), gone.root == one)[1])
    found = {gone.root: gone for gone in asked}
    assert found[one] == Gone(one, ("a.md",), (one / "a.md",), held=3, found=2)
    assert set(found[two].sources) == {two / "a.md", two / "b.md"} and (found[two].held, found[two].found) == (6, 4)
    states = {file.path: file.state for file in report.files if file.state is not FileState.UNCHANGED}
    assert sorted(states.values()) == [FileState.MISSING, FileState.MISSING, FileState.REMOVED]
    assert len(held(shelf)) == 8
    assert round(found[one].share, 2) == 0.33


def test_nobody_is_asked_where_nothing_is_gone(tmp_path: Path, folders: tuple[Path, Path], embedder: Any) -> None:
    shelf = tmp_path / "indexes" / "shelf"
    ingest(shelf, folders, embedder, SETTINGS)
    asked: list[Gone] = []
    ingest(shelf, folders, embedder, SETTINGS, prune=lambda gone: (asked.append(gone), True)[1])
    assert asked == []


def test_files_to_be_left_stay_as_the_index_has_them(tmp_path: Path, folders: tuple[Path, Path], embedder: Any) -> None:
    one, _ = folders
    shelf = tmp_path / "indexes" / "shelf"
    ingest(shelf, [one], embedder, SETTINGS)
    for name in ("a.md", "d.md"):
        (one / name).write_text("# Half a man")
    heard: dict[Path, FileReport] = {}
    left = {one / "a.md", one / "d.md"}
    ingest(shelf, [one], embedder, SETTINGS, prune=True, leave=left.__contains__, heard=heard.__setitem__)
    assert held(shelf) == ["a.md", "b.md", "c.md"]
    assert {path.name: report.state for path, report in heard.items()} == {
        "b.md": FileState.UNCHANGED, "c.md": FileState.UNCHANGED,
    }  # fmt: skip
    heard.clear()
    ingest(shelf, [one], embedder, SETTINGS, heard=heard.__setitem__)
    assert heard[one / "a.md"].state is FileState.CHANGED and heard[one / "d.md"].state is FileState.ADDED


def test_a_file_that_fails_is_told_with_its_place(tmp_path: Path, folders: tuple[Path, Path], embedder: Any) -> None:
    one, _ = folders
    (one / "bad.pdf").write_bytes(b"%PDF-1.4 nothing more")
    (one / "kind.zip").write_bytes(b"PK")
    heard: dict[Path, FileReport] = {}
    ingest(tmp_path / "indexes" / "shelf", [one], embedder, SETTINGS, heard=heard.__setitem__)
    assert heard[one / "bad.pdf"].state is FileState.FAILED and heard[one / "kind.zip"].state is FileState.SKIPPED
