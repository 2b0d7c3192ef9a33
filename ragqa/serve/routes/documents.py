"""The documents of an index: the list, their text, their pages as pictures, their files."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import PurePosixPath
from typing import IO, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response, StreamingResponse

from ragqa import RagQA
from ragqa.errors import StorageError
from ragqa.indexing.index import StoredDocument
from ragqa.metadata import parsed
from ragqa.schema import block_json, document_json, extract_json
from ragqa.serve.access import Role, needs
from ragqa.serve.originals import PIECE, original
from ragqa.serve.refusals import Changed, Malformed, UnknownDocument
from ragqa.serve.routes import examples
from ragqa.serve.routes.current import current
from ragqa.serve.routes.given import LONGEST_FILTER, IndexGiven, MetaGiven, ServiceGiven
from ragqa.serve.routes.pages import CursorGiven, LimitGiven, page_of
from ragqa.serve.routes.shapes import (
    NOT_MODIFIED,
    DocumentShape,
    DocumentsShape,
    HeadingsShape,
    RemovedShape,
    SpanShape,
    TextShape,
    gives,
)
from ragqa.serve.wire import Json
from ragqa.types import Spot, box_around

router = APIRouter(prefix="/v1/documents", tags=["documents"], dependencies=[Depends(needs(Role.READ))])

LONGEST_TEXT = 200_000
"""Characters of a document that are given at once."""

LONGEST_MARK = 5_000
"""Characters of a span that are looked for on a page."""

MOST_WORDS = 200
"""Boxes of words that are told beside a picture."""

LARGEST = 2**31 - 1
_BOX = r"^(0(\.\d{1,9})?|1(\.0{1,9})?)(,(0(\.\d{1,9})?|1(\.0{1,9})?)){3}$"
DocumentId = Annotated[int, Path(ge=0, le=LARGEST, description="The document's id.")]
Offset = Annotated[int, Query(ge=0, le=LARGEST, description="A character of the document's text.")]
Words = Annotated[str, Query(max_length=LONGEST_FILTER)]


@router.get(
    "", response_model=None, responses={**gives(DocumentsShape, "A page of the list", examples.DOCUMENTS), **NOT_MODIFIED}
)
async def documents(
    request: Request,
    service: ServiceGiven,
    index: IndexGiven = None,
    document: Annotated[str | None, Query(max_length=LONGEST_FILTER, description="A glob.")] = None,
    meta: MetaGiven = None,
    limit: LimitGiven = 50,
    cursor: CursorGiven = None,
) -> Response:
    """The documents, by path."""

    def read(engine: RagQA) -> dict[str, Any]:
        found = engine.documents(document, parsed(meta or ()))
        shown, following = page_of(found, lambda one: one.path, limit, cursor)
        return {"documents": [document_json(one) for one in shown], "next": following, "total": len(found)}

    return await current(request, service, index, read)


@router.get(
    "/{document_id}", response_model=None, responses={**gives(DocumentShape, "The document", examples.DOCUMENT), **NOT_MODIFIED}
)
async def document(request: Request, service: ServiceGiven, document_id: DocumentId, index: IndexGiven = None) -> Response:
    """One document."""

    def read(engine: RagQA) -> dict[str, Any]:
        return document_json(engine.document_named(stored(engine, document_id).path))  # of many documents no list is made

    return await current(request, service, index, read)


@router.delete(
    "/{document_id}", response_model=None, responses=gives(RemovedShape, "It is removed", examples.REMOVED),
    dependencies=[Depends(needs(Role.MANAGE))],
)  # fmt: skip
async def remove(service: ServiceGiven, document_id: DocumentId, index: IndexGiven = None) -> Response:
    """Take a document out of the index. An uploaded file is deleted with it; others are not touched."""

    def work(engine: RagQA) -> Response:
        known = stored(engine, document_id)
        return Json({"removed": engine.remove_documents(known.path), "document": known.path})

    return await service.read(work, index)


@router.get(
    "/{document_id}/text", response_model=None,
    responses={**gives(TextShape, "The text and its blocks", examples.TEXT), **NOT_MODIFIED},
)  # fmt: skip
async def text(
    request: Request,
    service: ServiceGiven,
    document_id: DocumentId,
    start: Offset = 0,
    end: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    index: IndexGiven = None,
) -> Response:
    """The text from one offset to another, in whole blocks; without an end, some 20,000 characters."""

    def read(engine: RagQA) -> dict[str, Any]:
        stored(engine, document_id)
        last = start + 20_000 if end is None else end
        if last - start > LONGEST_TEXT:
            raise Malformed(f"at most {LONGEST_TEXT:,} characters are given at once", hint="Ask for them in parts.")
        return extract_json(engine.extract(document_id, start, last))

    return await current(request, service, index, read)


@router.get(
    "/{document_id}/headings", response_model=None,
    responses={**gives(HeadingsShape, "The headings, in order", examples.HEADINGS), **NOT_MODIFIED},
)  # fmt: skip
async def headings(request: Request, service: ServiceGiven, document_id: DocumentId, index: IndexGiven = None) -> Response:
    """The headings of a document: what it is about, and where that begins."""

    def read(engine: RagQA) -> dict[str, Any]:
        stored(engine, document_id)
        return {"document_id": document_id, "headings": [block_json(one) for one in engine.headings(document_id)]}

    return await current(request, service, index, read)


@router.get(
    "/{document_id}/find", response_model=None, responses=gives(SpanShape | None, "Where they stand, or null", examples.SPAN)
)
async def find(
    service: ServiceGiven, document_id: DocumentId, q: Words, start: Offset = 0, backwards: bool = False, index: IndexGiven = None
) -> Response:
    """Where some words stand next, without regard to case; past the end the search begins anew."""

    def work(engine: RagQA) -> Response:
        stored(engine, document_id)
        found = engine.find(document_id, q, start, backwards)
        return Json(None if found is None else {"start": found[0], "end": found[1]})

    return await service.read(work, index)


@router.get(
    "/{document_id}/pages/{page}.png", response_model=None, response_class=Response,
    responses={**gives(None, "The page", media_type="image/png"), **NOT_MODIFIED},
)  # fmt: skip
async def picture(
    request: Request,
    service: ServiceGiven,
    document_id: DocumentId,
    page: Annotated[int, Path(ge=1, le=LARGEST)],
    start: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    end: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
    highlight: Words = "",
    box: Annotated[str | None, Query(pattern=_BOX, description="Besides `highlight`: left, top, right, bottom, 0 to 1.")] = None,
    width: Annotated[int | None, Query(ge=50, le=4_000, description="Pixels at most.")] = None,
    index: IndexGiven = None,
) -> Response:
    """A page of a PDF as a PNG, with words boxed: those between two offsets, or those of `highlight`, in the place of `box`,
    which is framed. The header X-Page-Words tells the boxes, each as left, top, right and bottom in 0 to 1 of the page."""

    def read(engine: RagQA) -> Response:
        spot = _spot(engine, stored(engine, document_id), page, start, end, highlight)
        if box is not None:
            left, top, right, bottom = map(float, box.split(","))
            spot = replace(spot, box=(left, top, right, bottom))
        try:
            drawn = engine.picture(spot)
        except StorageError as error:
            raise Changed("the file is not there any more as it was ingested", hint="Ingest it again.") from error
        words = json.dumps([[round(edge, 4) for edge in one] for one in drawn.words[:MOST_WORDS]])
        return Response(_narrowed(drawn.png, drawn.width, width), media_type="image/png", headers={"X-Page-Words": words})

    return await current(request, service, index, read, computes=True)


@router.get(
    "/{document_id}/file", response_model=None, response_class=Response,
    responses=gives(None, "The file", media_type="application/octet-stream"),
)  # fmt: skip
async def file(service: ServiceGiven, document_id: DocumentId, index: IndexGiven = None) -> Response:
    """The file that the document was read from, if it is still that file."""

    def work(engine: RagQA) -> tuple[IO[bytes], StoredDocument]:
        found = stored(engine, document_id)
        return original(found), found

    content, found = await service.read(work, index)
    name = quote(PurePosixPath(found.path).name, safe="", errors="replace")
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}", "Content-Length": str(found.size)}
    return StreamingResponse(_pieces(content), media_type="application/octet-stream", headers=headers)


def stored(engine: RagQA, document_id: int) -> StoredDocument:
    """The document of an id. Raises UnknownDocument."""
    found = engine.opened.document(document_id)
    if found is None:
        told = f"index '{engine.settings.index}' has no document {document_id}"
        raise UnknownDocument(told, hint="GET /v1/documents lists them.")
    return found


def _spot(engine: RagQA, found: StoredDocument, page: int, start: int | None, end: int | None, words: str) -> Spot:
    if start is None or end is None:
        return Spot(found.path, page, words)
    if not 0 <= end - start <= LONGEST_MARK:
        raise Malformed(f"a span of 0 to {LONGEST_MARK:,} characters can be marked")
    blocks = engine.opened.blocks(found.id, start, max(end, start + 1))
    box = box_around(one.box for one in blocks if one.page == page)
    return Spot(found.path, page, engine.opened.text(found.id, start, end), box)


def _narrowed(png: bytes, has: int, width: int | None) -> bytes:
    """A picture that is at most so many pixels wide."""
    if width is None or has <= width:
        return png
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
        smaller = image.resize((width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS)
    written = io.BytesIO()
    smaller.save(written, "PNG")
    return written.getvalue()


def _pieces(content: IO[bytes]) -> Any:
    """The parts of a file, which is closed at the end; read in threads, as Starlette does with what is no coroutine."""
    with content:
        while piece := content.read(PIECE):
            yield piece
