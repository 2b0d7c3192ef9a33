"""A stand-in embedder for workers that are processes of their own: they import it by its name. Some texts are the end of them."""

from __future__ import annotations

import hashlib
import os
import signal
from collections.abc import Sequence
from pathlib import Path

import numpy as np


class WordsEmbedder:
    """Bags of words hashed into 16 dimensions: a text has one vector, whatever it is embedded with.

    The first process that embeds a text with MORTAL, of all that share the `marks` folder, is killed; one with STRANGE cannot be
    embedded at all, and what is raised is of no use to anybody else.
    """

    dimension, max_tokens, name = 16, 254, "words"

    def __init__(self, seed: str = "1", marks: str = "") -> None:
        self.fingerprint, self._marks = hashlib.sha256(seed.encode()).hexdigest()[:32], marks

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def portions(self, texts: Sequence[str]) -> list[list[int]]:
        return [[number] for number in range(len(texts))]

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        if any("STRANGE" in text for text in texts):
            _deeper(0)
        if self._marks and any("MORTAL" in text for text in texts):
            try:
                (Path(self._marks) / "died").touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return np.stack([self._vector(text) for text in texts])

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dimension, 1e-3, dtype=np.float32)
        for word in text.split():
            vector[hashlib.sha256(word.encode()).digest()[0] % self.dimension] += 1
        return vector / np.linalg.norm(vector)


def _deeper(depth: int) -> int:
    return _deeper(depth + 1)


def load(seed: str, marks: str, threads: int) -> WordsEmbedder:
    """As a worker loads it."""
    return WordsEmbedder(seed, marks)
