"""Ask: a question, its answers, and beside them the manual; and the place where answers are judged and corrected."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import ListView

from ragqa.engine import RagQA
from ragqa.types import Extract, Response, Verdict
from tui.readiness import NO_INDEX
from tui.screens.dialogs import ChoiceDialog
from tui.screens.filters import Filters
from tui.screens.place import PlaceScreen
from tui.tasks import Task
from tui.verdicts import Verdicts
from tui.widgets.answers import AnswerList, Card, Place, copied
from tui.widgets.bars import Splitter
from tui.widgets.question_input import QuestionInput
from tui.widgets.source_pane import SourcePane
from tui.widgets.source_view import SourceView
from tui.widgets.stand_ins import visible_line

WHERE_IS_IT = "Where is the right answer? v marks, arrows move (or drag the mouse), Enter keeps it. Esc: leave it at wrong."


class AskScreen(PlaceScreen):
    """Questions and answers."""

    MODE = "ask"
    JUMPS = ("#question", "#answers", "#source-view")
    HELP = """# Ask

Type a question and press Enter. The answers stand on the left, the best one first; on the right the manual, with the
answer marked.

Judge what you see: `y` right, `n` wrong, then mark the right place in the manual and press Enter, or `m` if the manuals do not
say. Verdicts are kept with the index and can be trained on (F4); `u` takes back the last one. `p` shows the page.

