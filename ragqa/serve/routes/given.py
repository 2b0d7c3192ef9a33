"""What routes are given: the service, and the fields that many requests have, each with its bounds."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from ragqa.metadata import LONGEST_KEY, LONGEST_VALUE, MOST_KEYS, MOST_VALUES
from ragqa.serve.service import Service

LONGEST_QUESTION, LONGEST_FILTER, MOST_ANSWERS, MOST_PASSAGES = 2_000, 500, 50, 200
"""Characters of a question and of a filter; answers and passages that may be asked for."""

MOST_META, MOST_WANTED = 20, 50
"""Keys of metadata that may be looked for, and values of each."""


def service_of(request: Request) -> Service:
    """The service of the app that a request came to."""
    service: Service = request.app.state.service
    return service


ServiceGiven = Annotated[Service, Depends(service_of)]
IndexGiven = Annotated[str | None, Query(max_length=100, description="The index; the server's own where none is named.")]
IndexField = Annotated[str | None, Field(max_length=100, description="The index; the server's own where none is named.")]
Question = Annotated[str, Field(max_length=LONGEST_QUESTION, description="The question.")]
Filter = Annotated[str | None, Field(max_length=LONGEST_FILTER)]
Meta = Annotated[str, Field(max_length=LONGEST_KEY + 1 + LONGEST_VALUE)]
MetaGiven = Annotated[
    list[Meta] | None,
    Query(max_length=MOST_META, description="Only documents labelled so, as in brand=Aqua; of several values of a key: one."),
]
_Key = Annotated[str, Field(min_length=1, max_length=LONGEST_KEY)]
_Value = Annotated[str, Field(max_length=LONGEST_VALUE)]
_Wanted = dict[_Key, _Value | Annotated[list[_Value], Field(min_length=1, max_length=MOST_WANTED)]]
WantedMetadata = Annotated[
    _Wanted | None,
    Field(max_length=MOST_META, description="Only documents that have, of every key, one of these values, or of these globs."),
]


def _of_form(given: object) -> object:
    """An object that a field of a form holds as JSON."""
    if not isinstance(given, str):
        return given
    try:
        return json.loads(given)
    except (ValueError, RecursionError):
        raise ValueError('it is no JSON such as {"brand": "Aqua"}') from None


Labels = Annotated[
    dict[_Key, _Value | Annotated[list[_Value], Field(max_length=MOST_VALUES)]],
    Field(max_length=MOST_KEYS, description="Takes the place of what they have of these keys; no value, [], takes it away."),
]
LabelsOfForm = Annotated[Labels | None, BeforeValidator(_of_form)]
WantedOfForm = Annotated[WantedMetadata, BeforeValidator(_of_form)]


def shown_with(*examples: dict[str, Any]) -> ConfigDict:
    """What the OpenAPI shows as examples of a body."""
    return ConfigDict(json_schema_extra={"examples": list(examples)})


class Body(BaseModel):
    """A request's JSON: fields that are not known are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
