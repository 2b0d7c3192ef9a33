from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ragqa.engine import RagQA
from ragqa.errors import StorageError, UsageError
from ragqa.evaluation.check import ChangeKind, CheckReport, GoldenAnswer, change_kind, check, state_path
from ragqa.indexing.index import Index
from ragqa.types import QAPair

WARRANTY = QAPair("How long does the warranty last?", ("The warranty lasts 30 months.",))
WATTS = QAPair("How many watts does the lamp draw?", ("nine",))
CHAPEL = QAPair("Who painted the ceiling of the chapel?")
PAIRS = [WARRANTY, WATTS, CHAPEL]


@pytest.fixture
def run(asker_of: Any) -> Any:
    """Checks the pairs on the shelf."""

    def run(pairs: list[QAPair] = PAIRS, name: str = "qa.jsonl", threshold: float = 0.5, **options: Any) -> CheckReport:
        return check(asker_of(threshold), name, pairs, **options)

    return run


def rewrite(manuals: Path, name: str, old: str, new: str) -> None:
    """Edit a manual and bring the index up to it."""
    path = manuals / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    RagQA("shelf").ingest(manuals)


HERE = GoldenAnswer(True, True, "8 watts", "lamp.html", (3,), ("Lamp",))


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        (HERE, None),
        (GoldenAnswer(True, False, "8  watts", "lamp.html", (3,), ("Lamp",)), None),
        (GoldenAnswer(True, True, "9 watts", "lamp.html", (3,), ("Lamp",)), ChangeKind.CHANGED),
        (GoldenAnswer(True, True, "9 watts", "fan.txt", (3,), ("Lamp",)), ChangeKind.CHANGED),
        (GoldenAnswer(False, False), ChangeKind.VANISHED),
        (GoldenAnswer(True, True, "8 watts", "fan.txt", (3,), ("Lamp",)), ChangeKind.MOVED),
        (GoldenAnswer(True, True, "8 watts", "lamp.html", (4,), ("Lamp",)), ChangeKind.MOVED),
        (GoldenAnswer(True, True, "8 watts", "lamp.html", (3,), ("Bulb",)), ChangeKind.MOVED),
    ],
)
def test_what_becomes_of_an_answer(after: GoldenAnswer, kind: ChangeKind | None) -> None:
    assert change_kind(HERE, after) is kind


def test_an_answer_appears_and_silence_stays_silence() -> None:
    assert change_kind(GoldenAnswer(False, False), HERE) is ChangeKind.APPEARED
    assert change_kind(GoldenAnswer(False, False), GoldenAnswer(False, True)) is None


def test_the_first_check_stores_what_later_ones_expect(run: Any, shelf: Index) -> None:
    first = run()
    assert (first.compared_with, first.new, first.changes, first.stored) == (None, 3, (), True)
    assert (first.questions, first.right) == (3, 2)  # WATTS has another accepted answer
    second = run()
    assert second.compared_with is not None
    assert (second.new, second.changes, second.stored) == (0, (), True)


def test_the_answer_of_another_document_is_not_right(run: Any) -> None:
    assert run([replace(WARRANTY, document="lamp.html")]).right == 1
    assert run([replace(WARRANTY, document="kettle.md")]).right == 0


def test_changes_are_told_until_they_are_accepted(run: Any, manuals: Path, shelf: Index) -> None:
    run()
    kept = state_path(shelf.folder, "qa.jsonl").read_bytes()
    rewrite(manuals, "lamp.html", "30 months", "24 months")
    for _ in range(2):
        report = run()
        (change,) = report.changes
        assert (change.kind, change.question, change.still_there) == (ChangeKind.CHANGED, WARRANTY.question, False)
        assert (change.before.text, change.after.text) == ("The warranty lasts 30 months.", "The warranty lasts 24 months.")
        assert (change.before.right, change.after.right, report.stored) == (True, False, False)  # another number
        assert state_path(shelf.folder, "qa.jsonl").read_bytes() == kept
    accepted = run(update=True)
    assert accepted.stored and len(accepted.changes) == 1
    assert run().changes == ()


def test_an_answer_that_is_no_longer_given(run: Any) -> None:
    run()
    changes = run(threshold=1.0).changes
    assert {(change.kind, change.still_there) for change in changes} == {(ChangeKind.VANISHED, True)}
    assert {change.question for change in changes} == {WARRANTY.question, WATTS.question}


def test_an_answer_that_has_moved(run: Any, manuals: Path) -> None:
    run([WARRANTY])
    rewrite(manuals, "lamp.html", "<h2>Warranty</h2>", "<h2>Guarantee</h2>")
    (change,) = run([WARRANTY]).changes
    assert (change.kind, change.after.section) == (ChangeKind.MOVED, ("Lamp L2", "Guarantee"))


def test_new_questions_join_and_old_ones_are_kept(run: Any, manuals: Path) -> None:
    run([WARRANTY])
    assert run([WATTS]).new == 1
    rewrite(manuals, "lamp.html", "30 months", "24 months")
    assert [change.kind for change in run([WATTS, WARRANTY]).changes] == [ChangeKind.CHANGED]


def test_files_of_another_name_have_a_state_of_their_own(run: Any) -> None:
    run([WARRANTY])
    assert run([WARRANTY], name="other.jsonl").compared_with is None


def test_a_check_that_is_stopped_stores_nothing(run: Any, shelf: Index) -> None:
    asked: list[Any] = []
    report = run(progress=asked.append, stop=lambda: len(asked) == 1)
    assert report.interrupted and not report.stored and report.questions == 1
    assert not state_path(shelf.folder, "qa.jsonl").exists()


@pytest.mark.parametrize(
    "content", ["", "[]", '{"version": 99, "date": "", "answers": {}}', '{"version": 1, "answers": {"a": {}}}']
)
def test_a_damaged_state_is_an_error_that_update_mends(run: Any, shelf: Index, content: str) -> None:
    state_path(shelf.folder, "qa.jsonl").write_text(content)
    with pytest.raises(UsageError, match="cannot be read") as caught:
        run()
    assert "--update" in caught.value.hint
    assert run(update=True).stored
    assert run().changes == ()


def test_a_state_that_cannot_be_written_is_an_error_and_leaves_the_old_one(
    run: Any, shelf: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    run()
    before = state_path(shelf.folder, "qa.jsonl").read_bytes()

    def refuse(*arguments: object) -> None:
        raise OSError(28, "No space left on device", "index")

    monkeypatch.setattr("ragqa.files.os.replace", refuse)
    with pytest.raises(StorageError, match="No space"):
        run()
    assert state_path(shelf.folder, "qa.jsonl").read_bytes() == before
    assert list(shelf.folder.glob("*.tmp")) == []


def test_the_state_survives_another_ingest_and_goes_with_the_index(run: Any, manuals: Path, shelf: Index) -> None:
    run()
    rewrite(manuals, "fan.txt", "1,200", "1,300")
    assert state_path(shelf.folder, "qa.jsonl").is_file()
    assert RagQA("shelf").verify() == []
    assert json.loads(state_path(shelf.folder, "qa.jsonl").read_text())["reader"] == "fake"
    RagQA("shelf").remove()
    assert not shelf.folder.exists()
