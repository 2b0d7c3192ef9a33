"""Vectors for passages that have none in the index yet: made when a question wants them, and kept in memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ragqa.indexing.embedding import EmbeddedText
from ragqa.inference.embedder import Embedder

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VECTORS_KEPT = 4096
"""Some 6 MB."""


class Meantime:
    """The latest vectors made at questions, by the hashes of their texts.

    Safe for threads: two that want the same new one at once may both make it, and get the same.
    """

    def __init__(self, kept: int = VECTORS_KEPT) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, NDArray[np.float32]] = OrderedDict()

    def vectors(self, texts: Sequence[EmbeddedText], embedder: Embedder) -> dict[int, NDArray[np.float32]]:
        """The vectors of these texts by their chunks, rounded as an index keeps them. Raises ModelError."""
        with self._lock:
            known = {one.hash: self._vectors[one.hash] for one in texts if one.hash in self._vectors}
        new = {one.hash: one.text for one in texts if one.hash not in known}
        if new:
            made = embedder.embed_passages(list(new.values())).astype("float16").astype("float32")
            known.update(zip(new, made, strict=True))
        with self._lock:
            for one in texts:
                self._vectors[one.hash] = known[one.hash]
                self._vectors.move_to_end(one.hash)
            while len(self._vectors) > self._kept:
                self._vectors.popitem(last=False)
        return {one.chunk: known[one.hash] for one in texts}
