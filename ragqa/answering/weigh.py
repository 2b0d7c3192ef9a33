"""What was read to what is answered with: candidates weighed by a calibration, at the stage of the reading that decides."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ragqa.answering.choose import Manner, choose
from ragqa.answering.confidence import confidences
from ragqa.answering.rank import Candidate, rank
from ragqa.answering.reader_settings import Calibration


@dataclass(frozen=True, slots=True)
class Stage:
    """Every span found in the first `passages` passages of a question, not yet ranked."""

    passages: int
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A question's distinct answers, best first, how likely each is right (0..1), and how many passages were read for them."""

    candidates: tuple[Candidate, ...] = ()
    confidences: tuple[float, ...] = ()
    passages: int = 0

    def decides(self, decisive: float) -> bool:
        """Whether the best answer is sure enough that no more need be read."""
        return bool(self.confidences) and self.confidences[0] >= decisive


def weigh(stage: Stage, manner: Manner, calibration: Calibration) -> Weighed:
    """The distinct answers of a stage."""
    chosen = choose(rank(stage.candidates, calibration), manner)
    return Weighed(tuple(chosen), tuple(confidences(chosen, calibration)), stage.passages)


def serve(stages: Iterable[Stage], manner: Manner, calibration: Calibration, decisive: float) -> Weighed:
    """What is answered with: the first stage whose best answer has the confidence `decisive` (0..1), else the last.

    A stage is asked for when it is needed, so that an iterator of them reads no further than that. It is the same function that
    serves a question and that tells a calibration, while it is fitted, what it would have served.
    """
    weighed = Weighed()
    for stage in stages:
        weighed = weigh(stage, manner, calibration)
        if weighed.decides(decisive):
            break
    return weighed
