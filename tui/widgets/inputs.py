"""Inputs: one that shows no character that a terminal must not get, and one for paths that offers how a path may go on."""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input

from tui.widgets.stand_ins import visible


class SafeInput(Input):
    """An input that draws stand-ins for controls, marks of direction and zero-width characters; its value keeps them."""

    @property
    def _value(self) -> Text:
        return Text(visible(self.value).replace("\n", " "), no_wrap=True, overflow="ignore", end="")


class PathSuggester(Suggester):
    """The first file or folder, by name, that a typed path may mean."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        return complete_path(value)


def complete_path(typed: str) -> str | None:
    """The path that goes on as typed, folders with a slash; None when there is none."""
    if not typed:
        return None
    head, _, start = typed.rpartition("/")
    folder = Path(os.path.expanduser(f"{head}/")) if "/" in typed else Path()
    try:
        names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in os.scandir(folder))
    except OSError:
        return None
    for name in names:
        if visible(name) != name:
            continue  # what cannot be shown as it is is not offered
        if name.startswith(start) and (start.startswith(".") or not name.startswith(".")) and name != start:
            return f"{typed[: len(typed) - len(start)]}{name}"
    return None


class PathInput(SafeInput):
    """Tab or → takes what is offered."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False)]

    def __init__(self, placeholder: str = "", *, id: str | None = None, value: str = "") -> None:
        super().__init__(value, placeholder=placeholder, suggester=PathSuggester(), id=id)

    def action_complete(self) -> None:
        offered = complete_path(self.value)
        if offered is None or self.cursor_position < len(self.value):
            self.screen.focus_next()
        else:
            self.value = offered
            self.cursor_position = len(offered)
