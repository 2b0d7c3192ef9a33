"""What the tools take: typed, limited, and described for assistants. Nothing else gets through."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ragqa.display import quoted
from ragqa.metadata import LONGEST_KEY, LONGEST_VALUE

LONGEST_QUESTION, LONGEST_NAME, LONGEST_TEXT = 2_000, 500, 20_000
"""Characters of a question, of a name or glob, and of what is read at once."""
USUAL_TEXT = 6_000
"""Characters that are read at once where nobody says."""
MOST_KEYS, MOST_VALUES = 20, 50
"""Keys of metadata to look for, and values of each."""
_TOLD = 3

Index = Annotated[
    str | None,
    Field(max_length=100, description="The index (library of manuals) to use. Leave out for the default one."),
]
Documents = Annotated[
    str | None,
    Field(max_length=LONGEST_NAME, description="Only documents whose path matches this path or glob, e.g. *espresso*."),
]
Section = Annotated[
    str | None, Field(max_length=LONGEST_NAME, description="Only sections under a heading that contains these words.")
]
_Value = Annotated[str, Field(max_length=LONGEST_VALUE)]
Metadata = Annotated[
    dict[Annotated[str, Field(max_length=LONGEST_KEY)], _Value | Annotated[list[_Value], Field(max_length=MOST_VALUES)]] | None,
    Field(
        max_length=MOST_KEYS,
        description="Only documents labelled so, of every key with one of the values (or globs), e.g. "
        '{"brand": "Aqua", "model": ["K200", "K300"]}. Use keys and values that `list_documents` tells.',
    ),
]
Document = Annotated[
    str,
    Field(
        min_length=1, max_length=LONGEST_NAME,
        description="The document's path, as other results name it (or a glob that matches this one only).",
    ),
]  # fmt: skip
Question = Annotated[
    str,
    Field(
        max_length=LONGEST_QUESTION,
        description="One question in plain words, as the person put it. Name the product, where it is known.",
    ),
]
Offset = Annotated[int, Field(ge=0, le=2**31 - 1)]
Page = Annotated[int, Field(ge=1, le=10**6, description="A page, counted from 1.")]


class Input(BaseModel):
    """What any tool takes. An empty text for something optional is as good as none."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    index: Index = None

    @field_validator("index", "document", "section", "metadata", "cursor", mode="before", check_fields=False)
    @classmethod
    def _nothing(cls, value: Any) -> Any:
        return None if value == "" else value


class Ask(Input):
    """What `ask` takes."""

    question: Question
    document: Documents = None
    section: Section = None
    metadata: Metadata = None
    answers: int = Field(3, ge=1, le=10, description="How many answers to give at most.")


class Search(Input):
    """What `search` takes."""

    question: Annotated[str, Field(max_length=LONGEST_QUESTION, description="A question, or words to look for.")]
    document: Documents = None
    section: Section = None
    metadata: Metadata = None
    passages: int = Field(5, ge=1, le=20, description="How many passages to give.")


class ReadSection(Input):
    """What `read_section` takes."""

    document: Document
    section: Annotated[
        str | None,
        Field(max_length=LONGEST_NAME, description="Words of the section's heading. Leave out to read from `start`."),
    ] = None
    start: Offset | None = Field(None, description="The character of the document to begin at, e.g. `next_start` of a result.")
    length: int = Field(USUAL_TEXT, ge=200, le=LONGEST_TEXT, description="Characters to read at most.")


class ListDocuments(Input):
    """What `list_documents` takes."""

    document: Documents = None
    metadata: Metadata = None
    limit: int = Field(50, ge=1, le=200, description="How many documents to list at once.")
    cursor: Annotated[
        str | None, Field(max_length=4_000, description="`next_cursor` of the result before, to go on from there.")
    ] = None


class PagePicture(Input):
    """What `page_picture` takes."""

    document: Document
    page: Page | None = Field(None, description="The page to show, counted from 1. Leave out for the page of `start`.")
    start: Offset | None = Field(None, description="`start` of an answer or passage: its page is shown.")
    end: Offset | None = Field(None, description="`end` of the answer: its words are boxed on the page.")
    words: str = Field("", max_length=LONGEST_QUESTION, description="Words to box on the page, where no `end` is given.")


class GiveVerdict(Input):
    """What `give_verdict` takes."""

    question: Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, description="The question, as it was asked.")]
    verdict: Literal["right", "wrong", "corrected", "unanswerable"] = Field(
        description="right, wrong: the answer; corrected: `right_words` are the answer; unanswerable: the manuals do not say."
    )
    answer: int = Field(1, ge=1, le=10, description="Which answer of `ask` is right or wrong, 1 being the first.")
    document: Documents = None
    section: Section = None
    metadata: Metadata = None
    right_document: Annotated[
        str | None, Field(max_length=LONGEST_NAME, description="With corrected: the document that has the right words.")
    ] = None
    right_words: str = Field(
        "", max_length=LONGEST_QUESTION, description="With corrected: the right words, exactly as the document has them."
    )


def schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of a model, as short as it can be: without titles, and with null left out of what may be left out."""
    return _plain(model.model_json_schema(mode="validation" if issubclass(model, Input) else "serialization"))


def _plain(schema: Any, named: bool = False) -> Any:
    """`named`: the keys are names of fields, not words of JSON Schema."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _plain(value, named=key in ("properties", "$defs") and not named)
        for key, value in schema.items()
        if named or key != "title"
    }
    kinds = plain.get("anyOf", ())
    if not named and "default" in plain and plain["default"] is None and {"type": "null"} in kinds and len(kinds) == 2:
        kind = next(one for one in kinds if one != {"type": "null"})
        plain = {**kind, **{key: value for key, value in plain.items() if key not in ("anyOf", "default")}}
    return plain


def what_is_wrong(error: ValidationError) -> str:
    """What of the arguments cannot be used, on one line."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    told = [f"{quoted('.'.join(map(str, one['loc'])), 60) or 'arguments'}: {quoted(one['msg'], 200)}" for one in faults[:_TOLD]]
    more = f"; and {len(faults) - _TOLD} more" if len(faults) > _TOLD else ""
    return "; ".join(told) + more
