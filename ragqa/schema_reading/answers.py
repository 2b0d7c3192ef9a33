"""What a question gets, and what people said of it, from JSON."""

from __future__ import annotations

from ragqa.schema_reading.fields import Fields, Misread, count, listed, maybe, number, one_of, share, text, truth, whole
from ragqa.types import (
    Abstention,
    Answer,
    BlockKind,
    Box,
    Chunk,
    Context,
    Coverage,
    Feedback,
    Hit,
    Meant,
    Passages,
    Response,
    TableRow,
    Verdict,
)


def read_response(value: object, place: str = "response") -> Response:
    """The response of `response_json`. Raises Misread."""
    get = Fields(value, place)
    return Response(
        get("question", text),
        get("answered", truth),
        get("reason", maybe(one_of(Abstention))),
        get("answers", listed(read_answer)),
        get("passages", listed(read_hit)),
        get("threshold", share),
        get("meant", listed(_meant), ()),
        get("embedded", maybe(coverage), None),
        get("fallback", maybe(text), None) or "",
    )


def read_answer(value: object, place: str = "answer") -> Answer:
    """The answer of `answer_json`; without `explain` its scores are 0, without a server its document's id. Raises Misread."""
    get = Fields(value, place)
    return Answer(
        text=get("text", text),
        confidence=get("confidence", share),
        document=get("document", text),
        section=get("section", listed(text)),
        pages=get("pages", listed(count)),
        start=get("start", count),
        end=get("end", count),
        passage=get("passage", text),
        passage_start=get("passage_start", count),
        context=get("context", _context),
        document_id=get("document_id", whole, 0),
        reader_score=get("reader_score", number, 0.0),
        retrieval_score=get("retrieval_score", number, 0.0),
        box=get("box", maybe(box), None),
        table=get("table", maybe(_row), None),
    )


def read_passages(value: object, place: str = "response") -> Passages:
    """The passages that a server found. Raises Misread."""
    get = Fields(value, place)
    return Passages(get("passages", listed(read_hit)), get("fallback", maybe(text), None) or "")


def read_hit(value: object, place: str = "passage") -> Hit:
    """The passage of `hit_json`. Raises Misread."""
    get = Fields(value, place)
    pages = get("pages", listed(count))
    first, last = (pages[0], pages[-1]) if pages else (None, None)
    return Hit(
        chunk_id=get("chunk_id", whole, 0),
        document_id=get("document_id", whole, 0),
        document=get("document", text),
        title=get("title", text, ""),
        chunk=Chunk(get("text", text), get("start", count), get("end", count), get("section", listed(text)), first, last),
        score=get("score", number),
        dense=get("dense", number),
        lexical=get("lexical", number),
        language=get("language", text, "en"),
        product=get("product", number, 0.0),
    )


def read_feedback(value: object, place: str = "feedback") -> Feedback:
    """The verdict of `feedback_json`. Raises Misread."""
    get = Fields(value, place)
    return Feedback(
        question=get("question", text),
        verdict=get("verdict", one_of(Verdict)),
        answer=get("answer", text),
        context=get("context", text),
        answer_start=get("answer_start", count),
        document=get("document", text),
        page=get("page", maybe(count)),
        section=get("section", listed(text)),
        given=get("given", text),
        confidence=get("confidence", share),
        reader=get("reader", text),
        at=get("at", text),
        id=get("id", count),
    )


def coverage(value: object, place: str) -> Coverage:
    """How many passages have vectors."""
    get = Fields(value, place)
    return Coverage(get("done", count), get("total", count))


def box(value: object, place: str) -> Box:
    """A place on a page, as shares of its width and height."""
    edges = listed(number)(value, place)
    if len(edges) != 4:
        raise Misread(f"{place} has {len(edges)} edges, not 4")
    left, top, right, bottom = edges
    return left, top, right, bottom


def _meant(value: object, place: str) -> Meant:
    get = Fields(value, place)
    return Meant(get("document_id", whole, 0), get("document", text), get("title", text), get("words", listed(text)))


def _context(value: object, place: str) -> Context:
    get = Fields(value, place)
    return Context(get("kind", one_of(BlockKind)), get("text", text), get("start", count), get("end", count))


def _row(value: object, place: str) -> TableRow:
    get = Fields(value, place)
    return TableRow(get("heads", listed(text)), get("row", listed(text)), get("column", maybe(count)))
