"""Asking, searching, and saying what was right."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from ragqa.schema import answer_json, hit_json, response_json
from ragqa.serve.access import Role, needs
from ragqa.serve.routes.given import MOST_ANSWERS, Body, Filter, IndexField, Question, ServiceGiven
from ragqa.serve.service import Asked, Service

router = APIRouter(prefix="/v1", tags=["answers"], dependencies=[Depends(needs(Role.READ))])

Effort = Literal["fast", "auto", "accurate"]


class Manner(Body):
    """Where a question is asked, and how it is answered; what is null is as the server's settings say."""

    index: IndexField = None
    document: Filter = Field(None, description="Only documents whose path matches this glob.")
    section: Filter = Field(None, description="Only sections whose heading path contains this text.")
    answers: Annotated[int, Field(ge=1, le=MOST_ANSWERS)] | None = None
    effort: Effort | None = None
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None


class Explained(Manner):
    """The same, for one question."""

    explain: bool = Field(False, description="Add the scores behind every answer.")


class Ask(Explained):
    """A question."""

    question: Question


class AskInAddress(Explained):
    """A question in an address."""

    q: Question


@router.post("/ask")
async def ask(given: Ask, service: ServiceGiven) -> dict[str, Any]:
    """The best answers to a question, best first, or why there is none."""
    return await _answered(service, given)


@router.get("/ask")
async def ask_by_address(given: Annotated[AskInAddress, Query()], service: ServiceGiven) -> dict[str, Any]:
    """The same, asked in the address."""
    return await _answered(service, Ask(question=given.q, **given.model_dump(exclude={"q"})))


async def _answered(service: Service, given: Ask) -> dict[str, Any]:
    asked = await service.asked(**given.model_dump(exclude={"explain"}))
    return asked_json(asked, given.explain)


def asked_json(asked: Asked, explain: bool = False) -> dict[str, Any]:
    """A response as the server gives it: with the index, its generation, and the ids of the documents."""
    response = asked.response
    return {
        **response_json(response, explain),
        "answers": [{**answer_json(one, explain), "document_id": one.document_id} for one in response.answers],
        "passages": [{**hit_json(one), "document_id": one.document_id} for one in response.passages],
        "index": asked.index,
        "generation": asked.generation,
    }
