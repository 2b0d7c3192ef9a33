"""The trained readers of a home folder, and which of them answers for each index.

A trained reader is a folder of models/ in Hugging Face's layout, with ragqa.json (how it is to be read), metrics.json (what it
scored) and training.json (how it was made). An index remembers its reader in its own folder; else the default one answers.
Trained retrievers stand in the same folder under names of their own: see `ragqa.readers.retrievers`.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import default_reader_folder
from ragqa.config import DEFAULT_READER
from ragqa.errors import IndexMissing, ModelError, UsageError
from ragqa.files import alone_with, delete_whole, now, storage_errors, write_whole
from ragqa.inference.adapter import ABOUT_FILE, ADAPTER_FILE, Adapter
from ragqa.paths import (
    DATABASE,
    INDEX_READER,
    checked_name,
    index_folder,
    index_names,
    is_plain_name,
    models_folder,
    reader_folder,
)

METRICS_FILE = "metrics.json"
TRAINING_FILE = "training.json"
_TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")


@dataclass(frozen=True, slots=True)
class ReaderInfo:
    """What is known of a reader, or of a retriever, as `kind` says, without loading it.

    `bytes` is its size on disk, `base` the reader it was trained from, `created` when (ISO 8601), `summary` what it scored;
    `used_by` are the indexes it answers for, `problem` is why it cannot be used, empty when it can. `limits` are, for tolerated
    shares of wrong answers (0..1), the thresholds that its validation showed to keep them.
    """

    name: str
    path: str
    bytes: int
    base: str
    created: str
    summary: dict[str, float]
    used_by: tuple[str, ...]
    problem: str
    limits: dict[float, float] = field(default_factory=dict)
    kind: str = "reader"


def reader_names(home: str | Path) -> list[str]:
    """The default reader, then the trained ones by name. Raises StorageError."""
    return [DEFAULT_READER, *folder_names(home, retrievers=False)]


def folder_names(home: str | Path, retrievers: bool) -> list[str]:
    """The names of the trained retrievers, or of all that are none. Raises StorageError."""
    folder = models_folder(home)
    with storage_errors(folder):
        found = [path for path in folder.iterdir() if path.is_dir()] if folder.is_dir() else []
        named = sorted(path.name for path in found if is_retriever(path) is retrievers)
    return [name for name in named if is_plain_name(name) and name != DEFAULT_READER]


def is_retriever(folder: Path) -> bool:
    """Whether a folder of models/ holds a retriever: an adapter of an embedder, and no model of its own."""
    return (folder / ADAPTER_FILE).is_file() or (folder / ABOUT_FILE).is_file()


def list_readers(home: str | Path) -> list[ReaderInfo]:
    """What is known of every reader, the default one first. Raises StorageError."""
    return [reader_info(home, name) for name in reader_names(home)]


def reader_info(home: str | Path, name: str) -> ReaderInfo:
    """What is known of one reader. Raises ModelError when there is none of that name."""
    folder = _folder(home, name)
    return replace(info_of(folder, "reader", _users(home, name), folder_problem(folder)), name=name)


def info_of(folder: Path, kind: str, users: tuple[str, ...], problem: str) -> ReaderInfo:
    """What a model's folder says of it; nothing of what it scored where there is a problem."""
    metrics = {} if problem else _notes(folder / METRICS_FILE)
    summary = _numbers(metrics.get("summary"))
    training = {} if problem else _notes(folder / TRAINING_FILE)
    base, created = (str(training.get(key) or "") for key in ("base", "date"))
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    limits = _limits(metrics.get("risk_limits"))
    return ReaderInfo(folder.name, str(folder), size, base, created, summary, users, problem, limits, kind)


def folder_problem(folder: Path) -> str:
    """Why a folder is no reader, as far as can be told without loading it; empty when it is one."""
    wanted = {"config.json": ("config.json",), "weights (*.safetensors)": ("*.safetensors",), "tokenizer": _TOKENIZERS}
    missing = [what for what, patterns in wanted.items() if not any(any(folder.glob(pattern)) for pattern in patterns)]
    if missing:
        return f"there is no {', no '.join(missing)}"
    return _reading_problem(folder, lambda: ReaderSettings.load(folder))


def retriever_problem(folder: Path) -> str:
    """Why a folder is no retriever, as far as can be told without the embedder; empty when it is one."""

    def read() -> None:
        adapter = Adapter(folder)
        for weight in adapter.shapes:
            adapter.delta(weight)

    return _reading_problem(folder, read)


def _reading_problem(folder: Path, read: Callable[[], object]) -> str:
    try:
        read()
        _notes(folder / METRICS_FILE)
        _notes(folder / TRAINING_FILE)
    except ModelError as error:
        return error.message
    except OSError as error:
        return f"{error.filename} cannot be read: {error.strerror}"
    return ""


def locate_reader(home: str | Path, name: str) -> str:
    """What `load_reader` takes for a name: the trained reader's folder, else the name itself (a folder or hub name)."""
    if name != DEFAULT_READER and is_plain_name(name) and reader_folder(home, name).is_dir():
        return str(reader_folder(home, name))
    return name


def reader_files(home: str | Path, name: str) -> frozenset[tuple[str, int, int, int]]:
    """How the files of a reader's folder look, which tells another one under the same name, and takes no time; nothing for the
    default reader, and for one that is no folder."""
    if name == DEFAULT_READER:
        return frozenset()
    with suppress(OSError), os.scandir(locate_reader(home, name)) as found:
        looks = ((one.name, one.stat()) for one in found)
        return frozenset((file, look.st_ino, look.st_mtime_ns, look.st_size) for file, look in looks)
    return frozenset()