Ctrl-F looks in one document only, Ctrl-L only in those that are labelled so, as with brand=Aqua; the library (F3) labels them."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+f", "filter", "Document", show=True),
        Binding("ctrl+l", "labels", "Labels", show=True),
        Binding("escape", "question", "Question", show=False),
        Binding("ctrl+left", "split(-0.05)", "Narrower answers", show=False),
        Binding("ctrl+right", "split(0.05)", "Wider answers", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._asked, self._waiting = 0, False
        self._response: Response | None = None
        self._correcting: Card | None = None
        self._verdicts, self._filters = Verdicts(self.app, self), Filters(self)
        self._qa: RagQA | None = None

    def body(self) -> Iterator[Widget]:
        yield QuestionInput("Ask the manuals …", id="question")
        with Horizontal(id="ask-body"):
            yield AnswerList(id="answers")
            yield Splitter(id="splitter")
            yield SourcePane(id="source")

    def on_mount(self) -> None:
        self.query_one(QuestionInput).focus()
        self._set_split(self.app.preferences.split)
        self.index_changed()

    # Asking

    def ask(self, question: str) -> None:
        """Ask as if it had been typed."""
        self.query_one(QuestionInput).value = question
        self._ask(question)

    def on_input_submitted(self, event: QuestionInput.Submitted) -> None:
        self._ask(event.value)

    def _ask(self, question: str) -> None:
        if not question.strip():
            return
        self._asked, self._waiting = self._asked + 1, True
        number, filters, qa = self._asked, self._filters.asked, self.app.qa
        self.query_one(QuestionInput).remember(question.strip())
        self.show_state()

        def work(task: Task) -> tuple[int, Response]:
            return number, qa.ask(question.strip(), **filters)

        self.app.start(Task("ask", self, work, models=True))
        self.app.start(Task("remember", self, lambda task: qa.journal.remember(question.strip())))

    async def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        if event.task.title == "ask":
            number, response = event.result
            if number == self._asked:  # else a later question was asked meanwhile
                await self._show(response)
        elif event.task.title == "history":
            self.query_one(QuestionInput).history = event.result
        elif event.task.title == "extract":
            extract, place, first = event.result
            self._show_extract(extract, place, first)
        elif event.task.title == "find":
            self.query_one(SourcePane).found(event.result)
        elif event.task.title == "judge":
            self._verdicts.judged(*event.result)
        elif event.task.title == "undo":
            self._verdicts.undone()
        elif event.task.title == "labels":
            self._filters.offer(*event.result)

    def on_task_failed(self, event: Task.Failed) -> None:
        event.stop()
        if event.task.title == "ask":
            self._waiting = False
        elif event.task.title == "undo":
            self._verdicts.not_undone()
        self.show_state()

    async def _show(self, response: Response) -> None:
        self._response, self._waiting, self._correcting = response, False, None
        self.query_one(SourcePane).hint("")
        answers = self.query_one(AnswerList)
        await answers.show(response)
        self.show_state()
        if answers.card is None:
            self.query_one(SourcePane).clear()
        box = self.query_one(QuestionInput)
        typing_the_next = self.focused is box and box.value.strip() != response.question
        if self.focused in (None, box) and not typing_the_next:
            answers.focus()

    def show_state(self) -> None:
        super().show_state()
        empty = self._response is None and self.app.readiness.models == NO_INDEX
        resting = "There are no manuals in this index yet: F3, then a, adds some." if empty else ""
        waiting = "Reading the manuals …" if self.app.readiness.is_ready else "The models are loading; the answer follows …"
        self._say(waiting if self._waiting else resting)

    def _say(self, text: str) -> None:
        """Say on the question's frame what is going on; on its other side stands which documents are asked."""
        box = self.query_one(QuestionInput)
        box.border_title = Text(visible_line(self._filters.told))
        box.border_subtitle = Text(text)

    # Answers and their source

    def on_list_view_highlighted(self, event: ListView.Highlighted) -> None:
        if isinstance(event.item, Card) and event.item.target is not None:
            self.query_one(SourcePane).open(event.item.target)

    def on_list_view_selected(self) -> None:
        self.query_one(SourceView).focus()

    def on_answer_list_wanted(self, event: AnswerList.Wanted) -> None:
        card = event.card
        if event.what == "ask":
            self.query_one(QuestionInput).focus()
        elif card is None or card.target is None:
            return
        elif event.what == "read":
            self.query_one(SourceView).focus()
        elif event.what == "open":
            self.app.open_source(card.target.document, card.target.pages)
        else:
            cite = event.what == "cite"
            self.app.copy(copied(card, self._response, cite), "Answer and source copied" if cite else "Answer copied")

    def on_source_pane_wanted(self, event: SourcePane.Wanted) -> None:
        qa = self.app.qa

        def work(task: Task) -> tuple[Extract, Place | None, int | None]:
            return qa.extract(event.document_id, event.start, event.end), event.place, event.first

        self.app.start(Task("extract", self, work))

    def _show_extract(self, extract: Extract, place: Place | None, first: int | None) -> None:
        pane, card = self.query_one(SourcePane), self.query_one(AnswerList).card
        if place is None:
            pane.extend(extract, first or 0)
        elif card is not None and card.target == place:
            pane.show(extract, place)

    def on_source_pane_find_wanted(self, event: SourcePane.FindWanted) -> None:
        qa = self.app.qa
        self.app.start(Task("find", self, lambda task: qa.find(event.document_id, event.words, event.start, event.backwards)))

    def on_source_pane_left(self) -> None:
        self._correcting = None
        self.query_one(SourcePane).hint("")
        self.query_one(AnswerList).focus()

    # Correcting

    def on_answer_list_judged(self, event: AnswerList.Judged) -> None:
        card, response = event.card, self._response
        if event.verdict is None:
            self._undo()
        elif response is None or (card is None and event.verdict is not Verdict.UNANSWERABLE):
            return
        elif event.verdict is Verdict.UNANSWERABLE:
            self._verdicts.judge(response, Verdict.UNANSWERABLE, None)
        elif card is not None and card.answer is not None:
            self._verdicts.judge(response, event.verdict, card)
            if event.verdict is Verdict.WRONG:
                self._correcting = card
                self.query_one(SourcePane).hint(WHERE_IS_IT)
                self.query_one(SourceView).focus()
        elif event.verdict is Verdict.RIGHT:
            self.notify("A passage is no answer yet: mark the words in it (→, v, arrows) and press Enter.", severity="warning")
            self.query_one(SourceView).focus()

    def on_source_view_chosen(self, event: SourceView.Chosen) -> None:
        event.stop()
        if self._response is None:
            return
        answers, place = self.query_one(AnswerList), self.query_one(SourcePane).place
        if place is None or all(card.target is not place for card in answers.cards):
            self.notify(
                "The next question was answered meanwhile, and its manual is not there yet: nothing is kept.", severity="warning"
            )
            return
        card = self._correcting or answers.card
        self._verdicts.judge(self._response, Verdict.CORRECTED, card, (event.document_id, event.start, event.end))
        self._correcting = None
        view = self.query_one(SourceView)
        view.answer, view.marked = (event.start, event.end), None
        view.refresh()
        self.query_one(SourcePane).hint("")

    def _undo(self) -> None:
        self._verdicts.undo()
        self.query_one(SourcePane).hint("")

    # The rest

    def index_changed(self) -> None:
        qa = self.app.qa
        if self._qa not in (None, qa):  # answers and verdicts of another index mean nothing in this one
            self._asked += 1
            self._response, self._correcting, self._waiting = None, None, False
            self._filters.clear()
            self._verdicts.clear()
            self.query_one(AnswerList).clear()
            self.query_one(SourcePane).clear()
        self._qa = qa
        self.app.start(Task("history", self, lambda task: qa.journal.questions()))

    def on_question_input_left(self) -> None:
        if len(self.query_one(AnswerList)):
            self.query_one(AnswerList).focus()

    def on_question_input_history_wanted(self) -> None:
        box = self.query_one(QuestionInput)

        def chosen(question: str | None) -> None:
            if question is not None:
                self.ask(question)

        self.app.push_screen(ChoiceDialog("Questions asked before", box.history), chosen)

    def action_question(self) -> None:
        self.query_one(QuestionInput).focus()

    def action_filter(self) -> None:
        self._filters.choose_document()

    def action_labels(self) -> None:
        self._filters.choose_labels()

    def action_split(self, by: float) -> None:
        self._set_split(self.app.preferences.split + by, keep=True)

    def on_splitter_moved(self, event: Splitter.Moved) -> None:
        self._set_split(event.column / max(1, self.size.width), keep=event.done)

    def _set_split(self, share: float, keep: bool = False) -> None:
        share = max(0.2, min(share, 0.8))
        self.query_one(AnswerList).styles.width = f"{100 * share:.1f}%"
        if keep:
            self.app.prefer(split=round(share, 3))

    def commands(self) -> Iterator[SystemCommand]:
        yield SystemCommand("Ask: search the history", "Questions asked before", self.on_question_input_history_wanted)
        yield SystemCommand("Ask: look in one document", "Or in all of them again", self.action_filter)
        yield SystemCommand("Ask: look where documents are labelled so", "As with brand=Aqua", self.action_labels)
        yield from self.query_one(AnswerList).commands()
        yield from self.query_one(SourceView).commands()
