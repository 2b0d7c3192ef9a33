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
    counts, told = files.run(80, seed=2, quiet=True)
    assert counts["document"] > 20 and counts["refused"] > 10
    assert counts["document"] + counts["refused"] == 80, told


def test_mutations_are_the_same_for_the_same_seed() -> None:
    assert [(name, hash(data)) for name, data in files.files(20, 5)] == [(name, hash(data)) for name, data in files.files(20, 5)]


GREW = (
    (".html", "nested list"), (".html", "nested sup"), (".html", "one select"), (".html", "rowspan in one table"), (".md", "[["), (".ods", "repeated cells"),
)  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "fork"), reason="measures in copies of this process")
@pytest.mark.parametrize(("suffix", "name"), GREW)
def test_what_grew_once_does_not_grow_again(suffix: str, name: str) -> None:
    """These took minutes at such sizes, or did not end: a process has ten seconds of the processor for each."""
    (construct,) = [one for one in all_constructs() if (one.suffix, one.name) == (suffix, name)]
    assert all(map(math.isfinite, growth.measure(construct, 100_000, 10)))
