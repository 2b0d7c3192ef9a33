"""Train: from question/answer pairs and corrections to a reader that is better on these manuals, or is told not to be."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any, ClassVar

from rich.console import Group
from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Label, Static, TabbedContent, TabPane

from ragqa.display import one_line, quoted, spell_seconds
from ragqa.display_reports import material_sentence, mining_lines
from ragqa.engine import ears, list_readers, read_qa_file, reader_names, remove_reader, unfinished_trainings
from ragqa.errors import RagqaError, UsageError
from ragqa.types import Match, Progress, QAPair, TrainStep
from tui.screens.dialogs import ChoiceDialog, ConfirmDialog
from tui.screens.place import PlaceScreen
from tui.tasks import Task
from tui.widgets.bars import TaskBar
from tui.widgets.training import Learning, ReaderTable, TrainForm, found_words, result_words

TRAINED = "readers are trained and chosen"


class TrainScreen(PlaceScreen):
    """Making readers."""

    MODE = "train"
    JUMPS = ("#qa-files", "#base", "#start", "#train-log", "#readers")
    HELP = """# Train

Choose what to learn from: QA files (CSV, JSONL, SQuAD JSON; several separated by commas) and the verdicts given in Ask. **Look**
shows what of it is found in the manuals. **Start** trains a reader and compares it with the one in use, on questions that it was
not trained on; then you choose. A stopped training can be resumed, also after the app was closed."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+l", "look", "Look", show=True),
        Binding("ctrl+s", "start", "Start", show=True),
        Binding("ctrl+x", "stop", "Stop", show=True, priority=True),
        Binding("ctrl+t", "resume", "Resume", show=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._done: Any = None

    def body(self) -> Iterator[Widget]:
        with Horizontal(id="train"):
            yield TrainForm(self.app.base_settings.train, id="train-form")
            with TabbedContent(id="train-tabs"):
                with TabPane("Progress", id="tab-progress"):
                    yield Learning(id="learning")
                with TabPane("Found", id="tab-found"), VerticalScroll():
                    yield Static("Look shows what of the questions and answers is found in the manuals.", id="found")
                with TabPane("Result", id="tab-result"):
                    with VerticalScroll():
                        yield Static("A finished training is compared here with the reader in use.", id="result")
                    with Horizontal(id="promote"):
                        yield Button("Use the new one", variant="success", id="use-new")
                        yield Button("Keep the old one", id="keep-old")
                with TabPane("Readers", id="tab-readers"):
                    yield ReaderTable(id="readers")
                    yield Label("Enter: let it answer for this index    d: remove it", id="readers-help")
        yield TaskBar()

    def on_mount(self) -> None:
        self.query_one("#promote").display = False
        self.readers_changed()
        self.feedback_changed()
        self.query_one("#qa-files").focus()

    # What there is

    def readers_changed(self) -> None:
        home, form = self.app.base_settings.home, self.query_one(TrainForm)
        names = reader_names(home)
        chosen = form.base if form.base in names else names[0]
        with suppress(RagqaError):  # where the index's own is gone, another one is to be chosen here
            chosen = self.app.qa.reader_name if self.app.qa.reader_name in names else chosen
        form.offer(names, chosen)
        self.query_one(ReaderTable).show(list_readers(home))

    def feedback_changed(self) -> None:
        if self.app.qa.server is None:
            self.query_one(TrainForm).verdicts(len(self.app.qa.feedback_pairs()))

    def index_changed(self) -> None:
        self.feedback_changed()
        self.readers_changed()

    # Jobs

    def _pairs(self, files: str, use_feedback: bool, log: Any) -> list[QAPair]:
        """The pairs of the files and verdicts chosen. Raises UsageError."""
        pairs: list[QAPair] = []
        for path in filter(None, (part.strip() for part in files.split(","))):
            found, problems = read_qa_file(path)
            pairs += found
            for problem in problems[:20]:
                log(("note", f"left out: {problem}"))
        if use_feedback:
            pairs += self.app.qa.feedback_pairs()
        if not pairs:
            raise UsageError("there is nothing to learn from", hint="Give a QA file, or judge answers in Ask (F2).")
        return pairs

    def action_look(self) -> None:
        if not self.app.is_here(TRAINED):
            return
        form = self.query_one(TrainForm)
        qa, chosen, train = self.app.qa, form.sources, form.settings()
        if train is None:
            return

        def work(task: Task) -> Any:
            return qa.plan_training(self._pairs(*chosen, task.tell), train=train, ears=_listening(task))

        self._begin(Task("Look", self, work, heavy=True), "Looking for the answers", "tab-found")

    def action_start(self) -> None:
        if not self.app.is_here(TRAINED):
            return
        form = self.query_one(TrainForm)
        qa, chosen, train = self.app.qa, form.sources, form.settings()
        if train is None:
            return
        name, base, tolerated = form.reader_name, form.base, form.tolerated

        def work(task: Task) -> Any:
            pairs = self._pairs(*chosen, task.tell)
            return qa.finetune(
                pairs, name=name, base=base, train=train, promote="never", max_wrong=tolerated, ears=_listening(task)
            )

        self._begin_training(work)

    def action_resume(self) -> None:
        if not self.app.is_here(TRAINED):
            return
        names = unfinished_trainings(self.app.base_settings.home)
        if not names:
            self.notify("No training was stopped.")
            return
        qa = self.app.qa

        def chosen(name: str | None) -> None:
            if name is not None:
                self._begin_training(lambda task: qa.finetune(name=name, resume=True, promote="never", ears=_listening(task)))

        self.app.push_screen(ChoiceDialog("Resume the training of", names), chosen)

    def _begin_training(self, work: Any) -> None:
        if self._begin(Task("Training", self, work, heavy=True), "Training", "tab-progress"):
            self.query_one(Learning).begin()

    def _begin(self, task: Task, title: str, tab: str) -> bool:
        if not self.app.start(task):
            return False
        self._job = task
        self.query_one(TaskBar).begin(title)
        self.refresh_bindings()
        self.query_one(TabbedContent).active = tab
        return True

    def action_stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.query_one(TaskBar).say("stopping; a training can be resumed …")

    def on_button_pressed(self, event: Button.Pressed) -> None:
        actions = {"look": self.action_look, "start": self.action_start, "use-new": self._use_new, "keep-old": self._keep_old}
        actions[event.button.id or ""]()

    def on_task_progressed(self, event: Task.Progressed) -> None:
        event.stop()
        step = event.step
        if isinstance(step, Progress):
            self.query_one(TaskBar).step(step)
            return
        kind, value = step
        if kind == "step":
            self._step(value)
        elif kind == "mined":
            self.query_one("#found", Static).update(found_words(value))
            for text, _ in list(mining_lines(value))[: 1 + len(Match)]:
                self._log(text)
        else:
            self._log(value)

    def _step(self, step: TrainStep) -> None:
        detail = f"loss {step.loss:.3f}, {spell_seconds(step.left)} left"
        self.query_one(TaskBar).step(Progress("train", step.step, step.steps, detail))
        self.query_one(Learning).step(step)

    def _log(self, text: str) -> None:
        self.query_one(Learning).tell(text)

    def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        if event.task is not self._job:
            return
        self._ended()
        if event.task.title == "Look":
            self._show_plan(event.result)
        elif event.result is None:
            self._log("Stopped. ctrl+t resumes it, now or another day.")
        else:
            self._show_result(event.result)

    def on_task_failed(self, event: Task.Failed) -> None:
        event.stop()
        if event.task is self._job:
            self._ended()

    def _ended(self) -> None:
        self._job = None
        self.query_one(TaskBar).end()
        self.refresh_bindings()

    # What came of it

    def _show_plan(self, plan: Any) -> None:
        if plan is None:
            self.notify("Stopped before all answers were looked for.")
            return
        sides = material_sentence(len(plan.material.training), len(plan.material.validation))
        self.query_one("#found", Static).update(Group(Text(sides, style="bold"), found_words(plan.report)))

    def _show_result(self, done: Any) -> None:
        self._done = done
        self.query_one("#result", Static).update(result_words(done))
        self.query_one("#promote").display = True
        self.query_one(TabbedContent).active = "tab-result"
        self.query_one("#use-new" if done.better else "#keep-old", Button).focus()
        self._log(f"Done: {quoted(done.comparison.verdict)}")
        self.app.readers_changed(reload=False)

    def _use_new(self) -> None:
        if self._done is not None:
            self._use(self._done.name)
            self.query_one("#promote").display = False

    def _keep_old(self) -> None:
        self.query_one("#promote").display = False
        self.notify("The reader in use stays. The new one is kept among the readers.")

    def _use(self, name: str) -> None:
        if not self.app.is_here(TRAINED):
            return
        self.app.qa.use_reader(name)
        self.notify(f"{name} answers from now on.", markup=False)
        self.app.readers_changed(reload=True)

    def on_data_table_row_selected(self, event: ReaderTable.RowSelected) -> None:
        if event.row_key.value is not None:
            self._use(event.row_key.value)

    def key_d(self) -> None:
        table = self.query_one(ReaderTable)
        name = table.highlighted
        if not table.has_focus or name is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                used = remove_reader(self.app.base_settings.home, name, force=True)
                self.app.readers_changed(reload=self.app.qa.settings.index in used)

        told = f"Remove the reader {one_line(name)}? Where it answers, the default one takes its place."
        self.app.push_screen(ConfirmDialog(told, "Remove it", "Keep it"), answered)

    def commands(self) -> Iterator[SystemCommand]:
        yield SystemCommand("Train: look what is found", "Without training", self.action_look)
        yield SystemCommand("Train: start", "Train and compare", self.action_start)
        yield SystemCommand("Train: stop", "It can be resumed", self.action_stop)
        yield SystemCommand("Train: resume", "A training that was stopped", self.action_resume)
        if self._done is not None:
            yield SystemCommand("Train: use the new reader", "It answers from now on", self._use_new)
            yield SystemCommand("Train: keep the old reader", "The new one is kept among the readers", self._keep_old)


def _listening(task: Task) -> Any:
    """Who hears of a training: the task, which tells the screen."""
    return ears(
        begun=lambda name: task.tell(("note", f"Training the reader {name}.")),
        progress=task.progress,
        problems=lambda problems: task.tell(("note", "; ".join(f"left out: {one}" for one in problems[:20]))),
        mined=lambda report: task.tell(("mined", report)),
        told=lambda step: task.tell(("step", step)),
        stop=task.stopped,
    )
