"""Which chunks hold which terms, and how often: arrays in one file that is mapped into memory, so that opening it costs nothing.

What a chunk holds is stored with it in SQLite (`encode_terms`), so the file can always be made again.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from ragqa.errors import IndexDamaged
from ragqa.files import put_in_place

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_COUNTED = 255
"""A term that a chunk holds more often counts as so often; BM25 hardly tells such numbers apart."""

POSTINGS_AT_ONCE = 4_000_000
"""How many are moved at once when segments are merged: it bounds the memory."""

_READING_HEADERS = Lock()
"""NumPy reads a header with Python's own parser, whose depth threads share before Python 3.12: two at once may fail."""

_KEY_BYTES = 8
_ARRAYS = {"terms": "<u8", "starts": "<i8", "ids": "<i8", "lengths": "<i4", "places": "<i4", "counts": "<u1"}
"""In the order of the file: larger items first, so that all are aligned."""


@lru_cache(maxsize=200_000)
def term_key(term: str) -> int:
    """A term as a number of 64 bits: two terms of a library meet in one with a chance of less than one in a million."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest(), "little")


def encode_terms(terms: Sequence[str]) -> bytes:
    """What a chunk holds, for SQLite: the keys of its distinct terms, ascending, and how often each occurs."""
    import numpy as np

    counted = sorted(Counter(map(term_key, terms)).items())
    keys = np.array([key for key, _ in counted], dtype="<u8")
    counts = np.array([min(count, MOST_COUNTED) for _, count in counted], dtype="<u1")
    return keys.tobytes() + counts.tobytes()


def decode_terms(held: bytes) -> tuple[NDArray[np.uint64], NDArray[np.uint8]]:
    """What `encode_terms` made: the keys (see `term_key`) of a chunk's distinct terms, ascending, and how often each occurs."""
    import numpy as np

    size = len(held) // (_KEY_BYTES + 1)
    return np.frombuffer(held[: size * _KEY_BYTES], dtype="<u8"), np.frombuffer(held[size * _KEY_BYTES :], dtype="<u1")


