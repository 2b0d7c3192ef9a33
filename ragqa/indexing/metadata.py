"""What documents are labelled with, in the database: written with a document or later, and documents found by it."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from fnmatch import translate
from typing import Any

from ragqa.indexing.connections import Connections
from ragqa.indexing.notes import Notes
from ragqa.metadata import Wanted, folded
from ragqa.types import Metadata

_WILD = re.compile(r"[*?[]")
_OF_ALL = "SELECT document_id, key, value FROM metadata"
_OF_ONE = f"{_OF_ALL} WHERE document_id = ?"


class Labels:
    """The metadata of an index's documents, as the calling thread's snapshot has it; an index of an older schema has none.

    Threads may share it. Everything raises what `Connections.use` raises.
    """

    def __init__(self, connections: Connections, notes: Notes) -> None:
        self._connections, self._notes = connections, notes

    def all(self) -> dict[int, Metadata]:
        """What every document is labelled with, by its id; documents without metadata are left out."""
        return _by_document(self._rows(_OF_ALL))

    def of(self, document_id: int) -> Metadata:
        """What a document is labelled with."""
        return _by_document(self._rows(_OF_ONE, document_id)).get(document_id, {})

    def counts(self) -> dict[str, dict[str, int]]:
        """How many documents have each value, by key; of values that differ in case, as one of them has it."""
        query = "SELECT key, min(value), count(*) FROM metadata GROUP BY key, folded ORDER BY key, folded"
        counted: dict[str, dict[str, int]] = {}
        for key, value, count in self._rows(query):
            counted.setdefault(key, {})[value] = count
        return counted

    def documents_with(self, wanted: Wanted) -> frozenset[int]:
        """The ids of the documents that have, of every key, one of its values; a value may be a glob where no document has it as
        it is written. Case and the way accents are written do not matter."""
        kept: frozenset[int] | None = None
        for key, values in wanted:
            one = frozenset(document for value in values for document in self._with_value(key, folded(value)))
            kept = one if kept is None else kept & one
        return kept or frozenset()

    def _with_value(self, key: str, value: str) -> list[int]:
        query = "SELECT document_id FROM metadata WHERE key = ? AND folded = ?"
        exactly = [document for (document,) in self._rows(query, key, value)]
        if exactly or not _WILD.search(value):
            return exactly
        matches = re.compile(translate(value)).match
        held = self._rows("SELECT DISTINCT folded FROM metadata WHERE key = ?", key)
        return [document for (one,) in held if matches(one) for (document,) in self._rows(query, key, one)]

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self._connections.rows(query, values) if self._notes.has_metadata else []


def put_metadata(connection: sqlite3.Connection, document_id: int, given: Metadata) -> bool:
    """Give a document these values instead of those that it has of the same keys; of a key without values it has none then.
    Nothing is written, and False returned, where it has them already."""
    others = differing(stored_metadata(connection, document_id), given)
    for key, values in others.items():
        connection.execute("DELETE FROM metadata WHERE document_id = ? AND key = ?", (document_id, key))
        connection.executemany(
            "INSERT OR IGNORE INTO metadata VALUES (?, ?, ?, ?)", ((key, folded(value), document_id, value) for value in values)
        )
    return bool(others)


def differing(known: Metadata, given: Metadata) -> Metadata:
    """What of given metadata is not what a document has of its keys."""
    return {key: values for key, values in given.items() if set(values) != set(known.get(key, ()))}


def stored_metadata(connection: sqlite3.Connection, document_id: int) -> Metadata:
    """What a document is labelled with."""
    return _by_document(connection.execute(_OF_ONE, (document_id,)).fetchall()).get(document_id, {})


def fold_again(connection: sqlite3.Connection) -> None:
    """Make what values are looked for by from the values themselves: an imported file may say anything of it."""
    for key, stored, document, value in connection.execute("SELECT key, folded, document_id, value FROM metadata").fetchall():
        if stored != folded(value):
            place = key, stored, document
            connection.execute("DELETE FROM metadata WHERE key = ? AND folded = ? AND document_id = ?", place)
            row = key, folded(value), document, value
            connection.execute("INSERT OR IGNORE INTO metadata VALUES (?, ?, ?, ?)", row)


def _by_document(rows: Sequence[tuple[int, str, str]]) -> dict[int, Metadata]:
    labels: dict[int, dict[str, tuple[str, ...]]] = {}
    for document, key, value in rows:
        known = labels.setdefault(document, {})
        known[key] = (*known.get(key, ()), value)
    return dict(labels)
