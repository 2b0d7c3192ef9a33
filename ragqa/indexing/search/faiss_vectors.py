"""Vectors in FAISS: exact search while that is fast, then inverted lists, always by inner product on normalised vectors."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import IndexDamaged
from ragqa.files import put_in_place
from ragqa.indexing.search.lists_file import can_be_written, write_lists
from ragqa.indexing.search.selection import Places, Selection
from ragqa.indexing.search.vector_kinds import Parts, cells_for, choose_kind, sample_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PROBES = 96
"""Cells that are searched: of 2 · √n cells, they hold 97 % or more of the nearest ones (tests/benchmarks/vector_search.py)."""

FEW_RUNS = 2
"""Runs of neighbours, such as documents, that are searched one by one: lists are sorted, so that a run is soon found.
To fetch vectors by number is faster, but for the first time: each process has to go over all lists once for it."""

CHECKED_PER_FETCHED = 200
"""Vectors of lists that can be asked whether they are among the chosen ones in the time that one is fetched by its number."""

GROWTH = 4
"""Times by which an index may outgrow its cells before it is divided anew."""

WRITTEN_AT_ONCE = 1 << 20
"""Bytes."""


class FaissVectors:
    """Nearest-neighbour search over normalised vectors that are known by integer ids, in one FAISS file.

    Ids may be added in any order, each once. Threads may search one at once, while none adds or removes: what was loaded is only
    read, unless it was asked for `writable`.
    """

    def __init__(self, index: Any, kind: str, writable: bool = True) -> None:
        self._index = index  # a map of ids around the index that searches
        self._inner = _faiss().downcast_index(index.index)
        self._writable = writable
        self._lock = threading.Lock()  # around the one thing that reading adds: the way from numbers to cells
        self._is_mapped = kind == "flat"
        self.kind = kind
        self._known: tuple[NDArray[np.int64], NDArray[np.int64] | None] | None = None

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: NDArray[np.float32], dimension: int, kind: str = "auto") -> FaissVectors:
        """A store of the kind that suits the number of vectors, or of `kind` (flat, ivf)."""
        return cls.built(lambda: [(ids, vectors)], len(ids), dimension, kind)

    @classmethod
    def built(cls, parts: Parts, count: int, dimension: int, kind: str = "auto") -> FaissVectors:
        """The same of about `count` vectors that come in parts, so that they need not all be in memory beside it."""
        store = cls.trained(parts, count, dimension, kind)
        for ids, vectors in parts():
            store.add(ids, vectors)
        return store

    @classmethod
    def trained(cls, parts: Parts, count: int, dimension: int, kind: str = "auto") -> FaissVectors:
        """An empty store for about `count` vectors, some of which divide it into cells where it is of that kind."""
        if choose_kind(count, kind) == "flat":
            return cls.flat(dimension)
        return cls.ivf(sample_of(parts, count, dimension), count)

    @classmethod
    def flat(cls, dimension: int) -> FaissVectors:
        """An empty store that is searched exactly."""
        faiss = _faiss()

        return cls(faiss.IndexIDMap(faiss.IndexFlatIP(dimension)), "flat")

    @classmethod
    def ivf(cls, sample: NDArray[np.float32], count: int) -> FaissVectors:
        """An empty store of inverted lists in half precision for about `count` vectors, of which `sample` are some.

        A graph (HNSW) is as fast, but loses its way where a library holds many near-duplicates: the links of each are used up by
        its like.
        """
        faiss = _faiss()

        dimension, metric, precision = sample.shape[1], faiss.METRIC_INNER_PRODUCT, faiss.ScalarQuantizer.QT_fp16
        cells = max(1, min(cells_for(count), len(sample) // 39))
        inner = faiss.IndexIVFScalarQuantizer(faiss.IndexFlatIP(dimension), dimension, cells, precision, metric)
        inner.train(sample)
        return cls(faiss.IndexIDMap(inner), "ivf")

    @classmethod
    def load(cls, path: Path, kind: str, writable: bool = False) -> FaissVectors:
        """The store of a file: mapped into memory, to be read as it is searched, or, `writable`, held there to be added to.

        Raises IndexDamaged when the file is no FAISS index, FileNotFoundError when it is not there.
        """
        faiss = _faiss()

        if not path.is_file():
            raise FileNotFoundError(path)
        try:
            return cls(faiss.read_index(str(path), 0 if writable else faiss.IO_FLAG_MMAP_IFC), kind, writable)
        except RuntimeError as error:
            if not path.is_file():  # a writer that has moved on took it away just now
                raise FileNotFoundError(path) from error
            raise IndexDamaged(f"{path.name} cannot be read", hint="ragqa index rebuild makes it again.") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids of all vectors, as they were added; the same array until some are added or removed."""
        return self._ids_and_order()[0]

    @property
    def _order(self) -> NDArray[np.int64] | None:
        """The numbers of the vectors by their ids; None where that is the order they were added in."""
        return self._ids_and_order()[1]

    def _ids_and_order(self) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        import numpy as np

        if self._known is None:
            ids = _faiss().vector_to_array(self._index.id_map) if len(self) else np.empty(0, dtype=np.int64)
            in_order = bool((ids[1:] > ids[:-1]).all())  # vectors that came later than their chunks are not
            self._known = ids, None if in_order else np.argsort(ids)
        return self._known

    @property
    def can_remove(self) -> bool:
        """Inverted lists do not close ranks as the map of ids does."""
        return self.kind == "flat"

    def suits(self, count: int, kind: str) -> bool:
        """Whether a store of so many vectors, of the kind that is asked for, may be made by adding to this one."""
        if self.kind != choose_kind(count, kind):
            return False
        return self.kind == "flat" or count <= GROWTH * (self._inner.nlist / 2) ** 2

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of these ids, shape (n, dimension); quantised kinds give them back approximately."""
        import numpy as np

        numbers = np.searchsorted(self.ids, ids, sorter=self._order)
        return self._fetched(numbers if self._order is None else self._order[numbers])

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        import numpy as np

        assert self._writable  # FAISS aborts the process otherwise
        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(ids, dtype=np.int64))
            self._known = None

    def remove(self, ids: NDArray[np.int64]) -> None:
        import numpy as np

        assert self._writable
        if len(ids):
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))
            self._known = None

    def search(
        self,
        query: NDArray[np.float32],
        k: int,
        allowed: Selection | None = None,
        without: Selection | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and inner products of the `k` nearest, best first.

        Among few that are `allowed` the search is exact in every kind, for the nearest cells may hold none of them.
        Among many, as many of them are compared as of all without a filter.
        """
        if allowed is not None:
            return self._search_among(query, k, allowed.within(*self._ids_and_order()))
        selector = None
        if without is not None and len(without):
            selector = _faiss().IDSelectorNot(_faiss().IDSelectorBitmap(without.within(*self._ids_and_order()).bits))
        return self._nearest(query, min(k, len(self)), selector, PROBES)

    def _search_among(self, query: NDArray[np.float32], k: int, places: Places) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import numpy as np

        faiss = _faiss()
        probes = math.ceil(PROBES * len(self) / max(len(places), 1))
        starts, ends = (edge.tolist() for edge in places.runs)
        are_few = probes >= self._cells and CHECKED_PER_FETCHED * len(places) < len(self)
        if self.kind == "ivf" and len(starts) <= FEW_RUNS and not (are_few and self._is_mapped):
            selectors = [faiss.IDSelectorRange(start, end, True) for start, end in zip(starts, ends, strict=True)]
            found = [self._nearest(query, min(k, len(places)), selector, probes) for selector in selectors]
            ids = np.concatenate([np.empty(0, dtype=np.int64), *(one for one, _ in found)])
            scores = np.concatenate([np.empty(0, dtype=np.float32), *(one for _, one in found)])
        elif are_few:
            ids, scores = self.ids[places.numbers], self._fetched(places.numbers) @ query.astype(np.float32)
        else:
            return self._nearest(query, min(k, len(places)), faiss.IDSelectorBitmap(places.bits), probes)
        best = np.argsort(-scores, kind="stable")[:k]
        return ids[best], scores[best]

    def _nearest(
        self, query: NDArray[np.float32], k: int, selector: Any, probes: int
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What FAISS finds among those that a selector takes."""
        import numpy as np

        faiss = _faiss()
        if k == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        if self.kind == "ivf":
            parameters = faiss.SearchParametersIVF(sel=selector, nprobe=min(probes, self._cells))
        else:
            parameters = faiss.SearchParameters(sel=selector)
        scores, numbers = self._inner.search(query.reshape(1, -1).astype(np.float32), k, params=parameters)
        found = numbers[0] >= 0
        return self.ids[numbers[0][found]], scores[0][found]

    @property
    def _cells(self) -> int:
        return int(self._inner.nlist) if self.kind == "ivf" else 1

    def _fetched(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """The vectors of these numbers in the store's order, shape (n, dimension)."""
        if self.kind == "ivf":
            with self._lock:
                self._inner.make_direct_map()
                self._is_mapped = True
        vectors: NDArray[np.float32] = self._inner.reconstruct_batch(numbers)
        return vectors

    def save(self, path: Path) -> str:
        """Write the store to a file that appears whole, flushed to the disk; returns its SHA-256."""
        temporary = path.with_suffix(".tmp")
        try:
            # FAISS itself takes no notice of a disk that has no room for the last of a file.
            with open(temporary, "wb") as file:
                _faiss().write_index(self._index, _faiss().PyCallbackIOWriter(file.write, WRITTEN_AT_ONCE))
            return put_in_place(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)

    def save_with(self, parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]], gone: Selection, path: Path) -> str:
        """The same with more vectors and without some.

        Inverted lists, which may be many, are not held in memory for it, nor is the store changed: it may be one that is
        only read. One that is searched exactly must be writable, and changes.
        """
        if not self.writes_lists:
            self.remove(gone.ids)
            for ids, vectors in parts:
                self.add(ids, vectors)
            return self.save(path)
        temporary, numbers = path.with_suffix(".tmp"), gone.within(*self._ids_and_order()).numbers
        with open(temporary, "wb") as file:
            write_lists(self._index, parts, numbers, file, path.with_suffix(".codes"))
        return put_in_place(temporary, path)

    @property
    def writes_lists(self) -> bool:
        """Whether `save_with` needs to hold no vectors."""
        return self.kind == "ivf" and can_be_written()


def _faiss() -> Any:
    """The library, imported when first used and untyped: its stubs do not know half of what it exports."""
    return import_module("faiss")
