"""The guided tour: sample manuals, three questions, and how well the sample question/answer pairs come out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from ragqa.engine import RagQA
from ragqa.evaluation.metrics import exact_match, f1
from ragqa.types import Progress

INDEX = "demo"
QUESTIONS = (
    "What does E-24 mean on the espresso machine?",
    "How tight should the shower screen screw be?",
    "Does the espresso machine have a Bluetooth app?",
)


@contextmanager
def manuals_folder() -> Iterator[Path]:
    """The sample manuals as a folder on disk."""
    with as_file(files("ragqa.demo") / "manuals") as folder:
        yield folder


def sample_pairs() -> list[dict[str, Any]]:
    """The sample question/answer pairs; `answer` is None where the manuals do not say."""
    text = (files("ragqa.demo") / "qa.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def score_pairs(qa: RagQA, progress: Callable[[Progress], None] = lambda step: None) -> dict[str, float]:
    """Ask every sample question and sum up, in percent.

    Exact match and F1 are over the answerable ones, with the best span whether or not the system would have abstained;
    abstention is counted on both kinds.
    """
    pairs = sample_pairs()
    exact, overlap, kept, right_document, silent = [], [], [], [], []
    began = time.monotonic()
    for number, pair in enumerate(pairs, start=1):
        response = qa.ask(pair["question"])
        best = response[0].text if len(response) else ""
        if pair["answer"] is None:
            silent.append(float(not response.answered))
        else:
            accepted = pair.get("answers") or [pair["answer"]]
            exact.append(exact_match(best, accepted))
            overlap.append(f1(best, accepted))
            kept.append(float(response.answered))
            right_document.append(float(bool(len(response)) and response[0].document == pair["document"]))
        seconds = time.monotonic() - began
        progress(Progress("ask", number, len(pairs), pair["question"], number, len(pairs), seconds=seconds))
    return {
        "answerable questions": len(exact),
        "exact match": _percent(exact),
        "F1": _percent(overlap),
        "right manual": _percent(right_document),
        "answered": _percent(kept),
        "unanswerable questions": len(silent),
        "abstained": _percent(silent),
    }


def _percent(values: list[float]) -> float:
    return 100 * sum(values) / len(values)
