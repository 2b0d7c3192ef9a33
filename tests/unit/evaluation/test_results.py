from __future__ import annotations

from collections.abc import Callable

from ragqa.evaluation.results import Outcome, worst


def test_right_is_half_the_words_or_more_and_never_without_an_accepted_answer(make_result: Callable) -> None:
    assert make_result("8 watts or so", ("8 watts",)).right  # F1 2/3
    assert not make_result("8 kilograms of it all", ("8 watts",)).right
    assert make_result("8", ("8 watts maximum",)).f1 == 0.5 and make_result("8", ("8 watts maximum",)).right
    assert not make_result("", ()).right


def test_the_worst_are_the_surest_wrong_answers(make_result: Callable) -> None:
    wrong = [make_result(confidence=value, outcome=Outcome.MISREAD) for value in (0.6, 0.95)]
    silent = make_result(confidence=0.4, answered=False, outcome=Outcome.NOT_RETRIEVED)
    good = [make_result(outcome=Outcome.RIGHT), make_result(outcome=Outcome.RIGHT_ABSTENTION, answered=False)]
    assert worst([silent, *good, *wrong], 10) == [wrong[1], wrong[0], silent]
    assert worst([silent, *good, *wrong], 1) == [wrong[1]]
    assert worst(good, 10) == []
