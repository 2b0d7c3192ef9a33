"""A handler of the terminal UI is called by its name alone: one whose message was moved or renamed is silently never called."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import tui

ROOT = Path(__file__).parents[2]


def modules() -> Iterator[ModuleType]:
    from textual import events, widgets

    yield events
    yield from (importlib.import_module(getattr(widgets, name).__module__) for name in widgets.__all__)
    yield from (importlib.import_module(found.name) for found in pkgutil.walk_packages(tui.__path__, "tui."))


def messages() -> set[str]:
    """The names of the handlers of all messages that there are."""
    from textual.message import Message

    classes = {one for module in modules() for one in vars(module).values() if inspect.isclass(one)}
    nested = {one for held in classes for kind in held.__mro__ for one in vars(kind).values() if inspect.isclass(one)}
    return {one.handler_name for one in classes | nested if issubclass(one, Message) and hasattr(one, "handler_name")}


def test_every_handler_hears_a_message_that_there_is() -> None:
    heard = {
        (path.name, name)
        for path in (ROOT / "tui").rglob("*.py")
        for name in re.findall(r"def (on_\w+)\(self", path.read_text(encoding="utf-8"))
    }
    known = messages()
    assert {"on_key", "on_button_pressed", "on_document_page_wanted"} <= known
    assert sorted(one for one in heard if one[1] not in known) == []
