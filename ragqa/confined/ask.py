"""Files read by the other processes: what is asked of them, how long they get, and in which words it is told that they failed."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass

from ragqa.confined.children import Child, Children, Crashed, Late
from ragqa.confined.values import (
    MOST_PAGES,
    DrawOrder,
    ParseOrder,
    pack_draw_order,
    pack_parse_order,
    read_audit,
    read_document,
    read_error,
    read_pages,
    read_picture,
)
from ragqa.confined.wire import AUDIT, DOCUMENT, ERROR, PAGE, PAGES, PICTURE, REQUEST_DRAW, REQUEST_PARSE, Malformed, Reader
from ragqa.confined.worker import ENVIRONMENT
from ragqa.errors import ParseError
from ragqa.types import Document, FileAudit, PagePicture, PagesRecognised, Spot

_OF_MB, _OF_PAGE, _OF_RECOGNISED = 0.1, 0.02, 1.0
_DRAWING_MEMORY_MB = 4000


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be parsed: `ocr` and `threads` as for `ragqa.parsing.ocr.wish`, `seconds` as for `Allowance`; `audited`:
    it is compared with its document, too."""

    ocr: str
    threads: int
    seconds: float
    audited: bool = False
    told: Callable[[PagesRecognised], None] = lambda pages: None


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's document; `audit` where it was wished."""

    document: Document
    audit: FileAudit | None = None


@dataclass(slots=True)
class Allowance:
    """How long a file may be computed at: `seconds`, a tenth of that for each MB, and more for each of its pages that was read or
    recognised, so that what goes on may go on. To be audited takes the same again. See `ragqa.parsing.patience`."""

    seconds: float
    size: int
    pages: int = 0
    recognised: int = 0
    rounds: int = 1

    @property
    def total(self) -> float:
        """Seconds in all, as things stand."""
        more = _OF_MB * self.size / 1e6 + _OF_PAGE * self.pages + _OF_RECOGNISED * self.recognised
        return self.seconds * (1 + more) * self.rounds


def parse(child: Child, data: bytes, path: str, wish: Wish) -> Parsed:
    """The document of the file at `path` that holds `data`. Raises ParseError or SkippedFile, which say what is wrong with it."""
    allowance = Allowance(wish.seconds, len(data))
    environment = tuple(os.environ.get(name, "") for name in ENVIRONMENT)
    order = ParseOrder(data, path, wish.ocr, wish.threads, wish.audited, allowance.total, environment)
    document: Document | None = None
    try:
        with closing(_answers(child, REQUEST_PARSE, pack_parse_order(order), allowance, wish.told)) as answers:
            for kind, content in answers:
                if kind == DOCUMENT:
                    document = read_document(content, path)
                    if not wish.audited:
                        return Parsed(document)
                    allowance.rounds = 2
                    child.allow(allowance.total)
                elif kind == AUDIT and document is not None:
                    return Parsed(document, read_audit(content, document))
                else:
                    raise Malformed("an answer to something else")
        raise AssertionError("the child says when it ends")
    except (Late, Crashed, Malformed) as error:
        failed = _failed(error, child)
        if document is None:
            raise failed from error
        held = len("".join(document.text.split()))
        return Parsed(document, FileAudit(document.warnings, held, unmeasured=failed.message))


def draw(data: bytes, spot: Spot, seconds: float) -> PagePicture:
    """The page of a PDF as a picture. Raises ParseError for one that cannot be drawn, UsageError for one that is not there."""
    named = f"page {spot.page} of {spot.document}"
    with Children(1, _DRAWING_MEMORY_MB) as children, children.one() as child:
        order = pack_draw_order(DrawOrder(data, spot, seconds))
        try:
            with closing(_answers(child, REQUEST_DRAW, order, Allowance(seconds, 0), lambda pages: None)) as answers:
                kind, content = next(answers)
                if kind != PICTURE:
                    raise Malformed("an answer to something else")
                return read_picture(content, spot)
        except Late as error:
            raise ParseError(f"{named} takes too long to draw: {error}") from error
        except (Crashed, Malformed) as error:
            child.end()
            raise ParseError(f"{named} cannot be drawn: the program that draws it crashed ({error})") from error


def _answers(
    child: Child, kind: bytes, parts: tuple[bytes, ...], allowance: Allowance, told: Callable[[PagesRecognised], None]
) -> Generator[tuple[bytes, bytes]]:
    """What comes back, without what only tells of pages. An error that comes back is raised, as are Late, Crashed, Malformed."""
    with closing(child.ask(kind, parts, allowance.total)) as answers:
        for answer, content in answers:
            if answer == ERROR:
                raise read_error(content)
            if answer == PAGE:
                allowance.pages = max(allowance.pages, Reader(content).number(0, MOST_PAGES))
                child.allow(allowance.total)
            elif answer == PAGES:
                pages = read_pages(content)
                allowance.recognised = max(allowance.recognised, pages.done)
                child.allow(allowance.total)
                told(pages)
            else:
                yield answer, content


def _failed(error: Exception, child: Child) -> ParseError:
    """What is said of a file whose process was ended, or ended by itself."""
    child.end()
    if isinstance(error, Late):
        hint = "Split the file, export it anew as PDF or HTML, or allow more: --timeout SECONDS."
        return ParseError(f"takes longer than {error} to read: given up", hint=hint)
    hint = "It may be damaged, or need more than parse_memory_mb: open it with its program and export it anew."
    return ParseError(f"the program that parses it crashed ({error})", hint=hint)
