"""Settings: how questions are answered, by which reader, how the app looks, and what the index is."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table
from rich.text import Text
from textual.containers import Grid, VerticalScroll
from textual.validation import Integer
from textual.widget import Widget
from textual.widgets import Input, Label, Select, Static

from ragqa.display import index_facts, one_line
from ragqa.engine import reader_names
from ragqa.errors import RagqaError
from ragqa.types import IndexInfo
from tui.screens.place import PlaceScreen
from tui.tasks import Task

OF_THE_SERVER = "the server's own"
GONE = ""
"""The value that stands for a reader which is not there any more."""

LIMITS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3)
WRONG = [("as the reader says", 0.0), *((f"at most {share:.0%} wrong", share) for share in LIMITS)]


class SettingsScreen(PlaceScreen):
    """What can be chosen."""

    MODE = "settings"
    JUMPS = ("#top-k", "#reader", "#theme", "#index-info")
    HELP = """# Settings

Everything works at once and is kept for next time. **Wrong answers** is how many of the answers given may be wrong: fewer wrong
answers means that more questions are answered with "the manuals do not say". A trained reader knows from its validation which
confidence keeps the limit; otherwise each answer must itself be so sure."""

    def body(self) -> Iterator[Widget]:
        with VerticalScroll(id="settings"):
            with Grid(id="settings-form"):
                yield Label("Passages to read")
                yield Input(type="integer", id="top-k", validators=[Integer(1, 100)])
                yield Label("Answers to show")
                yield Input(type="integer", id="answers-shown", validators=[Integer(1, 100)])
                yield Label("Wrong answers")
                yield Select[float](WRONG, id="max-wrong", allow_blank=False)
                yield Label("Reader")
                choices, current = self._readers()  # at once: what else stood there would be told as a choice
                yield Select[str](choices, value=current, id="reader", allow_blank=False)
                yield Label("Theme")
                yield Select(self._themes(), value=self.app.theme, id="theme", allow_blank=False)
            yield Static(id="threshold")
            yield Static(id="index-info")

    def on_mount(self) -> None:
        self._fill()
        self.index_changed()

    def _themes(self) -> list[tuple[str, str]]:
        return [(name, name) for name in sorted(self.app.available_themes)]

    def _fill(self) -> None:
        ask, mine = self.app.qa.settings.ask, self.app.preferences
        with self.prevent(Select.Changed, Input.Changed):
            self.query_one("#top-k", Input).value = str(ask.top_k)
            self.query_one("#answers-shown", Input).value = str(ask.answers)
            self.query_one("#max-wrong", Select).value = mine.max_wrong if mine.max_wrong in LIMITS else 0.0
            self.query_one("#theme", Select).value = self.app.theme
        self.readers_changed()

    def _readers(self) -> tuple[list[tuple[str, str]], str]:
        """The readers to choose from, each as it is shown and as it is called, and the one that answers."""
        names = reader_names(self.app.base_settings.home) if self.app.qa.server is None else [OF_THE_SERVER]
        try:
            current = told = self.app.qa.reader_name
        except RagqaError as error:  # the index's own is gone
            current, told = GONE, f"({error.message})"
        choices = {name: name for name in names}
        choices.setdefault(current, told)  # a folder or a hub name that the settings ask for, say
        return [(Text(one_line(shown)).plain, name) for name, shown in choices.items()], current

    def readers_changed(self) -> None:
        choices, current = self._readers()
        with self.prevent(Select.Changed):
            readers = self.query_one("#reader", Select)
            readers.set_options(choices)
            readers.value = current
        self._say_threshold()

    def _say_threshold(self) -> None:
        given = self.app.qa.settings.ask.threshold
        told = "the reader's own threshold" if given is None else f"confidence of at least {given:.0%}"
        self.query_one("#threshold", Static).update(Text(f"Questions are answered from {told} on.", style="dim"))

    def index_changed(self) -> None:
        qa = self.app.qa

        def work(task: Task) -> IndexInfo | None:
            try:
                return qa.info()
            except RagqaError:
                return None

        self.app.start(Task("info", self, work))
        if self.is_mounted:
            self._fill()

    def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        info: IndexInfo | None = event.result
        table = Table(box=None, show_header=False, pad_edge=False)
        for key, value in index_facts(info) if info is not None else ():
            table.add_row(Text(key, style="dim"), Text(one_line(value)))
        self.query_one("#index-info", Static).update(table)

    def on_task_failed(self, event: Task.Failed) -> None:
        event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.validation_result is None or not event.validation_result.is_valid:
            return
        name = {"top-k": "top_k", "answers-shown": "answers"}[event.input.id or ""]
        if int(event.value) != getattr(self.app.qa.settings.ask, name):
            self.app.prefer(**{name: int(event.value)})

    def on_select_changed(self, event: Select.Changed) -> None:
        value = event.value
        if event.select.id == "theme" and value != self.app.theme:
            self.app.prefer(theme=value)
        elif event.select.id == "max-wrong" and (value or None) != self.app.preferences.max_wrong:
            self.app.prefer(max_wrong=value or None)
            self._say_threshold()
        elif event.select.id == "reader" and isinstance(value, str) and self._is_other_reader(value):
            self._use(value)

    def _is_other_reader(self, reader: str) -> bool:
        try:
            return self.app.qa.server is None and reader not in (GONE, self.app.qa.reader_name)
        except RagqaError:
            return reader != GONE

    def _use(self, reader: str) -> None:
        try:
            self.app.qa.use_reader(reader)
        except RagqaError as error:
            self.app.show_error(error)
        self.app.readers_changed(reload=True)
