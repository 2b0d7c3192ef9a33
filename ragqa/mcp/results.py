"""What the tools give as structured content, in the words of `ragqa.schema`, and with a schema of its own for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, Field

from ragqa.display import NEAREST_PASSAGES, PASSAGE_LENGTH, confidence_words, meant_sentence, shortened, shown_answers
from ragqa.schema import answer_json, hit_json
from ragqa.types import Answer, Hit, Response

_FALLBACK = "Why passages were looked for by their words only, while what else finds them is out of reach; null: it was not."
KEYS_LISTED, ROOM_OF_INDEX, ROOM_OF_DOCUMENT = 20, 6_000, 1_000
"""Keys of metadata that are listed, and characters of their values, of all documents and of each."""
_START, _END = "First character of it in the document's text.", "Character after the last one."


class Context(BaseModel):
    """The sentences, list, table row or warning that an answer stands in."""

    kind: str
    text: str
    start: int
    end: int


class Row(BaseModel):
    """The table row that an answer stands in; `column` counts from 0."""

    heads: list[str]
    row: list[str]
    column: int | None


class Place(BaseModel):
    """Where a text stands."""

    document: str = Field(description="The manual's path: cite it.")
    document_id: int
    page: int | None = Field(description="The page it begins on: cite it; null where the format has none.")
    pages: list[int]
    section: list[str] = Field(description="The headings over it, outermost first: cite them.")
    start: int = Field(description=_START)
    end: int = Field(description=_END)


class AnswerGiven(Place):
    """An exact span of a manual."""

    text: str = Field(description="The quotation: the exact words of the manual. Quote them unchanged.")
    confidence: float = Field(description="Probability that it is right, 0 to 1.")
    sureness: str = Field(description="sure, fair or unsure.")
    context: Context = Field(description="What stands around it, to be read with it.")
    table: Row | None


class Passage(Place):
    """A passage that was found; it need not answer anything."""

    text: str
    score: float


class Meant(BaseModel):
    """A manual that the question names."""

    document: str
    title: str
    words: list[str]


class Coverage(BaseModel):
    """How many of the index's passages have vectors so far; the others are found by their words."""

    done: int
    total: int


class Asked(BaseModel):
    """What a question gets."""

    answered: bool = Field(description="false: the manuals do not say. Then there is no answer, and none may be made up.")
    question: str
    index: str
    answers: list[AnswerGiven] = Field(description="Best first. Empty if and only if `answered` is false.")
    reason: str | None = Field(description="Why there is no answer; null where there is one.")
    nearest_passages: list[Passage] = Field(description="Only where there is no answer: what was near. These do NOT answer it.")
    note: str = Field(description="In which manuals the question was looked up because it names them; empty where there is none.")
    meant: list[Meant]
    threshold: float = Field(description="The confidence under which no answer is given.")
    embedded: Coverage | None
    fallback: str | None = Field(description=_FALLBACK)


class Found(BaseModel):
    """The passages for a question; no answer."""

    question: str
    index: str
    passages: list[Passage] = Field(description="Best first.")
    fallback: str | None = Field(description=_FALLBACK)


class SectionStart(BaseModel):
    """A section of a document, and where it begins."""

    section: list[str]
    start: int


class SectionRead(BaseModel):
    """A stretch of a document."""

    document: str
    document_id: int
    title: str
    index: str
    section: list[str] = Field(description="The headings over its beginning, outermost first.")
    pages: list[int]
    start: int = Field(description=_START)
    end: int = Field(description=_END)
    document_length: int = Field(description="Characters of the whole document.")
    text: str
    section_complete: bool = Field(description="Whether the section that was asked for was read to its end.")
    next_start: int | None = Field(description="Pass it as `start` to read on; null at the document's end.")
    next_section: list[str] | None = Field(description="The headings over what follows; null at the document's end.")
    also_called: list[SectionStart] = Field(description="Other sections that the words fit.")
    contents: list[SectionStart] = Field(description="The document's sections, where it was read from its beginning.")


class DocumentListed(BaseModel):
    """A document of an index."""

    document: str = Field(description="Its path, by which the other tools know it.")
    document_id: int
    title: str
    pages: int | None
    characters: int
    warnings: list[str] = Field(description="What was lost in reading it.")
    metadata: dict[str, list[str]] = Field(description="What somebody has labelled it with: values by key.")
    metadata_left_out: int = Field(description="How many more values it has, which are not listed.")
    resource: str = Field(description="The URI of its text.")


