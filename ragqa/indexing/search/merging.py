"""Postings on their way to a file: segments, in memory or in files themselves, merged some terms at a time.

So the memory is bounded whatever there is to be merged: what is held for each chunk are its length and place, for each distinct
term its key and number, and of the postings POSTINGS_AT_ONCE.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from ragqa.files import put_in_place
from ragqa.indexing.search.postings import ARRAYS, PEAK, PEAK_ARRAYS, RANGE, Postings, item_bytes
from ragqa.indexing.search.selection import places_of
from ragqa.indexing.search.worth import norms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

POSTINGS_AT_ONCE = 4_000_000
"""How many are moved at once."""

PEAKED_FROM = 4_096
"""Chunks that must hold a term for its peaks to be noted, and at least as many as there are ranges."""


def merge_postings(segments: Sequence[Postings], removed: NDArray[np.int64], path: Path) -> str:
    """Write the postings of all segments, whose ids must ascend from one to the next, but for the removed chunks', to a file.

    The file is flushed to the disk and appears whole; returns its SHA-256.
    """
    temporary = path.with_suffix(".tmp")
    save_postings(segments, removed, temporary)
    return put_in_place(temporary, path)


def save_postings(segments: Sequence[Postings], removed: NDArray[np.int64], path: Path) -> None:
    """The same, but neither flushed nor whole where the process is killed meanwhile."""
    import numpy as np

    sources, no_ids = list(_sources(segments, removed)), np.empty(0, dtype=np.int64)
    terms = np.empty(0, dtype=np.uint64)
    for segment in segments:
        terms = np.union1d(terms, segment.terms)
    sizes = np.zeros(len(terms), dtype=np.int64)
    for source in sources:
        sizes[np.searchsorted(terms, source.postings.terms)] += source.sizes()
    lengths = np.concatenate([np.empty(0, dtype=np.int32), *(source.kept(source.postings.lengths) for source in sources)])
    ids = np.concatenate([no_ids, *(source.kept(source.postings.ids) for source in sources)])
    held, starts = sizes > 0, np.concatenate(([0], np.cumsum(sizes)))
    ranges = -(-len(ids) // RANGE)
    peaked = sizes >= max(PEAKED_FROM, ranges)
    with open(path, "wb") as file:
        out = _Out(
            file, terms=int(held.sum()), starts=int(held.sum()) + 1, ids=len(ids), lengths=len(ids), places=int(starts[-1]),
            counts=int(starts[-1]), peaked=int(peaked.sum()), peaks=int(peaked.sum()) * ranges,
        )  # fmt: skip
        out.write("terms", terms[held])
        out.write("starts", np.append(starts[:-1][held], starts[-1:]))
        out.write("ids", ids)
        out.write("lengths", lengths)
        out.write("peaked", np.flatnonzero(peaked[held]))
        for first, last in _blocks(starts):
            places, counts = _merged(sources, terms[first:last], sizes[first:last])
            out.write("places", places)
            out.write("counts", counts)
            for term in first + np.flatnonzero(peaked[first:last]):
                part = slice(int(starts[term] - starts[first]), int(starts[term + 1] - starts[first]))
                out.write("peaks", _peaks(places[part], counts[part], lengths))


@dataclass(frozen=True, slots=True)
class _Source:
    """A segment to be merged: where each of its chunks goes, shape (chunks,), and those that go nowhere, by their places."""

    postings: Postings
    before: int
    gone: NDArray[np.int64]
    goes: NDArray[np.int32] | None

    def sizes(self) -> NDArray[np.int64]:
        """How many postings of each term are kept."""
        import numpy as np

        sizes = np.diff(self.postings.starts)
        if self.goes is None:
            return sizes
        for first, last in _blocks(self.postings.starts):
            part = slice(int(self.postings.starts[first]), int(self.postings.starts[last]))
            stays = self.goes[self.postings.places[part]] >= 0
            of = np.repeat(np.arange(last - first), sizes[first:last])
            sizes[first:last] = np.bincount(of[stays], minlength=last - first)
        return sizes

    def kept(self, array: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64] | NDArray[np.int32]:
        """Of what there is for each chunk, that of those that are kept."""
        return array if self.goes is None else array[self.goes >= 0]

    def postings_of(self, terms: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
        """Of neighbouring terms of all: which of them each posting is of, where its chunk goes, and how often it holds it."""
        import numpy as np

        first = int(np.searchsorted(self.postings.terms, terms[0]))
        last = int(np.searchsorted(self.postings.terms, terms[-1], side="right"))
        starts = self.postings.starts[first : last + 1]
        part = slice(int(starts[0]), int(starts[-1]))
        rows = np.repeat(np.searchsorted(terms, self.postings.terms[first:last]), np.diff(starts))
        places, counts = self.postings.places[part], self.postings.counts[part]
        if self.goes is None:
            return rows, places + np.int32(self.before), counts
        goes = self.goes[places]
        stays = goes >= 0
        return rows[stays], goes[stays], counts[stays]


def _sources(segments: Sequence[Postings], removed: NDArray[np.int64]) -> Iterator[_Source]:
    import numpy as np

    before = 0
    for segment in segments:
        gone, goes = places_of(removed, segment.ids), None
        if len(gone):
            stays = np.ones(len(segment), dtype=bool)
            stays[gone] = False
            goes = np.where(stays, np.cumsum(stays) - 1 + before, -1).astype(np.int32)
        yield _Source(segment, before, gone, goes)
        before += len(segment) - len(gone)


def _blocks(starts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Terms first to last that have about POSTINGS_AT_ONCE together, and one at least."""
    import numpy as np

    first = 0
    while first < len(starts) - 1:
        last = max(first + 1, int(np.searchsorted(starts, starts[first] + POSTINGS_AT_ONCE, side="right")) - 1)
        yield first, last
        first = last


