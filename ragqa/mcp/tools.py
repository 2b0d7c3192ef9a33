"""The tools: what each takes, gives, says of itself, and does with an engine. Each runs in one thread, start to end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from pydantic import BaseModel

from ragqa.display import NAME_LENGTH, nothing_was_asked, quoted, shown_answers
from ragqa.engine import RagQA
from ragqa.errors import StorageError, UsageError
from ragqa.mcp import inputs, results, wording
from ragqa.mcp.pictures import fitting
from ragqa.mcp.reading import read_section
from ragqa.paths import index_names
from ragqa.types import DocumentInfo, Response, Spot, Verdict


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gives: data, the same in words, and perhaps a picture (PNG)."""

    structured: BaseModel
    text: str
    png: bytes | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool. `computes`: it needs models, and waits in line with the questions. `judges`: it keeps what a person says, and needs
    the right to; all others only read."""

    name: str
    title: str
    told: str
    takes: type[inputs.Input]
    gives: type[BaseModel]
    run: Callable[[RagQA, Any], Outcome]
    computes: bool = False
    judges: bool = False


def ask(qa: RagQA, asked: inputs.Ask) -> Outcome:
    """Answer a question."""
    response = _ask(qa, asked, asked.answers)
    given = results.asked(response, qa.settings.index, asked.answers)
    return Outcome(given, wording.asked_words(given))


def _ask(qa: RagQA, asked: inputs.Ask | inputs.GiveVerdict, answers: int) -> Response:
    """The response to a question in the documents that are asked. Raises UsageError where none is labelled so: that the manuals
    do not say would not be true then."""
    engine = _giving(qa, answers)
    response = engine.ask(asked.question, document=asked.document, section=asked.section, metadata=asked.metadata)
    if not response.passages:
        _check_labels(qa, asked)
    return response


def _check_labels(qa: RagQA, asked: inputs.Ask | inputs.GiveVerdict | inputs.Search) -> None:
    if asked.metadata and not qa.documents(asked.document, asked.metadata):
        matching = f" of those that match '{quoted(asked.document, NAME_LENGTH)}'" if asked.document else ""
        hint = "list_documents tells the keys and values there are; or ask without metadata."
        raise UsageError(f"no document{matching} is labelled with this metadata", hint=hint)


def _giving(qa: RagQA, answers: int) -> RagQA:
    """An engine that gives so many answers; the engine itself, with all it remembers, where it gives as many."""
    return qa if answers <= qa.settings.ask.answers else qa.using(answers=answers)


def search(qa: RagQA, asked: inputs.Search) -> Outcome:
    """Find passages."""
    document, section, most = asked.document, asked.section, asked.passages
    hits = qa.search(asked.question, document=document, section=section, metadata=asked.metadata, top_k=most)
    if not hits:
        _check_labels(qa, asked)
    passages = [results.passage(hit) for hit in hits[: asked.passages]]
    fallback = hits.fallback or None
    found = results.Found(question=asked.question, index=qa.settings.index, passages=passages, fallback=fallback)
    return Outcome(found, wording.found_words(found))


def read(qa: RagQA, asked: inputs.ReadSection) -> Outcome:
    """Read on in a document."""
    found = read_section(qa, asked.document, asked.section, asked.start, asked.length)
    return Outcome(found, wording.section_words(found))


def list_documents(qa: RagQA, asked: inputs.ListDocuments) -> Outcome:
    """List documents; the cursor is the path of the last one listed, so that documents added or removed meanwhile do no harm."""
    documents = qa.documents(asked.document, asked.metadata)
    counts = {} if asked.cursor is not None else qa.metadata()
    following = [one for one in documents if asked.cursor is None or one.path > asked.cursor]
    page = following[: asked.limit]
    index = qa.settings.index
    listed = results.DocumentsListed(
        index=index,
        indexes=index_names(qa.settings.home),
        total=len(documents),
        documents=[listed_document(index, one) for one in page],
        metadata=results.keys_listed(counts),
        keys_left_out=max(0, len(counts) - results.KEYS_LISTED),
        next_cursor=page[-1].path if len(following) > len(page) else None,
    )
    return Outcome(listed, wording.documents_words(listed))


def listed_document(index: str, one: DocumentInfo) -> results.DocumentListed:
    """A document as it is listed: nothing of where its file is."""
    metadata, left_out = results.labelled(one.metadata)
    return results.DocumentListed(
        document=one.path,
        document_id=one.id,
        title=one.title,
        pages=one.pages,
        characters=one.characters,
        warnings=list(one.warnings),
        metadata=metadata,
        metadata_left_out=left_out,
        resource=f"ragqa://{quote(index)}/documents/{one.id}",
    )


def page_picture(qa: RagQA, asked: inputs.PagePicture) -> Outcome:
    """Draw a page, with the words of an answer boxed. Raises StorageError, which does not tell where on the disk the file was:
    who reads from afar must not know."""
    spot = _spot(qa, asked)
    try:
        picture = qa.picture(spot)
    except StorageError as error:
        hint = "Its text can be read with read_section; whoever keeps the manuals can ingest it again."
        raise StorageError(f"the file of {spot.document} is not there any more as it was ingested", hint=hint) from error
    png, width, height = fitting(picture.png, picture.width, picture.height)
    shown = results.PictureGiven(
        document=picture.document,
        index=qa.settings.index,
        page=picture.page,
        width=width,
        height=height,
        words=[list(box) for box in picture.words],
        box=None if picture.box is None else list(picture.box),
    )
    return Outcome(shown, wording.picture_words(shown), png)


def _spot(qa: RagQA, asked: inputs.PagePicture) -> Spot:
    """What is to be seen: a page, or where some characters of the document stand."""
    if asked.start is None:
        if asked.page is None:
            raise UsageError("page or start is missing", hint="Name a page, or the start and end of an answer.")
        return qa.spot_of_page(asked.document, asked.page, asked.words)
    document = qa.document_named(asked.document)
    end = asked.start + 1 if asked.end is None else asked.end
    if not asked.start < end <= document.characters:
        raise UsageError(f"{document.path} has {document.characters} characters: {asked.start} to {end} is no part of them")
    extract = qa.extract(document.id, asked.start, min(end, asked.start + inputs.LONGEST_TEXT))
    block = next((one for one in extract.blocks if one.end > asked.start), None)
    page = asked.page or (None if block is None else block.page)
    if page is None:
        raise UsageError(f"{document.path} has no pages to show", hint="Only PDFs have pages that can be drawn.")
    words = asked.words if asked.end is None else extract.text[asked.start - extract.start : end - extract.start]
    return Spot(document.path, page, words, None if block is None or block.page != page else block.box)


def give_verdict(qa: RagQA, asked: inputs.GiveVerdict) -> Outcome:
    """Keep what a person says. The question is asked again, which costs nothing where the engine remembers its answers."""
    verdict = Verdict(asked.verdict)
    response = _ask(qa, asked, asked.answer)
    if nothing_was_asked(response):
        raise UsageError("a question without words has no answer to be judged", hint="Give the question as it was asked.")
    answer, span = None, None
    if verdict in (Verdict.RIGHT, Verdict.WRONG):
        answers = shown_answers(response)
        if len(answers) < asked.answer:
            told = f"it has {len(answers)}" if answers else "the manuals do not say"
            raise UsageError(f"there is no answer {asked.answer} to this question: {told}", hint="Ask it again with ask.")
        answer = answers[asked.answer - 1]
    if verdict is Verdict.CORRECTED:
        span = _right_words(qa, asked)
    kept = qa.judge(response, verdict, answer, span)
    given = results.VerdictKept(
        id=kept.id,
        index=qa.settings.index,
        question=kept.question,
        verdict=kept.verdict.value,
        answer=kept.answer,
        document=kept.document,
        page=kept.page,
        section=list(kept.section),
        given=kept.given,
    )
    return Outcome(given, wording.verdict_words(given))


def _right_words(qa: RagQA, asked: inputs.GiveVerdict) -> tuple[int, int, int]:
    if not asked.right_words.strip() or not asked.right_document:
        raise UsageError("right_words or right_document is missing", hint="Say which words of which document are the answer.")
    document = qa.document_named(asked.right_document)
    found = qa.find(document.id, asked.right_words)
    if found is None:
        raise UsageError(f"these words do not stand in {document.path}", hint="Copy them from it, with read_section.")
    return document.id, *found


TOOLS = (
    Tool(
        "ask",
        "Ask the manuals",
        "Answer a question from the user's manuals with an exact quotation, its place (document, page, section) and confidence. "
        "answered=false means that the manuals do not say: then tell the user so and make nothing up. "
        "Use it first for anything that a product manual may say: error codes, settings, steps, limits, warnings, dimensions. "
        "Where the person means one brand or model, `metadata` looks only in documents that are labelled so.",
        inputs.Ask,
        results.Asked,
        ask,
        computes=True,
    ),
    Tool(
        "search",
        "Search the manuals",
        "List the passages that fit a question or some words best, best first, without an answer. "
        "Use it to read around, or when `ask` has no answer and you want to look yourself; then quote and cite what you find.",
        inputs.Search,
        results.Found,
        search,
        computes=True,
    ),
    Tool(
        "read_section",
        "Read on in a manual",
        "Read a section of a document by words of its heading, or from a character (`start` of an answer or passage, "
        "`next_start` of the result before). Without both it begins at the beginning and lists the document's sections. "
        "The result says what follows.",
        inputs.ReadSection,
        results.SectionRead,
        read,
    ),
    Tool(
        "list_documents",
        "List the manuals",
        "List the documents of an index with their metadata, some at a time: all, or those whose paths match a glob or that are "
        "labelled so; what keys and values of metadata there are (brand, model, …); and the names of all indexes.",
        inputs.ListDocuments,
        results.DocumentsListed,
        list_documents,
    ),
    Tool(
        "page_picture",
        "Show a page",
        "Show a page of a PDF manual as a picture, with the words of an answer boxed: pass the answer's document, start and end; "
        "or any page by its number. Use it for figures, tables and diagrams, or to show the user where an answer stands.",
        inputs.PagePicture,
        results.PictureGiven,
        page_picture,
    ),
    Tool(
        "give_verdict",
        "Keep the user's verdict",
        "Keep what the USER said of an answer: right, wrong, corrected (with the right words of a document), or unanswerable "
        "(the manuals do not say). Readers are trained on it, so never call it on your own judgement.",
        inputs.GiveVerdict,
        results.VerdictKept,
        give_verdict,
        computes=True,
        judges=True,
    ),
)
