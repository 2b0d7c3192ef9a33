"""The keys that work in a place, for F1: its own first, those that every list, input or pane has last."""

from __future__ import annotations

from typing import Any

from textual.binding import ActiveBinding, Binding
from textual.dom import DOMNode
from textual.screen import Screen

_MOVING_FOCUS = ("tab", "shift+tab")


def keys_of(screen: Screen[Any]) -> list[tuple[str, str]]:
    """Key and meaning: first what this place can do, then the pane that has the focus, then the app, then what is Textual's."""
    app = screen.app
    shown: dict[str, str] = {}
    for one in sorted(screen.active_bindings.values(), key=lambda one: _rank(one, screen)):
        binding = one.binding
        if binding.description and binding.key not in _MOVING_FOCUS:
            shown.setdefault(binding.description, app.get_key_display(binding))
    return [(key, what) for what, key in shown.items()]


def _rank(one: ActiveBinding, screen: Screen[Any]) -> int:
    if not _is_ours(one.node, one.binding):
        return 4
    if one.node is screen:
        return 0
    if one.node is screen.app:
        return 3
    return 1 if one.binding.show else 2


def _is_ours(node: DOMNode, binding: Binding) -> bool:
    """Whether a class of this app gives the key its meaning, not one of Textual's that it is made from."""
    for kind in type(node).__mro__:
        if kind.__module__.partition(".")[0] == "textual":
            return False
        for given in Binding.make_bindings(kind.__dict__.get("BINDINGS", ())):
            if given.key == binding.key and given.action == binding.action:
                return True
    return False
