from __future__ import annotations

import random

import pytest

from ragqa.training.similarity import CONFLICT, MISSING_END, TYPO_SHARE, best_span, typo_of


def span_of(answer: str, text: str, missing_end: float = MISSING_END) -> tuple[str, float]:
    words = text.split()
    span = best_span(answer.split(), words, 0, len(words), lambda word: 1.0, missing_end)
    assert span is not None
    return " ".join(words[span.first : span.last + 1]), span.similarity


def test_the_same_words_are_wholly_similar() -> None:
    assert span_of("open the lid", "first open the lid slowly") == ("open the lid", 1.0)


def test_similarity_is_the_f1_of_the_words_shared_in_order() -> None:
    assert span_of("open the glass lid", "then open the lid now") == ("open the lid", pytest.approx(2 * 3 / (4 + 3)))


def test_nothing_shared_is_no_span() -> None:
    assert best_span(["lid"], ["pump", "valve"], 0, 2, lambda word: 1.0) is None


def test_the_span_stays_inside_its_range() -> None:
    words = ["lid", "open", "the", "lid", "open", "the", "lid"]
    span = best_span(["open", "the", "lid"], words, 3, 6, lambda word: 1.0)
    assert span is not None and (span.first, span.last) == (4, 5)


def test_stray_words_before_and_after_do_not_stretch_the_span() -> None:
    text = "the a b the c d when the lamp is red press it e f g red h i it"
    assert span_of("when the lamp is red press it", text) == ("when the lamp is red press it", 1.0)


def test_a_lacking_end_counts_more_than_a_lacking_beginning() -> None:
    answer = "a b c d e f g h"
    span, similarity = span_of(answer, "a b c d e f")
    assert (span, similarity) == ("a b c d e f", pytest.approx(12 / (8 + 6 + MISSING_END * 2)))
    assert span_of(answer, "c d e f g h")[1] == pytest.approx(12 / 14)
    assert span_of(answer, "a b c d e f", missing_end=0)[1] == pytest.approx(12 / 14)


def test_the_point_of_an_answer_is_preferred_to_its_introduction() -> None:
    text = "a b c d x1 x2 x3 x4 x5 x6 x7 x8 x9 y1 y2 y3 y4 y5 y6 y7 y8 y9 e f g"
    assert span_of("a b c d e f g", text)[0] == "e f g"
    assert span_of("a b c d e f g", text, missing_end=0)[0] == "a b c d"


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("set it to 5 bar at most", "set it to 9 bar at most"),
        ("do not open the lid now", "do open the lid now"),
        ("you may open the lid now", "you may never open the lid now"),
        ("open the lid now", "not open the lid now"),
        ("set it to 5", "set it to 9"),
    ],
)
def test_another_number_or_negation_is_a_conflict(answer: str, text: str) -> None:
    ours, theirs = answer.split(), text.split()
    shared = sum(word in theirs for word in ours)
    assert span_of(answer, text)[1] <= 2 * shared / (2 * shared + CONFLICT)


def test_a_number_that_only_one_side_gives_is_no_conflict() -> None:
    assert span_of("press the 2 red button", "press the red button")[1] == pytest.approx(2 * 4 / 9)


def test_a_negation_in_a_sentence_left_out_is_no_conflict() -> None:
    assert span_of("a b c d", "a b it is not available in all countries c d")[1] > 8 / (8 + CONFLICT)


def test_a_word_with_a_typo_is_nearly_shared() -> None:
    span, similarity = span_of("replace the seperator", "now replace the separator")
    assert (span, similarity) == ("replace the separator", pytest.approx(2 * (2 + TYPO_SHARE) / 6))


@pytest.mark.parametrize(
    ("word", "other", "close"),
    [
        ("seperator", "separator", True), ("descalling", "descaling", True), ("filters", "filter", True),
        ("lamp", "lamps", False),
        ("supported", "unsupported", False), ("inlet", "outlet", False), ("internal", "external", False),
        ("e24ab", "e25ab", False),
        ("minimum", "maximum", False), ("enable", "disable", False),
    ],
)  # fmt: skip
def test_typos_are_told_from_other_words(word: str, other: str, close: bool) -> None:
    assert typo_of(word, [other, "pump"]) == (other if close else None)


def test_few_spans_are_better() -> None:
    """Against every span of small texts: most of the spans found have the best F1 of any, none is far from it."""
    dice = random.Random(5)
    found = []
    for _ in range(300):
        answer = dice.sample("abcdefgh", dice.randint(2, 6))
        words = [dice.choice("abcdefghxyz") for _ in range(dice.randint(3, 14))]
        span = best_span(answer, words, 0, len(words), lambda word: 1.0, missing_end=0)
        best = max(f1(answer, words[i:j]) for i in range(len(words)) for j in range(i + 1, len(words) + 1))
        if span is None:
            assert best == 0
        else:
            assert span.similarity <= f1(answer, words[span.first : span.last + 1]) + 1e-9
            assert span.similarity >= 0.6 * best
            found.append(span.similarity > best - 1e-9)
    assert sum(found) > 0.8 * len(found)


def f1(answer: list[str], words: list[str]) -> float:
    row = [0] * (len(words) + 1)
    for word in answer:
        row, old = [0], row
        for place, other in enumerate(words):
            row.append(old[place] + 1 if word == other else max(row[-1], old[place + 1]))
    return 2 * row[-1] / (len(answer) + len(words))
