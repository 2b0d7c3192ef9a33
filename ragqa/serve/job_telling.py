"""How far a job is, as it is kept while it runs, and a job as scripts read it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from ragqa.errors import StorageError
from ragqa.serve.job_store import Job, JobStore
from ragqa.types import Progress

PROGRESS_SECONDS, PROGRESS_SHARE = 0.5, 1 / 200
"""Between two steps that are told: at least, and as a share of how long the job has taken, so that long ones tell no more."""


class Teller:
    """Keeps the steps that a job tells, not more often than anybody wants to hear them, with the seconds that are left. For one
    thread."""

    def __init__(self, store: JobStore, id: str) -> None:
        self._store, self._id = store, id
        self._began = self._told = self._stage_began = time.monotonic()
        self._first: Progress | None = None

    def tell(self, step: Progress) -> None:
        """Keep a step, if it is time to; a disk that refuses it does not hold up the work."""
        at = time.monotonic()
        is_new = self._first is None or self._first.stage != step.stage
        if self._first is None or is_new:
            self._first, self._stage_began = step, at
        elif step.done < step.total and at - self._told < max(PROGRESS_SECONDS, PROGRESS_SHARE * (at - self._began)):
            return
        self._told = at
        with suppress(StorageError):
            self._store.tell(self._id, "progress", progress_json(step, self._left(self._first, step, at)))

    def _left(self, first: Progress, step: Progress, at: float) -> float | None:
        gone = step.done - first.done
        return (at - self._stage_began) * (step.total - step.done) / gone if gone > 0 else None


def progress_json(step: Progress, left: float | None) -> dict[str, Any]:
    """A step of a job; `left` is the seconds that its stage will still take, null while nobody can say."""
    return {
        "stage": step.stage,
        "done": step.done,
        "total": step.total,
        "detail": step.detail,
        "items": step.items,
        "items_total": step.items_total,
        "chunks": step.chunks,
        "left": None if left is None else round(left, 1),
    }


def begun_json(job: Job) -> dict[str, Any]:
    """A job as it is told to who has asked for it."""
    return {"job": job.id, "index": job.index, "state": job.state.value}


def job_json(job: Job, progress: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A job as scripts read it; `waiting_for` says in words why it does not run yet, null where it does not wait."""
    return {
        "id": job.id,
        "kind": job.kind,
        "index": job.index,
        "state": job.state.value,
        "asked": dict(job.asked),
        "created": job.created,
        "started": job.started,
        "finished": job.finished,
        "waiting_for": job.waiting_for or None,
        "progress": None if progress is None else dict(progress),
        "error": None if job.error is None else dict(job.error),
    }
