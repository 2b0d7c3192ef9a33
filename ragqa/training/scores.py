"""What a reader scores on groups of retrieved passages: the best span over all of them, as at query time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from ragqa.answering.spans import Reading, decode
from ragqa.evaluation.metrics import exact_match, f1, rouge_l
from ragqa.training.examples import Group, Shape

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def scorer(groups: Sequence[Group], tokenizer: Any, shape: Shape, max_answer_tokens: int) -> Callable[[Any], dict[str, float]]:
    """A Trainer's compute_metrics. The predictions must be those of the groups' retrieved passages, in order."""

    def compute_metrics(prediction: Any) -> dict[str, float]:
        start_logits, end_logits = prediction.predictions
        return score(groups, read(groups, tokenizer, shape, max_answer_tokens, start_logits, end_logits))

    return compute_metrics


def read(
    groups: Sequence[Group],
    tokenizer: Any,
    shape: Shape,
    max_answer_tokens: int,
    start_logits: NDArray[np.float32],
    end_logits: NDArray[np.float32],
) -> list[Reading]:
    """The reading of each group from the logits of all their windows, of shape (windows, tokens), one after another."""
    readings, row = [], 0
    for group in groups:
        windows = shape.windows(tokenizer, group.question, group.retrieved)
        rows, width = slice(row, row + len(windows.passage)), windows.starts.shape[1]
        readings.append(decode(windows, start_logits[rows, :width], end_logits[rows, :width], max_answer_tokens))
        row += len(windows.passage)
    return readings


def score(groups: Sequence[Group], readings: Sequence[Reading]) -> dict[str, float]:
    """Means in percent: exact match, F1 and ROUGE-L of the best span over the answerable questions; and no-answer accuracy, the
    share of all questions where "the best span beats no answer" agrees with the question having one."""
    exact, overlap, rouge, agreed = [], [], [], []
    for group, reading in zip(groups, readings, strict=True):
        best = reading.spans[0] if reading.spans else None
        agreed.append(float((best is not None and best.margin > 0) == bool(group.answers)))
        if group.answers:
            found = "" if best is None else group.retrieved[best.passage].context[best.start : best.end]
            exact.append(exact_match(found, group.answers))
            overlap.append(f1(found, group.answers))
            rouge.append(rouge_l(found, group.answers)[2])
    means = {"exact_match": exact, "f1": overlap, "rouge_l": rouge, "no_answer_accuracy": agreed}
    return {name: 100 * fmean(values) if values else 0.0 for name, values in means.items()}
