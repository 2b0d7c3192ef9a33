from __future__ import annotations

import hashlib
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.errors import ParseError, SkippedFile
from ragqa.indexing.index import StoredDocument
from ragqa.indexing.stamps import FileStamp
from ragqa.ingestion import plan as module
from ragqa.ingestion.discover import SourceFile, discover
from ragqa.ingestion.plan import Plan, describe, make_plan, parser_label, read_file
from ragqa.types import FileState

SETTINGS = IngestSettings()


def known(path: Path, number: int = 1, content: bytes | None = None, **changes: Any) -> StoredDocument:
    """The row of a document that was ingested from a path."""
    data = path.read_bytes() if content is None else content
    row = {
        "id": number, "source": os.fsencode(path), "path": path.name, "title": "", "sha256": hashlib.sha256(data).hexdigest(),
        "parser": parser_label(path.name), "pages": None, "characters": 1, "warnings": (), "ingested_at": "",
        "language": "en", "size": len(data),
    }  # fmt: skip
    return StoredDocument(**{**row, **changes})


def states(plan: Plan) -> dict[str, FileState]:
    return {planned.file.path: planned.state for planned in plan.files}


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    for name in ("a.md", "b.md"):
        (folder / name).write_text(f"text of {name}")
    return folder


def test_without_documents_everything_is_new(shelf: Path) -> None:
    plan = make_plan(discover([shelf]), [], SETTINGS)
    assert states(plan) == {"a.md": FileState.ADDED, "b.md": FileState.ADDED}
    assert [planned.size for planned in plan.to_read] == [12, 12]


def test_contents_decide_not_dates(shelf: Path) -> None:
    rows = [known(shelf / "a.md"), known(shelf / "b.md", 2)]
    os.utime(shelf / "a.md", (1, 1))
    before = os.stat(shelf / "b.md")
    (shelf / "b.md").write_text("TEXT OF b.md")
    os.utime(shelf / "b.md", ns=(before.st_atime_ns, before.st_mtime_ns))
    plan = make_plan(discover([shelf]), rows, SETTINGS)
    assert states(plan) == {"a.md": FileState.UNCHANGED, "b.md": FileState.CHANGED}
    assert [planned.known for planned in plan.to_read] == [rows[1]]


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed."""
    names: list[str] = []
    plain = module._hash

    def watched(path: Path) -> str:
        names.append(path.name)
        return plain(path)

    monkeypatch.setattr(module, "_hash", watched)
    return names


def test_what_looks_as_before_is_not_hashed(shelf: Path, hashed: list[str]) -> None:
    rows = [known(shelf / "a.md"), known(shelf / "b.md", 2)]
    stamps = {1: FileStamp.of(os.stat(shelf / "a.md"))}
    plan = make_plan(discover([shelf]), rows, SETTINGS, stamps=stamps)
    assert set(states(plan).values()) == {FileState.UNCHANGED} and hashed == ["b.md"]


@pytest.mark.parametrize("field", ["size", "mtime_ns", "changed_ns", "inode"])
def test_whatever_looks_otherwise_is_hashed(field: str, shelf: Path, hashed: list[str]) -> None:
    stamp = FileStamp.of(os.stat(shelf / "a.md"))
    make_plan(discover([shelf / "a.md"]), [known(shelf / "a.md")], SETTINGS, stamps={1: replace(stamp, **{field: 5})})
    assert hashed == ["a.md"]


def test_a_stamp_does_not_keep_an_older_parsers_document(shelf: Path, hashed: list[str]) -> None:
    stamps = {1: FileStamp.of(os.stat(shelf / "a.md"))}
    plan = make_plan(discover([shelf / "a.md"]), [known(shelf / "a.md", parser="markdown 0")], SETTINGS, stamps=stamps)
    assert states(plan) == {"a.md": FileState.CHANGED} and hashed == []


def test_new_files_are_hashed_only_where_a_lost_document_had_their_size(shelf: Path, hashed: list[str]) -> None:
    (shelf / "long.md").write_text("a longer text")
    plan = make_plan(discover([shelf]), [known(shelf / "gone.md", content=b"another text")], SETTINGS)
    assert set(states(plan).values()) == {FileState.ADDED} and hashed == ["a.md", "b.md"]


def test_a_file_that_has_just_changed_keeps_no_stamp(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Changed once more within the clock's granularity, it would look the same."""
    assert make_plan(discover([shelf]), [], SETTINGS).seen == []
    now = time.time_ns()
    monkeypatch.setattr(module.time, "time_ns", lambda: now + 3_000_000_000)
    assert [seen.stamp for seen in make_plan(discover([shelf / "a.md"]), [], SETTINGS).seen] == [
        FileStamp.of(os.stat(shelf / "a.md"))
    ]


