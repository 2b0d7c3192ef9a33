"""The figures of many answers: one rule for every system, whatever it is built of, of what is right: that of `ragqa eval`.

Passages are looked at in the order in which they are read. The functions know no system and read no file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ragqa.evaluation.calibration import expected_calibration_error, risk_coverage
from ragqa.text.agreement import is_right, plain, stands_in

READ = 8
"""How many passages count as read."""

ACCURACY = 0.8
"""The share of right ones among what is answered, at which the coverage is told."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the texts that answer it (none where the manuals do not), and where: in a folder, or in one document."""

    question: str
    answers: tuple[str, ...]
    manual: str = ""
    document: str = ""
    kind: str = ""

    def is_about(self, document: str) -> bool:
        """Whether a document is the right one; any is where the question names none."""
        if self.manual:
            return document.startswith(f"{self.manual}/")
        return not self.document or document == self.document


@dataclass(frozen=True, slots=True)
class Said:
    """One answer of a system: its text, the document it is from, and its confidence, 0..1, where the system has one."""

    text: str
    document: str
    confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class Response:
    """What a system made of a question: whether it answers, its answers and the passages it read, both best first."""

    answered: bool
    answers: tuple[Said, ...]
    passages: tuple[str, ...] = ()


def holds(text: str, answer: str) -> bool:
    """Whether an answer stands in a text, word for word."""
    return stands_in(plain(text), plain(answer))


def figures(asked: Sequence[Asked], given: Sequence[Response], has_confidence: bool = True) -> dict[str, float | int]:
    """The figures of one system. Up to `answered` they are shares of the answerable questions; it is right though it abstains.

    `right of what is answered` counts all it answers, what no manual answers included. `has_confidence` adds how far confidence
    can be trusted, and the share of all questions that can be answered so that four of five answers are right.
    """
    both = list(zip(asked, given, strict=True))
    answerable = [pair for pair in both if pair[0].answers]
    others = [one for question, one in both if not question.answers]
    rights = [_right_within(question, one, 1) for question, one in both]
    refused = [not one.answered for one in others]
    silent = sum(not one.answered for _, one in answerable)
    said = [right for right, one in zip(rights, given, strict=True) if one.answered]
    result: dict[str, float | int] = {
        "questions": len(both),
        "answerable": len(answerable),
        "right at 1": _share(answerable, lambda question, one: _right_within(question, one, 1)),
        "right in the first 3": _share(answerable, lambda question, one: _right_within(question, one, 3)),
        "right in the right manual": _share(answerable, _right_there),
        "the passage is read": _share(answerable, _passage_read),
        "answered": _share(answerable, lambda _, one: one.answered),
        "right of what is answered": _ratio(sum(said), len(said)),
        "refusal recall": _ratio(sum(refused), len(others)),
        "refusal precision": _ratio(sum(refused), sum(refused) + silent),
    }
    if has_confidence:
        confidences = [one.answers[0].confidence if one.answers else 0.0 for one in given]
        curve = [point.coverage for point in risk_coverage(confidences, rights) if 1 - point.risk >= ACCURACY]
        result["calibration error"] = round(expected_calibration_error(confidences, rights), 4)
        result["coverage at 80 % right"] = round(max(curve, default=0.0), 4)
    return result


def by_kind(asked: Sequence[Asked], given: Sequence[Response]) -> dict[str, str]:
    """Of each kind of answerable question, how many are right in the right manual: "12/25"."""
    counts: dict[str, list[int]] = {}
    for question, one in zip(asked, given, strict=True):
        if question.answers and question.kind:
            count = counts.setdefault(question.kind, [0, 0])
            count[0] += _right_there(question, one)
            count[1] += 1
    return {kind: f"{right}/{all_of_it}" for kind, (right, all_of_it) in sorted(counts.items())}


def _right_within(question: Asked, one: Response, count: int) -> bool:
    return any(is_right(answer.text, question.answers) for answer in one.answers[:count])


def _right_there(question: Asked, one: Response) -> bool:
    return _right_within(question, one, 1) and question.is_about(one.answers[0].document)


def _passage_read(question: Asked, one: Response) -> bool:
    return any(holds(passage, answer) for passage in one.passages[:READ] for answer in question.answers)


def _share(pairs: Sequence[tuple[Asked, Response]], fits: Callable[[Asked, Response], bool]) -> float:
    return _ratio(sum(fits(question, one) for question, one in pairs), len(pairs))


def _ratio(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
