"""Scores to probabilities: how likely each of a question's distinct candidates is right."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ragqa.answering.rank import Candidate
from ragqa.answering.reader_settings import Calibration


def confidences(chosen: Sequence[Candidate], calibration: Calibration) -> list[float]:
    """The probability of being right, 0..1, of each of a question's distinct candidates, given best first.

    `ragqa.training.calibrate` fits the calibration, with the same features in arrays.
    """
    if not chosen:
        return []
    top, null = chosen[0].score, chosen[0].features["null"]
    lead = -math.log(sum(math.exp(candidate.score - top) for candidate in chosen))
    margin = max(candidate.features["margin"] for candidate in chosen)
    question = calibration.bias + calibration.null * null + calibration.best * margin + calibration.lead * lead
    logits = [calibration.slope * candidate.score + question for candidate in chosen]
    return [1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, logit)))) for logit in logits]
