"""What lies on a PDF page without being part of it: the values of its form, text typed onto it, comments.

Values and typed text are read where they stand, as if they were printed there. A comment is a note to the page.
Nothing of an annotation is followed or run.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.parsing.pdf.attachments import Attached, attached
from ragqa.parsing.pdf.spans import PageSpans, Span

_MOST = 5000
_LONGEST = 50_000
_MOST_FILES = 20
_MOST_OPTIONS = 500
_UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW | pdfium_c.FPDF_ANNOT_FLAG_INVISIBLE
_COMMENTS = frozenset(range(pdfium_c.FPDF_ANNOT_LINE, pdfium_c.FPDF_ANNOT_INK + 1)) | {pdfium_c.FPDF_ANNOT_TEXT}
_TICKS = (pdfium_c.FPDF_FORMFIELD_CHECKBOX, pdfium_c.FPDF_FORMFIELD_RADIOBUTTON)
_CHOICES = (pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_TICKED, _NOT_TICKED = "[x]", "[ ]"
_LINE_HEIGHT = 1.2
_USUAL_SIZE = 10.0
_ORDERS = 1000


@dataclass(frozen=True, slots=True)
class Typed:
    """Text that stands in a box of the page; `lies_beside` says that it belongs to words on its line, like a form's value."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    lies_beside: bool


@dataclass(frozen=True, slots=True)
class Annotations:
    """What was typed onto a page, its comments, the files pinned to it, and how many fields and comments nobody sees."""

    typed: list[Typed]
    comments: list[str]
    files: list[Attached]
    unseen: int


def read_annotations(page: pdfium.PdfPage) -> Annotations:
    """The annotations of a page."""
    typed: list[Typed] = []
    comments: list[str] = []
    files: list[Attached] = []
    unseen = 0
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page.raw), _MOST)):
        handle = pdfium_c.FPDFPage_GetAnnot(page.raw, index)
        if not handle:
            continue
        try:
            kind = pdfium_c.FPDFAnnot_GetSubtype(handle)
            if kind == pdfium_c.FPDF_ANNOT_FILEATTACHMENT and len(files) < _MOST_FILES:
                files.extend(_pinned(handle, len(files) + 1))
            text = _text(handle, kind, page)
            if not text:
                continue
            if pdfium_c.FPDFAnnot_GetFlags(handle) & _UNSEEN:
                unseen += 1
            elif kind in _COMMENTS:
                comments.append(text)
            else:
                typed.extend(_typed(handle, kind, text))
        finally:
            pdfium_c.FPDFPage_CloseAnnot(handle)
    return Annotations(typed, list(dict.fromkeys(comments)), files, unseen)


def _pinned(handle: object, number: int) -> Iterator[Attached]:
    file = pdfium_c.FPDFAnnot_GetFileAttachment(handle)
    if file:
        yield attached(file, number)


def _text(handle: object, kind: int, page: pdfium.PdfPage) -> str:
    if kind == pdfium_c.FPDF_ANNOT_WIDGET:
        return _value(handle, page.formenv.raw) if page.formenv else ""
    if kind == pdfium_c.FPDF_ANNOT_FREETEXT or kind in _COMMENTS:
        return _string(lambda *buffer: pdfium_c.FPDFAnnot_GetStringValue(handle, b"Contents", *buffer))
    return ""


def _value(handle: object, form: object) -> str:
    kind = pdfium_c.FPDFAnnot_GetFormFieldType(form, handle)
    if kind in _TICKS:
        return _TICKED if pdfium_c.FPDFAnnot_IsChecked(form, handle) else _NOT_TICKED
    if kind in _CHOICES:
        chosen = _chosen(handle, form)
        if chosen:
            return ", ".join(chosen)
    elif kind != pdfium_c.FPDF_FORMFIELD_TEXTFIELD or _is_password(handle, form):
        return ""
    return _string(lambda *buffer: pdfium_c.FPDFAnnot_GetFormFieldValue(form, handle, *buffer))


def _is_password(handle: object, form: object) -> bool:
    return bool(pdfium_c.FPDFAnnot_GetFormFieldFlags(form, handle) & pdfium_c.FPDF_FORMFLAG_TEXT_PASSWORD)


