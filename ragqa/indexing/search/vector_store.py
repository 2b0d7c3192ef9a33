"""The seam behind which vectors are searched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class VectorStore(Protocol):
    """Nearest-neighbour search over normalised vectors that are known by integer ids."""

    def add(self, ids: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        """Add vectors, shape (n, dimension), under new ids, shape (n,)."""
        ...

    def remove(self, ids: NDArray[np.int64]) -> None:
        """Forget these ids. Only flat stores can."""
        ...

    def search(
        self,
        query: NDArray[np.float32],
        k: int,
        allowed: NDArray[np.int64] | None = None,
        without: NDArray[np.int64] | None = None,
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The ids and inner products of the `k` nearest to one query, best first; only among `allowed`, never of `without`."""
        ...

    def save(self, path: Path) -> str:
        """Write to `path`, flushed to the disk, and return the file's SHA-256."""
        ...
