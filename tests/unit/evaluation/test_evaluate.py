from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.answering.asker import Asker
from ragqa.answering.retrieve import Filters
from ragqa.engine import RagQA
from ragqa.evaluation.evaluate import Scope, ask_pair, evaluate, outcome_of
from ragqa.evaluation.results import Outcome
from ragqa.indexing.index import Index
from ragqa.types import Progress, QAPair

WARRANTY = QAPair("How long does the warranty last?", ("30 months", "The warranty lasts 30 months."), document="lamp.html")
WATTS = QAPair("How many watts does the lamp draw?", ("8 watts",), document="lamp.html")
CHAPEL = QAPair("Who painted the ceiling of the chapel?")


Make = Callable[..., Asker]


@pytest.mark.parametrize(
    ("answers", "predicted", "answered", "in_reach", "right_document", "outcome"),
    [
        (("24 V",), "24 V", True, True, True, Outcome.RIGHT),
        (("24 V",), "24 V", True, False, None, Outcome.RIGHT),
        (("24 V",), "24 V", True, True, False, Outcome.WRONG_MANUAL),  # another machine's 24 V
        (("24 V",), "12 V", True, True, True, Outcome.MISREAD),
        (("24 V",), "", True, True, None, Outcome.MISREAD),
        (("24 V",), "12 V", True, False, True, Outcome.NOT_RETRIEVED),
        (("24 V",), "12 V", True, True, False, Outcome.WRONG_MANUAL),
        (("24 V",), "12 V", True, False, False, Outcome.WRONG_MANUAL),
        (("24 V",), "24 V", False, False, True, Outcome.WRONG_ABSTENTION),
        (("24 V",), "24 V", False, False, False, Outcome.NOT_RETRIEVED),
        (("24 V",), "12 V", False, True, False, Outcome.WRONG_ABSTENTION),
        (("24 V",), "12 V", False, False, True, Outcome.NOT_RETRIEVED),
        ((), "24 V", True, False, None, Outcome.WRONGLY_ANSWERED),
        ((), "24 V", False, False, None, Outcome.RIGHT_ABSTENTION),
    ],
)
def test_outcomes(
    answers: tuple[str, ...], predicted: str, answered: bool, in_reach: bool, right_document: bool | None, outcome: Outcome
) -> None:
    assert outcome_of(QAPair("?", answers), predicted, answered, in_reach, right_document) is outcome


def test_every_question_is_asked_as_ask_asks_it(asker_of: Make) -> None:
    report = evaluate(asker_of(), [WARRANTY, WATTS, CHAPEL])
    for result in report.results:
        response = RagQA("shelf").ask(result.pair.question)
        assert (result.predicted, result.document) == (response[0].text, response[0].document)
        assert (result.confidence, result.answered) == (response[0].confidence, response.answered)


def test_what_a_question_came_to(asker_of: Make) -> None:
    warranty, watts, chapel = evaluate(asker_of(), [WARRANTY, WATTS, CHAPEL]).results
    assert (warranty.exact, warranty.f1, warranty.outcome, warranty.gold_rank) == (1, 1, Outcome.RIGHT, 1)
    assert warranty.section == ("Lamp L2", "Warranty") and warranty.right_document is True
    assert watts.predicted == "The lamp draws 8 watts." and watts.exact == 0 and 0 < watts.f1 < 1
    assert (chapel.outcome, chapel.gold_rank, chapel.found_by) == (Outcome.RIGHT_ABSTENTION, None, None)


def test_the_threshold_decides_who_answers(asker_of: Make) -> None:
    outcomes = [one.outcome for one in evaluate(asker_of(0.0), [WARRANTY, CHAPEL]).results]
    assert outcomes == [Outcome.RIGHT, Outcome.WRONGLY_ANSWERED]
    outcomes = [one.outcome for one in evaluate(asker_of(1.0), [WARRANTY, CHAPEL]).results]
    assert outcomes == [Outcome.WRONG_ABSTENTION, Outcome.RIGHT_ABSTENTION]


def test_only_the_first_top_k_are_read_but_twenty_are_looked_at(asker_of: Make) -> None:
    hits, response, seconds = ask_pair(asker_of(top_k=2), WARRANTY, Scope())
    assert len(hits) > 2 and response.passages == tuple(hits[:2]) and seconds > 0
    hidden = QAPair("kettle litres vinegar boil", ("The fan turns at 1,200 rpm.",))
    (result,) = evaluate(asker_of(top_k=1), [hidden]).results
    assert result.gold_rank is not None and result.gold_rank > 1
    assert result.outcome is Outcome.NOT_RETRIEVED


def test_a_question_without_words_is_not_answered(asker_of: Make) -> None:
    (result,) = evaluate(asker_of(0.0), [QAPair("?!", ("8 watts",))]).results
    assert (result.predicted, result.confidence, result.answered, result.document) == ("", 0.0, False, "")


def test_scopes() -> None:
    assert Scope().filters(WATTS) == Filters()
    assert Scope("*.pdf").filters(WATTS) == Filters("*.pdf")
    assert Scope(use_document=True).filters(WATTS) == Filters("lamp.html")
    assert Scope(use_document=True).filters(QAPair("?", document="a[1].md")) == Filters("a[[]1].md")
    assert Scope(use_document=True).filters(CHAPEL) == Filters()


def test_a_scope_leaves_other_documents_out(asker_of: Make) -> None:
    fan = QAPair("How long does the warranty last?", ("30 months",), document="fan.txt")
    (result,) = evaluate(asker_of(0.0), [fan], scope=Scope(use_document=True)).results
    assert result.document == "fan.txt"


def test_the_report_tells_how_to_repeat_it(asker_of: Make, shelf: Index) -> None:
    report = evaluate(asker_of(top_k=3), [WARRANTY])
    assert (report.reader, report.index, report.generation, report.threshold, report.top_k) == (
        "fake",
        "shelf",
        shelf.generation,
        0.5,
        3,
    )
    assert report.date.endswith("+00:00") and not report.interrupted and report.notes == ()


def test_documents_that_the_index_lacks_are_noted(asker_of: Make) -> None:
    pairs = [QAPair("watts?", ("8",), document=f"missing{number}.pdf") for number in range(7)]
    (note,) = evaluate(asker_of(), [WARRANTY, *pairs]).notes
    assert note.startswith("7 of 8 documents") and "missing4.pdf, …" in note and "missing5" not in note


def test_progress_and_stop(asker_of: Make) -> None:
    steps: list[Progress] = []
    report = evaluate(asker_of(), [WARRANTY, WATTS, CHAPEL], progress=steps.append, stop=lambda: len(steps) == 2)
    assert [(step.done, step.total, step.detail) for step in steps] == [(1, 3, WARRANTY.question), (2, 3, WATTS.question)]
    assert len(report.results) == 2 and report.interrupted
    assert evaluate(asker_of(), [WARRANTY], stop=lambda: True).results == ()
