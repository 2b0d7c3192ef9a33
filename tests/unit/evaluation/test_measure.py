"""Measuring and checking files of questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import BackendUnavailable
from ragqa.evaluation.measure import check_file, evaluate_file
from ragqa.indexing.search.generations import Generations
from ragqa.types import Progress, QAPair

PAIRS = [QAPair("How long does the warranty last?", ("30 months",)), QAPair("What does E-24 mean?", ("The lid is open",))]

QUESTION = "How many watts does the lamp draw?"


def test_nothing_is_measured_by_words_only(asker_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be told as what the system reaches, and as changes of answers."""
    asker, file = asker_of(fallback="lexical"), tmp_path / "qa.jsonl"
    file.write_text(f'{{"question": "{QUESTION}", "answers": ["8 watts"]}}\n')

    def away(*_: object) -> None:
        raise BackendUnavailable("it is out of reach")

    monkeypatch.setattr(Generations, "at", away)
    assert asker.ask(QUESTION).fallback == "it is out of reach"
    for measured in (evaluate_file, check_file):
        with pytest.raises(BackendUnavailable, match="it is out of reach"):
            measured(asker, file)


def test_stopped_among_the_simpler_ways_it_was_interrupted(asker_of: Callable[..., Any]) -> None:
    told: list[Progress] = []
    report = evaluate_file(
        asker_of(), PAIRS, True, progress=told.append, stop=lambda: any(step.stage == "baseline" for step in told)
    )
    assert report.interrupted and not report.baselines and len(report.results) == len(PAIRS)


def test_not_stopped_it_was_not(asker_of: Callable[..., Any]) -> None:
    report = evaluate_file(asker_of(), PAIRS, True)
    assert not report.interrupted and len(report.baselines) == 2
    assert not evaluate_file(asker_of(), PAIRS).interrupted
