from __future__ import annotations

from typing import Any

import pytest

from ragqa.answering.retrieve import Filters
from ragqa.config import AskSettings
from ragqa.engine import RagQA
from ragqa.evaluation.evaluate import Scope, ask_pair, evaluate, outcome_of
from ragqa.evaluation.results import Outcome, Report
from ragqa.indexing.index import Index
from ragqa.types import Progress, QAPair

WARRANTY = QAPair("How long does the warranty last?", ("30 months", "The warranty lasts 30 months."), document="lamp.html")
WATTS = QAPair("How many watts does the lamp draw?", ("8 watts",), document="lamp.html")
CHAPEL = QAPair("Who painted the ceiling of the chapel?")


def run(index: Index, embedder: Any, reader: Any, pairs: list[QAPair], threshold: float = 0.5, **options: Any) -> Report:
    settings = options.pop("settings", AskSettings())
    arguments = {"progress": lambda step: None, "stop": lambda: False, **options}
    return evaluate(index, embedder, reader, pairs, settings, threshold, **arguments)


@pytest.mark.parametrize(
    ("answers", "answered", "overlap", "in_reach", "right_document", "outcome"),
    [
        (("x",), True, 0.5, True, True, Outcome.RIGHT),
        (("x",), True, 1.0, False, False, Outcome.RIGHT),
        (("x",), True, 0.49, True, True, Outcome.MISREAD),
        (("x",), True, 0.0, True, None, Outcome.MISREAD),
        (("x",), True, 0.0, False, True, Outcome.NOT_RETRIEVED),
        (("x",), True, 0.0, True, False, Outcome.WRONG_MANUAL),
        (("x",), True, 0.0, False, False, Outcome.WRONG_MANUAL),
        (("x",), False, 1.0, False, True, Outcome.WRONG_ABSTENTION),
        (("x",), False, 0.0, True, False, Outcome.WRONG_ABSTENTION),
        (("x",), False, 0.0, False, True, Outcome.NOT_RETRIEVED),
        ((), True, 0.0, False, None, Outcome.WRONGLY_ANSWERED),
        ((), False, 1.0, False, None, Outcome.RIGHT_ABSTENTION),
    ],
)
def test_outcomes(
    answers: tuple[str, ...], answered: bool, overlap: float, in_reach: bool, right_document: bool | None, outcome: Outcome
) -> None:
    assert outcome_of(QAPair("?", answers), answered, overlap, in_reach, right_document) is outcome


def test_every_question_is_asked_as_ask_asks_it(shelf: Index, fake_models: Any) -> None:
    report = run(shelf, *fake_models, [WARRANTY, WATTS, CHAPEL])
    for result in report.results:
        response = RagQA("shelf").ask(result.pair.question)
        assert (result.predicted, result.document) == (response[0].text, response[0].document)
        assert (result.confidence, result.answered) == (response[0].confidence, response.answered)


def test_what_a_question_came_to(shelf: Index, fake_models: Any) -> None:
    warranty, watts, chapel = run(shelf, *fake_models, [WARRANTY, WATTS, CHAPEL]).results
    assert (warranty.exact, warranty.f1, warranty.outcome, warranty.gold_rank) == (1, 1, Outcome.RIGHT, 1)
    assert warranty.section == ("Lamp L2", "Warranty") and warranty.right_document is True
    assert watts.predicted == "The lamp draws 8 watts." and watts.exact == 0 and 0 < watts.f1 < 1
    assert (chapel.outcome, chapel.gold_rank, chapel.found_by) == (Outcome.RIGHT_ABSTENTION, None, None)


def test_the_threshold_decides_who_answers(shelf: Index, fake_models: Any) -> None:
    outcomes = [one.outcome for one in run(shelf, *fake_models, [WARRANTY, CHAPEL], threshold=0.0).results]
    assert outcomes == [Outcome.RIGHT, Outcome.WRONGLY_ANSWERED]
    outcomes = [one.outcome for one in run(shelf, *fake_models, [WARRANTY, CHAPEL], threshold=1.0).results]
    assert outcomes == [Outcome.WRONG_ABSTENTION, Outcome.RIGHT_ABSTENTION]


def test_only_the_first_top_k_are_read_but_twenty_are_looked_at(shelf: Index, fake_models: Any) -> None:
    hits, response, seconds = ask_pair(shelf, *fake_models, WARRANTY, AskSettings(top_k=2), 0.5, Scope(), 20)
    assert len(hits) > 2 and response.passages == tuple(hits[:2]) and seconds > 0
    hidden = QAPair("kettle litres vinegar boil", ("The fan turns at 1,200 rpm.",))
    (result,) = run(shelf, *fake_models, [hidden], settings=AskSettings(top_k=1)).results
    assert result.gold_rank is not None and result.gold_rank > 1
    assert result.outcome is Outcome.NOT_RETRIEVED


def test_a_question_without_words_is_not_answered(shelf: Index, fake_models: Any) -> None:
    (result,) = run(shelf, *fake_models, [QAPair("?!", ("8 watts",))], threshold=0.0).results
    assert (result.predicted, result.confidence, result.answered, result.document) == ("", 0.0, False, "")


def test_scopes() -> None:
    assert Scope().filters(WATTS) == Filters()
    assert Scope("*.pdf").filters(WATTS) == Filters("*.pdf")
    assert Scope(use_document=True).filters(WATTS) == Filters("lamp.html")
    assert Scope(use_document=True).filters(QAPair("?", document="a[1].md")) == Filters("a[[]1].md")
    assert Scope(use_document=True).filters(CHAPEL) == Filters()


def test_a_scope_leaves_other_documents_out(shelf: Index, fake_models: Any) -> None:
    fan = QAPair("How long does the warranty last?", ("30 months",), document="fan.txt")
    (result,) = run(shelf, *fake_models, [fan], threshold=0.0, scope=Scope(use_document=True)).results
    assert result.document == "fan.txt"


def test_the_report_tells_how_to_repeat_it(shelf: Index, fake_models: Any) -> None:
    report = run(shelf, *fake_models, [WARRANTY], settings=AskSettings(top_k=3))
    assert (report.reader, report.index, report.generation, report.threshold, report.top_k) == (
        "fake",
        "shelf",
        shelf.generation,
        0.5,
        3,
    )
    assert report.date.endswith("+00:00") and not report.interrupted and report.notes == ()


def test_documents_that_the_index_lacks_are_noted(shelf: Index, fake_models: Any) -> None:
    pairs = [QAPair("watts?", ("8",), document=f"missing{number}.pdf") for number in range(7)]
    (note,) = run(shelf, *fake_models, [WARRANTY, *pairs]).notes
    assert note.startswith("7 of 8 documents") and "missing4.pdf, …" in note and "missing5" not in note


def test_progress_and_stop(shelf: Index, fake_models: Any) -> None:
    steps: list[Progress] = []
    report = run(shelf, *fake_models, [WARRANTY, WATTS, CHAPEL], progress=steps.append, stop=lambda: len(steps) == 2)
    assert [(step.done, step.total, step.detail) for step in steps] == [(1, 3, WARRANTY.question), (2, 3, WATTS.question)]
    assert len(report.results) == 2 and report.interrupted
    assert run(shelf, *fake_models, [WARRANTY], stop=lambda: True).results == ()
