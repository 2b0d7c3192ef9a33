"""Pages as warnings name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def counted(numbers: Sequence[int]) -> str:
    """ "1 page", "3 pages"."""
    return "1 page" if len(numbers) == 1 else f"{len(numbers)} pages"


def ranges(numbers: Iterable[int]) -> str:
    """ "2, 5-6" for 2, 5, 6."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def on_pages(numbers: Iterable[int]) -> str:
    """ "page 2" or "pages 2, 5-6"."""
    different = set(numbers)
    return f"page{'s' if len(different) > 1 else ''} {ranges(different)}"
