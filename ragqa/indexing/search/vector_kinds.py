"""Which kind of store suits a number of vectors, into how many cells a large one is divided, and by which of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FLAT_UP_TO = 50_000
"""Chunks up to which exact search is used, which takes 3 ms there: tests/benchmarks/vector_search.py compares the kinds."""

VECTORS_PER_CELL = 64
"""Vectors that a cell's centre is trained on; FAISS asks for 39 at least."""

TRAINED_FROM = 39 * 16
"""Vectors from which inverted lists are worth their training."""

Parts = Callable[[], Iterable[tuple["NDArray[np.int64]", "NDArray[np.float32]"]]]
"""Ids, shape (n,), and normalised vectors, shape (n, dimension), read anew each time it is called."""


def choose_kind(count: int, asked: str = "auto") -> str:
    """The kind of FAISS index for a number of vectors; too few to train on are searched exactly, whatever was asked."""
    if asked == "auto":
        return "flat" if count <= FLAT_UP_TO else "ivf"
    return asked if count >= TRAINED_FROM else "flat"


def cells_for(count: int) -> int:
    """Into how many cells so many vectors are divided."""
    return max(1, int(min(2 * math.sqrt(count), count / 39)))


def sample_step(count: int) -> int:
    """Every so-manieth of the vectors makes a sample to train on."""
    return max(1, count // (VECTORS_PER_CELL * cells_for(count)))


def sample_of(parts: Parts, count: int, dimension: int) -> NDArray[np.float32]:
    """Every so-manieth vector, put together without holding anything twice."""
    import numpy as np

    step, taken = sample_step(count), 0
    sample = np.empty((count, dimension), dtype=np.float32)  # the rows that are not filled take no memory
    for _, vectors in parts():
        some = vectors[::step][: count - taken]
        sample[taken : taken + len(some)] = some
        taken += len(some)
    return sample[:taken]
