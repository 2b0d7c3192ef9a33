"""Reading on in a document: a section of it by its heading, or from any character, and what follows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ragqa.engine import RagQA
from ragqa.errors import UsageError
from ragqa.mcp.results import SectionRead, SectionStart
from ragqa.types import Block, Extract

_LISTED = 60
"""Sections that are listed at most."""
_HINTED = 8


class Stretch(NamedTuple):
    """What is to be read: from a character to another, and the sections that might have been meant besides."""

    start: int
    end: int
    others: tuple[Block, ...] = ()


def read_section(qa: RagQA, document: str, section: str | None, start: int | None, length: int) -> SectionRead:
    """The section of a document whose heading contains some words, or what follows a character: whole blocks, `length` characters
    at most. Raises UsageError where there is no such document, section or character."""
    named = qa.document_named(document)
    headings = qa.headings(named.id)
    if section is not None:
        wanted = _section(headings, section, start or 0, named.path, named.characters)
    elif 0 < named.characters <= (start or 0):
        raise UsageError(f"{named.path} has {named.characters} characters: there is none at {start}")
    else:
        wanted = Stretch(start or 0, named.characters)
    limit = min(wanted.start + length, wanted.end)
    read = qa.extract(named.id, wanted.start, limit)
    complete = limit == wanted.end
    end = _whole_blocks(read, wanted.start, limit)
    next_start = wanted.end if complete else end
    blocks = [block for block in read.blocks if block.start < end]
    return SectionRead(
        document=named.path,
        document_id=named.id,
        title=named.title,
        index=qa.settings.index,
        section=list(blocks[0].section) if blocks else [],
        pages=sorted({block.page for block in blocks if block.page is not None}),
        start=wanted.start,
        end=end,
        document_length=read.length,
        text=read.text[wanted.start - read.start : end - read.start],
        section_complete=complete,
        next_start=next_start if next_start < read.length else None,
        next_section=list(_section_at(headings, next_start)) if next_start < read.length else None,
        also_called=_listed(wanted.others),
        contents=_listed(_outline(headings)) if section is None and not start else [],
    )


def _section(headings: Sequence[Block], words: str, start: int, path: str, length: int) -> Stretch:
    """The first section at or behind `start` whose heading contains the words, to the next heading of its level or above."""
    wanted = " ".join(words.split()).casefold()
    fitting = [number for number, one in enumerate(headings) if one.section and wanted in _plain(one)]
    exact = [number for number in fitting if _plain(headings[number]) == wanted]
    chosen = [*(one for one in exact if headings[one].start >= start), *(one for one in fitting if headings[one].start >= start)]
    if not chosen:
        names = [" ".join(one.section[-1].split()) for one in headings if one.section][:_HINTED]
        hint = f"It begins with: {', '.join(names)}. Read it from start=0 for its contents." if names else "It has no headings."
        raise UsageError(f"{path} has no section called '{words}'", hint=hint)
    first = headings[chosen[0]]
    level = first.levels[-1] if first.levels else 1
    ends = (one.start for one in headings[chosen[0] + 1 :] if (one.levels[-1] if one.levels else 1) <= level)
    return Stretch(first.start, next(ends, length), tuple(headings[one] for one in fitting if one != chosen[0]))


def _plain(heading: Block) -> str:
    return " ".join(heading.section[-1].split()).casefold()


def _whole_blocks(read: Extract, start: int, limit: int) -> int:
    """Where to stop: after the last block that fits, or within the first where that alone is too long."""
    return max((block.end for block in read.blocks if start < block.end <= limit), default=limit)


def _section_at(headings: Sequence[Block], offset: int) -> tuple[str, ...]:
    """The headings over what begins at or behind a character."""
    over: tuple[str, ...] = ()
    for one in headings:
        if one.start > offset + 2:  # blank lines are between blocks
            break
        over = one.section
    return over


def _outline(headings: Sequence[Block]) -> Sequence[Block]:
    """The headings, down to the level to which not too many are to be listed."""
    depth = max((len(one.section) for one in headings), default=1)
    while len(headings) > _LISTED and depth > 1:
        depth -= 1
        headings = [one for one in headings if len(one.section) <= depth]
    return headings


def _listed(headings: Sequence[Block]) -> list[SectionStart]:
    return [SectionStart(section=list(one.section), start=one.start) for one in headings[:_LISTED]]
