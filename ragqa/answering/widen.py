"""Retrieved chunks to wider passages, for readers of long answers: a procedure cut by a chunk's end is whole again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ragqa.indexing.index import Index, StoredChunk
from ragqa.types import Chunk, Hit


def widened(index: Index, hits: Sequence[Hit], characters: int) -> list[Hit]:
    """The hits with their chunks grown to about `characters` by their neighbours, those of the same section first.

    A hit whose chunk lies within a passage made from one ranked above it is left out, and says nothing new. 0 changes nothing.
    """
    if not characters:
        return list(hits)
    wide: list[Hit] = []
    for hit in hits:
        if not any(_inside(hit, other) for other in wide):
            wide.append(replace(hit, chunk=_grown(index, hit, characters)))
    return wide


def _inside(hit: Hit, other: Hit) -> bool:
    return hit.document_id == other.document_id and other.chunk.start <= hit.chunk.start and hit.chunk.end <= other.chunk.end


def _grown(index: Index, hit: Hit, characters: int) -> Chunk:
    chunks = index.document_chunks(hit.document_id, hit.chunk.start - characters, hit.chunk.end + characters)
    at = next(number for number, stored in enumerate(chunks) if stored.id == hit.chunk_id)
    first = last = at
    while True:
        ways = [(chunks[last + 1], last + 1)] if last + 1 < len(chunks) else []
        ways += [(chunks[first - 1], first - 1)] if first > 0 else []
        fitting = [
            (_strange(hit.chunk, stored), number < first, number)
            for stored, number in ways
            if max(stored.chunk.end, chunks[last].chunk.end) - min(stored.chunk.start, chunks[first].chunk.start) <= characters
        ]
        if not fitting:
            break
        number = min(fitting)[2]
        first, last = min(first, number), max(last, number)
    return _joined(index, hit, chunks[first : last + 1])


def _strange(chunk: Chunk, neighbour: StoredChunk) -> int:
    """How many headings part a neighbour from the chunk: 0 in the same section."""
    shared = 0
    for one, other in zip(chunk.section, neighbour.chunk.section, strict=False):
        if one != other:
            break
        shared += 1
    return len(chunk.section) + len(neighbour.chunk.section) - 2 * shared


def _joined(index: Index, hit: Hit, chunks: Sequence[StoredChunk]) -> Chunk:
    start, end = min(one.chunk.start for one in chunks), max(one.chunk.end for one in chunks)
    pages = [page for one in chunks for page in one.chunk.pages]
    return replace(
        hit.chunk,
        text=index.text(hit.document_id, start, end),
        start=start,
        end=end,
        page_first=min(pages, default=None),
        page_last=max(pages, default=None),
    )
