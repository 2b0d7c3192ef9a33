"""The nouns that travel between the processes, as bytes and back. Whatever is out of order in them is `Malformed`."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.confined.wire import Malformed, Reader, blob, decimal, number, text, texts
from ragqa.errors import ModelError, ParseError, RagqaError, SkippedFile, UsageError
from ragqa.parsing.builder import DEEPEST_HEADING, MOST_BLOCKS
from ragqa.types import Block, BlockKind, Box, Document, FileAudit, PagePicture, PagesRecognised, Spot, Unread

MOST_PAGES = 100_000
_KINDS = tuple(BlockKind)
_ERRORS: tuple[type[RagqaError], ...] = (RagqaError, ParseError, SkippedFile, ModelError, UsageError)
_BLOCK = struct.Struct("<BQQIIQ4d")
_NOWHERE = (math.nan,) * 4
_FARTHEST = 1000.0
_LONGEST_MESSAGE = 2000
_PNG = b"\x89PNG\r\n\x1a\n"

_Headings = tuple[tuple[str, ...], tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class ParseOrder:
    """A file to be parsed and how: `seconds` are what it may take at first, `environment` what the parsers look up there."""

    data: bytes
    path: str
    ocr: str
    threads: int
    audited: bool
    seconds: float
    environment: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DrawOrder:
    """A page of a PDF to be drawn within some seconds."""

    data: bytes
    spot: Spot
    seconds: float


def pack_parse_order(order: ParseOrder) -> tuple[bytes, ...]:
    """The order, with the file's bytes apart so that they are not copied."""
    head = text(order.path) + text(order.ocr) + number(order.threads) + number(order.audited) + decimal(order.seconds)
    return head + texts(order.environment) + number(len(order.data)), order.data


def read_parse_order(content: bytes) -> ParseOrder:
    """The order."""
    found = Reader(content)
    path, ocr, threads, audited, seconds = found.text(), found.text(), found.number(), found.number(0, 1), found.decimal()
    environment = found.texts()
    return ParseOrder(found.blob(), path, ocr, threads, bool(audited), seconds, environment)


def pack_draw_order(order: DrawOrder) -> tuple[bytes, ...]:
    """The order, with the file's bytes apart so that they are not copied."""
    spot = order.spot
    head = text(spot.document) + number(spot.page) + text(spot.words) + _box(spot.box) + decimal(order.seconds)
    return head + number(len(order.data)), order.data


def read_draw_order(content: bytes) -> DrawOrder:
    """The order."""
    found = Reader(content)
    spot = Spot(found.text(), found.number(-(2**62)), found.text(), _read_box(found))
    seconds = found.decimal()
    return DrawOrder(found.blob(), spot, seconds)


def pack_document(document: Document) -> bytes:
    """All of a document; headings that many blocks stand under are told once."""
    headings: list[tuple[int, int, str]] = []
    numbers: dict[tuple[int, int, str], int] = {}
    known: dict[_Headings, int] = {((), ()): 0}

    def path_number(path: _Headings) -> int:
        if path not in known:
            last = 0
            for title, level in zip(*path, strict=True):
                key = (last, level, title)
                if key not in numbers:
                    headings.append(key)
                    numbers[key] = len(headings)
                last = numbers[key]
            known[path] = last
        return known[path]

    blocks = b"".join(
        _BLOCK.pack(
            _KINDS.index(block.kind), block.start, block.end, path_number((block.section, block.levels)),
            block.page or 0, block.group, *(block.box or _NOWHERE),
        )
        for block in document.blocks
    )  # fmt: skip
    return b"".join(
        (
            text(document.title), text(document.text), texts(document.warnings), text(document.language),
            text(document.recognised_by), number(-1 if document.pages is None else document.pages),
            number(len(headings)), *(number(above) + number(level) + text(title) for above, level, title in headings),
            blob(blocks),
        )
    )  # fmt: skip


def read_document(content: bytes, path: str) -> Document:
    """The document of the file at `path`."""
    found = Reader(content)
    title, whole, warnings, language, recognised_by = found.text(), found.text(), found.texts(), found.text(), found.text()
    pages = found.number(-1, MOST_PAGES)
    headings = _read_headings(found)
    blocks = tuple(_read_blocks(found.blob(), headings, len(whole)))
    found.end()
    return Document(path, title, whole, blocks, None if pages < 0 else pages, warnings, language, recognised_by)


