from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing

import pytest

from ragqa.errors import IndexDamaged
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import open_for_writing
from ragqa.indexing.index import Index
from ragqa.indexing.notes import Notes
from ragqa.indexing.schema import SCHEMA_VERSION
from ragqa.types import Document


@pytest.fixture
def index(make_index: Callable[..., Index], kettle: Document) -> Index:
    return make_index(kettle)


def test_what_an_index_says_of_itself(index: Index) -> None:
    notes = index.notes
    assert (notes.generation, notes.schema, notes.vector_kind) == (1, SCHEMA_VERSION, "flat")
    assert notes.identity and notes.updated
    assert notes.descriptions == (index.manifest.to_json(), "", notes.identity)
    assert {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in notes.derived} == notes.derived != {}
    assert {path.parent for path in notes.derived} == {index.folder}


def test_a_note_that_is_not_there(index: Index) -> None:
    with closing(open_for_writing(index.folder)) as connection:
        connection.execute("DELETE FROM meta WHERE key IN ('updated', 'identity', 'manifest')")
    notes = Notes(Connections(index.folder))
    assert notes.identity == ""
    with pytest.raises(IndexDamaged, match="index 'shelf' has no updated"):
        _ = notes.updated
    with pytest.raises(IndexDamaged, match="index 'shelf' has no manifest"):
        _ = notes.descriptions
