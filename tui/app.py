"""The app: its places, the index that is open, its models and jobs, and what every place shares."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from ragqa.engine import RagQA, reader_info
from ragqa.errors import RagqaError
from tui.jobs import Jobs
from tui.keys import keys_of
from tui.opening import copy_to_system, show_file
from tui.preferences import DEFAULT_THEME, answering, load_preferences, save_preferences
from tui.readiness import Readiness
from tui.screens.ask import AskScreen
from tui.screens.dialogs import ConfirmDialog, ErrorDialog, HelpDialog, JumpOverlay
from tui.screens.evaluate import EvaluateScreen
from tui.screens.inline import InlineScreen
from tui.screens.library import LibraryScreen
from tui.screens.place import PlaceScreen
from tui.screens.settings import SettingsScreen
from tui.screens.train import TrainScreen
from tui.tasks import Task
from tui.themes import THEMES
from tui.widgets.bars import PLACES


class RagqaApp(App[None]):
    """`ragqa tui`: opens on an index; with `inline` only a question and its answers, under the prompt."""

    TITLE = "ragqa"
    CSS_PATH = "app.tcss"
    MODES: ClassVar[dict[str, Callable[[], Screen[Any]]]] = {  # type: ignore[assignment]
        "ask": AskScreen,
        "library": LibraryScreen,
        "train": TrainScreen,
        "evaluate": EvaluateScreen,
        "settings": SettingsScreen,
        "inline": InlineScreen,
    }
    DEFAULT_MODE = "ask"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", show=True),
        *(Binding(key.lower(), f"go('{mode}')", name, show=False) for mode, name, key in PLACES),
        Binding("ctrl+o", "jump", "Jump", show=True),
        Binding("ctrl+q", "quit", "Quit", show=False, priority=True),
    ]

    def __init__(self, qa: RagQA, inline: bool = False) -> None:
        super().__init__()
        self.base_settings = qa.settings
        self.preferences = load_preferences()
        self.qa = qa
        self.jobs = Jobs(self)
        self.readiness = Readiness(self, embeds=not inline)
        self._quitting = False
        self._inline_mode = inline
        for theme in THEMES:
            self.register_theme(theme)

    # Life

    async def on_mount(self) -> None:
        known = self.preferences.theme in self.available_themes
        self.theme = self.preferences.theme if known else DEFAULT_THEME
        self._apply_preferences()
        if self._inline_mode:
            await self.switch_mode("inline")
        self.call_after_refresh(self.set_timer, 0.2, self.readiness.load)  # once the first picture stands

    def is_here(self, what: str) -> bool:
        """Whether the index is on this machine; where it is on a server, that `what` is done there is said."""
        if self.qa.server is not None:
            self.notify(f"The index is on {self.qa.server}: {what} where it is, not from here.", severity="warning", markup=False)
        return self.qa.server is None

    def on_task_finished(self, event: Task.Finished) -> None:
        self.readiness.finished(event.task, event.result)

    def on_task_progressed(self, event: Task.Progressed) -> None:
        self.readiness.progressed(event.task, event.step)

    def on_task_failed(self, event: Task.Failed) -> None:
        self.readiness.failed(event.task)

    def show_state(self) -> None:
        """Let every place show the index, and how far it is ready."""
        for screen in self._places():
            screen.show_state()

    # Jobs

    def start(self, task: Task) -> bool:
        """Start a job; False, and said so, when it is heavy and another heavy one is under way."""
        return self.jobs.start(task)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """The one place where a job's end, and any error of one, is handled."""
        if event.state not in (WorkerState.SUCCESS, WorkerState.ERROR, WorkerState.CANCELLED):
            return
        self.jobs.ended(event.worker.group)
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.show_error(event.worker.error)
        if self._quitting and not self.jobs.heavy:
            self.exit()
        elif self.jobs.can_go_on():
            self.readiness.embed()

    def show_error(self, error: BaseException) -> None:
        """Any error as a dialog."""
        self.push_screen(ErrorDialog.about(error))

    def _handle_exception(self, error: Exception) -> None:
        """Errors that a person can act on never end the app, wherever they come from."""
        if isinstance(error, RagqaError):
            self.call_later(self.show_error, error)
        else:
            super()._handle_exception(error)

    def on_unmount(self) -> None:
        self.jobs.stop_all()  # the process lives until their threads end, also when nobody was asked: the window was closed

    async def action_quit(self) -> None:
        heavy = self.jobs.heavy
        self.jobs.stop_background()
        if not heavy:
            self.exit()
            return

        def answered(quit_now: bool | None) -> None:
            if quit_now:
                self._quitting = True
                for task in heavy:
                    task.stop()
                self.notify("Stopping; what is finished is kept …")
                if not self.jobs.heavy:
                    self.exit()

        await self.push_screen(
            ConfirmDialog(
                f"{heavy[0].title} is under way. Stop it and quit? What it has finished is kept.", "Stop and quit", "Stay"
            ),
            answered,
        )

    # The index, readers and feedback

    def open_index(self, name: str) -> None:
        """Open another index, which may not exist yet. Raises UsageError for a name that is none."""
        self.jobs.stop_background()
        old, self.qa = self.qa, self.qa.another(name)
        self._apply_preferences()
        old.close()
        self.index_changed()
        self.readiness.load()

    def index_changed(self) -> None:
        """Tell every place that the index is another one or holds something else."""
        for screen in self._places():
            screen.index_changed()
            screen.show_state()

    def readers_changed(self, reload: bool) -> None:
        """Tell every place that a reader came, went, or answers now; `reload` the one that answers."""
        if reload:
            self.qa.refresh_reader()
            self._apply_preferences()
            self.readiness.load()
        for screen in self._places():
            screen.readers_changed()

    def feedback_changed(self) -> None:
        """Tell every place that an answer was judged."""
        for screen in self._places():
            screen.feedback_changed()

    def _places(self) -> list[PlaceScreen]:
        stacks = [screen for stack in self._screen_stacks.values() for screen in stack]
        return [screen for screen in stacks if isinstance(screen, PlaceScreen) and screen.is_mounted]

    # Preferences

    def prefer(self, **changes: Any) -> None:
        """Change preferences, keep them, and let them work at once."""
        self.preferences = replace(self.preferences, **changes)
        if not save_preferences(**changes):
            self.notify("The preferences could not be kept: the settings folder cannot be written.", severity="warning")
        if "theme" in changes:
            self.theme = self.preferences.theme
        self._apply_preferences()

    def _apply_preferences(self) -> None:
        ask = answering(self.base_settings.ask, self.preferences, self.threshold_for)
        self.qa.settings = replace(self.qa.settings, ask=ask)

    def threshold_for(self, max_wrong: float) -> float:
        """The confidence from which at most that share of answers is wrong: as the reader's validation showed, where it did;
        else that each answer is itself so sure."""
        try:
            limits = reader_info(self.base_settings.home, self.qa.reader_name).limits
        except RagqaError:
            limits = {}
        return limits.get(round(max_wrong, 4), 1 - max_wrong)

    # What every place can do

    def copy(self, text: str, told: str) -> None:
        """Copy to the clipboard: the terminal's, by OSC 52, and the system's."""
        self.copy_to_clipboard(text)
        self.start(Task("copy", self, lambda task: copy_to_system(text)))
        self.notify(told)

    def open_source(self, path: str, pages: tuple[int, ...]) -> None:
        """Open a document's file, at a page where its viewer can."""
        if self.qa.server is not None:
            self.notify(f"The file is on {self.qa.server}; p shows the page.", severity="warning", markup=False)
            return
        found = next((one for one in self.qa.documents() if one.path == path), None)
        if found is not None and found.foreign:
            self.notify(
                f"Only an imported index says where it is: ingest your own copy of {path}", severity="warning", markup=False
            )
            return
        source = None if found is None else Path(found.source)
        if source is None or not source.is_file():
            self.notify(f"The file is not there any more: {source or path}", severity="warning", markup=False)
            return
        if not show_file(self, source, pages[0] if pages else None):
            self.copy(str(source), "Nothing here can show the file; its path is copied")

    def ask(self, question: str) -> None:
        """Ask a question in Ask."""
        self.switch_mode("ask")
        self.call_later(self._ask, question)

    def _ask(self, question: str) -> None:
        if isinstance(self.screen, AskScreen):
            self.screen.ask(question)

    def action_go(self, mode: str) -> None:
        if not isinstance(self.screen, PlaceScreen):  # a dialog is open
            return
        self.switch_mode(mode)

    def action_help(self) -> None:
        screen = self.screen
        if not isinstance(screen, PlaceScreen):
            return
        self.push_screen(HelpDialog(screen.HELP, keys_of(screen)))

    def action_jump(self) -> None:
        screen = self.screen
        if not isinstance(screen, PlaceScreen):
            return

        def chosen(target: Widget | None) -> None:
            if target is not None:
                target.focus()

        self.push_screen(JumpOverlay(screen.jumps()), chosen)

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        for mode, name, key in PLACES:
            yield SystemCommand(f"Go to {name}", f"Key {key}", lambda mode=mode: self.action_go(mode))
        if isinstance(screen, PlaceScreen):
            yield from screen.commands()
        yield SystemCommand("Help", "What this place is for, and its keys", self.action_help)
        yield SystemCommand("Jump to a pane", "By a letter", self.action_jump)
        for theme in sorted(self.available_themes):
            yield SystemCommand(f"Theme: {theme}", "Kept for next time", lambda theme=theme: self.prefer(theme=theme))
        yield SystemCommand("Quit", "Jobs under way are stopped after asking", self.action_quit)


def collect_seldom() -> None:
    """Let the garbage collector run seldom: by Python's own thresholds a full pass, a quarter of a second, came with every second
    question. What the models and the libraries brought stays out of its sight."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def run(qa: RagQA, inline: bool = False) -> None:
    """Open the app on an engine's index, until the user quits."""
    collect_seldom()
    app = RagqaApp(qa, inline=inline)
    app.run(inline=inline)
