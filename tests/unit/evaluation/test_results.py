from __future__ import annotations

from collections.abc import Callable

from ragqa.evaluation.results import Outcome, worst


def test_right_is_the_answer_from_its_document_and_never_without_an_accepted_one(make_result: Callable) -> None:
    assert make_result("8 watts or so", ("8 watts",)).right
    assert make_result("8 watts or so", ("8 watts",), right_document=None).right
    assert not make_result("8 watts or so", ("8 watts",), right_document=False).right
    assert not make_result("9 watts", ("8 watts",)).right  # half of the words are the same
    assert not make_result("", ()).right


def test_the_worst_are_the_surest_wrong_answers(make_result: Callable) -> None:
    wrong = [make_result(confidence=value, outcome=Outcome.MISREAD) for value in (0.6, 0.95)]
    silent = make_result(confidence=0.4, answered=False, outcome=Outcome.NOT_RETRIEVED)
    good = [make_result(outcome=Outcome.RIGHT), make_result(outcome=Outcome.RIGHT_ABSTENTION, answered=False)]
    assert worst([silent, *good, *wrong], 10) == [wrong[1], wrong[0], silent]
    assert worst([silent, *good, *wrong], 1) == [wrong[1]]
    assert worst(good, 10) == []
