"""The folders that indexes are kept in step with."""

from __future__ import annotations

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from ragqa.serve.access import Role, needs
from ragqa.serve.refusals import Unknown
from ragqa.serve.routes import examples
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.routes.shapes import gives
from ragqa.serve.wire import Json

router = APIRouter(prefix="/v1/watching", tags=["watching"], dependencies=[Depends(needs(Role.MANAGE))])


class HeldShape(BaseModel):
    """Documents that are gone and stay in the index until somebody agrees: how many of how many, which of them, and why."""

    why: str
    count: int
    of: int
    paths: list[str]


class SourceShape(BaseModel):
    """A folder or list that an index is kept in step with; `problem` is empty where all is well."""

    name: str
    folder: str
    files: int
    problem: str
    held: HeldShape | None


class NotedShape(BaseModel):
    """A file, and what is the matter with it."""

    path: str
    note: str


class FailingShape(NotedShape):
    """A file that failed; `again` is when it is tried again, in seconds of the epoch, `mark` how it looked."""

    mark: str
    tries: int
    again: float


class WatchedShape(BaseModel):
    """How far an index is in step: `waiting` are files that are still being written, or taken in just now, as their notes say,
    `failing` those that are tried again, `left_out` those that nothing can read, by name up to a thousand of `left_out_count`;
    `problem` keeps all from going on."""

    index: str
    pid: int | None
    began: str
    looked: str
    running: bool
    in_step: bool
    problem: str
    sources: list[SourceShape]
    failing: list[FailingShape]
    waiting: list[NotedShape]
    left_out: list[NotedShape]
    left_out_count: int


class WatchingShape(BaseModel):
    """Every index that the server keeps in step."""

    watching: list[WatchedShape]


class Confirmation(BaseModel):
    """That the documents of a source leave the index whose files are gone."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [examples.CONFIRM]})
    index: str = Field(max_length=100)
    source: str = Field(max_length=4000, description="As GET /v1/watching calls it.")


class ConfirmedShape(BaseModel):
    """How many documents will leave."""

    confirmed: int


@router.get("", response_model=None, responses=gives(WatchingShape, "How far the indexes are in step", examples.WATCHING))
async def watching(service: ServiceGiven) -> Json:
    """How far every index is in step that the server keeps so."""
    return Json({"watching": await service.run(service.watches.status)})


@router.post("/confirm", response_model=None, responses=gives(ConfirmedShape, "They leave within seconds", examples.CONFIRMED))
async def confirm(given: Confirmation, service: ServiceGiven) -> Json:
    """Agree to deletions that wait for it."""
    count = await service.run(service.watches.confirm, given.index, given.source)
    if not count:
        raise Unknown("no documents of that source wait for a confirmation", "GET /v1/watching tells which do.")
    return Json({"confirmed": count})
