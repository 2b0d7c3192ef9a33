"""A scan put straight: turned by quarters and by the small angle at which it lay on the glass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ragqa.parsing.ocr.engine import Picture

_WIDEST_TILT = 6.0
_COARSE, _FINE = 0.5, 0.1
_LEAST_TILT = 0.15
_LEAST_INK, _MOST_INK = 50, 60_000
_LOOKED_AT = 1000
_GAIN = 1.05
_WHITE = 255


def dark_on_light(picture: Picture) -> Picture:
    """The picture with its paper lighter than its ink."""
    return _WHITE - picture if picture.size and float(np.median(picture)) < 100 else picture


def threshold(picture: Picture) -> int:
    """The shade that parts ink from paper best (Otsu)."""
    counts = np.bincount(picture.ravel(), minlength=256).astype(np.float64)
    shades = np.arange(256)
    below = np.cumsum(counts)
    above = below[-1] - below
    sums = np.cumsum(counts * shades)
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = below * above * (sums / below - (sums[-1] - sums) / above) ** 2
    return int(np.argmax(np.nan_to_num(apart)))


def is_blank(picture: Picture) -> bool:
    """Whether nothing stands on the page: all of it is one shade, or close to it."""
    return picture.size == 0 or int(picture.max()) - int(picture.min()) < 24


def turned(picture: Picture, quarters: int) -> Picture:
    """The picture turned so many quarters to the left."""
    return np.ascontiguousarray(np.rot90(picture, quarters))


def straightened(picture: Picture) -> tuple[Picture, float]:
    """The picture without the tilt of its lines, and by how many degrees it was turned to the left; it grows by the corners that
    turn out of it."""
    angle = tilt(picture)
    if abs(angle) < _LEAST_TILT:
        return picture, 0.0
    paper = int(np.median(picture))
    image = Image.fromarray(picture).rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=paper)
    return np.asarray(image, np.uint8), angle


def tilt(picture: Picture) -> float:
    """By how many degrees the lines fall to the right: the angle at which ink gathers into the fewest rows."""
    step = max(1, max(picture.shape) // _LOOKED_AT)
    height, width = (side // step * step for side in picture.shape)
    if not height or not width:
        return 0.0
    small = picture[:height, :width].reshape(height // step, step, width // step, step).min(axis=(1, 3))
    ink = np.argwhere(small <= threshold(small)).astype(np.float64)
    if len(ink) < _LEAST_INK:
        return 0.0
    rows, columns = ink[:: max(1, len(ink) // _MOST_INK)].T
    best = _sharpest(rows, columns, np.arange(-_WIDEST_TILT, _WIDEST_TILT + _COARSE / 2, _COARSE))
    best = _sharpest(rows, columns, best + np.arange(-_COARSE, _COARSE + _FINE / 2, _FINE))
    return best if _sharpness(rows, columns, best) > _GAIN * _sharpness(rows, columns, 0.0) else 0.0


def _sharpest(rows: NDArray[np.float64], columns: NDArray[np.float64], angles: NDArray[np.float64]) -> float:
    return float(max(angles, key=lambda angle: _sharpness(rows, columns, float(angle))))


def _sharpness(rows: NDArray[np.float64], columns: NDArray[np.float64], angle: float) -> float:
    """How unevenly the ink is spread over rows that fall to the right by this angle."""
    along = np.radians(angle)
    heights = np.round(rows * np.cos(along) - columns * np.sin(along)).astype(np.int64)
    profile = np.bincount(heights - heights.min()).astype(np.float64)
    return float((np.diff(profile) ** 2).sum())