def test_another_version_of_the_parser_reads_again(shelf: Path) -> None:
    plan = make_plan(discover([shelf / "a.md"]), [known(shelf / "a.md", parser="markdown 0")], SETTINGS)
    assert states(plan) == {"a.md": FileState.CHANGED}


@pytest.mark.parametrize(
    ("by", "mode", "engine", "state"),
    [("", "auto", "", "unchanged"), ("", "off", "rapidocr", "unchanged"), ("", "always", "rapidocr", "changed"),
     ("none", "auto", "", "unchanged"), ("none", "auto", "rapidocr", "changed"), ("none", "off", "", "changed"),
     ("off", "off", "rapidocr", "unchanged"), ("off", "auto", "rapidocr", "changed"), ("off", "auto", "", "changed"),
     ("rapidocr", "auto", "rapidocr", "unchanged"), ("rapidocr", "auto", "tesseract", "changed"),
     ("rapidocr", "off", "rapidocr", "changed"), ("always rapidocr", "always", "rapidocr", "unchanged"),
     ("always rapidocr", "auto", "rapidocr", "changed")],
)  # fmt: skip
def test_scans_are_read_again_where_something_else_would_come_of_them(
    by: str, mode: str, engine: str, state: str, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "engine_name", lambda: engine)
    (shelf / "s.pdf").write_bytes(b"%PDF-1.4")
    rows = [known(shelf / "s.pdf", parser=parser_label("s.pdf", by)), known(shelf / "a.md", 2)]
    plan = make_plan(discover([shelf / "s.pdf", shelf / "a.md"]), rows, IngestSettings(ocr=mode))
    assert states(plan) == {"s.pdf": FileState(state), "a.md": FileState.UNCHANGED}


def test_a_moved_file_is_renamed_once(shelf: Path) -> None:
    row = known(shelf / "a.md")
    (shelf / "a.md").rename(shelf / "c.md")
    (shelf / "d.md").write_bytes((shelf / "c.md").read_bytes())
    plan = make_plan(discover([shelf]), [row], SETTINGS)
    assert states(plan) == {"b.md": FileState.ADDED, "c.md": FileState.RENAMED, "d.md": FileState.ADDED}
    assert plan.missing == ()
    assert next(planned.note for planned in plan.files if planned.state is FileState.RENAMED) == "was a.md"


def test_a_copy_is_not_a_move(shelf: Path) -> None:
    (shelf / "c.md").write_bytes((shelf / "a.md").read_bytes())
    plan = make_plan(discover([shelf]), [known(shelf / "a.md")], SETTINGS)
    assert states(plan) == {"a.md": FileState.UNCHANGED, "b.md": FileState.ADDED, "c.md": FileState.ADDED}


def test_a_file_moved_to_another_format_is_read_anew(shelf: Path) -> None:
    row = known(shelf / "a.md")
    (shelf / "a.md").rename(shelf / "a.txt")
    plan = make_plan(discover([shelf / "a.txt"]), [row], SETTINGS)
    assert states(plan) == {"a.txt": FileState.ADDED}


def test_missing_are_only_those_of_the_folders_searched(shelf: Path, tmp_path: Path) -> None:
    inside = known(shelf / "gone.md", 1, b"gone")
    outside = known(tmp_path / "other" / "gone.md", 2, b"also")
    assert make_plan(discover([shelf]), [inside, outside], SETTINGS).missing == (inside,)
    assert make_plan(discover([shelf / "a.md"]), [inside, outside], SETTINGS).missing == ()


