"""Whether a reader that came from elsewhere can be asked: its files are looked through, then it reads a question on trial."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from ragqa.confined.children import Child, Crashed, Late
from ragqa.confined.wire import ANSWER, ERROR, REQUEST_TRY, Malformed, Reader, text
from ragqa.errors import ModelError
from ragqa.inference.foreign_models import LARGEST_SETTINGS, model_errors, refuse_code
from ragqa.inference.weights import Int8Rows, Weights

SECONDS, _OF_MB = 120.0, 0.1
"""What the trial may compute, and how much more for each MB of the reader's files."""

MEMORY_MB, _TIMES = 4000, 6
"""The memory it may take, and how many times its files' size besides: libraries make copies of weights, in other precisions."""

LONGEST_PROBLEM = 500
LARGEST_NUMBER = 10_000_000
MOST_LAYERS = 1000
LARGEST_WEIGHT = 1e6
_LEARNT = (".weight", ".bias", ".gamma", ".beta")
_COUNTS = ("hidden_size", "dim", "num_hidden_layers", "n_layers", "num_layers", "num_attention_heads", "n_heads")
_LAYERS = ("num_hidden_layers", "n_layers", "num_layers")
_WORDS = re.compile(r"(word_embeddings|embed_tokens|wte|shared)\.weight$")
_LAYER = re.compile(r"\blayers?\.(\d+)\.")


def trial_problem(folder: Path) -> str:
    """Why a reader's folder cannot be asked; empty when it answered the trial's question."""
    try:
        refuse_code(folder)
        with model_errors("its settings cannot be used"):
            _refuse_misfit(_read_config(folder / "config.json"), list(_tensors(folder)))
            _refuse_wild(folder)
    except ModelError as error:
        return error.message
    return _tried(folder)


def _tried(folder: Path) -> str:
    """By another process, without the network and for a limited time: what loads a model was not made for a stranger's."""
    from ragqa.confined.values import read_error

    size_mb = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
    seconds, memory_mb = SECONDS + _OF_MB * size_mb, int(MEMORY_MB + _TIMES * size_mb)
    child = Child(memory_mb, "ragqa.readers.on_trial")
    try:
        with closing(child.ask(REQUEST_TRY, (text(str(folder)),), seconds)) as answers:
            kind, content = next(answers)
            if kind == ERROR:
                return read_error(content).message
            if kind != ANSWER:
                raise Malformed("an answer to something else")
            return " ".join(Reader(content).text().split())[:LONGEST_PROBLEM]
    except Late as error:
        return f"to read one question takes it longer than {error}"
    except (Crashed, Malformed) as error:
        return f"what reads with it crashed ({error}): it may be damaged, or need more than {memory_mb / 1000:.0f} GB of memory"
    finally:
        child.close()


def _read_config(path: Path) -> dict[str, Any]:
    if path.stat().st_size > LARGEST_SETTINGS:
        raise ValueError(f"{path.name} is larger than {LARGEST_SETTINGS >> 20} MB")
    config = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(config, dict):
        raise ValueError(f"{path.name} is no JSON object")
    return config


def _tensors(folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Name and shape of every tensor of a folder's weights."""
    for path in sorted(folder.glob("*.safetensors")):
        weights = Weights(path)
        yield from ((name, weights.shape(name)) for name in weights)


def _refuse_wild(folder: Path) -> None:
    """Raises ValueError for weights that no training makes: they may be of one word, or one place, that the question on trial
    does not have, and the next one has."""
    for path in sorted(folder.glob("*.safetensors")):
        weights = Weights(path)
        for name in weights:
            held = weights[name]
            values = held.scales if isinstance(held, Int8Rows) else held
            most = max(-float(values.min()), float(values.max())) if values.size else 0.0
            if not math.isfinite(most) or (name.endswith(_LEARNT) and most > LARGEST_WEIGHT):  # a mask has the lowest there is
                raise ValueError(f"{name} holds numbers that are no weights")


def _refuse_misfit(config: Mapping[str, Any], tensors: list[tuple[str, tuple[int, ...]]]) -> None:
    """Raises ValueError for settings that are absurd, or of another model than the weights: libraries make room by them."""
    for name, value in config.items():
        if isinstance(value, int | float) and not (math.isfinite(value) and abs(value) <= LARGEST_NUMBER):
            raise ValueError(f"{name} is {value!r:.40}")
    for name in _COUNTS:
        if name in config and (type(config[name]) is not int or config[name] < 1):
            raise ValueError(f"{name} is {config[name]!r:.40}")
    layers = next((config[name] for name in _LAYERS if name in config), None)
    if layers is not None and layers > MOST_LAYERS:
        raise ValueError(f"it would have {layers} layers")
    words = next((shape for name, shape in tensors if _WORDS.search(name) and len(shape) == 2), None)
    if words is not None and "vocab_size" in config and config["vocab_size"] != words[0]:
        raise ValueError(f"its weights are of {words[0]} words, its settings of {config['vocab_size']!r:.40}")
    held = {int(found[1]) for name, _ in tensors if (found := _LAYER.search(name)) and len(found[1]) < 6}
    if held and layers is not None and layers > len(held) > 1:
        raise ValueError(f"its weights are of {len(held)} layers, its settings of {layers}")
    for size in ("hidden_size", "dim"):
        if size in config and tensors and not any(config[size] in shape for _, shape in tensors):
            raise ValueError(f"no weight is {config[size]} wide, as its settings say")
    for name in ("intermediate_size", "hidden_dim", "max_position_embeddings", "type_vocab_size"):
        value = config.get(name)
        if type(value) is int and value > 1000 and tensors and not any(value in shape for _, shape in tensors):
            raise ValueError(f"{name} is {value}, and no weight has that size")
