from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from ragqa.cli import terminal
from ragqa.cli.show_training import print_finetuned, print_mining, print_plan, training_display
from ragqa.display_reports import evaluation_line
from ragqa.evaluation.bootstrap import Difference
from ragqa.evaluation.calibration import RiskLimit
from ragqa.training.finetune import Finetuned
from ragqa.training.material import Material, Plan
from ragqa.training.mining import MiningExample, MiningReport
from ragqa.types import Match, Progress, TrainStep

Captured = pytest.CaptureFixture[str]
HOSTILE = "\x1b[2J[red]\n\x07\u202e"
FUZZY = MiningExample("How hot?", "at 93 degrees", "at 93 °C", "kettle.md", 0.8125)
LOST = MiningExample("How loud?", "very", "", "", 0.0)
REPORT = MiningReport(
    questions=1200,
    aligned={Match.EXACT: 750, Match.NORMALISED: 200, Match.FUZZY: 49, Match.NONE: 1},
    unanswerable=200,
    missed=12,
    positives=1300,
    negatives=7000,
    examples={Match.EXACT: (), Match.NORMALISED: (), Match.FUZZY: (FUZZY,), Match.NONE: (LOST,)},
    notes=(f"2 documents are not in the index: {HOSTILE}",),
)
SCORES = {"loss": 0.4, "exact_match": 51.5, "f1": 66.6, "rouge_l": 60.0, "no_answer_accuracy": 75.0}
STEP = TrainStep(12, 48, 1.25, SCORES, 30.0, 90.0)


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 200)
    monkeypatch.setattr(terminal.ERR, "width", 200)


def finetuned(**values: Any) -> Finetuned:
    def report(f1: float) -> Any:
        groups = {"reading": {"f1": f1}, "with_abstention": {}, "no_answer": {"f1": None}, "calibration": {}}
        return SimpleNamespace(metrics=groups, index="shelf")

    comparison: Any = SimpleNamespace(
        before=report(0.5), after=report(0.75), verdict="shop is better than default.",
        differences={"f1": Difference(0.25, 0.1, 0.4, 0.99)},
    )  # fmt: skip
    given = {"replaced": "default", "limit": None, **values}
    return Finetuned("shop", Path("models/shop"), "default", 1000, 250, 48, 12, 0.75, comparison, 0.0421, **given)


def test_mining_is_counted_and_shown_by_example(capsys: Captured) -> None:
    print_mining(REPORT)
    captured = capsys.readouterr()
    assert captured.err == ""
    lines = captured.out.splitlines()
    assert lines[0] == "1,200 questions: 1,000 with an answer, 200 without."
    assert [line.split()[-3:] for line in lines[1:5]] == [
        ["750", "75", "%"], ["200", "20", "%"], ["49", "5", "%"], ["1", "0", "%"],
    ]  # fmt: skip
    assert "1,300 passages hold an answer, 7,000 retrieved ones do not." in lines
    assert "Of 12 questions retrieval did not find the passage; it was taken from the document." in lines
    assert "2 documents are not in the index: \\x1b[2J[red]\\n\\x07\\u202e." in lines
    first = lines.index("Found retyped or shortened, for example:")
    assert lines[first + 1 : first + 4] == [
        "  How hot?", "     given: at 93 degrees", "     found: at 93 °C  (kettle.md, similarity 0.81)",
    ]  # fmt: skip
    assert lines[-3:] == ["Not found: left out, for example:", "  How loud?", "     given: very"]


def test_what_there_is_nothing_of_is_not_shown(capsys: Captured) -> None:
    nothing = MiningReport(0, dict.fromkeys(Match, 0), 0, 0, 0, 0, dict.fromkeys(Match, ()))
    print_mining(nothing)
    out = capsys.readouterr().out
    assert "0 %" in out and "Of 0 questions" not in out and "for example" not in out


