from __future__ import annotations

from collections.abc import Callable

from ragqa.evaluation.compare import compare


def test_a_better_reader_is_said_to_be(make_result: Callable, make_report: Callable) -> None:
    before = make_report([make_result("8") for _ in range(30)], reader="old")
    after = make_report([make_result("8 watts") for _ in range(30)], reader="new")
    comparison = compare(before, after)
    assert comparison.verdict.startswith("new is better than old: 33.3 points of F1 on 30 questions")
    assert set(comparison.differences) == {"f1", "exact_match", "rouge_l", "f1_with_abstention"}
    assert compare(after, before).verdict.startswith("new is better than old: 33.3 points")


def test_no_difference_is_said_to_be_none(make_result: Callable, make_report: Callable) -> None:
    before = make_report([make_result("8 watts"), make_result("no")] * 5, reader="old")
    after = make_report([make_result("no"), make_result("8 watts")] * 5, reader="new")
    assert compare(before, after).verdict.startswith("No difference is shown: on 10 questions new has an F1 of +0.0 points")


def test_the_verdict_owns_up_to_what_went_the_other_way(make_result: Callable, make_report: Callable) -> None:
    before = make_report([make_result("8") for _ in range(30)], reader="old")
    after = make_report([make_result("8 watts", answered=False) for _ in range(30)], reader="new")
    comparison = compare(before, after)
    assert comparison.differences["f1_with_abstention"].mean < 0
    assert comparison.verdict.endswith("But not by every measure: f1_with_abstention went the other way.")


def test_questions_without_an_answer_compare_abstentions_only(make_result: Callable, make_report: Callable) -> None:
    before, after = make_report([make_result("x", ())]), make_report([make_result("x", (), answered=False)])
    comparison = compare(before, after)
    assert list(comparison.differences) == ["f1_with_abstention"]
    assert comparison.differences["f1_with_abstention"].mean == 1
    assert "cannot be compared" in comparison.verdict


def test_only_what_both_asked_is_compared(make_result: Callable, make_report: Callable) -> None:
    comparison = compare(make_report([make_result()] * 3), make_report([make_result()]))
    assert "on 1 questions" in comparison.verdict


def test_there_is_no_verdict_on_nothing(make_result: Callable, make_report: Callable) -> None:
    comparison = compare(make_report([make_result()] * 3, interrupted=True), make_report([], interrupted=True))
    assert (comparison.verdict, comparison.differences) == ("", {})
