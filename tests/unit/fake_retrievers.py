"""Stand-ins for teaching a retriever: one that finds hardly anything, and the one that an adapter makes of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ragqa.config import DEFAULT_EMBEDDER
from ragqa.inference.adapter import About, Adapter, write_adapter
from ragqa.inference.embedder import Teachable
from ragqa.training.teach import Learnt
from tests.conftest import FakeEmbedder

BASE = "0" * 64


class Dull(FakeEmbedder):
    """Looks for questions where no passage is: only their words find anything."""

    def embed_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.roll(super().embed_queries(texts), 1, axis=1)


class Bright(FakeEmbedder):
    """What an adapter makes of it: questions stand by the passages that share their words. `shift` tells adapters apart."""

    def __init__(self, sha256: str) -> None:
        super().__init__(DEFAULT_EMBEDDER, sha256)
        self.shift = 2 + int(hashlib.sha256(sha256.encode()).hexdigest(), 16) % 60

    def embed_passages(self, texts: Sequence[str]) -> np.ndarray:
        return np.roll(super().embed_passages(texts), self.shift, axis=1)


def deltas(seed: float = 1.0) -> dict[str, Any]:
    """What an adapter may hold."""
    return {"layer.0.weight": (np.full((1, 4), seed, np.float32), np.ones((4, 1), np.float32))}


def write_retriever(name: str, seed: float = 1.0) -> Path:
    """A folder that looks like a trained retriever."""
    folder = Path("models") / name
    write_adapter(folder, deltas(seed), About(BASE, 1))
    (folder / "metrics.json").write_text('{"summary": {"recall@8": 0.75, "mrr": 0.5}}')
    (folder / "training.json").write_text('{"base": "default", "date": "2024-05-01T10:00:00+00:00"}')
    return folder


def put_in_place(monkeypatch: pytest.MonkeyPatch, base: FakeEmbedder | None = None, taught: type = Bright) -> FakeEmbedder:
    """Let the engine load `base`, and what an adapter makes of it, and let teaching give an adapter at once."""
    base = base or Dull(DEFAULT_EMBEDDER)
    made: dict[str, FakeEmbedder] = {}

    def load(name: str = "fake", threads: int = 0, adapter: Path | None = None) -> FakeEmbedder:
        if adapter is None:
            return base
        sha256 = Adapter(adapter).sha256
        return made.setdefault(sha256, taught(sha256))

    def teach(base: Teachable, lessons: Any, *given: Any) -> Learnt:
        assert lessons
        return Learnt({**base.start, **deltas(float(len(base.start) + 1))}, (1.0, 0.5))

    monkeypatch.setattr("ragqa.inference.embedder.load_embedder", load)
    monkeypatch.setattr("ragqa.inference.embedder.teachable", lambda name, adapter: Teachable(Path("base"), BASE, {}))
    monkeypatch.setattr("ragqa.training.retriever.teach", teach)
    return base
