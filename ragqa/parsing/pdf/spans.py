"""Characters of a PDF page, with their places and fonts, gathered into spans.

A span is a stretch of text on one baseline without a wide gap: a line of a paragraph, or a cell of a table.
"""

from __future__ import annotations

import ctypes
import math
from collections import Counter
from dataclasses import dataclass, field

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.places import Frame
from ragqa.types import Box

_BOLD_NAME = ("bold", "black", "heavy", "demi")
_MONO_NAME = ("courier", "mono", "consol", "typewriter", "lettergothic", "cmtt", "lmtt")
_FORCE_BOLD = 1 << 18
_FIXED_PITCH = 1
_WIDE_GAP = 1.3
_WORD_GAP = 0.2
_SAME_LINE = 0.45
_SUPERSCRIPTS = dict(zip("0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", strict=True))
_HYPHEN_CODES = (0x02, 0xFFFE)
_MOST_PATHS = 4000
_RULE_LENGTH = 30.0
_SIDE_LENGTH = 6.0


@dataclass(slots=True)
class Span:
    """Text on one baseline. `order` counts spans in the order the file draws them.

    `text_x0` is where the text after a list marker begins, if the marker stands apart. `box` is the place on the page.
    """

    text: str
    x0: float
    x1: float
    base: float
    size: float
    bold: bool
    mono: bool
    order: int
    text_x0: float | None = None
    box: Box | None = None

    @property
    def width(self) -> float:
        return self.x1 - self.x0


@dataclass(frozen=True, slots=True)
class Rules:
    """Straight lines and the edges of boxes: horizontal ones as (y, left, right), vertical ones as (x, bottom, top)."""

    across: list[tuple[float, float, float]]
    upright: list[tuple[float, float, float]]


@dataclass(slots=True)
class PageSpans:
    """What stands on a page: text, and the lines drawn around it."""

    number: int
    height: float
    spans: list[Span]
    rules: Rules = field(default_factory=lambda: Rules([], []))


@dataclass(slots=True)
class _Font:
    size: float
    bold: bool
    mono: bool
    angle: int


@dataclass(slots=True)
class _Growing:
    """A span while characters are still added to it."""

    x0: float
    x1: float
    base: float
    size: float
    last_x0: float
    characters: list[str] = field(default_factory=list)
    sizes: dict[float, int] = field(default_factory=dict)
    bold: int = 0
    mono: int = 0
    space: bool = False


