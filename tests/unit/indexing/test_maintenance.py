from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from ragqa.errors import IndexBusy, IndexMissing, StorageError
from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.lock import LOCK, WriteLock
from ragqa.indexing.maintenance import describe_index, rebuild_index, remove_index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.remains import sweep
from ragqa.indexing.staging import staging_folder
from ragqa.indexing.verify import verify_index
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE
from ragqa.types import Document


@pytest.fixture
def folder(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Path:
    index = make_index(kettle, lamp)
    index.close()
    return index.folder


def test_describe(folder: Path, kettle: Document, lamp: Document) -> None:
    info = describe_index(folder)
    assert (info.name, info.documents, info.pages, info.generation) == ("shelf", 2, 2, 1)
    assert info.characters == len(kettle.text) + len(lamp.text)
    assert info.chunks == info.vectors > 4
    assert info.bytes == sum(path.stat().st_size for path in folder.iterdir())
    assert info.settings["embedder"] == "fake" and info.updated.endswith("+00:00")


def test_rebuild_moves_the_generation_on(folder: Path) -> None:
    assert rebuild_index(folder).generation == 2
    assert [path.name for path in folder.glob("vectors-*")] != []


def test_remove(folder: Path) -> None:
    remove_index(folder)
    assert not folder.exists()
    with pytest.raises(IndexMissing):
        remove_index(folder)


def test_remove_takes_nothing_that_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(IndexMissing):
        remove_index(tmp_path / "mine")
    assert (tmp_path / "mine" / "letter.txt").exists()


def cut_off(step: int, act: Callable[[], object], monkeypatch: pytest.MonkeyPatch) -> bool:
    """Do something in a world that ends at the n-th file that is taken away, as a kill would end it; whether it came to that."""
    left = [step]

    def counted(plain: Callable[..., None]) -> Callable[..., None]:
        def take_away(path: Path, **options: object) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            plain(path, **options)

        return take_away

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", counted(Path.unlink))
        with suppress(KeyboardInterrupt):
            act()
    return left[0] < 0


@pytest.mark.parametrize("step", range(1, 7))
def test_a_removal_that_is_cut_off_brings_nothing_back(
    step: int, folder: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even a commit that still stands in the write-ahead log, which a new database would take for its own."""
    with closing(open_for_writing(folder)) as other:  # keeps the log from being folded in
        other.execute("SELECT count(*) FROM meta").fetchone()
        rebuild_index(folder)
        logs = {path.name: path.read_bytes() for path in folder.glob("*-wal")}
    for name, content in logs.items():
        (folder / name).write_bytes(content)
    assert cut_off(step, lambda: remove_index(folder), monkeypatch)
    assert not (folder / DATABASE).exists()
    with IndexWriter(folder, manifest) as writer:
        assert writer.generation == 0
    assert describe_index(folder).documents == 0 and verify_index(folder) == []
    assert not list(folder.glob("vectors-*")) and not list(folder.glob("terms-*"))


def test_what_a_removal_left_goes_with_the_next_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cut_off(1, lambda: remove_index(folder), monkeypatch)
    assert list(folder.glob("vectors-*"))
    with pytest.raises(IndexMissing):
        remove_index(folder)
    assert not folder.exists()


def test_a_sweep_takes_nothing_of_others(tmp_path: Path) -> None:
    for folder, name in (("backup", "index.sqlite-wal"), ("mine", "index.sqlite.bak"), ("mine", "vectors-of-mine")):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text("dear")
    (tmp_path / "mine" / LOCK).touch()
    with pytest.raises(IndexMissing):
        remove_index(tmp_path / "gone")
    assert len(list(tmp_path.glob("*/[iv]*"))) == 3


def test_of_a_link_only_the_link_is_removed(folder: Path, tmp_path: Path) -> None:
    """What it leads to may hold anything of the user's, or be the index of another home."""
    elsewhere, uploads, manuals = (tmp_path / name for name in ("elsewhere", "uploads", "manuals"))
    folder.rename(elsewhere)
    folder.symlink_to(elsewhere)
    manuals.mkdir()
    (manuals / "own.md").write_text("dear")
    uploads.symlink_to(manuals)
    (elsewhere / "letter.txt").write_text("dear")
    before = {path.name for path in elsewhere.iterdir() if path.name != LOCK}
    told = remove_index(folder, uploads)
    assert f"{elsewhere} is left as it is." in told and f"{manuals} is left as it is." in told
    assert not folder.is_symlink() and not uploads.is_symlink()
    assert {path.name for path in elsewhere.iterdir() if path.name != LOCK} == before
    assert describe_index(elsewhere).documents == 2 and (manuals / "own.md").exists()


def test_a_linked_index_that_is_written_is_not_removed(folder: Path, tmp_path: Path) -> None:
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with WriteLock(tmp_path / "elsewhere"), pytest.raises(IndexBusy):
        remove_index(folder)
    assert folder.is_symlink()


def test_a_sweep_and_a_staging_follow_no_link(tmp_path: Path) -> None:
    elsewhere, home = tmp_path / "elsewhere", tmp_path / "indexes"
    for made in (elsewhere, home):
        made.mkdir()
    for name in (LOCK, "vectors-2024.csv"):
        (elsewhere / name).touch()
    (home / "linked").symlink_to(elsewhere)
    (home / ".import-linked").symlink_to(elsewhere)
    sweep(home)
    with staging_folder(home):
        pass
    assert {path.name for path in elsewhere.iterdir()} == {LOCK, "vectors-2024.csv"}


def test_a_removal_keeps_the_journal_with_its_own_log(folder: Path) -> None:
    for name in ("journal.sqlite", "journal.sqlite-journal"):
        (folder / name).write_text("kept")
    remove_index(folder)
    assert {path.name for path in folder.iterdir()} == {"journal.sqlite", "journal.sqlite-journal"}


def test_a_lock_whose_file_was_taken_away_keeps_nobody_out_and_is_taken_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal takes the lock's file with it: who had opened it before must not write beside who made a new one."""
    plain, seen = FileLock.acquire, []

    def overtaken(lock: FileLock, **options: Any) -> Any:
        held = plain(lock, **options)
        if not seen:
            (folder / LOCK).unlink()
        seen.append(os.fstat(lock._context.lock_file_fd).st_ino)
        return held

    monkeypatch.setattr(FileLock, "acquire", overtaken)
    with WriteLock(folder):
        assert len(seen) == 2 and (folder / LOCK).stat().st_ino == seen[-1]


def test_a_full_disk_does_not_keep_an_index_from_being_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, text: str) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", refused)
    remove_index(folder)
    assert not folder.exists()


def test_a_disk_that_refuses_a_removal_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path, missing_ok: bool = False) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refused)
        with pytest.raises(StorageError, match="Read-only"):
            remove_index(folder)
    assert describe_index(folder).documents == 2
    with WriteLock(folder):
        pass


def test_an_index_that_is_written_is_not_removed(folder: Path) -> None:
    with WriteLock(folder), pytest.raises(IndexBusy):
        remove_index(folder)
    assert describe_index(folder).documents == 2
