"""A page of a manual as a picture, in characters: each cell shows two by two points in its two colours, on any terminal."""

from __future__ import annotations

import io
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ragqa.types import Box, PagePicture, Spot

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GLYPHS = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"
"""By which of a cell's points have the darker colour: 1 upper left, 2 upper right, 4 lower left, 8 lower right."""

ZOOMS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0)
"""Widths of the page in widths of the view; 0: so that all of it is seen."""

_BEGIN = 1
_FLAT = 24
_STEP = 17


class PageWanted(Message):
    """Somebody wants to see a page of a manual, with what the spot marks there."""

    def __init__(self, spot: Spot) -> None:
        super().__init__()
        self.spot = spot


class PageView(ScrollView, can_focus=True):
    """A page picture to zoom and to move in; it begins at what is marked."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("plus,equals_sign", "zoom(1)", "Larger", key_display="+", show=True),
        Binding("minus", "zoom(-1)", "Smaller", key_display="-", show=True),
        Binding("0", "whole", "Whole page", show=True),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("right,l", "scroll_right", "Right", show=False),
        Binding("left,h", "scroll_left", "Left", show=False),
    ]

    def __init__(self, picture: PagePicture, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.picture = picture
        self._zoom = _BEGIN
        self._cells: tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]] | None = None

    def on_resize(self) -> None:
        self._draw()

    def action_zoom(self, step: int) -> None:
        self._zoom = max(0, min(self._zoom + step, len(ZOOMS) - 1))
        self._draw()

    def action_whole(self) -> None:
        self._zoom = 0
        self._draw()

    def _draw(self) -> None:
        """Make the cells anew, at what is marked."""
        columns, rows = self._cells_of_page()
        self._cells = quadrants(self.picture.png, columns, rows)
        self.virtual_size = Size(columns, rows)
        self.refresh()
        marked = self.picture.words[0] if self.picture.words else self.picture.box
        if marked is not None:
            self.scroll_to_region(_region(marked, columns, rows), animate=False, force=True, center=True)

    def _cells_of_page(self) -> tuple[int, int]:
        """How many columns and rows the page takes; a cell is twice as high as it is wide."""
        width, height = max(1, self.size.width), max(1, self.size.height)
        rows_to_columns = self.picture.height / self.picture.width / 2
        beside_bar = max(1, width - self.scrollbar_size_vertical)
        columns = round(ZOOMS[self._zoom] * beside_bar) or min(width, int(height / rows_to_columns))
        return max(1, columns), max(1, int(columns * rows_to_columns))

    def render_line(self, y: int) -> Strip:
        width, row, first = self.scrollable_content_region.width, y + int(self.scroll_y), int(self.scroll_x)
        base = self.rich_style
        if self._cells is None or row >= len(self._cells[0]):
            return Strip.blank(width, base)
        masks, dark, light = (part[row, first : first + width].tolist() for part in self._cells)
        segments = [Segment(GLYPHS[mask], _style(*front, *back)) for mask, front, back in zip(masks, dark, light, strict=True)]
        return Strip(segments).adjust_cell_length(width, base)


def quadrants(png: bytes, columns: int, rows: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture as cells, by row and column: which of their four points are dark, and the colours of dark and light ones."""
    import numpy as np
    from PIL import Image

    image = Image.open(io.BytesIO(png)).convert("RGB").resize((2 * columns, 2 * rows), Image.Resampling.BOX)
    pairs = np.asarray(image, dtype=np.int16).reshape(rows, 2, columns, 2, 3)
    points = pairs.transpose(0, 2, 1, 3, 4).reshape(rows, columns, 4, 3)
    bright = points @ np.array([30, 59, 11]) // 100
    middle = (bright.max(axis=2, keepdims=True) + bright.min(axis=2, keepdims=True)) // 2
    is_dark = (bright < middle) & (np.ptp(bright, axis=2, keepdims=True) > _FLAT)
    masks = is_dark @ np.array([1, 2, 4, 8])
    dark, light = _mean(points, is_dark), _mean(points, ~is_dark)
    return masks.astype(np.uint8), dark, light


def _mean(points: NDArray[np.int16], chosen: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The mean colour of a cell's chosen points, in steps, so that few styles do; black where none is chosen."""
    import numpy as np

    total = (points * chosen[..., None]).sum(axis=2)
    mean = total / np.maximum(chosen.sum(axis=2), 1)[..., None]
    return (np.round(mean / _STEP) * _STEP).astype(np.uint8)


def _region(box: Box, columns: int, rows: int) -> Region:
    left, top, right, bottom = box
    x, y = int(left * columns), int(top * rows)
    return Region(x, y, max(1, round(right * columns) - x), max(1, round(bottom * rows) - y))


@lru_cache(maxsize=8192)
def _style(red: int, green: int, blue: int, back_red: int, back_green: int, back_blue: int) -> Style:
    return Style.parse(f"rgb({red},{green},{blue}) on rgb({back_red},{back_green},{back_blue})")
