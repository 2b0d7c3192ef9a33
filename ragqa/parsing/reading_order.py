"""The order in which a person reads boxes that stand on a slide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Content = TypeVar("Content")

_SLACK = 0.1
_ROWS_OF_A_GRID = 3
_MOST_BOXES = 500


@dataclass(frozen=True, slots=True)
class Box(Generic[Content]):
    """Something at a place; the unit does not matter."""

    left: float
    top: float
    width: float
    height: float
    content: Content

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


def in_reading_order(boxes: Sequence[Box[Content]]) -> list[Box[Content]]:
    """Band by band from the top; in a band, column by column, but a grid of many rows row by row."""
    if len(boxes) < 2 or len(boxes) > _MOST_BOXES:
        return sorted(boxes, key=lambda box: (box.top, box.left))
    columns = _columns(boxes)
    if len(columns) > 1 and not _is_grid(columns):
        return [box for column in columns for box in in_reading_order(column)]
    bands = _parted(boxes, lambda box: (box.top, box.bottom))
    if len(bands) > 1:
        return [box for band in (bands if len(columns) > 1 else _joined(bands)) for box in in_reading_order(band)]
    return sorted(boxes, key=lambda box: (box.top, box.left))


def _joined(bands: list[list[Box[Content]]]) -> list[list[Box[Content]]]:
    """Bands under each other whose boxes stand in the same columns are one."""
    joined: list[list[Box[Content]]] = []
    width = 0
    for band in bands:
        columns = len(_columns(band))
        if joined and columns > 1 and columns == width == len(_columns([*joined[-1], *band])):
            joined[-1] = [*joined[-1], *band]
        else:
            joined.append(band)
        width = columns
    return joined


def _columns(boxes: Sequence[Box[Content]]) -> list[list[Box[Content]]]:
    return _parted(boxes, lambda box: (box.left, box.right))


def _parted(boxes: Sequence[Box[Content]], extent: Callable[[Box[Content]], tuple[float, float]]) -> list[list[Box[Content]]]:
    """The boxes in groups between which nothing stands; a slight overlap is none."""
    groups: list[list[Box[Content]]] = []
    end = 0.0
    for box in sorted(boxes, key=lambda box: extent(box)[0]):
        first, last = extent(box)
        if groups and first < end - _SLACK * (last - first):
            groups[-1].append(box)
        else:
            groups.append([box])
        end = max(end, last) if len(groups[-1]) > 1 else last
    return groups


def _is_grid(columns: list[list[Box[Content]]]) -> bool:
    """Whether the columns are those of a table drawn with boxes: many rows, which begin at the same heights."""
    tops = [sorted(box.top for box in column) for column in columns]
    if len({len(column) for column in tops}) != 1 or len(tops[0]) < _ROWS_OF_A_GRID:
        return False
    heights = min(box.height for column in columns for box in column) or 1.0
    return all(max(row) - min(row) <= heights / 2 for row in zip(*tops, strict=True))
