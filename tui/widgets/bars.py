"""The bars around every screen: where one is, what is at work, and the edge between two panes."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Label, ProgressBar, Static

from ragqa.display import STAGES, one_line, progress_counts
from ragqa.types import Progress

PLACES = (("ask", "Ask", "F2"), ("library", "Library", "F3"), ("train", "Train", "F4"), ("evaluate", "Evaluate", "F5"),
    ("settings", "Settings", "F6"))  # fmt: skip
"""Mode, name and key of each place of the app."""


class NavItem(Static):
    """The name of a place; a click goes there."""

    def __init__(self, mode: str, name: str, key: str, current: bool) -> None:
        super().__init__(Text.assemble((key.removeprefix("F"), "dim"), f" {name}"), classes="-current" if current else "")
        self._mode = mode

    async def on_click(self) -> None:
        await self.app.run_action(f"app.go('{self._mode}')")


class NavBar(Horizontal):
    """The places, and on the right the index and the state of the models."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def compose(self) -> ComposeResult:
        for mode, name, key in PLACES:
            yield NavItem(mode, name, key, mode == self._mode)
        yield Static(id="nav-state")

    def state(self, index: str, models: str) -> None:
        """Show which index is open and what the models are doing."""
        self.query_one("#nav-state", Static).update(Text(f"{one_line(index)} · {models}", justify="right", no_wrap=True))


class TaskBar(Horizontal):
    """A job under way: what it does, how far it is, and when it will be done. Hidden while there is none."""

    def compose(self) -> ComposeResult:
        yield Label("", id="task-title", markup=False)
        yield ProgressBar(id="task-bar", show_eta=True)
        yield Label("", id="task-detail", markup=False)

    def on_mount(self) -> None:
        self.display = False

    def begin(self, title: str) -> None:
        """Show a job whose length is not known yet."""
        self.display = True
        self.query_one("#task-title", Label).update(title)
        self.query_one("#task-detail", Label).update("")
        self.query_one(ProgressBar).update(total=None, progress=0)

    def step(self, step: Progress) -> None:
        """Show how far the job is."""
        if step.stage in STAGES:
            self.query_one("#task-title", Label).update(STAGES[step.stage])
        self.query_one(ProgressBar).update(total=max(1, step.total), progress=step.done)
        self.query_one("#task-detail", Label).update(f"{progress_counts(step)}  {one_line(step.detail)}")

    def say(self, detail: str) -> None:
        """Say what is at work."""
        self.query_one("#task-detail", Label).update(one_line(detail))

    def end(self) -> None:
        """Hide it."""
        self.display = False


class Splitter(Static):
    """The edge between two panes: dragged with the mouse it moves."""

    class Moved(Message):
        """The edge was moved to a column of the screen; `done` when it was let go."""

        def __init__(self, column: int, done: bool) -> None:
            super().__init__()
            self.column = column
            self.done = done

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self.app.mouse_captured is self:
            self.post_message(self.Moved(event.screen_x, done=False))

    def on_mouse_up(self, event: events.MouseUp) -> None:
        if self.app.mouse_captured is self:
            self.release_mouse()
            self.post_message(self.Moved(event.screen_x, done=True))
