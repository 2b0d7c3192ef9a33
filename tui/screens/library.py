"""Library: the documents of an index, what was lost in reading them, and adding, renewing and removing them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import DataTable, Static

from ragqa.display import ingest_counts, one_line
from ragqa.errors import IndexMissing, RagqaError, UsageError
from ragqa.types import Coverage, DocumentInfo, FileReport, FileState, IngestReport
from tui.screens.dialogs import AddDialog, ChoiceDialog, ConfirmDialog
from tui.screens.place import PlaceScreen
from tui.tasks import Task
from tui.widgets.bars import TaskBar
from tui.widgets.lists import VimTable

RENEWED = "its files are read again (a sends files from here)"
COLUMNS = ("Document", "Pages", "Chunks", "State", "Read on")


class LibraryScreen(PlaceScreen):
    """The documents of the index."""

    MODE = "library"
    JUMPS = ("#documents", "#details")
    HELP = """# Library

The documents of this index. `a` adds files and folders, `r` reads the chosen document's file again, `R` all that changed, `d`
takes it out (the file stays). `i` opens or makes another index. Under the table stands what reading a document lost, and what was
left out of the last ingests and why."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", show=True),
        Binding("r", "renew", "Read again", show=True),
        Binding("R", "renew_all", "All that changed", show=True),
        Binding("d,delete", "remove", "Remove", show=True),
        Binding("i", "index", "Index", show=True),
        Binding("x", "stop", "Stop", show=True),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._documents: list[DocumentInfo] = []
        self._losses: list[FileReport] = []
        self._embedded = Coverage(0, 0)
        self._report: IngestReport | None = None

    def body(self) -> Iterator[Widget]:
        yield Static(id="library-title")
        yield VimTable(id="documents", cursor_type="row", zebra_stripes=True)
        with VerticalScroll(id="details"):
            yield Static(id="document-details")
        yield TaskBar()

    def on_mount(self) -> None:
        self.query_one(VimTable).add_columns(*COLUMNS)
        self.index_changed()
        self.query_one(VimTable).focus()

    # What there is

    def index_changed(self) -> None:
        qa = self.app.qa

        def work(task: Task) -> tuple[list[DocumentInfo], list[FileReport], Coverage]:
            try:
                return qa.documents(), qa.journal.losses(), qa.embedded()
            except IndexMissing:
                return [], [], Coverage(0, 0)

        self.app.start(Task("documents", self, work))

    def on_task_finished(self, event: Task.Finished) -> None:
        event.stop()
        if event.task.title == "documents":
            self._documents, self._losses, self._embedded = event.result
            self._fill()
        elif event.task is self._job:
            self._ended()
            if isinstance(event.result, IngestReport):
                self._ingested(event.result)
            self.app.index_changed()
            if not self.app.readiness.is_ready:
                self.app.readiness.load()
            elif not (isinstance(event.result, IngestReport) and event.result.interrupted):
                self.app.readiness.embed()

    def on_task_failed(self, event: Task.Failed) -> None:
        event.stop()
        if event.task is self._job:
            self._ended()
            self.app.index_changed()

    def on_task_progressed(self, event: Task.Progressed) -> None:
        event.stop()
        if event.task is self._job:
            self.query_one(TaskBar).step(event.step)

    def _fill(self) -> None:
        table = self.query_one(VimTable)
        row = table.cursor_row
        table.clear()
        for one in self._documents:
            state, style = _state(one)
            pages = "" if one.pages is None else f"{one.pages:,}"
            table.add_row(
                Text(one_line(one.path)), Text(pages, justify="right"), Text(f"{one.chunks:,}", justify="right"),
                Text(state, style=style), Text(one.ingested_at[:10]),
            )  # fmt: skip
        if self._documents:
            table.move_cursor(row=min(max(row, 0), len(self._documents) - 1))
        name = self.app.qa.settings.index
        total = sum(one.chunks for one in self._documents)
        title = f"Index '{name}': {len(self._documents):,} documents, {total:,} chunks"
        if self._embedded.lacking:
            title += f", {self._embedded.done:,} embedded; the others are found by their words"
        empty = f"Index '{name}' is empty or not there yet: a adds manuals, i opens another index."
        self.query_one("#library-title", Static).update(Text(title if self._documents else empty, style="bold"))
        self._show_details()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show_details()

    def _show_details(self) -> None:
        parts: list[Text] = []
        chosen = self._chosen
        if chosen is not None:
            parts.append(Text.assemble((one_line(chosen.title), "bold"), f"   {one_line(shown_path(chosen.source))}"))
            if chosen.foreign:
                parts.append(Text("⚠ Imported: the file is not looked for there until you ingest it yourself.", style="yellow"))
            elif not chosen.present:
                parts.append(Text("⚠ The file is not there any more; the index still answers from it.", style="yellow"))
            parts += [Text(f"⚠ {one_line(warning)}", style="yellow") for warning in chosen.warnings]
        if self._report is not None:
            parts.append(Text(f"Last ingest: {ingest_counts(self._report)}; {self._report.seconds:.1f} s", style="bold"))
        if self._losses:
            parts.append(Text("Left out:", style="bold"))
            parts += [
                Text.assemble((f"✗ {one_line(one.path)}", "red"), f"  {one.state.value}: {one_line(one.note)}")
                for one in self._losses
            ]
        self.query_one("#document-details", Static).update(Text("\n").join(parts))

    @property
    def _chosen(self) -> DocumentInfo | None:
        row = self.query_one(VimTable).cursor_row
        return self._documents[row] if 0 <= row < len(self._documents) else None

    # Jobs

    def ingest(self, *paths: str) -> None:
        """Read files, folders or globs into the index."""
        qa = self.app.qa

        def work(task: Task) -> IngestReport:
            return qa.ingest(*paths, progress=task.progress, stop=lambda: self.app.jobs.yielding(task))

        self._begin(Task("Ingest", self, work, heavy=True), "Ingest")

    def _begin(self, task: Task, title: str) -> None:
        if self.app.start(task):
            self._job = task
            self.query_one(TaskBar).begin(title)
            self.refresh_bindings()

    def _ended(self) -> None:
        self._job = None
        self.query_one(TaskBar).end()
        self.refresh_bindings()

    def _ingested(self, report: IngestReport) -> None:
        self._report = report
        lost = report.count(FileState.FAILED, FileState.SKIPPED)
        told = f"{report.count(FileState.ADDED)} added, {report.count(FileState.CHANGED)} changed"
        told += f", {lost} left out: see below the table" if lost else ""
        title = "Stopped; what is finished is kept" if report.interrupted else "Ingested"
        self.notify(told, title=title, severity="warning" if lost else "information", markup=False)

    def action_add(self) -> None:
        def chosen(path: str | None) -> None:
            if path is not None:
                self.ingest(path)

        self.app.push_screen(AddDialog("."), chosen)

    def action_renew(self) -> None:
        if self._chosen is not None and not self._chosen.foreign and self.app.is_here(RENEWED):
            self.ingest(self._chosen.source)

    def action_renew_all(self) -> None:
        present = [one.source for one in self._documents if one.present]
        if present and self.app.is_here(RENEWED):
            self.ingest(*present)

    def action_remove(self) -> None:
        chosen, qa = self._chosen, self.app.qa
        if chosen is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(Task("Removal", self, lambda task: qa.remove_documents(chosen.path), heavy=True), "Removing")

        told = f"Take {one_line(chosen.path)} out of the index? Its file is not touched, unless it was uploaded."
        self.app.push_screen(ConfirmDialog(told, "Take it out", "Keep it"), answered)

    def action_stop(self) -> None:
        if self._job is not None:
            self._job.stop()
            self.query_one(TaskBar).say("stopping after what it holds …")

    def action_index(self) -> None:
        try:
            names = [info.name for info in self.app.qa.indexes()]
        except RagqaError as error:
            self.app.show_error(error)
            return

        def chosen(name: str | None) -> None:
            if name is None or name == self.app.qa.settings.index:
                return
            if self.app.jobs.heavy:
                self.notify("A job is under way on this index: wait for it, or stop it.", severity="warning")
                return
            try:
                self.app.open_index(name)
            except UsageError as error:
                self.app.show_error(error)

        self.app.push_screen(ChoiceDialog("Open an index", names, new="a new name to make one"), chosen)

    def commands(self) -> Iterator[SystemCommand]:
        yield SystemCommand("Library: add manuals", "Files, folders, globs", self.action_add)
        yield SystemCommand("Library: read the document again", "If its file changed", self.action_renew)
        yield SystemCommand("Library: read all that changed", "Unchanged files are not read again", self.action_renew_all)
        yield SystemCommand("Library: remove the document", "Its file stays", self.action_remove)
        yield SystemCommand("Library: open or make an index", "Another library", self.action_index)
        yield SystemCommand("Library: stop the ingest", "What is finished is kept", self.action_stop)


def _state(document: DocumentInfo) -> tuple[str, str]:
    """A document's state in words, and its style."""
    if not document.present:
        return "⚠ file gone", "yellow"
    if document.warnings:
        return f"⚠ {len(document.warnings)} warning{'s' if len(document.warnings) > 1 else ''}", "yellow"
    return "✓ read", "green"


def shown_path(path: str) -> str:
    """A path as short as it can be said: from the working folder or the home folder on, where it lies in one."""
    for folder, mark in ((Path.cwd(), ""), (Path.home(), "~/")):
        with suppress(ValueError):
            return f"{mark}{Path(path).relative_to(folder)}"
    return path