def index_reader(home: str | Path, index: str) -> str:
    """The name of the reader that answers for an index where none is asked for. Raises ModelError when it is gone."""
    name: str = _remembered(index_folder(home, index)).get("reader", DEFAULT_READER)
    if name != DEFAULT_READER and not (is_plain_name(name) and reader_folder(home, name).is_dir()):
        raise ModelError(f"the reader '{name}' of index '{index}' is gone", hint=_choose_default(index))
    return name


def use_reader(home: str | Path, index: str, name: str) -> None:
    """Let a reader answer for an index from now on. Raises ModelError, IndexMissing, UsageError or StorageError."""
    folder = index_folder(home, index)
    if not (folder / DATABASE).is_file():
        raise IndexMissing(f"there is no index '{index}' in {folder.parent}", hint="Make one: ragqa ingest FOLDER")
    usable_reader(home, name)
    with alone_with(folder / INDEX_READER):  # else two that choose at once lose a line of the history
        try:
            before = _remembered(folder)
        except ModelError:
            before = {}  # damaged: to choose a reader anew is the way out
        if before.get("reader") != name:
            history = [*before.get("history", []), {"reader": name, "since": now()}]
            write_whole(folder / INDEX_READER, json.dumps({"reader": name, "history": history}, indent=2))


def usable_reader(home: str | Path, name: str) -> ReaderInfo:
    """A reader that has nothing wrong with it. Raises ModelError."""
    return refuse_problem(reader_info(home, name))


def refuse_problem(info: ReaderInfo) -> ReaderInfo:
    """The model itself, if it has nothing wrong with it. Raises ModelError otherwise."""
    if info.problem:
        hint = f"Restore the folder {info.path}."
        raise ModelError(f"the {info.kind} '{info.name}' cannot be used: {info.problem}", hint=hint)
    return info


def remove_reader(home: str | Path, name: str, force: bool = False) -> tuple[str, ...]:
    """Delete a trained reader, and return the indexes that it answered for: with `force` they take the default one.

    Raises UsageError for the default reader, ModelError when there is none of that name or an index uses it, StorageError.
    """
    info = reader_info(home, name)
    if name == DEFAULT_READER:
        raise UsageError("the default reader comes with ragqa and cannot be removed")
    if info.used_by and not force:
        raise ModelError(
            f"the reader '{name}' answers for: {', '.join(info.used_by)}",
            hint=f"Choose another (ragqa model use READER --index {info.used_by[0]}), or with --force let the default one do.",
        )
    for index in info.used_by:
        use_reader(home, index, DEFAULT_READER)
    delete_folder(reader_folder(home, name))
    return info.used_by


def delete_folder(folder: Path) -> None:
    """Delete a model's folder, whole or not at all. Raises StorageError."""
    with storage_errors(folder):
        delete_whole(folder)


def new_reader_folder(home: str | Path, name: str) -> Path:
    """The folder that a new reader may take. Raises UsageError when the name is none, or taken."""
    folder = reader_folder(home, name)
    if name == DEFAULT_READER or folder.exists():
        raise UsageError(
            f"there is a {_kind(folder)} '{name}' already", hint="Choose another --name, or remove it: ragqa model rm."
        )
    return folder


def _folder(home: str | Path, name: str) -> Path:
    folder = default_reader_folder() if name == DEFAULT_READER else models_folder(home) / checked_name(name, "a reader")
    if not folder.is_dir():
        raise ModelError(f"there is no reader '{name}' in {folder.parent}", hint="ragqa model list shows those there are.")
    return folder


def _kind(folder: Path) -> str:
    return "retriever" if is_retriever(folder) else "reader"


def _users(home: str | Path, name: str) -> tuple[str, ...]:
    """The indexes that a reader answers for."""
    found = []
    for index in index_names(home):
        try:
            if index_reader(home, index) == name:
                found.append(index)
        except ModelError:  # told to who asks that index
            continue
    return tuple(found)


def _remembered(folder: Path) -> dict[str, Any]:
    """What an index remembers of its readers; empty when nothing. Raises ModelError."""
    stored = _notes(folder / INDEX_READER, hint=_choose_default(folder.name))
    if stored and not (isinstance(stored.get("reader"), str) and isinstance(stored.get("history"), list)):
        raise ModelError(f"{folder / INDEX_READER} names no reader", hint=_choose_default(folder.name))
    return stored


def _choose_default(index: str) -> str:
    return f"Go back to the default one: ragqa model use {DEFAULT_READER} --index {index}"


def _notes(path: Path, hint: str = "") -> dict[str, Any]:
    """A JSON file's object, empty when there is no such file. Raises ModelError."""
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ModelError(f"{path} cannot be read: {error.strerror}", hint=hint) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read: {error}", hint=hint) from error
    if not isinstance(stored, dict):
        raise ModelError(f"{path} cannot be read: it is no JSON object", hint=hint)
    return stored


def _limits(given: Any) -> dict[float, float]:
    """The thresholds of the risk limits that could be kept, by their share of wrong answers."""
    kept = {}
    for limit in given if isinstance(given, list) else []:
        numbers = _numbers(limit) | _numbers(limit.get("point")) if isinstance(limit, dict) else {}
        if "max_wrong" in numbers and "threshold" in numbers:
            kept[numbers["max_wrong"]] = numbers["threshold"]
    return kept


def _numbers(given: Any) -> dict[str, float]:
    """The finite numbers of a summary, by name."""
    numbers = given if isinstance(given, dict) else {}
    return {
        name: value
        for name, value in numbers.items()
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    }
