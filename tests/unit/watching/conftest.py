"""A home folder with a watched folder in it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ragqa.watching.resting import Resting

sys.path.insert(0, str(Path(__file__).parent))

from watching_shelf import Far, Shelf, read_here


@pytest.fixture
def shelf(tmp_path: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setattr("ragqa.ingestion.ingest.read_ahead", read_here)
    return Shelf(tmp_path)


@pytest.fixture
def far() -> Far:
    return Far()


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the files that do not come to rest; all others are at rest at once."""
    names: set[str] = set()

    class Known(Resting):
        def why_not(self, path: Path, mark: str, changed_ns: int) -> str:
            return "is still changing" if path.name in names else ""

    monkeypatch.setattr("ragqa.watching.keeper.Resting", Known)
    return names
