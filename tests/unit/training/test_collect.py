from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from answering_samples import CountingPointer

from ragqa.answering.asker import FIRST_PASSAGES, Asker
from ragqa.answering.choose import CANDIDATES
from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.spans import Reading
from ragqa.answering.windows import Passage
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.training.calibrate import FEATURES, best_span, fit_served
from ragqa.training.collect import Collected, collect, collected
from ragqa.types import Document, QAPair

MANY = IngestSettings(chunk_tokens=17, chunk_overlap=4, heading_tokens=12)
"""Chunks so short that the two manuals are more passages than are read at first."""
PAIRS = [
    QAPair("How long does the warranty last?", ("30 months",)),
    QAPair("How many watts does the lamp draw?", ("8 watts",)),
    QAPair("How do I descale the kettle?", ("Boil it twice.",)),
    QAPair("How much does the kettle weigh?", ("900 g",)),
    QAPair("What does E-24 mean?", ("The lid is open",)),
    QAPair("What burns my hands?", ("The steam",)),
    QAPair("Who painted the warranty?"),
    QAPair("?!"),
]
MARGINS = {
    "30 months": 4.0, "8 watts": 3.0, "twice": 2.0, "Boil": 2.5, "900 g": 1.0, "The lid is open": 0.5, "steam": 1.5, "K1": -1.0,
    "the day": 0.1, "water": -2.0, "1.7 litres": 2.2,
}  # fmt: skip
CALIBRATIONS = [
    Calibration(),
    Calibration(margin=1.0, slope=1.0, bias=-1.0),
    Calibration(margin=0.2, dense=8.0, lexical=0.2, near=0.9, slope=0.05, null=0.1, best=0.18, lead=1.6, bias=0.2),
    Calibration(margin=0.1, near=6.0, slope=0.5, null=-0.8, lead=0.4, bias=1.0),
]


@pytest.fixture
def index(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp, settings=MANY)


def asker_of(index: Index, embedder: Any, calibration: Calibration, join_blocks: bool = False, decisive: float = 0.6) -> Asker:
    reader = CountingPointer(MARGINS, calibration=calibration, join_blocks=join_blocks)
    return Asker(index, embedder, AskSettings(decisive=decisive), reader, 0.5)


def promised(one: Collected, calibration: Calibration) -> float:
    """The confidence that calibration sees in a case: that of nothing is 0."""
    case = one.served(calibration)
    return best_span(case, calibration)[0] if len(case.right) else 0.0


@pytest.mark.parametrize("join_blocks", [False, True])
@pytest.mark.parametrize("calibration", CALIBRATIONS)
def test_what_a_calibration_is_told_is_what_ask_says_with_it(
    calibration: Calibration, join_blocks: bool, index: Index, embedder: Any
) -> None:
    """For every question, whichever stage decides; though the cases were collected with another calibration."""
    cases = collect(asker_of(index, embedder, Calibration(), join_blocks), PAIRS)
    asker = asker_of(index, embedder, calibration, join_blocks)
    passages = set()
    for pair, one in zip(PAIRS, cases, strict=True):
        response, weighed = asker.ask(pair.question), one.weighed(calibration)
        said = response[0].confidence if len(response) else 0.0
        assert promised(one, calibration) == pytest.approx(said, abs=1e-12)
        assert weighed.confidences[:3] == tuple(answer.confidence for answer in response)
        assert [candidate.place for candidate in weighed.candidates[:3]] == [
            (answer.document_id, answer.start, answer.end) for answer in response
        ]
        passages.add(weighed.passages)
    assert len(passages) > 1  # some questions end with the first passages, others do not


def test_readings_of_all_passages_promise_something_else(index: Index, embedder: Any) -> None:
    """What was fitted before: it is not what is served, so it cannot be what is promised."""
    calibration = CALIBRATIONS[2]
    staged, whole = (collect(asker_of(index, embedder, calibration, decisive=one), PAIRS) for one in (0.6, 1.0))
    differences = [promised(one, calibration) - promised(other, calibration) for one, other in zip(staged, whole, strict=True)]
    assert max(map(abs, differences)) > 0.01


