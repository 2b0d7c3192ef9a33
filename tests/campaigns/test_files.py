"""The short forms of the campaigns: the same changes to files, fewer of them; constructs at a tenth of the size."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import files
import growth
from constructs import all_constructs


def test_mutated_files_are_documents_or_one_line() -> None:
    counts, told = files.run(40, seed=2, quiet=True)
    assert counts["document"] > 10 and counts["refused"] > 5
    assert counts["document"] + counts["refused"] == 40, told


def test_mutations_are_the_same_for_the_same_seed() -> None:
    plain = (".md", ".txt", ".rtf", ".csv")  # the others are made for it and bear the time
    once, again = ([one for one in files.files(60, 5) if one[0].endswith(plain)] for _ in range(2))
    assert once == again != []


GREW = (
    (".html", "nested list"), (".md", "[["), (".ods", "repeated cells"), (".rst", "stars and letters"), (".rst", "references"),
)  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="measures in copies of this process")
@pytest.mark.parametrize(("suffix", "name"), GREW)
def test_what_grew_once_does_not_grow_again(suffix: str, name: str) -> None:
    """These took longer at 100 kB, or did not end: a process has six seconds of the processor."""
    (construct,) = [one for one in all_constructs() if (one.suffix, one.name) == (suffix, name)]
    assert math.isfinite(growth.in_a_process(construct.make(100_000), f"file{suffix}", 6))
