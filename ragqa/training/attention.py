"""Attention for training on a CPU: plain matrix products in the dtype at hand.

torch's fused attention saves memory that a CPU has, and its backward pass takes three times as long as the products it replaces;
transformers' eager one converts every score matrix to fp32 and back. With this, a training step took two thirds of the time
(tests/benchmarks/README.md).
"""

from __future__ import annotations

from typing import Any

NAME = "ragqa_products"


def register_attention() -> str:
    """Make the attention known to transformers, and return its name for `attn_implementation`."""
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import eager_mask

    AttentionInterface.register(NAME, attend)
    AttentionMaskInterface.register(NAME, eager_mask)
    return NAME


def attend(
    module: Any, query: Any, key: Any, value: Any, attention_mask: Any, scaling: float | None = None, **_: Any
) -> tuple[Any, None]:
    """softmax(scaling · query keyᵀ + mask) value, without dropout; all of shape (batch, heads, tokens, size).

    Returns shape (batch, tokens, heads, size), as transformers expects, and no weights.
    """
    import torch

    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    scores = torch.matmul(query * scale, key.transpose(-1, -2))
    if attention_mask is not None:
        scores = scores + attention_mask.to(scores.dtype)
    with torch.autocast(query.device.type, enabled=False):  # autocast would convert the scores to fp32
        weights = torch.softmax(scores, dim=-1)
    return torch.matmul(weights, value).transpose(1, 2).contiguous(), None
