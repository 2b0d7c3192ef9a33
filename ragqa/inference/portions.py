"""Texts that are embedded one portion after another, with looks at the clock between them."""

from __future__ import annotations

from collections.abc import Sequence

PORTION_CHARACTERS = 16_000
"""Some 4,000 tokens: few seconds on a slow CPU."""


def by_length(texts: Sequence[str]) -> list[list[int]]:
    """The numbers of the texts, each once, shortest first, in portions of up to PORTION_CHARACTERS: texts of like length, which
    pad each other little."""
    portions: list[list[int]] = []
    held = PORTION_CHARACTERS
    for number in sorted(range(len(texts)), key=lambda number: len(texts[number])):
        length = len(texts[number])
        if not portions or held + length > PORTION_CHARACTERS:
            portions.append([])
            held = 0
        portions[-1].append(number)
        held += length
    return portions
