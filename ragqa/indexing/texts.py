"""The texts of documents, kept in pieces, so that reading a span costs what the span costs, however long its document is."""

from __future__ import annotations

import sqlite3

PIECE = 16_384
"""Characters of a piece; the last one of a text may be shorter, and no other."""


def put_text(connection: sqlite3.Connection, document_id: int, text: str) -> None:
    """Keep a new document's text; an empty one is a piece as well."""
    starts = range(0, max(len(text), 1), PIECE)
    connection.executemany(
        "INSERT INTO texts (document_id, start, text) VALUES (?, ?, ?)",
        ((document_id, start, text[start : start + PIECE]) for start in starts),
    )


def text_of(connection: sqlite3.Connection, document_id: int, start: int, end: int) -> str:
    """A document's text between two character offsets, 0 <= start; nothing where there is no such document or place."""
    rows = connection.execute(
        "SELECT start, text FROM texts WHERE document_id = ? AND start > ? AND start < ? ORDER BY start",
        (document_id, start - PIECE, end),
    ).fetchall()
    if not rows:
        return ""
    first = rows[0][0]
    return "".join(text for _, text in rows)[start - first : max(end - first, 0)]


def whole_text_of(connection: sqlite3.Connection, document_id: int, start: int, end: int) -> str:
    """The same of an index whose texts are not in pieces yet; it reads the whole text for it."""
    row = connection.execute(
        "SELECT substr(text, ?, ?) FROM texts WHERE document_id = ?", (start + 1, end - start, document_id)
    ).fetchone()
    return str(row[0]) if row else ""
