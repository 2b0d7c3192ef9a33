"""What an index's database holds of documents, blocks and chunks, as nouns."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import Any

from ragqa.types import Block, BlockKind, Box, Chunk

_FOREIGN = b"\0imported\0"
"""What stands before the source of a document whose file is somebody else's word: as a path it names nothing on any system."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document's row, without its text."""

    id: int
    source: bytes
    path: str
    title: str
    sha256: str
    parser: str
    pages: int | None
    characters: int
    warnings: tuple[str, ...]
    ingested_at: str
    language: str
    size: int

    @property
    def is_foreign(self) -> bool:
        """Whether only an imported index says where its file is: that file is neither opened nor read."""
        return self.source.startswith(_FOREIGN)

    @property
    def told_source(self) -> str:
        """Where its file is, or is said to be."""
        return os.fsdecode(self.source.removeprefix(_FOREIGN))


@dataclass(frozen=True, slots=True)
class StoredChunk:
    """A chunk's row with its document's path, title and language."""

    id: int
    document_id: int
    document: str
    title: str
    chunk: Chunk
    language: str


DOCUMENT_COLUMNS = "id, source, path, title, sha256, parser, pages, characters, warnings, ingested_at, language, size"
CHUNK_COLUMNS = "chunks.id, document_id, path, title, text, start, end, section, page_first, page_last, language"
"""The last of chunks joined with documents."""


def foreign_source(source: bytes, is_trusted: bool) -> bytes:
    """The source to store for a document of an imported index: marked, unless the user lets the index say where files are."""
    plain = source.removeprefix(_FOREIGN)
    return plain if is_trusted else _FOREIGN + plain


def document_of(row: tuple[Any, ...]) -> StoredDocument:
    """A document from its DOCUMENT_COLUMNS."""
    return StoredDocument(*(*row[:8], tuple(json.loads(row[8])), *row[9:]))


def block_of(row: tuple[Any, ...]) -> Block:
    """A block from all columns of its row; an index that no writer has opened since has none for the box."""
    _, start, end, kind, section, levels, page, group, *rest = row
    box = box_of(rest[0]) if rest and rest[0] else None
    return Block(BlockKind(kind), start, end, tuple(json.loads(section)), tuple(json.loads(levels)), page, group, box)


def box_of(text: str) -> Box | None:
    """A box as it is stored; None for what is no place on a page."""
    try:
        left, top, right, bottom = map(float, json.loads(text))
    except (ValueError, TypeError):
        return None
    return (left, top, right, bottom) if 0 <= left < right <= 1 and 0 <= top < bottom <= 1 else None


def chunk_of(row: tuple[Any, ...]) -> StoredChunk:
    """A chunk from its CHUNK_COLUMNS."""
    chunk = Chunk(row[4], row[5], row[6], tuple(json.loads(row[7])), row[8], row[9])
    return StoredChunk(row[0], row[1], row[2], row[3], chunk, row[10])
