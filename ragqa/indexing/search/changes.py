"""What a search backend must be told, read from the database: the chunks that came and went since a generation, and vectors."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ragqa.errors import IndexDamaged
from ragqa.indexing.database import lacking_chunks, meta, removed_ids
from ragqa.indexing.keys import sections_with
from ragqa.indexing.schema import KEYS_SINCE, VECTORS_FOLLOW_SINCE
from ragqa.indexing.search.backend import NOTHING, Added, Changes, Generation, Where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SLICE = 10_000
"""Chunks read from SQLite at once."""

FEW = 1_000
"""Chunks read at once by their ids."""


def generation_of(connection: sqlite3.Connection) -> Generation:
    """The generation that the connection's snapshot is of."""
    newest = connection.execute("SELECT coalesce(max(id), 0) FROM chunks").fetchone()[0]
    return Generation(int(meta(connection, "generation", "0")), int(newest), meta(connection, "identity", ""))


def derived_generation(connection: sqlite3.Connection) -> Generation:
    """The generation that made the derived files which the connection's snapshot goes by; number 0 where none were made."""
    made, newest = meta(connection, "derived", "0"), meta(connection, "derived_top", "0")
    return Generation(int(made), int(newest), meta(connection, "identity", ""))


def changes_since(connection: sqlite3.Connection, since: Generation, dimension: int) -> Changes:
    """What takes a backend from one generation to that of the connection's snapshot.

    The list of what went is cut whenever derived files are made, so it cannot tell what went before the last were; nor can this
    database tell what another index had, from which the backend may have been filled.
    """
    now = generation_of(connection)
    from_nothing = since.number < derived_generation(connection).number or (since != NOTHING and since.index != now.index)
    above = 0 if from_nothing else since.newest
    count = int(connection.execute("SELECT count(*) FROM chunks WHERE id > ?", (above,)).fetchone()[0])
    later = None if from_nothing else since.number
    vectors = count - lacking_chunks(connection) if from_nothing else count + _count_arrived(connection, since.number)
    return Changes(
        now, from_nothing, count, vectors, removed_ids(connection), lambda: _added(connection, above),
        lambda: vector_slices(connection, dimension, above, later),
    )  # fmt: skip


