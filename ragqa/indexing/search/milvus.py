"""The backend that keeps an index's vectors and words in a Milvus of the user's.

SQLite stays the truth, and beside it stays the file of postings, from which what terms weigh is known at any commit. What Milvus
finds is looked up there: chunks that the thread's snapshot does not hold, or that its predicates do not leave, are left out, and
BM25 scores are those of the embedded backend, to the last bit. So Milvus only has to bring up enough candidates.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from ragqa.errors import BackendRefused, BackendUnavailable, BackendUnusable, IndexReembedded
from ragqa.files import storage_errors
from ragqa.indexing.connections import Connections
from ragqa.indexing.database import lacking_chunks, meta, open_for_reading
from ragqa.indexing.lineage import mark
from ragqa.indexing.lock import BACKEND_LOCK
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.search.backend import EVERYWHERE, NOTHING, Changes, Generation, Scored, Where
from ragqa.indexing.search.changes import arrived_ids, changes_since, chunk_ids, chunk_rows, embedded_ids, headings_of
from ragqa.indexing.search.local_words import LocalWords
from ragqa.indexing.search.milvus_rows import DENSE, TERMS, Candidate, asked, expression, held, rows
from ragqa.indexing.search.milvus_server import CONNECT_SECONDS, MOST_HITS, SEARCH_SECONDS, Asked, MilvusServer
from ragqa.indexing.search.milvus_state import STATE_ROW, Found, State, find, prefix_of, unfinished, write_state
from ragqa.indexing.search.postings import Postings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MORE, SHARE = 32, 0.25
"""Candidates of BM25 that are asked for beyond the `k` wanted, and so many of each `k`: see MEAN_DRIFT."""

MEAN_DRIFT = 0.25
"""By which the chunks' mean length may differ from the one that the weights of terms were made with, before all are made anew.

