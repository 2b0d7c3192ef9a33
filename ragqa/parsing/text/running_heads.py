"""Lines that stand at the head or foot of every page of plain text: the manual's name, the date, the number of the page."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from ragqa.parsing.labels import alternatives

_NUMBER = re.compile(r"\d+")
_SET_APART = re.compile(r"\S\s{3,}\W{0,2}\d{1,4}\W{0,2}$|^\s*\W{0,2}\d{1,4}\W{0,2}\s{3,}\S")
_OUTERMOST = 2
_FEWEST_PAGES = 3
_SHARE_OF_PAGES = 0.6
_LONGEST = 140
_FEWEST_LINES_BETWEEN = 3


def repeated_at_edges(sheets: Sequence[Sequence[str]]) -> set[str]:
    """The lines, numbers aside, that stand among the outermost ones of most pages."""
    pages = [sheet for sheet in sheets if any(line.strip() for line in sheet)]
    if len(pages) < _FEWEST_PAGES:
        return set()
    counts = Counter(key for sheet in pages for key in {shape(line) for line in edge_lines(sheet)})
    return {key for key, count in counts.items() if key and count >= max(_FEWEST_PAGES, _SHARE_OF_PAGES * len(pages))}


def edge_lines(sheet: Sequence[str]) -> list[str]:
    """The first and last lines of a page."""
    filled = [line for line in sheet if line.strip()]
    return filled[:_OUTERMOST] + filled[_OUTERMOST:][-_OUTERMOST:]


def shape(line: str) -> str:
    """What a line shares with those of other pages: its words, with # for every number if one of them is the page's."""
    if len(line) > _LONGEST:
        return ""
    words = " ".join(line.split())
    return _NUMBER.sub("#", words) if _SET_APART.search(line) or _page_number().search(line) else words


def numbered_heads(lines: Sequence[str]) -> dict[int, int]:
    """Lines like "Kettle manual    Page 3", with their page: the same words again and again, and numbers that climb."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for index, line in enumerate(lines):
        match = _page_number().search(line) if len(line) <= _LONGEST else None
        if match:
            number = next(group for group in match.groups() if group)
            found[shape(line)].append((index, int(number)))
    for places in found.values():
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(places)]
        if len(places) >= _FEWEST_PAGES and all(
            lines_on > _FEWEST_LINES_BETWEEN and 0 < pages_on <= 3 for lines_on, pages_on in steps
        ):
            return dict(places)
    return {}


@cache
def _page_number() -> re.Pattern[str]:
    """The number of a page at the end of a line, or at its beginning, after a word that says so."""
    words = alternatives("page_words")
    return re.compile(rf"(?:\s{{2,}}|\[)(?:{words}) ?(\d{{1,4}})\]?\s*$|^\s*(?:{words}) ?(\d{{1,4}})\s{{2,}}", re.IGNORECASE)
