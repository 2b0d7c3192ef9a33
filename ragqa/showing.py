"""An answer, or any page of a manual, shown as the manual has it: the page as a picture, with the words boxed.

Pages are drawn in another process: what makes the program that draws them crash, or never end, costs that picture only.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from ragqa.confined.ask import draw
from ragqa.errors import StorageError, UsageError
from ragqa.indexing.browse import document_named
from ragqa.indexing.index import Index, StoredDocument
from ragqa.last_answers import kept_answers
from ragqa.types import PagePicture, Spot

DRAWING_SECONDS = 60.0
"""How long a page may be computed at."""


def spot_of_answer(index: Index, number: int) -> Spot:
    """Where the answer of this number, from 1, to the last question stands. Raises UsageError where there is none, or its manual
    says something else by now."""
    answers = kept_answers(index.folder)
    if not 1 <= number <= len(answers):
        told = f"the last question has {len(answers)} answers" if answers else "no question was answered last"
        raise UsageError(f"there is no answer {number}: {told}", hint='Ask first: ragqa ask "…". Or name a page: manual.pdf:12')
    given = answers[number - 1]
    document = index.document_at(given.document)
    if document is None or index.text(document.id, given.start, given.end) != given.text:
        raise UsageError(f"{given.document} is not in the index as it was when the question was asked", hint="Ask again.")
    if given.page is None:
        raise UsageError(f"{given.document} has no pages to show", hint="Only PDFs have pages that can be drawn.")
    return Spot(given.document, given.page, given.text, given.box)


def spot_of_page(index: Index, name: str, page: int, words: str = "") -> Spot:
    """A page of the one document that a path, or a glob, names. Raises UsageError where it names none, or several."""
    return Spot(document_named(index, name).path, page, words)


def draw_spot(index: Index, spot: Spot) -> PagePicture:
    """The picture of a page of an indexed document. Raises UsageError for a document without pages or a page that it does not
    have, StorageError where its file is gone or another one by now, ParseError where it cannot be drawn."""
    document = index.document_at(spot.document)
    if document is None:
        raise UsageError(f"{spot.document} is not in the index any more", hint="Ask again.")
    if document.parser.partition(" ")[0] != "pdf":
        raise UsageError(f"{spot.document} has no pages to show", hint="Only PDFs have pages that can be drawn.")
    return draw(_content(document), spot, DRAWING_SECONDS)


def _content(document: StoredDocument) -> bytes:
    """The document's file as it was ingested."""
    if document.is_foreign:
        hint = "Ingest your own copy of the file, then ask again."
        raise UsageError(f"{document.path} came with an imported index, whose files are not followed", hint=hint)
    source = Path(os.fsdecode(document.source))
    try:
        found = source.stat()
        is_like_it = stat.S_ISREG(found.st_mode) and found.st_size == document.size  # a pipe would be waited for
        data = source.read_bytes() if is_like_it else b""
    except OSError as error:
        told = "is not there any more" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
        raise StorageError(f"{source} {told}", hint="Its pages can be shown only from the file.") from error
    if not is_like_it or hashlib.sha256(data).hexdigest() != document.sha256:
        raise StorageError(f"{source} has changed since it was ingested", hint="Ingest it again, then ask again.")
    return data