def _merged(
    sources: Sequence[_Source], terms: NDArray[np.uint64], sizes: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The places and counts of neighbouring terms, so many of each, by term and place."""
    import numpy as np

    places, counts = np.empty(int(sizes.sum()), dtype=np.int32), np.empty(int(sizes.sum()), dtype=np.uint8)
    free = np.cumsum(sizes) - sizes
    for source in sources:
        rows, goes, often = source.postings_of(terms)
        had = np.bincount(rows, minlength=len(terms))
        goal = np.arange(len(rows)) + (free - (np.cumsum(had) - had))[rows]
        places[goal], counts[goal] = goes, often
        free += had
    return places, counts


def _peaks(places: NDArray[np.int32], counts: NDArray[np.uint8], lengths: NDArray[np.int32]) -> NDArray[np.uint8]:
    """What bounds a term in each range: see `Postings`."""
    import numpy as np

    mean = max(int(lengths.sum(dtype=np.int64)) / len(lengths), 1e-9)
    often = counts.astype(np.float32)
    worth = often / (often + norms(lengths[places], mean))
    ranges = places // RANGE
    begins = np.flatnonzero(np.diff(ranges, prepend=-1))
    peaks = np.zeros(-(-len(lengths) // RANGE), dtype=np.uint8)
    peaks[ranges[begins]] = np.ceil(PEAK * np.maximum.reduceat(worth, begins))
    return peaks


class _Out:
    """A file of arrays, each with room for so many items, which are written one after the other."""

    def __init__(self, file: BinaryIO, **lengths: int) -> None:
        from numpy.lib.format import write_array_header_1_0

        self._file, self._free = file, {}
        for name, kind in (ARRAYS | PEAK_ARRAYS).items():
            write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": (lengths[name],)})
            self._free[name] = file.tell()
            file.truncate(file.tell() + lengths[name] * item_bytes(kind))
            file.seek(0, os.SEEK_END)

    def write(self, name: str, items: NDArray[np.generic]) -> None:
        """Put items into an array, behind those that were put there before."""
        import numpy as np

        self._file.seek(self._free[name])
        self._file.write(np.ascontiguousarray(items, dtype=(ARRAYS | PEAK_ARRAYS)[name]).data)
        self._free[name] = self._file.tell()
