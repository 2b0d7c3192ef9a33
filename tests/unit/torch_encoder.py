"""A second implementation of the encoder's seam: transformers on torch, in full precision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from ragqa.inference.openvino_runtime import Batch


class TorchEncoder:
    """The encoder of a folder. Threads: any number; they compute one after another."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoModel, AutoModelForQuestionAnswering
        from transformers.utils import logging

        logging.disable_progress_bar()
        model, found = AutoModelForQuestionAnswering.from_pretrained(
            str(folder), local_files_only=True, dtype="float32", output_loading_info=True
        )
        self._head = not found["missing_keys"]
        self._model = (model if self._head else AutoModel.from_pretrained(str(folder), local_files_only=True)).eval()
        self._lock = Lock()

    @property
    def width(self) -> int:
        return int(self._model.config.hidden_size)

    @property
    def longest(self) -> int:
        from_padding = self._model.config.model_type in ("mpnet", "roberta", "xlm-roberta")
        return int(self._model.config.max_position_embeddings) - (2 if from_padding else 0)

    @property
    def has_head(self) -> bool:
        return self._head

    def run(self, ids: np.ndarray, mask: np.ndarray, types: np.ndarray | None = None) -> np.ndarray:
        import torch

        inputs = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask)}
        if types is not None and self._model.config.model_type == "bert":
            inputs["token_type_ids"] = torch.from_numpy(types)
        with self._lock, torch.inference_mode():
            output = self._model(**inputs)
        if not self._head:
            return output.last_hidden_state.numpy().copy()
        return np.stack([output.start_logits.numpy(), output.end_logits.numpy()], axis=2)

    def run_each(self, batches: Sequence[Batch]) -> list[np.ndarray]:
        return [self.run(*batch) for batch in batches]
