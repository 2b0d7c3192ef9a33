"""What a person chose for the app's looks and answers, kept in the user's settings folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from filelock import FileLock

from ragqa.config import AskSettings

DEFAULT_THEME = "ragqa-dark"
LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Preferences:
    """`max_wrong` is the tolerated share of wrong answers, 0..1, None: the reader's own threshold. `split` is the share of the
    Ask screen that the answers take. None leaves what ragqa.toml says."""

    theme: str = DEFAULT_THEME
    top_k: int | None = None
    answers: int | None = None
    max_wrong: float | None = None
    split: float = 0.4


def preferences_file() -> Path:
    """Where the preferences are kept."""
    from platformdirs import user_config_path

    return user_config_path("ragqa", appauthor=False) / "tui.json"


def load_preferences() -> Preferences:
    """The preferences of the user; what cannot be read or makes no sense is the default."""
    try:
        stored: Any = json.loads(preferences_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Preferences()
    values = {item.name: stored[item.name] for item in fields(Preferences) if isinstance(stored, dict) and item.name in stored}
    return Preferences(**{name: value for name, value in values.items() if _makes_sense(name, value)})


def save_preferences(**changes: Any) -> bool:
    """Keep these preferences, beside those that are kept, perhaps by another app that is open; False when there is no place for
    them, which costs nothing but them."""
    path = preferences_file()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f"{path.name}.lock"), timeout=LOCK_SECONDS, is_singleton=False):
            temporary = path.with_name(f"{path.name}.tmp")
            temporary.write_text(json.dumps(asdict(replace(load_preferences(), **changes)), indent=2), encoding="utf-8")
            temporary.replace(path)
    except OSError:  # a Timeout is one
        return False
    return True


def answering(base: AskSettings, mine: Preferences, threshold_for: Callable[[float], float]) -> AskSettings:
    """The settings of file and environment, with what a person prefers over them."""
    return replace(
        base,
        top_k=mine.top_k or base.top_k,
        answers=mine.answers or base.answers,
        threshold=base.threshold if mine.max_wrong is None else threshold_for(mine.max_wrong),
    )


def _makes_sense(name: str, value: Any) -> bool:
    if name == "theme":
        return isinstance(value, str)
    if isinstance(value, bool):
        return False
    if name in ("top_k", "answers"):
        return value is None or (isinstance(value, int) and 1 <= value <= 100)
    if name == "max_wrong":
        return value is None or (isinstance(value, int | float) and 0 < value < 1)
    return isinstance(value, int | float) and 0.2 <= value <= 0.8
