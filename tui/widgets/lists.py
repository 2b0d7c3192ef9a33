"""Lists, tables and trees that also move by vim's keys."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widgets import DataTable, DirectoryTree, ListView, OptionList

_VIM: list[BindingType] = [
    Binding("j", "cursor_down", "Down", show=False),
    Binding("k", "cursor_up", "Up", show=False),
]


class VimListView(ListView):
    """A list of cards."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_VIM,
        Binding("g", "edge(0)", "First", show=False),
        Binding("G", "edge(1)", "Last", show=False),
    ]

    def action_edge(self, last: int) -> None:
        if len(self):
            self.index = len(self) - 1 if last else 0


class VimOptionList(OptionList):
    """A list of choices."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_VIM,
        Binding("g", "first", "First", show=False),
        Binding("G", "last", "Last", show=False),
    ]


class VimTable(DataTable[object]):
    """A table whose rows are chosen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_VIM,
        Binding("g", "scroll_top", "First", show=False),
        Binding("G", "scroll_bottom", "Last", show=False),
    ]

    def watch_virtual_size(self) -> None:
        """Draw anew when the columns have grown: rows drawn before that are kept at the old widths by DataTable."""
        self.notify_style_update()


class VimDirectoryTree(DirectoryTree):
    """Folders and files."""

    BINDINGS: ClassVar[list[BindingType]] = [*_VIM, Binding("l,right", "select_cursor", "Open", show=False)]
