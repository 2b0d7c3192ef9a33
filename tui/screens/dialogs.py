"""Dialogs: an error, a question, a choice, paths to add, help, and letters to jump by. Texts in them are data, never markup."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Offset
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Button, DirectoryTree, Input, Label, Markdown, OptionList, Static
from textual.widgets.option_list import Option

from ragqa.display import printable
from ragqa.errors import RagqaError
from tui.widgets.inputs import PathInput, SafeInput
from tui.widgets.lists import VimDirectoryTree, VimOptionList
from tui.widgets.stand_ins import visible_line

_ESCAPE: list[BindingType] = [Binding("escape", "cancel", "Close", show=False)]


class ErrorDialog(ModalScreen[None]):
    """What went wrong, and what to do about it."""

    BINDINGS: ClassVar[list[BindingType]] = [*_ESCAPE, Binding("c", "copy", "Copy", show=False)]

    def __init__(self, message: str, hint: str = "", details: str = "") -> None:
        super().__init__()
        self._text = (message, hint, details)

    @classmethod
    def about(cls, error: BaseException) -> ErrorDialog:
        """The dialog on an error: what a person can act on as it is, anything else with its details."""
        if isinstance(error, RagqaError):
            return cls(error.message, error.hint)
        told = f"{type(error).__name__}: {error}"
        safe = "This is a fault in ragqa. What was kept before is not touched."
        return cls(told, safe, "".join(traceback.format_exception(error)))

    def compose(self) -> ComposeResult:
        message, hint, details = (printable(text) for text in self._text)
        with Vertical(classes="dialog error"):
            yield Static(Text.assemble(("Error  ", "bold red"), message))
            if hint:
                yield Static(Text(hint), classes="hint")
            if details:
                with VerticalScroll(classes="details"):
                    yield Static(Text(details, style="dim"))
            with Horizontal(classes="buttons"):
                yield Button("Close", variant="primary", id="close")
                yield Button("Copy", id="copy")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.action_copy() if event.button.id == "copy" else self.action_cancel()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard("\n".join(filter(None, self._text)))

    def action_cancel(self) -> None:
        self.dismiss(None)


class ConfirmDialog(ModalScreen[bool]):
    """A question to be answered with yes or no."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *_ESCAPE,
        Binding("y", "answer(True)", "Yes", show=False),
        Binding("n", "answer(False)", "No", show=False),
    ]

    def __init__(self, question: str, yes: str = "Yes", no: str = "No") -> None:
        super().__init__()
        self._question, self._yes, self._no = question, yes, no

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog"):
            yield Static(Text(printable(self._question)))
            with Horizontal(classes="buttons"):
                yield Button(self._yes, variant="warning", id="yes")
                yield Button(self._no, variant="primary", id="no")

    def on_mount(self) -> None:
        self.query_one("#no").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        self.dismiss(yes)

    def action_cancel(self) -> None:
        self.dismiss(False)


class ChoiceDialog(ModalScreen[str | None]):
    """One of many, found by typing a part of it. With `new`, what was typed may be chosen too."""

    BINDINGS: ClassVar[list[BindingType]] = [*_ESCAPE, Binding("down", "list", show=False)]

    def __init__(self, title: str, choices: Sequence[str], new: str = "") -> None:
        super().__init__()
        self._title, self._choices, self._new = title, list(choices), new
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog choice"):
            yield Label(self._title, markup=False)
            yield SafeInput(placeholder="Type a part of it" + (f", or {self._new}" if self._new else ""))
            yield VimOptionList()

    def on_mount(self) -> None:
        self._fill("")
        self.query_one(Input).focus()

    def _fill(self, part: str) -> None:
        wanted = part.casefold().split()
        self._shown = [one for one in self._choices if all(word in one.casefold() for word in wanted)][:500]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Text(visible_line(one))) for one in self._shown])
        if self._shown:
            options.highlighted = 0

    def on_input_changed(self, event: Input.Changed) -> None:
        self._fill(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._new and event.value.strip() and event.value.strip() not in self._choices:
            self.dismiss(event.value.strip())
        elif self._shown:
            self.dismiss(self._shown[self.query_one(OptionList).highlighted or 0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._shown[event.option_index])

    def action_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_cancel(self) -> None:
        self.dismiss(None)


class AddDialog(ModalScreen[str | None]):
    """A file, folder or glob to ingest: typed, with completion, or chosen in the tree."""

    BINDINGS: ClassVar[list[BindingType]] = _ESCAPE

    def __init__(self, folder: str) -> None:
        super().__init__()
        self._folder = folder

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog add"):
            yield Label("Add manuals: a file, a folder or a glob", markup=False)
            yield PathInput("manuals/   (Tab completes)")
            yield VimDirectoryTree(self._folder)
            with Horizontal(classes="buttons"):
                yield Button("Ingest", variant="primary", id="ingest")
                yield Button("Cancel", id="cancel")

    def on_mount(self) -> None:
        self.query_one(PathInput).focus()

    def on_directory_tree_file_selected(self, event: DirectoryTree.FileSelected) -> None:
        self.query_one(PathInput).value = str(event.path)

    def on_directory_tree_directory_selected(self, event: DirectoryTree.DirectorySelected) -> None:
        self.query_one(PathInput).value = str(event.path)

    def on_input_submitted(self) -> None:
        self._ingest()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        self._ingest() if event.button.id == "ingest" else self.dismiss(None)

    def _ingest(self) -> None:
        path = self.query_one(PathInput).value.strip()
        if path:
            self.dismiss(path)

    def action_cancel(self) -> None:
        self.dismiss(None)


class HelpDialog(ModalScreen[None]):
    """What a place is for, and every key that works in it."""

    BINDINGS: ClassVar[list[BindingType]] = [*_ESCAPE, Binding("f1,q", "cancel", show=False)]

    def __init__(self, text: str, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._text, self._keys = text, keys

    def compose(self) -> ComposeResult:
        rows = "\n".join(f"| `{key.replace('|', '&#124;')}` | {what} |" for key, what in self._keys)
        with VerticalScroll(classes="dialog help"):
            yield Markdown(f"{self._text}\n\n| Key | |\n|---|---|\n{rows}\n")

    def action_cancel(self) -> None:
        self.dismiss(None)


class JumpOverlay(ModalScreen[Widget | None]):
    """A letter on every pane: the letter goes there."""

    BINDINGS: ClassVar[list[BindingType]] = _ESCAPE

    def __init__(self, targets: Sequence[Widget]) -> None:
        super().__init__()
        self._targets = dict(zip("asdfghjklqwertyuiop", targets, strict=False))

    def compose(self) -> ComposeResult:
        for letter, target in self._targets.items():
            label = Label(f" {letter} ", classes="jump", markup=False)
            region = target.region
            label.absolute_offset = Offset(region.x + 1, region.y)
            yield label
        yield Label("Jump to a pane: press its letter", classes="jump-help", markup=False)

    def on_key(self, event: events.Key) -> None:
        if event.key != "escape":
            event.stop()
            self.dismiss(self._targets.get(event.key))

    def action_cancel(self) -> None:
        self.dismiss(None)