def test_long_texts_are_cut(capsys: Captured) -> None:
    example = replace(FUZZY, question="why " * 200)
    print_mining(replace(REPORT, examples={**REPORT.examples, Match.FUZZY: (example,)}))
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) < 200


def test_a_plan(capsys: Captured) -> None:
    material = Material(tuple(range(80)), tuple(range(20)), "abc")  # type: ignore[arg-type]
    print_plan(Plan(material, None))
    assert capsys.readouterr().out == "80 questions to train on, 20 to judge by.\nNothing was trained or written.\n"
    print_plan(Plan(material, REPORT))
    assert capsys.readouterr().out.startswith("1,200 questions: ")


def test_an_evaluation_in_words() -> None:
    assert evaluation_line(STEP) == (
        "step 12/48: loss 1.250, exact match 51.5, F1 66.6, ROUGE-L 60.0, no answer 75.0 % right, 90 s left"
    )
    assert evaluation_line(replace(STEP, left=600.0)).endswith("10 min left")


def test_a_trained_reader(capsys: Captured) -> None:
    print_finetuned(finetuned(limit=RiskLimit(0.05, 250, None)))
    captured = capsys.readouterr()
    assert "250 validation questions on index 'shelf', trained on 1,000" in captured.out
    (row,) = [line.split() for line in captured.out.splitlines() if line.startswith("F1")]
    assert row == ["F1", "50.0", "%", "75.0", "%", "+25.0", "+10.0", "to", "+40.0"]
    for text in (
        "shop is better than default.",
        "error 0.042; 75 % of the trained",
        "at most 5 % wrong",
        "Reader shop: models/shop",
    ):
        assert text in captured.out
    assert captured.err == "It answers for index 'shelf' from now on. Back: ragqa model use default --index shelf\n"


def test_a_reader_that_is_not_promoted(capsys: Captured) -> None:
    print_finetuned(finetuned(replaced=""))
    captured = capsys.readouterr()
    assert captured.err == "It does not answer yet. To change: ragqa model use shop --index shelf\n"
    assert "wrong answers" not in captured.out


def test_steps_go_to_stderr_a_line_for_each_evaluation(capsys: Captured) -> None:
    with training_display() as display:
        display.mined(REPORT)
        display.progress(Progress("mine", 1, 2, "How hot?", 1, 2))
        display.told(replace(STEP, scores={}))
        display.told(STEP)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("1,200 questions") and captured.err.endswith(f"{evaluation_line(STEP)}\n")
    assert captured.err.count("step 12/48") == 1


def test_quiet_says_nothing(capsys: Captured) -> None:
    with training_display(quiet=True) as display:
        display.mined(REPORT)
        display.progress(Progress("mine", 1, 2, "How hot?", 1, 2))
        display.told(STEP)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_has_a_bar(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    console = Console(stderr=True, force_terminal=True, width=160, highlight=False, markup=False)
    monkeypatch.setattr(terminal, "ERR", console)
    with training_display() as display:
        display.progress(Progress("calibrate", 3, 9, f"{HOSTILE}?", 3, 9))
        display.told(STEP)
    err = capsys.readouterr().err
    assert "12/48 steps, loss 1.25" in err and evaluation_line(STEP) in err
    assert "\x07" not in err and "\x1b[2J" not in err


def test_what_files_and_questions_say_is_data(capsys: Captured) -> None:
    example = MiningExample(HOSTILE, HOSTILE, HOSTILE, HOSTILE, 0.7)
    print_mining(replace(REPORT, examples=dict.fromkeys(Match, (example,))))
    print_finetuned(replace(finetuned(), name=HOSTILE, base=HOSTILE, folder=Path(f"models/{HOSTILE}")))
    print_finetuned(replace(finetuned(), name=HOSTILE, base=HOSTILE, replaced=""))
    captured = capsys.readouterr()
    written = captured.out + captured.err
    assert "\\x1b[2J[red]\\n\\x07\\u202e" in captured.out and not {"\x1b", "\x07", "\u202e"} & set(written)
    assert "[red]\n" not in written
