"""How answers that people retyped align with the text of their manuals, and whether the spans stand on the gold page.

    python tests/benchmarks/align_answers.py EMANUAL_FOLDER [--show 0.6 0.8]

Takes the long answers on the TV manual of EMANUAL_FOLDER and the short ones of the sample manuals. `--show` prints the alignments
whose similarity lies in the range, to be judged by reading.
"""

from __future__ import annotations

import argparse
import json
import textwrap
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from ragqa.parsing.registry import parse
from ragqa.training.align import FUZZY_THRESHOLD, Aligner, Alignment, holds
from ragqa.types import Document

DEMO = Path(__file__).parents[2] / "ragqa" / "demo"
PARTS = ("smart_tv_normal", "smart_tv_compound")
BANDS = (
    ("fuzzy ≥ .9", 0.9),
    ("fuzzy .8-.9", 0.8),
    ("fuzzy .7-.8", 0.7),
    ("fuzzy .6-.7", 0.6),
    ("fuzzy .45-.6", 0.45),
    ("less", 0.0),
)
PASSAGE, FAR, CUT = 1000, 3, 100
"""Characters of a passage; pages from the gold page on at which a passage that seems to hold the answer is surprising; characters
of spans that are cut in two."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("emanual", type=Path)
    parser.add_argument("--show", type=float, nargs=2, metavar=("FROM", "TO"))
    options = parser.parse_args()
    for name, manuals, file in (
        *((part, options.emanual / "manuals", options.emanual / "qa" / f"{part}.jsonl") for part in PARTS),
        ("sample manuals", DEMO / "manuals", DEMO / "qa.jsonl"),
    ):
        pairs = [pair for line in file.read_text(encoding="utf-8").splitlines() if answers_of(pair := json.loads(line))]
        measure(name, pairs, manuals, options.show)


def measure(name: str, pairs: Sequence[dict[str, Any]], manuals: Path, shown: tuple[float, float] | None) -> None:
    """Prints a table: how many answers align how, and how many spans stand within a page of the gold one."""
    documents = {pair["document"]: parse((manuals / pair["document"]).read_bytes(), pair["document"]) for pair in pairs}
    began = time.perf_counter()
    aligners = {path: Aligner(document.text) for path, document in documents.items()}
    prepared = time.perf_counter() - began
    counts, paged, near, seconds, cut = Counter[str](), Counter[str](), Counter[str](), [], []
    for pair in pairs:
        document = documents[pair["document"]]
        began = time.perf_counter()
        found = aligners[pair["document"]].align(answers_of(pair), threshold=0.0)
        seconds.append(time.perf_counter() - began)
        band = band_of(found)
        counts[band] += 1
        paged[band] += bool(found and pair.get("page"))
        near[band] += on_page(document, found, pair.get("page"))
        if found and found.similarity >= FUZZY_THRESHOLD and found.end - found.start > CUT:
            cut += halves(document.text, found, answers_of(pair))
        if found and shown and shown[0] <= found.similarity < shown[1]:
            show(pair, document, found)
    milliseconds = [1000 * value for value in seconds]
    print(f"{name}: {len(pairs)} answers, ms each: {mean(milliseconds):.1f} (longest {max(milliseconds):.1f})")
    print(f"  {prepared * 1000:.0f} ms to prepare {sum(len(document.text) for document in documents.values())} characters")
    for band in ("exact", "normalised", *(label for label, _ in BANDS)):
        print(f"  {band:14} {counts[band]:4}, on the gold page ± 1: {near[band]} of {paged[band]}")
    if cut:
        print(f"  holds: {mean(cut):.4f} of {len(cut)} passages that are cut in the middle of the answer")
    far = list(far_passages(pairs, documents))
    print(
        f"  holds: {mean(aligner.holds(answers) for aligner, answers in far):.4f} of {len(far)} passages far from the gold page"
    )


def answers_of(pair: dict[str, Any]) -> list[str]:
    return pair.get("answers") or ([pair["answer"]] if pair.get("answer") else [])


def band_of(found: Alignment | None) -> str:
    if found is None or found.match != "fuzzy":
        return found.match if found else BANDS[-1][0]
    return next(label for label, least in BANDS if found.similarity >= least)


def on_page(document: Document, found: Alignment | None, page: int | None) -> bool:
    if not found or page is None:
        return False
    return any(abs(block.page - page) <= 1 for block in touched(document, found) if block.page is not None)


def touched(document: Document, found: Alignment) -> list[Any]:
    return [block for block in document.blocks if block.start < found.end and found.start < block.end]


def far_passages(pairs: Sequence[dict[str, Any]], documents: dict[str, Document]) -> Iterator[tuple[Aligner, list[str]]]:
    """Passages that should not hold the answer of the pair, every seventeenth of those possible."""
    for number, pair in enumerate(pairs):
        document = documents[pair["document"]]
        for start in range(number % 17 * PASSAGE, len(document.text), 17 * PASSAGE):
            passage = Alignment(start, start + PASSAGE, "fuzzy", 0.0)
            pages = [block.page for block in touched(document, passage) if block.page is not None]
            if pages and pair.get("page") and min(abs(page - pair["page"]) for page in pages) >= FAR:
                yield Aligner(document.text[start : start + PASSAGE]), answers_of(pair)


def halves(text: str, found: Alignment, answers: list[str]) -> list[bool]:
    """Whether the guard sees the answer in the passage that holds its first half, and in the one that holds its second."""
    middle = (found.start + found.end) // 2
    return [holds(answers, text[max(0, middle - PASSAGE) : middle]), holds(answers, text[middle : middle + PASSAGE])]


def show(pair: dict[str, Any], document: Document, found: Alignment) -> None:
    pages = sorted({block.page for block in touched(document, found)} - {None})
    print(f"--- {found.similarity:.3f} {found.match} pages {pages}, gold {pair.get('page')}: {pair['question']}")
    for label, text in (("A", " | ".join(answers_of(pair))), ("T", document.text[found.start : found.end])):
        print(textwrap.fill(" ".join(text.split()), 150, initial_indent=f"{label}: ", subsequent_indent="   "))


if __name__ == "__main__":
    main()
