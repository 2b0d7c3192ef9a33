"""Pages as warnings name them."""

from __future__ import annotations

from collections.abc import Sequence


def counted(numbers: Sequence[int]) -> str:
    """ "1 page", "3 pages"."""
    return "1 page" if len(numbers) == 1 else f"{len(numbers)} pages"


def ranges(numbers: Sequence[int]) -> str:
    """ "2, 5-6" for 2, 5, 6."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
