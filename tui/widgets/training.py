"""What a training is begun from and what is seen of it: the form, the curves with the log, what was found, what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.validation import Number
from textual.widgets import Button, Checkbox, Input, Label, RichLog, Select

from ragqa.config import TrainSettings
from ragqa.display import one_line, quoted
from ragqa.display_reports import compared_figures, evaluation_line, limit_sentence, mining_lines
from ragqa.types import TrainStep
from tui.widgets.inputs import PathInput
from tui.widgets.lists import VimTable
from tui.widgets.plots import Plot
from tui.widgets.stand_ins import visible_line

if TYPE_CHECKING:
    from ragqa.engine import ReaderInfo

READER_COLUMNS = ("Reader", "F1", "Exact", "From", "Made on", "Answers for")
TOLERATED = [("not said", 0.0), *((f"at most {share:.0%}", share) for share in (0.01, 0.02, 0.05, 0.1, 0.2))]


class TrainForm(VerticalScroll):
    """What to learn from and how; what it does not ask for stays as `defaults` say."""

    def __init__(self, defaults: TrainSettings, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._defaults = defaults

    def compose(self) -> ComposeResult:
        defaults = self._defaults
        yield Label("QA files")
        yield PathInput("qa.csv   (Tab completes)", id="qa-files")
        yield Checkbox("Verdicts from Ask", value=True, id="use-feedback")
        yield Label("Begin from")
        yield Select[str]([("default", "default")], id="base", allow_blank=False)
        yield Label("Epochs")
        yield Input(f"{defaults.epochs:g}", type="number", id="epochs", validators=[Number(0.01, 100)])
        yield Label("Learning rate")
        yield Input(f"{defaults.learning_rate:g}", type="number", id="learning-rate", validators=[Number(1e-8, 1)])
        yield Label("Kept to judge by (%)")
        yield Input(f"{100 * defaults.validation:g}", type="number", id="validation", validators=[Number(1, 90)])
        yield Label("Wrong answers tolerated")
        yield Select[float](TOLERATED, id="tolerated", allow_blank=False)
        yield Label("Name")
        yield Input(placeholder="made by itself", id="reader-name")
        with Horizontal(id="train-buttons"):
            yield Button("Look", id="look")
            yield Button("Start", variant="primary", id="start")

    def offer(self, readers: Sequence[str], chosen: str) -> None:
        """Offer readers to begin from."""
        select = self.query_one("#base", Select)
        select.set_options([(name, name) for name in readers])
        select.value = chosen

    def verdicts(self, count: int) -> None:
        """Show how many verdicts there are to learn from."""
        self.query_one("#use-feedback", Checkbox).label = f"Verdicts from Ask ({count})"

    @property
    def base(self) -> str:
        """The reader to begin from."""
        return str(self.query_one("#base", Select).value)

    @property
    def sources(self) -> tuple[str, bool]:
        """The QA files, separated by commas, and whether verdicts are learnt from too."""
        return self.query_one("#qa-files", PathInput).value, self.query_one("#use-feedback", Checkbox).value

    @property
    def reader_name(self) -> str | None:
        """The name of the new reader; None: made by itself."""
        return self.query_one("#reader-name", Input).value.strip() or None

    @property
    def tolerated(self) -> float | None:
        """The share of wrong answers that is tolerated, None where it was not said."""
        value = self.query_one("#tolerated", Select).value
        return value if isinstance(value, float) and value else None

    def settings(self) -> TrainSettings | None:
        """The settings; None, and said so, where a number is none or out of range: the cursor is there then."""
        wrong = [box for box in self.query(Input) if box.validators and not box.is_valid]
        if wrong:
            wrong[0].focus()
            self.notify("This is not a number in range.", severity="error")
            return None
        return replace(
            self._defaults,
            epochs=float(self.query_one("#epochs", Input).value),
            learning_rate=float(self.query_one("#learning-rate", Input).value),
            validation=float(self.query_one("#validation", Input).value) / 100,
        )


class Learning(Vertical):
    """The curves of a training, and under them what is told of it."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.losses: list[tuple[float, float]] = []
        self.scores: list[tuple[float, float]] = []

    def compose(self) -> ComposeResult:
        with Horizontal(id="plots"):
            yield Plot("loss", "step", id="loss-plot")
            yield Plot("validation F1", "step", id="score-plot")
        yield RichLog(id="train-log", wrap=True, markup=False, highlight=False)

    def begin(self) -> None:
        """Empty the curves and the log."""
        self.losses, self.scores = [], []
        self._draw()
        self.query_one(RichLog).clear()

    def step(self, step: TrainStep) -> None:
        """Draw a step; where it was evaluated, tell the scores."""
        self.losses.append((step.step, step.loss))
        if step.scores:
            self.scores.append((step.step, step.scores["f1"]))
            self.tell(evaluation_line(step))
        self._draw()

    def tell(self, text: str) -> None:
        """Tell a line."""
        self.query_one(RichLog).write(Text(visible_line(text)))

    def _draw(self) -> None:
        for name, points in (("#loss-plot", self.losses), ("#score-plot", self.scores)):
            self.query_one(name, Plot).draw([([x for x, _ in points], [y for _, y in points], "")])


class ReaderTable(VimTable):
    """The readers that there are, one a row."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, cursor_type="row", zebra_stripes=True)

    def show(self, readers: Iterable[ReaderInfo]) -> None:
        """List these readers."""
        self.clear(columns=True)
        self.add_columns(*READER_COLUMNS)
        for info in readers:
            self.add_row(*(Text(one_line(cell)) for cell in reader_row(info)), key=info.name)

    @property
    def highlighted(self) -> str | None:
        """The name of the reader that the cursor is on; None where there is none."""
        return self.coordinate_to_cell_key(self.cursor_coordinate).row_key.value if self.row_count else None


def reader_row(info: ReaderInfo) -> tuple[str, ...]:
    """What the table of readers says of one, in the order of READER_COLUMNS."""
    figures = (f"{100 * info.summary[key]:.1f}" if key in info.summary else "–" for key in ("f1", "exact_match"))
    used = ", ".join(info.used_by) if not info.problem else f"⚠ {info.problem}"
    return (info.name, *figures, info.base or "–", info.created[:10] or "–", used)


def found_words(report: Any) -> RenderableType:
    """How the answers were found, with examples of those that are worth a look."""
    return Group(*(Text(text, style=style) for text, style in mining_lines(report)))


def result_words(done: Any) -> RenderableType:
    """A trained reader compared with the one before it."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("", "before", "after", "change", "95 % interval"):
        table.add_column(Text(column), no_wrap=bool(column), justify="right" if column else "left", overflow="fold")
    for row in compared_figures(done.comparison):
        table.add_row(*(Text(cell) for cell in row))
    title = f"{one_line(done.name)}, trained on {done.training} questions, judged by {done.validation} others"
    told: list[RenderableType] = [
        Text(title, style="bold"),
        table,
        Text(quoted(done.comparison.verdict), style="bold green" if done.better else "bold yellow"),
    ]
    if done.limit is not None:
        told.append(Text(limit_sentence(done.limit)))
    return Group(*told)
