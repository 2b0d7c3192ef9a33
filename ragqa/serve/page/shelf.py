"""The library as a page shows it: the documents of an index, a page of them at a time, and what reading them lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ragqa.display import embedded_sentence, one_line, quoted
from ragqa.engine import RagQA
from ragqa.errors import UsageError
from ragqa.metadata import parsed, told, wanted
from ragqa.serve.page.asked import Wanted, address_of
from ragqa.serve.page.labels import Tag, known_of, words_of
from ragqa.types import DocumentInfo, FileAudit, FileReport, unread_share

AT_ONCE = 50
"""Documents on one page of the library."""

REMARKS = 200
"""Texts of an audit that are shown, the first ones."""


@dataclass(frozen=True, slots=True)
class Row:
    """A document in the library: `state` in words, `kind` "ok" or "warning"; `size` in characters; `tags` lead to the documents
    with the same label."""

    id: int
    path: str
    title: str
    pages: int | None
    size: int
    chunks: int
    state: str
    kind: str
    remarks: tuple[str, ...]
    ingested: str
    address: str
    auditable: bool
    tags: tuple[Tag, ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """The documents whose paths, titles or labels hold `wanted` and that have the labels `meta`, one page of them, and sentences
    about the index as a whole. `losses` are what the last ingests left out, and why; `earlier` and `later` the addresses of the
    pages beside this one, or empty; `tags` the labels, each to be taken away, `known` those that there are."""

    wanted: str
    documents: int
    chunks: int
    fitting: int
    first: int
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    losses: tuple[tuple[str, str, str], ...]
    earlier: str
    later: str
    meta: tuple[str, ...] = ()
    tags: tuple[Tag, ...] = ()
    known: tuple[str, ...] = ()


EMPTY_SHELF = Shelf("", 0, 0, 0, 0, (), (), (), "", "")
"""Of an index that is not there yet."""


@dataclass(frozen=True, slots=True)
class Audited:
    """What of a document's file nobody reads. `share` is of its characters, in words; `unread` are places and texts."""

    path: str
    share: str
    unmeasured: str
    warnings: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    more: int


def open_shelf(engine: RagQA, index: str, find: str, first: int, meta: Sequence[str] = ()) -> Shelf:
    """The library of an index, from the document number `first` on, counted from 0."""
    known, losses, embedded = engine.documents(), engine.journal.losses(), engine.embedded()
    words, labelled = find.casefold().split(), engine.opened.where(metadata=wanted(parsed(meta))).documents
    fitting = [
        one
        for one in known
        if (labelled is None or one.id in labelled) and all(word in _said_of(one).casefold() for word in words)
    ]
    first = first - first % AT_ONCE if first < len(fitting) else 0
    shown = fitting[first : first + AT_ONCE]
    note = embedded_sentence(embedded)
    return Shelf(
        find, len(known), sum(one.chunks for one in known), len(fitting), first,
        tuple(_row(one, index) for one in shown), (note,) if note else (), tuple(map(_loss, losses)),
        _page_of(index, find, meta, first - AT_ONCE) if first else "",
        _page_of(index, find, meta, first + AT_ONCE) if first + AT_ONCE < len(fitting) else "",
        tuple(meta),
        tuple(Tag(one, words_of(one), _page_of(index, find, [other for other in meta if other != one], 0)) for one in meta),
        known_of(engine.metadata()),
    )  # fmt: skip


def audit(engine: RagQA, document_id: int) -> Audited:
    """Compare a document's file with what was read of it; the file is parsed, and nothing is kept. Raises UsageError where there
    is no file to compare."""
    known = engine.opened.document(document_id)
    if known is None:
        raise UsageError("this document is not in the index any more", hint="Look for it in the library.")
    document = engine.document_named(known.path)
    if document.foreign or not document.present:
        raise UsageError(
            f"the file of {one_line(document.path)} is not there", hint="Only from the file can be told what was not read."
        )
    report = engine.ingest(document.source, dry_run=True, audit=True, embed=False)
    found = next(iter(report.audits), None)
    if found is None:
        note = next((file.note for file in report.files if file.note), "it cannot be read any more")
        raise UsageError(f"{one_line(document.path)}: {one_line(note)}")
    return _audited(document, found)


def _row(one: DocumentInfo, index: str) -> Row:
    state, kind = _state(one)
    return Row(
        one.id, one_line(one.path), one_line(one.title), one.pages, one.characters, one.chunks, state, kind, _remarks(one),
        one.ingested_at[:10], Wanted(one.id, index).address(), one.present and not one.foreign,
        tuple(Tag(text, words_of(text), _page_of(index, "", [text], 0)) for text in told(one.metadata)),
    )  # fmt: skip


def _said_of(one: DocumentInfo) -> str:
    """What a document is found by in the library."""
    return " ".join((one.path, one.title, *told(one.metadata)))


def _state(one: DocumentInfo) -> tuple[str, str]:
    """A document's state in words, and its kind."""
    if one.foreign:
        return "imported", "ok"
    if not one.present:
        return "file gone", "warning"
    count = len(one.warnings)
    return (f"{count} warning{'s' if count > 1 else ''}", "warning") if count else ("read", "ok")


def _remarks(one: DocumentInfo) -> tuple[str, ...]:
    gone = "The file is not there any more; the index still answers from it."
    return (*([gone] if not one.present and not one.foreign else []), *map(one_line, one.warnings))


def _loss(file: FileReport) -> tuple[str, str, str]:
    return one_line(file.path), file.state.value, one_line(file.note)


def _page_of(index: str, find: str, meta: Sequence[str], first: int) -> str:
    return address_of("/library", {"index": index, "find": find, "meta": meta, "first": first or None})


def _audited(document: DocumentInfo, found: FileAudit) -> Audited:
    shown = [(quoted(one.place, 100) or "at the beginning", quoted(one.text, 300)) for one in found.unread[:REMARKS]]
    return Audited(
        one_line(document.path), share_of(found.characters, found.unread_characters), one_line(found.unmeasured),
        tuple(map(one_line, found.warnings)), tuple(shown), len(found.unread) - len(shown),
    )  # fmt: skip


def share_of(held: int, unread: int) -> str:
    """How much of a file's text is unread, in words."""
    if not unread:
        return "nothing"
    share = unread_share(held, unread)
    return (
        f"{unread:,} of {held + unread:,} characters ({share:.1%})" if share >= 0.001 else f"{unread:,} characters (under 0.1 %)"
    )
