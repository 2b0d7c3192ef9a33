"""Spans are read once more in their own lines."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.second_look import BENEATH, LOOKED_AT, SecondLook
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage


class Scripted:
    """Gives the spans that are told for a text, and keeps what it reads."""

    name = "scripted"

    def __init__(self, told: dict[str, list[tuple[int, int, float]]], calibration: Calibration | None = None) -> None:
        self.settings = ReaderSettings(calibration=calibration or Calibration())
        self.given: list[Passage] = []
        self._told = told

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.given += passages
        spans = [SpanScore(n, *one) for n, passage in enumerate(passages) for one in self._told.get(passage.text, [])]
        return Reading(tuple(sorted(spans, key=lambda span: -span.margin)), -1.0)


TEXT = "First line.\nThe fuse is 5 A.\nThe lamp is 8 W."


def test_each_span_has_the_margin_of_its_own_line() -> None:
    reader = Scripted(
        {TEXT: [(24, 27, 4.0), (41, 44, 3.0)], "The fuse is 5 A.": [(12, 15, 1.5)], "The lamp is 8 W.": [(12, 15, 6.0)]}
    )
    reading = SecondLook(reader).read("?", [Passage(TEXT, "Lamp > Data")])
    assert [(span.start, span.margin, span.alone) for span in reading.spans] == [(24, 4.0, 1.5), (41, 3.0, 6.0)]
    assert [(one.text, one.headings) for one in reader.given[1:]] == [
        ("The fuse is 5 A.", "Lamp > Data"),
        ("The lamp is 8 W.", "Lamp > Data"),
    ]
    assert reading.null == -1.0


def test_other_words_of_the_line_count_less_and_none_least() -> None:
    told = {
        TEXT: [(24, 27, 4.0), (41, 44, 3.0), (0, 5, 2.0)],
        "The fuse is 5 A.": [(0, 15, 5.0)],
        "The lamp is 8 W.": [(12, 15, 1.0)],
    }
    alone = [span.alone for span in SecondLook(Scripted(told)).read("?", [Passage(TEXT)]).spans]
    assert alone == [2.0, 1.0, 1.0 - BENEATH]


def test_a_line_is_read_once_and_keeps_its_segments() -> None:
    row = "Fuse | Value: 5 A"
    reader = Scripted({f"Parts\n{row}": [(6, 10, 2.0), (20, 23, 1.0)], row: [(14, 17, 3.0), (0, 4, 1.0)]})
    reading = SecondLook(reader).read("?", [Passage(f"Parts\n{row}", "", ((0, 5), (6, 10), (20, 23)))])
    assert len(reader.given) == 2 and reader.given[1] == Passage(row, "", ((0, 4), (14, 17)))
    assert [span.alone for span in reading.spans] == [1.0, 3.0]


def test_only_the_best_are_read_again_by_margin_and_by_how_they_were_retrieved() -> None:
    texts = [f"Line {number}" for number in range(LOOKED_AT + 1)]
    told = {text: [(0, 4, float(number))] for number, text in enumerate(texts)}
    reader = Scripted(told)
    spans = SecondLook(reader).read("?", [Passage(text) for text in texts]).spans
    assert [span.alone for span in spans] == [*map(float, range(LOOKED_AT, 0, -1)), 1.0 - BENEATH]
    found = Scripted(told, Calibration(margin=0.3, dense=10.0))
    SecondLook(found).read("?", [Passage(text, dense=1.0 if text == "Line 0" else 0.0) for text in texts])
    assert "Line 0" in [one.text for one in found.given[len(texts) :]]


def test_nothing_to_read() -> None:
    assert SecondLook(Scripted({})).read("?", []).spans == ()
    assert SecondLook(Scripted({})).read("?", [Passage("Nothing here")]).spans == ()
