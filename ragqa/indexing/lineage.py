"""Which past an index has: a mark of chance for each of its commits.

A backend that lasts elsewhere knows a generation by its number and its mark. Where a database was restored from a back-up and
went on, the numbers meet again; the marks do not, and the backend is filled anew.
"""

from __future__ import annotations

import secrets
import sqlite3

from ragqa.indexing.database import meta, put_meta

MARKED = 10_000
"""Commits whose marks are kept; a backend that is farther behind is filled anew."""

_KEY = "mark-{}"


def mark(connection: sqlite3.Connection, generation: int) -> str:
    """The mark of a generation in the connection's snapshot; empty where it has none."""
    return meta(connection, _KEY.format(generation), "")


def forget_marks(connection: sqlite3.Connection) -> None:
    """Let no commit until now have a mark, in the caller's transaction: whatever was filled from them is to be filled anew."""
    connection.execute("DELETE FROM meta WHERE key GLOB ?", (_KEY.format("*"),))


def put_mark(connection: sqlite3.Connection, generation: int) -> None:
    """Mark a generation, in the transaction that makes it; one that has a mark keeps it."""
    if mark(connection, generation):
        return
    put_meta(connection, **{_KEY.format(generation): secrets.token_hex(8)})
    connection.execute("DELETE FROM meta WHERE key = ?", (_KEY.format(generation - MARKED),))
