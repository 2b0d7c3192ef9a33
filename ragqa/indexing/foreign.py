"""A database file that came from elsewhere, read as data: nothing that stands in its schema is ever run.

It is opened to be read alone, with SQLite's own defences on. Its tables must be this project's, told in this project's words, so
that there is no trigger, view, generated column, check, default or virtual table which SQLite would compute; and each value is
asked whether it may stand where it stands. What holds is copied into a database made here, and the file is thrown away.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import quote

from ragqa.errors import IndexDamaged, IndexMismatch
from ragqa.indexing.columns import Column, columns_of, first_breach, vector_breach
from ragqa.indexing.schema import READABLE_VERSIONS, SCHEMA, SCHEMA_VERSION, SPARE_EMBEDDINGS

ROWS_AT_ONCE = 2000
LONGEST_VALUE = 512 << 20
"""Bytes of the longest text or blob."""

LEFT_OUT = ("meta", "texts", "lexical", "removed", "arrived", "names", "sections")
"""Tables that are made anew here, or whose values are taken over one by one."""

_MANY_OBJECTS = 1000
_ROW_BYTES = 5
"""A row takes at least so many bytes of its file, whatever it holds."""

_COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TOKENS = re.compile(r'\w+|[(),;"\s]')
_WORDS = re.compile(r"\w+")
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: LONGEST_VALUE,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 50,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
}
_PRAGMAS = ("query_only = ON", "trusted_schema = OFF", "cell_size_check = ON", "mmap_size = 0")
_SWITCHED_OFF = ("ENABLE_TRIGGER", "ENABLE_VIEW", "ENABLE_LOAD_EXTENSION", "TRUSTED_SCHEMA")


class ForeignDatabase:
    """Reads a database file of unknown origin. Use as a context manager, in one thread.

    `told` is what messages call it. Raises, on entering and while it is read, IndexDamaged for a file that is no sound index of
    this project, IndexMismatch for one of a version that is not read.
    """

    def __init__(self, path: Path, told: str) -> None:
        self._path, self._told = path, told
        self._budget = path.stat().st_size

    def __enter__(self) -> ForeignDatabase:
        with self._errors():
            address = f"file:{quote(str(self._path.absolute()))}?mode=ro&immutable=1"
            self._connection = sqlite3.connect(address, uri=True, isolation_level=None)
            try:
                self._be_careful()
                self._refuse_other_schemas()
                self._refuse_damage()
            except BaseException:
                self._connection.close()
                raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._connection.close()

    def meta(self) -> dict[str, str]:
        """What the index notes about itself; pairs of anything but short texts are left out."""
        with self._errors():
            rows = self._connection.execute("SELECT key, value FROM meta NOT INDEXED").fetchmany(ROWS_AT_ONCE)
        return {key: value for key, value in rows if isinstance(key, str) and isinstance(value, str) and len(value) < 100_000}

    def has(self, table: str) -> bool:
        """Whether there is such a table."""
        with self._errors():
            found = self._connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?", (table,))
            return found.fetchone() is not None

    def texts(self) -> Iterator[tuple[int, int, str]]:
        """The pieces of documents' texts: the document's id, where the piece begins, and the piece; in no order."""
        columns = self._columns("texts")
        if not {"document_id", "text"} <= {one.name for one in columns}:
            raise self.refused("its table texts is another one")
        wanted = sorted((one for one in columns if one.name in ("document_id", "start", "text")), key=lambda one: one.name)
        return ((row[0], row[1] if len(row) == 3 else 0, row[-1]) for row in self.rows(wanted, 0))

    def _columns(self, table: str) -> list[Column]:
        with self._errors():
            return columns_of(table, self._connection.execute(f'PRAGMA table_xinfo("{table}")'))

    def shared(self, columns: Sequence[Column]) -> list[Column]:
        """Those of a table's columns that it has; the others must be ones that may stay empty."""
        table = columns[0].table
        held = {column.name for column in self._columns(table)}
        missing = [one.name for one in columns if one.name not in held and not (one.is_nullable or one.has_default)]
        if missing:
            raise self.refused(f"its table {table} has no {missing[0]}")
        return [one for one in columns if one.name in held]

    def rows(self, columns: Sequence[Column], dimension: int) -> Iterator[tuple[Any, ...]]:
        """The rows of a table, each value checked; `dimension` is what vectors must have."""
        names, vector = [one.name for one in columns], next((n for n, one in enumerate(columns) if one.name == "vector"), None)
        chosen = ", ".join(f'"{name}"' for name in names)
        with self._errors():
            cursor = self._connection.execute(f'SELECT {chosen} FROM "{columns[0].table}" NOT INDEXED')
        while True:
            with self._errors():
                rows = cursor.fetchmany(ROWS_AT_ONCE)
            if not rows:
                return
            self._spend(rows)
            breach = first_breach(columns, rows)
            if not breach and vector is not None:
                breach = vector_breach([row[vector] for row in rows if row[vector] is not None], dimension)
            if breach:
                raise self.refused(f"it holds {breach}")
            yield from rows

    def refused(self, why: str) -> IndexDamaged:
        """The error for a file that is not what it should be."""
        return IndexDamaged(
            f"{self._told} holds no sound index: {why}", hint="Export it again where it is sound: ragqa index export NAME FILE"
        )

    def _be_careful(self) -> None:
        for limit, most in _LIMITS.items():
            self._connection.setlimit(limit, most)
        switch = getattr(self._connection, "setconfig", None)  # since Python 3.12
        if switch is not None:
            for name in _SWITCHED_OFF:
                switch(getattr(sqlite3, f"SQLITE_DBCONFIG_{name}"), False)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    def _refuse_other_schemas(self) -> None:
        if self._connection.execute("PRAGMA encoding").fetchone() != ("UTF-8",):
            raise self.refused("its texts are not in UTF-8")
        objects = self._connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchmany(_MANY_OBJECTS)
        for kind, name, table, sql in objects:
            if not _is_ours(kind, name, table, sql):
                raise self.refused(f"it has a {kind} {name!r}, which no index of this kind has")
        if not any(name == "meta" for _, name, _, _ in objects):
            raise self.refused("it has no table meta")
        version = self.meta().get("schema", "unknown")
        if version not in map(str, READABLE_VERSIONS):
            raise IndexMismatch(
                f"{self._told} holds an index of schema {version[:20]}, this version needs {SCHEMA_VERSION}",
                hint="Export it with this version, or ingest the manuals again.",
            )

    def _refuse_damage(self) -> None:
        for row in self._connection.execute("PRAGMA quick_check(1)"):
            if row != ("ok",):
                raise self.refused(str(row[0]).splitlines()[-1])

    def _spend(self, rows: Sequence[Sequence[Any]]) -> None:
        """Pages that lead back to each other would give rows without end."""
        for row in rows:
            self._budget -= _ROW_BYTES + sum(len(value) for value in row if isinstance(value, str | bytes))
        if self._budget < 0:
            raise self.refused("it holds more than fits into its file")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeError, OverflowError) as error:
            raise self.refused(str(error)) from error


