"""What manuals are made of, and what an index knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ragqa.types.work import Coverage, Reembedding


def page_range(first: int | None, last: int | None) -> tuple[int, ...]:
    """The pages from `first` to `last`, both included; empty where there are none."""
    if first is None:
        return ()
    return tuple(range(first, (last if last is not None else first) + 1))


def well_formed(text: str) -> str:
    """The text with lone surrogates (bytes that were no UTF-8) replaced: neither the models nor the index take them."""
    return text.encode("utf-8", "replace").decode("utf-8")


Metadata = Mapping[str, tuple[str, ...]]
"""What a document is labelled with: keys, each with its values. See `ragqa.metadata`."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom of a place on a page, as shares (0..1) of the page's width and height as it is displayed."""


def box_around(boxes: Iterable[Box | None]) -> Box | None:
    """The smallest box that holds all those that are known; None where none is."""
    known = [box for box in boxes if box is not None]
    if not known:
        return None
    left, top, right, bottom = zip(*known, strict=True)
    return min(left), min(top), max(right), max(bottom)


class BlockKind(StrEnum):
    """What a block of a document is; answers inside lists, tables, warnings and what names a figure are shown whole."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE_ROW = "table_row"
    WARNING = "warning"
    CODE = "code"
    FIGURE = "figure"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a document's text: a heading, a paragraph, a list item, a table row, a warning, code or a figure's caption.

    `start` and `end` are character offsets into `Document.text`; blocks are in order and do not overlap.
    `section` is the heading path the block stands under, outermost first; a heading's own path ends with itself.
    `levels` runs beside `section` and holds each heading's level (1 is outermost).
    `group` numbers the list, table, warning box or figure the block belongs to (0: none), so that it can be shown whole.
    `page` counts from 1 and is None where a format has no pages. `box` is where the block stands on it, as far as its file tells;
    of a block that goes on in another column or on another page, the place of its first part. What names a figure or a part of it
    has the figure within its box.
    """

    kind: BlockKind
    start: int
    end: int
    section: tuple[str, ...] = ()
    levels: tuple[int, ...] = ()
    page: int | None = None
    group: int = 0
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A parsed file: its plain text and the blocks that structure it.

    `path` is how users see the document: relative to the folder that was ingested.
    `pages` is the number of pages, None where the format has none.
    `warnings` say what was lost on the way, e.g. pages without text.
    `language` is the code (ISO 639-1) of the one that most of the text is written in, as `ragqa.text.detect` tells.
    `recognised_by` says what became of scanned pages, empty where there were none: see `ragqa.parsing.ocr.wish`.
    """

    path: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    pages: int | None = None
    warnings: tuple[str, ...] = ()
    language: str = "en"
    recognised_by: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A stretch of a document short enough to embed. Offsets are characters into the document's text."""

    text: str
    start: int
    end: int
    section: tuple[str, ...] = ()
    page_first: int | None = None
    page_last: int | None = None

    @property
    def pages(self) -> tuple[int, ...]:
        """Every page the chunk touches; empty where the format has no pages."""
        return page_range(self.page_first, self.page_last)


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """What an index knows of one document. `source` is the file it was read from, `present` whether that file is still there,
    `warnings` what was lost in reading it, `ingested_at` when that was (UTC, ISO 8601). Of a `foreign` document only an imported
    index says where its file is: it counts as not there. `metadata` is what somebody has labelled it with."""

    id: int
    path: str
    title: str
    source: str
    pages: int | None
    characters: int
    chunks: int
    warnings: tuple[str, ...]
    ingested_at: str
    present: bool
    foreign: bool = False
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Extract:
    """A stretch of a document that ends where blocks do: `text` begins at the character `start`, `length` is the document's."""

    document_id: int
    start: int
    text: str
    blocks: tuple[Block, ...]
    length: int

    @property
    def end(self) -> int:
        """The offset after the last character."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds. `bytes` is its size on disk, `languages` the number of documents by the code of their language.

    `settings` are those that made it; `reembedding` says how far it is on its way to another retriever, None: on none; `embedded`
    how many of the chunks have vectors, while others are found by their words only, None: not known.
    `warnings` are, by the paths of the documents that have some, what was lost in reading them. `metadata` says how many values
    there are of each key.
    """

    name: str
    path: str
    documents: int
    chunks: int
    pages: int
    characters: int
    vectors: int
    bytes: int
    generation: int
    schema: int
    updated: str
    settings: dict[str, object] = field(default_factory=dict)
    languages: dict[str, int] = field(default_factory=dict)
    reembedding: Reembedding | None = None
    warnings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    embedded: Coverage | None = None
    metadata: dict[str, int] = field(default_factory=dict)