Measured with these candidates (tests/benchmarks/README.md, "Milvus"): a mean a quarter off loses none of the ten best and .0007
of the 200 best; one of half or of twice, none and .0135. Without candidates beyond `k` it were .058 of the ten best at a quarter.
"""

FILLING_SECONDS = 600.0
"""How long is waited for another process that fills the collection, by who has nothing else to do; who asks waits less."""

DELETED_AT_ONCE = 5_000

_COPY_OR_BACKUP = (
    "If this is a copy of an index that is written elsewhere, let nobody write to it here, and it is searched there as it is;"
    " if it was restored from a back-up: ragqa index rebuild NAME --backend."
)

FURTHER = 4
"""By how much more candidates are asked for where too few of them may be found."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Milvus:
    """A SearchBackend over one collection; catching up changes that, and gives another object that knows it.

    Threads may search one at once. A search reads SQLite over the calling thread's connection, so it must be made within a
    snapshot, as `Index` makes it. Raises BackendUnavailable, and BackendLost where it is to be opened again; IndexReembedded
    where the collection is of vectors that the index has got since the snapshot.

    `patience`: the seconds that catching up waits for another process that does so.
    """

    connections: Connections
    manifest: Manifest
    server: MilvusServer
    words: LocalWords
    patience: float = SEARCH_SECONDS
    found: Found | None = None

    @classmethod
    def stored(
        cls, connections: Connections, manifest: Manifest, server: MilvusServer, patience: float = SEARCH_SECONDS
    ) -> Milvus:
        """What the server holds of the index; nothing where that is of another past, of other vectors, or not there.

        To be called within the calling thread's snapshot.
        """
        words = LocalWords(connections, manifest.dimension)
        return cls(connections, manifest, server, words, patience)._refound()

    @property
    def generation(self) -> Generation:
        return NOTHING if self.found is None else self.found.state.generation

    def catch_up(self, changes: Changes) -> Milvus:
        """Bring the collection to the commit that the changes lead to, one process at a time. What was done of that when a
        process was killed is done again; nothing of it harms."""
        with filling(self.connections, self.patience):
            current = self._refound()  # another process may have been here
            if current.found is None:
                for left in unfinished(self.server, changes.generation.index):
                    self.server.drop(left)
                return current.refilled(changes.generation)
            if current.generation.number >= changes.generation.number:
                return current
            return current._brought_on(changes.generation)

    def refilled(self, to: Generation) -> Milvus:
        """Fill a new collection with all that the snapshot holds, and then take the index's other ones away."""
        with self.connections.use() as connection:
            name = f"{prefix_of(to.index)}{secrets.token_hex(4)}"
            ids, mean = chunk_ids(connection), self.words.now().mean_length
        try:
            self.server.create(name, self.manifest.dimension, len(ids))
            self._put(name, ids, mean, new=True)
            made = self._stated(name, to, mean)
        except BackendUnavailable:
            with suppress(BackendUnavailable):  # one more at each question would fill the disk that may just be full
                self.server.drop(name, CONNECT_SECONDS)
            raise
        for other in self.server.names(prefix_of(to.index)):
            if other != name:
                self.server.drop(other)
        return made

    def dense(self, vector: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        with self.connections.use() as connection:
            only_embedded = lacking_chunks(connection) > 0  # the others' vectors are zeros
        kept, scores = self._candidates(DENSE, vector, k, k + 1, where, only_embedded)
        found = [(number, scores[number]) for number in kept]
        return sorted(found, key=lambda one: (-one[1], one[0]))[:k]

    def lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        words = self.words.now()
        weights = words.weights(terms)
        if not weights:
            return []
        kept, _ = self._candidates(TERMS, asked(weights), k, k + MORE + int(SHARE * k), where)
        told = [(one.id, one.length, one.terms) for one in sorted(kept.values(), key=lambda one: one.id)]
        return words.among(Postings.of(told), terms, k) if told else []

    def both(self, vector: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> tuple[Scored, Scored]:
        """As `dense` and `lexical`, in one call where the server can; where it refuses that, in two from then on."""
        try:
            found = self._together(vector, terms, k, where) if self.server.is_hybrid else None
        except BackendRefused:
            found = self.dense(vector, k, where), self.lexical(terms, k, where)
            self.server.is_hybrid = False  # as it does not refuse the two
        return found or (self.dense(vector, k, where), self.lexical(terms, k, where))

    def _together(self, vector: NDArray[np.float32], terms: Sequence[str], k: int, where: Where) -> tuple[Scored, Scored] | None:
        """What both searches find by one call; None where that cannot tell it.

        The server gives the chunks of both lists and not what they are worth in each, which is worked out here for all of them:
        so a chunk that either list brings up counts in the other too, as it should. But it does not say either which list lost
        some that the snapshot does not hold, or predicates do not leave, and whether what is left of that is enough.
        """
        import numpy as np

        words = self.words.now()
        weights = words.weights(terms)
        if self.found is None or not weights or (where.documents is not None and not where.documents):
            return None
        with self.connections.use() as connection:
            within, near = expression(connection, where), expression(connection, where, lacking_chunks(connection) > 0)
        vectors = Asked(DENSE, vector, k + 1, near)
        words_asked = Asked(TERMS, asked(weights), k + MORE + int(SHARE * k), within)
        if vectors.limit + words_asked.limit > MOST_HITS:
            return None
        ids = self.server.search_both(self.found.name, vectors, words_asked) - {STATE_ROW}
        with self.connections.use() as connection:
            parts = chunk_rows(connection, np.array(sorted(ids), dtype=np.int64), self.manifest.dimension)
            kept = {one.id: one for part in parts for one in part if where.holds(one.document, headings_of(one.section))}
        if len(kept) < len(ids):
            return None
        told = [kept[number] for number in sorted(kept)]
        scores = [(one.id, float(one.vector @ vector)) for one in told if one.vector is not None]
        postings = Postings.of([(one.id, one.length, one.terms) for one in told])
        return sorted(scores, key=lambda one: (-one[1], one[0]))[:k], words.among(postings, terms, k) if told else []

    def _candidates(
        self, field: str, sought: NDArray[np.float32] | dict[int, float], k: int, limit: int, where: Where, embedded: bool = False
    ) -> tuple[dict[int, Candidate], dict[int, float]]:
        """At least `k` of what the snapshot holds and predicates leave, if there are so many, by id, and their products."""
        if self.found is None or (where.documents is not None and not where.documents):
            return {}, {}
        with self.connections.use() as connection:
            within = expression(connection, where, embedded)
        while True:
            limit = min(limit, MOST_HITS)
            hits = dict(self.server.search(self.found.name, Asked(field, sought, limit, within)))
            with self.connections.use() as connection:
                kept = held(connection, hits, where)
            if len(kept) >= k or len(hits) < limit or limit == MOST_HITS:
                return kept, hits
            limit *= FURTHER

    def _refound(self) -> Milvus:
        """The same over the collection that there is now, if it is of this index's past and vectors."""
        with self.connections.use() as connection:
            index = meta(connection, "identity", "")
            if not index:
                hint = "Export it and import it again: that gives it an identity."
                raise BackendUnusable("the index was made by an earlier version, without an identity", hint=hint)
            found = find(self.server, index)
            if found is not None and not self._is_ours(found.state, mark(connection, found.state.number)):
                found = None
        return replace(self, found=found)

    def _is_ours(self, state: State, known: str) -> bool:
        """Whether a collection was filled from this very past of the index, and with its embedder's vectors; `known` is the mark
        that the snapshot has of the collection's commit. Raises IndexReembedded where it has vectors of a later snapshot.

        A folder that may only be read is taken for a copy of the index that is filled elsewhere: a later commit than its own is
        searched as it is. Where it may be written, it may also be a back-up of what was lost: BackendUnusable leaves both alone.
        """
        current, mine, later = self.manifest.fingerprint, self.manifest.fingerprint, False
        if not known or state.fingerprint != mine:
            with closing(open_for_reading(self.connections.folder)) as newest:  # it may be ahead of this thread's snapshot
                known = known or mark(newest, state.number)
                current = Manifest.from_json(meta(newest, "manifest", "")).fingerprint
                later = not known and state.number > int(meta(newest, "generation", "0"))
        if later and is_writable(self.connections.folder):
            told = f"the Milvus at {self.server.choice.uri} holds a later commit of index '{self.connections.folder.name}'"
            raise BackendUnusable(told, hint=_COPY_OR_BACKUP)
        if later:
            return state.fingerprint == mine
        if not known or known != state.mark:
            return False
        if state.fingerprint != mine and state.fingerprint == current:
            raise IndexReembedded(f"index '{self.connections.folder.name}' has been given other vectors", hint="Ask again.")
        return state.fingerprint == mine

    def _brought_on(self, to: Generation) -> Milvus:
        """Put what came since the collection's commit, and take out what went."""
        assert self.found is not None
        name, state = self.found.name, self.found.state
        with self.connections.use() as connection:
            changes = changes_since(connection, state.generation, self.manifest.dimension)
            if changes.from_nothing:
                put, gone = self._differing(name)
            else:
                put = _joined(arrived_ids(connection, state.number, state.newest), chunk_ids(connection, state.newest))
                gone = changes.removed.tolist()
            mean = self.words.now().mean_length
            if abs(mean / state.mean - 1) <= MEAN_DRIFT:
                mean = state.mean
            else:
                put = chunk_ids(connection)
        self._put(name, put, mean)
        for first in range(0, len(gone), DELETED_AT_ONCE):
            self.server.delete(name, gone[first : first + DELETED_AT_ONCE])
        return self._stated(name, to, mean)

    def _differing(self, name: str) -> tuple[NDArray[np.int64], list[int]]:
        """The ids of the chunks that a collection lacks, or has without their vectors, and of those that it should not have."""
        import numpy as np

        with self.connections.use() as connection:
            stored, embedded = chunk_ids(connection), embedded_ids(connection)
        wanted = dict.fromkeys(stored.tolist(), False) | dict.fromkeys(embedded.tolist(), True)
        there = held_ids(self.server, name, int(stored.max(initial=0)))
        put = [number for number, has_vector in wanted.items() if there.get(number) != has_vector]
        return np.array(put, dtype=np.int64), sorted(there.keys() - wanted.keys())

    def _put(self, name: str, ids: NDArray[np.int64], mean: float, new: bool = False) -> None:
        with self.connections.use() as connection:
            for part in rows(connection, ids, self.manifest.dimension, mean):
                self.server.put(name, part, new)

    def _stated(self, name: str, to: Generation, mean: float) -> Milvus:
        """The same over a collection that holds a commit, and says so from now on."""
        self.server.settle(name)
        with self.connections.use() as connection:
            state = State(to.index, to.number, to.newest, mark(connection, to.number), self.manifest.fingerprint, mean)
        write_state(self.server, name, state, self.manifest.dimension)
        return replace(self, found=Found(name, state))


def held_ids(server: MilvusServer, name: str, newest: int) -> dict[int, bool]:
    """The ids of all chunks that a collection holds, and whether each has a vector; `newest` is the highest there should be."""
    there: dict[int, bool] = {}
    for low in range(1, newest + 1, MOST_HITS):
        there |= server.between(name, low, min(low + MOST_HITS, newest + 1))
    return there | _all_between(server, name, newest + 1, 2**62)


def _all_between(server: MilvusServer, name: str, low: int, high: int) -> dict[int, bool]:
    """What `between` gives, however many there are: there should be few."""
    found = server.between(name, low, high)
    if len(found) < MOST_HITS or high - low <= MOST_HITS:
        return found
    middle = (low + high) // 2
    return _all_between(server, name, low, middle) | _all_between(server, name, middle, high)


@contextmanager
def filling(connections: Connections, seconds: float = FILLING_SECONDS) -> Iterator[None]:
    """Keeps other processes from writing to what an index has elsewhere. Raises BackendUnavailable where they take longer,
    and where the index may only be read here: it may be a copy."""
    if not is_writable(connections.folder):
        message = f"what index '{connections.folder.name}' is searched by is to be filled, and the index may only be read here"
        raise BackendUnavailable(message, hint="It is filled by who writes the index; until then, ask with --fallback lexical.")
    lock = FileLock(connections.folder / BACKEND_LOCK)
    with storage_errors(connections.folder):
        try:
            lock.acquire(timeout=seconds)
        except Timeout as error:
            message = f"another process is still filling what index '{connections.folder.name}' is searched by"
            raise BackendUnavailable(message, hint="Ask again later, or with --fallback lexical.") from error
    try:
        yield
    finally:
        lock.release()


def is_writable(folder: Path) -> bool:
    """Whether who asks may write to an index; a disk that is only read is none that root may write to either."""
    return os.access(folder, os.W_OK)


def _joined(*ids: NDArray[np.int64]) -> NDArray[np.int64]:
    import numpy as np

    return np.concatenate(ids)
