"""What routes are given: the service, and the fields that many requests have, each with its bounds."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from ragqa.serve.service import Service

LONGEST_QUESTION, LONGEST_FILTER, MOST_ANSWERS, MOST_PASSAGES = 2_000, 500, 50, 200
"""Characters of a question and of a filter; answers and passages that may be asked for."""


def service_of(request: Request) -> Service:
    """The service of the app that a request came to."""
    service: Service = request.app.state.service
    return service


ServiceGiven = Annotated[Service, Depends(service_of)]
IndexGiven = Annotated[str | None, Query(max_length=100, description="The index; the server's own where none is named.")]
IndexField = Annotated[str | None, Field(max_length=100, description="The index; the server's own where none is named.")]
Question = Annotated[str, Field(max_length=LONGEST_QUESTION, description="The question.")]
Filter = Annotated[str | None, Field(max_length=LONGEST_FILTER)]


def shown_with(*examples: dict[str, Any]) -> ConfigDict:
    """What the OpenAPI shows as examples of a body."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Body(BaseModel):
    """A request's JSON: fields that are not known are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
