"""Logits to spans: the best ones of every window, scored so that they compare across passages."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ragqa.answering.windows import Windows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPANS_PER_WINDOW = 5
"""Best spans that are kept of a window."""

PLACES_PER_WINDOW = 5
"""Places of a window of which at least the best span is kept: the best spans alone are often one place, cut in five ways."""


@dataclass(frozen=True, slots=True)
class SpanScore:
    """A candidate span of a passage: character offsets into the passage's text, and how much it beats "no answer" there.

    `margin` = start logit + end logit − those of the null token of the same window. A window's logits are only defined up to a
    constant, their differences are not: margins compare across passages, where probabilities after a per-passage softmax do not.
    `second` is what a second reader says of it, where there are two: its margin for a span there. `alone` is its margin where
    nothing but its own lines is read, where that was done (see `ragqa.answering.second_look`).
    """

    passage: int
    start: int
    end: int
    margin: float
    second: float = 0.0
    alone: float = 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: the best spans of every passage, and `null`, the log-probability that no passage answers.

    The null score is one for the question: windows are taken as independent, so their null log-probabilities add up.
    """

    spans: tuple[SpanScore, ...]
    null: float

    def joined(self, later: Reading, passages: int) -> Reading:
        """This reading, of so many passages, and that of those after them."""
        moved = [replace(span, passage=span.passage + passages) for span in later.spans]
        return Reading(tuple(sorted((*self.spans, *moved), key=lambda span: -span.margin)), self.null + later.null)


def decode(
    windows: Windows,
    start_logits: NDArray[np.float32],
    end_logits: NDArray[np.float32],
    max_answer_tokens: int,
    spans_per_window: int = SPANS_PER_WINDOW,
) -> Reading:
    """The best spans of every window and those of its best places, which do not overlap, none longer than `max_answer_tokens`;
    and the question's null score."""
    import numpy as np

    rows = np.arange(len(windows.passage))
    null = start_logits[rows, windows.null] + end_logits[rows, windows.null]
    start = np.where(windows.in_passage, start_logits, -np.inf)
    end = np.where(windows.in_passage, end_logits, -np.inf)
    tokens = start.shape[1]
    ordered = np.triu(np.tril(np.ones((tokens, tokens), dtype=bool), max_answer_tokens - 1))
    spans: list[SpanScore] = []
    null_log_probability = 0.0
    for row in rows:
        allowed = ordered & (windows.segment[row][:, None] == windows.segment[row][None, :])
        scores = np.where(allowed, start[row][:, None] + end[row][None, :], -np.inf) - null[row]
        finite = np.isfinite(scores)
        if not finite.any():
            continue
        null_log_probability -= float(np.logaddexp(0.0, _log_sum(scores[finite])))
        best = _best(scores, min(spans_per_window, int(finite.sum())))
        for first, last, margin in {*best, *_places(scores)}:
            passage, start_of, end_of = windows.passage[row], windows.starts[row, first], windows.ends[row, last]
            spans.append(SpanScore(int(passage), int(start_of), int(end_of), margin))
    return Reading(tuple(sorted(spans, key=lambda span: -span.margin)), null_log_probability)


def _best(scores: NDArray[np.float32], count: int) -> list[tuple[int, int, float]]:
    """The best `count` spans, in no order: first token, last token and score; the shape of `scores` is (tokens, tokens)."""
    flat = scores.ravel()
    found = (divmod(int(position), len(scores)) for position in (-flat).argpartition(count - 1)[:count])
    return [(first, last, float(scores[first, last])) for first, last in found]


def _places(scores: NDArray[np.float32]) -> Iterator[tuple[int, int, float]]:
    """The best span, the best that does not overlap it, and so on; `scores`, as those of `_best`, are used up."""
    for _ in range(PLACES_PER_WINDOW):
        first, last = divmod(int(scores.argmax()), len(scores))
        score = float(scores[first, last])
        if score == -math.inf:
            return
        yield first, last, score
        scores[: last + 1, first:] = -math.inf


def _log_sum(values: NDArray[np.float32]) -> float:
    import numpy as np

    largest = float(values.max())
    return largest + float(np.log(np.exp(values - largest).sum()))
