"""Which pages of a PDF are recognised, and what stands on them then: those without text, or with one that is worse than none."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.ocr.quality import is_nonsense, is_unmapped
from ragqa.parsing.ocr.wish import ALWAYS, OFF, wish
from ragqa.parsing.page_numbers import counted, ranges
from ragqa.parsing.pdf.spans import PageSpans

if TYPE_CHECKING:
    from ragqa.parsing.ocr.document import Outcome
    from ragqa.parsing.ocr.engine import Picture

_DPI = 200
_MOST_PIXELS = 8_000_000
_POINTS = 72
_STAMP = 200
"""Characters up to which the text of a page that is all picture may be a stamp or a footer put on a scan."""

_ALL_PICTURE = 0.6
_MOST_OBJECTS = 2000
_MUCH_MORE = 2


def read_scans(pdf: pdfium.PdfDocument, pages: list[PageSpans], warnings: list[str]) -> str:
    """Put what is recognised in the place of what `pages` hold, tell of it in `warnings`, and say what recognised."""
    views: dict[int, list[PageSpans]] = defaultdict(list)
    for page in pages:
        views[page.number].append(page)
    doubtful = {number: _text(own) for number, own in views.items() if wish().mode == ALWAYS or _is_doubtful(pdf, own)}
    if not doubtful:
        return ""
    from ragqa.parsing.ocr.document import Outcome, Scan, recognise_scans

    outcome = Outcome(OFF)
    if wish().mode != OFF:
        outcome = recognise_scans([Scan(number, partial(_render, pdf, number)) for number in doubtful])
    taken = {page.number: page for page in _better(outcome, doubtful)}
    outcome.pages = [placed for placed in outcome.pages if placed.number in taken]
    for number, page in taken.items():
        page.comments = [comment for view in views[number] for comment in view.comments]
        views[number] = [page]
    pages[:] = [page for own in views.values() for page in own]
    warnings += outcome.warnings()
    warnings += _left({number: text for number, text in doubtful.items() if number not in taken}, outcome)
    return outcome.by


def _is_doubtful(pdf: pdfium.PdfDocument, views: Sequence[PageSpans]) -> bool:
    text = _text(views)
    if not text:
        return not any(view.comments for view in views)
    if is_unmapped(text):
        return True
    return (len(text) < _STAMP or is_nonsense(text)) and _is_all_picture(pdf, views[0].number)


def _text(views: Sequence[PageSpans]) -> str:
    return " ".join(span.text for view in views for span in view.spans)


def _is_all_picture(pdf: pdfium.PdfDocument, number: int) -> bool:
    """Whether pictures, of which a scan may have several strips, cover most of a page."""
    page = pdf[number - 1]
    try:
        left, bottom, right, top = page.get_bbox()
        whole, covered = abs((right - left) * (top - bottom)), 0.0
        for count, item in enumerate(page.get_objects(filter=(pdfium_c.FPDF_PAGEOBJ_IMAGE,), max_depth=3)):
            if count > _MOST_OBJECTS:
                break
            x0, y0, x1, y1 = item.get_bounds()
            covered += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        return covered >= _ALL_PICTURE * whole
    except pdfium.PdfiumError:
        return False
    finally:
        page.close()


def _render(pdf: pdfium.PdfDocument, number: int) -> tuple[Picture, float]:
    """A page as shades of grey, and how many points a pixel is. Large pages are drawn smaller."""
    page = pdf[number - 1]
    try:
        width, height = page.get_size()
        scale = min(_DPI / _POINTS, math.sqrt(_MOST_PIXELS / max(width * height, 1.0)))
        bitmap = page.render(scale=scale, grayscale=True)
        try:
            drawn = bitmap.to_numpy()
            return (drawn[:, :, 0] if drawn.ndim == 3 else drawn).copy(), 1 / scale
        finally:
            bitmap.close()
    finally:
        page.close()


def _better(outcome: Outcome, doubtful: dict[int, str]) -> Iterator[PageSpans]:
    """The recognised pages that say more than the PDF itself does."""
    from ragqa.parsing.ocr.spans import spans_of

    for page in spans_of(outcome.pages):
        own = doubtful[page.number]
        worthless = wish().mode == ALWAYS or is_unmapped(own) or is_nonsense(own)
        if worthless or len(_text([page])) > _MUCH_MORE * len(own):
            yield page


def _left(texts: dict[int, str], outcome: Outcome) -> list[str]:
    """What is told of doubtful pages that stay as they are: they have no text, or a text without sense."""
    told = {
        "without text (scanned?)": [number for number, text in texts.items() if not text],
        "with a text that makes no sense (read by a bad OCR, or its font tells no letters)": [
            number for number, text in texts.items() if text and (is_unmapped(text) or is_nonsense(text))
        ],
        "with little text on a picture (scanned?)": [
            number for number, text in texts.items() if not outcome.engine and 0 < len(text) < _STAMP and not is_unmapped(text)
        ],
    }
    way_out = f"; {outcome.way_out}" if outcome.way_out else ""
    return [f"{counted(numbers)} {what}: {ranges(numbers)}{way_out}" for what, numbers in told.items() if numbers]
