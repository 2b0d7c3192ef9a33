"""Numbered sentences of a PDF that are set like headings: the steps of an instruction, the rules of a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ragqa.parsing.pdf.lines import Paragraph

_NUMBER = re.compile(r"\(?(\d{1,2})[.)]?")
_STEP = re.compile(r"\(?\d{1,2}[.)]?\s+(?P<said>\S+\s.*)")
_ENDED = re.compile('[.!]["\u201d\u2019\u00bb)\\]]*$')
_CUT = re.compile(r"[^\W\d_][-\u2010\u00ad]$|,$")
_FEWEST_WORDS = 3
_TITLE = 90


def said_in_steps(paragraphs: Sequence[Paragraph]) -> set[int]:
    """The ids of the paragraphs that are numbered one after the other, set alike, and of which most are sentences.

    A single one may be a heading all the same, as may a few with a full stop among names.
    """
    found: set[int] = set()
    for run in _runs(paragraphs):
        if len(run) > 1 and 2 * sum(map(_is_sentence, run)) > len(run):
            found.update(map(id, run))
    return found


def is_step(text: str) -> bool:
    """Whether a text is a number and a few words with a full stop: "3 Select Apply."."""
    found = _STEP.fullmatch(text)
    return found is not None and _ENDED.search(text) is not None and not found["said"].isupper()


def _runs(paragraphs: Sequence[Paragraph]) -> Iterator[list[Paragraph]]:
    """Paragraphs of one type whose numbers count on, on pages that follow each other."""
    growing: dict[tuple[float, bool], list[Paragraph]] = {}
    for paragraph in paragraphs:
        if paragraph.grid is not None or _NUMBER.fullmatch(paragraph.marker) is None:
            continue
        style = paragraph.size, paragraph.bold
        run = growing.get(style, [])
        if run and _value(paragraph) == _value(run[-1]) + 1 and paragraph.page <= run[-1].page + 1:
            run.append(paragraph)
            continue
        if run:
            yield run
        growing[style] = [paragraph]
    yield from growing.values()


def _value(paragraph: Paragraph) -> int:
    found = _NUMBER.fullmatch(paragraph.marker)
    return int(found.group(1)) if found else 0


def _is_sentence(paragraph: Paragraph) -> bool:
    said = " ".join(paragraph.lines)
    if said.isupper() or len(said.split()) < _FEWEST_WORDS:
        return False
    return len(said) > _TITLE or _ENDED.search(said) is not None or _CUT.search(said) is not None
