"""What a sentence-transformers folder asks for, read from its JSON files, in the keys of all versions of that library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ragqa.inference.prefixes import Prefixes, prefixes_of

TOKENIZER_FILE = "tokenizer.json"
ENDLESS = 1_000_000
"""From here on, a longest text is a way of saying that there is none."""

_MODULES = (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"])
_PLAIN_TRANSFORMER = {
    "transformer_task": "feature-extraction",
    "module_output_name": "token_embeddings",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
}
_READ = {"max_seq_length", "do_lower_case"}
_SENTENCE = "sentence_embedding"


class PoolingKind(StrEnum):
    """How a text's hidden states become its vector: their mean, or the first one."""

    MEAN = "mean"
    CLS = "cls"


_OLD_POOLING = {"pooling_mode_mean_tokens": PoolingKind.MEAN, "pooling_mode_cls_token": PoolingKind.CLS}


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """A transformer whose hidden states are pooled, and nothing else: what the fast runtime can compute.

    `most_tokens` of a text are seen, special ones included, 0: as many as the transformer takes. `lower_case`: before all else.
    """

    pooling: PoolingKind
    most_tokens: int
    lower_case: bool


def read_sentence_model(folder: Path) -> SentenceModel | None:
    """None for a folder that holds anything else than such a model, or a setting that is not known here."""
    modules = _read(folder / "modules.json")
    if not isinstance(modules, list) or not all(isinstance(module, dict) for module in modules):
        return None
    kinds = [str(module.get("type", "")).rsplit(".", 1)[-1] for module in modules]
    if kinds not in _MODULES or modules[0].get("path") or not (folder / TOKENIZER_FILE).is_file():
        return None
    configs = [_object(folder / str(module.get("path", "")) / "config.json") for module in modules[1:]]
    pooling = _pooling(configs[0])
    transformer = _transformer(folder)
    plain = all(not value or value == _PLAIN_TRANSFORMER.get(key) for key, value in transformer.items() if key not in _READ)
    normalised = all(value == _SENTENCE for config in configs[1:] for value in config.values())
    if pooling is None or not plain or not normalised:
        return None
    stored = transformer.get("max_seq_length") or _object(folder / "tokenizer_config.json").get("model_max_length")
    most = int(stored) if isinstance(stored, int | float) and 0 < stored < ENDLESS else 0
    return SentenceModel(pooling, most, bool(transformer.get("do_lower_case")))


def folder_prefixes(folder: Path, name: str) -> Prefixes:
    """The prefixes that a folder declares, or that its name, its place in a hub's cache or its configuration's name tells."""
    place = folder.absolute()
    cached = [parent.name.replace("--", "/") for parent in place.parents if parent.name.startswith("models--")]
    names = [name, place.name, *cached, str(_object(folder / "config.json").get("_name_or_path", ""))]
    return prefixes_of(_object(folder / "config_sentence_transformers.json"), *names)


def _pooling(config: Mapping[str, Any]) -> PoolingKind | None:
    """One key since version 6 of the library, a switch for each kind before; a prefix may be left out, which is not done here."""
    if not config.get("include_prompt", True):
        return None
    if "pooling_mode" in config:
        mode = config["pooling_mode"]
        return PoolingKind(mode) if mode in list(PoolingKind) else None
    chosen = {key for key, value in config.items() if key.startswith("pooling_mode") and value}
    return _OLD_POOLING.get(chosen.pop()) if len(chosen) == 1 else None


def _transformer(folder: Path) -> dict[str, Any]:
    """The transformer's settings: sentence_bert_config.json, which early versions named after the architecture."""
    others = sorted(folder.glob("sentence_*_config.json"))
    return next((found for path in (folder / "sentence_bert_config.json", *others) if (found := _object(path))), {})


def _object(path: Path) -> dict[str, Any]:
    found = _read(path)
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> Any:
    """What a JSON file holds, None where it cannot be read."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
