"""Kill -9 at any moment of an ingest: the index opens at its last commit, is sound, and the next ingest completes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion.ingest import ingest
from ragqa.paths import DATABASE

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

CHILD = Path(__file__).parent / "child_ingest.py"
MANUALS = 40
KILLS = 10

POINTS = [
    ("new database written", 1),
    ("new database in place", 1),
    ("vectors half written", 1),
    ("vectors half written", 3),
    ("vectors written", 1),
    ("vectors written", 3),
    ("before the transaction's commit", 1),
    ("before the transaction's commit", 3),
    ("after the transaction's commit", 1),
    ("after the transaction's commit", 3),
]


def write_manual(folder: Path, number: int, version: int) -> None:
    """A small manual of three sections that says its number and version in each."""
    sections = (
        f"## Part {part}\n\nVersion {version} of manual {number} says that part {part} weighs {number * 7 + part} grams.\n"
        for part in range(3)
    )
    (folder / f"manual-{number:02}.md").write_text(f"# Manual {number}\n\n" + "\n".join(sections))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "manuals"
    made.mkdir()
    for number in range(MANUALS):
        write_manual(made, number, 0)
    return made


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "killed"


def start(index: Path, folder: Path, *options: object) -> subprocess.Popen[str]:
    arguments = [sys.executable, str(CHILD), str(index), str(folder), *map(str, options)]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)


def stored(index: Path) -> dict[str, set[str]]:
    """The versions that each document's text and chunks speak of, by path; nothing where there is no index yet."""
    if not (index / DATABASE).is_file():
        return {}
    with Index(index) as opened:
        texts = {document.path: [opened.text(document.id)] for document in opened.documents()}
        for document in opened.documents():
            texts[document.path] += [chunk.chunk.text for chunk in opened.document_chunks(document.id)]
    return {
        path: {word for text in held for mark, word in pairwise(text.split()) if mark == "Version"}
        for path, held in texts.items()
    }


def assert_opens_at_a_commit(index: Path) -> None:
    """Every document is there whole, in one version, and the index agrees with itself."""
    assert all(len(versions) == 1 for versions in stored(index).values())
    if (index / DATABASE).is_file():
        assert verify_index(index) == []


def assert_next_ingest_completes(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    report = ingest(index, [folder], embedder, IngestSettings(), prune=True)
    assert not report.failed and not report.interrupted
    assert sorted(stored(index)) == sorted(path.name for path in folder.iterdir())
    for path, versions in stored(index).items():
        assert versions == {(folder / path).read_text().split("Version ")[1].split()[0]}
    assert verify_index(index) == []
    assert not list(index.glob("*.tmp")) and not list(index.glob("*.new"))
    assert len(list(index.glob("vectors-*.faiss"))) <= 2


def test_killed_at_ten_moments(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    """Between the kills manuals are changed, added and deleted, so that every kind of work is cut off."""
    chance = random.Random(20)
    held = []
    for kill in range(1, KILLS + 1):
        process = start(index, folder, "--pause", 0.02)
        assert process.stdout is not None
        for _ in range(chance.randint(2, 12)):
            assert process.stdout.readline() == "embedding\n"
        time.sleep(chance.random() * 0.05)
        process.kill()
        assert process.wait() == -signal.SIGKILL
        process.stdout.close()

        assert_opens_at_a_commit(index)
        held.append(len(stored(index)))
        for number in chance.sample(range(MANUALS), 12):
            write_manual(folder, number, kill)
        write_manual(folder, MANUALS + kill, kill)
        (folder / f"manual-{chance.randrange(MANUALS):02}.md").unlink(missing_ok=True)

    assert max(held) > 0
    assert_next_ingest_completes(index, folder, embedder)


@pytest.mark.parametrize(("point", "commit"), POINTS)
def test_killed_inside_a_commit(point: str, commit: int, index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    process = start(index, folder, "--pause", 0.001, "--kill", point, "--commit", commit)
    process.communicate()
    assert process.returncode == -signal.SIGKILL

    assert (index / DATABASE).is_file() is (point != "new database written")
    assert_opens_at_a_commit(index)
    assert bool(stored(index)) is (commit > 1 or point == "after the transaction's commit")
    assert_next_ingest_completes(index, folder, embedder)


def test_killed_in_the_one_commit_that_changes_everything(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    ingest(index, [folder], embedder, IngestSettings())
    for number in range(MANUALS):
        write_manual(folder, number, 1)

    for point, version in (("vectors written", "0"), ("before the transaction's commit", "0")):
        process = start(index, folder, "--pause", 1e-9, "--kill", point, "--commit", 1)
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        assert {word for versions in stored(index).values() for word in versions} == {version}
        assert_opens_at_a_commit(index)

    assert_next_ingest_completes(index, folder, embedder)
