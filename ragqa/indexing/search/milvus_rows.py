"""What a chunk is in Milvus, and what a question is: sparse vectors whose inner product is BM25, headings that a filter can be
matched with, and expressions.

What Milvus finds is looked at once more in SQLite, so it may find too much here, and never too little: a term's key of 64 bits is
cut to 32, which two terms may share, and what a pattern could take for a sign of its own stands for any character.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from ragqa.indexing.search.backend import Where
from ragqa.indexing.search.changes import chunk_rows, headings_of
from ragqa.indexing.search.postings import decode_terms
from ragqa.indexing.search.worth import norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ID, DOCUMENT, EMBEDDED, HEADINGS, DENSE, TERMS = "id", "document", "embedded", "headings", "dense", "terms"
FIELDS = (ID, DOCUMENT, EMBEDDED, HEADINGS, DENSE, TERMS)

MOST_BYTES = 65_000
"""Of the headings over a chunk; Milvus takes 65,535. Longer ones are told apart here alone."""

LONGER = "%"
"""Stands for headings that are longer: no heading is that, once it is folded."""

_ANY = re.compile(r"[^\w .,;:()/+-]|_")
"""Characters of a part of a heading for which a pattern takes any character."""

_DIMENSIONS = 2**32 - 2
"""The highest dimension of a sparse vector."""

FEW_DOCUMENTS = 64
"""So many are simply listed."""

RANGE_COST = 16
"""So many ids in a list take Milvus Lite as long as one range of ids, each of which is compared with all rows anew."""

MOST_LISTED = 4_000
"""Ids in an expression, which take Milvus Lite half a second to some seconds; 100,000 took it longer than a question may."""

NO_TERMS = 0
"""The dimension of what has no terms: a sparse vector may not be empty."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What SQLite says of a chunk that Milvus found."""

    id: int
    document: int
    section: tuple[str, ...]
    length: int
    terms: bytes


def dimension_of(key: int) -> int:
    """The dimension that a term (see postings.term_key) has in sparse vectors, from 1."""
    return key % _DIMENSIONS + 1


def sparse(terms: bytes, length: int, mean: float) -> dict[int, float]:
    """What the terms of a chunk of some length are worth, by dimension: what BM25 multiplies with the weight of each."""
    import numpy as np

    keys, counts = decode_terms(terms)
    if not len(keys):
        return {NO_TERMS: 1.0}
    worth = counts / (counts + norms(np.array([length], dtype=np.int32), mean)[0])
    found: dict[int, float] = {}
    for key, value in zip(keys.tolist(), worth.tolist(), strict=True):
        at = dimension_of(key)
        found[at] = max(found.get(at, 0.0), value)
    return found


def asked(weights: dict[int, float]) -> dict[int, float]:
    """A question as a sparse vector, of what its terms weigh."""
    found: dict[int, float] = {}
    for key, weight in weights.items():
        found[dimension_of(key)] = found.get(dimension_of(key), 0.0) + weight
    return found


def rows(connection: sqlite3.Connection, ids: NDArray[np.int64], dimension: int, mean: float) -> Iterator[list[dict[str, Any]]]:
    """What Milvus is to hold of some chunks, as the connection's snapshot has them, some at a time; those that are not there are
    left out. A chunk without a vector has zeros for it."""
    import numpy as np

    zeros = np.zeros(dimension, dtype=np.float32)
    for part in chunk_rows(connection, ids, dimension):
        yield [
            {
                ID: one.id, DOCUMENT: one.document, EMBEDDED: one.vector is not None, HEADINGS: folded(headings_of(one.section)),
                DENSE: zeros if one.vector is None else one.vector, TERMS: sparse(one.terms, one.length, mean),
            }
            for one in part
        ]  # fmt: skip


def folded(section: Sequence[str]) -> str:
    """The headings over a chunk as a pattern is matched with them: without regard to case, on one line."""
    joined = " / ".join(_ANY.sub(" ", heading.casefold()) for heading in section)
    return joined if len(joined.encode()) <= MOST_BYTES else LONGER


def expression(connection: sqlite3.Connection, where: Where, only_embedded: bool = False) -> str:
    """What leaves all chunks of the connection's snapshot that predicates leave, and maybe more; empty where all are left."""
    parts = [f"{EMBEDDED} == true"] if only_embedded else []
    if where.documents is not None:
        is_few = len(where.documents) <= FEW_DOCUMENTS
        there = () if is_few else [row[0] for row in connection.execute("SELECT id FROM documents ORDER BY id")]
        parts += filter(None, [documents_expression(where.documents, there)])
    for part in where.sections if where.section else ():
        pattern = _ANY.sub("_", part)
        if pattern.strip("_"):
            parts.append(f'({HEADINGS} like "%{pattern}%" or {HEADINGS} == "{LONGER}")')
    return " and ".join(parts)


def documents_expression(wanted: frozenset[int], there: Sequence[int]) -> str:
    """What leaves the chunks of the wanted ones of the documents that are there, given by ascending ids; empty: all of them.

    Long runs are told by where they begin and end, and where that is shorter it is told what is not wanted. Of very many
    documents here and there only the longest runs that are not wanted are named, so that more is left than should be.
    """
    runs = [(is_wanted, list(ids)) for is_wanted, ids in groupby(there, wanted.__contains__)]
    within, without = ([ids for is_wanted, ids in runs if is_wanted is side] for side in (True, False))
    if not within:  # or nobody has told what is there
        return _in_runs([[one] for one in sorted(wanted)])
    if _cost(within) <= min(_cost(without), MOST_LISTED):
        return _in_runs(within)
    named, cost = [], 0
    for ids in sorted(without, key=len, reverse=True):
        cost += _cost([ids])
        if cost > MOST_LISTED:
            break
        named.append(ids)
    return f"not {_in_runs(sorted(named))}" if named else ""


def _cost(runs: Sequence[Sequence[int]]) -> int:
    return sum(min(len(ids), RANGE_COST) for ids in runs)


def _in_runs(runs: Sequence[Sequence[int]]) -> str:
    """What leaves the chunks of the documents from the first to the last of each run."""
    single = [str(one) for ids in runs if len(ids) <= RANGE_COST for one in ids]
    ranges = [f"({DOCUMENT} >= {ids[0]} and {DOCUMENT} <= {ids[-1]})" for ids in runs if len(ids) > RANGE_COST]
    listed = [f"{DOCUMENT} in [{', '.join(single)}]"] if single else []
    return f"({' or '.join(listed + ranges)})"


def held(connection: sqlite3.Connection, ids: Iterable[int], where: Where) -> dict[int, Candidate]:
    """Those of some chunks that the connection's snapshot holds and that predicates leave, by id."""
    import json

    found = connection.execute(
        "SELECT chunks.id, document_id, section, length, terms FROM chunks JOIN lexical ON lexical.id = chunks.id"
        " WHERE chunks.id IN (SELECT value FROM json_each(?))",
        (json.dumps(list(ids)),),
    )
    candidates = (Candidate(row[0], row[1], headings_of(row[2]), row[3], row[4]) for row in found)
    return {one.id: one for one in candidates if where.holds(one.document, one.section)}
