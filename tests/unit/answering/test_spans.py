from __future__ import annotations

import math

import numpy as np
import pytest

from ragqa.answering.spans import Reading, SpanScore, decode
from ragqa.answering.windows import Windows


def spans_of(reading: Reading) -> list[tuple[int, int, int]]:
    return [(span.passage, span.start, span.end) for span in reading.spans]


def windows_of(count: int, tokens: int, segments: list[int] | None = None) -> Windows:
    """Windows whose token 0 is the null token, 1 the question's, and each other one a character of the passage."""
    starts = np.tile(np.arange(tokens) - 2, (count, 1))
    in_passage = np.tile(np.arange(tokens) >= 2, (count, 1))
    segment = np.tile(np.array(segments or [0] * tokens), (count, 1))
    return Windows({}, np.arange(count), starts, starts + 1, in_passage, segment, np.zeros(count, dtype=np.int64))


@pytest.fixture
def logits() -> tuple[np.ndarray, np.ndarray]:
    dice = np.random.default_rng(3)
    return dice.normal(size=(3, 12)).astype(np.float32), dice.normal(size=(3, 12)).astype(np.float32)


def test_margin_is_start_plus_end_less_those_of_the_null_token(logits: tuple[np.ndarray, np.ndarray]) -> None:
    start, end = logits
    reading = decode(windows_of(3, 12), start, end, 4)
    assert len(reading.spans) >= 15
    for span in reading.spans:
        row, first, last = span.passage, span.start + 2, span.end + 1
        assert span.margin == pytest.approx(start[row, first] + end[row, last] - start[row, 0] - end[row, 0], abs=1e-5)


def test_the_best_spans_are_those_of_a_search_over_all(logits: tuple[np.ndarray, np.ndarray]) -> None:
    start, end = logits
    reading = decode(windows_of(3, 12), start, end, 4)
    for row in range(3):
        every = sorted(
            (
                float(start[row, i] + end[row, j] - start[row, 0] - end[row, 0])
                for i in range(2, 12)
                for j in range(i, min(i + 4, 12))
            ),
            reverse=True,
        )
        found = [span.margin for span in reading.spans if span.passage == row]
        assert found[:5] == pytest.approx(every[:5], abs=1e-5)


def test_beside_the_best_spans_stands_the_best_of_each_further_place() -> None:
    start, end = np.full((1, 40), -9.0, dtype=np.float32), np.full((1, 40), -9.0, dtype=np.float32)
    start[0, 4:8], end[0, 5:9] = 8.0, 8.0  # a place with many good spans, and three that are worse than all of them
    start[0, 4] = end[0, 8] = 9.0
    for place, score in ((15, 3.0), (22, 1.0), (30, 2.0)):
        start[0, place] = end[0, place + 1] = score
    reading = decode(windows_of(1, 40), start, end, 6)
    apart = [(span.start + 2, span.end + 1) for span in reading.spans if span.start + 2 > 9]
    assert apart[:3] == [(15, 16), (30, 31), (22, 23)]
    assert len({(span.passage, span.start, span.end) for span in reading.spans}) == len(reading.spans)


def test_null_is_the_log_probability_that_no_window_answers(logits: tuple[np.ndarray, np.ndarray]) -> None:
    start, end = logits
    expected = 0.0
    for row in range(3):
        spans = [start[row, i] + end[row, j] for i in range(2, 12) for j in range(i, min(i + 4, 12))]
        nothing = math.exp(start[row, 0] + end[row, 0])
        expected += math.log(nothing / (nothing + sum(math.exp(score) for score in spans)))
    assert decode(windows_of(3, 12), start, end, 4).null == pytest.approx(expected, abs=1e-4)


def test_a_constant_on_all_logits_of_a_window_changes_nothing(logits: tuple[np.ndarray, np.ndarray]) -> None:
    start, end = logits
    before = decode(windows_of(3, 12), start, end, 4)
    shifted_start, shifted_end = start.copy(), end.copy()
    shifted_start[1] += 25.0
    shifted_end[2] -= 13.0
    after = decode(windows_of(3, 12), shifted_start, shifted_end, 4)
    assert spans_of(after) == spans_of(before)
    assert [span.margin for span in after.spans] == pytest.approx([span.margin for span in before.spans], abs=1e-4)
    assert after.null == pytest.approx(before.null, abs=1e-4)


def test_spans_do_not_join_segments() -> None:
    start, end = np.zeros((1, 8), dtype=np.float32), np.zeros((1, 8), dtype=np.float32)
    start[0, 4], end[0, 5] = 9.0, 9.0  # the best pair of tokens lies across the border
    segments = [-1, -1, 0, 0, 0, 1, 1, 1]
    reading = decode(windows_of(1, 8, segments), start, end, 8)
    for span in reading.spans:
        assert segments[span.start + 2] == segments[span.end + 1]
    assert reading.spans[0].margin == 9.0


def test_a_span_never_ends_before_it_starts() -> None:
    start, end = np.zeros((1, 8), dtype=np.float32), np.zeros((1, 8), dtype=np.float32)
    start[0, 6], end[0, 3] = 9.0, 9.0
    assert all(span.start < span.end for span in decode(windows_of(1, 8), start, end, 8).spans)


def test_windows_without_usable_tokens_say_nothing() -> None:
    windows = windows_of(2, 8)
    windows.in_passage[0] = False
    reading = decode(windows, np.zeros((2, 8), dtype=np.float32), np.zeros((2, 8), dtype=np.float32), 8)
    assert {span.passage for span in reading.spans} == {1}


def test_few_candidates_are_all_given() -> None:
    reading = decode(windows_of(1, 3), np.zeros((1, 3), dtype=np.float32), np.zeros((1, 3), dtype=np.float32), 8)
    assert reading.spans == (SpanScore(0, 0, 1, 0.0),)
    assert reading.null == pytest.approx(math.log(0.5))
