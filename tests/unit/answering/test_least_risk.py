"""Of ranked spans those are answered with that are likeliest right."""

from __future__ import annotations

import math
from collections.abc import Mapping

from answering_samples import a_hit

from ragqa.answering.least_risk import POOL, least_risk
from ragqa.answering.rank import Candidate
from ragqa.types import Hit

TEXT = (
    "Warranty\n\nThe lamp is guaranteed for 10 years from the date of purchase. Keep the receipt of your dealer.\n"
    "Batteries are not covered.\n\n1 Press the red knob\n2 Hold it for 5 s\n\nLamp | 12 V 5 W lamp | 10 years at most"
)


def spans_of(hit: Hit, odds: Mapping[str, float]) -> list[Candidate]:
    """A candidate for each text, with its odds, best first; their features tell them apart."""
    found = [(text, hit.chunk.text.index(text)) for text in sorted(odds, key=odds.__getitem__, reverse=True)]
    return [Candidate(hit, at, at + len(text), {"margin": odds[text]}, math.log(odds[text])) for text, at in found]


def texts(hit: Hit, odds: Mapping[str, float], count: int = 5) -> list[str]:
    return [hit.chunk.text[one.start : one.end] for one in least_risk(spans_of(hit, odds), count)]


def test_a_sure_span_stays_as_it_is() -> None:
    odds = {"10 years": 0.9, "10 years from the date of purchase": 0.1, "Batteries are not covered": 0.1}
    assert texts(a_hit(TEXT), odds) == ["10 years", "Batteries are not covered"]


def test_a_span_that_says_what_several_say_comes_before_one_that_is_a_little_likelier() -> None:
    whole = "The lamp is guaranteed for 10 years from the date of purchase"
    odds = {"Batteries are not covered": 0.4, "10 years": 0.35, "for 10 years from the date of purchase": 0.34, whole: 0.33}
    assert texts(a_hit(TEXT), odds)[1:] == ["Batteries are not covered"]
    assert "10 years" in texts(a_hit(TEXT), odds)[0]


def test_of_spans_that_say_the_same_it_is_the_one_that_is_nearest_to_all_of_them_in_words() -> None:
    whole = "The lamp is guaranteed for 10 years from the date of purchase"
    odds = {"Batteries are not covered": 0.4, "10 years": 0.35, "for 10 years": 0.34, "guaranteed for 10 years": 0.33, whole: 0.1}
    assert texts(a_hit(TEXT), odds)[0] == "for 10 years"


def test_the_same_words_of_another_manual_are_another_answer() -> None:
    here, there = a_hit(TEXT), a_hit(TEXT, document_id=2, chunk_id=2)
    ranked = [*spans_of(here, {"for 10 years": 0.5}), *spans_of(there, {"for 10 years": 0.49}), *spans_of(here, {"12 V": 0.1})]
    assert [one.hit.document_id for one in least_risk(ranked, 5)] == [1, 2, 1]


def test_answers_are_as_sure_as_they_are_ranked_and_no_two_overlap() -> None:
    numbers = [f"{number} of {number * 7} parts." for number in range(10, 40)]
    hit = a_hit(" | ".join(numbers))
    ranked = spans_of(hit, {text: 1 / (place + 2) for place, text in enumerate(numbers)})
    answers = least_risk(ranked, 20)
    assert len(answers) == 20 > POOL and answers[0].features == ranked[0].features
    assert [one.score for one in answers] == sorted((one.score for one in answers), reverse=True)
    assert not any(one.overlaps(other) for number, one in enumerate(answers) for other in answers[:number])
    assert least_risk([], 5) == []
