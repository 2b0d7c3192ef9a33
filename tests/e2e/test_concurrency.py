"""Readers beside a writer see one whole commit each, and a second writer is told who writes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ragqa.answering.retrieve import retrieve
from ragqa.config import AskSettings, IngestSettings
from ragqa.errors import IndexBusy
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index, rebuild_index, remove_index
from ragqa.indexing.transfer import export_index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion.ingest import ingest
from ragqa.paths import DATABASE
from ragqa.types import IngestReport, Progress

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

CHILD = Path(__file__).parent / "child_ingest.py"
MANUALS = 8
VERSIONS = 25


@pytest.fixture(autouse=True)
def one_commit_of_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine: an ingest that goes on for long shows what it has read so far."""
    monkeypatch.setattr("ragqa.indexing.embedding.COMMIT_EVERY_SECONDS", 3600.0)


def write_version(folder: Path, version: int) -> None:
    """Every manual in this version; there is one more of them every other version."""
    for number in range(MANUALS + version // 2):
        (folder / f"manual-{number:02}.md").write_text(
            f"# Manual {number}\n\n## Weight\n\nVersion {version} of manual {number} weighs {number} grams.\n"
            f"\n## Colour\n\nVersion {version} of manual {number} is painted blue.\n"
        )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "manuals"
    made.mkdir()
    write_version(made, 0)
    return made


@pytest.fixture
def index(tmp_path: Path, folder: Path, embedder: FakeEmbedder) -> Path:
    """An index that holds version 0."""
    made = tmp_path / "indexes" / "shared"
    run_ingest(made, folder, embedder)
    return made


def run_ingest(index: Path, folder: Path, embedder: FakeEmbedder, **options: Callable[[Progress], None]) -> IngestReport:
    return ingest(index, [folder], embedder, IngestSettings(), **options)


def versions_found(opened: Index, embedder: FakeEmbedder) -> set[int]:
    """The versions that a search sees."""
    hits = retrieve(opened, embedder, "What does the manual weigh, how is it painted?", AskSettings(top_k=50))
    assert len(hits) >= 2 * MANUALS
    return {int(hit.chunk.text.split("Version ")[1].split()[0]) for hit in hits}


def assert_one_commit(opened: Index, embedder: FakeEmbedder) -> int:
    """All that a snapshot shows is of one version, which is returned."""
    with opened.snapshot():
        (version,) = versions_found(opened, embedder)
        documents = opened.documents()
        assert len(documents) == MANUALS + version // 2
        ids = {chunk.id for document in documents for chunk in opened.document_chunks(document.id)}
        vectors = set(opened.backend().vectors.ids.tolist())  # they follow, commit by commit
        assert vectors <= ids and len(vectors) == opened.embedded().done
        assert opened.count_chunks() == len(ids)
        assert all(f"Version {version} " in opened.text(document.id) for document in documents)
        return version


@pytest.mark.parametrize("keep_open", [True, False], ids=["one reader", "a reader each time"])
def test_readers_see_whole_commits_during_writes(keep_open: bool, index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    """The writer is a thread with a connection of its own; for SQLite and the files that is as good as a process."""
    writer_embedder, failures = type(embedder)(), []
    finished = threading.Event()

    def write() -> None:
        try:
            for version in range(1, VERSIONS + 1):
                write_version(folder, version)
                assert not run_ingest(index, folder, writer_embedder).failed
        except BaseException as error:
            failures.append(error)
        finally:
            finished.set()

    thread = threading.Thread(target=write)
    seen = []
    opened = Index(index)
    thread.start()
    while not finished.is_set():
        if not keep_open:
            opened.close()
            opened = Index(index)
        seen.append(assert_one_commit(opened, embedder))
        assert verify_index(index) == []
        assert describe_index(index).documents >= MANUALS
    thread.join()

    assert failures == []
    assert seen == sorted(seen)
    assert assert_one_commit(opened, embedder) == VERSIONS
    opened.close()


@pytest.mark.usefixtures("a_file_each_commit")
def test_a_snapshot_outlives_many_commits(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    """Also where the vectors of its generation were not loaded before the writer took their file away."""
    with Index(index) as opened:
        with opened.snapshot():
            generation = opened.generation
            for version in range(1, 5):
                write_version(folder, version)
                run_ingest(index, folder, embedder)
            assert not (index / f"vectors-{generation}.faiss").exists()
            assert opened.generation == generation
            assert versions_found(opened, embedder) == {0}
        assert opened.generation > generation
        assert assert_one_commit(opened, embedder) == 4


def test_a_reader_sees_the_new_generation_afterwards(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    with Index(index) as opened:
        before, generation = assert_one_commit(opened, embedder), opened.generation
        write_version(folder, 3)
        run_ingest(index, folder, embedder)

        assert (before, assert_one_commit(opened, embedder)) == (0, 3)
        assert opened.generation > generation and opened.partly_embedded() is None


def test_nothing_is_seen_of_what_is_not_committed(index: Path, folder: Path, embedder: FakeEmbedder) -> None:
    write_version(folder, 1)
    seen = []

    def look(step: Progress) -> None:
        if step.stage == "ingest" and step.done < step.total:
            with Index(index) as opened:
                seen.append(assert_one_commit(opened, embedder))

    run_ingest(index, folder, type(embedder)(), progress=look)

    assert set(seen) == {0} and len(seen) >= MANUALS


# A second writer.


@pytest.fixture
def writing(index: Path, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the write lock, in the middle of an ingest; a line on its stdin lets it embed one more file."""
    write_version(folder, 1)
    arguments = [sys.executable, str(CHILD), str(index), str(folder), "--wait"]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "embedding\n"
    yield process
    process.kill()
    process.communicate()


@pytest.mark.parametrize("action", ["ingest", "rebuild", "remove"])
def test_a_second_writer_is_told_who_writes(
    action: str, writing: subprocess.Popen[str], index: Path, folder: Path, embedder: FakeEmbedder
) -> None:
    act: dict[str, Callable[[], object]] = {
        "ingest": lambda: run_ingest(index, folder, embedder),
        "rebuild": lambda: rebuild_index(index),
        "remove": lambda: remove_index(index),
    }

    with pytest.raises(IndexBusy) as caught:
        act[action]()

    assert caught.value.message == f"index 'shared' is being written by pid {writing.pid}"
    assert caught.value.hint == "Wait until it has finished; asking and searching work meanwhile."
    assert verify_index(index) == []


def test_the_command_line_says_so_too(writing: subprocess.Popen[str], index: Path, folder: Path, fake_models: object) -> None:
    from click.testing import CliRunner

    from ragqa.cli.main import ragqa

    result = CliRunner().invoke(ragqa, ["--home", str(index.parents[1]), "ingest", str(folder), "-i", "shared"])

    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: index 'shared' is being written by pid {writing.pid}\n")


def test_reading_goes_on_beside_a_writer(
    writing: subprocess.Popen[str], index: Path, folder: Path, embedder: FakeEmbedder, tmp_path: Path
) -> None:
    with Index(index) as opened:
        assert assert_one_commit(opened, embedder) == 1  # by its words: the writer makes the vectors
        assert opened.partly_embedded() is not None
    assert describe_index(index).documents == MANUALS
    assert export_index(index, tmp_path / "export.zip").is_file()
    report = ingest(index, [folder], embedder, IngestSettings(), dry_run=True)
    assert {file.state.value for file in report.files} == {"unchanged"}


def test_the_lock_is_free_after_the_writer_was_killed(
    writing: subprocess.Popen[str], index: Path, folder: Path, embedder: FakeEmbedder
) -> None:
    writing.kill()
    assert writing.wait() == -signal.SIGKILL
    assert verify_index(index) == []

    assert not run_ingest(index, folder, embedder).failed

    with Index(index) as opened:
        assert assert_one_commit(opened, embedder) == 1
    assert verify_index(index) == []


def test_the_lock_is_free_after_the_writer_has_finished(
    writing: subprocess.Popen[str], index: Path, folder: Path, embedder: FakeEmbedder
) -> None:
    writing.communicate(input="\n" * 1000)
    assert writing.returncode == 0

    report = run_ingest(index, folder, embedder)

    assert {file.state.value for file in report.files} == {"unchanged"}
    write_version(folder, 2)
    assert not run_ingest(index, folder, embedder).failed


@pytest.mark.parametrize("fresh", [False, True], ids=["an index", "no index yet"])
def test_a_writer_that_came_between_planning_and_writing(
    fresh: bool, index: Path, folder: Path, tmp_path: Path, embedder: FakeEmbedder
) -> None:
    """Its documents are not in the plan: the ingest must begin anew rather than write over them."""
    target = tmp_path / "indexes" / "new" if fresh else index
    other = tmp_path / "other" / "manuals"
    other.mkdir(parents=True)
    write_version(folder, 1)
    write_version(other, 1)

    def come_between(step: Progress) -> None:
        if step.stage == "scan" and step.done == step.total:
            run_ingest(target, other, type(embedder)())

    with pytest.raises(IndexBusy) as caught:
        run_ingest(target, folder, embedder, progress=come_between)

    assert caught.value.message == f"index '{target.name}' was written by another process meanwhile"
    assert caught.value.hint == "Run the same command again."
    assert verify_index(target) == []
    assert run_ingest(target, folder, embedder).documents == MANUALS * 2


def test_two_processes_that_begin_at_once(folder: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    """One makes the index, the others are refused or find everything done; nothing is damaged."""
    index = tmp_path / "indexes" / "raced"
    command, pipe = [sys.executable, str(CHILD), str(index), str(folder)], subprocess.PIPE
    processes = [subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    errors = [process.communicate()[1] for process in processes]

    assert 0 in [process.returncode for process in processes]
    for process, error in zip(processes, errors, strict=True):
        assert process.returncode == 0 or "IndexBusy" in error
    assert verify_index(index) == []
    assert run_ingest(index, folder, embedder).documents == MANUALS
    assert (index / DATABASE).is_file() and os.listdir(index.parent) == ["raced"]