def test_a_fit_serves_what_it_was_fitted_on(index: Index, embedder: Any) -> None:
    base = CALIBRATIONS[2]
    cases = [one for one in collect(asker_of(index, embedder, base), PAIRS) if len(one.served(base).right)]
    found = fit_served(cases, base)
    asker = asker_of(index, embedder, found)
    for pair, one in zip([pair for pair in PAIRS if pair.question != "?!"], cases, strict=True):
        assert promised(one, found) == pytest.approx(asker.ask(pair.question)[0].confidence, abs=1e-12)


def test_nothing_is_read_from_the_index_after_collecting(index: Index, embedder: Any) -> None:
    cases = collect(asker_of(index, embedder, Calibration(), join_blocks=True), PAIRS)
    before = [one.served(CALIBRATIONS[1]) for one in cases]
    index.close()
    after = [one.served(CALIBRATIONS[1]) for one in cases]
    assert [one.right.tolist() for one in before] == [one.right.tolist() for one in after]


def test_every_stage_is_read_whatever_the_calibration_at_hand_says(index: Index, embedder: Any) -> None:
    asker = asker_of(index, embedder, Calibration(margin=1.0, slope=1.0, bias=50.0))
    (one,) = collect(asker, PAIRS[:1])
    assert one.weighed(asker.reader.settings.calibration).passages == FIRST_PASSAGES
    assert [stage.passages for stage in one.stages] == [FIRST_PASSAGES, len(asker.retrieve(PAIRS[0].question))]


def test_collected_cases_hold_what_the_reader_saw(
    make_index: Callable[..., Index], kettle: Document, lamp: Document, embedder: Any, fake_models: Any
) -> None:
    index, told = make_index(kettle, lamp), list[int]()
    pairs = [
        QAPair("How long does the warranty last?", ("The warranty lasts 30 months from the day of purchase.",)),
        QAPair("Who painted the warranty?"),
    ]
    asker = Asker(index, embedder, AskSettings(), fake_models[1], 0.5)
    cases = [one.served(fake_models[1].settings.calibration) for one in collect(asker, pairs, told.append)]
    assert told == [1, 2]
    assert len(collect(asker, pairs, told.append, lambda: len(told) == 3)) == 1
    for case in cases:
        assert case.features.shape == (len(case.right), len(FEATURES)) and 0 < len(case.right) <= CANDIDATES and case.weight == 1
    assert cases[0].right[0] and not cases[0].right[1:].any()
    assert not cases[1].right.any()
    assert (cases[0].features[:, FEATURES.index("null")] == -1.0).all()


def test_no_passages_are_a_case_without_spans(make_index: Callable[..., Index], kettle: Document, fake_models: Any) -> None:
    asker = Asker(make_index(kettle), fake_models[0], AskSettings(), fake_models[1], 0.5)
    case = collected(asker, QAPair("What?"), [], weight=0.5).served(Calibration())
    assert case.features.shape == (0, len(FEATURES)) and case.right.shape == (0,) and case.weight == 0.5


def test_the_answer_of_another_manual_is_wrong(index: Index, embedder: Any) -> None:
    asker, (pair, *_) = asker_of(index, embedder, Calibration()), PAIRS
    asked = [pair, replace(pair, document="lamp.html"), replace(pair, document="kettle.md"), replace(pair, document="fan.txt")]
    given = [any(one.right.values()) for one in collect(asker, asked)]
    assert given == [True, True, False, True]  # a document that the index lacks tells nothing


@pytest.mark.parametrize(("long_answers", "whole"), [(True, True), (False, False)])
def test_a_case_is_judged_by_the_answer_that_would_be_given(
    make_index: Callable[..., Index], lamp: Document, embedder: Any, fake_models: Any, long_answers: bool, whole: bool
) -> None:
    class Short:
        """Finds the beginnings of what the other one finds."""

        name, settings = "short", ReaderSettings(join_blocks=long_answers)

        def read(self, question: str, passages: Sequence[Passage]) -> Reading:
            reading = fake_models[1].read(question, passages)
            begun = [replace(span, end=span.start + (span.end - span.start) // 2) for span in reading.spans]
            return replace(reading, spans=tuple(begun))

    pair = QAPair("How long does the warranty last?", ("The warranty lasts 30 months from the day of purchase.",))
    (one,) = collect(Asker(make_index(lamp), embedder, AskSettings(), Short(), 0.5), [pair])
    case = one.served(Calibration())
    assert bool(case.right[0]) is whole
