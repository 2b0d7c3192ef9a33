"""Whether what an index has elsewhere agrees with SQLite: its commit, its chunks, and vectors, weights and scores of some."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragqa.errors import BackendUnavailable
from ragqa.files import storage_errors
from ragqa.indexing.index import Index
from ragqa.indexing.search.changes import ChunkRow, chunk_ids, chunk_rows, embedded_ids, headings_of
from ragqa.indexing.search.choice import EMBEDDED, choice_of
from ragqa.indexing.search.milvus import Milvus, held_ids
from ragqa.indexing.search.milvus_rows import DENSE, DOCUMENT, HEADINGS, ID, TERMS, folded, sparse
from ragqa.indexing.search.milvus_server import MilvusServer
from ragqa.indexing.search.milvus_state import find

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAMPLED = 24
"""Chunks, evenly taken, whose rows and scores are compared."""

NEAR = 1e-3
"""By which numbers that were cut to float32 elsewhere, or to float16 here, may differ."""


def backend_problems(index: Index) -> list[str]:
    """Every disagreement of an index with what it has elsewhere, as a sentence; none for one that has nothing there.

    To be called within a snapshot of the index.
    """
    with index.connection() as connection, storage_errors(index.folder):
        choice = choice_of(connection)
    if choice == EMBEDDED:
        return []
    try:
        return _problems(index, MilvusServer(choice))
    except BackendUnavailable as error:
        return [f"{error.message} ({error.hint})" if error.hint else error.message]


def _problems(index: Index, server: MilvusServer) -> list[str]:
    where, again = f"the Milvus at {server.choice.uri}", f"(ragqa index rebuild {index.name} --backend fills it again)"
    if find(server, index.notes.identity) is None:
        return [f"{where} holds nothing of this index {again}"]
    backend = Milvus.stored(index.connections, index.manifest, server)
    if backend.found is None:
        return [f"{where} was filled from another past of this index, or with another embedder's vectors {again}"]
    name, state = backend.found.name, backend.found.state
    if state.number > index.generation:
        return [f"{where} is at commit {state.number}, this copy of the index at {index.generation}: copy it here again"]
    if state.number != index.generation:
        return [f"{where} lags: it is at commit {state.number}, SQLite at {index.generation}; the next question mends that"]
    problems = _id_problems(index, server, name)
    if problems:
        return [f"{where}: {problem} {again}" for problem in problems]
    sample = _sample(index)
    problems = _row_problems(server, name, sample, state.mean) + _score_problems(backend, sample)
    return [f"{where}: {problem} {again}" for problem in problems]


def _id_problems(index: Index, server: MilvusServer, name: str) -> list[str]:
    with index.connection() as connection, storage_errors(index.folder):
        stored, embedded = chunk_ids(connection), embedded_ids(connection)
    there = held_ids(server, name, int(stored.max(initial=0)))
    wanted, with_vectors = set(stored.tolist()), {number for number, has in there.items() if has}
    found = {
        f"lacks {len(wanted - there.keys())} of {len(wanted)} chunks": wanted - there.keys(),
        f"holds {len(there.keys() - wanted)} chunks that SQLite does not": there.keys() - wanted,
        "has vectors of other chunks than SQLite": with_vectors ^ set(embedded.tolist()),
    }
    return [f"it {problem}, e.g. {min(ids)}" for problem, ids in found.items() if ids]


def _sample(index: Index) -> list[ChunkRow]:
    with index.connection() as connection, storage_errors(index.folder):
        ids = chunk_ids(connection)
        chosen = ids[:: max(len(ids) // SAMPLED, 1)][:SAMPLED]
        return [one for part in chunk_rows(connection, chosen, index.manifest.dimension) for one in part]


def _row_problems(server: MilvusServer, name: str, sample: list[ChunkRow], mean: float) -> list[str]:
    there = {int(row[ID]): row for row in server.rows(name, [one.id for one in sample])} if sample else {}
    problems = []
    for one in sample:
        row = there.get(one.id)
        if row is None:
            problems.append(f"chunk {one.id} is gone from it")
            continue
        if row[DOCUMENT] != one.document or row[HEADINGS] != folded(headings_of(one.section)):
            problems.append(f"chunk {one.id} is of another document or section")
        if one.vector is not None and not _near(one.vector, row[DENSE]):
            problems.append(f"the vector of chunk {one.id} differs")
        weights, held = sparse(one.terms, one.length, mean), {int(at): float(value) for at, value in dict(row[TERMS]).items()}
        if weights.keys() != held.keys() or any(abs(held[at] - value) > NEAR for at, value in weights.items()):
            problems.append(f"the weights of the terms of chunk {one.id} differ")
    return problems


def _score_problems(backend: Milvus, sample: list[ChunkRow]) -> list[str]:
    """Of chunks looked for by their own vectors, those that nothing is found for that is as near."""
    problems = []
    for one in sample:
        if one.vector is None:
            continue
        own, found = float(one.vector @ one.vector), backend.dense(one.vector, 3)
        if not found or found[0][1] < own - NEAR:
            problems.append(f"a search does not find the vector of chunk {one.id}")
    return problems


def _near(stored: NDArray[np.float32], there: object) -> bool:
    import numpy as np

    return bool(np.abs(np.asarray(there, dtype=np.float32) - stored).max() <= NEAR)
