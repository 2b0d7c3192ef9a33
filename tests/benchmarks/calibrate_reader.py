"""Fits the default reader's confidence and threshold.

    python tests/benchmarks/calibrate_reader.py SQUAD_FOLDER --home HOME --squad squad --demo demo [--write ragqa/models/default]

On questions of SQuAD train that it was not trained on, asked over every paragraph of SQuAD, each as it is and with its own
article kept out of reach, so that there is nothing to find; and on the sample questions about manuals that `ragqa demo --full`
teaches, not on those it tests. About one question in five that people ask manuals has no answer there, so the questions without
their article count a quarter. The SQuAD index is made by `squad_library.py` and `ragqa ingest`, the other one by `ragqa demo`.
Dev questions are not used.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from squad_library import questions

from ragqa import RagQA
from ragqa.answering.readers import Calibration, Reader, ReaderSettings, load_reader
from ragqa.demo.tour import lesson_and_test, sample_pairs
from ragqa.evaluation.calibration import expected_calibration_error
from ragqa.training.calibrate import Case, best_span, candidates, fit, fit_calibration
from ragqa.types import QAPair

UNANSWERABLE_WEIGHT = 0.25


def squad_cases(qa: RagQA, reader: Reader, squad: Path, count: int) -> list[Case]:
    """Each question with and without its article in reach."""
    cases = []
    for number, asked in enumerate(questions(squad, "train-v1.1", count, unseen=True), start=1):
        article = asked.document.rsplit("/", 1)[0]
        pair = QAPair(asked.text, asked.answers)
        top_k = qa.settings.ask.top_k
        hits = qa.search(asked.text, top_k=top_k + 60)
        foreign = [hit for hit in hits if not hit.document.startswith(f"{article}/")][:top_k]
        cases.append(candidates(qa.opened, reader, pair, hits[:top_k]))
        cases.append(candidates(qa.opened, reader, replace(pair, answers=()), foreign, UNANSWERABLE_WEIGHT))
        if number % 100 == 0:
            print(f"{number} questions", flush=True)
    return cases


def manual_cases(qa: RagQA, reader: Reader, pairs: Sequence[QAPair]) -> list[Case]:
    return [candidates(qa.opened, reader, pair, qa.search(pair.question)) for pair in pairs]


def figures(probabilities: Sequence[float], right: Sequence[bool], weights: Sequence[float]) -> str:
    error = expected_calibration_error(probabilities, right, weights=weights)
    return f"ECE {error:.3f}, AUC of right against wrong {roc_auc_score(right, probabilities):.3f}, {len(right)} questions"


MANUALS = 3.0
"""How much the sample manuals' questions count, all in all, beside those on SQuAD: few, but what manuals look like."""


def weighted(cases: Sequence[Case], total: float) -> list[Case]:
    """The cases with their weights scaled to a sum."""
    scale = total / sum(case.weight for case in cases)
    return [replace(case, weight=case.weight * scale) for case in cases]


def best_threshold(probabilities: Sequence[float], right: Sequence[bool], weights: Sequence[float]) -> float:
    """A wrong answer costs a third of what a right one gains: a person sees the source beside it, and reads on."""
    values, gains = np.asarray(probabilities), np.where(right, 1.0, -1 / 3) * np.asarray(weights)
    return float(max(np.linspace(0.05, 0.6, 56), key=lambda threshold: gains[values >= threshold].sum()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--demo-home")
    parser.add_argument("--squad", default="squad")
    parser.add_argument("--demo", default="demo")
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--reader", default="default")
    parser.add_argument("--write", type=Path, help="reader folder whose ragqa.json gets the result")
    options = parser.parse_args()
    reader = load_reader(options.reader)
    demo = RagQA(options.demo, home=options.demo_home or options.home)
    taught, tested = (manual_cases(demo, reader, pairs) for pairs in lesson_and_test(sample_pairs()))
    squad = squad_cases(RagQA(options.squad, home=options.home), reader, options.folder, options.questions)
    kept = [case for case in taught if len(case.f1)]
    test = [case for case in tested if len(case.f1)]
    both = [case for case in squad if len(case.f1)]
    mixed = both + weighted(kept, MANUALS * sum(case.weight for case in both))
    start = Calibration(margin=0.3)
    calibration = fit_calibration(mixed, start)
    held_out = fit(both, start)
    print("SQuAD, held-out folds of a fit on SQuAD:", figures(held_out.held_out, held_out.right, held_out.weights))
    probabilities, right = zip(*(best_span(case, calibration) for case in test), strict=True)
    print("sample manuals, the part not fitted:", figures(probabilities, right, [1.0] * len(test)))
    probabilities, right = zip(*(best_span(case, calibration) for case in both), strict=True)
    weights = [case.weight for case in both]
    print("SQuAD, fitted:", figures(probabilities, right, weights))
    every = [best_span(case, calibration) for case in mixed]
    threshold = best_threshold(*zip(*every, strict=True), [case.weight for case in mixed])
    print(calibration, f"threshold {threshold:.2f}")
    if options.write:
        settings = ReaderSettings.load(options.write)
        replace(settings, calibration=calibration, threshold=round(threshold, 2)).save(options.write)


if __name__ == "__main__":
    main()
