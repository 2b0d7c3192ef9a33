"""The dialog in which KEY=VALUE words are typed, or chosen from those that documents are labelled with."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from ragqa.errors import UsageError
from ragqa.metadata import parsed, wanted
from ragqa.types import Metadata
from tui.widgets.labels import Counts, LabelInput, Offered, split
from tui.widgets.lists import VimOptionList
from tui.widgets.stand_ins import visible_line

_SHOWN = 500
ONLY_IN = "brand=Aqua model=K2*   Tab completes; nothing: in all"
LABEL = "brand=Aqua model=K200   Tab completes; KEY= takes away"


class LabelsDialog(ModalScreen[Metadata | None]):
    """Metadata: typed, with completion, or chosen from what there is. With `new` it is what documents are to be labelled with;
    without, what is looked for, which some document must have. `now` is said under the title."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "Close", show=False),
        Binding("down", "list", show=False),
    ]

    def __init__(self, title: str, counts: Counts, *, value: str = "", now: str = "", new: bool = False) -> None:
        super().__init__()
        self._title, self._value, self._now, self._new = title, value, now, new
        self._offered = Offered(counts)
        self._start, self._shown = 0, list[str]()

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog choice"):
            yield Label(Text(visible_line(self._title)))
            if self._now:
                yield Static(Text(visible_line(self._now), style="dim"))
            yield LabelInput(LABEL if self._new else ONLY_IN, self._offered, self._value)
            yield VimOptionList()
            yield Static(id="labels-fault", classes="hint")

    def on_mount(self) -> None:
        self._fill("")
        self._say("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._say("")
        self._fill(event.value)

    def _fill(self, text: str) -> None:
        self._start, found = self._offered.fitting(text)
        self._shown = found[:_SHOWN]
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(self._option(one)) for one in self._shown])
        options.display = bool(self._shown)
        if self._shown:
            options.highlighted = 0

    def _option(self, one: str) -> Text:
        count = self._offered.words[one]
        return Text.assemble(visible_line(one), (f"   {count:,} document{'' if count == 1 else 's'}", "dim"))

    def _say(self, fault: str) -> None:
        told = self.query_one("#labels-fault", Static)
        told.update(Text(visible_line(fault)))
        told.display = bool(fault)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            metadata = parsed(split(self._settled(event.value)))
            if not self._new:
                wanted(metadata)
        except UsageError as error:
            self._say(f"{error.message}. {error.hint}")
            return
        lacking = [] if self._new else self._offered.unheld(metadata)
        if lacking:
            self._say(f"No document is labelled {lacking[0]}.")
        else:
            self.dismiss(None if self._new and not metadata else metadata)

    def _settled(self, text: str) -> str:
        """What is typed, its end as the list has it where it is a part of that."""
        last = next(reversed(split(text)), "")
        _, between, value = last.partition("=")
        whole = bool(between) and (self._new or (bool(value) and not self._offered.unheld(parsed([last]))))
        if not last or whole or not self._shown:
            return text
        return f"{text[: self._start]}{self._shown[self.query_one(OptionList).highlighted or 0]}"

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Put the word where it was typed a part of; another one can be typed behind it, or Enter pressed."""
        box = self.query_one(LabelInput)
        box.select_on_focus = False
        box.put(f"{box.value[: self._start]}{self._shown[event.option_index]}")
        box.focus()

    def action_list(self) -> None:
        self.query_one(OptionList).focus()

    def action_cancel(self) -> None:
        self.dismiss(None)
