"""What the work of a job is: a function that is told what to do, tells how far it is, and gives what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragqa.serve.job_store import Job
from ragqa.types import Progress


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a work, as JSON values; `stopped`: it ended before all was done since it was asked to."""

    result: Any
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A job as its work sees it: `files` is the folder of what it works on, `tell` hears of every step, `stop` says that it shall
    end."""

    job: Job
    files: Path
    tell: Callable[[Progress], None]
    stop: Callable[[], bool]


def _nothing(job: Job, files: Path) -> None:
    """There is nothing to begin with."""


@dataclass(frozen=True, slots=True)
class Work:
    """What is done for a kind of job, in a thread of its own; `writes`: nobody else may write the index meanwhile.

    `begin` is called, with the folder of what the job works on, when its turn has come: a job that is killed before it has done
    that waits on, and is begun again. What it could not do, `run` does or tells.
    """

    run: Callable[[Task], Outcome]
    writes: bool = True
    begin: Callable[[Job, Path], None] = _nothing
