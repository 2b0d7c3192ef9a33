"""Ingest is incremental: only what changed costs anything, and what is committed stays."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from functional_helpers import assert_sound, found_in, line_of, read_in, states, stored

from ragqa.errors import IndexDamaged, IndexMismatch, IndexMissing, UsageError
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import describe_index
from ragqa.paths import DATABASE
from ragqa.types import Coverage, FileState, IngestReport, Progress

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

ALL = {"fan.txt": "added", "kettle.md": "added", "lamp.html": "added"}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "home" / "indexes" / "manuals"


@pytest.fixture
def filled(index: Path, manuals: Path, embedder: FakeEmbedder) -> Path:
    """The index with the three manuals in it; the embedder's count begins anew."""
    report = read_in(index, manuals, embedder)
    assert states(report) == ALL
    assert report.chunks_embedded == len(embedder.embedded) > 0
    embedder.embedded.clear()
    return index


def snapshot_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def assert_nothing_embedded(report: IngestReport, embedder: FakeEmbedder) -> None:
    assert report.chunks_embedded == 0
    assert embedder.embedded == []


def test_the_first_ingest_counts_what_it_did(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    info = describe_index(filled)
    report = read_in(filled, manuals, embedder)

    assert (report.documents, report.chunks) == (info.documents, info.chunks) == (3, info.chunks)
    assert report.index == "manuals"
    assert not report.failed and not report.interrupted and not report.dry_run
    assert_sound(filled)


def test_unchanged_files_cost_nothing(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    before = snapshot_of(filled)

    report = read_in(filled, manuals, embedder)

    assert set(states(report).values()) == {"unchanged"}
    assert_nothing_embedded(report, embedder)
    assert snapshot_of(filled) == before


def test_touched_files_cost_nothing(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    for path in manuals.iterdir():
        os.utime(path, (1, 1))

    report = read_in(filled, manuals, embedder)

    assert set(states(report).values()) == {"unchanged"}
    assert_nothing_embedded(report, embedder)


def test_a_renamed_file_is_recognised(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "lights").mkdir()
    (manuals / "lamp.html").rename(manuals / "lights" / "reading.html")

    report = read_in(filled, manuals, embedder)

    line = line_of(report, "lights/reading.html")
    assert (line.state, line.note) == (FileState.RENAMED, "was lamp.html")
    assert states(report) == {"fan.txt": "unchanged", "kettle.md": "unchanged", "lights/reading.html": "renamed"}
    assert_nothing_embedded(report, embedder)
    assert found_in(filled, embedder, "How long does the warranty last?")[0] == "lights/reading.html"
    assert sorted(stored(filled)) == ["fan.txt", "kettle.md", "lights/reading.html"]
    assert_sound(filled)


def test_a_renamed_folder_is_recognised(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    moved = manuals.rename(manuals.with_name("books"))

    report = read_in(filled, moved, embedder)

    assert set(states(report).values()) == {"renamed"}
    assert_nothing_embedded(report, embedder)
    assert set(states(read_in(filled, moved, embedder)).values()) == {"unchanged"}
    assert_sound(filled)


def test_two_files_that_swap_their_contents(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "second.md").write_text("# Second\n\nAnother text of its own.\n")
    read_in(filled, manuals, embedder)
    embedder.embedded.clear()
    kettle, second = (manuals / "kettle.md").read_text(), (manuals / "second.md").read_text()
    (manuals / "kettle.md").write_text(second)
    (manuals / "second.md").write_text(kettle)

    report = read_in(filled, manuals, embedder)

    assert report.count(FileState.CHANGED) == 2
    assert_nothing_embedded(report, embedder)
    assert "1.7 litres" in stored(filled)["second.md"]
    assert "Another text" in stored(filled)["kettle.md"]
    assert_sound(filled)


def test_a_copied_file_embeds_nothing(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    shutil.copy(manuals / "kettle.md", manuals / "kettle-copy.md")

    report = read_in(filled, manuals, embedder)

    line = line_of(report, "kettle-copy.md")
    assert line.state is FileState.ADDED
    assert line.chunks > 0 and line.embedded == 0
    assert_nothing_embedded(report, embedder)
    assert len(stored(filled)) == 4
    assert_sound(filled)


def test_identical_chunks_are_embedded_once(index: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    folder = tmp_path / "same"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.md").write_text("# Safety\n\nKeep away from water.\n")

    report = read_in(index, folder, embedder)

    assert report.chunks == 3
    assert report.chunks_embedded == len(embedder.embedded) == 1


def test_of_a_changed_file_only_the_new_chunks_are_embedded(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    text = (manuals / "kettle.md").read_text()
    (manuals / "kettle.md").write_text(text.replace("Fill in vinegar.", "Fill in citric acid."))
    before = describe_index(filled)

    report = read_in(filled, manuals, embedder)

    line = line_of(report, "kettle.md")
    assert (line.state, line.embedded) == (FileState.CHANGED, 1)
    assert line.chunks > 1
    assert len(embedder.embedded) == 1 and "citric acid" in embedder.embedded[0]
    after = describe_index(filled)
    assert (after.chunks, after.vectors) == (before.chunks, before.vectors)
    assert after.generation == before.generation + 2  # its words, then its vector
    assert "vinegar" not in stored(filled)["kettle.md"]
    assert_sound(filled)


def test_a_deleted_file_is_kept_until_pruned(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "lamp.html").unlink()

    kept = read_in(filled, manuals, embedder)
    assert line_of(kept, "lamp.html").state is FileState.MISSING
    assert "--prune" in line_of(kept, "lamp.html").note
    assert "lamp.html" in stored(filled)

    pruned = read_in(filled, manuals, embedder, prune=True)
    assert line_of(pruned, "lamp.html").state is FileState.REMOVED
    assert sorted(stored(filled)) == ["fan.txt", "kettle.md"]
    assert "lamp.html" not in found_in(filled, embedder, "warranty months")
    assert (pruned.documents, pruned.chunks_embedded) == (2, 0)
    assert_sound(filled)

    assert states(read_in(filled, manuals, embedder, prune=True)) == {"fan.txt": "unchanged", "kettle.md": "unchanged"}


def test_prune_leaves_documents_of_other_folders(filled: Path, manuals: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "drill.md").write_text("# Drill\n\nThe drill has two gears.\n")
    (manuals / "lamp.html").unlink()

    report = read_in(filled, other, embedder, prune=True)

    assert states(report) == {"drill.md": "added"}
    assert "lamp.html" in stored(filled)


def test_prune_of_a_folder_that_is_gone_removes_nothing(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    shutil.rmtree(manuals)

    report = read_in(filled, manuals, embedder, prune=True)

    assert line_of(report, str(manuals)).state is FileState.FAILED
    assert len(stored(filled)) == 3


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"include": ("*.md",)}, ["deep/notes.md", "kettle.md"]),
        ({"include": ("deep/*",)}, ["deep/notes.md"]),
        ({"include": ("*.md", "*.txt")}, ["deep/notes.md", "fan.txt", "kettle.md"]),
        ({"exclude": ("*.md",)}, ["fan.txt", "lamp.html"]),
        ({"exclude": ("deep/*",)}, ["fan.txt", "kettle.md", "lamp.html"]),
        ({"include": ("*.md",), "exclude": ("notes.md",)}, ["kettle.md"]),
        ({"include": ("*.xyz",)}, []),
    ],
)
def test_include_and_exclude(
    settings: dict[str, tuple[str, ...]], expected: list[str], index: Path, manuals: Path, embedder: FakeEmbedder
) -> None:
    (manuals / "deep").mkdir()
    (manuals / "deep" / "notes.md").write_text("# Notes\n\nSome notes.\n")

    report = read_in(index, manuals, embedder, settings)

    assert sorted(states(report)) == expected
    assert (sorted(stored(index)) if expected else []) == expected


def test_excluding_a_known_file_keeps_it_also_with_prune(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    read_in(filled, manuals, embedder, {"exclude": ("*.md",)}, prune=True)

    assert "kettle.md" in stored(filled)


def test_globs_and_single_files(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    by_glob = read_in(index, [manuals / "*.md", manuals / "fan.*"], embedder)
    by_name = read_in(index, manuals / "lamp.html", embedder)
    twice = read_in(index, [manuals / "lamp.html", manuals, manuals / "l*.html"], embedder)

    assert states(by_glob) == {"kettle.md": "added", "fan.txt": "added"}
    assert states(by_name) == {"lamp.html": "added"}
    assert states(twice) == {"fan.txt": "unchanged", "kettle.md": "unchanged", "lamp.html": "unchanged"}


def test_recursive_globs(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "a" / "b").mkdir(parents=True)
    (manuals / "a" / "b" / "inner.md").write_text("# Inner\n\nText.\n")

    assert sorted(states(read_in(index, f"{manuals}/**/*.md", embedder))) == ["inner.md", "kettle.md"]


def test_a_file_whose_name_looks_like_a_glob(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "[new] k*.md").write_text("# Odd\n\nText.\n")

    assert states(read_in(index, manuals / "[new] k*.md", embedder)) == {"[new] k*.md": "added"}


def test_hidden_files_and_folders_are_left_out(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / ".git").mkdir()
    (manuals / ".git" / "notes.md").write_text("# No\n\nText.\n")
    (manuals / ".hidden.md").write_text("# No\n\nText.\n")

    assert states(read_in(index, manuals, embedder)) == ALL


def test_a_dry_run_writes_nothing(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    report = read_in(index, manuals, embedder, dry_run=True)

    assert report.dry_run
    assert states(report) == ALL
    assert line_of(report, "kettle.md").chunks > 0
    assert_nothing_embedded(report, embedder)
    assert not index.exists()


def test_a_dry_run_over_an_index_says_what_would_happen(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "lamp.html").unlink()
    (manuals / "fan.txt").rename(manuals / "blower.txt")
    (manuals / "kettle.md").write_text("# Kettle K2\n\nThe kettle boils 2 litres.\n")
    (manuals / "new.md").write_text("# New\n\nText.\n")
    (manuals / "empty.md").write_text("")
    before = snapshot_of(filled)

    foretold = states(read_in(filled, manuals, embedder, dry_run=True, prune=True))

    assert foretold == {
        "lamp.html": "removed",
        "blower.txt": "renamed",
        "kettle.md": "changed",
        "new.md": "added",
        "empty.md": "skipped",
    }
    assert snapshot_of(filled) == before
    assert states(read_in(filled, manuals, embedder, prune=True)) == foretold


def test_two_folders_with_the_same_file_name(index: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    roots = [tmp_path / "one" / "docs", tmp_path / "two" / "docs", tmp_path / "three" / "docs"]
    for number, root in enumerate(roots):
        root.mkdir(parents=True)
        (root / "guide.md").write_text(f"# Guide\n\nThe number of this guide is {number}00.\n")

    first = read_in(index, roots, embedder)
    again = read_in(index, roots, embedder)
    (roots[1] / "guide.md").write_text("# Guide\n\nThis guide has changed.\n")
    changed = read_in(index, roots, embedder)

    names = ["guide.md", "docs/guide.md", "docs (2)/guide.md"]
    assert states(first) == dict.fromkeys(names, "added")
    assert states(again) == dict.fromkeys(names, "unchanged")
    assert states(changed) == {"guide.md": "unchanged", "docs/guide.md": "changed", "docs (2)/guide.md": "unchanged"}
    assert "100" not in stored(index)["docs/guide.md"] and "200" in stored(index)["docs (2)/guide.md"]
    assert_sound(index)


def test_a_file_renamed_to_a_name_that_is_taken(index: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for root, name in ((one, "guide.md"), (two, "other.md")):
        root.mkdir()
        (root / name).write_text(f"# Guide\n\nFrom {root.name}.\n")
    read_in(index, [one, two], embedder)
    (two / "other.md").rename(two / "guide.md")

    read_in(index, [one, two], embedder)

    assert {path: text.split()[-1] for path, text in stored(index).items()} == {"guide.md": "one.", "two/guide.md": "two."}
    assert_sound(index)


def many(folder: Path, count: int) -> Path:
    """A folder of small manuals."""
    folder.mkdir()
    for number in range(count):
        (folder / f"m{number:02}.md").write_text(f"# Manual {number}\n\nThe part {number}00 weighs {number} grams.\n")
    return folder


@pytest.mark.parametrize("after", [0, 1, 7, 19])
def test_stopping_keeps_what_is_read(after: int, index: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    folder, read = many(tmp_path / "many", 20), [0]

    def look(step: Progress) -> None:
        read[0] = step.items if step.stage == "ingest" else 0

    report = read_in(index, folder, embedder, progress=look, stop=lambda: read[0] >= after)

    assert report.interrupted and embedder.embedded == []
    assert report.documents == len(stored(index)) == after
    assert set(states(report)) == set(stored(index))
    assert_sound(index)
    rest = read_in(index, folder, embedder)
    assert not rest.interrupted
    assert rest.count(FileState.UNCHANGED) == after
    assert rest.count(FileState.ADDED) == 20 - after
    assert len(embedder.embedded) == 20
    assert_sound(index)


@pytest.mark.parametrize("after", [0, 1, 7, 19])
@pytest.mark.usefixtures("one_text_at_a_time")
def test_stopping_keeps_the_vectors_that_there_are(after: int, index: Path, tmp_path: Path, embedder: FakeEmbedder) -> None:
    folder, stages = many(tmp_path / "many", 20), set[str]()

    report = read_in(
        index, folder, embedder, progress=lambda step: stages.add(step.stage),
        stop=lambda: "embed" in stages and len(embedder.embedded) >= after,
    )  # fmt: skip

    assert report.interrupted and report.documents == len(stored(index)) == 20
    assert report.embedded is not None and report.embedded.done == after
    assert_sound(index)
    rest = read_in(index, folder, embedder)
    assert rest.count(FileState.UNCHANGED) == 20 and rest.chunks_embedded == 20 - after
    assert len(embedder.embedded) == 20
    assert_sound(index)


@pytest.mark.usefixtures("a_file_each_commit", "one_text_at_a_time")
def test_old_vector_files_do_not_pile_up(
    index: Path, tmp_path: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One for the last commit and one for readers of the commit before."""
    monkeypatch.setattr("ragqa.indexing.embedding.COMMIT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr("ragqa.indexing.embedding.COMMIT_SHARE", 1e9)

    read_in(index, many(tmp_path / "many", 10), embedder)

    generation = describe_index(index).generation
    assert generation > 5
    names = {path.name for path in index.glob("vectors-*")}
    assert len(names) == 2 and f"vectors-{generation}.faiss" in names
    assert_sound(index)


def test_an_embedder_that_fails_keeps_what_was_committed(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (manuals / "new.md").write_text("# New\n\nText.\n")
    before = stored(filled)

    def broken(texts: Any) -> Any:
        raise RuntimeError("the machine is on fire")

    embedder.embed_passages = broken  # type: ignore[method-assign]
    with pytest.raises(RuntimeError):
        read_in(filled, manuals, embedder)

    assert stored(filled).pop("new.md") and {path: stored(filled)[path] for path in before} == before
    assert_sound(filled)
    assert describe_index(filled).embedded == Coverage(describe_index(filled).chunks - 1, describe_index(filled).chunks)


def test_progress_ends_where_it_should(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    steps: list[Progress] = []

    report = read_in(index, manuals, embedder, progress=steps.append)

    scans = [step for step in steps if step.stage == "scan"]
    reads = [step for step in steps if step.stage == "ingest"]
    assert [step.done for step in scans] == [1, 2, 3]
    assert [step.done for step in reads] == sorted(step.done for step in reads)
    last = reads[-1]
    assert (last.done, last.items, last.items_total, last.chunks) == (last.total, 3, 3, report.chunks_embedded)
    assert last.total == sum(path.stat().st_size for path in manuals.iterdir())


# What an index refuses.


@pytest.mark.parametrize("change", ["none", "one"])
@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"chunk_tokens": 100}, "chunk_tokens 220, not 100"),
        ({"chunk_overlap": 10}, "chunk_overlap 40, not 10"),
        ({"heading_tokens": 8}, "heading_tokens 32, not 8"),
    ],
)
def test_other_chunk_settings_are_refused(
    settings: dict[str, int], told: str, change: str, filled: Path, manuals: Path, embedder: FakeEmbedder
) -> None:
    if change == "one":
        (manuals / "new.md").write_text("# New\n\nText.\n")
    before = stored(filled)

    with pytest.raises(IndexMismatch) as caught:
        read_in(filled, manuals, embedder, settings)

    assert caught.value.message == f"index 'manuals' was made with {told}"
    assert "ragqa index rm manuals" in caught.value.hint
    assert stored(filled) == before
    assert_sound(filled)


@pytest.mark.parametrize(("name", "seed"), [("other", "1"), ("fake", "2")], ids=["another name", "another version"])
def test_another_embedder_is_refused(name: str, seed: str, filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    other = type(embedder)(name, seed)

    with pytest.raises(IndexMismatch) as caught:
        read_in(filled, manuals, other)

    assert f"was made with embedder fake, not {name}" in caught.value.message
    assert ("another version" in caught.value.message) is (name == "fake")
    assert "ragqa index rm manuals" in caught.value.hint
    assert other.embedded == []


def test_chunks_larger_than_the_embedder_sees_are_refused(index: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    with pytest.raises(UsageError, match="exceed the 254 tokens"):
        read_in(index, manuals, embedder, {"chunk_tokens": 250})

    assert not (index / DATABASE).exists()


def rewrite(index: Path, statement: str) -> None:
    """Change the database behind ragqa's back."""
    connection = sqlite3.connect(index / DATABASE)
    with connection:
        connection.execute(statement)
    connection.close()


def test_another_schema_is_refused(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    rewrite(filled, "UPDATE meta SET value = '99' WHERE key = 'schema'")
    (manuals / "new.md").write_text("# New\n\nText.\n")

    for action in (lambda: read_in(filled, manuals, embedder), lambda: describe_index(filled), lambda: stored(filled)):
        with pytest.raises(IndexMismatch, match="has schema 99, this version needs") as caught:
            action()
        assert "ragqa index rm manuals" in caught.value.hint


def test_another_text_analysis_is_refused(filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    with Index(filled) as opened:
        manifest = json.loads(opened.manifest.to_json())
    rewrite(filled, f"UPDATE meta SET value = '{json.dumps(manifest | {'analyser': 0})}' WHERE key = 'manifest'")

    with pytest.raises(IndexMismatch, match="text analysis version 0"):
        read_in(filled, manuals, embedder)


@pytest.mark.parametrize("manifest", ["", "[]", "{}", "null", '{"embedder": "fake"}'])
def test_a_manifest_that_is_none_is_damage(manifest: str, filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    rewrite(filled, f"UPDATE meta SET value = '{manifest}' WHERE key = 'manifest'")

    with pytest.raises(IndexDamaged, match="manifest cannot be read"):
        read_in(filled, manuals, embedder)


@pytest.mark.parametrize("content", [b"", b"no database at all " * 100, b"SQLite format 3\x00" + bytes(200)])
def test_a_database_that_is_none_is_damage(content: bytes, filled: Path, manuals: Path, embedder: FakeEmbedder) -> None:
    (filled / DATABASE).write_bytes(content)

    for action in (lambda: read_in(filled, manuals, embedder), lambda: describe_index(filled)):
        with pytest.raises(IndexDamaged) as caught:
            action()
        assert "ragqa index rm manuals" in caught.value.hint


def test_a_parser_that_has_changed_reads_again(
    filled: Path, manuals: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rewrite(filled, "UPDATE documents SET parser = 'markdown 0' WHERE path = 'kettle.md'")

    report = read_in(filled, manuals, embedder)

    assert states(report) == {"fan.txt": "unchanged", "kettle.md": "changed", "lamp.html": "unchanged"}
    assert_nothing_embedded(report, embedder)


@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_lost_vector_file_is_made_again_without_embedding(
    damage: str, filled: Path, manuals: Path, embedder: FakeEmbedder
) -> None:
    file = max(filled.glob("vectors-*.faiss"), key=lambda one: one.stat().st_mtime_ns)
    if damage == "gone":
        file.unlink()
    else:
        file.write_bytes(file.read_bytes()[:40] if damage == "cut" else b"nonsense" * 10)
    assert found_in(filled, embedder, "warranty months")[0] == "lamp.html"
    (manuals / "new.md").write_text("# New\n\nText.\n")
    embedder.embedded.clear()

    read_in(filled, manuals, embedder)

    assert len(embedder.embedded) == 1
    assert_sound(filled)


def test_an_index_that_is_not_there(index: Path) -> None:
    with pytest.raises(IndexMissing) as caught:
        describe_index(index)

    assert "there is no index 'manuals'" in caught.value.message
    assert caught.value.hint == "Make one: ragqa ingest FOLDER"
