r"""Fits a reader's confidence and threshold on manuals that it was not taught on, and tests both on others.

    python tests/benchmarks/manual_library.py OUT && ragqa ingest OUT/held-out --index manuals
    python tests/benchmarks/calibrate_on_manuals.py OUT --index manuals --effort auto --wrong-costs .667 \
        --write ragqa/models/accurate
    python tests/benchmarks/calibrate_on_manuals.py OUT --index manuals --effort fast --write ragqa/models/default

Fitted on OUT/held-out-fit.jsonl, tested on OUT/held-out-test.jsonl: other manuals of the same kinds in the same index.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ragqa import RagQA
from ragqa.answering.asker import Asker
from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.config import DEFAULT_READER
from ragqa.evaluation.calibration import expected_calibration_error, risk_coverage
from ragqa.questions.pairs import read_pairs
from ragqa.training.calibrate import best_span, fit_served
from ragqa.training.collect import Collected, collect
from ragqa.types import QAPair

ACCURACY = 0.8
"""The share of right ones among what is answered, at which the coverage is told."""


def cases_of(asker: Asker, pairs: Sequence[QAPair]) -> tuple[list[Collected], list[bool]]:
    """What is read for each question in which the reader finds anything, and whether the manuals answer it."""
    cases = collect(asker, pairs, lambda done: print(f"{done} questions", flush=True) if done % 200 == 0 else None)
    found = [(case, bool(pair.answers)) for pair, case in zip(pairs, cases, strict=True) if case.right]
    return [case for case, _ in found], [answerable for _, answerable in found]


def served(cases: Sequence[Collected], calibration: Calibration) -> tuple[list[float], list[bool]]:
    """The confidence that `ask` would give to each question with this calibration, and whether its answer is right."""
    said = [best_span(case.served(calibration), calibration) for case in cases]
    return [probability for probability, _ in said], [right for _, right in said]


def figures(
    cases: Sequence[Collected], answerable: Sequence[bool], calibration: Calibration, threshold: float
) -> dict[str, float]:
    """How well answers are found and told from what the manuals do not say."""
    probabilities, right = served(cases, calibration)
    known = np.asarray(answerable)
    answered = np.asarray(probabilities) >= threshold
    curve = [point.coverage for point in risk_coverage(probabilities, right) if 1 - point.risk >= ACCURACY]
    return {
        "questions": len(cases),
        "right at 1": round(float(np.asarray(right)[known].mean()), 4),
        "answered": round(float(answered.mean()), 4),
        "right of those": round(float(np.asarray(right)[answered].mean()), 4),
        "refusal recall": round(float((~answered)[~known].mean()), 4),
        "refusal precision": round(float((~known)[~answered].mean()), 4),
        "coverage at 80 %": round(max(curve, default=0.0), 4),
        "ECE": round(expected_calibration_error(probabilities, right), 4),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="manuals")
    parser.add_argument("--reader", default=DEFAULT_READER)
    parser.add_argument("--effort", default="auto")
    parser.add_argument("--questions", type=int, default=1000, help="on either side")
    parser.add_argument("--wrong-costs", type=float, default=0.5, help="what a wrong answer costs, where a right one gains 1")
    parser.add_argument("--keep-ranking", action="store_true", help="fit the confidence alone")
    parser.add_argument("--write", type=Path, metavar="FOLDER", help="put the result into the ragqa.json of a reader's folder")
    options = parser.parse_args()
    asker = RagQA(options.index, home=options.home, reader=options.reader, effort=options.effort).asker
    (fitted, _), (tested, answerable) = (
        cases_of(asker, random.Random(13).sample(pairs, min(options.questions, len(pairs))))
        for pairs in (read_pairs(options.folder / f"held-out-{part}.jsonl").pairs for part in ("fit", "test"))
    )
    before = asker.reader.settings
    keep = options.keep_ranking
    calibration = fit_served(fitted, before.calibration if keep else Calibration(margin=0.3), keep)
    cost = options.wrong_costs
    threshold = round(cost / (1 + cost), 2)  # of a true probability: there an answer gains what it costs
    print("as it was:", json.dumps(figures(tested, answerable, before.calibration, before.threshold)))
    print("fitted:", json.dumps(figures(tested, answerable, calibration, threshold)), f"threshold {threshold}")
    print(calibration)
    if options.write:
        replace(ReaderSettings.load(options.write), calibration=calibration, threshold=threshold).save(options.write)


if __name__ == "__main__":
    main()
