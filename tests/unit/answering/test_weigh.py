from __future__ import annotations

from collections.abc import Iterator

import pytest
from answering_samples import a_hit

from ragqa.answering.choose import Manner
from ragqa.answering.rank import Candidate
from ragqa.answering.reader_settings import Calibration
from ragqa.answering.weigh import Stage, Weighed, serve, weigh

PLAIN = Calibration(margin=1.0, slope=1.0)
"""With it a lone candidate's confidence is the logistic function of its margin."""


def stage(passages: int, *margins: float) -> Stage:
    features = {"null": -1.0, "dense": 0.0, "lexical": 0.0, "near": 0.0, "second": 0.0, "alone": 0.0, "length": 0.0}
    hit = a_hit("0123456789" * 4)
    return Stage(
        passages, tuple(Candidate(hit, 10 * at, 10 * at + 5, {**features, "margin": one}) for at, one in enumerate(margins))
    )


def test_weighing_ranks_and_gives_confidence() -> None:
    weighed = weigh(stage(3, -1.0, 2.0), Manner(), PLAIN)
    assert [candidate.start for candidate in weighed.candidates] == [10, 0] and weighed.passages == 3
    assert weighed.confidences[0] > weighed.confidences[1]


@pytest.mark.parametrize(("decisive", "passages"), [(0.5, 3), (0.9, 8), (1.0, 8)])
def test_the_first_stage_that_decides_is_served_and_no_further_one_asked_for(decisive: float, passages: int) -> None:
    asked: list[int] = []

    def stages() -> Iterator[Stage]:
        for one in (stage(3, 1.0), stage(8, 1.0, 0.5)):
            asked.append(one.passages)
            yield one

    assert serve(stages(), Manner(), PLAIN, decisive).passages == passages == asked[-1]


def test_no_spans_never_decide() -> None:
    assert serve([stage(3), stage(8, -5.0)], Manner(), PLAIN, 0.0).passages == 8
    assert serve([], Manner(), PLAIN, 0.0) == Weighed()
