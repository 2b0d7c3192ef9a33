"""Vectors in FAISS: exact search while that is fast, then HNSW, always by inner product on normalised vectors."""

from __future__ import annotations

import hashlib
import math
import os
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import IndexDamaged
from ragqa.indexing.database import sync_path

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAT_UP_TO = 200_000
"""Chunks up to which exact search is used: tests/benchmarks/vector_search.py measures the switch-over."""

TRAINED_FROM = 39 * 16
"""Vectors from which a quantiser is trained: FAISS asks for 39 in each cell."""

HNSW_LINKS = 32
HNSW_BUILD_EFFORT = 80
HNSW_SEARCH_EFFORT = 128
IVF_PROBES = 24


class FaissVectors:
    """A VectorStore in memory, saved to one file."""

    def __init__(self, index: Any, kind: str) -> None:
        self._index = index
        self.kind = kind

    @classmethod
    def build(cls, ids: NDArray[np.int64], vectors: NDArray[np.float32], dimension: int, kind: str = "auto") -> FaissVectors:
        """A store of the kind that suits the number of vectors, or of `kind` (flat, hnsw, ivf)."""
        faiss = _faiss()

        kind = choose_kind(len(ids), kind)
        metric = faiss.METRIC_INNER_PRODUCT
        inner: Any
        if kind == "ivf":
            cells = int(min(4 * math.sqrt(len(ids)), len(ids) / 39))
            quantizer = faiss.IndexFlatIP(dimension)
            inner = faiss.IndexIVFScalarQuantizer(quantizer, dimension, cells, faiss.ScalarQuantizer.QT_fp16, metric)
            inner.train(vectors)
            inner.nprobe = IVF_PROBES
            inner.make_direct_map()  # lets vectors be given back by id
        elif kind == "hnsw":
            inner = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_fp16, HNSW_LINKS, metric)
            inner.hnsw.efConstruction = HNSW_BUILD_EFFORT
            inner.hnsw.efSearch = HNSW_SEARCH_EFFORT
            inner.train(vectors)
        else:
            inner = faiss.IndexFlatIP(dimension)
        store = cls(faiss.IndexIDMap2(inner), kind)
        store.add(ids, vectors)
        return store

    @classmethod
    def load(cls, path: Path, kind: str) -> FaissVectors:
        """Raises IndexDamaged when the file is no FAISS index, FileNotFoundError when it is not there."""
        faiss = _faiss()

        if not path.is_file():
            raise FileNotFoundError(path)
        try:
            return cls(faiss.read_index(str(path)), kind)
        except RuntimeError as error:
            if not path.is_file():  # a writer that has moved on took it away just now
                raise FileNotFoundError(path) from error
            raise IndexDamaged(f"{path.name} cannot be read", hint="ragqa index rebuild makes it again.") from error

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def can_remove(self) -> bool:
        """Graphs cannot lose a node, inverted lists do not close ranks as the map of ids does: both are built again instead."""
        return self.kind == "flat"

    @property
    def ids(self) -> NDArray[np.int64]:
        """Every id, in the store's order."""
        import numpy as np

        if not len(self):
            return np.empty(0, dtype=np.int64)
        return _faiss().vector_to_array(self._index.id_map)

    def vectors(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """The stored vectors of these ids, shape (n, dimension); quantised kinds give them back approximately."""
        return self._index.reconstruct_batch(ids)

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        import numpy as np

        if len(ids):
            self._index.add_with_ids(np.ascontiguousarray(vectors, dtype=np.float32), np.asarray(ids, dtype=np.int64))

    def remove(self, ids: NDArray[np.int64]) -> None:
        import numpy as np

        if len(ids):
            self._index.remove_ids(np.asarray(ids, dtype=np.int64))

    def search(
        self, query: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        import numpy as np

        faiss = _faiss()
        k = min(k, len(self) if allowed is None else len(allowed))
        if k == 0:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        parameters = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(allowed)
            parameters = self._search_parameters(selector)
        scores, ids = self._index.search(query.reshape(1, -1).astype(np.float32), k, params=parameters)
        found = ids[0] >= 0
        return ids[0][found], scores[0][found]

    def _search_parameters(self, selector: Any) -> Any:
        faiss = _faiss()

        if self.kind == "hnsw":
            return faiss.SearchParametersHNSW(sel=selector, efSearch=HNSW_SEARCH_EFFORT)
        if self.kind == "ivf":
            return faiss.SearchParametersIVF(sel=selector, nprobe=IVF_PROBES)
        return faiss.SearchParameters(sel=selector)

    def save(self, path: Path) -> str:
        faiss = _faiss()

        data = faiss.serialize_index(self._index)
        temporary = path.with_suffix(".tmp")
        with open(temporary, "wb") as file:
            file.write(data.data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        sync_path(path.parent)
        return hashlib.sha256(data.data).hexdigest()


def _faiss() -> Any:
    """The library, imported when first used and untyped: its stubs do not know half of what it exports."""
    return import_module("faiss")


def choose_kind(count: int, asked: str = "auto") -> str:
    """The kind of FAISS index for a number of vectors; too few to train a quantiser are searched exactly, whatever was asked."""
    if asked == "auto":
        return "flat" if count <= FLAT_UP_TO else "hnsw"
    return asked if count >= TRAINED_FROM else "flat"
