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
from ragqa.answering.asker import Asker
from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.demo.tour import lesson_and_test, sample_pairs
from ragqa.evaluation.calibration import expected_calibration_error
from ragqa.training.calibrate import best_span, fit, fit_served
from ragqa.training.collect import Collected, collect, collected
from ragqa.types import QAPair

UNANSWERABLE_WEIGHT = 0.25


def squad_cases(asker: Asker, squad: Path, count: int) -> list[Collected]:
    """Each question with and without its article in reach."""
    cases, top_k = [], asker.settings.top_k
    for number, asked in enumerate(questions(squad, "train-v1.1", count, unseen=True), start=1):
        article = asked.document.rsplit("/", 1)[0]
        pair = QAPair(asked.text, asked.answers)
        hits = asker.retrieve(asked.text, top_k=top_k + 60)
        foreign = [hit for hit in hits if not hit.document.startswith(f"{article}/")][:top_k]
        cases.append(collected(asker, pair, hits[:top_k]))
        cases.append(collected(asker, replace(pair, answers=()), foreign, UNANSWERABLE_WEIGHT))
        if number % 100 == 0:
            print(f"{number} questions", flush=True)
    return cases


def with_spans(cases: Sequence[Collected]) -> list[Collected]:
    """The cases in which the reader found anything at all."""
    return [case for case in cases if case.right]


def served(cases: Sequence[Collected], calibration: Calibration) -> tuple[list[float], list[bool]]:
    """The confidence that `ask` would give to each question with this calibration, and whether its answer is right."""
    said = [best_span(case.served(calibration), calibration) for case in cases]
    return [probability for probability, _ in said], [right for _, right in said]


def figures(probabilities: Sequence[float], right: Sequence[bool], weights: Sequence[float]) -> str:
    error = expected_calibration_error(probabilities, right, weights=weights)
    return f"ECE {error:.3f}, AUC of right against wrong {roc_auc_score(right, probabilities):.3f}, {len(right)} questions"


MANUALS = 3.0
"""How much the sample manuals' questions count, all in all, beside those on SQuAD: few, but what manuals look like."""


def weighted(cases: Sequence[Collected], total: float) -> list[Collected]:
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
    demo = RagQA(options.demo, home=options.demo_home or options.home, reader=options.reader).asker
    squad = RagQA(options.squad, home=options.home, reader=options.reader).asker
    kept, test = (with_spans(collect(demo, pairs)) for pairs in lesson_and_test(sample_pairs()))
    both = with_spans(squad_cases(squad, options.folder, options.questions))
    mixed = both + weighted(kept, MANUALS * sum(case.weight for case in both))
    start = Calibration(margin=0.3)
    calibration = fit_served(mixed, start)
    held_out = fit(both, start)
    print("SQuAD, held-out folds of a fit on SQuAD:", figures(held_out.held_out, held_out.right, held_out.weights))
    print("sample manuals, the part not fitted:", figures(*served(test, calibration), [1.0] * len(test)))
    print("SQuAD, fitted:", figures(*served(both, calibration), [case.weight for case in both]))
    threshold = best_threshold(*served(mixed, calibration), [case.weight for case in mixed])
    print(calibration, f"threshold {threshold:.2f}")
    if options.write:
        settings = ReaderSettings.load(options.write)
        replace(settings, calibration=calibration, threshold=round(threshold, 2)).save(options.write)


if __name__ == "__main__":
    main()
