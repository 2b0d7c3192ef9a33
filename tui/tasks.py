"""Long jobs: each runs in a thread of its own, can be stopped, tells its owner how it goes, and never blocks a keystroke."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump

from ragqa.types import Progress

TELL_EVERY = 0.1
"""Seconds between two messages of progress: more often nobody reads them."""


class Task:
    """A job and those who hear of it.

    `work` is called with the task in a thread; it asks `stopped` and tells `progress`. What it returns reaches `owner` as
    `Finished`, what it raises as `Failed` (and everybody as a dialog). A `heavy` one is asked about before the app quits; one in
    the `background` gives way to heavy ones, and ends with the app.
    Jobs that ask the `models` share one thread: two questions at once would only share the same cores, and each thread that
    uses a model keeps memory for it. `stop` and `stopped` may be called from any thread, `progress` and `tell` from the job's.
    """

    class Progressed(Message):
        """A step of the job."""

        def __init__(self, task: Task, step: Any) -> None:
            super().__init__()
            self.task = task
            self.step = step

    class Finished(Message):
        """The job's result; where it was stopped, what it had until then."""

        def __init__(self, task: Task, result: Any) -> None:
            super().__init__()
            self.task = task
            self.result = result

    class Failed(Message):
        """The job ended with an error, which the app shows."""

        def __init__(self, task: Task, error: BaseException) -> None:
            super().__init__()
            self.task = task
            self.error = error

    def __init__(
        self,
        title: str,
        owner: MessagePump,
        work: Callable[[Task], Any],
        *,
        heavy: bool = False,
        models: bool = False,
        background: bool = False,
    ) -> None:
        self.title = title
        self.owner = owner
        self.heavy = heavy
        self.models = models
        self.background = background
        self._work = work
        self._stop = threading.Event()
        self._told = 0.0

    def stop(self) -> None:
        """Ask the job to end after what it holds."""
        self._stop.set()

    def stopped(self) -> bool:
        """Whether it was asked to end."""
        return self._stop.is_set()

    def progress(self, step: Progress) -> None:
        """Tell the owner of a step; steps that follow each other too fast are left out, the last one never."""
        now = time.monotonic()
        if now - self._told >= TELL_EVERY or step.done >= step.total:
            self._told = now
            self.tell(step)

    def tell(self, step: Any) -> None:
        """Tell the owner of anything."""
        self.owner.post_message(self.Progressed(self, step))

    def run(self) -> None:
        """Do the job, in the thread this is called in. Raises what the job raises."""
        try:
            result = self._work(self)
        except BaseException as error:
            self.owner.post_message(self.Failed(self, error))
            raise
        self.owner.post_message(self.Finished(self, result))
