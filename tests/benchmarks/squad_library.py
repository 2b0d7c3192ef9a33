"""Writes SQuAD's paragraphs as one HTML file each, so that they can be ingested and searched as an open-domain library.

python tests/benchmarks/squad_library.py SQUAD_FOLDER OUT_FOLDER
ragqa ingest OUT_FOLDER --index squad
"""

from __future__ import annotations

import gzip
import html
import json
import random
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PARTS = ("train-v1.1", "dev-v1.1")


@dataclass(frozen=True, slots=True)
class Question:
    """A SQuAD question, the document of the paragraph it was asked on, and the accepted answers."""

    id: str
    text: str
    document: str
    answers: tuple[str, ...]


def paragraphs(squad: Path, part: str) -> Iterator[tuple[str, str, str, list[dict]]]:
    """Document path, title, text and raw questions of every paragraph."""
    with gzip.open(squad / f"{part}.json.gz", "rt", encoding="utf-8") as file:
        articles = json.load(file)["data"]
    for article in articles:
        for number, paragraph in enumerate(article["paragraphs"]):
            path = f"{part}/{article['title'].replace('/', '_')}/{number:04}.html"
            yield path, article["title"].replace("_", " "), paragraph["context"], paragraph["qas"]


def held_out(document: str) -> bool:
    """Whether a paragraph of train, by its document, is among the one in a hundred that the default reader is not trained on."""
    return zlib.crc32(document.encode()) % 100 == 0


def questions(squad: Path, part: str, count: int, seed: int = 13, unseen: bool = False) -> list[Question]:
    """At most `count` questions of one part, drawn without replacement; with `unseen` only those of held-out paragraphs."""
    every = [
        Question(raw["id"], raw["question"], path, tuple(answer["text"] for answer in raw["answers"]))
        for path, _, _, asked in paragraphs(squad, part)
        if not unseen or held_out(path)
        for raw in asked
    ]
    return random.Random(seed).sample(every, min(count, len(every)))


def main(squad: Path, out: Path) -> None:
    for part in PARTS:
        for path, title, text, _ in paragraphs(squad, part):
            file = out / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(
                f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>{html.escape(title)}</title></head>'
                f"<body><p>{html.escape(text)}</p></body></html>",
                encoding="utf-8",
            )


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
