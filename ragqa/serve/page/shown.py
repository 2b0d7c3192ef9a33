"""Text of documents as a page shows it: as text, whatever it holds, and so that each of its characters stays one character."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ragqa.display import UNPRINTABLE


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters that are shown alike: `mark` is "answer" for those of an answer, "found" for words looked for, else empty."""

    text: str
    mark: str = ""


def visible(text: str) -> str:
    """The text with each control character, mark of direction and undecodable byte replaced by one visible character: what is
    marked in it has the place that it has in the document."""
    return UNPRINTABLE.sub(lambda match: _stand_in(match[0]), text)


def _stand_in(character: str) -> str:
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else "·"


def segments(text: str, offset: int, marks: Sequence[tuple[tuple[int, int], str]]) -> tuple[Segment, ...]:
    """A text that begins at the offset of its document, cut where marks begin and end; where they overlap, the first counts."""
    edges = {offset, offset + len(text)}
    for (start, end), _ in marks:
        edges |= {min(max(edge, offset), offset + len(text)) for edge in (start, end)}
    ordered = sorted(edges)
    return tuple(
        Segment(visible(text[start - offset : end - offset]), _mark_at(start, marks)) for start, end in pairwise(ordered)
    )


def _mark_at(offset: int, marks: Sequence[tuple[tuple[int, int], str]]) -> str:
    return next((name for (start, end), name in marks if start <= offset < end), "")


def lines(parts: Sequence[Segment]) -> list[list[Segment]]:
    """The same, line by line; empty lines are left out."""
    found: list[list[Segment]] = [[]]
    for part in parts:
        first, *others = part.text.split("\n")
        found[-1].append(Segment(first, part.mark))
        found += [[Segment(other, part.mark)] for other in others]
    return [kept for line in found if (kept := [segment for segment in line if segment.text])]


def near_mark(all_lines: Sequence[list[Segment]], around: int) -> Iterator[tuple[list[Segment], bool]]:
    """The lines at most so many before the first marked one or after the last, each with whether others were left out before it;
    a last empty one where some were left out after it."""
    marked = [number for number, line in enumerate(all_lines) if any(segment.mark for segment in line)] or [0]
    first, last = max(0, marked[0] - around), marked[-1] + around
    for number, line in enumerate(all_lines[first : last + 1], start=first):
        yield line, number == first > 0
    if last + 1 < len(all_lines):
        yield [], True
