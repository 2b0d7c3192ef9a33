from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ragqa.answering import effort
from ragqa.answering.effort import BESIDE, Cascade, load_reader_for
from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.readers import GraphReader
from ragqa.answering.second_look import SecondLook
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage
from ragqa.config import AskSettings, check_ranges
from ragqa.errors import UsageError


class Scripted:
    """Finds the first word of each passage, with a margin that the passage's text names."""

    def __init__(self, name: str, threshold: float = 0.5) -> None:
        self.name, self.settings = name, ReaderSettings(threshold=threshold)
        self.read_texts: list[str] = []

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.read_texts += [passage.text for passage in passages]
        spans = [SpanScore(number, 0, 1, float(passage.text.split()[-1])) for number, passage in enumerate(passages)]
        return Reading(tuple(sorted(spans, key=lambda span: -span.margin)), -float(len(passages)))


def passages(*margins: float) -> list[Passage]:
    return [Passage(f"{number} scores {margin}") for number, margin in enumerate(margins)]


def cascade(most: int = 2) -> tuple[Cascade, Scripted, Scripted]:
    quick, strong = Scripted("quick"), Scripted("strong", 0.4)
    return Cascade("both", quick, strong, most), quick, strong


def test_the_strong_reader_reads_what_the_quick_one_likes_best() -> None:
    both, quick, strong = cascade()
    reading = both.read("?", passages(1, 5, -2, 3))
    assert len(quick.read_texts) == 4 and strong.read_texts == ["1 scores 5", "3 scores 3"]
    assert [(span.passage, span.margin) for span in reading.spans] == [(1, 5.0), (3, 3.0)] and reading.null == -2.0


def test_how_well_a_passage_was_retrieved_counts_as_much_as_the_quick_reader_lets_it() -> None:
    both, quick, strong = cascade(1)
    found = [replace(passage, dense=dense) for passage, dense in zip(passages(5, 3), (0.1, 0.6), strict=True)]
    both.read("?", found)
    quick.settings = replace(quick.settings, calibration=Calibration(margin=0.3, dense=5.0))
    both.read("?", found)
    assert strong.read_texts == ["0 scores 5", "1 scores 3"]


def test_spans_carry_what_the_quick_reader_says_of_them() -> None:
    both, quick, strong = cascade()
    of_strong = Reading((SpanScore(0, 4, 9, 7.0), SpanScore(0, 20, 22, 6.0)), 0.0)
    of_quick = Reading((SpanScore(1, 0, 5, 2.0), SpanScore(1, 8, 12, 1.5)), 0.0)
    strong.read = lambda question, given: of_strong  # type: ignore[method-assign]
    quick.read = lambda question, given: of_quick  # type: ignore[method-assign]
    reading = both.read("?", passages(1, 2))
    assert [(span.passage, span.margin, span.second) for span in reading.spans] == [(1, 7.0, 2.0), (1, 6.0, 2.0 - BESIDE)]


def test_nothing_to_read() -> None:
    assert cascade()[0].read("?", []).spans == ()


def test_its_settings_are_the_strong_readers() -> None:
    both, quick, strong = cascade()
    assert both.name == "both" and both.settings is strong.settings is not quick.settings


def test_passages_without_spans_are_not_chosen() -> None:
    both, quick, strong = cascade()
    quick.read = lambda question, given: Reading((SpanScore(2, 0, 1, 1.0), SpanScore(2, 2, 3, 0.5)), 0.0)  # type: ignore[method-assign]
    both.read("?", passages(1, 2, 3))
    assert strong.read_texts == ["2 scores 3"]


@pytest.mark.parametrize(("effort_asked", "kind"), [("fast", GraphReader), ("auto", Cascade), ("accurate", SecondLook)])
def test_the_default_reader_is_two(effort_asked: str, kind: type) -> None:
    reader = load_reader_for(effort_asked)
    assert type(reader) is kind
    assert reader.name == {"fast": "default", "auto": "default", "accurate": "accurate"}[effort_asked]


def test_any_other_reader_reads_everything(reader_folder: Path) -> None:
    assert all(type(load_reader_for(one, str(reader_folder))) is GraphReader for one in ("fast", "auto", "accurate"))


def test_an_effort_that_there_is_not_is_refused() -> None:
    with pytest.raises(UsageError, match="effort"):
        check_ranges(replace(AskSettings(), effort="much"))


def test_the_strong_reader_reads_a_few_by_default() -> None:
    assert 1 < effort.STRONG_PASSAGES < AskSettings().top_k
