"""Figures: pictures with their captions, and the lists that name their numbered parts.

What names a picture is kept together in one group, and its box holds the picture: an answer in it leads there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from itertools import count

from ragqa.parsing.labels import alternatives
from ragqa.parsing.pdf.lines import Paragraph
from ragqa.parsing.pdf.pictures import Pictures, shows_something
from ragqa.types import Box, box_around

_NEAR = 0.06
_OVERLAP = 0.01
_LONGEST_CAPTION, _LONGEST_PART = 300, 70
_FEWEST_STROKES = 6
_FEWEST_PARTS = 3
"""Parts that a list must have to belong to a picture without a caption."""

_TABLES = re.compile(r"tab|quadro|\u8868|\ud45c", re.IGNORECASE)
_PART = re.compile(r"(?P<marker>\(?(?:\d{1,2}|[A-Za-z])\s?[.):]?|[\u2460-\u2473])\s+(?=\S)")
_FIRST = re.compile(r"\(?[1Aa\u2460]\s?[.):]?")
_NUMBER = re.compile(r"\(?(?:\d{1,3}|[A-Za-z])[.):]?|[\u2460-\u2473]")
_BODY_WORDS = 8


def mark_figures(paragraphs: Sequence[Paragraph], pictures: Mapping[int, Pictures]) -> None:
    """Give the paragraphs that name a figure, and the lists of its parts, its number and a box that holds the picture."""
    numbers = count(1)
    for page, on_page in pictures.items():
        places = [number for number, one in enumerate(paragraphs) if one.page == page]
        if not places:
            continue
        own = paragraphs[places[0] : places[-1] + 1]
        free = list(on_page.images)
        for index, paragraph in enumerate(own):
            if is_caption(paragraph.text) and paragraph.box is not None and paragraph.grid is None:
                picture = _nearest(paragraph.box, free) or _drawing(index, own, on_page.strokes)
                if picture is not None:
                    free = [box for box in free if box != picture]
                    _assign([index, *_parts_beside(index, own)], own, next(numbers), picture, index)
        for first, last in _lists(own):
            listed = box_around(one.box for one in own[first:last])
            picture = _nearest(listed, free) if listed is not None else None
            if picture is not None:
                free.remove(picture)
                _assign(range(first, last), own, next(numbers), picture, None)


def is_caption(text: str) -> bool:
    """Whether a text reads as the caption of a figure: "Figure 3: Front view", "Abb. 4"."""
    return len(text) <= _LONGEST_CAPTION and _caption().match(text) is not None and not _TABLES.match(text)


@cache
def _caption() -> re.Pattern[str]:
    return re.compile(rf"\W{{0,2}}(?:{alternatives('captions')})\s?[A-Z]?\d", re.IGNORECASE)


def part_of_figure(text: str) -> tuple[str, str] | None:
    """The number of a part and its name, of a line such as "1 Shutter button"; None where it is none."""
    found = _PART.match(text)
    return (found["marker"], text[found.end() :]) if found else None


def _assign(members: Collection[int], paragraphs: Sequence[Paragraph], number: int, picture: Box, caption: int | None) -> None:
    for index in members:
        paragraph = paragraphs[index]
        paragraph.figure, paragraph.caption = number, index == caption
        paragraph.box = box_around((paragraph.box, picture))
        paragraph.row_boxes = [box_around((box, picture)) for box in paragraph.row_boxes]


def _nearest(box: Box, pictures: Sequence[Box]) -> Box | None:
    """The picture that a text stands next to, those above it first."""
    near = [(_distance(box, picture), picture) for picture in pictures]
    return min(((gap, picture) for gap, picture in near if gap <= _NEAR), default=(0.0, None))[1]


def _distance(box: Box, picture: Box) -> float:
    """How far a text is from a picture above, below or beside it; above all that is near where it is none of these."""
    across = min(box[2], picture[2]) - max(box[0], picture[0])
    down = min(box[3], picture[3]) - max(box[1], picture[1])
    if across > _OVERLAP:
        below = box[1] >= (picture[1] + picture[3]) / 2
        return max(0.0, -down) + (0.0 if below else _NEAR / 10)
    return max(0.0, -across) if down > _OVERLAP else 1.0


def _drawing(index: int, paragraphs: Sequence[Paragraph], strokes: Sequence[Box]) -> Box | None:
    """What is drawn between a caption and the text above it."""
    caption = paragraphs[index].box
    if caption is None or len(strokes) < _FEWEST_STROKES:
        return None
    above = [
        one.box[3]
        for one in paragraphs
        if one.box is not None and one.box[3] <= caption[1] and _is_body(one) and _share_column(one.box, caption)
    ]
    top = max(above, default=0.0) - _OVERLAP
    inside = [box for box in strokes if top <= box[1] and box[3] <= caption[1] + _OVERLAP and box[3] - box[1] < _NEAR * 10]
    drawn = box_around(inside) if len(inside) >= _FEWEST_STROKES else None
    if drawn is None or not shows_something(drawn):
        return None
    return drawn if caption[1] - drawn[3] <= _NEAR and _share_column(drawn, caption) else None


def _is_body(paragraph: Paragraph) -> bool:
    return paragraph.grid is not None or len(paragraph.text.split()) >= _BODY_WORDS or is_caption(paragraph.text)


def _share_column(box: Box, other: Box) -> bool:
    return min(box[2], other[2]) - max(box[0], other[0]) > _OVERLAP


def _parts_beside(index: int, paragraphs: Sequence[Paragraph]) -> list[int]:
    """The list of a figure's parts right after its caption, or else right before it."""
    for step in (1, -1):
        found: list[int] = []
        at = index + step
        while 0 <= at < len(paragraphs) and (_is_part(paragraphs[at]) or _is_number(paragraphs[at])):
            found.append(at)
            at += step
        named = [one for one in found if _is_part(paragraphs[one])]
        if named and _begins_list(paragraphs[min(named)]) and sum(_size(paragraphs[one]) for one in named) > 1:
            return named
    return []