def foreign_tables(connection: sqlite3.Connection) -> list[str]:
    """The tables of a database that `ForeignDatabase` would not take."""
    objects = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type = 'table'").fetchall()
    return [name for kind, name, table, sql in objects if not _is_ours(kind, name, table, sql)]


def tables_here(connection: sqlite3.Connection) -> list[list[Column]]:
    """The tables of a database made here that are filled from another, in the order of the schema, each as its columns."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid")
    kept = [name for (name,) in names.fetchall() if name not in LEFT_OUT]
    return [columns_of(name, connection.execute(f'PRAGMA table_xinfo("{name}")')) for name in kept]


def _is_ours(kind: object, name: object, table: object, sql: object) -> bool:
    """Whether an object of a schema is one of this project's: an index to the letter, a table in no other words than ours, for an
    older version's may lack some, or have them in another order."""
    ours = _schema_here()
    if kind == "index" and sql is None:  # the one that SQLite makes of a key
        return str(name).startswith("sqlite_autoindex_") and table in ours
    if name == "sqlite_sequence" or kind == "index":
        return ours.get(str(name)) == sql
    if kind != "table" or name not in ours or not isinstance(sql, str):
        return False
    plain = _COMMENTS.sub(" ", sql)
    return not _TOKENS.sub("", plain) and {word.lower() for word in _WORDS.findall(plain)} <= _words_here()


@lru_cache(maxsize=1)
def _schema_here() -> dict[str, str]:
    """What SQLite notes of the tables and indexes of a database made here, by name."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(f"{SCHEMA};{SPARE_EMBEDDINGS}")
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall())


@lru_cache(maxsize=1)
def _words_here() -> frozenset[str]:
    tables = (_COMMENTS.sub(" ", sql) for sql in _schema_here().values() if sql.startswith("CREATE TABLE"))
    return frozenset(word.lower() for sql in tables for word in _WORDS.findall(sql))
