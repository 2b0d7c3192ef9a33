"""Models that others made are data: what asks for code is refused; what their files make a library say becomes one clear error.

`trust_remote_code` alone does not suffice: sentence-transformers before version 6 imports the modules of a local folder whatever
it says. So a folder's settings are looked through before any library sees them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

from ragqa.errors import ModelError, RagqaError

NO_CODE = {"trust_remote_code": False}
"""What every loader of a library that could run a model's own code is told."""

LARGEST_SETTINGS = 4 << 20
LARGEST_TOKENIZER = 128 << 20
_DEEPEST = 20
_OWN_MODULES = "sentence_transformers."
_OWN_ACTIVATIONS = "torch.nn."
_VOCABULARIES = ("tokenizer.json", "vocab.json", ".index.json")
"""What the names of the JSON files end with that may be large, and from which no library takes the name of code."""


def refuse_code(folder: Path) -> None:
    """Raise ModelError for a model's folder whose settings, however deep they lie, name code to be run, or another model to be
    loaded, or are too large to be looked through."""
    for path in _settings_files(folder):
        asks = _asks_for(path)
        if asks:
            raise ModelError(
                f"the model in {folder} asks for code to be run: {path.relative_to(folder)} names {asks}",
                hint="Models are read as data here. Take one that transformers or sentence-transformers know themselves.",
            )


def _settings_files(folder: Path) -> Iterator[Path]:
    """Every JSON file of a folder, in order; links are followed, as the libraries follow them, but no folder is entered twice."""
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        yield from (Path(place, name) for name in sorted(names) if name.lower().endswith(".json"))


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


def _asks_for(path: Path) -> str:
    """The code, or the other model, that a file of settings names; empty where it names none."""
    try:
        if path.stat().st_size > LARGEST_SETTINGS:
            return "" if path.name.endswith(_VOCABULARIES) else f"more than {LARGEST_SETTINGS >> 20} MB of settings"
        settings = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):  # which no library reads either
        return ""
    if path.name == "adapter_config.json":
        return "another model to be loaded"
    if path.name == "modules.json" and isinstance(settings, list):
        return next((found for module in settings if (found := _foreign_module(module))), "")
    if path.name in ("router_config.json", "config.json"):  # the second in earlier versions
        return _foreign_route(settings) or _named_within(settings, 0)
    return _named_within(settings, 0)


def _foreign_module(module: Any) -> str:
    """What a module of sentence-transformers is, or where it lies, if that is not the library's own, or outside of the folder."""
    if not isinstance(module, dict):
        return repr(module)
    place = str(module.get("path", ""))
    if ".." in PureWindowsPath(place).parts or PurePosixPath(place).is_absolute() or PureWindowsPath(place).anchor:
        return repr(place)
    return "" if _is_own(module.get("type")) else repr(module.get("type"))


def _foreign_route(settings: Any) -> str:
    """A module that a router leads to, if that is not the library's own."""
    kinds = settings.get("types") if isinstance(settings, dict) else None
    return next((repr(kind) for kind in kinds.values() if not _is_own(kind)), "") if isinstance(kinds, dict) else ""


def _is_own(kind: Any) -> bool:
    """Whether it is a class of the library, and nothing that one of its modules imports, which are named in small letters."""
    return str(kind).startswith(_OWN_MODULES) and str(kind).rpartition(".")[2][:1].isupper()


def _named_within(settings: Any, depth: int) -> str:
    if depth > _DEEPEST:
        return "settings nested too deeply"
    if isinstance(settings, list):
        return next((found for one in settings if (found := _named_within(one, depth + 1))), "")
    if not isinstance(settings, dict):
        return ""
    return next((found for key, value in settings.items() if (found := _named_by(key, value, depth))), "")


def _named_by(key: str, value: Any, depth: int) -> str:
    if key in ("auto_map", "trust_remote_code") and value:
        return repr(key)
    if key in ("activation_function", "activation_fct", "activation_fn"):
        return repr(value) if "." in str(value) and not str(value).startswith(_OWN_ACTIVATIONS) else ""
    if key.endswith(("attn_implementation", "experts_implementation")) and "/" in str(value):  # a kernel of the hub
        return repr(value)
    return _named_within(value, depth + 1)


def one_line(error: BaseException) -> str:
    """What a library says, on one line and not without end."""
    return " ".join(str(error).split())[:300] or type(error).__name__
