"""The straight lines of a picture, and the dots that lead from a heading to its page number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ragqa.parsing.ocr.recognised import Rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ink = NDArray[np.bool_]

_THICKEST = 0.012
_MOST = 2000


def rules_across(ink: Ink, shortest: int) -> list[Rule]:
    """The horizontal lines that are at least so long, as (y, left, right). What is thick is a surface and no line."""
    if ink.shape[1] <= shortest or not ink.size:
        return []
    long = _in_long_runs(ink, shortest)
    thickest = max(3, round(_THICKEST * min(ink.shape)))
    open_rules: list[list[int]] = []  # first row, last row, left, right
    done: list[list[int]] = []
    for row in np.flatnonzero(long.any(axis=1)):
        for left, right in _runs(long[row]):
            for rule in open_rules:
                if rule[1] >= row - 2 and left < rule[3] and right > rule[2]:
                    rule[1:] = [int(row), min(left, rule[2]), max(right, rule[3])]
                    break
            else:
                open_rules.append([int(row), int(row), left, right])
        done += [rule for rule in open_rules if rule[1] < row - 2]
        open_rules = [rule for rule in open_rules if rule[1] >= row - 2]
        if len(done) > _MOST:
            break
    return [
        ((first + last) / 2, float(left), float(right))
        for first, last, left, right in done + open_rules
        if last - first < thickest and right - left >= shortest
    ]


def rules_upright(ink: Ink, shortest: int) -> list[Rule]:
    """The vertical lines that are at least so long, as (x, top, bottom)."""
    return rules_across(np.ascontiguousarray(ink.T), shortest)


def are_joined_by_dots(gap: Ink) -> bool:
    """Whether small dots run all along between two texts, at their foot."""
    height, width = gap.shape
    if width < 2 * height or not height:
        return False
    foot = gap[int(0.4 * height) :]
    if gap[: int(0.3 * height)].any(axis=0).mean() > 0.05:
        return False
    dotted = np.asarray(foot.any(axis=0))
    dots = int((dotted[1:] & ~dotted[:-1]).sum())
    return dots >= 5 and dots >= width / (1.5 * height) and 0.1 < float(dotted.mean()) < 0.85


def _in_long_runs(ink: Ink, shortest: int) -> Ink:
    """The ink that lies in runs of at least `shortest` along its row; a hole of a pixel or two is none."""
    filled = ink.copy()
    filled[:, 1:-1] |= ink[:, :-2] & ink[:, 2:]
    sums = np.cumsum(np.pad(filled, ((0, 0), (1, 0))), axis=1, dtype=np.int32)
    begins = sums[:, shortest:] - sums[:, :-shortest] == shortest
    marks = np.zeros((ink.shape[0], ink.shape[1] + 1), np.int32)
    marks[:, : begins.shape[1]] += begins
    marks[:, shortest : shortest + begins.shape[1]] -= begins[:, : marks.shape[1] - shortest]
    return np.cumsum(marks, axis=1)[:, :-1] > 0


def _runs(row: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], row.view(np.int8), [0]))))
    return [(int(left), int(right)) for left, right in zip(edges[::2], edges[1::2], strict=True)]
