"""The scanned pages of one document, one after the other: a page that goes wrong costs that page only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from statistics import mean
from typing import TYPE_CHECKING

from ragqa.errors import ModelError
from ragqa.parsing.ocr.cache import PageCache
from ragqa.parsing.ocr.engine import load_recognizer
from ragqa.parsing.ocr.pages import PageRecognizer
from ragqa.parsing.ocr.spans import PlacedPage
from ragqa.parsing.ocr.wish import ALWAYS, HOW_TO_GET_IT, NOBODY, OFF, OcrWish, wish
from ragqa.parsing.page_numbers import counted, ranges
from ragqa.paths import cache_folder
from ragqa.types import PagesRecognised

if TYPE_CHECKING:
    from ragqa.parsing.ocr.engine import Picture

_DOUBTFUL = 0.85
_MOST_NAMED = 20
_LATELY = 12
_CONFIDENCE = "{:.0%}".format


@dataclass(frozen=True, slots=True)
class Scan:
    """A page to recognise. `picture` makes its picture; `scale` is how many points a pixel of that is."""

    number: int
    picture: Callable[[], tuple[Picture, float]]


@dataclass(slots=True)
class Outcome:
    """What came of the scans: the pages on which something was recognised, and why others were not looked at.

    `by` is what `Document.recognised_by` says; `engine` is empty where nothing could recognise, for the reason `problem`.
    """

    by: str = ""
    engine: str = ""
    problem: str = ""
    pages: list[PlacedPage] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    def warnings(self) -> list[str]:
        """What a user should know of the pages that were recognised, and of those that broke."""
        told = []
        if self.pages:
            told.append(f"{counted(self.pages_read)} recognised by OCR ({self.engine}): {ranges(self.pages_read)}")
        doubtful = [placed for placed in self.pages if placed.page.confidence < _DOUBTFUL]
        if doubtful:
            named = ", ".join(f"{one.number} ({_CONFIDENCE(one.page.confidence)})" for one in doubtful[:_MOST_NAMED])
            more = f" and {len(doubtful) - _MOST_NAMED} more" if len(doubtful) > _MOST_NAMED else ""
            told.append(f"recognised with little confidence: page {named}{more}")
        if self.failed:
            numbers = sorted(self.failed)
            told.append(f"{counted(numbers)} could not be recognised: {ranges(numbers)} ({self.failed[numbers[0]]})")
        return told

    @property
    def pages_read(self) -> list[int]:
        return [placed.number for placed in self.pages]

    @property
    def way_out(self) -> str:
        """What a user may do about pages that were not looked at."""
        if self.by == OFF:
            return "--ocr auto recognises them"
        return "" if self.engine else self.problem or f"{HOW_TO_GET_IT} recognises them"


def recognise_scans(scans: Sequence[Scan]) -> Outcome:
    """Recognise pages as is wished, and tell of each."""
    wished = wish()
    if wished.mode == OFF:
        return Outcome(OFF if scans else "")
    if not scans:
        return Outcome()
    try:
        recognizer = load_recognizer(wished.threads)
    except ModelError as error:
        return Outcome(NOBODY, problem=f"{error.message}. {error.hint}")
    if recognizer is None:
        return Outcome(NOBODY)
    by = f"{ALWAYS} {recognizer.name}" if wished.mode == ALWAYS else recognizer.name
    outcome = Outcome(by, recognizer.name)
    _recognise(scans, PageRecognizer(recognizer, PageCache(cache_folder() / "ocr")), outcome, wished)
    return outcome


def _recognise(scans: Sequence[Scan], recognizer: PageRecognizer, outcome: Outcome, wished: OcrWish) -> None:
    took: deque[float] = deque(maxlen=_LATELY)
    for done, scan in enumerate(scans):
        wished.told(PagesRecognised(done, len(scans), mean(took) * (len(scans) - done) if took else 0.0))
        began = time.monotonic()
        try:
            picture, scale = scan.picture()
            page = recognizer.recognise(picture)
        except Exception as error:  # whatever the libraries say of one page, the others are read
            outcome.failed[scan.number] = str(error).strip().split("\n")[0][:120] or type(error).__name__
        else:
            if page.lines:
                outcome.pages.append(PlacedPage(scan.number, page, scale))
        took.append(time.monotonic() - began)
    wished.told(PagesRecognised(len(scans), len(scans), 0.0))