def chosen_ids(connection: sqlite3.Connection, where: Where) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks of the connection's snapshot that predicates leave."""
    import numpy as np

    conditions, values = [], []
    if where.documents is not None:
        conditions.append("document_id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(sorted(where.documents)))
    if where.section is not None:
        conditions.append("section IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(_sections_of(connection, Where(section=where.section))))
    condition = " AND ".join(conditions) or "true"
    rows = connection.execute(f"SELECT id FROM chunks WHERE {condition} ORDER BY id", values).fetchall()
    return np.array([row[0] for row in rows], dtype=np.int64)


def vectors_of(rows: list[tuple[int, bytes]], dimension: int) -> NDArray[np.float32]:
    """The stored vectors of chunks, given with their ids, shape (n, dimension). Raises IndexDamaged."""
    import numpy as np

    for chunk_id, vector in rows:
        if len(vector) != 2 * dimension:
            raise IndexDamaged(f"the vector of chunk {chunk_id} is of the wrong size", hint="Make the index again.")
    joined = np.frombuffer(b"".join(vector for _, vector in rows), dtype=np.float16)
    return joined.reshape(len(rows), dimension).astype(np.float32)


def vector_slices(
    connection: sqlite3.Connection, dimension: int, above: int = 0, later: int | None = None
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """The ids, shape (n,), and vectors, shape (n, dimension), of the chunks with ids above a number that have one, by id, SLICE
    chunks at a time; before them those of earlier chunks whose vectors came after the generation `later`."""
    import numpy as np

    query = "SELECT id, vector FROM {} JOIN embeddings ON hash = embedding WHERE vector <> x'' AND {} ORDER BY id"
    selections: list[tuple[str, str, tuple[int, ...]]] = [("chunks", "id > ?", (above,))]
    if later is not None and _vectors_follow(connection):
        selections.insert(0, ("arrived JOIN chunks ON id = chunk", "id <= ? AND generation > ?", (above, later)))
    for chunks, condition, values in selections:
        cursor = connection.execute(query.format(chunks, condition), values)
        while rows := cursor.fetchmany(SLICE):
            yield np.array([row[0] for row in rows], dtype=np.int64), vectors_of(rows, dimension)


@dataclass(frozen=True, slots=True)
class ChunkRow:
    """All that a search backend is told of one chunk: see `Added`. `section` is as the database has it, `vector` None where it is
    still to be made."""

    id: int
    document: int
    section: str
    length: int
    terms: bytes
    vector: NDArray[np.float32] | None


def chunk_rows(connection: sqlite3.Connection, ids: NDArray[np.int64], dimension: int) -> Iterator[list[ChunkRow]]:
    """What the connection's snapshot holds of some chunks, FEW at a time; those that are not there are left out."""
    query = (
        "SELECT chunks.id, document_id, section, length, terms, vector FROM chunks JOIN lexical ON lexical.id = chunks.id"
        " JOIN embeddings ON hash = embedding WHERE chunks.id IN (SELECT value FROM json_each(?))"
    )
    for first in range(0, len(ids), FEW):
        found = connection.execute(query, (json.dumps(ids[first : first + FEW].tolist()),)).fetchall()
        vectors = iter(vectors_of([(row[0], row[5]) for row in found if row[5]], dimension))
        yield [ChunkRow(row[0], row[1], row[2], row[3], row[4], next(vectors) if row[5] else None) for row in found]


def chunk_ids(connection: sqlite3.Connection, above: int = 0) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks with ids above a number."""
    return _ids(connection, "SELECT id FROM chunks WHERE id > ? ORDER BY id", above)


def embedded_ids(connection: sqlite3.Connection) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks that have a vector."""
    return _ids(connection, "SELECT id FROM chunks JOIN embeddings ON hash = embedding WHERE vector <> x'' ORDER BY id")


def arrived_ids(connection: sqlite3.Connection, later: int, upto: int) -> NDArray[np.int64]:
    """The ids, ascending, of the chunks up to an id whose vectors came after the generation `later`."""
    if not _vectors_follow(connection):
        return _ids(connection, "SELECT id FROM chunks WHERE false")
    query = "SELECT id FROM arrived JOIN chunks ON id = chunk WHERE generation > ? AND id <= ? ORDER BY id"
    return _ids(connection, query, later, upto)


def _ids(connection: sqlite3.Connection, query: str, *values: int) -> NDArray[np.int64]:
    import numpy as np

    return np.fromiter((row[0] for row in connection.execute(query, values)), dtype=np.int64)


def _sections_of(connection: sqlite3.Connection, below: Where) -> list[str]:
    """The heading paths, as the chunks have them, that a predicate leaves; of an older index all chunks are looked at for it."""
    if int(meta(connection, "schema", "0")) >= KEYS_SINCE:
        paths = sections_with(connection, below.sections)
        if len(below.sections) == 1:
            return paths  # which may be many
    else:
        paths = [row[0] for row in connection.execute("SELECT DISTINCT section FROM chunks")]
    return [path for path in paths if below.holds(0, headings_of(path))]


def _vectors_follow(connection: sqlite3.Connection) -> bool:
    """Whether the index is of a version whose vectors may come later than their chunks."""
    return int(meta(connection, "schema", "0")) >= VECTORS_FOLLOW_SINCE


def _count_arrived(connection: sqlite3.Connection, later: int) -> int:
    if not _vectors_follow(connection):
        return 0
    return int(connection.execute("SELECT count(*) FROM arrived WHERE generation > ?", (later,)).fetchone()[0])


def _added(connection: sqlite3.Connection, above: int) -> Iterator[Added]:
    import numpy as np

    cursor = connection.execute(
        "SELECT chunks.id, document_id, section, length, terms FROM chunks JOIN lexical ON lexical.id = chunks.id"
        " WHERE chunks.id > ? ORDER BY chunks.id",
        (above,),
    )
    while rows := cursor.fetchmany(SLICE):
        yield Added(
            ids=np.array([row[0] for row in rows], dtype=np.int64),
            documents=np.array([row[1] for row in rows], dtype=np.int64),
            sections=tuple(headings_of(row[2]) for row in rows),
            lengths=np.array([row[3] for row in rows], dtype=np.int32),
            terms=tuple(row[4] for row in rows),
        )


@lru_cache(maxsize=10_000)
def headings_of(section: str) -> tuple[str, ...]:
    """The headings of a path as the database has it, outermost first."""
    return tuple(json.loads(section))
