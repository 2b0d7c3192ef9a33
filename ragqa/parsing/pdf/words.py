"""The words of a PDF page as it draws them, with their places and fonts.

pdfium is asked a word at a time, not a character at a time: inside one text object of the page no gap is left that it does
not report as white space. Words whose letters are drawn one by one, and whole pages with right-to-left text, are read by
characters.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

_BOLD_NAME = ("bold", "black", "heavy", "demi")
_MONO_NAME = ("courier", "mono", "consol", "typewriter", "lettergothic", "cmtt", "lmtt")
_FORCE_BOLD = 1 << 18
_FIXED_PITCH = 1
_LARGE = 18.0
_SOLID = 160
_PALE = 150
_HYPHEN = 0x02
_REPLACED = "\ufffd"
_LAST_CODE = 0x10FFFF
_WORD = re.compile("[^\x00\t\n\r \u00a0]+")
_STEP = re.compile(r"\d{1,2}(?=[^\W\d_])")
_APART = 0.3
_SPACE = re.compile("[\t \u00a0]")
_DOUBTFUL = re.compile("[\ud800-\udfff\ufffd\uffff]")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
"""A character of Hebrew, Arabic and the other scripts that are written from right to left."""


def _address(function: object) -> int:
    return ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]


# The same functions with handles as plain numbers: making a pointer object of each costs more than the call.
_text_object = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int)(_address(pdfium_c.FPDFText_GetTextObject))
_unicode = ctypes.PYFUNCTYPE(ctypes.c_uint, ctypes.c_void_p, ctypes.c_int)(_address(pdfium_c.FPDFText_GetUnicode))
_loose_box = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(
    _address(pdfium_c.FPDFText_GetLooseCharBox)
)
_origin = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(
    _address(pdfium_c.FPDFText_GetCharOrigin)
)
_font_of = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)(_address(pdfium_c.FPDFTextObj_GetFont))


@dataclass(slots=True)
class Font:
    """How a word is set. `angle` is the direction it runs in, in degrees; `faint` is large type that is pale or only outlined."""

    size: float
    bold: bool
    mono: bool
    angle: float
    faint: bool


@dataclass(slots=True)
class Word:
    """Characters without white space between them, of one text object.

    `x0`, `x1` and `base` are on the line that the word stands on; at first those of upright text. The rest is the box on the
    page and where the first character begins. `spaced` says that white space came before, `index` is the first character's.
    """

    text: str
    x0: float
    x1: float
    base: float
    font: Font
    spaced: bool
    index: int
    left: float
    bottom: float
    right: float
    top: float
    x: float
    y: float


def read_words(textpage: pdfium.PdfTextPage) -> list[Word]:
    """The words of a page, in the order in which it draws them."""
    return _WordReader(textpage).read()


class _WordReader:
    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._raw = textpage.raw
        self._handle = _address(textpage.raw)
        self._count = textpage.count_chars()
        self._fonts: dict[int, Font] = {}
        self._faces: dict[int, tuple[bool, bool]] = {}
        self._box = pdfium_c.FS_RECTF()
        self._box_at = ctypes.addressof(self._box)
        self._x, self._y = ctypes.c_double(), ctypes.c_double()
        self._x_at, self._y_at = ctypes.addressof(self._x), ctypes.addressof(self._y)

    def read(self) -> list[Word]:
        text = self._text()
        if RIGHT_TO_LEFT.search(text):
            return self._characters(text)
        words: list[Word] = []
        append, drawn, last = words.append, self._drawn, 0
        for match in _WORD.finditer(text):
            start, end = match.span()
            spaced = start > last and (text[start - 1] not in "\n\r\0" or _SPACE.search(text, last, start) is not None)
            last = end
            for first, after in self._pieces(start, end):
                cut = self._end_of_number(text, first, after)
                for begun, ended in ((first, cut), (cut, after)):
                    word = drawn(text[begun:ended], begun, ended - 1, spaced or begun > first) if begun < ended else None
                    if word is not None:
                        append(word)
                        spaced = False
        return words

    def _text(self) -> str:
        """One character for each that pdfium counts; what stands for none is replaced."""
        if not self._count:
            return ""
        buffer = (ctypes.c_ushort * (2 * self._count + 2))()
        written = pdfium_c.FPDFText_GetText(self._raw, 0, self._count, buffer)
        text = bytes(buffer)[: 2 * max(written - 1, 0)].decode("utf-16-le", "surrogatepass")
        if len(text) == self._count and not _DOUBTFUL.search(text):
            return self._with_hyphens(text) if "\ufffe" in text else text
        return self._text_by_codes()

    def _with_hyphens(self, text: str) -> str:
        """The same code stands for a hyphen at a line's end and for a character that the file does not name."""
        parts = list(text)
        for index, character in enumerate(parts):
            if character == "\ufffe":
                parts[index] = "-" if _unicode(self._handle, index) == _HYPHEN else _REPLACED
        return "".join(parts)

    def _text_by_codes(self) -> str:
        codes = [_unicode(self._handle, index) for index in range(self._count)]
        for index, code in enumerate(codes[1:], 1):
            before = codes[index - 1]
            if 0xD800 <= before < 0xDC00 <= code < 0xE000:
                codes[index - 1 : index + 1] = [0x10000 + ((before - 0xD800) << 10) + code - 0xDC00, 0]
        return "".join(map(_character, codes))

    def _pieces(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """The word from `start` to `end`, cut where another text object begins."""
        handle = self._handle
        first = _text_object(handle, start)
        if end - start == 1 or first == _text_object(handle, end - 1):
            yield start, end
            return
        begun = start
        for index in range(start + 1, end):
            current = _text_object(handle, index)
            if current != first:
                yield begun, index
                begun, first = index, current
        yield begun, end

    def _end_of_number(self, text: str, first: int, after: int) -> int:
        """Where the number of a step ends from which a word stands apart: not every gap before a letter is told as a blank."""
        found = _STEP.match(text, first, after)
        if found is None:
            return after
        box, at, handle = self._box, self._box_at, self._handle
        if not _loose_box(handle, found.end() - 1, at):
            return after
        right = box.right
        stands_apart = _loose_box(handle, found.end(), at) and box.left - right > _APART * self._font(first).size
        return found.end() if stands_apart else after

    def _characters(self, text: str) -> list[Word]:
        """Every character as a word, with the blanks that have a width: what a line says is told by their places."""
        words: list[Word] = []
        spaced = False
        for index, character in enumerate(text):
            if character in "\0\n\r":
                continue
            blank = _SPACE.match(character) is not None
            spaced = spaced or blank
            if blank and pdfium_c.FPDFText_IsGenerated(self._raw, index):
                continue
            word = self._drawn(" " if blank else character, index, index, spaced)
            if word is not None and (not blank or word.right > word.left):
                words.append(word)
            spaced = blank
        return words

    def _drawn(self, text: str, first: int, last: int, spaced: bool) -> Word | None:
        box, at, handle = self._box, self._box_at, self._handle
        if not _loose_box(handle, first, at):
            return None
        left, bottom, right, top = box.left, box.bottom, box.right, box.top
        if last > first and _loose_box(handle, last, at):
            left, right = min(left, box.left), max(right, box.right)
            bottom, top = min(bottom, box.bottom), max(top, box.top)
        _origin(handle, first, self._x_at, self._y_at)
        x, y = self._x.value, self._y.value
        return Word(text, left, right, y, self._font(first), spaced, first, left, bottom, right, top, x, y)

    def _font(self, index: int) -> Font:
        drawn = _text_object(self._handle, index) or 0
        font = self._fonts.get(drawn)
        if font is None:
            font = self._fonts[drawn] = self._read_font(index, drawn)
        return font

    def _read_font(self, index: int, drawn: int) -> Font:
        matrix = pdfium_c.FS_MATRIX()
        pdfium_c.FPDFText_GetMatrix(self._raw, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        handle = (_font_of(drawn) if drawn else None) or 0
        face = self._faces.get(handle)
        if face is None:
            face = self._faces[handle] = self._read_face(index)
        size = max(pdfium_c.FPDFText_GetFontSize(self._raw, index) * scale, 1.0)
        return Font(
            size=size,
            bold=face[0],
            mono=face[1],
            angle=math.degrees(math.atan2(matrix.b, matrix.a)) % 360 if matrix.b else 0.0 if matrix.a >= 0 else 180.0,
            faint=size >= _LARGE and self._is_faint(index),
        )

    def _is_faint(self, index: int) -> bool:
        red, green, blue, alpha = (ctypes.c_uint(0) for _ in range(4))
        mode = pdfium_c.FPDFTextObj_GetTextRenderMode(pdfium_c.FPDFText_GetTextObject(self._raw, index))
        if mode == pdfium_c.FPDF_TEXTRENDERMODE_STROKE:
            return True
        if not pdfium_c.FPDFText_GetFillColor(self._raw, index, red, green, blue, alpha):
            return False
        return alpha.value < _SOLID or 0.3 * red.value + 0.6 * green.value + 0.1 * blue.value > _PALE

    def _read_face(self, index: int) -> tuple[bool, bool]:
        flags = ctypes.c_int()
        buffer = ctypes.create_string_buffer(128)
        pdfium_c.FPDFText_GetFontInfo(self._raw, index, buffer, 128, ctypes.byref(flags))
        name = buffer.value.decode("latin-1").lower()
        weight = pdfium_c.FPDFText_GetFontWeight(self._raw, index)
        bold = weight >= 600 or bool(flags.value & _FORCE_BOLD) or any(word in name for word in _BOLD_NAME)
        return bold, bool(flags.value & _FIXED_PITCH) or any(word in name for word in _MONO_NAME)


def _character(code: int) -> str:
    """The character of a code that a file may give wrongly: as the bytes of UTF-8, as half of a pair, as nothing at all."""
    if code == _HYPHEN:
        return "-"
    if code > _LAST_CODE:
        try:
            text = code.to_bytes(4).lstrip(b"\0").decode("utf-8")
        except UnicodeDecodeError:
            return _REPLACED
        return text if len(text) == 1 else _REPLACED
    if 0xD800 <= code < 0xE000 or code & 0xFFFE == 0xFFFE:
        return _REPLACED
    return chr(code)