def test_an_excluded_file_is_not_missing(shelf: Path) -> None:
    plan = make_plan(discover([shelf], exclude=["a.md"]), [known(shelf / "a.md")], SETTINGS)
    assert plan.missing == () and states(plan) == {"b.md": FileState.ADDED}


def test_what_cannot_be_read_is_told_with_the_reason(shelf: Path) -> None:
    (shelf / "x.zip").write_bytes(b"zip")
    (shelf / "link.md").symlink_to(shelf / "nowhere.md")
    (shelf / "loop.md").symlink_to(shelf / "loop.md")
    os.mkfifo(shelf / "pipe.md")
    plan = make_plan(discover([shelf]), [], SETTINGS)
    notes = {planned.file.path: (planned.state, planned.note) for planned in plan.files}
    assert notes["x.zip"][0] is FileState.SKIPPED and ".zip" in notes["x.zip"][1]
    assert notes["link.md"] == (FileState.FAILED, "vanished, or is a link to nothing")
    assert notes["loop.md"] == (FileState.FAILED, "is a link that leads back to itself")
    assert notes["pipe.md"] == (FileState.SKIPPED, "not a regular file")


def test_too_large_is_skipped_naming_the_option(shelf: Path) -> None:
    for name, size in (("big.md", 2_000_001), ("big.pdf", 2_000_001)):
        with open(shelf / name, "wb") as file:
            file.truncate(size)
    plan = make_plan(discover([shelf]), [], IngestSettings(max_text_mb=1, max_file_mb=2))
    notes = {planned.file.path: planned.note for planned in plan.files if planned.state is FileState.SKIPPED}
    assert "max_text_mb = 1" in notes["big.md"] and "max_file_mb = 2" in notes["big.pdf"]


def test_scanning_is_told(shelf: Path) -> None:
    told: list[tuple[int, str]] = []
    make_plan(discover([shelf]), [], SETTINGS, lambda done, path: told.append((done, path)))
    assert told == [(1, "a.md"), (2, "b.md")]


def test_read_file_gives_bytes_and_hash(shelf: Path) -> None:
    (file,) = discover([shelf / "a.md"]).files
    content = read_file(file, SETTINGS)
    assert content.data == b"text of a.md"
    assert content.sha256 == hashlib.sha256(content.data).hexdigest()
    assert content.mtime_ns == os.stat(file.source).st_mtime_ns


