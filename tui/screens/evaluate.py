"""Evaluate: how good the answers are on question/answer pairs, and the questions that went worst."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Static, TabbedContent, TabPane

from ragqa.display import ANSWER_LENGTH, one_line, shortened
from ragqa.display_reports import baseline_table, expected, figure_groups, limit_sentence, worst_questions
from ragqa.engine import read_qa_file
from ragqa.errors import UsageError
from ragqa.types import QAPair
from tui.screens.place import PlaceScreen
from tui.tasks import Task
from tui.widgets.bars import TaskBar
from tui.widgets.inputs import PathInput
from tui.widgets.lists import VimTable
from tui.widgets.plots import Plot
from tui.widgets.stand_ins import visible_line

WORST = 30


class EvaluateScreen(PlaceScreen):
    """Measuring."""

    MODE = "evaluate"
    JUMPS = ("#eval-file", "#worst", "#eval-tabs")
    HELP = """# Evaluate

Give a QA file and press Enter: every question is asked and its answer compared with the accepted ones. The figures, the
risk-coverage curve (how many answers are wrong when only the surest questions are answered), and the worst questions: Enter on
one asks it in Ask."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "run", "Run", show=True),
        Binding("ctrl+x", "stop", "Stop", show=True, priority=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._worst: list[Any] = []

    def body(self) -> Iterator[Widget]:
        with Horizontal(id="eval-form"):
            yield PathInput("QA file: qa.csv   (Tab completes)", id="eval-file")
            yield Checkbox("Verdicts", id="eval-feedback")
            yield Checkbox("Baselines", id="eval-baseline")
            yield Button("Run", variant="primary", id="eval-run")
        with TabbedContent(id="eval-tabs"):
            with TabPane("Figures", id="tab-figures"), VerticalScroll():
                yield Static("No evaluation yet.", id="figures")
            with TabPane("Risk and coverage", id="tab-risk"):
                yield Plot("wrong answers (%) when the surest x % of the questions are answered", "answered (%)", id="risk-plot")
                with VerticalScroll(id="limits-pane"):
                    yield Static(id="limits")
            with TabPane("Worst questions", id="tab-worst"):
                yield VimTable(id="worst", cursor_type="row", zebra_stripes=True)
                yield Static(id="worst-details")
        yield TaskBar()

    def on_mount(self) -> None:
        self.query_one("#worst", VimTable).add_columns("Sure", "What went wrong", "Question")
        self.query_one("#eval-file").focus()

    def on_input_submitted(self) -> None:
        self.action_run()

    def on_button_pressed(self) -> None:
        self.action_run()

    def action_run(self) -> None:
        qa, path = self.app.qa, self.query_one("#eval-file", PathInput).value.strip()
        use_feedback = self.query_one("#eval-feedback", Checkbox).value
        baseline = self.query_one("#eval-baseline", Checkbox).value

        def work(task: Task) -> Any:
            pairs: list[QAPair] = list(read_qa_file(path)[0]) if path else []
            pairs += qa.feedback_pairs() if use_feedback else []
            if not pairs:
                raise UsageError("there is nothing to ask", hint="Give a QA file, or tick the verdicts given in Ask.")
            return qa.evaluate(pairs, baseline=baseline, progress=task.progress, stop=task.stopped)

        task = Task("Evaluation", self, work, heavy=True)
        if self.app.start(task):
            self._job = task
            self.query_one(TaskBar).begin("Asking")
            self.refresh_bindings()

    def action_stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.query_one(TaskBar).say("stopping …")

    def on_task_progressed(self, event: Task.Progressed) -> None:
        event.stop()
        self.query_one(TaskBar).step(event.step)

    def on_task_failed(self, event: Task.Failed) -> None:
        event.stop()
        self._ended()

    def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        self._ended()
        self.show_report(event.result)

    def _ended(self) -> None:
        self._job = None
        self.query_one(TaskBar).end()
        self.refresh_bindings()

    def show_report(self, report: Any) -> None:
        """Show an evaluation's figures, curve and worst questions."""
        self.query_one("#figures", Static).update(Group(*_figures(report)))
        x, y = ([100 * point.coverage for point in report.curve], [100 * point.risk for point in report.curve])
        self.query_one("#risk-plot", Plot).draw([(x, y, "")])
        limits = [Text(f"· {limit_sentence(limit)}") for limit in report.limits]
        self.query_one("#limits", Static).update(Group(*limits))
        self._worst = worst_questions(report, WORST)
        table = self.query_one("#worst", VimTable)
        table.clear()
        for result, wrong in self._worst:
            what = wrong.partition(":")[0]
            table.add_row(Text(f"{result.confidence:.0%}", justify="right"), Text(what), Text(visible_line(result.pair.question)))
        self._show_worst()
        self.query_one(TabbedContent).active = "tab-figures"
        if report.interrupted:
            self.notify("Stopped: the figures are those of the questions asked until then.", severity="warning")

    def on_data_table_row_highlighted(self, event: VimTable.RowHighlighted) -> None:
        self._show_worst()

    def _show_worst(self) -> None:
        row = self.query_one("#worst", VimTable).cursor_row
        if not 0 <= row < len(self._worst):
            self.query_one("#worst-details", Static).update("")
            return
        result, wrong = self._worst[row]
        lines = (("", wrong), ("answer: ", result.predicted or "–"), ("expected: ", expected(result.pair)))
        told = [Text.assemble((label, "dim"), shortened(visible_line(text), ANSWER_LENGTH)) for label, text in lines]
        self.query_one("#worst-details", Static).update(Group(*told))

    def on_data_table_row_selected(self, event: VimTable.RowSelected) -> None:
        if 0 <= event.cursor_row < len(self._worst):
            self.app.ask(self._worst[event.cursor_row][0].pair.question)

    def commands(self) -> Iterator[SystemCommand]:
        yield SystemCommand("Evaluate: run", "Ask every question of the file", self.action_run)
        yield SystemCommand("Evaluate: stop", "Figures of what was asked", self.action_stop)


def _figures(report: Any) -> Iterator[RenderableType]:
    """The figures of a report, group by group."""
    yield Text(f"Reader {one_line(report.reader)} on index '{report.index}', threshold {report.threshold:.0%}", style="bold")
    for note in report.notes:
        yield Text(f"⚠ {visible_line(note)}", style="yellow")
    for problem in report.problems[:10]:
        yield Text(f"⚠ {visible_line(str(problem))}", style="yellow")
    for title, rows in figure_groups(report):
        yield Text(f"\n{title}", style="bold")
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(width=30)
        table.add_column(justify="right")
        for label, value in rows:
            table.add_row(Text(f"  {label}"), Text(value))
        yield table
    if report.baselines:
        head, lines = baseline_table(report)
        table = Table(box=None, header_style="bold", pad_edge=False)
        for column in head[:1] + head[2:]:
            table.add_column(Text(column), overflow="fold")
        for line in lines:
            table.add_row(*(Text(cell) for cell in line[:1] + line[2:]))
        yield Text("\nAgainst simpler ways", style="bold")
        yield table
