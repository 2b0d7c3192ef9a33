"""Questions of manual_qa with the chunks that are retrieved for them from printed manuals, for a reader to be taught with.

    python tests/benchmarks/printed_manuals.py OUT/taught PDF_FOLDER && ragqa ingest PDF_FOLDER --index printed
    python tests/benchmarks/retrieved_lessons.py --index printed LESSONS.jsonl

A line is {"id", "question", "kind", "right": [chunk], "wrong": [chunk]}, a chunk {"headings", "text"}; a right one has the
answer's "start" and "end" too, wrong ones stand as they were retrieved. A question whose answer the print has torn apart is
left out, and one that is answered elsewhere by what nobody marked.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import defaultdict
from collections.abc import Iterator, Set
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lessons import LONG_ANSWER, holds, line_around, plain, share
from manual_library import MANUAL_QA, lines, manual_of

from ragqa import RagQA
from ragqa.answering.asker import Asker
from ragqa.answering.passages import passage_of
from ragqa.answering.retrieve import Filters
from ragqa.types import Hit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WITHIN = 0.75
"""How often a question is asked of its own manual alone, as where the product is known."""

SAME_LINE = 0.6
"""The share of an answer's line in the manual from which a line of a chunk is that line."""

MOST_WRONG = 8
"""Chunks kept that do not answer."""

_WORD = re.compile(r"\w+")


def occurrences(text: str, answer: str) -> Iterator[tuple[int, int]]:
    """Where the words of an answer stand in a row, with the marks that it begins and ends with where they are there."""
    words = _WORD.findall(answer)
    if not words:
        return
    first, last = answer.index(words[0]), answer.rindex(words[-1]) + len(words[-1])
    led, trailed = answer[:first].strip(), answer[last:].strip()
    inner = r"[\W_]{0,8}?".join(map(re.escape, words))
    for found in re.finditer(rf"(?<!\w){inner}(?!\w)", text, re.IGNORECASE):
        start, end = found.span()
        if led and text[:start].endswith(led):
            start -= len(led)
        if trailed and text.startswith(trailed, end):
            end += len(trailed)
        yield start, end


def place(text: str, answer: str, line: str) -> tuple[float, int, int] | None:
    """How much of the manual's line stands around the best occurrence of an answer in a chunk, and where that is."""
    wanted = set(_WORD.findall(line.lower()))
    best: tuple[float, int, int] | None = None
    for start, end in occurrences(text, answer):
        around = text[text.rfind("\n", 0, start) + 1 :][: max(len(line) * 2, end - start + 200)]
        found = set(_WORD.findall(around.split("\n", 1)[0].lower())) | set(_WORD.findall(text[start:end].lower()))
        fit = len(wanted & found) / max(len(wanted), 1)
        if best is None or fit > best[0]:
            best = fit, start, end
    return best


def lesson(
    asker: Asker, raw: dict[str, Any], source: str, elsewhere: str | None, vector: NDArray[np.float32], chance: random.Random
) -> dict[str, Any] | None:
    """A question with its chunks; `source` is the text of its passage, `elsewhere` that of the one that answers instead of it."""
    document = f"{manual_of(raw['pid'])}.pdf"
    filters = Filters(document=document) if chance.random() < WITHIN else Filters()
    hits = asker.retrieve(raw["question"], filters, 12, vector)
    own = [hit for hit in hits if hit.document == document]
    answer = raw["answers"][0] if raw["answers"] else None
    line = line_around(source, answer["start"]) if answer else ""
    right: list[dict[str, Any]] = []
    wrong: list[Hit] = []
    for hit in hits:
        text = hit.chunk.text
        found = place(text, answer["text"], line) if answer and hit in own else None
        if found and found[0] >= SAME_LINE:
            right.append({**shown(asker, hit), "start": found[1], "end": found[2]})
        elif answer and len(answer["text"]) >= LONG_ANSWER and holds(plain(text), answer["text"]):
            continue  # it may answer as well
        elif elsewhere and hit in own and share(elsewhere, plain(text)) > 0.15:
            continue
        else:
            wrong.append(hit)
    if answer and not right:
        return None
    return {
        "id": raw["id"],
        "question": raw["question"],
        "kind": raw["kind"],
        "right": right,
        "wrong": [shown(asker, hit) for hit in wrong[:MOST_WRONG]],
    }


def lesson_of_pair(
    asker: Asker, pair: dict[str, Any], vector: NDArray[np.float32], chance: random.Random
) -> dict[str, Any] | None:
    """A pair of `open_manuals.py`, which says where its answer stands, with its chunks."""
    filters = Filters(document=pair["document"]) if chance.random() < WITHIN else Filters()
    start, end = pair.get("start", 0), pair.get("end", 0)
    right: list[dict[str, Any]] = []
    wrong: list[dict[str, Any]] = []
    for hit in asker.retrieve(pair["question"], filters, 12, vector):
        chunk, own = hit.chunk, hit.document == pair["document"]
        if own and end and chunk.start <= start and end <= chunk.end:
            right.append({**shown(asker, hit), "start": start - chunk.start, "end": end - chunk.start})
        elif own and chunk.start < end and start < chunk.end:
            continue  # it has a part of the answer
        elif not any(len(one) >= LONG_ANSWER and holds(plain(chunk.text), one) for one in pair["answers"]):
            wrong.append(shown(asker, hit))
    if pair["answers"] and not right:
        return None
    return {"id": pair["id"], "question": pair["question"], "kind": pair["kind"], "right": right, "wrong": wrong[:MOST_WRONG]}


def shown(asker: Asker, hit: Hit) -> dict[str, Any]:
    passage = passage_of(hit, asker.index.blocks(hit.document_id, hit.chunk.start, hit.chunk.end))
    return {"headings": passage.headings, "text": passage.text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--home", default=".")
    parser.add_argument("--index", default="printed")
    parser.add_argument("--pairs", type=Path, help="a QA file of open_manuals.py, instead of manual_qa")
    options = parser.parse_args()
    asker = RagQA(options.index, home=options.home, effort="fast").asker
    if options.pairs:
        asked = [json.loads(line) for line in options.pairs.read_text(encoding="utf-8").splitlines()]
    else:
        asked = manual_questions({Path(one.path).stem for one in asker.index.documents()})
    texts = {one["pid"]: one["text"] for path in sorted(MANUAL_QA.glob("*.passages.jsonl.gz")) for one in lines(path)}
    counts: dict[str, int] = defaultdict(int)
    with open(options.out, "w", encoding="utf-8") as file:
        vectors = asker.vectors([one["question"] for one in asked])
        for number, (raw, vector) in enumerate(zip(asked, vectors, strict=True)):
            chance = random.Random(raw["id"])
            if options.pairs:
                made = lesson_of_pair(asker, raw, vector, chance)
            else:
                made = lesson(asker, raw, texts[raw["pid"]], texts.get(raw.get("answered_in") or ""), vector, chance)
            counts["left out" if made is None else "answered" if made["right"] else "none"] += 1
            if made:
                file.write(json.dumps(made, ensure_ascii=False) + "\n")
            if number % 1000 == 999:
                print(number + 1, dict(counts), flush=True)
    print(dict(counts))


def manual_questions(there: Set[str]) -> list[dict[str, Any]]:
    """The questions of manual_qa on manuals of these names."""
    paths = sorted(MANUAL_QA.glob("*.questions.jsonl.gz"))
    return [one for path in paths for one in lines(path) if manual_of(one["pid"]) in there]


if __name__ == "__main__":
    main()
