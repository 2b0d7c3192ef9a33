"""What makes of an index of an older version one of this version, within one transaction of the first writer that opens it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from ragqa.indexing.keys import put_names, put_sections
from ragqa.indexing.schema import KEYS, METADATA, TEXTS, VECTORS_FOLLOW
from ragqa.indexing.texts import put_text


def name_documents(connection: sqlite3.Connection) -> None:
    """Note what every document is called, as this version tells it."""
    for row in connection.execute("SELECT id, path, title, language FROM documents ORDER BY id").fetchall():
        put_names(connection, *row)


def _add_boxes(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE blocks ADD COLUMN box TEXT")


def _let_vectors_follow(connection: sqlite3.Connection) -> None:
    for statement in VECTORS_FOLLOW:
        connection.execute(statement)


def _cut_texts_and_add_keys(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE texts RENAME TO whole_texts")
    for statement in (TEXTS + KEYS).split(";"):
        connection.execute(statement)
    for (document_id,) in connection.execute("SELECT document_id FROM whole_texts").fetchall():
        row = connection.execute("SELECT text FROM whole_texts WHERE document_id = ?", (document_id,)).fetchone()
        put_text(connection, document_id, row[0])
    connection.execute("DROP TABLE whole_texts")
    put_sections(connection, (row[0] for row in connection.execute("SELECT DISTINCT section FROM chunks").fetchall()))
    name_documents(connection)


def _add_metadata(connection: sqlite3.Connection) -> None:
    for statement in METADATA.split(";"):
        connection.execute(statement)


UPGRADES: dict[int, Callable[[sqlite3.Connection], None]] = {
    3: _add_boxes,
    4: _let_vectors_follow,
    5: _cut_texts_and_add_keys,
    6: _add_metadata,
}
"""What makes of an index of a version one of the next; none ends the transaction."""