def _chosen(handle: object, form: object) -> list[str]:
    """The labels of the options chosen: the value alone may be an inner name."""
    count = min(pdfium_c.FPDFAnnot_GetOptionCount(form, handle), _MOST_OPTIONS)
    chosen = [index for index in range(count) if pdfium_c.FPDFAnnot_IsOptionSelected(form, handle, index)]
    return [label for index in chosen if (label := _option(handle, form, index))]


def _option(handle: object, form: object, index: int) -> str:
    return _string(lambda *buffer: pdfium_c.FPDFAnnot_GetOptionLabel(form, handle, index, *buffer))


def _string(read: Callable[..., int]) -> str:
    """What pdfium writes into a buffer, as UTF-16 with a zero at its end."""
    length = read(None, 0)
    if length <= 2 or length > 2 * _LONGEST:
        return ""
    buffer = (pdfium_c.FPDF_WCHAR * (length // 2 + 1))()
    read(buffer, length)
    return bytes(buffer)[: length - 2].decode("utf-16-le", "replace").replace("\0", "").strip()


def _typed(handle: object, kind: int, text: str) -> Iterator[Typed]:
    box = pdfium_c.FS_RECTF()
    if pdfium_c.FPDFAnnot_GetRect(handle, ctypes.byref(box)):
        yield Typed(text, box.left, box.bottom, box.right, box.top, kind == pdfium_c.FPDF_ANNOT_WIDGET)


def place_typed(view: PageSpans, typed: Sequence[Typed], left: float, bottom: float) -> None:
    """Put what was typed onto a page among its spans; the page's visible box begins at `left` and `bottom`."""
    for span in view.spans:
        span.order *= _ORDERS
    printed = list(view.spans)
    for count, one in enumerate(typed, 1):
        x0, x1 = one.left - left, one.right - left
        if view.mirror:
            x0, x1 = view.mirror - x1, view.mirror - x0
        moved = replace(one, left=x0, right=x1, bottom=one.bottom - bottom, top=one.top - bottom)
        view.spans.extend(_spans(moved, printed, count % _ORDERS))
    view.spans.sort(key=lambda span: (span.order, -span.base))


def _spans(one: Typed, printed: Sequence[Span], count: int) -> Iterator[Span]:
    label = _label(one, printed) if one.lies_beside else None
    above = label or _nearest_above(one, printed)
    lines = [line.strip() for line in one.text.splitlines() if line.strip()]
    height = (one.top - one.bottom) / max(len(lines), 1)
    size = label.size if label is not None else min(max(0.7 * height, 4.0), above.size if above is not None else _USUAL_SIZE)
    middle = 0.5 * (one.top + one.bottom)
    base = label.base if label is not None else middle - 0.35 * size if len(lines) == 1 else one.top - size
    for number, line in enumerate(lines):
        yield Span(
            line,
            one.left,
            max(one.right, one.left + 1),
            base - number * _LINE_HEIGHT * size,
            size,
            bold=False,
            mono=False,
            order=(above.order if above is not None else -_ORDERS) + count,
        )


def _label(one: Typed, printed: Sequence[Span]) -> Span | None:
    """The words on the line of a field: before it, or else after it."""
    middle = 0.5 * (one.top + one.bottom)
    line = [span for span in printed if span.base - 0.4 * span.size <= middle <= span.base + span.size]
    if one.top - one.bottom > 3 * _USUAL_SIZE:  # a field of several lines begins beside its label
        line = [span for span in printed if one.bottom <= span.base <= one.top]
        line = [span for span in line if span.base >= max(other.base for other in line) - 0.4 * span.size]
    before = [span for span in line if 0.5 * (span.x0 + span.x1) <= one.left]
    if before:
        return max(before, key=lambda span: span.x1)
    return min((span for span in line if span.x0 >= one.left), key=lambda span: span.x0, default=None)


def _nearest_above(one: Typed, printed: Sequence[Span]) -> Span | None:
    above = [span for span in printed if span.base >= one.top - span.size and span.x0 < one.right and span.x1 > one.left]
    return min(above, key=lambda span: span.base, default=None)