class KeyListed(BaseModel):
    """A key of metadata, and what documents are labelled with under it."""

    key: str
    values: dict[str, int] = Field(description="How many documents have each value; those of most documents first.")
    left_out: int = Field(description="How many more values there are, which are not listed.")


class DocumentsListed(BaseModel):
    """A page of the list of documents."""

    index: str
    indexes: list[str] = Field(description="All indexes that there are; pass one as `index`.")
    total: int = Field(description="How many documents there are in all, or match.")
    documents: list[DocumentListed]
    metadata: list[KeyListed] = Field(
        description="What documents of the whole index are labelled with, to be passed as `metadata`; where the list begins."
    )
    keys_left_out: int = Field(description="How many more keys there are, which are not listed.")
    next_cursor: str | None = Field(description="Pass it as `cursor` for the next ones; null: these were the last.")


class PictureGiven(BaseModel):
    """What a picture shows; boxes are left, top, right and bottom in shares of the page."""

    document: str
    index: str
    page: int
    width: int
    height: int
    words: list[list[float]] = Field(description="The boxes of the words that were marked, line by line; empty: none was found.")
    box: list[float] | None = Field(description="The paragraph, row or figure that is framed.")


class VerdictKept(BaseModel):
    """A verdict as it is kept."""

    id: int
    index: str
    question: str
    verdict: str
    answer: str = Field(description="The right words, where the verdict names some.")
    document: str
    page: int | None
    section: list[str]
    given: str = Field(description="What had been answered.")


def asked(response: Response, index: str, most: int) -> Asked:
    """What a response says. Spans that the system does not stand by are not in it."""
    answers = [given(one) for one in shown_answers(response)[:most]]
    return Asked(
        answered=response.answered,
        question=response.question,
        index=index,
        answers=answers,
        reason=None if response.reason is None else response.reason.value,
        nearest_passages=[] if response.answered else [near(hit) for hit in response.passages[:NEAREST_PASSAGES]],
        note=meant_sentence(response),
        meant=[Meant(document=one.document, title=one.title, words=list(one.words)) for one in response.meant],
        threshold=response.threshold,
        embedded=None if response.embedded is None else Coverage(done=response.embedded.done, total=response.embedded.total),
        fallback=response.fallback or None,
    )


def given(answer: Answer) -> AnswerGiven:
    """An answer."""
    fields = _known(AnswerGiven, answer_json(answer))
    return AnswerGiven.model_validate(
        {**fields, "document_id": answer.document_id, "sureness": confidence_words(answer.confidence)[1]}
    )


def passage(hit: Hit) -> Passage:
    """A passage, whole."""
    return Passage.model_validate({**_known(Passage, hit_json(hit)), "document_id": hit.document_id})


def near(hit: Hit) -> Passage:
    """The beginning of a passage."""
    whole = passage(hit)
    return whole.model_copy(update={"text": shortened(whole.text, PASSAGE_LENGTH)})


def labelled(metadata: Mapping[str, Sequence[str]]) -> tuple[dict[str, list[str]], int]:
    """What a document is labelled with, as much of it as is listed, and how many values are left out."""
    shown = fitting(list(metadata.values()), ROOM_OF_DOCUMENT)
    kept = {key: values for key, values in zip(metadata, shown, strict=True) if values}
    return kept, sum(map(len, metadata.values())) - sum(map(len, kept.values()))


def keys_listed(counts: Mapping[str, Mapping[str, int]]) -> list[KeyListed]:
    """What documents are labelled with: of each of the first keys the values that most documents have."""
    keys = list(counts)[:KEYS_LISTED]
    often = [sorted(counts[key], key=lambda value: (-counts[key][value], value)) for key in keys]
    return [
        KeyListed(key=key, values={value: counts[key][value] for value in kept}, left_out=len(counts[key]) - len(kept))
        for key, kept in zip(keys, fitting(often, ROOM_OF_INDEX), strict=True)
    ]


def fitting(values: Sequence[Sequence[str]], room: int) -> list[list[str]]:
    """Of each of some lists the first texts, in no more characters than its share of the room."""
    share = room // max(1, len(values))
    return [[one for one, end in zip(of, accumulate(map(len, of)), strict=True) if end <= share] for of in values]


def _known(model: type[BaseModel], fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if name in model.model_fields}
