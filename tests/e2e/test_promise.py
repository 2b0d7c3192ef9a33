"""The confidence that calibration is fitted on is the one that `ask` gives, with the real models on the sample manuals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ragqa import RagQA
from ragqa.answering.asker import FIRST_PASSAGES, Asker
from ragqa.answering.reader_settings import Calibration
from ragqa.demo.tour import sample_pairs
from ragqa.training.calibrate import best_span, fit_served
from ragqa.training.collect import Collected, collect
from ragqa.types import QAPair

EVERY = 12


@pytest.fixture(scope="module")
def pairs() -> list[QAPair]:
    return list(sample_pairs()[::EVERY])


@pytest.fixture(scope="module")
def quick(demo: RagQA) -> RagQA:
    """With one reader, which reads a few passages first."""
    return demo.using(effort="fast")


@pytest.fixture(scope="module")
def cases(quick: RagQA, pairs: list[QAPair]) -> list[Collected]:
    return collect(quick.asker, pairs)


def promised(case: Collected, calibration: Calibration) -> float:
    served = case.served(calibration)
    return best_span(served, calibration)[0] if len(served.right) else 0.0


def asked(asker: Asker, pairs: list[QAPair]) -> list[float]:
    return [response[0].confidence if len(response) else 0.0 for response in (asker.ask(pair.question) for pair in pairs)]


def test_every_confidence_of_calibration_is_that_of_ask(quick: RagQA, pairs: list[QAPair], cases: list[Collected]) -> None:
    calibration = quick.reader.settings.calibration
    assert [promised(case, calibration) for case in cases] == pytest.approx(asked(quick.asker, pairs), abs=1e-9)
    stages = {case.weighed(calibration).passages for case in cases}
    assert min(stages) == FIRST_PASSAGES < max(stages)  # both ways of ending are among them


def test_so_it_is_with_two_readers(demo: RagQA, pairs: list[QAPair]) -> None:
    calibration, few = demo.reader.settings.calibration, pairs[::4]
    given = [promised(case, calibration) for case in collect(demo.asker, few)]
    assert given == pytest.approx(asked(demo.asker, few), abs=1e-9)


def test_so_it_is_with_the_calibration_that_was_fitted(quick: RagQA, pairs: list[QAPair], cases: list[Collected]) -> None:
    base = quick.reader.settings.calibration
    found = fit_served([case for case in cases if case.right], base)
    assert found != base

    class Fitted:
        name, settings = "fitted", replace(quick.reader.settings, calibration=found)
        read = quick.reader.read

    given = asked(quick.asker.reading_with(Fitted()), pairs)
    assert [promised(case, found) for case in cases] == pytest.approx(given, abs=1e-9)


def test_readings_of_all_passages_would_promise_too_little(quick: RagQA, pairs: list[QAPair], cases: list[Collected]) -> None:
    """As calibration was fitted before: some questions that end with the first passages are served surer than that."""
    calibration = quick.reader.settings.calibration
    whole = [promised(replace(case, decisive=1.0), calibration) for case in cases]
    assert max(given - one for given, one in zip(asked(quick.asker, pairs), whole, strict=True)) > 1e-4
