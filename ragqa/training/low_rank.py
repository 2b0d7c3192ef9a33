"""An encoder whose matrices learn a change of low rank, in torch: what `ragqa.inference.adapter` keeps."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import ModelError
from ragqa.inference.encoder import ARCHITECTURES, CONFIG_FILE, batches
from ragqa.inference.foreign_models import NO_CODE, model_errors, refuse_code
from ragqa.inference.sentence_model import PoolingKind, folder_prefixes, read_sentence_model
from ragqa.inference.torch_runtime import cpu_has_bf16, quiet_libraries
from ragqa.inference.weights import EncoderWeights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragqa.inference.adapter import Delta

TOKENS_AT_ONCE = 2048
"""Tokens of a slice of texts of like length: small enough to stay in the CPU's caches."""

FIRST_DOWN = 0.02
"""The standard deviation of `down` before it learns; `up` is 0 then, so that nothing is changed."""


class LowRankEncoder:
    """A sentence model's folder as torch sees it, with a change of `rank` in each matrix of its layers that learns.

    `start` is a change that is there already, and stays as it is. The first `frozen` layers learn nothing, which spares a part of
    the backward pass. Without dropout. Raises ModelError for a folder that the fast
    runtime does not take. For one thread.
    """

    def __init__(self, folder: Path, rank: int, seed: int = 0, start: Mapping[str, Delta] | None = None, frozen: int = 0) -> None:
        import torch

        model = read_sentence_model(folder)
        kind = json.loads((folder / CONFIG_FILE).read_text(encoding="utf-8")).get("model_type")
        if model is None or kind not in ARCHITECTURES:
            raise ModelError(
                f"{folder} is not a model that can be adapted", hint=f"Known are: {', '.join(sorted(ARCHITECTURES))}."
            )
        self._pooling, self._prefixes = model.pooling, folder_prefixes(folder, folder.name)
        self._tokenizer, self._network = _load(folder, kind)
        self._longest = min(model.most_tokens or 512, self._network.config.max_position_embeddings)
        stored = EncoderWeights(folder, ARCHITECTURES[kind].prefix)
        linear = {
            f"{name}.weight": module.weight
            for name, module in self._network.named_modules()
            if isinstance(module, torch.nn.Linear)
        }
        self._weights = {name: weight for name, weight in linear.items() if name in stored}
        for name, (down, up) in (start or {}).items():
            self._weights[name].data += torch.from_numpy(up) @ torch.from_numpy(down)
        below = tuple(f".layer.{number}." for number in range(frozen))
        self._weights = {name: weight for name, weight in self._weights.items() if not any(one in f".{name}" for one in below)}
        chance = torch.Generator().manual_seed(seed)
        self._down = {
            name: (torch.randn(rank, weight.shape[1], generator=chance) * FIRST_DOWN).requires_grad_()
            for name, weight in self._weights.items()
        }
        self._up = {name: torch.zeros(weight.shape[0], rank, requires_grad=True) for name, weight in self._weights.items()}

    def learning(self) -> list[Any]:
        """The tensors that learn."""
        return [*self._down.values(), *self._up.values()]

    def embed(self, questions: Sequence[str], passages: Sequence[str]) -> tuple[Any, Any]:
        """Vectors of length one, of shape (questions, width) and (passages, width), with their gradient."""
        texts = [self._prefixes.query + text for text in questions] + [self._prefixes.passage + text for text in passages]
        vectors = self._embed(texts)
        return vectors[: len(questions)], vectors[len(questions) :]

    def vectors(self, questions: Sequence[str], passages: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The same as arrays, without a gradient."""
        import torch

        with torch.no_grad():
            one, other = self.embed(questions, passages)
        return one.numpy(), other.numpy()

    def deltas(self) -> dict[str, Delta]:
        """What it has learnt, by the names of the weights; what it started with is not in it."""
        return {name: (self._down[name].detach().numpy(), up.detach().numpy()) for name, up in self._up.items()}

    def load(self, deltas: Mapping[str, Delta]) -> None:
        """Take up where these deltas were left."""
        import torch

        with torch.no_grad():
            for name, (down, up) in deltas.items():
                self._down[name].copy_(torch.from_numpy(down))
                self._up[name].copy_(torch.from_numpy(up))

    def _embed(self, texts: Sequence[str]) -> Any:
        import numpy as np
        import torch

        if not texts:
            return torch.zeros(0, self._network.config.hidden_size)
        tokens = self._tokenizer(list(texts), truncation=True, max_length=self._longest)["input_ids"]
        merged, pooled, order = self._merged(), [], []
        for rows in batches(np.array(list(map(len, tokens)), dtype=np.int64), TOKENS_AT_ONCE):
            order.append(torch.from_numpy(rows))
            pooled.append(self._pooled([tokens[row] for row in rows], merged))
        back = torch.argsort(torch.cat(order))
        return torch.nn.functional.normalize(torch.cat(pooled)[back], dim=1)

    def _merged(self) -> dict[str, Any]:
        """The matrices as they count now, in the precision they are multiplied in."""
        import torch

        dtype = torch.bfloat16 if cpu_has_bf16() else torch.float32
        return {name: (weight + self._up[name] @ self._down[name]).to(dtype) for name, weight in self._weights.items()}

    def _pooled(self, tokens: Sequence[Sequence[int]], merged: dict[str, Any]) -> Any:
        import torch

        width = max(map(len, tokens))
        ids = torch.full((len(tokens), width), self._tokenizer.pad_token_id or 0)
        mask = torch.zeros(len(tokens), width, dtype=torch.int64)
        for row, one in enumerate(tokens):
            ids[row, : len(one)], mask[row, : len(one)] = torch.tensor(one), 1
        with torch.autocast("cpu", dtype=torch.bfloat16) if cpu_has_bf16() else nullcontext():
            inputs = {"input_ids": ids, "attention_mask": mask}
            hidden = torch.func.functional_call(self._network, merged, kwargs=inputs).last_hidden_state.float()
        if self._pooling is PoolingKind.CLS:
            return hidden[:, 0]
        return (hidden * mask[:, :, None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)


def _load(folder: Path, kind: str) -> tuple[Any, Any]:
    """Tokenizer and network, frozen."""
    refuse_code(folder)
    quiet_libraries()
    from transformers import AutoModel, AutoTokenizer

    from ragqa.training.attention import register_attention

    faster = {"attn_implementation": register_attention()} if kind == "bert" else {}
    asked = {"local_files_only": True, **NO_CODE}
    with model_errors(f"the embedder in {folder} cannot be taught"):
        tokenizer = AutoTokenizer.from_pretrained(folder, **asked)
        network = AutoModel.from_pretrained(folder, dtype="float32", use_safetensors=True, **asked, **faster)
    network.requires_grad_(False)
    network.eval()
    return tokenizer, network
