"""What documents are labelled with: what there is of it, and changing it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from ragqa import RagQA
from ragqa.metadata import LONGEST_KEY, LONGEST_VALUE, folded, folded_key
from ragqa.schema import document_json
from ragqa.serve.access import Role, needs
from ragqa.serve.refusals import Malformed
from ragqa.serve.routes import examples
from ragqa.serve.routes.current import current
from ragqa.serve.routes.documents import LARGEST, DocumentId, stored
from ragqa.serve.routes.given import Body, IndexField, IndexGiven, Labels, ServiceGiven
from ragqa.serve.routes.sent import bounded_body, checked, kind_of, taking
from ragqa.serve.routes.shapes import NOT_MODIFIED, DocumentShape, LabelledShape, MetadataShape, gives
from ragqa.serve.wire import Json

router = APIRouter(prefix="/v1", tags=["documents"], dependencies=[Depends(needs(Role.READ))])

LONGEST_PATH, MOST_LABELLED = 4_096, 10_000
"""Characters of a path or glob; labels that may be given at once."""

LABELS_BYTES = 4 << 20
"""Bytes of them: one request is all or nothing, so that it is to hold those of a large shelf."""


class Labelling(Body):
    """What a document is labelled with from now on; other keys stay as they are."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.LABEL]})
    metadata: Labels


class LabelsOfSome(Body):
    """The same for all documents that a path, a glob or an id names."""

    document: (
        Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)] | Annotated[int, Field(strict=True, ge=0, le=LARGEST)]
    ) = Field(description="A path, a glob or an id.")
    metadata: Labels


class LabellingMany(Body):
    """What documents are labelled with from now on, in this order; where one names none, nothing is changed."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.LABEL_MANY]})
    index: IndexField = None
    labels: Annotated[list[LabelsOfSome], Field(min_length=1, max_length=MOST_LABELLED)]
    dry_run: bool = Field(False, description="Change nothing, and tell how many documents would be labelled otherwise.")


@router.get(
    "/metadata", response_model=None,
    responses={**gives(MetadataShape, "Keys, values, and how many documents", examples.METADATA), **NOT_MODIFIED},
)  # fmt: skip
async def metadata(
    request: Request,
    service: ServiceGiven,
    index: IndexGiven = None,
    key: Annotated[str | None, Query(max_length=LONGEST_KEY, description="Of this key only.")] = None,
    value: Annotated[str | None, Query(max_length=LONGEST_VALUE, description="Only values that match this glob.")] = None,
    limit: Annotated[int | None, Query(ge=1, le=10_000, description="Values of each key at most, the first ones.")] = None,
) -> Response:
    """What documents are labelled with, and how many with each value."""
    only, like = None if key is None else folded_key(key), None if value is None else folded(value)

    def read(engine: RagQA) -> dict[str, Any]:
        told: dict[str, dict[str, int]] = {}
        for name, counts in engine.metadata().items():
            if only in (None, name):
                fitting = [one for one in counts.items() if like is None or fnmatchcase(folded(one[0]), like)]
                told |= {name: dict(fitting[:limit])} if fitting else {}
        return {"metadata": told, "index": engine.settings.index, "generation": engine.opened.generation}

    return await current(request, service, index, read)


@router.patch(
    "/metadata", response_model=None, responses=gives(LabelledShape, "They are labelled", examples.LABELLED),
    dependencies=[Depends(needs(Role.MANAGE))], openapi_extra=taking({"application/json": LabellingMany.model_json_schema()}),
)  # fmt: skip
async def label(request: Request, service: ServiceGiven) -> Response:
    """Label documents by path, glob or id: all of it, or nothing."""
    if kind_of(request) != "application/json":
        raise Malformed("the body is no JSON", hint="Its Content-Type says what it is.")
    given = checked(LabellingMany, await bounded_body(request, LABELS_BYTES))

    def work(engine: RagQA) -> Response:
        changed = engine.label([(one.document, one.metadata) for one in given.labels], given.dry_run)
        return Json({"changed": changed, "index": engine.settings.index, "generation": engine.opened.generation})

    return await service.read(work, given.index)


@router.patch(
    "/documents/{document_id}/metadata", response_model=None,
    responses=gives(DocumentShape, "The document as it is now", examples.DOCUMENT), dependencies=[Depends(needs(Role.MANAGE))],
)  # fmt: skip
async def label_one(given: Labelling, service: ServiceGiven, document_id: DocumentId, index: IndexGiven = None) -> Response:
    """Label one document: what is given takes the place of what it has of the same keys."""

    def work(engine: RagQA) -> Response:
        known = stored(engine, document_id)
        engine.label([(document_id, given.metadata)])
        return Json(document_json(engine.document_named(known.path)))

    return await service.read(work, index)