def read_page(page: pdfium.PdfPage, number: int) -> PageSpans:
    """The spans and rules of a page, turned so that most of its text is upright."""
    textpage = page.get_textpage()
    try:
        by_angle = _SpanReader(textpage).read()
    finally:
        textpage.close()
    frame = Frame.of(page)
    for turned, found in by_angle.items():
        for span in found:
            span.box = frame.text_box(turned, span.x0, span.x1, span.base, span.size)
    counts = Counter({angle: sum(len(span.text) for span in spans) for angle, spans in by_angle.items()})
    if not counts:
        return PageSpans(number, page.get_height(), [])
    angle = counts.most_common(1)[0][0]
    width, height = page.get_size()
    rotated = (angle // 90) % 2 == 1 and page.get_rotation() % 180 == 0
    extent = width if rotated else height
    spans = by_angle[angle]
    if angle:
        floor = min(span.base for span in spans)
        extent = max(extent, max(span.base for span in spans) - floor)
        for span in spans:
            span.base -= min(floor, 0.0)
    return PageSpans(number, extent, spans, Rules([], []) if angle else _rules(page))


class _SpanReader:
    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._raw = textpage.raw
        self._count = textpage.count_chars()
        self._done: dict[int, list[Span]] = {}
        self._current: _Growing | None = None
        self._angle = 0
        self._fonts: dict[int, _Font] = {}
        self._order = 0

    def read(self) -> dict[int, list[Span]]:
        """The spans by the angle of their text in degrees (0, 90, 180, 270)."""
        raw = self._raw
        box = pdfium_c.FS_RECTF()
        x, y = ctypes.c_double(), ctypes.c_double()
        box_at, x_at, y_at = ctypes.byref(box), ctypes.byref(x), ctypes.byref(y)
        for index in range(self._count):
            code = pdfium_c.FPDFText_GetUnicode(raw, index)
            if code in (0x20, 0xA0, 0x09):
                if self._current is not None:
                    self._current.space = True
                continue
            if code in (0, 0x0A, 0x0D) or not pdfium_c.FPDFText_GetLooseCharBox(raw, index, box_at):
                continue
            pdfium_c.FPDFText_GetCharOrigin(raw, index, x_at, y_at)
            font = self._font(index)
            character = "-" if code in _HYPHEN_CODES else chr(code)
            if font.angle == 0:
                self._add(character, font, box.left, box.right, y.value)
            elif font.angle == 90:
                self._add(character, font, box.bottom, box.top, -x.value)
            elif font.angle == 180:
                self._add(character, font, -box.right, -box.left, -y.value)
            else:
                self._add(character, font, -box.top, -box.bottom, x.value)
        self._finish()
        return self._done

    def _font(self, index: int) -> _Font:
        text_object = pdfium_c.FPDFText_GetTextObject(self._raw, index)
        key = ctypes.cast(text_object, ctypes.c_void_p).value or 0
        font = self._fonts.get(key)
        if font is None:
            font = self._fonts[key] = self._read_font(index)
        return font

    def _read_font(self, index: int) -> _Font:
        matrix = pdfium_c.FS_MATRIX()
        pdfium_c.FPDFText_GetMatrix(self._raw, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a)) / 90) * 90 % 360
        flags = ctypes.c_int()
        buffer = ctypes.create_string_buffer(128)
        pdfium_c.FPDFText_GetFontInfo(self._raw, index, buffer, 128, ctypes.byref(flags))
        name = buffer.value.decode("latin-1").lower()
        weight = pdfium_c.FPDFText_GetFontWeight(self._raw, index)
        return _Font(
            size=max(pdfium_c.FPDFText_GetFontSize(self._raw, index) * scale, 1.0),
            bold=weight >= 600 or bool(flags.value & _FORCE_BOLD) or any(word in name for word in _BOLD_NAME),
            mono=bool(flags.value & _FIXED_PITCH) or any(word in name for word in _MONO_NAME),
            angle=angle,
        )

    def _add(self, character: str, font: _Font, x0: float, x1: float, base: float) -> None:
        current = self._current
        if current is None or font.angle != self._angle or not _continues(current, font, x0, base):
            self._finish()
            self._angle = font.angle
            current = self._current = _Growing(x0, x1, base, font.size, x0)
        elif x0 != current.last_x0 and (current.space or x0 - current.x1 > _WORD_GAP * font.size):
            current.characters.append(" ")
        current.space = False
        current.last_x0 = x0
        current.sizes[font.size] = current.sizes.get(font.size, 0) + 1
        raised = font.size < 0.8 * current.size and base > current.base + 0.15 * current.size
        current.characters.append(_SUPERSCRIPTS.get(character, character) if raised else character)
        current.x1 = max(current.x1, x1)
        if font.size > current.size:
            current.size, current.base = font.size, base
        current.bold += font.bold
        current.mono += font.mono

    def _finish(self) -> None:
        current, self._current = self._current, None
        if current is None:
            return
        text = "".join(current.characters).strip()
        if not text:
            return
        length = sum(character != " " for character in current.characters)
        span = Span(
            text,
            current.x0,
            current.x1,
            current.base,
            max(current.sizes, key=lambda size: current.sizes[size]),
            bold=current.bold >= 0.8 * length,
            mono=current.mono >= 0.8 * length,
            order=self._order,
        )
        self._order += 1
        self._done.setdefault(self._angle, []).append(span)


def _continues(span: _Growing, font: _Font, x0: float, base: float) -> bool:
    """Whether a character belongs to the span. The letters of a ligature all stand where the ligature does."""
    size = max(span.size, font.size)
    gap = x0 - span.x1
    if x0 == span.last_x0:
        return abs(base - span.base) < 0.1
    return abs(base - span.base) < _SAME_LINE * size and -0.5 * size < gap < _WIDE_GAP * size


def _rules(page: pdfium.PdfPage) -> Rules:
    across: set[tuple[float, float, float]] = set()
    upright: set[tuple[float, float, float]] = set()
    for count, drawn in enumerate(page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=2)):
        if count >= _MOST_PATHS:
            break
        left, bottom, right, top = (round(edge, 1) for edge in drawn.get_bounds())
        if right - left >= _RULE_LENGTH:
            across.update({(top, left, right), (bottom, left, right)})
        if top - bottom >= _SIDE_LENGTH:
            upright.update({(left, bottom, top), (right, bottom, top)})
    return Rules(sorted(across, reverse=True), sorted(upright))
