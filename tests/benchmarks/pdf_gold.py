"""The tables of PDF pages as they were marked by hand: where their cells are, and what the page's characters make of them.

The marks hold places only (data/pdf_tables/README.md says how they are kept), the words come from the PDF itself: from pdfium's
characters, whose centre lies in a cell. A table that stands sideways is marked on the page turned upright.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

MARKS = Path(__file__).parent / "data" / "pdf_tables" / "pages.jsonl"

Box = tuple[float, float, float, float]
"""Left, top, right and bottom in points, counted from the top left corner of the page as it is shown."""

_FINE = 64
_WORD_GAP = 0.2
_SAME_LINE = 0.5
_PRINTED_TWICE = 0.15
_ASLANT = math.radians(5)
_SPACES = " \u00a0\t\r\n"


@dataclass(frozen=True, slots=True)
class Character:
    """A character of a page: the sides of its box, the line it stands on, its type size, whether it begins a word."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    base: float
    size: float
    begins: bool = False

    @property
    def centre(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class GoldTable:
    """A table as it was marked: separators, numbers of heads, merged cells as (row, column, last row, last column)."""

    box: Box
    columns: tuple[float, ...]
    rows: tuple[float, ...]
    heads: int
    row_heads: int
    spans: tuple[tuple[int, int, int, int], ...]
    turn: int = 0


@dataclass(frozen=True, slots=True)
class GoldPage:
    """A page that was looked at. What stands in `either` may be taken for a table or not, and belongs to no marked cell; `order`
    is how the page's parts are read."""

    file: str
    sha256: str
    page: int
    kind: str
    tables: tuple[GoldTable, ...]
    either: tuple[Box, ...]
    order: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and the rows and columns it covers, the last ones included."""

    text: str
    row: int
    column: int
    last_row: int
    last_column: int


def read_marks(path: Path = MARKS) -> list[GoldPage]:
    return [_page(json.loads(line)) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _page(line: dict[str, Any]) -> GoldPage:
    either, order = ([_box(one) for one in line.get(name, [])] for name in ("either", "order"))
    tables = tuple(_table(one) for one in line["tables"])
    return GoldPage(line["file"], line["sha256"], line["page"], line["kind"], tables, tuple(either), tuple(order))


def _box(sides: Sequence[float]) -> Box:
    left, top, right, bottom = sides
    return left, top, right, bottom


def _table(line: dict[str, Any]) -> GoldTable:
    spans = tuple((one[0], one[1], one[2], one[3]) for one in line["spans"])
    turn = line.get("turn", 0)
    columns, rows = tuple(line["columns"]), tuple(line["rows"])
    return GoldTable(_box(line["box"]), columns, rows, line["heads"], line["row_heads"], spans, turn)


def find_files(folder: Path, pages: Iterable[GoldPage]) -> dict[str, Path]:
    """Where the marked files are below a folder; a file that is not the marked one, byte by byte, is left out."""
    wanted = {page.file: page.sha256 for page in pages}
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*.pdf")):
        if path.name in wanted and hashlib.sha256(path.read_bytes()).hexdigest() == wanted[path.name]:
            found.setdefault(path.name, path)
    return found


def page_characters(page: pdfium.PdfPage) -> list[Character]:
    """The characters of a page as it is shown, without those that run aslant (watermarks) or are printed twice for boldness."""
    textpage = page.get_textpage()
    try:
        return _once(_characters(page, textpage))
    finally:
        textpage.close()


def _characters(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> Iterator[Character]:
    raw, box, at = textpage.raw, pdfium_c.FS_RECTF(), (ctypes.c_double(), ctypes.c_double())
    begins = True
    for index in range(textpage.count_chars()):
        text = chr(pdfium_c.FPDFText_GetUnicode(raw, index))
        if text in _SPACES:
            begins = True
            continue
        if text == "\0" or not pdfium_c.FPDFText_GetLooseCharBox(raw, index, ctypes.byref(box)):
            continue
        angle = pdfium_c.FPDFText_GetCharAngle(raw, index) % (math.pi / 2)
        if min(angle, math.pi / 2 - angle) > _ASLANT:
            continue
        pdfium_c.FPDFText_GetCharOrigin(raw, index, ctypes.byref(at[0]), ctypes.byref(at[1]))
        one, other = shown(page, box.left, box.top), shown(page, box.right, box.bottom)
        left, right = sorted((one[0], other[0]))
        top, bottom = sorted((one[1], other[1]))
        base = shown(page, at[0].value, at[1].value)[1]
        text = "-" if text in "\x02\ufffe" else text
        yield Character(text, left, top, right, bottom, base, max(bottom - top, 1.0), begins)
        begins = False


def shown(page: pdfium.PdfPage, x: float, y: float) -> tuple[float, float]:
    """A place of the file's own coordinates on the page as it is shown."""
    width, height = page.get_size()
    across, down = ctypes.c_int(), ctypes.c_int()
    pdfium_c.FPDF_PageToDevice(page.raw, 0, 0, round(width * _FINE), round(height * _FINE), 0, x, y, across, down)
    return across.value / _FINE, down.value / _FINE


def _once(characters: Iterable[Character]) -> list[Character]:
    kept: list[Character] = []
    near: dict[tuple[str, int, int], list[Character]] = {}
    for one in characters:
        x, y = round(one.left / one.size), round(one.base / one.size)
        around = [other for dx in (-1, 0, 1) for dy in (-1, 0, 1) for other in near.get((one.text, x + dx, y + dy), [])]
        least = _PRINTED_TWICE * one.size
        if any(abs(one.left - other.left) < least and abs(one.base - other.base) < least for other in around):
            continue
        near.setdefault((one.text, x, y), []).append(one)
        kept.append(one)
    return kept


def turned(characters: Iterable[Character], turn: int, width: float, height: float) -> list[Character]:
    """The characters of a page that is turned clockwise by so many degrees (0, 90, 180, 270)."""
    if turn == 0:
        return list(characters)
    made = []
    for one in characters:
        if turn == 90:
            left, top, right, bottom = height - one.bottom, one.left, height - one.top, one.right
        elif turn == 180:
            left, top, right, bottom = width - one.right, height - one.bottom, width - one.left, height - one.top
        else:
            left, top, right, bottom = one.top, width - one.right, one.bottom, width - one.left
        made.append(Character(one.text, left, top, right, bottom, bottom, max(bottom - top, 1.0), one.begins))
    return made


def inside(characters: Iterable[Character], box: Box) -> list[Character]:
    left, top, right, bottom = box
    return [one for one in characters if left <= one.centre[0] < right and top <= one.centre[1] < bottom]


def outside(characters: Iterable[Character], boxes: Sequence[Box]) -> list[Character]:
    """The characters that are in none of the boxes."""
    return [one for one in characters if not any(inside([one], box) for box in boxes)]


def text_of(characters: Iterable[Character]) -> str:
    """Characters as a text, line by line; a word ends where the file has a space or there is a gap."""
    lines: list[list[Character]] = []
    for one in sorted(characters, key=lambda one: one.base):
        if lines and one.base - lines[-1][0].base <= _SAME_LINE * max(one.size, lines[-1][0].size):
            lines[-1].append(one)
        else:
            lines.append([one])
    return " ".join("".join(_with_gaps(sorted(line, key=lambda one: one.left))) for line in lines)


def _with_gaps(line: Sequence[Character]) -> Iterator[str]:
    end = line[0].left
    for one in line:
        if one.left > line[0].left and (one.begins or one.left - end > _WORD_GAP * one.size):
            yield " "
        yield one.text
        end = one.right


def cells(table: GoldTable, characters: Sequence[Character]) -> list[Cell]:
    """The cells of a marked table with their texts, row by row; `characters` are those of the page turned for it."""
    covered = {
        (row, column): span
        for span in table.spans
        for row in range(span[0], span[2] + 1)
        for column in range(span[1], span[3] + 1)
    }
    held: dict[tuple[int, int, int, int], list[Character]] = {}
    for row in range(len(table.rows) + 1):
        for column in range(len(table.columns) + 1):
            held.setdefault(covered.get((row, column), (row, column, row, column)), [])
    for one in inside(characters, table.box):
        at = bisect_right(table.rows, one.centre[1]), bisect_right(table.columns, one.centre[0])
        held[covered.get(at, (*at, *at))].append(one)
    return [Cell(text_of(some), row, column, last_row, last) for (row, column, last_row, last), some in held.items()]
