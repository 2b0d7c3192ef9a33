"""The shapes of what the routes give, for the OpenAPI: the fields are those of `ragqa.schema`, which makes them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel

from ragqa.mcp.results import Context, Meant, Row
from ragqa.serve.faults import Faulty
from ragqa.serve.routes import examples


class AnswerShape(BaseModel):
    """An exact span of a document: characters `start` to `end` of its text; `box` is where on the page, in shares of it."""

    text: str
    confidence: float
    document: str
    document_id: int
    page: int | None
    pages: list[int]
    section: list[str]
    start: int
    end: int
    passage: str
    passage_start: int
    context: Context
    box: list[float] | None
    table: Row | None
    reader_score: float | None = None
    retrieval_score: float | None = None


class PassageShape(BaseModel):
    """A passage that was found, with what ranked it."""

    text: str
    document: str
    document_id: int
    page: int | None
    pages: list[int]
    section: list[str]
    start: int
    end: int
    score: float
    dense: float
    lexical: float
    product: float


class Embedded(BaseModel):
    """How many passages have vectors."""

    done: int
    total: int


class AnsweredShape(BaseModel):
    """What came of a question. Where `answered` is false, the manuals do not say: `reason` tells why, and `answers` are only
    the best of what was found."""

    question: str
    answered: bool
    reason: str | None
    threshold: float
    meant: list[Meant]
    answers: list[AnswerShape]
    passages: list[PassageShape]
    embedded: Embedded | None
    fallback: str | None
    index: str
    generation: int
    effort: Literal["fast", "auto", "accurate"]


class BatchShape(BaseModel):
    """What came of several questions, in their order."""

    responses: list[AnsweredShape]


class FoundShape(BaseModel):
    """The passages for a question, best first."""

    passages: list[PassageShape]
    fallback: str | None
    index: str
    generation: int


class DocumentShape(BaseModel):
    """A document of an index; `present`: its file is still there; `foreign`: it came with an imported index."""

    id: int
    path: str
    title: str
    pages: int | None
    characters: int
    chunks: int
    warnings: list[str]
    ingested_at: str
    present: bool
    foreign: bool
    metadata: dict[str, list[str]]


class DocumentsShape(BaseModel):
    """A page of the list of documents; `next` is the cursor of the one behind it."""

    documents: list[DocumentShape]
    next: str | None
    total: int


class MetadataShape(BaseModel):
    """How many documents are labelled with each value, by key."""

    metadata: dict[str, dict[str, int]]
    index: str
    generation: int


class LabelledShape(BaseModel):
    """How many documents have other metadata now."""

    changed: int
    index: str
    generation: int


class RemovedShape(BaseModel):
    """How many documents were taken out, and which."""

    removed: int
    document: str


class BlockShape(BaseModel):
    """A heading, paragraph, item, row, warning, listing or caption."""

    kind: Literal["heading", "paragraph", "list_item", "table_row", "warning", "code", "figure"]
    start: int
    end: int
    section: list[str]
    levels: list[int]
    page: int | None
    group: int


class TextShape(BaseModel):
    """A stretch of a document in whole blocks; `length` is the whole document's."""

    document_id: int
    start: int
    end: int
    length: int
    text: str
    blocks: list[BlockShape]


class HeadingsShape(BaseModel):
    """A document's headings, in order: the last of each `section` is its words, of each `levels` its level, 1 outermost."""

    document_id: int
    headings: list[BlockShape]


class SpanShape(BaseModel):
    """Two offsets into a document's text."""

    start: int
    end: int


class FeedbackShape(BaseModel):
    """A verdict as it is kept."""

    id: int
    question: str
    verdict: Literal["right", "wrong", "corrected", "unanswerable"]
    answer: str
    context: str
    answer_start: int
    document: str
    page: int | None
    section: list[str]
    given: str
    confidence: float
    reader: str
    at: str


class FeedbackListShape(BaseModel):
    """A page of the verdicts, in the order they were given; `next` is the cursor of the one behind it."""

    feedback: list[FeedbackShape]
    next: str | None
    total: int


class TakenBackShape(BaseModel):
    """How many verdicts were taken back: 1, or 0 where it was gone already."""

    removed: int
    id: int


class IndexShape(BaseModel):
    """What an index holds; the same fields as `ragqa index info --json`."""

    model_config = {"extra": "allow"}

    name: str
    documents: int
    chunks: int
    pages: int
    characters: int
    generation: int
    updated: str
    settings: dict[str, Any]


class IndexesShape(BaseModel):
    """Every index, and the one that is asked where none is named."""

    indexes: list[IndexShape]
    default: str


_FAULTS = {
    400: "The request makes no sense",
    401: "A token is demanded",
    403: "The token's role does not allow that, or another page sent the request",
    404: "There is no such index or document",
    409: "Something has changed, or is being written, meanwhile",
    413: "More than the server takes",
    422: "The request is not what the API takes",
    429: "As much is in line as the server takes; Retry-After says when to come again",
    503: "Index, disk or model cannot be used, or the server is being stopped",
    504: "It took longer than a request may",
}

FAULTS: dict[int | str, dict[str, Any]] = {
    status: {
        "model": Faulty,
        "description": told,
        "content": {"application/json": {"examples": {name: {"value": one} for name, one in examples.FAULTS[status].items()}}},
    }
    for status, told in _FAULTS.items()
}
"""What can go wrong with any request."""


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "Who asks has it already, by the ETag in If-None-Match"}}
"""What a route may say besides that answers conditional requests."""


def shown(example: Any, media_type: str = "application/json") -> dict[str, Any]:
    """The content of a response that is described by an example."""
    return {"content": {media_type: {"example": example}}}


def gives(model: Any, description: str, example: Any = None, media_type: str = "application/json") -> dict[int | str, Any]:
    """The `responses` of a route: what it gives when all is well, with an example, and every fault."""
    content: dict[str, Any] = {} if example is None else shown(example, media_type)
    if model is None:
        content = {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}
        return {**FAULTS, 200: {"description": description, **content}}
    return {**FAULTS, 200: {"model": model, "description": description, **content}}
