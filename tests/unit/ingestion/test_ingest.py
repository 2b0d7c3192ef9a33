from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.errors import IndexMismatch, UsageError
from ragqa.indexing import embedding
from ragqa.indexing.index import Index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion import ingest as module
from ragqa.ingestion import plan
from ragqa.ingestion.ingest import ingest
from ragqa.text.analysis import query_terms
from ragqa.types import Coverage, FileState, IngestReport, Metadata, PagesRecognised, Progress

SETTINGS = IngestSettings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "shelf"


def states(report: IngestReport) -> dict[str, FileState]:
    return {file.path: file.state for file in report.files}


def test_a_report_says_what_each_file_gave(folder: Path, manuals: Path, embedder: Any) -> None:
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert states(report) == dict.fromkeys(["fan.txt", "kettle.md", "lamp.html"], FileState.ADDED)
    assert report.chunks_embedded == len(embedder.embedded) == sum(file.embedded for file in report.files)
    assert report.chunks == sum(file.chunks for file in report.files) and report.documents == 3
    with Index(folder) as index:
        lengths = {row.path: row.characters for row in index.documents()}
    assert lengths == {file.path: file.characters for file in report.files}


def test_a_second_run_embeds_and_commits_nothing(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    with Index(folder) as index:
        generation = index.generation
    count = len(embedder.embedded)
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert set(states(report).values()) == {FileState.UNCHANGED}
    assert report.chunks_embedded == 0 and len(embedder.embedded) == count
    with Index(folder) as index:
        assert index.generation == generation


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are hashed to see whether they have changed; all count as having rested."""
    names: list[str] = []
    plain = plan._hash
    monkeypatch.setattr(plan, "_hash", lambda path: (names.append(path.name), plain(path))[1])
    monkeypatch.setattr("ragqa.indexing.stamps.RESTED_NS", -(10**15))
    return names


def test_a_second_look_at_files_hashes_none_and_check_all(folder: Path, manuals: Path, embedder: Any, hashed: list[str]) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    ingest(folder, [manuals], embedder, SETTINGS)
    assert hashed == []  # nor at first: nothing is lost that they could have been
    os.utime(manuals / "fan.txt", (1, 1))
    ingest(folder, [manuals], embedder, SETTINGS)
    assert hashed == ["fan.txt"]
    ingest(folder, [manuals], embedder, SETTINGS)
    assert hashed == ["fan.txt"]  # it has kept its new look
    report = ingest(folder, [manuals], embedder, SETTINGS, check=True)
    assert hashed[1:] == ["fan.txt", "kettle.md", "lamp.html"] and set(states(report).values()) == {FileState.UNCHANGED}


def test_a_change_that_hides_its_date_and_size_is_found(folder: Path, manuals: Path, embedder: Any, hashed: list[str]) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    before = os.stat(manuals / "fan.txt")
    (manuals / "fan.txt").write_text((manuals / "fan.txt").read_text().replace("1,200", "1,300"))
    os.utime(manuals / "fan.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert states(ingest(folder, [manuals], embedder, SETTINGS))["fan.txt"] is FileState.CHANGED


def test_a_changed_file_that_cannot_be_parsed_keeps_no_look(
    folder: Path, manuals: Path, embedder: Any, hashed: list[str]
) -> None:
    """The index has its old contents: another ingest must try it again."""
    ingest(folder, [manuals], embedder, SETTINGS)
    before = os.stat(manuals / "fan.txt")
    (manuals / "fan.txt").write_bytes(bytes(before.st_size))
    os.utime(manuals / "fan.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    for _ in range(2):
        assert states(ingest(folder, [manuals], embedder, SETTINGS))["fan.txt"] in (FileState.FAILED, FileState.SKIPPED)


def test_only_a_changed_files_new_chunks_are_embedded(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    kettle = manuals / "kettle.md"
    kettle.write_text(kettle.read_text().replace("Boil it twice", "Boil it thrice"))
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert states(report)["kettle.md"] is FileState.CHANGED
    assert report.chunks_embedded == 1 and "thrice" in embedder.embedded[-1]
    assert verify_index(folder) == []


def test_a_rename_embeds_nothing_and_shows_the_new_path(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    (manuals / "kettle.md").rename(manuals / "boiler.md")
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert states(report)["boiler.md"] is FileState.RENAMED and report.chunks_embedded == 0
    with Index(folder) as index:
        assert [row.path for row in index.documents()] == ["boiler.md", "fan.txt", "lamp.html"]


def test_files_that_are_gone_stay_until_pruned(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    (manuals / "fan.txt").unlink()
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert states(report)["fan.txt"] is FileState.MISSING and report.documents == 3
    report = ingest(folder, [manuals], embedder, SETTINGS, prune=True)
    assert states(report)["fan.txt"] is FileState.REMOVED and report.documents == 2
    assert verify_index(folder) == []


def test_a_dry_run_writes_and_embeds_nothing(folder: Path, manuals: Path, embedder: Any) -> None:
    report = ingest(folder, [manuals], embedder, SETTINGS, dry_run=True)
    assert set(states(report).values()) == {FileState.ADDED} and report.dry_run
    assert all(file.chunks for file in report.files)
    assert embedder.embedded == [] and not folder.exists()


def test_two_files_of_one_path_are_told_apart(folder: Path, tmp_path: Path, embedder: Any) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "manual.md").write_text(f"Text of {name}.")
    ingest(folder, [tmp_path / "one", tmp_path / "two"], embedder, SETTINGS)
    with Index(folder) as index:
        assert {row.path: index.text(row.id) for row in index.documents()} == {
            "manual.md": "Text of one.",
            "two/manual.md": "Text of two.",
        }


def test_a_bad_file_is_reported_and_the_rest_ingested(folder: Path, manuals: Path, embedder: Any) -> None:
    (manuals / "bad.pdf").write_bytes(b"%PDF-1.7 and nothing")
    (manuals / "empty.txt").touch()
    report = ingest(folder, [manuals, manuals / "nowhere"], embedder, SETTINGS)
    found = states(report)
    assert found["bad.pdf"] is FileState.FAILED and found["empty.txt"] is FileState.SKIPPED
    assert found[str(manuals / "nowhere")] is FileState.FAILED
    assert report.failed and report.documents == 3
    assert all(file.note for file in report.files if file.state in (FileState.FAILED, FileState.SKIPPED))


def test_a_file_that_turned_bad_keeps_what_the_index_had(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    (manuals / "fan.txt").write_bytes(b"")
    report = ingest(folder, [manuals], embedder, SETTINGS)
    (line,) = [file for file in report.files if file.path == "fan.txt"]
    assert line.state is FileState.SKIPPED and "keeps" in line.note
    assert report.documents == 3


@pytest.mark.usefixtures("one_text_at_a_time")
def test_a_stop_keeps_what_is_finished_and_the_next_run_goes_on(folder: Path, manuals: Path, embedder: Any) -> None:
    parsed: list[str] = []
    report = ingest(
        folder, [manuals], embedder, SETTINGS, progress=lambda step: parsed.append(step.detail),
        stop=lambda: "kettle.md" in parsed[4:],
    )  # fmt: skip
    assert report.interrupted and states(report) == {"fan.txt": FileState.ADDED}
    assert verify_index(folder) == [] and report.documents == 1 and embedder.embedded == []
    report = ingest(folder, [manuals], embedder, SETTINGS)
    assert not report.interrupted and report.documents == 3
    assert states(report)["fan.txt"] is FileState.UNCHANGED
    assert report.chunks_embedded == report.chunks == len(embedder.embedded) == sum(file.embedded for file in report.files)


@pytest.mark.usefixtures("one_text_at_a_time")
def test_stopped_before_all_have_vectors_what_is_read_can_be_asked(folder: Path, manuals: Path, embedder: Any) -> None:
    report = ingest(folder, [manuals], embedder, SETTINGS, stop=lambda: len(embedder.embedded) > 1)
    assert report.interrupted and set(states(report).values()) == {FileState.ADDED} and report.documents == 3
    assert report.embedded == Coverage(2, report.chunks) and report.chunks_embedded == 2
    assert verify_index(folder) == []
    with Index(folder) as index:
        assert len(index.search_lexical(query_terms("lamp fan kettle", ["en"]), 9)) == report.chunks
        assert len(index.search_dense(embedder.embed_queries(["kettle"])[0], 9)) == 2
    embedder.embedded.clear()
    rest = ingest(folder, [manuals], embedder, SETTINGS)
    assert set(states(rest).values()) == {FileState.UNCHANGED} and not rest.interrupted
    assert rest.chunks_embedded == rest.chunks - 2 == len(embedder.embedded) == sum(file.embedded for file in rest.files)
    assert rest.embedded is not None and rest.embedded.lacking == 0 and verify_index(folder) == []


def test_the_words_alone(folder: Path, manuals: Path, embedder: Any) -> None:
    for _ in range(2):
        report = ingest(folder, [manuals], embedder, SETTINGS, embed=False)
        assert report.embedded == Coverage(0, report.chunks) and report.chunks > 0 and embedder.embedded == []
    assert ingest(folder, [manuals], embedder, SETTINGS).chunks_embedded == len(embedder.embedded) > 0


@pytest.mark.usefixtures("one_text_at_a_time")
def test_documents_that_are_wanted_get_their_vectors_first(folder: Path, manuals: Path, embedder: Any) -> None:
    wanted = ["kettle.md"]
    ingest(folder, [manuals], embedder, SETTINGS, embed=False)

    def wanted_now() -> list[str]:
        if len(embedder.embedded) == 2:
            wanted.insert(0, "lamp.html")
        return wanted

    report = ingest(folder, [manuals], embedder, SETTINGS, wanted=wanted_now, stop=lambda: len(embedder.embedded) >= 3)
    assert "ettle" in embedder.embedded[0] and "ettle" in embedder.embedded[1] and "amp" in embedder.embedded[2]
    assert {file.path: file.embedded for file in report.files} == {"fan.txt": 0, "kettle.md": 2, "lamp.html": 1}


def test_what_is_read_is_embedded_while_pages_of_others_are_recognised(
    folder: Path, manuals: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scan may take half an hour: what stands there already does not wait for it."""
    plain = module.read_ahead

    def slowly(files: Any, settings: Any, processes: int, told: Any = None, audited: bool = False) -> Any:
        for planned, fetch in plain(files, settings, processes, told, audited):

            def wait(stop: Any, fetch: Any = fetch, is_first: bool = planned.file.path == "fan.txt") -> Any:
                told(PagesRecognised(1, 9, 60.0))
                return fetch(stop) if is_first or embedder.embedded else None

            yield planned, wait

    monkeypatch.setattr(module, "read_ahead", slowly)
    stages: list[tuple[str, int]] = []
    ingest(folder, [manuals], embedder, SETTINGS, progress=lambda step: stages.append((step.stage, len(embedder.embedded))))
    assert max(count for stage, count in stages if stage == "ingest") > 0
    assert verify_index(folder) == []


@pytest.mark.usefixtures("one_text_at_a_time")
def test_long_work_is_committed_on_the_way(folder: Path, manuals: Path, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "COMMIT_EVERY_SECONDS", -1.0)
    monkeypatch.setattr(embedding, "COMMIT_SHARE", 1e9)
    seen: list[int] = []

    def look(step: Progress) -> None:
        if step.stage == "ingest" and (folder / "index.sqlite").is_file():
            with Index(folder) as index:
                seen.append(len(index.documents()))

    ingest(folder, [manuals], embedder, SETTINGS, progress=look)
    assert {0, 1, 2} <= set(seen)


def test_progress_runs_to_the_end(folder: Path, manuals: Path, embedder: Any) -> None:
    steps: list[Progress] = []
    ingest(folder, [manuals], embedder, SETTINGS, progress=steps.append)
    assert [step.done for step in steps if step.stage == "scan"] == [1, 2, 3]
    work = [step for step in steps if step.stage == "ingest"]
    assert [step.done for step in work] == sorted(step.done for step in work)
    assert work[-1].done == work[-1].total == sum(path.stat().st_size for path in manuals.iterdir())
    assert (work[-1].items, work[-1].items_total, work[-1].chunks) == (3, 3, len(embedder.embedded))
    following = [step for step in steps if step.stage == "embed"]
    assert following[0].done == 0 and following[-1].done == following[-1].total == following[-1].chunks == len(embedder.embedded)


def test_settings_that_do_not_fit_the_embedder_are_refused(folder: Path, manuals: Path, embedder: Any) -> None:
    with pytest.raises(UsageError, match="exceed the 254 tokens"):
        ingest(folder, [manuals], embedder, IngestSettings(chunk_tokens=250))
    assert not folder.exists()


def test_other_settings_than_the_indexs_are_refused_even_with_nothing_to_do(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, SETTINGS)
    with pytest.raises(IndexMismatch, match="chunk_tokens 220, not 100"):
        ingest(folder, [manuals], embedder, IngestSettings(chunk_tokens=100))


def test_chunks_of_one_text_are_embedded_once_over_all_files(folder: Path, tmp_path: Path, embedder: Any) -> None:
    shelf = tmp_path / "shelf"
    for name in ("a", "b"):
        (shelf / name).mkdir(parents=True)
        (shelf / name / "manual.md").write_text("# Safety\n\nUnplug it before cleaning.\n")
    report = ingest(folder, [shelf], embedder, SETTINGS)
    assert report.chunks == 2 and report.chunks_embedded == 1


def labels_of(folder: Path) -> dict[str, Metadata]:
    with Index(folder) as index:
        return {one.path: index.labels.of(one.id) for one in index.documents()}


def test_documents_are_labelled_as_they_come_and_also_those_that_are_known(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals / "fan.txt"], embedder, SETTINGS)
    labelled = replace(SETTINGS, metadata=("brand=Aqua", "model=F3"))
    ingest(folder, [manuals], embedder, labelled)
    both = {"brand": ("Aqua",), "model": ("F3",)}
    assert labels_of(folder) == dict.fromkeys(["fan.txt", "kettle.md", "lamp.html"], both)
    generation = Index(folder).generation
    ingest(folder, [manuals], embedder, labelled)
    assert Index(folder).generation == generation  # they have them: nothing is written


def test_labels_outlive_a_change_and_a_move(folder: Path, manuals: Path, embedder: Any) -> None:
    ingest(folder, [manuals], embedder, replace(SETTINGS, metadata=("brand=Aqua",)))
    (manuals / "fan.txt").write_text("FAN F4\n======\n\nThe fan turns at 1,400 rpm.\n")
    (manuals / "kettle.md").rename(manuals / "kettle two.md")
    report = ingest(folder, [manuals], embedder, replace(SETTINGS, metadata=("year=2024",)))
    assert states(report)["fan.txt"] is FileState.CHANGED and states(report)["kettle two.md"] is FileState.RENAMED
    expected = {"brand": ("Aqua",), "year": ("2024",)}
    assert labels_of(folder) == dict.fromkeys(["fan.txt", "kettle two.md", "lamp.html"], expected)


def test_what_is_no_label_is_refused_before_anything_is_read(folder: Path, manuals: Path, embedder: Any) -> None:
    with pytest.raises(UsageError, match="KEY=VALUE"):
        ingest(folder, [manuals], embedder, replace(SETTINGS, metadata=("brand",)))
    assert not folder.exists()
