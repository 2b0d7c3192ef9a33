"""Asking and searching."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import ConfigDict, Field

from ragqa.metadata import parsed
from ragqa.schema import answer_json, hit_json, response_json
from ragqa.serve.access import Role, needs
from ragqa.serve.routes import examples
from ragqa.serve.routes.given import (
    MOST_ANSWERS,
    MOST_META,
    MOST_PASSAGES,
    Body,
    Filter,
    IndexField,
    Meta,
    Question,
    ServiceGiven,
    WantedMetadata,
)
from ragqa.serve.routes.shapes import AnsweredShape, BatchShape, FoundShape, gives
from ragqa.serve.service import Asked, Service
from ragqa.serve.wire import Json
from ragqa.types import Hit

router = APIRouter(prefix="/v1", tags=["answers"], dependencies=[Depends(needs(Role.READ))])

MOST_QUESTIONS = 100
"""Questions of one batch."""

Effort = Literal["fast", "auto", "accurate"]
ANSWERED = gives(AnsweredShape, "The answers, or why there is none", examples.ANSWERED)


class Place(Body):
    """Where to look; what is null is as the server's settings say."""

    index: IndexField = None
    document: Filter = Field(None, description="Only documents whose path matches this glob.")
    section: Filter = Field(None, description="Only sections whose heading path contains this text.")


class Labelled(Body):
    """In which documents to look, by what they are labelled with."""

    metadata: WantedMetadata = None


class Manner(Place):
    """Where a question is asked, and how it is answered."""

    answers: Annotated[int, Field(ge=1, le=MOST_ANSWERS, description="Answers to give.")] | None = None
    effort: Effort | None = Field(None, description="What reads: the small reader, both, or the large one.")
    threshold: Annotated[float, Field(ge=0, le=1, description="Confidence under which to abstain.")] | None = None


class Explained(Manner):
    """The same, with or without scores."""

    explain: bool = Field(False, description="Add the scores behind every answer.")


class Ask(Explained, Labelled):
    """A question."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ASK, examples.ASK_LABELLED]})
    question: Question


class AskInAddress(Explained):
    """A question in an address."""

    q: Question
    meta: list[Meta] = Field([], max_length=MOST_META, description="Only documents labelled so, as in brand=Aqua.")


class Batch(Explained, Labelled):
    """Questions that are asked in the same manner."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.BATCH]})
    questions: Annotated[list[Question], Field(min_length=1, max_length=MOST_QUESTIONS)]


class Search(Place, Labelled):
    """What to find passages for."""

    model_config = ConfigDict(json_schema_extra={"examples": [examples.ASK, examples.ASK_LABELLED]})
    question: Question
    top_k: Annotated[int, Field(ge=1, le=MOST_PASSAGES, description="Passages to find.")] | None = None


@router.post("/ask", response_model=None, responses=ANSWERED)
async def ask(given: Ask, service: ServiceGiven) -> Response:
    """The best answers to a question, best first, or why there is none."""
    asked = await service.asked(**given.model_dump(exclude={"explain"}))
    return Json(asked_json(asked, given.explain))


@router.get("/ask", response_model=None, responses=ANSWERED)
async def ask_in_address(given: Annotated[AskInAddress, Query()], service: ServiceGiven) -> Response:
    """The same, asked in the address."""
    manner = given.model_dump(exclude={"q", "meta", "explain"})
    return Json(asked_json(await service.asked(given.q, metadata=parsed(given.meta), **manner), given.explain))


@router.post(
    "/ask/batch", response_model=None, responses=gives(BatchShape, "What came of each question, in order", examples.BATCHED)
)
async def batch(given: Batch, service: ServiceGiven) -> Response:
    """What comes of up to a hundred questions. Each has the time limit, and its turn, of a request of its own."""
    asked = await _all_asked(service, given)
    return Json({"responses": [asked_json(one, given.explain) for one in asked]})


async def _all_asked(service: Service, given: Batch) -> list[Asked]:
    """The questions, as many at once as there are threads for them, so that a batch takes no more of the line than that."""
    at_once = asyncio.Semaphore(service.computing.threads)
    manner = given.model_dump(exclude={"explain", "questions"})

    async def one(question: str) -> Asked:
        async with at_once:
            return await service.asked(question, **manner)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(question)) for question in given.questions]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from None
    return [task.result() for task in tasks]


@router.post("/search", response_model=None, responses=gives(FoundShape, "The passages, best first", examples.FOUND))
async def search(given: Search, service: ServiceGiven) -> Response:
    """The passages that fit a question best, without reading them."""
    found = await service.found(**given.model_dump())
    passages = [passage_json(hit) for hit in found.passages]
    fallback = found.passages.fallback or None
    return Json({"passages": passages, "fallback": fallback, "index": found.index, "generation": found.generation})


def asked_json(asked: Asked, explain: bool = False) -> dict[str, Any]:
    """A response as the server gives it: with the index, its generation, and the ids of the documents."""
    response = asked.response
    return {
        **response_json(response, explain),
        "answers": [{**answer_json(one, explain), "document_id": one.document_id} for one in response.answers],
        "passages": [passage_json(hit) for hit in response.passages],
        "index": asked.index,
        "generation": asked.generation,
        "effort": asked.effort,
    }


def passage_json(hit: Hit) -> dict[str, Any]:
    """A passage as the server gives it: with its document's id."""
    return {**hit_json(hit), "document_id": hit.document_id}