def _read_headings(found: Reader) -> list[_Headings]:
    paths: list[_Headings] = [((), ())]
    for _ in range(found.number(0, MOST_BLOCKS)):
        section, levels = paths[found.number(0, len(paths) - 1)]
        level = found.number(-(2**31), 2**31)
        if len(levels) >= DEEPEST_HEADING:
            raise Malformed("headings are too deep within each other")
        paths.append(((*section, found.text()), (*levels, level)))
    return paths


def _read_blocks(content: bytes, headings: Sequence[_Headings], length: int) -> list[Block]:
    blocks: list[Block] = []
    last = 0
    if len(content) % _BLOCK.size or len(content) > MOST_BLOCKS * _BLOCK.size:
        raise Malformed("the blocks are none")
    for kind, start, end, heading, page, group, *box in _BLOCK.iter_unpack(content):
        if kind >= len(_KINDS) or heading >= len(headings) or not last <= start <= end <= length or page > MOST_PAGES:
            raise Malformed("a block is out of order")
        section, levels = headings[heading]
        blocks.append(Block(_KINDS[kind], start, end, section, levels, page or None, group, _checked(box)))
        last = end
    return blocks


def pack_audit(audit: FileAudit) -> bytes:
    """What an audit found; its warnings are the document's."""
    told = texts([one.place for one in audit.unread]) + texts([one.text for one in audit.unread])
    return number(audit.characters) + number(audit.unread_characters) + told + text(audit.unmeasured)


def read_audit(content: bytes, document: Document) -> FileAudit:
    """The audit of a document."""
    found = Reader(content)
    held, unread, places, said, unmeasured = found.number(), found.number(), found.texts(), found.texts(), found.text()
    found.end()
    if len(places) != len(said):
        raise Malformed("texts without a place")
    return FileAudit(document.warnings, held, unread, tuple(map(Unread, places, said)), unmeasured)


def pack_error(error: RagqaError) -> bytes:
    """An error, as the nearest of those that a process may tell of."""
    kind = next((known for known in type(error).__mro__ if known in _ERRORS), ParseError)
    return number(_ERRORS.index(kind)) + text(error.message) + text(error.hint)


def read_error(content: bytes) -> RagqaError:
    """An error, in one line."""
    found = Reader(content)
    kind = _ERRORS[found.number(0, len(_ERRORS) - 1)]
    message, hint = (" ".join(found.text()[:_LONGEST_MESSAGE].split()) for _ in range(2))
    found.end()
    return kind(message, hint=hint)


def pack_pages(pages: PagesRecognised) -> bytes:
    """How many pages are recognised."""
    return number(pages.done) + number(pages.total) + decimal(pages.left)


def read_pages(content: bytes) -> PagesRecognised:
    """How many pages are recognised."""
    found = Reader(content)
    done, total, left = found.number(0, MOST_PAGES), found.number(0, MOST_PAGES), found.decimal()
    found.end()
    return PagesRecognised(done, total, left if math.isfinite(left) else 0.0)


def pack_picture(picture: PagePicture) -> bytes:
    """The picture of a page; which one, the process that asked knows."""
    sizes = number(picture.width) + number(picture.height) + number(len(picture.words))
    return blob(picture.png) + sizes + b"".join(map(_box, picture.words))


def read_picture(content: bytes, spot: Spot) -> PagePicture:
    """The picture of the page that `spot` names."""
    found = Reader(content)
    png, width, height = found.blob(), found.number(1, MOST_PAGES), found.number(1, MOST_PAGES)
    words = [_read_box(found) for _ in range(found.number(0, MOST_PAGES))]
    found.end()
    if not png.startswith(_PNG) or None in words:
        raise Malformed("the picture is none")
    return PagePicture(spot.document, spot.page, png, width, height, tuple(box for box in words if box is not None), spot.box)


def _box(box: Box | None) -> bytes:
    return b"".join(map(decimal, box or _NOWHERE))


def _read_box(found: Reader) -> Box | None:
    return _checked([found.decimal() for _ in range(4)])


def _checked(numbers: Sequence[float]) -> Box | None:
    if all(map(math.isnan, numbers)):
        return None
    left, top, right, bottom = numbers
    if not all(abs(side) <= _FARTHEST for side in numbers):  # not so of nan
        raise Malformed("a box is far from its page")
    return left, top, right, bottom
