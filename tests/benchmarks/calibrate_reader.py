"""Fits the default reader's confidence and threshold on questions of SQuAD train, asked over every paragraph of SQuAD.

    python tests/benchmarks/calibrate_reader.py SQUAD_FOLDER --home HOME --index squad --questions 1500 --save FEATURES.json
    python tests/benchmarks/calibrate_reader.py --features FEATURES.json --write ragqa/models/default

Each question is asked twice: as it is, and with every paragraph of its own article kept out of reach, so that there is nothing to
find. Of the questions people ask manuals, about one in five has no answer there, so the second kind counts a quarter. The index
is made by `squad_library.py` and `ragqa ingest`. Dev questions are not used.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from squad_library import Question, questions

from ragqa import RagQA
from ragqa.answering.evidence import Evidence
from ragqa.answering.read import distinct_spans, passage_of, rank
from ragqa.answering.reader import Calibration, ReaderSettings
from ragqa.evaluation.metrics import exact_match, f1
from ragqa.types import Hit

FEATURES = ("margin", "null", "dense", "lexical", "near")
CANDIDATES = 20
PARTS = ("with", "without")
UNANSWERABLE_WEIGHT = 0.25


def candidates(qa: RagQA, question: Question, hits: list[Hit]) -> list[dict]:
    """The best spans by margin, with their features and how right they are."""
    blocks = [qa.opened.blocks(hit.document_id, hit.chunk.start, hit.chunk.end) for hit in hits]
    passages = [passage_of(hit, held) for hit, held in zip(hits, blocks, strict=True)]
    reading = qa.reader.read(question.text, passages)
    ranked = rank(reading, hits, Evidence(question.text, hits, blocks), Calibration(margin=0.1))
    rows = []
    for candidate in distinct_spans(ranked, CANDIDATES):
        start = candidate.hit.chunk.start
        text = candidate.hit.chunk.text[candidate.start - start : candidate.end - start]
        rows.append({**candidate.features, "exact": exact_match(text, question.answers), "f1": f1(text, question.answers)})
    return rows


def collect(qa: RagQA, asked: list[Question], top_k: int) -> list[dict]:
    """For each question its candidates with and without its article in reach."""
    collected = []
    for number, question in enumerate(asked, start=1):
        article = question.document.rsplit("/", 1)[0]
        hits = qa.search(question.text, top_k=top_k + 60)
        foreign = [hit for hit in hits if not hit.document.startswith(f"{article}/")][:top_k]
        collected.append({"with": candidates(qa, question, hits[:top_k]), "without": candidates(qa, question, foreign)})
        if number % 100 == 0:
            print(f"{number}/{len(asked)}", flush=True)
    return collected


def matrix(rows: list[dict]) -> np.ndarray:
    return np.array([[row[name] for name in FEATURES] for row in rows], dtype=float)


def fit(collected: list[dict]) -> tuple[Calibration, float, dict[str, float]]:
    """The calibration, the threshold that best separates right from wrong, and figures on the half that was held out."""
    half = len(collected) // 2
    calibration = fit_calibration(collected[:half])
    held_out = [top for case in collected[half:] for top in top_spans(case, calibration)]
    figures = report(held_out)
    final = fit_calibration(collected)
    tops = [top for case in collected for top in top_spans(case, final)]
    thresholds = np.linspace(0.05, 0.95, 91)
    gains = [sum(right if p >= t else UNANSWERABLE_WEIGHT * answerless for p, right, answerless in tops) for t in thresholds]
    return final, float(np.round(thresholds[int(np.argmax(gains))], 2)), figures


def fit_calibration(cases: list[dict]) -> Calibration:
    """Twice: first on all candidates, so that they rank well, then on the first-ranked alone, so that P is a probability."""
    rows = [row for case in cases for part in PARTS for row in case[part]]
    right = np.array([part == "with" and row["f1"] >= 0.5 for case in cases for part in PARTS for row in case[part]])
    model = LogisticRegression(C=10.0, max_iter=2000).fit(matrix(rows), right)
    ranking = Calibration(float(model.intercept_[0]), *map(float, model.coef_[0]))
    tops = np.array([(logit(p), correct, answerless) for case in cases for p, correct, answerless in top_spans(case, ranking)])
    weights = np.where(tops[:, 2] == 1, UNANSWERABLE_WEIGHT, 1.0)
    platt = LogisticRegression(C=1e3).fit(tops[:, :1], tops[:, 1] >= 0.5, sample_weight=weights)
    slope, shift = float(platt.coef_[0][0]), float(platt.intercept_[0])
    scaled = {name: slope * getattr(ranking, name) for name in FEATURES}
    return Calibration(bias=slope * ranking.bias + shift, **scaled)


def top_spans(case: dict, calibration: Calibration) -> list[tuple[float, float, float]]:
    """Probability, F1 and whether there was nothing to find, of the first-ranked span with and without the article."""
    found = []
    for part in PARTS:
        if case[part]:
            logits = matrix(case[part]) @ [getattr(calibration, name) for name in FEATURES] + calibration.bias
            best = int(np.argmax(logits))
            probability = float(1 / (1 + np.exp(-logits[best])))
            found.append((probability, case[part][best]["f1"] if part == "with" else 0.0, float(part == "without")))
    return found


def logit(probability: float) -> float:
    clipped = min(max(probability, 1e-6), 1 - 1e-6)
    return float(np.log(clipped / (1 - clipped)))


def report(tops: list[tuple[float, float, float]]) -> dict[str, float]:
    """Expected calibration error over ten bins, F1 of the answerable, and AUC of telling right from wrong."""
    from sklearn.metrics import roc_auc_score

    probability, right, answerless = np.array(tops).T
    correct = right >= 0.5
    bins = np.minimum((probability * 10).astype(int), 9)
    weights = np.where(answerless == 1, UNANSWERABLE_WEIGHT, 1.0)
    gaps = [
        abs(np.average((probability - correct)[bins == b], weights=weights[bins == b])) for b in range(10) if (bins == b).any()
    ]
    shares = [weights[bins == b].sum() / weights.sum() for b in range(10) if (bins == b).any()]
    error = float(np.dot(gaps, shares))
    return {
        "F1 of answerable": float(100 * right[answerless == 0].mean()),
        "ECE": error,
        "AUC right/wrong": float(roc_auc_score(correct, probability)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("squad", nargs="?", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="squad")
    parser.add_argument("--questions", type=int, default=1500)
    parser.add_argument("--save", type=Path)
    parser.add_argument("--features", type=Path)
    parser.add_argument("--write", type=Path, help="reader folder whose ragqa.json gets the result")
    options = parser.parse_args()
    if options.features:
        collected = json.loads(options.features.read_text())
    else:
        qa = RagQA(options.index, home=options.home)
        collected = collect(qa, questions(options.squad, "train-v1.1", options.questions), qa.settings.ask.top_k)
        options.save.write_text(json.dumps(collected))
    calibration, threshold, figures = fit(collected)
    print(calibration, threshold, figures)
    if options.write:
        replace(ReaderSettings.load(options.write), calibration=calibration, threshold=threshold).save(options.write)


if __name__ == "__main__":
    main()