def test_a_file_that_keeps_changing_is_an_error(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = discover([shelf / "a.md"]).files
    read = module._bytes_of

    def growing(file: SourceFile, size: int) -> bytes | None:
        data = read(file, size)
        file.source.write_bytes(file.source.read_bytes() + b"more")
        return data

    monkeypatch.setattr(module, "_bytes_of", growing)
    with pytest.raises(ParseError, match="changed while"):
        read_file(file, SETTINGS)


def test_a_file_that_changes_once_is_read_again(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = discover([shelf / "a.md"]).files
    read = module._bytes_of
    reads: list[bytes | None] = []

    def changing(file: SourceFile, size: int) -> bytes | None:
        reads.append(read(file, size))
        if len(reads) == 1:
            file.source.write_bytes(b"another text altogether")
        return reads[-1]

    monkeypatch.setattr(module, "_bytes_of", changing)
    assert read_file(file, SETTINGS).data == b"another text altogether"


@pytest.mark.parametrize("given", ["", "*.md", "sub/../a.md", "named"])
def test_a_link_that_came_after_the_search_is_not_followed_out(given: str, shelf: Path, tmp_path: Path) -> None:
    """Who can write to a folder that is ingested must not have other files read, however late the link comes."""
    (tmp_path / "secret.md").write_text("secret")
    (shelf / "sub").mkdir()
    found = discover([f"{shelf}/{given}"] if given != "named" else [shelf / "a.md"]).files
    (file,) = (one for one in found if one.path == "a.md")
    (shelf / "a.md").unlink()
    (shelf / "a.md").symlink_to(shelf / "b.md")
    assert read_file(file, SETTINGS).data == b"text of b.md"
    (shelf / "a.md").unlink()
    (shelf / "a.md").symlink_to(tmp_path / "secret.md")
    if given in ("named", "sub/../a.md"):
        assert read_file(file, SETTINGS).data == b"secret"
        return
    with pytest.raises(SkippedFile, match="leads out of the folder"):
        read_file(file, SETTINGS)


def test_nor_is_a_folder_that_became_a_link(shelf: Path, tmp_path: Path) -> None:
    for folder in (shelf / "deep", tmp_path / "outside"):
        folder.mkdir()
        (folder / "c.md").write_text(f"in {folder.name}")
    (file,) = (one for one in discover([shelf]).files if one.path == "deep/c.md")
    (shelf / "deep").rename(tmp_path / "away")
    (shelf / "deep").symlink_to(tmp_path / "outside", target_is_directory=True)
    with pytest.raises(SkippedFile, match="leads out of the folder"):
        read_file(file, SETTINGS)


def test_a_link_that_comes_and_goes_again_is_noticed(shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened is asked where it lies, not the path, which may lead elsewhere by then."""
    (tmp_path / "secret.md").write_text("text of s.md")
    (file,) = (one for one in discover([shelf]).files if one.path == "a.md")
    find, swaps = os.path.realpath, []

    def swapped_back(path: Path, **options: Any) -> str:
        if path == file.source:
            (shelf / "a.md").unlink()
            (shelf / "kept").rename(shelf / "a.md")
            swaps.append(path)
        return find(path, **options)

    def status(source: SourceFile, settings: IngestSettings) -> os.stat_result:
        found = os.stat(source.source)
        (shelf / "a.md").rename(shelf / "kept")
        (shelf / "a.md").symlink_to(tmp_path / "secret.md")
        return found

    monkeypatch.setattr(module, "_checked_status", status)
    monkeypatch.setattr(os.path, "realpath", swapped_back)
    with pytest.raises(ParseError, match="changed while"):
        read_file(file, SETTINGS)
    assert len(swaps) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_that_came_after_the_search_is_not_waited_for(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = discover([shelf / "a.md"]).files
    before = os.stat(file.source)
    monkeypatch.setattr(module, "_checked_status", lambda file, settings: before)
    file.source.unlink()
    os.mkfifo(file.source)
    with pytest.raises(ParseError, match="changed while"):
        read_file(file, SETTINGS)


def test_a_file_that_vanishes_is_an_error(shelf: Path) -> None:
    (file,) = discover([shelf / "a.md"]).files
    file.source.unlink()
    with pytest.raises(ParseError, match="vanished"):
        read_file(file, SETTINGS)


def test_describe_joins_message_and_hint() -> None:
    assert describe(SkippedFile("too large", hint="Raise it.")) == "too large. Raise it."
    assert describe(SkippedFile("too large")) == "too large"


def test_what_cannot_be_looked_at_is_not_gone(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer, or a folder that may not be opened, has not lost its files."""
    row = known(shelf / "deep" / "c.md", content=b"text")
    look = os.stat

    def stale(path: Any, **options: Any) -> os.stat_result:
        if "deep" in os.fsdecode(path):
            raise OSError(116, "Stale file handle", os.fsdecode(path))
        return look(path, **options)

    assert make_plan(discover([shelf]), [row], SETTINGS).missing == (row,)
    monkeypatch.setattr(module.os, "stat", stale)
    assert make_plan(discover([shelf]), [row], SETTINGS).missing == ()


def test_a_folder_in_a_files_place_has_not_kept_the_file(shelf: Path) -> None:
    row = known(shelf / "a.md")
    (shelf / "a.md").unlink()
    (shelf / "a.md").mkdir()
    assert make_plan(discover([shelf]), [row], SETTINGS).missing == (row,)


def test_a_document_whose_link_leads_to_nothing_is_gone(shelf: Path) -> None:
    (shelf / "link.md").symlink_to(shelf / "b.md")
    row = known(shelf / "link.md")
    (shelf / "b.md").unlink()
    plan = make_plan(discover([shelf]), [row], SETTINGS)
    assert plan.missing == (row,) and states(plan) == {"a.md": FileState.ADDED}
