"""What training minimises: the negative log-likelihood of the answer's first and last token.

A window's logits are only defined up to a constant, so everything is a margin over that window's null token, as in reading.
"""

from __future__ import annotations

from typing import Any

OBJECTIVES = ("shared", "window", "both")

_NEVER = -1e4
"""Logit of what cannot be: its exponential is 0, and unlike minus infinity it has gradients."""


def span_loss(start_logits: Any, end_logits: Any, batch: dict[str, Any], objective: str) -> Any:
    """The mean loss of a batch. Logits have shape (windows, tokens); `batch` is what the Collator makes.

    "window": in each window, a softmax over its tokens and "no answer". "shared": one softmax over all windows of a question and
    one "no answer" (shared normalisation, Clark & Gardner 2018, with a null class), so that passages learn to compete; where
    several windows hold the answer, any of them will do. "both": the mean of the two.
    """
    losses = []
    for logits, target in ((start_logits, batch["start"]), (end_logits, batch["end"])):
        margins = _margins(logits.float(), batch)
        if objective in ("window", "both"):
            losses.append(_window_loss(margins, target, batch["null"]))
        if objective in ("shared", "both"):
            losses.append(_shared_loss(margins, target, batch["null"], batch["question"]))
    return sum(losses) / len(losses)


def _margins(logits: Any, batch: dict[str, Any]) -> Any:
    """Logits over the null token's, with everything but that token (0) and usable tokens at _NEVER."""
    import torch

    null = batch["null"][:, None]
    margins = logits - logits.gather(1, null)
    allowed = batch["usable"].scatter(1, null, torch.ones_like(null, dtype=torch.bool))
    return margins.masked_fill(~allowed, _NEVER)


def _window_loss(margins: Any, target: Any, null: Any) -> Any:
    return (margins.logsumexp(dim=1) - margins.gather(1, target[:, None])[:, 0]).mean()


def _shared_loss(margins: Any, target: Any, null: Any, question: Any) -> Any:
    """Σ over a question's windows of exp(margin), with its one null class exp(0) counted once."""
    import torch

    count = int(question.max()) + 1
    spans = margins.scatter(1, null[:, None], _NEVER)
    everything = _grouped_logsumexp(spans.logsumexp(dim=1), question, count, with_null=True)
    right = torch.where(target == null, _NEVER, margins.gather(1, target[:, None])[:, 0])
    answered = torch.zeros(count, device=target.device).index_add(0, question, (target != null).float()) > 0
    likelihood = _grouped_logsumexp(right, question, count, with_null=False)
    return (everything - torch.where(answered, likelihood, torch.zeros_like(likelihood))).mean()


def _grouped_logsumexp(values: Any, question: Any, count: int, with_null: bool) -> Any:
    """Log of the sum of exp(values) of each question, shape (count,), with a class of logit 0 more where wanted."""
    import torch

    table = values.new_full((count, len(values) + 1), _NEVER)
    table[:, 0] = 0.0 if with_null else _NEVER
    table = table.index_put((question, torch.arange(1, len(values) + 1, device=values.device)), values)
    return table.logsumexp(dim=1)
