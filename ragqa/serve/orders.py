"""How a server starts the processes that do its long work, and what it and they say to each other: lines of JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from ragqa.config import Settings, WatchSettings

NICENESS = 10
"""Of the processes that do long work: they take what time answering leaves, and about a tenth of the rest."""

STOP = b"stop"
"""Asks the process to end after what it holds."""

PROGRESS, DONE, FAILED, BUSY = "progress", "done", "failed", "busy"
"""Kinds of its messages: steps, and one of the others at the end; BUSY: somebody else writes the index."""


def python_that(code: str) -> list[str]:
    """The command of a Python that runs some code, in which `{path!r}` stands for where this process imports from. It imports
    from nowhere else: in the folder that a server was started in lie the files of strangers."""
    here = str(Path(__file__).resolve().parents[2])
    path = [*dict.fromkeys(entry for entry in [*sys.path, here] if entry and os.path.isabs(entry))]
    return [sys.executable, "-I", "-c", code.format(path=path)]


def write_order(settings: Settings, kind: str, index: str, paths: list[str], asked: Mapping[str, Any]) -> bytes:
    """What to do, as a line."""
    order = {"settings": asdict(settings), "kind": kind, "index": index, "paths": paths, "asked": dict(asked)}
    return json.dumps(order).encode() + b"\n"


def read_order(line: bytes) -> tuple[Settings, dict[str, Any]]:
    """The settings, and what to do on which index."""
    order = json.loads(line)
    return _settings(order.pop("settings")), order


def _settings(given: dict[str, Any]) -> Settings:
    """Settings as they were before they became JSON, which has no tuples."""
    defaults = Settings()
    given["watch"] = tuple(_section(WatchSettings, one) for one in given["watch"])
    for field in fields(Settings):
        section = getattr(defaults, field.name)
        if isinstance(given[field.name], dict):
            given[field.name] = _section(type(section), given[field.name])
    return Settings(**given)


def _section(kind: type[Any], given: dict[str, Any]) -> Any:
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in given.items()})
