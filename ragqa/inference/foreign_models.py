"""Models that others made are data: what asks for code is refused; what their files make a library say becomes one clear error.

`trust_remote_code` alone does not suffice: sentence-transformers before version 6 imports the modules of a local folder whatever
it says. So a folder's settings are looked through before any library sees them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ragqa.errors import ModelError, RagqaError

NO_CODE = {"trust_remote_code": False}
"""What every loader of a library that could run a model's own code is told."""

LARGEST_SETTINGS = 4 << 20
LARGEST_TOKENIZER = 128 << 20
_DEEPEST = 20
_OWN_MODULES = "sentence_transformers."
_OWN_ACTIVATIONS = "torch.nn."


def refuse_code(folder: Path) -> None:
    """Raise ModelError for a model's folder whose settings name code to be run, or another model to be loaded."""
    for path in sorted((*folder.glob("*.json"), *folder.glob("*/*.json"))):
        settings = _settings(path)
        asks = _asks_for(path.name, settings)
        if asks:
            raise ModelError(
                f"the model in {folder} asks for code to be run: {path.relative_to(folder)} names {asks}",
                hint="Models are read as data here. Take one that transformers or sentence-transformers know themselves.",
            )


@contextmanager
def model_errors(told: str, hint: str = "Restore the model's folder.") -> Iterator[None]:
    """Turn whatever a library says of a model's files into a ModelError that begins with `told`; ragqa's own errors pass."""
    try:
        yield
    except RagqaError:
        raise
    except BaseException as error:
        # What is written in Rust gives up with an exception of its own, beside all others.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise ModelError(f"{told}: {one_line(error)}", hint=hint) from error
        raise


def read_tokenizer(path: Path) -> Any:
    """The tokenizers.Tokenizer of a tokenizer.json, for use within `model_errors`: raises ValueError where the file is too large,
    and whatever the library says of one that it cannot read."""
    from tokenizers import Tokenizer

    if path.stat().st_size > LARGEST_TOKENIZER:
        raise ValueError(f"{path.name} is larger than {LARGEST_TOKENIZER >> 20} MB")
    return Tokenizer.from_file(str(path))


def _settings(path: Path) -> Any:
    """What a JSON file of settings holds; None for what is none, or larger than settings are, which no library runs."""
    try:
        return json.loads(path.read_text(encoding="utf-8")) if path.stat().st_size <= LARGEST_SETTINGS else None
    except (OSError, ValueError, RecursionError):
        return None


def _asks_for(file: str, settings: Any) -> str:
    """The code, or the other model, that a file of settings names; empty where it names none."""
    if file == "adapter_config.json":
        return "another model to be loaded"
    if file == "modules.json" and isinstance(settings, list):
        kinds = [module.get("type", "") if isinstance(module, dict) else module for module in settings]
        return next((repr(kind) for kind in kinds if not str(kind).startswith(_OWN_MODULES)), "")
    if file == "router_config.json" and isinstance(settings, dict) and isinstance(settings.get("types"), dict):
        return next((repr(kind) for kind in settings["types"].values() if not str(kind).startswith(_OWN_MODULES)), "")
    return _named_within(settings, 0)


def _named_within(settings: Any, depth: int) -> str:
    if depth > _DEEPEST:
        return "settings nested too deeply"
    if isinstance(settings, list):
        return next((found for one in settings if (found := _named_within(one, depth + 1))), "")
    if not isinstance(settings, dict):
        return ""
    for key, value in settings.items():
        if key == "auto_map" and value:
            return "'auto_map'"
        if key == "trust_remote_code" and value:
            return "'trust_remote_code'"
        if key in ("activation_function", "activation_fct") and "." in str(value) and not str(value).startswith(_OWN_ACTIVATIONS):
            return repr(value)
    return next((found for value in settings.values() if (found := _named_within(value, depth + 1))), "")


def one_line(error: BaseException) -> str:
    """What a library says, on one line and not without end."""
    return " ".join(str(error).split())[:300] or type(error).__name__
