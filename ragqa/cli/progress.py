"""How far long work is, on stderr: a bar in a terminal, elsewhere a plain line now and then, so that a log shows life."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from rich import progress as bars
from rich.text import Text

from ragqa.cli import terminal
from ragqa.display import STAGES, one_line, progress_counts, spell_seconds
from ragqa.types import Progress, Tell, TrainStep

PLAIN_EVERY = 10.0
"""Seconds between two plain lines."""


@contextmanager
def waiting(text: str, quiet: bool = False) -> Iterator[None]:
    """A spinner in a terminal while something runs whose end is not known."""
    if quiet or not terminal.ERR.is_terminal:
        yield
        return
    with terminal.ERR.status(Text(text)):
        yield


def progress(quiet: bool = False) -> AbstractContextManager[Tell]:
    """Gives a function that is told of every step of a long job, and shows how far it is and how long it will take."""
    if quiet:
        return _silent()
    return _bar() if terminal.ERR.is_terminal else _plain_lines()


def training_step(step: TrainStep) -> Progress:
    """A step of a training as a step of a long job."""
    return Progress("train", step.step, step.steps, f"{step.step:,}/{step.steps:,} steps, loss {step.loss:.3f}")


@contextmanager
def _silent() -> Iterator[Tell]:
    yield lambda step: None


@contextmanager
def _bar() -> Iterator[Tell]:
    """A bar with what is at work, the time it took and the time that is left; gone when it is done."""
    columns = (
        bars.SpinnerColumn(),
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(bar_width=24),
        bars.TextColumn("{task.fields[counts]}", markup=False),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left", style="dim"),
        bars.TimeRemainingColumn(),
    )
    with bars.Progress(*columns, console=terminal.ERR, transient=True) as bar:
        task = bar.add_task("", total=None, counts="")
        last: Progress | None = None

        def tell(step: Progress) -> None:
            nonlocal last
            if last is not None and _begins_anew(last, step):
                bar.reset(task, total=step.total)  # else what was done before counts as this one's, and stops its clock
            last = step
            at_work = _at_work(step) or "Done"
            bar.update(task, description=at_work, completed=step.done, total=step.total, counts=_counts(step))

        yield tell


@contextmanager
def _plain_lines() -> Iterator[Tell]:
    """A line every PLAIN_EVERY seconds, also while no step ends."""
    lines = _Lines()
    ended = threading.Event()

    def print_them() -> None:
        while not ended.wait(PLAIN_EVERY):
            line = lines.line()
            if line:
                terminal.print_note(line)

    printer = threading.Thread(target=print_them, name="progress", daemon=True)
    printer.start()
    try:
        yield lines.tell
    finally:
        ended.set()
        printer.join()


class _Lines:
    """The last step of a job and how fast it goes. The thread that prints reads what the one that works writes, whole or not."""

    def __init__(self) -> None:
        self._seen: tuple[Progress, Progress, float] | None = None

    def tell(self, step: Progress) -> None:
        """Take note of a step."""
        if self._seen is None or _begins_anew(self._seen[1], step):
            self._seen = step, step, time.monotonic()
        else:
            self._seen = self._seen[0], step, self._seen[2]

    def line(self) -> str:
        """The job in a line; empty before its first step."""
        if self._seen is None:
            return ""
        first, last, began = self._seen
        parts = [STAGES.get(last.stage, last.stage), _counts(last) or f"{last.done:,}/{last.total:,}"]
        done, took = last.done - first.done, time.monotonic() - began
        if done > 0 and last.total > last.done:
            parts.append(f"{spell_seconds(took * (last.total - last.done) / done)} left")
        return f"{parts[0]}: {', '.join(parts[1:])}"


def _begins_anew(last: Progress, step: Progress) -> bool:
    """Whether a step is of another stage than the last one, or of another run of the same: two readers are evaluated one after
    the other."""
    return step.stage != last.stage or step.done < last.done


def _counts(step: Progress) -> str:
    return step.detail if step.stage == "train" else progress_counts(step)


def _at_work(step: Progress, width: int = 36) -> str:
    """What a job is at: the file or question, else its stage."""
    if step.stage not in ("ingest", "audit", "ask", "send", "wait"):
        return STAGES.get(step.stage, step.stage)
    text = one_line(step.detail)
    return text if len(text) <= width else f"…{text[-(width - 1) :]}"
