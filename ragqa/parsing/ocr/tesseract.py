"""Tesseract, where the system has it: a program that is given a picture and answers with a table of words."""

from __future__ import annotations

import io
import os
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from PIL import Image

from ragqa.parsing.ocr.engine import TESSERACT, Line
from ragqa.parsing.patience import PATIENCE

if TYPE_CHECKING:
    from ragqa.parsing.ocr.engine import Picture

_SECONDS = 180 * PATIENCE
"""What a page may take on a busy machine. What it computes counts as what its file may compute: see `ragqa.confined.ask`."""

_WORD = "5"
"""The level of a row of Tesseract's table that is a word."""

_APART = 1.6
"""The gap between two words, in heights of the line, from which they are cells and not one text."""


class TesseractRecognizer:
    """Runs the program `tesseract` once a page, with all the languages that are installed for it."""

    name = TESSERACT

    def __init__(self, threads: int = 0) -> None:
        self._environment = os.environ | ({"OMP_THREAD_LIMIT": str(threads)} if threads else {})
        self.version = self._ask("--version").split("\n")[0].strip()
        languages = self._ask("--list-langs").split("\n")[1:]
        self._languages = "+".join(sorted(name.strip() for name in languages if _is_language(name.strip()))) or "eng"

    def recognise(self, picture: Picture) -> Sequence[Line]:
        """The lines of Tesseract's own layout, parted where words stand far from each other."""
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "PNG", compress_level=1)
        command = ["tesseract", "stdin", "stdout", "-l", self._languages, "--psm", "3", "tsv"]
        done = subprocess.run(
            command, input=file.getvalue(), capture_output=True, timeout=_SECONDS, check=True, env=self._environment
        )
        return list(lines_of(done.stdout.decode("utf-8", "replace")))

    def _ask(self, option: str) -> str:
        done = subprocess.run(["tesseract", option], capture_output=True, timeout=_SECONDS, check=True, env=self._environment)
        return (done.stdout or done.stderr).decode("utf-8", "replace")


def _is_language(name: str) -> bool:
    return bool(name) and name not in ("osd", "equ", "snum") and "/" not in name


def lines_of(table: str) -> Iterator[Line]:
    """The lines in Tesseract's TSV. Rows that are none of its own are passed over."""
    words: dict[tuple[str, ...], list[Line]] = defaultdict(list)
    for row in table.split("\n"):
        fields = row.rstrip("\r").split("\t")
        if len(fields) < 12 or fields[0] != _WORD or not fields[11].strip():
            continue
        try:
            left, top, width, height, confidence = map(float, fields[6:11])
        except ValueError:
            continue
        box = (left, top, left + width, top + height)
        words[tuple(fields[1:5])].append(Line(fields[11].strip(), box, min(max(confidence / 100, 0.0), 1.0)))
    for line in words.values():
        yield from _joined(line)


def _joined(words: list[Line]) -> Iterator[Line]:
    height = sorted(word.box[3] - word.box[1] for word in words)[len(words) // 2]
    part: list[Line] = []
    for word in words:
        if part and word.box[0] - part[-1].box[2] > _APART * height:
            yield _one(part)
            part = []
        part.append(word)
    yield _one(part)


def _one(words: list[Line]) -> Line:
    lefts, tops, rights, bottoms = zip(*(word.box for word in words), strict=True)
    length = sum(len(word.text) for word in words)
    confidence = sum(word.confidence * len(word.text) for word in words) / length
    return Line(" ".join(word.text for word in words), (min(lefts), min(tops), max(rights), max(bottoms)), confidence)
