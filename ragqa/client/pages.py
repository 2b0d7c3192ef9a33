"""Places to look at, and their pages as pictures, of documents that are on a server."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from ragqa.client.address import Address
from ragqa.client.wire import PICTURE_BYTES, Wire
from ragqa.errors import DocumentMissing, ServerError, StorageError, UsageError
from ragqa.last_answers import read_answers, write_answers
from ragqa.paths import cache_folder
from ragqa.schema_reading import Misread, parsed
from ragqa.schema_reading.answers import box
from ragqa.schema_reading.fields import listed
from ragqa.types import Answer, Box, DocumentInfo, PagePicture, Spot

PNG = b"\x89PNG\r\n\x1a\n"
WIDEST = 20_000
"""Pixels; no page of ours is drawn wider or higher."""

LONGEST_WORDS = 500
"""Characters that a server looks for on a page."""

ANSWERS_KEPT = 50
"""Servers' indexes whose last answers are kept."""

_LISTED = 5


class LastAnswers:
    """The answers to the last question that was put to an index of a server, kept in the user's cache folder."""

    def __init__(self, address: Address, index: str | None, folder: Path | None = None) -> None:
        self._folder = (folder or cache_folder()) / "servers"
        name = hashlib.sha256(f"{address.base}#{index or ''}".encode()).hexdigest()[:32]
        self._file = self._folder / f"{name}.json"

    def keep(self, answers: Sequence[Answer]) -> None:
        """Keep these answers, best first, in the place of those before; where the folder cannot be written, none are kept."""
        with suppress(StorageError, OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            write_answers(self._file, answers)
            for old in sorted(self._folder.glob("*.json"), key=lambda file: file.stat().st_mtime)[:-ANSWERS_KEPT]:
                old.unlink(missing_ok=True)

    def spot(self, number: int) -> Spot:
        """Where the answer of this number, from 1, stands. Raises UsageError where there is none."""
        answers = read_answers(self._file)
        if not 1 <= number <= len(answers):
            told = f"the last question has {len(answers)} answers" if answers else "no question was answered last"
            raise UsageError(
                f"there is no answer {number}: {told}", hint='Ask first: ragqa ask "…". Or name a page: manual.pdf:12'
            )
        given = answers[number - 1]
        if given.page is None:
            raise UsageError(f"{given.document} has no pages to show", hint="Only PDFs have pages that can be drawn.")
        return Spot(given.document, given.page, given.text, given.box)


def named_document(name: str, found: Iterable[DocumentInfo]) -> DocumentInfo:
    """The one document that a path, or a glob, names among those it matched. Raises UsageError for none or several."""
    documents = sorted(found, key=lambda one: one.path)
    exact = [one for one in documents if one.path == name]
    if len(exact or documents) == 1:
        return (exact or documents)[0]
    if not documents:
        raise DocumentMissing(f"there is no document called '{name}'", hint="Ask who runs the server what is in its index.")
    listed = f"{', '.join(one.path for one in documents[:_LISTED])}{' …' if len(documents) > _LISTED else ''}"
    raise UsageError(f"{len(documents)} documents are called '{name}'", hint=f"Which one: {listed}")


def draw(wire: Wire, index: str | None, document_id: int, spot: Spot) -> PagePicture:
    """The page of a document as the server draws it. Raises RagqaError."""
    framed = None if spot.box is None else ",".join(f"{min(max(edge, 0.0), 1.0):.6f}" for edge in spot.box)
    query = {"index": index, "highlight": spot.words[:LONGEST_WORDS] or None, "box": framed}
    path = ("v1", "documents", document_id, "pages", f"{spot.page}.png")
    reply = wire.reply("GET", *path, query=query, most=PICTURE_BYTES)
    width, height = _size(reply.body, wire.address.base)
    return PagePicture(spot.document, spot.page, reply.body, width, height, _boxes(reply.headers.get("x-page-words")), spot.box)


def _size(png: bytes, base: str) -> tuple[int, int]:
    """Width and height of a PNG, off its head: nothing is decoded here."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if not png.startswith(PNG) or png[12:16] != b"IHDR" or not (0 < width <= WIDEST and 0 < height <= WIDEST):
        raise ServerError(f"{base} answers with something else than a picture of a page")
    return width, height


def _boxes(header: str | None) -> tuple[Box, ...]:
    """The boxes of the words found, which the server tells beside the picture; none where it does not."""
    with suppress(Misread):
        return listed(box)(parsed((header or "[]").encode()), "words")
    return ()
