"""Documents as resources: ragqa://INDEX/documents/ID, from any character on with ?start=N, listed some at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote, unquote

from ragqa.config import Settings
from ragqa.display import NAME_LENGTH, quoted
from ragqa.engine import RagQA
from ragqa.errors import DocumentMissing, RagqaError, UsageError
from ragqa.mcp.inputs import LONGEST_NAME, LONGEST_TEXT
from ragqa.mcp.tools import listed_document
from ragqa.types import DocumentInfo

TEMPLATE = "ragqa://{index}/documents/{id}{?start}"
LISTED = 100
"""Resources that are listed at once."""

_URI = re.compile(r"ragqa://([^/?#]+)/documents/([0-9]{1,15})(?:\?start=([0-9]{1,10}))?")


@dataclass(frozen=True, slots=True)
class Address:
    """A place in a document of an index, as a URI names it."""

    index: str
    document_id: int
    start: int = 0

    @classmethod
    def of(cls, uri: str) -> Address:
        """What a URI names. Raises UsageError for any that is none of ours."""
        found = _URI.fullmatch(uri)
        if found is None:
            raise UsageError(f"'{quoted(uri, NAME_LENGTH)}' is no document", hint="Use ragqa://INDEX/documents/ID.")
        return cls(unquote(found[1])[:LONGEST_NAME], int(found[2]), int(found[3] or 0))

    def __str__(self) -> str:
        start = f"?start={self.start}" if self.start else ""
        return f"ragqa://{quote(self.index, safe='')}/documents/{self.document_id}{start}"


@dataclass(frozen=True, slots=True)
class Listed:
    """A document to be listed as a resource."""

    uri: str
    name: str
    title: str
    told: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a document's text; `following` is where it goes on, None at its end."""

    text: str
    following: Address | None


def read(qa: RagQA, address: Address) -> Stretch:
    """The document's text from the address on, LONGEST_TEXT characters of it at most. Raises RagqaError where there is none."""
    if qa.opened.document(address.document_id) is None:
        raise DocumentMissing(f"index '{address.index}' has no document {address.document_id}")
    extract = qa.extract(address.document_id, address.start, address.start + LONGEST_TEXT)
    start = min(address.start, extract.length)
    end = min(start + LONGEST_TEXT, extract.length)
    if end < extract.length:
        end = max((block.end for block in extract.blocks if start < block.end <= end), default=end)
    following = Address(address.index, address.document_id, end) if end < extract.length else None
    return Stretch(extract.text[start - extract.start : end - extract.start], following)


def listed(index: str, settings: Settings) -> Iterator[Listed]:
    """The documents of an index, by path; none of one that cannot be read. It is opened for that alone: as many as are listed
    would take the place of those that are asked."""
    try:
        with closing(RagQA(index, settings=settings)) as qa:
            documents = qa.documents()
    except RagqaError:
        return
    for one in documents:
        yield _listed(index, one)


def _listed(index: str, one: DocumentInfo) -> Listed:
    pages = "" if one.pages is None else f"{one.pages} pages, "
    told = f"{pages}{one.characters} characters, in index {index}"
    return Listed(listed_document(index, one).resource, one.path, quoted(one.title, NAME_LENGTH), told)
