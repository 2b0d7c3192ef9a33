"""Kill -9 at any moment of an index's way to another retriever: it is searched as before, and the next run goes on."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion.ingest import ingest
from tests.conftest import FakeEmbedder

CHILD = Path(__file__).parent / "child_embed.py"
MANUALS = 12
TEXTS = 3 * MANUALS
BATCHES = TEXTS // 4
POINTS = [(when, commit) for when in ("before", "after") for commit in (1, 2, BATCHES + 1, BATCHES + 2)]
"""The first commit notes the aim, the last one switches; between them is one for each batch."""


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """An index of texts that are all different, and long enough not to share a chunk."""
    manuals = tmp_path / "manuals"
    manuals.mkdir()
    for number in range(MANUALS):
        parts = (f"## Part {part}\n\nManual {number} says: part {part} weighs {number * 7 + part} g.\n" for part in range(3))
        (manuals / f"manual-{number:02}.md").write_text(f"# Manual {number}\n\n" + "\n".join(parts))
    ingest(tmp_path / "shelf", [manuals], FakeEmbedder(), IngestSettings())
    return tmp_path / "shelf"


def start(folder: Path, *options: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(CHILD), str(folder), *map(str, options)], stdout=subprocess.PIPE, text=True)


def vectors(folder: Path) -> np.ndarray:
    with Index(folder) as index:
        return index.stored_vectors()[1]


def assert_whole(folder: Path, old: np.ndarray, new: np.ndarray) -> bool:
    """The index has all of the old vectors or all of the new ones, and agrees with itself; whether it has the new ones."""
    assert verify_index(folder) == []
    has = vectors(folder)
    switched = bool(np.array_equal(has, new))
    assert switched or np.array_equal(has, old)
    with Index(folder) as index:
        assert (index.manifest.retriever == "taught") is switched
        assert index.search_dense(new[0] if switched else old[0], 1)[0][1] == pytest.approx(1.0, abs=0.01)
    return switched


@pytest.mark.parametrize(("when", "commit"), POINTS)
def test_killed_around_a_commit(shelf: Path, when: str, commit: int) -> None:
    old = vectors(shelf)
    new = np.roll(old, 1, axis=1)
    killed = start(shelf, "--kill", when, "--commit", commit)
    made = len((killed.communicate()[0]).split())
    assert killed.returncode == -9
    assert assert_whole(shelf, old, new) is (when == "after" and commit == BATCHES + 2)
    second = start(shelf)
    rest = len((second.communicate()[0]).split())
    assert second.returncode == 0 and assert_whole(shelf, old, new)
    lost = 4 if when == "before" and 1 < commit <= BATCHES + 1 else 0
    assert made + rest == TEXTS + lost  # a kill costs one batch


def test_killed_at_seeded_moments(shelf: Path) -> None:
    chance = random.Random(7)
    old = vectors(shelf)
    new = np.roll(old, 1, axis=1)
    for _ in range(3):
        process = start(shelf, "--pause", 0.05)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.random() * 0.2)
        process.kill()
        process.wait()
        assert_whole(shelf, old, new)
    assert start(shelf).wait() == 0 and assert_whole(shelf, old, new)
