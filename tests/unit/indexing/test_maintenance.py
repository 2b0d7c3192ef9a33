from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ragqa.errors import IndexBusy, IndexMissing
from ragqa.indexing.index import Index
from ragqa.indexing.lock import WriteLock
from ragqa.indexing.maintenance import describe_index, rebuild_index, remove_index
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


def test_an_index_that_is_written_is_not_removed(folder: Path) -> None:
    with WriteLock(folder), pytest.raises(IndexBusy):
        remove_index(folder)
    assert describe_index(folder).documents == 2
