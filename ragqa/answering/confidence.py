"""Scores to probabilities: how likely each of a question's distinct candidates is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragqa.answering.rank import Candidate
from ragqa.answering.reader_settings import Calibration

SHARPNESS = 0.5
"""The power to which the odds of a question's candidates are raised for the share that one after the first has: so as many of the
second and of the third answers are right as their confidences say. On 2,400 questions about held-out manuals their calibration
error is .02 to .03, with either reader; without a share it was .35 and .39."""


def confidences(chosen: Sequence[Candidate], calibration: Calibration) -> list[float]:
    """The probability of being right, 0..1, of each of a question's distinct candidates, given best first.

    That of the first is what a calibration is fitted for: `ragqa.training.calibrate` does it, with the same features in arrays.
    One after it is hardly ever right where the first is surely so, nor where all are doubtful: it is no surer than its share of
    all their odds.
    """
    if not chosen:
        return []
    top, null = chosen[0].score, chosen[0].features["null"]
    lead = -math.log(sum(math.exp(candidate.score - top) for candidate in chosen))
    margin = max(candidate.features["margin"] for candidate in chosen)
    question = calibration.bias + calibration.null * null + calibration.best * margin + calibration.lead * lead
    logits = [calibration.slope * candidate.score + question for candidate in chosen]
    alone = [1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit)))) for logit in logits]
    odds = [math.exp(SHARPNESS * (candidate.score - top)) for candidate in chosen]
    return [alone[0], *(min(own, share / sum(odds)) for own, share in zip(alone[1:], odds[1:], strict=True))]
