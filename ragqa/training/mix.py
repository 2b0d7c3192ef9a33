"""How much of the trained weights a reader should have: straight lines from the base's weights to the trained ones.

Fine-tuning on a small set forgets some of what the base knew; weights between the two often do better than either (WiSE-FT,
Wortsman et al. 2022). The share is chosen on validation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ragqa.answering.readers import TransformerReader
from ragqa.answering.spans import Reading
from ragqa.answering.windows import Passage
from ragqa.training.examples import Group
from ragqa.training.scores import score
from ragqa.training.train import Trained

SHARES = (1.0, 0.75, 0.5, 0.25)
"""Of the trained weights, the largest first: of equals, what was learnt is kept."""


def best_mix(
    trained: Trained, base: TransformerReader, validation: Sequence[Group], stop: Callable[[], bool] = lambda: False
) -> float | None:
    """Set the trained model's weights to the mix with the best validation F1, and return the share of the trained ones in it.

    `stop` is asked before each share; None when it was stopped, and the weights are of no use.
    """
    fresh = base.load_model().state_dict()
    learnt = {name: values.detach().clone() for name, values in trained.model.state_dict().items()}
    reader = TransformerReader.of(base.name, trained.model, trained.tokenizer, trained.settings)
    scores = {}
    for share in SHARES:
        if stop():
            return None
        _mix(trained.model, fresh, learnt, share)
        scores[share] = score(validation, [_read(reader, group) for group in validation])["f1"]
    best = max(SHARES, key=lambda share: scores[share])
    _mix(trained.model, fresh, learnt, best)
    return best


def _mix(model: Any, fresh: dict[str, Any], learnt: dict[str, Any], share: float) -> None:
    """share · learnt + (1 − share) · fresh, in place."""
    mixed = {
        name: values.lerp(fresh[name].to(values), 1 - share) if values.is_floating_point() else values
        for name, values in learnt.items()
    }
    model.load_state_dict(mixed)


def _read(reader: TransformerReader, group: Group) -> Reading:
    return reader.read(group.question, [Passage(one.context, one.headings, one.segments) for one in group.retrieved])
