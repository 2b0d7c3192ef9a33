"""What a collection says of itself: of which index it is, at which commit, and how its weights were made.

It stands in a row of the collection itself, under an id that no chunk has, and is written after all that it speaks of. So a
collection that a process was killed over says the commit before, and one that is not whole says nothing.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, fields
from typing import Any

from ragqa.errors import BackendUnusable
from ragqa.indexing.search.backend import Generation
from ragqa.indexing.search.milvus_rows import DENSE, DOCUMENT, EMBEDDED, FIELDS, HEADINGS, ID, NO_TERMS, TERMS
from ragqa.indexing.search.milvus_server import MilvusServer

STATE_ROW = 0
"""Its id; those of chunks are larger."""

SCHEMA = 1
"""Of the collections; another one's are not read."""

PREFIX = "ragqa_"
"""What the names of all collections begin with: then come the index's identity and chance."""


@dataclass(frozen=True, slots=True)
class State:
    """Up to which commit a collection was filled: the number, highest chunk id, and mark (see lineage.py) of that, the embedder's
    fingerprint, and the mean length of chunks that the weights of terms were made with."""

    index: str
    number: int
    newest: int
    mark: str
    fingerprint: str
    mean: float
    schema: int = SCHEMA

    @property
    def generation(self) -> Generation:
        """The commit."""
        return Generation(self.number, self.newest, self.index)


@dataclass(frozen=True, slots=True)
class Found:
    """A collection, and what it says of itself."""

    name: str
    state: State


def find(server: MilvusServer, index: str) -> Found | None:
    """The newest whole collection of an index, ready to be searched; None where there is none.

    Raises BackendUnusable for one that this version does not read, or that another program made.
    """
    found = []
    for name in server.names(prefix_of(index)):
        if set(server.fields(name)) != set(FIELDS):
            raise _foreign(server, name, "is not as ragqa makes them")
        server.load(name)
        state = read_state(server, name)
        if state is not None and state.index == index:
            found.append(Found(name, state))
        elif state is not None:
            raise _foreign(server, name, "says that it is another index's")
    return max(found, key=lambda one: (one.state.number, one.name), default=None)


def unfinished(server: MilvusServer, index: str) -> list[str]:
    """The collections of an index that are not whole: who filled them was killed, and nobody fills them any more, where the
    caller keeps others from filling."""
    ours = (name for name in server.names(prefix_of(index)) if set(server.fields(name)) == set(FIELDS))
    return [name for name in ours if read_state(server, name) is None]


def prefix_of(index: str) -> str:
    """What the names of an index's collections begin with."""
    return f"{PREFIX}{index}_"


def read_state(server: MilvusServer, name: str) -> State | None:
    """What a collection says of itself; None where it is not whole. Raises BackendUnusable for what is not read here."""
    row = server.row(name, STATE_ROW)
    if row is None:
        return None
    try:
        said = json.loads(row[HEADINGS])
        schema = said["schema"]
    except (ValueError, KeyError, TypeError) as error:
        raise _foreign(server, name, "does not say of which index it is") from error
    if schema != SCHEMA:
        raise _foreign(server, name, f"is of schema {schema!r:.20}, this version has {SCHEMA}")
    if not _is_state(said):
        raise _foreign(server, name, "does not say of which index it is")
    return State(**said)


def _is_state(said: dict[str, Any]) -> bool:
    """Whether these are the fields of a State: whoever may write to a Milvus may have written anything."""
    if said.keys() != {item.name for item in fields(State)}:
        return False
    numbers, words = (said["number"], said["newest"]), (said["index"], said["mark"], said["fingerprint"])
    if any(type(one) is not int for one in numbers) or any(type(one) is not str for one in words):
        return False
    return type(said["mean"]) in (int, float) and 0 < said["mean"] < math.inf


def write_state(server: MilvusServer, name: str, state: State, dimension: int) -> None:
    """Let a collection say so, once all else that was put is there."""
    import numpy as np

    row: dict[str, Any] = {
        ID: STATE_ROW, DOCUMENT: -1, EMBEDDED: False, HEADINGS: json.dumps(asdict(state)),
        DENSE: np.zeros(dimension, dtype=np.float32), TERMS: {NO_TERMS: 1.0},
    }  # fmt: skip
    server.put(name, [row])


def _foreign(server: MilvusServer, name: str, told: str) -> BackendUnusable:
    hint = "ragqa index rebuild NAME --backend makes a new one from what SQLite holds, and takes this one away."
    return BackendUnusable(f"the collection {name} in the Milvus at {server.choice.uri} {told}", hint=hint)
