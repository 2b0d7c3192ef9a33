from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ragqa.answering.spans import Reading, SpanScore
from ragqa.training.examples import Group, Shape
from ragqa.training.scores import read, score, scorer

MakeGroup = Callable[..., Group]
SHAPE = Shape(window_tokens=64, stride=16)
LONG = " ".join(f"Step {number}: press MENU for {number} seconds." for number in range(20))


def reading(group: Group, *spans: tuple[int, str, float]) -> Reading:
    """A reading of these spans: number of the retrieved passage, text, margin."""
    places = []
    for passage, text, margin in spans:
        start = group.retrieved[passage].context.index(text)
        places.append(SpanScore(passage, start, start + len(text), margin))
    return Reading(tuple(places), -1.0)


@pytest.fixture
def groups(group: MakeGroup) -> list[Group]:
    return [
        group("How long?", {"It lasts 30 months in all.": "30 months"}, ("The lamp is red.",)),
        group("Which colour?", {"The lamp is red and blue.": "red and blue"}, ("It lasts.",)),
        group("How loud?", {}, ("It is small.",)),
        group("How big?", {}, ("It is red.",)),
    ]


def test_a_perfect_reader(groups: list[Group]) -> None:
    readings = [
        reading(groups[0], (0, "30 months", 2.0), (1, "red", 1.0)),
        reading(groups[1], (0, "red and blue", 0.1)),
        reading(groups[2], (0, "small", -1.0)),
        Reading((), 0.0),
    ]
    expected = {"exact_match": 100, "f1": 100, "rouge_l": 100, "no_answer_accuracy": 100}
    assert score(groups, readings) == pytest.approx(expected)


def test_means_over_the_questions_they_are_about(groups: list[Group]) -> None:
    """Half an answer; a wrong one from the other passage; "no answer" agreed to once right, three times wrong."""
    readings = [
        reading(groups[0], (0, "lasts 30 months", 2.0), (0, "30 months", 1.9)),
        reading(groups[1], (1, "It lasts", -0.5)),
        reading(groups[2], (0, "small", 0.5)),
        reading(groups[3], (0, "red", -0.5)),
    ]
    found = score(groups, readings)
    assert found["exact_match"] == 0
    assert found["f1"] == pytest.approx(100 * (0.8 + 0) / 2)
    assert found["rouge_l"] == pytest.approx(100 * (0.8 + 0) / 2)
    assert found["no_answer_accuracy"] == pytest.approx(100 * 2 / 4)


def test_a_margin_of_nothing_is_no_answer(groups: list[Group]) -> None:
    assert score(groups[2:3], [reading(groups[2], (0, "small", 0.0))])["no_answer_accuracy"] == 100
    assert score(groups[:1], [reading(groups[0], (0, "30 months", 0.0))])["no_answer_accuracy"] == 0


def test_no_reading_of_an_answerable_question_scores_nothing(groups: list[Group]) -> None:
    assert score(groups[:1], [Reading((), 0.0)]) == dict.fromkeys(("exact_match", "f1", "rouge_l", "no_answer_accuracy"), 0.0)


def test_the_best_accepted_answer_counts(group: MakeGroup) -> None:
    one = group("How long?", {"It lasts 30 months.": "30 months", "It lasts two and a half years.": "two and a half years"})
    assert score([one], [reading(one, (1, "two and a half years", 1.0))])["exact_match"] == 100


def test_unanswerable_questions_alone_have_no_f1(groups: list[Group]) -> None:
    assert score(groups[2:], [Reading((), 0.0)] * 2)["f1"] == 0 and score([], [])["no_answer_accuracy"] == 0


def made_up(groups: Sequence[Group], tokenizer: Any, wanted: dict[str, str | None]) -> tuple[np.ndarray, np.ndarray]:
    """Logits, padded as the Trainer pads, that give each question the wanted text, None: no answer."""
    parts = [SHAPE.windows(tokenizer, one.question, one.retrieved) for one in groups]
    rows, width = sum(len(part.passage) for part in parts), 16 + max(part.starts.shape[1] for part in parts)
    sides = np.full((2, rows, width), -100.0, dtype=np.float32)
    at = 0
    for one, part in zip(groups, parts, strict=True):
        for row, number in enumerate(part.passage):
            sides[:, at, : part.starts.shape[1]] = -9.0
            sides[:, at, part.null[row]] = 0.0
            text, context = wanted[one.question], one.retrieved[number].context
            start = context.find(text) if text else -1
            first = np.flatnonzero(part.in_passage[row] & (part.starts[row] == start))
            last = np.flatnonzero(part.in_passage[row] & (part.ends[row] == start + len(text or "")))
            if start >= 0 and len(first) and len(last):
                sides[0, at, first[0]] = sides[1, at, last[0]] = 5.0
            at += 1
    return sides[0], sides[1]


@pytest.fixture
def shelf(group: MakeGroup) -> list[Group]:
    """Groups of different size and length; one whose passages have no ranks, in the midst."""
    unranked = group("How many?", {"There are five of it.": "five"}, ("It is red.",))
    unranked = replace(
        unranked, **{side: tuple(replace(one, rank=0) for one in getattr(unranked, side)) for side in ("positives", "negatives")}
    )
    return [
        group("How long?", {LONG: "MENU for 17 seconds"}, ("The lamp is red.",)),
        unranked,
        group("Which colour?", {"The lamp is red.": "red"}, ("It lasts.", LONG)),
        group("How loud?", {}, ("It is small.",)),
    ]


def test_logits_become_the_spans_they_mean(shelf: list[Group], tokenizer: Any) -> None:
    wanted = {"How long?": "MENU for 17 seconds", "How many?": "five", "Which colour?": "red", "How loud?": None}
    readings = read(shelf, tokenizer, SHAPE, 30, *made_up(shelf, tokenizer, wanted))
    for one, found in zip(shelf, readings, strict=True):
        best = found.spans[0]
        text = one.retrieved[best.passage].context[best.start : best.end]
        assert (text if best.margin > 0 else None) == wanted[one.question]


def test_compute_metrics(shelf: list[Group], tokenizer: Any) -> None:
    wanted = {"How long?": "MENU for 17 seconds", "How many?": None, "Which colour?": "The lamp", "How loud?": "small"}
    compute = scorer(shelf, tokenizer, SHAPE, 30)
    found = compute(SimpleNamespace(predictions=made_up(shelf, tokenizer, wanted)))
    assert found["exact_match"] == pytest.approx(100 / 3) and found["no_answer_accuracy"] == pytest.approx(100 * 2 / 4)


def test_no_span_is_longer_than_the_reader_gives(shelf: list[Group], tokenizer: Any) -> None:
    wanted = {"How long?": "MENU for 17 seconds", "How many?": None, "Which colour?": "red", "How loud?": None}
    most = len(tokenizer("MENU for 17 seconds", add_special_tokens=False)["input_ids"]) - 1
    found = scorer(shelf, tokenizer, SHAPE, most)(SimpleNamespace(predictions=made_up(shelf, tokenizer, wanted)))
    assert found["exact_match"] == pytest.approx(100 / 3)
