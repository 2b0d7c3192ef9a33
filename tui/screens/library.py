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
from ragqa.types import Coverage, DocumentInfo, FileReport, FileState, IngestReport, Metadata
from tui.screens.dialogs import AddDialog, ChoiceDialog, ConfirmDialog
from tui.screens.labels import LabelsDialog
from tui.screens.place import PlaceScreen
from tui.tasks import Task
from tui.widgets.bars import TaskBar
from tui.widgets.documents import DocumentTable
from tui.widgets.labels import counts_of, joined

RENEWED = "its files are read again (a sends files from here)"


class LibraryScreen(PlaceScreen):
    """The documents of the index."""

    MODE = "library"
    JUMPS = ("#documents", "#details")
    HELP = """# Library

The documents of this index. `a` adds files and folders, `r` reads the chosen document's file again, `R` all that changed, `d`
takes it out (the file stays). `l` labels it, as with brand=Aqua, so that questions can be asked of such documents alone. Space
chooses several documents, `*` all. `i` opens or makes another index. Under the table stands what reading a document lost, and
what was left out of the last ingests and why."""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("a", "add", "Add", show=True),
        Binding("r", "renew", "Read anew", show=True),
        Binding("R", "renew_all", "All changed", show=True),
        Binding("d,delete", "remove", "Remove", show=True),
        Binding("l", "label", "Label", show=True),
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
        yield DocumentTable(id="documents")
        with VerticalScroll(id="details"):
            yield Static(id="document-details")
        yield TaskBar()

    def on_mount(self) -> None:
        self.index_changed()
        self.query_one(DocumentTable).focus()

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
            self.query_one(DocumentTable).unmark()
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
        self.query_one(DocumentTable).show(self._documents)
        self._show_title()
        self._show_details()

    def _show_title(self) -> None:
        name = self.app.qa.settings.index
        total = sum(one.chunks for one in self._documents)
        title = f"Index '{name}': {len(self._documents):,} documents, {total:,} chunks"
        if self._embedded.lacking:
            title += f", {self._embedded.done:,} embedded; the others are found by their words"
        empty = f"Index '{name}' is empty or not there yet: a adds manuals, i opens another index."
        marks = len(self.query_one(DocumentTable).marks)
        title += f", {marks:,} marked" if marks else ""
        self.query_one("#library-title", Static).update(Text(title if self._documents else empty, style="bold"))

    def on_document_table_marked(self) -> None:
        self._show_title()

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        self._show_details()

    def _show_details(self) -> None:
        parts: list[Text] = []
        chosen = self.query_one(DocumentTable).current
        if chosen is not None:
            parts.append(Text.assemble((one_line(chosen.title), "bold"), f"   {one_line(shown_path(chosen.source))}"))
            if chosen.metadata:
                parts.append(Text.assemble(("Labels: ", "bold"), one_line(joined(chosen.metadata))))
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
        sources = [one.source for one in self.query_one(DocumentTable).chosen if not one.foreign]
        if sources and self.app.is_here(RENEWED):
            self.ingest(*sources)

    def action_renew_all(self) -> None:
        present = [one.source for one in self._documents if one.present]
        if present and self.app.is_here(RENEWED):
            self.ingest(*present)

    def action_remove(self) -> None:
        paths, qa = [one.path for one in self.query_one(DocumentTable).chosen], self.app.qa
        if not paths:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._begin(Task("Removal", self, lambda task: qa.remove_documents(*paths), heavy=True), "Removing")

        told = f"Take {one_line(paths[0])} out of the index? Its file is not touched, unless it was uploaded."
        if len(paths) > 1:
            told = f"Take {len(paths):,} documents out of the index? Their files are not touched, unless they were uploaded."
        self.app.push_screen(ConfirmDialog(told, "Take it out", "Keep it"), answered)

    def action_label(self) -> None:
        documents, qa = self.query_one(DocumentTable).chosen, self.app.qa
        if not documents:
            return

        def chosen(metadata: Metadata | None) -> None:
            if metadata is not None:
                labels = [(one.id, metadata) for one in documents]
                self._begin(Task("Labelling", self, lambda task: qa.label(labels), heavy=True), "Labelling")

        title, now = f"Label {len(documents):,} documents", "The keys that you name get these values in each of them."
        if len(documents) == 1:
            known = joined(documents[0].metadata)
            title, now = f"Label {documents[0].path}", f"Now: {known}" if known else ""
        self.app.push_screen(LabelsDialog(title, counts_of(self._documents), now=now, new=True), chosen)

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
        yield SystemCommand("Library: label the chosen documents", "As with brand=Aqua", self.action_label)
        yield SystemCommand("Library: open or make an index", "Another library", self.action_index)
        yield SystemCommand("Library: stop the ingest", "What is finished is kept", self.action_stop)


def shown_path(path: str) -> str:
    """A path as short as it can be said: from the working folder or the home folder on, where it lies in one."""
    for folder, mark in ((Path.cwd(), ""), (Path.home(), "~/")):
        with suppress(ValueError):
            return f"{mark}{Path(path).relative_to(folder)}"
    return path
