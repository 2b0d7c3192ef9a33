"""Whether an answer is right, and the figures of many: one rule for every system, whatever it is built of.

A text is right when it holds an acceptable answer and is not much longer, or shares most words with it. Passages are looked at in
the order in which they are read. The functions know no system and read no file.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ragqa.evaluation.calibration import expected_calibration_error, risk_coverage

ENOUGH_F1 = 0.6
"""The share of words in common from which a text is the answer, though it does not hold it word for word."""

READ = 8
"""How many passages count as read."""

ACCURACY = 0.8
"""The share of right ones among what is answered, at which the coverage is told."""

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[a-z0-9_]+|[^\sa-z0-9_]")
_ALIKE = str.maketrans("‘’“”–—‐", "''\"\"---")
_OUTER = " \t.,;:()[]\"'`"


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


def plain(text: str) -> str:
    """In lower case, with one kind of quote, dash, arrow and space, and no punctuation around it."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("→", ">").replace("->", ">").translate(_ALIKE)
    return " ".join(folded.split()).strip(_OUTER)


def words(text: str) -> list[str]:
    return _WORD.findall(plain(text))


def tokens(text: str) -> list[str]:
    """The words of an answer and every sign between them."""
    return _TOKEN.findall(plain(text))


def shared(text: str, answer: str) -> float:
    """F1 of the words of both, counted as often as they occur; of the signs where there is no word."""
    one, other = words(text) or tokens(text), words(answer) or tokens(answer)
    common = sum((Counter(one) & Counter(other)).values())
    return 2 * common / (len(one) + len(other)) if common else 0.0


def holds(text: str, answer: str) -> bool:
    """Whether an answer stands in a text, from one token's beginning to another's end, or is it but for its spaces."""
    whole, part = tokens(text), tokens(answer)
    inside = any(whole[start : start + len(part)] == part for start in range(len(whole) - len(part) + 1))
    return inside or "".join(plain(text).split()) == "".join(plain(answer).split())


def is_right(text: str, answers: Sequence[str]) -> bool:
    """Whether a text answers as one of the answers does: it may be four times as long, or twelve words."""
    length = len(words(text))
    return any(
        (holds(text, answer) and length <= max(12, 4 * len(words(answer)))) or shared(text, answer) >= ENOUGH_F1
        for answer in answers
    )


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
