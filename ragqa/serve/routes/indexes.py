"""The indexes of the server."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import Response

from ragqa import RagQA
from ragqa.engine import all_indexes
from ragqa.schema import info_json
from ragqa.serve.access import Role, needs
from ragqa.serve.routes import examples
from ragqa.serve.routes.current import CACHING, etag_of_content, has_already
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.routes.shapes import NOT_MODIFIED, IndexesShape, IndexShape, gives
from ragqa.serve.wire import Json
from ragqa.types import IndexInfo

router = APIRouter(prefix="/v1/indexes", tags=["indexes"], dependencies=[Depends(needs(Role.READ))])


@router.get("", response_model=None, responses={**gives(IndexesShape, "The indexes", examples.INDEXES), **NOT_MODIFIED})
async def indexes(request: Request, service: ServiceGiven) -> Response:
    """Every index, and which of them is asked where none is named."""

    def work() -> dict[str, Any]:
        found = [told(one) for one in all_indexes(service.settings.home)]
        return {"indexes": found, "default": service.settings.index}

    return _current(request, await service.run(work))


@router.get("/{name}", response_model=None, responses={**gives(IndexShape, "The index", examples.INDEX), **NOT_MODIFIED})
async def index(request: Request, service: ServiceGiven, name: Annotated[str, Path(max_length=100)]) -> Response:
    """What an index holds."""

    def work(engine: RagQA) -> dict[str, Any]:
        return told(engine.info())

    return _current(request, await service.read(work, name))


def told(info: IndexInfo) -> dict[str, Any]:
    """What an index holds, but for its place on the server's disk."""
    return {**info_json(info), "path": ""}


def _current(request: Request, found: dict[str, Any]) -> Response:
    """The JSON, or 304 where who asks has it already: how far vectors are, for one, changes without a commit."""
    response = Json(found)
    headers = {"ETag": etag_of_content(bytes(response.body)), **CACHING}
    if has_already(request.headers.get("if-none-match", ""), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    response.headers.update(headers)
    return response
