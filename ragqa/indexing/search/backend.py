"""The seam behind which an index is searched: what a backend must do, and the nouns that it is told things in.

SQLite holds the truth; a backend holds what finds chunks in it, and can always be filled again. The embedded one (embedded.py)
searches files beside the database. An external engine is one more file with these five: it keeps, for each chunk, the columns of
`Added`, and turns `Where` into an expression on two of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BETWEEN_HEADINGS = re.compile(r"\s+[>›]\s+")
"""What stands between the headings of a path, as people are shown it and as they type it."""

Scored = list[tuple[int, float]]
"""Chunk ids with their scores, best first; larger is better."""


@dataclass(frozen=True, slots=True)
class Generation:
    """A committed state of an index: its number, the highest id of a chunk that it has, and which index it is a state of, for one
    may be removed and made anew under the same name."""

    number: int
    newest: int
    index: str = ""


NOTHING = Generation(0, 0)
"""Where a backend stands that holds nothing yet."""


@dataclass(frozen=True, slots=True)
class Where:
    """What may be found, as predicates on what a chunk is of; all that are given must hold.

    `documents` are ids of documents: paths may change without their chunks. `section` must occur in one of the headings over the
    chunk, both case-folded; or it is a path of headings as people are shown it, "A > B" or "A › B", whose parts must occur in
    headings over the chunk in this order.
    """

    documents: frozenset[int] | None = None
    section: str | None = None

    def holds(self, document: int, headings: Sequence[str]) -> bool:
        """Whether a chunk of this document, under these headings, may be found: what every backend must agree with."""
        if self.documents is not None and document not in self.documents:
            return False
        if self.section is None:
            return True
        over = [heading.casefold() for heading in headings]
        return _occur((self.section.casefold(),), over) or _occur(self.sections, over)

    @property
    def sections(self) -> tuple[str, ...]:
        """The parts of `section`, case-folded; each occurs in a heading over every chunk that may be found."""
        folded = (self.section or "").casefold()
        return tuple(filter(None, BETWEEN_HEADINGS.split(folded))) or (folded,)


def _occur(parts: Sequence[str], headings: Sequence[str]) -> bool:
    """Whether each part occurs in a heading, below the one that holds the part before."""
    below = iter(headings)
    return all(any(part in heading for heading in below) for part in parts)


EVERYWHERE = Where()


@dataclass(frozen=True, slots=True)
class Added:
    """Some chunks that came, by ascending id; row n of all columns is chunk `ids`[n].

    `ids` and `documents` are of shape (n,), `sections` the headings over each chunk, outermost first, `lengths` the numbers of
    terms; `terms` say which, and how often: see postings.decode_terms.
    """

    ids: NDArray[np.int64]
    documents: NDArray[np.int64]
    sections: tuple[tuple[str, ...], ...]
    lengths: NDArray[np.int32]
    terms: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What takes a backend to a generation.

    `from_nothing`: the database cannot tell any more what went since the generation that the backend is at, so it must forget all
    that it holds, and `added` is everything. Otherwise `added` came since then, and `removed`, ascending, went: all ids that went
    since, perhaps with some that the backend has forgotten, or has never heard of. No id is ever given again, and a chunk never
    changes: a document that is replaced gets new ones.

    A chunk's vector may come with it, or in a later generation: until then it is found by its words alone. `embedded` gives the
    vectors that came, ascending by the chunks' ids, those of earlier chunks too: ids, shape (n,), and normalised vectors, shape
    (n, dimension); in all `vectors` of them, or a few less.

    `added` and `embedded` read anew each time they are called, a bounded number of chunks at a time, `count` chunks in all; they
    may only be called by the thread, and within the snapshot, that the changes were asked for in.
    """

    generation: Generation
    from_nothing: bool
    count: int
    vectors: int
    removed: NDArray[np.int64]
    added: Callable[[], Iterator[Added]]
    embedded: Callable[[], Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]]


class SearchBackend(Protocol):
    """Finds chunks by vector and by terms, at one generation.

    Many threads may search at once, also while one, and only one, lets it catch up. The embedded backend is never changed:
    threads that hold an older generation keep what it gives. One that cannot keep older states changes and returns itself: what
    it finds then and a thread's snapshot does not hold is left out.
    """

    @property
    def generation(self) -> Generation:
        """Up to where this backend has taken changes in; it must last as long as what it holds."""
        ...

    def catch_up(self, changes: Changes) -> SearchBackend:
        """A backend at the generation that the changes lead to."""
        ...

    def dense(self, vector: NDArray[np.float32], k: int, where: Where = EVERYWHERE) -> Scored:
        """The `k` chunks nearest to a normalised vector, shape (dimension,), by inner product."""
        ...

    def lexical(self, terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> Scored:
        """The `k` chunks that hold the terms best, by BM25 as bm25.py has it; any one term suffices, and of very many only the
        rarest count. Equal ones go by id."""
        ...

    def both(self, vector: NDArray[np.float32], terms: Sequence[str], k: int, where: Where = EVERYWHERE) -> tuple[Scored, Scored]:
        """What `dense` and `lexical` find: a question asks for both, and an engine elsewhere may be asked once for them."""
        ...