def _lists(paragraphs: Sequence[Paragraph]) -> list[tuple[int, int]]:
    """Where lists of parts begin and end that belong to no figure yet."""
    found: list[tuple[int, int]] = []
    first = 0
    while first < len(paragraphs):
        last = first
        while last < len(paragraphs) and not paragraphs[last].figure and _is_part(paragraphs[last]):
            last += 1
        if sum(map(_size, paragraphs[first:last])) >= _FEWEST_PARTS and _begins_list(paragraphs[first]):
            found.append((first, last))
        first = max(last, first + 1)
    return found


def _size(paragraph: Paragraph) -> int:
    """How many parts a paragraph, or a table, names."""
    grid = paragraph.grid
    return len(names_of_parts(paragraph)) if grid is None else sum(len([cell for cell in row if cell]) // 2 for row in grid)


def _is_part(paragraph: Paragraph) -> bool:
    """Whether a paragraph names a numbered part, or is a table that does: short, and no sentence as a step is."""
    if paragraph.grid is not None:
        rows = [[cell for cell in row if cell] for row in paragraph.grid]
        return len(rows) > 1 and all(row and len(row) % 2 == 0 and all(map(_is_label, row[::2])) for row in rows)
    return all(map(_names_part, names_of_parts(paragraph)))


def names_of_parts(paragraph: Paragraph) -> list[str]:
    """The paragraph as the names of parts that its lines are, or as one that runs over several lines."""
    lines = paragraph.lines
    return lines if len(lines) > 1 and not paragraph.marker and all(map(_names_part, lines)) else [paragraph.text]


def _names_part(text: str) -> bool:
    found = part_of_figure(text)
    return found is not None and len(text) <= _LONGEST_PART and not text.endswith((".", ":", "!", "?")) and not found[1].isdigit()


def _is_label(cell: str) -> bool:
    return _NUMBER.fullmatch(cell) is not None


def _is_number(paragraph: Paragraph) -> bool:
    return paragraph.grid is None and all(_is_label(word) for word in paragraph.text.split())


def _begins_list(paragraph: Paragraph) -> bool:
    text = paragraph.text if paragraph.grid is None else " ".join(cell for row in paragraph.grid for cell in row if cell)
    return _FIRST.fullmatch(text.partition(" ")[0]) is not None
