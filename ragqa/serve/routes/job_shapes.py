"""The shapes of jobs, for the OpenAPI: the fields are those of `ragqa.serve.job_telling`, which makes them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from ragqa.serve.faults import Fault
from ragqa.serve.job_store import State
from ragqa.serve.routes import examples
from ragqa.serve.routes.shapes import gives


class BegunShape(BaseModel):
    """The job that was begun: GET /v1/jobs/{job} tells how far it is, /v1/jobs/{job}/events as it goes."""

    job: str
    index: str
    state: State


class ProgressShape(BaseModel):
    """How far a stage is: `done` of `total` is what time runs with, `items` what people count, `left` seconds to come."""

    stage: str
    done: int
    total: int
    detail: str
    items: int
    items_total: int
    chunks: int
    left: float | None


class JobShape(BaseModel):
    """A job; `waiting_for` says in words why it does not run yet. Times are UTC, ISO 8601."""

    id: str
    kind: str
    index: str
    state: State
    asked: dict[str, Any]
    created: str
    started: str | None
    finished: str | None
    waiting_for: str | None
    progress: ProgressShape | None
    error: Fault | None


class EndedShape(JobShape):
    """A job with what came of it: the JSON of `ragqa ingest --json` or `ragqa eval --json`; null until it has ended."""

    result: dict[str, Any] | None


class JobsShape(BaseModel):
    """A page of the list of jobs; `next` is the cursor of the next one."""

    jobs: list[JobShape]
    next: str | None


_GIVEN = gives(BegunShape, "The job that was begun", examples.BEGUN)
BEGUN: dict[int | str, dict[str, Any]] = {**{status: one for status, one in _GIVEN.items() if status != 200}, 202: _GIVEN[200]}
"""The responses of a route that begins a job."""
