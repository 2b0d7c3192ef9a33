"""Which documents are asked: one of them, or those that are labelled so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragqa.errors import RagqaError
from ragqa.types import Metadata
from tui.screens.dialogs import ChoiceDialog
from tui.screens.labels import LabelsDialog
from tui.tasks import Task
from tui.widgets.labels import Counts, joined

if TYPE_CHECKING:
    from tui.screens.place import PlaceScreen

ALL_DOCUMENTS = "(all documents)"
NO_LABELS = "No document is labelled yet: in the library (F3), l labels the chosen ones, as with brand=Aqua."


class Filters:
    """What a person looks in; the `owner` shows it, and hands on what the job "labels" has found. For the app's thread only."""

    def __init__(self, owner: PlaceScreen) -> None:
        self._owner = owner
        self._document: str | None = None
        self._metadata: Metadata = {}

    @property
    def asked(self) -> dict[str, Any]:
        """What a question is asked with."""
        return {"document": self._document, "metadata": self._metadata}

    @property
    def told(self) -> str:
        """What is looked in, in words; empty: in all documents."""
        parts = [part for part in (self._document or "", joined(self._metadata)) if part]
        return f"only {' · '.join(parts)}" if parts else ""

    def clear(self) -> None:
        """Look in all documents."""
        self._document, self._metadata = None, {}

    def choose_document(self) -> None:
        """Let a person choose one document, or all of them again."""
        try:
            paths = [document.path for document in self._owner.app.qa.documents()]
        except RagqaError as error:
            self._owner.app.show_error(error)
            return

        def chosen(path: str | None) -> None:
            if path is not None:
                self._document = None if path == ALL_DOCUMENTS else path
                self._owner.show_state()

        self._owner.app.push_screen(ChoiceDialog("Look only in", [ALL_DOCUMENTS, *paths]), chosen)

    def choose_labels(self) -> None:
        """Find out what there is to choose from."""
        qa = self._owner.app.qa
        self._owner.app.start(Task("labels", self._owner, lambda task: (qa, qa.metadata())))

    def offer(self, qa: object, counts: Counts) -> None:
        """Let a person choose from what documents of an index are labelled with, where that is still the open one."""
        if qa is not self._owner.app.qa:
            return
        if not counts:
            self._owner.app.notify(NO_LABELS, severity="warning")
            return

        def chosen(metadata: Metadata | None) -> None:
            if metadata is not None:
                self._metadata = metadata
                self._owner.show_state()

        self._owner.app.push_screen(LabelsDialog("Look only in documents labelled", counts, value=joined(self._metadata)), chosen)
