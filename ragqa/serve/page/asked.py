"""What a page's address asks for: a question with its filters, or a place in a manual. Every state of a page has an address of
its own, so that a link that is passed on opens the same.

What an address holds is anybody's text: numbers that are none, or out of range, are taken as not given. What is no metadata is
refused, for without it more would be looked at than was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ragqa.metadata import parsed, told, wanted

LONGEST_QUESTION, LONGEST_FILTER = 2_000, 300
"""Characters of a question, and of what narrows it, beyond which nothing is read."""

LARGEST = 2**31 - 1
"""The largest number that an address may hold, as in those of the API."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question, where to look, and which of its answers is shown: the one with the number `answer`, or `passage` of the
    passages, from 1; 0 for both leaves it to the page. `document` is a glob, `section` a part of a heading, `labels` are
    what documents are labelled with, as brand=Aqua; all may be empty."""

    question: str = ""
    index: str | None = None
    document: str = ""
    section: str = ""
    answer: int = 0
    passage: int = 0
    labels: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, str], meta: Sequence[str] = ()) -> Asked:
        """What the address of the page of answers asks for; `meta` are all its fields of that name. Raises UsageError."""
        return cls(
            text_of(given, "q", LONGEST_QUESTION), text_of(given, "index", LONGEST_FILTER) or None,
            text_of(given, "document", LONGEST_FILTER), text_of(given, "section", LONGEST_FILTER),
            number_of(given, "answer") or 0, number_of(given, "passage") or 0, labels_of(meta),
        )  # fmt: skip

    def address(self, answer: int = 0, passage: int = 0) -> str:
        """The address of one of the answers, or of one of the passages."""
        where = {"index": self.index, "document": self.document, "section": self.section, "meta": self.labels}
        return address_of("/", {"q": self.question, **where, "answer": answer, "passage": passage})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A place in a manual. `span` are characters of its text that are to be marked, as a `passage` where that is set; `page` is
    the page to be shown, `at` the character that the text is to begin near: None for both where the span decides. `view` is
    "page", "text" or, for what suits the manual, empty. `find` are words to look for from `at` on, or `backwards` from there."""

    document_id: int
    index: str | None = None
    span: tuple[int, int] | None = None
    page: int | None = None
    view: str = ""
    at: int | None = None
    find: str = ""
    backwards: bool = False
    passage: bool = False

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Wanted:
        """What the address of a manual asks for."""
        start, end, view = number_of(given, "start"), number_of(given, "end"), given.get("view", "")
        return cls(
            number_of(given, "id") or 0, text_of(given, "index", LONGEST_FILTER) or None,
            (start, end) if start is not None and end is not None and start < end else None,
            number_of(given, "page") or None, view if view in ("page", "text") else "", number_of(given, "at"),
            text_of(given, "find", LONGEST_FILTER), given.get("backwards", "") == "true", given.get("passage", "") == "true",
        )  # fmt: skip

    def moved(self, *, page: int | None = None, at: int | None = None, view: str | None = None) -> Wanted:
        """The same span, with another page, or another part of the text, in view."""
        return replace(self, page=page, at=at, view=self.view if view is None else view, find="", backwards=False)

    def address(self) -> str:
        """The address of this place."""
        return address_of("/manual", self.fields())

    def fields(self) -> dict[str, str | int | None]:
        """What the address says, by name."""
        start, end = self.span or (None, None)
        return {
            "id": self.document_id, "index": self.index, "start": start, "end": end, "page": self.page, "view": self.view,
            "at": self.at, "find": self.find, "backwards": "true" if self.backwards else "",
            "passage": "true" if self.passage else "",
        }  # fmt: skip


def address_of(path: str, given: Mapping[str, str | int | Sequence[str] | None]) -> str:
    """A path with what is not empty; a 0 is empty only for what is counted from 1. Of several values each is a field."""
    kept = {name: value for name, value in given.items() if value not in (None, "") and (value or name in ("start", "at"))}
    return f"{path}?{urlencode(kept, doseq=True, errors='replace')}" if kept else path


def labels_of(meta: Sequence[str]) -> tuple[str, ...]:
    """What documents are to be labelled with, each as brand=Aqua, in one form and order. Raises UsageError."""
    return told(dict(wanted(parsed(one for one in meta if one.strip()))))


def text_of(given: Mapping[str, str], name: str, longest: int) -> str:
    """A text of the address, without space around it."""
    return given.get(name, "").strip()[:longest]


def number_of(given: Mapping[str, str], name: str) -> int | None:
    """A whole number of the address that is not negative; None where it is none, or too large."""
    text = given.get(name, "")
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(LARGEST))):
        return None
    return int(text) if int(text) <= LARGEST else None
