"""The manual beside the answers: a page of it as a picture with the words boxed, or a stretch of its text with them marked."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ragqa.display import one_line
from ragqa.engine import RagQA
from ragqa.serve.page.asked import Wanted, address_of
from ragqa.serve.page.cards import crumbs_of
from ragqa.serve.page.manual_text import Part, parts_of
from ragqa.serve.routes.documents import LONGEST_MARK, stored
from ragqa.types import Block, Box

BEFORE, AFTER = 4_000, 10_000
"""Characters of the text that are shown before and after a place."""

WIDTH = 1_400
"""Pixels that a page is drawn wide: sharp on a fine screen, and when it is enlarged."""

_GAP = 100
"""More characters than there are between blocks."""

DRAWN = "pdf"
"""The parser whose documents have pages that can be drawn."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as a picture: where it is fetched, what it shows in words, and the place on it that is to be seen, if one is."""

    address: str
    told: str
    box: Box | None


@dataclass(frozen=True, slots=True)
class Text:
    """A stretch of the text: its parts, and the addresses of what comes before and after it, empty at the document's ends."""

    parts: tuple[Part, ...]
    earlier: str
    later: str


@dataclass(frozen=True, slots=True)
class Manual:
    """A manual at a place: one of `picture` and `text` is there. `wanted` is what was asked for, with page and view as they are
    shown. `name` is its path in the index, `pages` how many can be shown as pictures, 0: none can. `at` is the character at which
    a search goes on; `missed` are words that were looked for and stand nowhere."""

    wanted: Wanted
    name: str
    title: str
    language: str
    crumbs: tuple[str, ...]
    pages: int
    picture: Picture | None
    text: Text | None
    at: int
    missed: str = ""

    def turned(self, by: int) -> str:
        """The address of the page before or after this one; empty where there is none."""
        number = (self.wanted.page or 0) + by
        return self.wanted.moved(page=number).address() if 1 <= number <= self.pages else ""

    def seen_as(self, view: str) -> str:
        """The address of the same place as "page" or as "text"."""
        return self.wanted.moved(page=self.wanted.page, view=view).address()

    @property
    def file(self) -> str:
        """Where the file itself is fetched."""
        return address_of(f"/v1/documents/{self.wanted.document_id}/file", {"index": self.wanted.index})


def open_manual(engine: RagQA, wanted: Wanted) -> Manual:
    """The manual at the place that is wanted. Raises Unknown for a document that is not there, and as the engine does."""
    document = stored(engine, wanted.document_id)
    missed = ""
    if wanted.find:
        found = engine.find(document.id, wanted.find, wanted.at or 0, wanted.backwards)
        missed = "" if found else one_line(wanted.find)
        wanted = replace(wanted, span=found, page=None, at=None, passage=False) if found else wanted
    pages = (document.pages or 0) if document.parser.partition(" ")[0] == DRAWN else 0
    block = _block_at(engine, document.id, wanted.span[0]) if wanted.span else None
    wanted = replace(wanted, view="text" if not pages or wanted.view == "text" else "page")
    page = min(wanted.page or (block.page if block else None) or 1, pages) or None
    picture = text = None
    at = wanted.span[0] if wanted.span else 0
    if wanted.view == "page":
        wanted = replace(wanted, page=page)
        on_page = block is not None and block.page == page
        picture = _picture(wanted, one_line(document.path), block if on_page else None)
        at = at if on_page else _start_of_page(engine, document.id, document.characters, page or 1)
    else:
        text, at = _text(engine, wanted, document.characters, block)
    section = block.section if block is not None and (wanted.view == "text" or block.page == page) else ()
    return Manual(
        wanted, one_line(document.path), one_line(document.title), document.language,
        crumbs_of((page,) if page else (), section), pages, picture, text, at, missed,
    )  # fmt: skip


def _block_at(engine: RagQA, document_id: int, at: int, reach: int = 1) -> Block | None:
    """The first block within so many characters."""
    return next(iter(engine.extract(document_id, at, at + reach).blocks), None)


def _picture(wanted: Wanted, name: str, block: Block | None) -> Picture:
    """The page in view; with the words of the span boxed where it begins on this page, in `block`, and is no whole passage."""
    marks = wanted.span is not None and block is not None and not wanted.passage
    start, end = wanted.span if marks and wanted.span else (None, None)
    end = min(end, start + LONGEST_MARK) if start is not None and end is not None else None
    path = f"/v1/documents/{wanted.document_id}/pages/{wanted.page}.png"
    address = address_of(path, {"index": wanted.index, "start": start, "end": end, "width": WIDTH})
    marked = ", with the words boxed" if marks else ""
    return Picture(address, f"Page {wanted.page} of {name}{marked}", block.box if block is not None else None)


def _text(engine: RagQA, wanted: Wanted, length: int, block: Block | None) -> tuple[Text, int]:
    """The stretch in view, and where it begins, or its span does."""
    if wanted.at is not None:
        first = max(0, min(wanted.at, length - 1))
        start, end = first, first + BEFORE + AFTER
    else:
        first = wanted.span[0] if wanted.span else 0
        if wanted.page is not None and (block is None or block.page != wanted.page):
            first = _start_of_page(engine, wanted.document_id, length, wanted.page)
        start, end = first - BEFORE, first + AFTER
    extract = engine.extract(wanted.document_id, start, end)
    marks = [(wanted.span, "passage" if wanted.passage else "answer")] if wanted.span else []
    before = max(0, extract.start - BEFORE - AFTER)
    earlier = wanted.moved(at=before).address() if extract.start > 0 else ""
    later = wanted.moved(at=extract.end).address() if extract.end < extract.length else ""
    return Text(tuple(parts_of(extract, marks)), earlier, later), first


def _start_of_page(engine: RagQA, document_id: int, length: int, page: int) -> int:
    """The character that a page begins at, or the next page that has text; pages stand in their order."""
    low, high = 0, length
    while low < high:
        middle = (low + high) // 2
        block = _block_at(engine, document_id, middle, _GAP)
        if block is None or (block.page or 0) >= page:
            high = middle if block is None else min(middle, block.start)
        else:
            low = max(middle + 1, block.end)
    return low
