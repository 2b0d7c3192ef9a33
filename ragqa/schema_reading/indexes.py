"""Indexes, their documents, and what an ingest did, from JSON."""

from __future__ import annotations

from ragqa.readers.retrievers import Embedded
from ragqa.schema_reading.answers import box, coverage
from ragqa.schema_reading.fields import (
    Fields,
    Misread,
    anything,
    count,
    listed,
    maybe,
    named,
    number,
    one_of,
    text,
    truth,
    whole,
)
from ragqa.types import (
    Block,
    BlockKind,
    DocumentInfo,
    Extract,
    FileAudit,
    FileReport,
    FileState,
    IndexInfo,
    IngestReport,
    PagesRecognised,
    Progress,
    Reembedding,
    Unread,
)


def read_index(value: object, place: str = "index") -> IndexInfo:
    """What an index holds, of `info_json`. Raises Misread."""
    get = Fields(value, place)
    return IndexInfo(
        name=get("name", text),
        path=get("path", text, ""),
        documents=get("documents", count),
        chunks=get("chunks", count),
        pages=get("pages", count),
        characters=get("characters", count),
        vectors=get("vectors", count),
        bytes=get("bytes", count),
        generation=get("generation", count),
        schema=get("schema", count),
        updated=get("updated", text),
        settings=get("settings", named(anything), {}),
        languages=get("languages", named(count), {}),
        reembedding=get("reembedding", maybe(_reembedding), None),
        warnings=get("warnings", named(listed(text)), {}),
        embedded=get("embedded", maybe(coverage), None),
        metadata=get("metadata", named(count), {}),
    )


def read_document(value: object, place: str = "document") -> DocumentInfo:
    """What an index knows of a document. Raises Misread."""
    get = Fields(value, place)
    return DocumentInfo(
        id=get("id", whole),
        path=get("path", text),
        title=get("title", text),
        source=get("source", text, ""),
        pages=get("pages", maybe(count)),
        characters=get("characters", count),
        chunks=get("chunks", count),
        warnings=get("warnings", listed(text)),
        ingested_at=get("ingested_at", text),
        present=get("present", truth),
        foreign=get("foreign", truth, False),
        metadata=get("metadata", named(listed(text)), {}),
    )


def read_extract(value: object, document_id: int, place: str = "text") -> Extract:
    """A stretch of a document. Raises Misread."""
    get = Fields(value, place)
    found = Extract(document_id, get("start", count), get("text", text), get("blocks", listed(_block)), get("length", count))
    if any(block.start < found.start or block.end > found.end or block.start > block.end for block in found.blocks):
        raise Misread(f"{place}.blocks do not stand in its text")
    return found


def read_headings(value: object, place: str = "headings") -> list[Block]:
    """The headings of a document, in order. Raises Misread."""
    return list(Fields(value, place)("headings", listed(_block)))


def read_span(value: object, place: str = "found") -> tuple[int, int]:
    """Two character offsets, `start` and `end`. Raises Misread."""
    get = Fields(value, place)
    return get("start", count), get("end", count)


def read_ingest(value: object, place: str = "ingest") -> IngestReport:
    """What an ingest did, of `ingest_json`. Raises Misread."""
    get = Fields(value, place)
    return IngestReport(
        index=get("index", text),
        files=get("files", listed(_file)),
        chunks_embedded=get("chunks_embedded", count),
        seconds=get("seconds", number),
        documents=get("documents", count),
        chunks=get("chunks", count),
        interrupted=get("interrupted", truth),
        dry_run=get("dry_run", truth, False),
        audited=get("audit", maybe(anything), None) is not None,
        embedded=get("embedded", maybe(coverage), None),
        notes=get("notes", listed(text), ()),
    )


def read_embedded(value: object, place: str = "embedded") -> Embedded:
    """What came of making vectors, of `embedded_json`. Raises Misread."""
    get = Fields(value, place)
    return Embedded(
        get("index", text), get("retriever", text), get("before", text), get("embedded", coverage), get("stopped", truth)
    )


def read_progress(value: object, place: str = "progress") -> Progress:
    """A step of a long job. Raises Misread."""
    get = Fields(value, place)
    return Progress(
        stage=get("stage", text),
        done=get("done", count),
        total=get("total", count),
        detail=get("detail", text, ""),
        items=get("items", count, 0),
        items_total=get("items_total", count, 0),
        chunks=get("chunks", count, 0),
        seconds=get("seconds", number, 0.0),
        recognised=get("recognised", maybe(_recognised), None),
    )


def _block(value: object, place: str) -> Block:
    get = Fields(value, place)
    section = get("section", listed(text))
    return Block(
        kind=get("kind", one_of(BlockKind)),
        start=get("start", count),
        end=get("end", count),
        section=section,
        levels=get("levels", listed(count), tuple(range(1, len(section) + 1))),
        page=get("page", maybe(count)),
        group=get("group", count, 0),
        box=get("box", maybe(box), None),
    )


def _file(value: object, place: str) -> FileReport:
    get = Fields(value, place)
    return FileReport(
        path=get("path", text),
        state=get("state", one_of(FileState)),
        pages=get("pages", maybe(count)),
        characters=get("characters", count),
        chunks=get("chunks", count),
        embedded=get("embedded", count),
        note=get("note", text),
        audit=get("audit", maybe(_audit), None),
    )


def _audit(value: object, place: str) -> FileAudit:
    get = Fields(value, place)
    return FileAudit(
        warnings=get("warnings", listed(text)),
        characters=get("characters", count),
        unread_characters=get("unread_characters", count),
        unread=get("unread", listed(_unread)),
        unmeasured=get("unmeasured", text),
    )


def _unread(value: object, place: str) -> Unread:
    get = Fields(value, place)
    return Unread(get("place", text), get("text", text))


def _reembedding(value: object, place: str) -> Reembedding:
    get = Fields(value, place)
    return Reembedding(get("retriever", text), get("done", count), get("total", count))


def _recognised(value: object, place: str) -> PagesRecognised:
    get = Fields(value, place)
    return PagesRecognised(get("done", count), get("total", count), get("left", number))
