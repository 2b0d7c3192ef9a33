"""A file of question/answer pairs to a report, or to a check: what of it can be used, asked in its scope."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypedDict, Unpack

from ragqa.answering.asker import Asker
from ragqa.evaluation.baselines import evaluate_baselines
from ragqa.evaluation.check import CheckReport, check
from ragqa.evaluation.evaluate import Scope, evaluate
from ragqa.evaluation.results import Report
from ragqa.metadata import Given, wanted
from ragqa.questions.pairs import pairs_to_ask
from ragqa.types import QAPair, Stop, Tell, never, silent


class Asking(TypedDict, total=False):
    """How the questions of a file are asked; each may be left out."""

    document: str | None
    """A glob: only documents that match it are looked into."""
    metadata: Given | None
    """Only documents that have it are looked into: see `ragqa.metadata`."""
    use_document: bool
    """Look each question up only in the document that its pair names."""
    strict: bool
    """Refuse a file with a line that cannot be used."""
    progress: Tell
    """Told of every question."""
    stop: Stop
    """Asked before each question; ends with those asked so far."""


def evaluate_file(
    asker: Asker, given: str | Path | Sequence[QAPair], baseline: bool = False, limit: int | None = None, **asking: Unpack[Asking]
) -> Report:
    """Measure the pairs of a file, or these pairs, or `limit` of them, taken evenly; with `baseline` simpler ways too.

    Raises UsageError for a file that is none, or holds no pair, and BackendUnavailable whatever the settings say: figures of
    searches by words only are not those of the system.
    """
    asker = asker.never_by_words_alone()
    pairs, problems = pairs_to_ask(given, limit, asking.get("strict", False))
    how = asking.get("progress", silent), asking.get("stop", never), _scope(asking)
    report = evaluate(asker, pairs, *how)
    simpler = evaluate_baselines(asker, pairs, *how) if baseline else ()
    stopped = report.interrupted or (baseline and not simpler)
    return replace(report, baselines=simpler, problems=problems, interrupted=stopped)


def check_file(asker: Asker, file: Path, update: bool = False, **asking: Unpack[Asking]) -> CheckReport:
    """Check the pairs of a file against what they got when last checked. Raises UsageError or StorageError, and
    BackendUnavailable as `evaluate_file` does."""
    asker = asker.never_by_words_alone()
    pairs, problems = pairs_to_ask(file, strict=asking.get("strict", False))
    how = asking.get("progress", silent), asking.get("stop", never), _scope(asking)
    return replace(check(asker, file.name, pairs, *how, update), problems=problems)


def _scope(asking: Asking) -> Scope:
    return Scope(asking.get("document"), asking.get("use_document", False), wanted(asking.get("metadata")))
