"""Reading in the documents of an index: the list of them, a stretch of one, and where a text stands in it."""

from __future__ import annotations

import os
import re

from ragqa.errors import DocumentMissing, IndexDamaged, UsageError
from ragqa.indexing.index import Index, StoredDocument
from ragqa.indexing.rows import block_of
from ragqa.metadata import Wanted
from ragqa.types import Block, BlockKind, DocumentInfo, Extract, Metadata

_LISTED = 5


def list_documents(index: Index, document_glob: str | None = None, wanted: Wanted = ()) -> list[DocumentInfo]:
    """What the index knows of every document, or of those whose paths match a glob and that have some metadata, by path."""
    with index.snapshot():
        counts = dict(index.connections.rows("SELECT document_id, count(*) FROM chunks GROUP BY document_id"))
        listed, labels = index.where(document_glob, metadata=wanted).documents, index.labels.all()
        return [
            _info(one, counts.get(one.id, 0), labels.get(one.id, {}))
            for one in index.documents()
            if listed is None or one.id in listed
        ]


def document_named(index: Index, name: str) -> DocumentInfo:
    """The one document that a path, or a glob, names. Raises DocumentMissing where it names none, UsageError where
    several."""
    with index.snapshot():
        exact = index.document_at(name)
        found = [exact] if exact else [one for one in map(index.document, index.where(name).documents or ()) if one]
        if len(found) == 1:
            counted = index.connections.rows("SELECT count(*) FROM chunks WHERE document_id = ?", (found[0].id,))
            return _info(found[0], counted[0][0], index.labels.of(found[0].id))
    if not found:
        raise DocumentMissing(f"there is no document called '{name}'", hint=f"See those there are: ragqa index info {index.name}")
    paths = sorted(one.path for one in found)
    listed = f"{', '.join(paths[:_LISTED])}{' …' if len(paths) > _LISTED else ''}"
    raise UsageError(f"{len(paths)} documents are called '{name}'", hint=f"Which one: {listed}")


def headings(index: Index, document_id: int) -> list[Block]:
    """A document's headings, in order; none of an id that there is not."""
    query = "SELECT * FROM blocks WHERE document_id = ? AND kind = ? ORDER BY start"
    return [block_of(row) for row in index.connections.rows(query, (document_id, BlockKind.HEADING.value))]


def _info(one: StoredDocument, chunks: int, metadata: Metadata) -> DocumentInfo:
    return DocumentInfo(
        one.id, one.path, one.title, one.told_source, one.pages, one.characters, chunks, one.warnings, one.ingested_at,
        not one.is_foreign and os.path.exists(one.source), one.is_foreign, metadata,
    )  # fmt: skip


def extract(index: Index, document_id: int, start: int, end: int) -> Extract:
    """The blocks that overlap the character offsets start..end, whole, with their text. Raises IndexDamaged for an id of none."""
    with index.snapshot():
        found = index.connections.rows("SELECT characters FROM documents WHERE id = ?", (document_id,))
        if not found:
            raise IndexDamaged("the document is not in the index any more", hint="Ask again.")
        length = int(found[0][0])
        start, end = max(0, min(start, length)), max(0, min(end, length))
        blocks = index.blocks(document_id, start, max(end, start + 1))
        if blocks:
            start, end = min(start, blocks[0].start), max(end, blocks[-1].end)
        return Extract(document_id, start, index.text(document_id, start, end), tuple(blocks), length)


def find_text(index: Index, document_id: int, wanted: str, start: int, backwards: bool = False) -> tuple[int, int] | None:
    """Where the words of `wanted` stand next, from `start` on or before it, and on from the other end; None: nowhere.

    Case does not count, nor how much space is between words. Offsets are characters of the document's text.
    """
    words = wanted.split()
    if not words:
        return None
    pattern = re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE)
    text = index.text(document_id)
    if backwards:
        found = [match.span() for match in pattern.finditer(text)]
        before = [span for span in found if span[0] < start]
        ranked = before or found
        return ranked[-1] if ranked else None
    match = pattern.search(text, max(0, start)) or pattern.search(text)
    return match.span() if match else None


def passage_around(index: Index, document_id: int, start: int, end: int) -> tuple[str, int]:
    """The passage that holds the offsets start..end whole, and where it begins: a chunk, or else all from the first chunk they
    touch to the last."""
    with index.snapshot():
        chunks = [stored.chunk for stored in index.document_chunks(document_id, start, end)]
        whole = [chunk for chunk in chunks if chunk.start <= start and end <= chunk.end]
        if whole:
            best = max(whole, key=lambda chunk: min(start - chunk.start, chunk.end - end))
            return best.text, best.start
        first = min([start, *(chunk.start for chunk in chunks)])
        last = max([end, *(chunk.end for chunk in chunks)])
        return index.text(document_id, first, last), first