@dataclass(frozen=True, slots=True)
class Postings:
    """The terms of some chunks.

    `ids` are the chunks' ids, ascending, and `lengths` how many terms each has, both of shape (chunks,). `terms` are the distinct
    terms' keys, ascending; the chunks that hold terms[t] are at places[starts[t]:starts[t + 1]] in `ids`, ascending, with the
    term as often in each as `counts` says at the same index.
    """

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ids: NDArray[np.int64]
    lengths: NDArray[np.int32]
    places: NDArray[np.int32]
    counts: NDArray[np.uint8]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, bytes]]) -> Postings:
        """Postings of chunks in memory: id, number of terms and `encode_terms` of each, by id."""
        import numpy as np

        sizes = np.array([len(held) // (_KEY_BYTES + 1) for _, _, held in rows], dtype=np.int64)
        split = [(held[: size * _KEY_BYTES], held[size * _KEY_BYTES :]) for (_, _, held), size in zip(rows, sizes, strict=True)]
        keys = np.frombuffer(b"".join(one for one, _ in split), dtype="<u8")
        counts = np.frombuffer(b"".join(one for _, one in split), dtype="<u1")
        order = np.argsort(keys, kind="stable")
        terms, starts = np.unique(keys[order], return_index=True)
        return cls(
            terms=terms,
            starts=np.append(starts, len(keys)),
            ids=np.array([row[0] for row in rows], dtype=np.int64),
            lengths=np.array([row[1] for row in rows], dtype=np.int32),
            places=np.repeat(np.arange(len(rows), dtype=np.int32), sizes)[order],
            counts=counts[order],
        )

    @classmethod
    def load(cls, path: Path) -> Postings:
        """The postings of a file, mapped into memory. Raises IndexDamaged or FileNotFoundError."""
        with open(path, "rb") as file:
            try:
                return cls(**_arrays(path, file, "r"))
            except ValueError as error:
                raise IndexDamaged(f"{path.name} cannot be read: {error}", hint="ragqa index rebuild makes it again.") from error

    def __len__(self) -> int:
        return len(self.ids)

    def find(self, key: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """Where in `ids` the chunks are that hold a term, ascending, and how often each does."""
        import numpy as np

        at = int(np.searchsorted(self.terms, np.uint64(key)))
        if at == len(self.terms) or self.terms[at] != key:
            return self.places[:0], self.counts[:0]
        part = slice(int(self.starts[at]), int(self.starts[at + 1]))
        return self.places[part], self.counts[part]

    def without(self, removed: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which chunks are not among the removed ids, shape (chunks,)."""
        import numpy as np

        return ~np.isin(self.ids, removed)


def merge_postings(segments: Sequence[Postings], removed: NDArray[np.int64], path: Path) -> str:
    """Write the postings of all segments, whose ids must ascend from one to the next, but for the removed chunks', to a file.

    The file is flushed to the disk and appears whole; returns its SHA-256.
    """
    import numpy as np

    kept = [segment.without(removed) for segment in segments]
    terms = np.unique(np.concatenate([segment.terms for segment in segments]))
    rows = [np.searchsorted(terms, segment.terms) for segment in segments]
    sizes = np.zeros(len(terms), dtype=np.int64)
    for segment, keep, row in zip(segments, kept, rows, strict=True):
        for first, last, used in _blocks(segment, keep):
            sizes[row[first:last]] += used.sizes
    ends = np.cumsum(sizes)
    held = sum(int(keep.sum()) for keep in kept)
    temporary = path.with_suffix(".tmp")
    shapes = {
        "terms": int((sizes > 0).sum()),
        "ids": held,
        "lengths": held,
        "places": int(sizes.sum()),
        "counts": int(sizes.sum()),
    }
    target = _create(temporary, shapes | {"starts": shapes["terms"] + 1})
    target["terms"][:] = terms[sizes > 0]
    target["starts"][1:] = ends[sizes > 0]
    target["ids"][:] = np.concatenate([segment.ids[keep] for segment, keep in zip(segments, kept, strict=True)])
    target["lengths"][:] = np.concatenate([segment.lengths[keep] for segment, keep in zip(segments, kept, strict=True)])
    free, before = ends - sizes, 0
    for segment, keep, row in zip(segments, kept, rows, strict=True):
        moved = (np.cumsum(keep) - 1 + before).astype(np.int32)
        for first, last, used in _blocks(segment, keep):
            goal = np.repeat(free[row[first:last]] - used.starts, used.sizes) + np.arange(len(used.places))
            target["places"][goal], target["counts"][goal] = moved[used.places], used.counts
            free[row[first:last]] += used.sizes
        before += int(keep.sum())
    for array in target.values():
        if isinstance(array, np.memmap):
            array.flush()
    del target
    return put_in_place(temporary, path)


@dataclass(frozen=True, slots=True)
class _Block:
    """The postings of some neighbouring terms that are kept: `sizes` and `starts` of each term in `places` and `counts`."""

    sizes: NDArray[np.int64]
    starts: NDArray[np.int64]
    places: NDArray[np.int32]
    counts: NDArray[np.uint8]


def _blocks(segment: Postings, keep: NDArray[np.bool_]) -> Iterator[tuple[int, int, _Block]]:
    """The segment's terms first..last with their kept postings, about POSTINGS_AT_ONCE at once."""
    import numpy as np

    everything, first = bool(keep.all()), 0
    while first < len(segment.terms):
        reach = segment.starts[first] + POSTINGS_AT_ONCE
        last = max(first + 1, int(np.searchsorted(segment.starts, reach, side="right")) - 1)
        starts = segment.starts[first : last + 1] - segment.starts[first]
        part = slice(int(segment.starts[first]), int(segment.starts[last]))
        places, counts, sizes = segment.places[part], segment.counts[part], np.diff(starts)
        if not everything:
            stays = keep[places]
            sizes = np.bincount(np.repeat(np.arange(last - first), sizes)[stays], minlength=last - first)
            places, counts = places[stays], counts[stays]
        yield first, last, _Block(sizes, np.cumsum(sizes) - sizes, places, counts)
        first = last


def _create(path: Path, lengths: dict[str, int]) -> dict[str, Any]:
    """A file for arrays of these lengths, and the arrays, mapped to be written."""
    from numpy.lib.format import write_array_header_1_0

    with open(path, "wb") as file:
        for name, kind in _ARRAYS.items():
            write_array_header_1_0(file, {"descr": kind, "fortran_order": False, "shape": (lengths[name],)})
            _reserve(file, lengths[name] * _item_bytes(kind))
    with open(path, "rb") as file:
        return _arrays(path, file, "r+")


def _reserve(file: BinaryIO, size: int) -> None:
    """Room on the disk at a file's end: on a full one, a mapped page without room would end the process."""
    file.flush()
    begin = file.tell()
    if size and hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file.fileno(), begin, size)
        file.seek(begin + size)
    else:
        for first in range(0, size, 1 << 20):
            file.write(bytes(min(1 << 20, size - first)))


def _arrays(path: Path, file: BinaryIO, mode: Any) -> dict[str, Any]:
    """The arrays of a file, mapped. Raises ValueError when it is no such file."""
    import numpy as np
    from numpy.lib.format import read_array_header_1_0, read_magic

    arrays = {}
    for name, kind in _ARRAYS.items():
        read_magic(file)
        with _READING_HEADERS:
            (length,), _, dtype = read_array_header_1_0(file)
        if dtype != np.dtype(kind):
            raise ValueError(f"its {name} are of another type")
        begin = file.tell()
        file.seek(begin + length * _item_bytes(kind))
        mapped = np.memmap(path, dtype=kind, mode=mode, offset=begin, shape=(length,)) if length else np.empty(0, dtype=kind)
        arrays[name] = mapped  # nothing cannot be mapped
    return arrays


def _item_bytes(kind: str) -> int:
    return int(kind[2:])
