"""How far the open index is ready to be asked: its models load, and the vectors that it lacks are made, in the background."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ragqa.errors import IndexBusy, IndexMissing
from ragqa.types import Progress
from tui.tasks import Task

if TYPE_CHECKING:
    from tui.app import RagqaApp

LOADING, READY, NOT_LOADED, NO_INDEX = "loading", "ready", "not loaded", "no index yet"
"""How far the models are."""

_MODELS = "models"


class Readiness:
    """Loads the models, lets the index embed what it lacks, and has every place show how far they are. For the app's thread only.

    The jobs belong to the app, which passes on what becomes of them. Vectors are made only where it `embeds`; `embedding` says
    how many there are, while they are being made.
    """

    def __init__(self, app: RagqaApp, embeds: bool) -> None:
        self._app = app
        self._embeds = embeds
        self.models = LOADING
        self.embedding = ""

    @property
    def is_ready(self) -> bool:
        """Whether the models are loaded."""
        return self.models == READY

    @property
    def told(self) -> str:
        """How far it is, as the bar says it."""
        return " · ".join(filter(None, (self.models, self.embedding)))

    def load(self) -> None:
        """Load index, embedder and reader in the background; questions asked meanwhile wait for them."""
        qa = self._app.qa

        def work(task: Task) -> str:
            try:
                qa.warm_up()
            except IndexMissing:
                return NO_INDEX
            return READY

        self._set_models(LOADING)
        self._app.start(Task(_MODELS, self._app, work, models=True))

    def embed(self) -> None:
        """Go on, in the background, making the vectors that the index lacks; questions go first, and so does every heavy job."""
        qa, jobs = self._app.qa, self._app.jobs

        def work(task: Task) -> bool:
            with suppress(IndexMissing, IndexBusy):  # another process writes it: that one goes on
                if qa.embedded().lacking:
                    qa.embed(progress=task.progress, stop=lambda: jobs.yielding(task))
                    return True
            return False

        if self.is_ready and self._embeds and qa.server is None:  # a server does so by itself
            self._app.start(Task("embedding", self._app, work, background=True))

    def progressed(self, task: Task, step: Progress) -> None:
        """A job of the app's tells how far it is."""
        if task.background:
            self._set_embedding(f"embedding {100 * step.done // max(step.total, 1)} %")

    def finished(self, task: Task, result: Any) -> None:
        """A job of the app's is done."""
        if task.title == _MODELS:
            self._set_models(result)
            self.embed()
        elif task.background:
            self._set_embedding("")
            if result:
                self._app.index_changed()

    def failed(self, task: Task) -> None:
        """A job of the app's ended with an error, which the app shows."""
        if task.title == _MODELS:
            self._set_models(NOT_LOADED)
        elif task.background:
            self._set_embedding("")

    def _set_models(self, state: str) -> None:
        self.models = state
        self._app.show_state()

    def _set_embedding(self, state: str) -> None:
        self.embedding = state
        self._app.show_state()
