"""Texts in pieces: what is read is what was put, and no more of it than is needed."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from ragqa.indexing import texts
from ragqa.indexing.database import create_database, open_for_writing
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.texts import put_text, text_of

TEXT = "Das Gerät 😀 heizt auf 90 °C. " * 7


@pytest.fixture
def connection(tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch) -> Iterator[sqlite3.Connection]:
    """An index with two texts, in pieces of sixteen characters."""
    monkeypatch.setattr(texts, "PIECE", 16)
    create_database(tmp_path / "shelf", manifest)
    connection = open_for_writing(tmp_path / "shelf")
    connection.execute("PRAGMA foreign_keys = OFF")
    put_text(connection, 1, "another text, of which nothing may come")
    put_text(connection, 2, TEXT)
    put_text(connection, 3, "")
    yield connection
    connection.close()


def test_any_stretch_is_what_it_was(connection: sqlite3.Connection) -> None:
    dice = random.Random(3)
    places = [(dice.randrange(len(TEXT) + 9), dice.randrange(len(TEXT) + 40)) for _ in range(300)]
    for start, end in [*places, (0, 16), (16, 32), (15, 17), (0, 2**31 - 1), (len(TEXT), len(TEXT) + 1)]:
        assert text_of(connection, 2, start, end) == TEXT[start:end]
    assert text_of(connection, 3, 0, 99) == text_of(connection, 99, 0, 99) == ""


def test_only_the_pieces_of_a_stretch_are_read(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE texts SET text = 'spoilt' WHERE document_id = 2 AND start NOT IN (32, 48)")
    assert text_of(connection, 2, 40, 60) == TEXT[40:60]
