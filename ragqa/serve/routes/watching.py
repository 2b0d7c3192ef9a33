"""The folders that indexes are kept in step with."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from ragqa.serve.access import Role, needs
from ragqa.serve.refusals import Unknown
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.routes.shapes import gives
from ragqa.serve.wire import Json

router = APIRouter(prefix="/v1/watching", tags=["watching"], dependencies=[Depends(needs(Role.MANAGE))])


class WatchedShape(BaseModel):
    """How far an index is in step: `sources` have `held` where documents wait for a confirmation, `failing` is tried again."""

    index: str
    running: bool
    in_step: bool
    sources: list[dict[str, Any]]
    failing: list[dict[str, Any]]
    waiting: list[dict[str, Any]]


class WatchingShape(BaseModel):
    """Every index that the server keeps in step."""

    watching: list[WatchedShape]


class Confirmation(BaseModel):
    """That the documents of a source leave the index whose files are gone."""

    model_config = ConfigDict(extra="forbid")
    index: str = Field(max_length=100)
    source: str = Field(max_length=4000, description="As GET /v1/watching calls it.")


class ConfirmedShape(BaseModel):
    """How many documents will leave."""

    confirmed: int


@router.get("", response_model=None, responses=gives(WatchingShape, "How far the indexes are in step"))
async def watching(service: ServiceGiven) -> Json:
    """How far every index is in step that the server keeps so."""
    return Json({"watching": await service.run(service.watches.status)})


@router.post("/confirm", response_model=None, responses=gives(ConfirmedShape, "They leave within seconds"))
async def confirm(given: Confirmation, service: ServiceGiven) -> Json:
    """Agree to deletions that wait for it."""
    count = await service.run(service.watches.confirm, given.index, given.source)
    if not count:
        raise Unknown("no documents of that source wait for a confirmation", "GET /v1/watching tells which do.")
    return Json({"confirmed": count})
