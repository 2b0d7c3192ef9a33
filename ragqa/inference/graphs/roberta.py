"""RoBERTa and XLM-R: BERT's layers; positions are counted from the padding token's id, and all tokens are of one type."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ragqa.inference.graphs import bert
from ragqa.inference.graphs.parts import PostNorm, Shape


def read_shape(config: Mapping[str, Any]) -> Shape | None:
    """As BERT's, and where positions begin."""
    shape = bert.read_shape(config)
    return None if shape is None else replace(shape, padding=int(config.get("pad_token_id", 1)))


ROBERTA = PostNorm("roberta.", read_shape, "encoder.layer.{}", bert.NAMES, has_types=True)
