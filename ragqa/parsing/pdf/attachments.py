"""Files inside a PDF: a portfolio, or what was attached to a manual. Those that a parser reads become part of the document.

They are read from memory only, within limits of number, size and depth; whatever is left out is said.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import PurePosixPath

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from ragqa.errors import RagqaError
from ragqa.parsing.builder import DocumentBuilder
from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.registry import parse, supported_suffixes
from ragqa.types import Document

_MOST_FILES = 100
LARGEST = 50 * 1024 * 1024
_DEEPEST = 2
_TOLD = 5
_LONGEST_NAME = 120

_depth: ContextVar[int] = ContextVar("depth of attached files", default=0)


@dataclass(frozen=True, slots=True)
class Attached:
    """A file inside a PDF: its bytes, which are None where there are more than `LARGEST`."""

    name: str
    data: bytes | None


def attached(handle: object, number: int) -> Attached:
    """The file behind a handle of pdfium; `number` names it where it has no name."""
    attachment = pdfium.PdfAttachment(handle, None)
    try:
        name = clean_line(attachment.get_name())[:_LONGEST_NAME]
    except (pdfium.PdfiumError, UnicodeDecodeError):
        name = ""
    name = PurePosixPath(name.replace("\\", "/")).name or f"file {number}"
    size = ctypes.c_ulong()
    pdfium_c.FPDFAttachment_GetFile(handle, None, 0, ctypes.byref(size))
    if size.value > LARGEST:
        return Attached(name, None)
    try:
        return Attached(name, bytes(attachment.get_data()))
    except pdfium.PdfiumError:
        return Attached(name, b"")


def read_attachments(pdf: pdfium.PdfDocument, pinned: Sequence[Attached], builder: DocumentBuilder) -> None:
    """Add the files inside a PDF to the document, each under a heading with its name; `pinned` are those found on its pages."""
    left_out: list[str] = []
    room = LARGEST
    count = pdf.count_attachments()
    names: set[str] = set()
    for file in itertools.chain((_listed(pdf, index) for index in range(count)), pinned):
        data = None if file.data is not None and len(file.data) > room else file.data
        reason = _refusal(file.name, data) if len(names) < _MOST_FILES else "too many"
        if file.name in names and file in pinned:
            continue  # the same file, listed in the document and pinned to a page
        names.add(file.name)
        if reason or data is None:
            left_out.append(f"{file.name} ({reason})")
            continue
        room -= len(data)
        try:
            _append(_parsed(data, file.name), file.name, builder)
        except RagqaError as error:
            left_out.append(f"{file.name} ({error.message})")
    if left_out:
        builder.warnings.append(_told(left_out))


def _listed(pdf: pdfium.PdfDocument, index: int) -> Attached:
    """A file of the document's list; one that is only announced there has nothing in it."""
    try:
        return attached(pdf.get_attachment(index).raw, index + 1)
    except pdfium.PdfiumError:
        return Attached(f"file {index + 1}", b"")


def _refusal(name: str, data: bytes | None) -> str:
    """Why a file is not read; nothing where it is."""
    if data is None:
        return "too large"
    if not data:
        return "empty or damaged"
    if PurePosixPath(name).suffix.lower() not in supported_suffixes():
        return "of another kind"
    return "inside too many others" if _depth.get() >= _DEEPEST else ""


def _parsed(data: bytes, name: str) -> Document:
    token = _depth.set(_depth.get() + 1)
    try:
        return parse(data, name)
    finally:
        _depth.reset(token)


def _told(left_out: Sequence[str]) -> str:
    told = ", ".join(left_out[:_TOLD]) + (", ..." if len(left_out) > _TOLD else "")
    return f"{len(left_out)} attached file{'s are' if len(left_out) > 1 else ' is'} not read: {told}"


def _append(document: Document, name: str, builder: DocumentBuilder) -> None:
    """The blocks of an attached document, a level further in, under its name. They stand on no page of this one."""
    builder.page = builder.box = None
    builder.heading(name, 1)
    builder.include(document)
    builder.warnings.extend(f"{name}: {warning}" for warning in document.warnings)
