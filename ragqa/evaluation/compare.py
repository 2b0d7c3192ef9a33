"""Two evaluations of the same questions to a verdict."""

from __future__ import annotations

from ragqa.evaluation.bootstrap import Difference, paired_difference
from ragqa.evaluation.metrics import f1
from ragqa.evaluation.results import Comparison, QuestionResult, Report


def compare(before: Report, after: Report, seed: int = 0) -> Comparison:
    """Pair the questions that both reports asked, and tell whether `after` is better.

    exact_match, f1 and rouge_l are over the questions that the manuals answer, best span against best span; f1_with_abstention is
    over all, an abstention being the empty answer. Figures that the questions do not allow are left out; without a question that
    both were asked, because they were stopped, there is no verdict either.
    """
    asked = list(zip(before.results, after.results, strict=False))
    answerable = [pair for pair in asked if pair[0].pair.answers]
    scores = {
        "f1": [(one.f1, other.f1) for one, other in answerable],
        "exact_match": [(one.exact, other.exact) for one, other in answerable],
        "rouge_l": [(one.rouge.f1, other.rouge.f1) for one, other in answerable],
        "f1_with_abstention": [(_given_f1(one), _given_f1(other)) for one, other in asked],
    }
    differences = {
        name: paired_difference([one for one, _ in values], [other for _, other in values], seed=seed)
        for name, values in scores.items()
        if values
    }
    verdict = _verdict(before.reader, after.reader, differences, len(answerable)) if asked else ""
    return Comparison(before, after, differences, verdict)


def _given_f1(result: QuestionResult) -> float:
    return f1(result.predicted if result.answered else "", result.pair.answers)


def _verdict(before: str, after: str, differences: dict[str, Difference], questions: int) -> str:
    """The F1 decides; the other figures say whether they agree."""
    if "f1" not in differences:
        return "No question has an answer in the manuals: reading cannot be compared."
    difference = differences["f1"]
    if not difference.shown:
        return (
            f"No difference is shown: on {questions} questions {after} has an F1 of {100 * difference.mean:+.1f} points against "
            f"{before}, and anything from {100 * difference.low:+.1f} to {100 * difference.high:+.1f} fits the data."
        )
    better, worse = (after, before) if difference.mean > 0 else (before, after)
    low, high = sorted((abs(difference.low), abs(difference.high)))
    verdict = (
        f"{better} is better than {worse}: {100 * abs(difference.mean):.1f} points of F1 on {questions} questions "
        f"(95 % interval {100 * low:.1f} to {100 * high:.1f})."
    )
    against = [name for name, other in differences.items() if other.shown and (other.mean > 0) != (difference.mean > 0)]
    return f"{verdict} But not by every measure: {', '.join(against)} went the other way." if against else verdict
