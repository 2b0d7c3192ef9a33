"""How much of a PDF's text its document lacks, by what pdfium itself gives for each page."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

import pypdfium2 as pdfium

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.pdf.contents import drop_contents
from ragqa.parsing.pdf.furniture import drop_furniture
from ragqa.parsing.pdf.lines import fold
from ragqa.parsing.pdf.spans import PageSpans, read_page
from ragqa.parsing.pdf.spreads import part_spreads
from ragqa.parsing.pdf.tables.find import take_tables
from ragqa.parsing.pdf.watermarks import drop_watermarks
from ragqa.parsing.unread import Unread
from ragqa.types import Document

_WORD = re.compile(r"\S*[^\W_]\S*")
_SHORT = 3


def unread(data: bytes, document: Document) -> list[Unread]:
    """The words of each page that no block of it holds, line by line. What rules drop, such as running headers, is none."""
    written: dict[int, list[str]] = defaultdict(list)
    for block in document.blocks:
        written[block.page or 0].append(document.text[block.start : block.end])
    pdf = pdfium.PdfDocument(data)
    try:
        dropped = _dropped(pdf)
        found: list[Unread] = []
        for number in range(1, len(pdf) + 1):
            # What begins on a page may end on the next.
            held = _Held([*written[number - 1], *written[number], *dropped[number]])
            found.extend(Unread(f"page {number}", text) for text in _missing(_lines(pdf, number), held))
        return found
    finally:
        pdf.close()


class _Held:
    """The words of a page's blocks."""

    def __init__(self, texts: Iterable[str]) -> None:
        text = _comparable(" ".join(texts))
        self._letters = fold(text)
        self._words = {fold(word) for word in re.split(r"[\W_]+", text)} | {fold(word) for word in text.split()}

    def __contains__(self, word: str) -> bool:
        letters = fold(_comparable(word))
        return letters in self._words or (len(letters) > _SHORT and letters in self._letters)


def _comparable(text: str) -> str:
    """Without what a parser may change: ligatures, raised digits, soft hyphens."""
    return unicodedata.normalize("NFKC", clean_line(text))


def _lines(pdf: pdfium.PdfDocument, number: int) -> Sequence[str]:
    try:
        page = pdf[number - 1]
        try:
            textpage = page.get_textpage()
            text: str = textpage.get_text_range(errors="replace")
            textpage.close()
        finally:
            page.close()
    except pdfium.PdfiumError:  # the document says of which pages nothing can be read
        return []
    return re.sub("[\x02\ufffe]\r?\n?", "", text).splitlines()


def _missing(lines: Iterable[str], held: _Held) -> list[str]:
    missing: list[str] = []
    for line in lines:
        lost = [word for word in _WORD.findall(line) if fold(word) and not _holds(word, held)]
        if lost:
            missing.append(clean_line(" ".join(lost)))
    return [text for text in missing if text]


def _holds(word: str, held: _Held) -> bool:
    return word in held or all(part in held for part in re.split(r"[\W_]+", _comparable(word)) if part)


def _dropped(pdf: pdfium.PdfDocument) -> dict[int, list[str]]:
    """What the rules for watermarks, running headers and contents take off each page, and what lies outside of it."""
    pages: list[PageSpans] = []
    for number in range(1, len(pdf) + 1):
        try:
            page = pdf[number - 1]
            try:
                pages.extend(read_page(page, number))
            finally:
                page.close()
        except pdfium.PdfiumError:
            continue
    dropped: dict[int, list[str]] = defaultdict(list)
    for page in pages:
        dropped[page.number].extend(span.text for span in page.outside)
    before = _texts(pages)
    drop_watermarks(pages)
    _note(dropped, pages, before)
    pages = part_spreads(pages)
    before = _texts(pages)
    drop_contents(pages, max((page.place for page in pages), default=0), set())
    _note(dropped, pages, before)
    pages = take_tables(pages)
    before = _texts(pages)
    drop_furniture(pages)
    _note(dropped, pages, before)
    return dropped


def _texts(pages: Sequence[PageSpans]) -> list[dict[int, str]]:
    return [{span.order: span.text for span in page.spans} for page in pages]


def _note(dropped: dict[int, list[str]], pages: Sequence[PageSpans], before: Sequence[dict[int, str]]) -> None:
    for page, texts in zip(pages, before, strict=True):
        kept = {span.order for span in page.spans}
        dropped[page.number].extend(text for order, text in texts.items() if order not in kept)
