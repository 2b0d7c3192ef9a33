"""Which chunks hold which terms, and how often: arrays in one file that is mapped into memory, so that opening it costs nothing.

What a chunk holds is stored with it in SQLite (`encode_terms`), so the file can always be made again.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, BinaryIO

from ragqa.errors import IndexDamaged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST_COUNTED = 255
"""A term that a chunk holds more often counts as so often; BM25 hardly tells such numbers apart."""

RANGE, PEAK = 64, 255
"""Neighbouring chunks whose best score for a term is known beforehand, and what stands for the highest there could be."""

_READING_HEADERS = Lock()
"""NumPy reads a header with Python's own parser, whose depth threads share before Python 3.12: two at once may fail."""

_KEY_BYTES = 8
KEYS_REMEMBERED = 20_000
"""Keys of terms that are remembered, the latest met: four megabytes. Most terms of a manual are among few; those that questions
alone bring never come again, and a server meets them for ever."""

ARRAYS = {"terms": "<u8", "starts": "<i8", "ids": "<i8", "lengths": "<i4", "places": "<i4", "counts": "<u1"}
"""In the order of the file: larger items first, so that all are aligned."""

PEAK_ARRAYS = {"peaked": "<i4", "peaks": "<u1"}
"""After them, in files that have them: those of earlier versions do not, and earlier versions do not look for them."""


@lru_cache(maxsize=KEYS_REMEMBERED)
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

    For terms that stand in very many chunks, those at the indexes `peaked`, ascending, `peaks` bound what they are worth in each
    RANGE of chunks, shape (peaked, ranges): tf / (tf + norm) of its best chunk in parts of PEAK, rounded up, the norms being of
    the mean length of these very chunks. `total` is the sum of `lengths`.
    """

    terms: NDArray[np.uint64]
    starts: NDArray[np.int64]
    ids: NDArray[np.int64]
    lengths: NDArray[np.int32]
    places: NDArray[np.int32]
    counts: NDArray[np.uint8]
    peaked: NDArray[np.int32]
    peaks: NDArray[np.uint8]
    total: int

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
            peaked=np.empty(0, dtype=np.int32),
            peaks=np.empty((0, 0), dtype=np.uint8),
            total=sum(row[1] for row in rows),
        )

    def followed_by(self, other: Postings) -> Postings:
        """These and others', whose ids go on from these, in memory."""
        import numpy as np

        keys = np.concatenate([np.repeat(one.terms, np.diff(one.starts)) for one in (self, other)])
        order = np.argsort(keys, kind="stable")
        terms, starts = np.unique(keys[order], return_index=True)
        return Postings(
            terms=terms,
            starts=np.append(starts, len(keys)),
            ids=np.concatenate([self.ids, other.ids]),
            lengths=np.concatenate([self.lengths, other.lengths]),
            places=np.concatenate([self.places, other.places + np.int32(len(self))])[order],
            counts=np.concatenate([self.counts, other.counts])[order],
            peaked=np.empty(0, dtype=np.int32),
            peaks=np.empty((0, 0), dtype=np.uint8),
            total=self.total + other.total,
        )

    @classmethod
    def load(cls, path: Path) -> Postings:
        """The postings of a file, mapped into memory. Raises IndexDamaged or FileNotFoundError."""
        import numpy as np

        with open(path, "rb") as file:
            try:
                arrays = _arrays(path, file)
                return cls(**arrays, total=int(arrays["lengths"].sum(dtype=np.int64)))
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

    def peaks_of(self, key: int) -> NDArray[np.uint8] | None:
        """What bounds a term in each range, shape (ranges,): see above; None where that was not worth noting."""
        import numpy as np

        if not len(self.peaked):
            return None
        at = int(np.searchsorted(self.terms, np.uint64(key)))
        row = int(np.searchsorted(self.peaked, np.int32(at)))
        known = row < len(self.peaked) and self.peaked[row] == at and self.terms[at] == key
        return self.peaks[row] if known else None

    @property
    def mean(self) -> float:
        """The chunks' mean length in terms, never 0."""
        return max(self.total / max(len(self.ids), 1), 1e-9)


def _arrays(path: Path, file: BinaryIO) -> dict[str, Any]:
    """The arrays of a file, mapped. Raises ValueError when it is no such file."""
    import numpy as np

    arrays = {name: _array(path, file, name, kind) for name, kind in ARRAYS.items()}
    ranges = -(-len(arrays["ids"]) // RANGE)
    if file.tell() < path.stat().st_size:
        arrays |= {name: _array(path, file, name, kind) for name, kind in PEAK_ARRAYS.items()}
    else:
        arrays |= {"peaked": np.empty(0, dtype=np.int32), "peaks": np.empty(0, dtype=np.uint8)}
    arrays["peaks"] = arrays["peaks"].reshape(len(arrays["peaked"]), ranges)
    return arrays


def _array(path: Path, file: BinaryIO, name: str, kind: str) -> Any:
    """The array that begins where the file stands, mapped; the file is left behind it."""
    import numpy as np
    from numpy.lib.format import read_array_header_1_0, read_magic

    read_magic(file)
    with _READING_HEADERS:
        (length,), _, dtype = read_array_header_1_0(file)
    if dtype != np.dtype(kind):
        raise ValueError(f"its {name} are of another type")
    begin = file.tell()
    file.seek(begin + length * item_bytes(kind))
    if not length:
        return np.empty(0, dtype=kind)  # nothing cannot be mapped
    return np.asarray(np.memmap(path, dtype=kind, mode="r", offset=begin, shape=(length,)))  # which is sliced much faster


def item_bytes(kind: str) -> int:
    """The bytes of one item of an array of ARRAYS."""
    return int(kind[2:])
