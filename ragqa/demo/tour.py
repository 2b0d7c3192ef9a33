"""The guided tour: sample manuals, three questions, and what the sample question/answer pairs measure and teach."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.errors import IndexMismatch
from ragqa.questions.pairs import read_pairs
from ragqa.types import IngestReport, Progress, QAPair

if TYPE_CHECKING:
    from ragqa.engine import RagQA

INDEX = "demo"
READER = "demo-learnt"
QUESTIONS = (
    "What does E-24 mean on the espresso machine?",
    "How tight should the shower screen screw be?",
    "Does the espresso machine have a Bluetooth app?",
)
TAUGHT = 0.6
"""Share of the sample pairs to train on; the others test what came of it."""


@contextmanager
def manuals_folder() -> Iterator[Path]:
    """The sample manuals as a folder on disk."""
    with as_file(files("ragqa.demo") / "manuals") as folder:
        yield folder


def read_samples(
    qa: RagQA,
    progress: Callable[[Progress], None] = lambda step: None,
    anew: Callable[[str], None] = lambda why: None,
    embed: bool = True,
) -> IngestReport:
    """Bring an index up to the sample manuals; one of another version is made anew, and `anew` told why. Without `embed` they get
    no vectors, and are found by their words. Raises RagqaError."""
    with manuals_folder() as folder:
        try:
            return qa.ingest(folder, progress=progress, embed=embed)
        except IndexMismatch as error:
            anew(error.message)
            qa.remove(keep_uploads=True)
            return qa.ingest(folder, progress=progress, embed=embed)


def sample_pairs() -> tuple[QAPair, ...]:
    """The sample question/answer pairs."""
    with as_file(files("ragqa.demo") / "qa.jsonl") as file:
        return read_pairs(file).pairs


def lesson_and_test(pairs: Sequence[QAPair], seed: int = 13) -> tuple[list[QAPair], list[QAPair]]:
    """Pairs to train on and pairs to test on, with no section of a manual on both sides."""
    sections = sorted({_section(pair) for pair in pairs})
    random.Random(seed).shuffle(sections)
    taught: set[tuple[str, str]] = set()
    for section in sections:
        if sum(_section(pair) in taught for pair in pairs) < TAUGHT * len(pairs):
            taught.add(section)
    return [pair for pair in pairs if _section(pair) in taught], [pair for pair in pairs if _section(pair) not in taught]


def _section(pair: QAPair) -> tuple[str, str]:
    """Where the answer stands; a question without one is a place of its own."""
    return (pair.document, pair.section or "") if pair.document else ("", pair.question)
