from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ragqa import display, display_reports
from ragqa.types import (
    Abstention,
    Answer,
    BlockKind,
    Chunk,
    Context,
    FileReport,
    FileState,
    Hit,
    IngestReport,
    Match,
    Progress,
    Response,
    TableRow,
)


def an_answer(confidence: float, start: int = 10) -> Answer:
    context = Context(BlockKind.TABLE_ROW, "E-24 | The lid is open", 10, 32)
    return Answer("lid", confidence, "a.md", (), (), 21, 24, "passage", start, context, 1, 0.0, 0.0)


def a_hit(start: int) -> Hit:
    return Hit(1, 1, "a.md", "A", Chunk("passage", start, start + 7), 0.5, 0.5, 0.0)


def a_response(*confidences: float, answered: bool = True, threshold: float = 0.5) -> Response:
    answers = tuple(an_answer(one) for one in confidences)
    return Response("?", answered, None if answered else Abstention.READER_UNSURE, answers, (), threshold)


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (1.0, ("■■■■■ 100%", "sure", "green")),
        (0.75, ("■■■■□ 75%", "sure", "green")),
        (0.74, ("■■■■□ 74%", "fair", "yellow")),
        (0.5, ("■■□□□ 50%", "fair", "yellow")),
        (0.49, ("■■□□□ 49%", "unsure", "red")),
        (0.0, ("□□□□□ 0%", "unsure", "red")),
    ],
)
def test_how_sure_an_answer_is(value: float, told: tuple[str, str, str]) -> None:
    assert display.confidence_words(value) == told


def test_the_best_answer_shows_and_others_that_are_likely_enough() -> None:
    shown = display.shown_answers(a_response(0.4, 0.6, 0.09, 0.1))  # a threshold may have been changed since
    assert [one.confidence for one in shown] == [0.4, 0.6, 0.1]
    assert display.shown_answers(a_response(0.4, answered=False)) == []


def test_passages_of_answers_are_not_shown_twice() -> None:
    response = Response("?", True, None, (an_answer(0.9, 10),), tuple(map(a_hit, (0, 10, 20, 30, 40))), 0.5)
    shown = display.other_passages(response, display.shown_answers(response), 3)
    assert [hit.chunk.start for hit in shown] == [0, 20, 30]


def test_what_stands_around_an_answer() -> None:
    assert display.around(an_answer(0.9)) == ("E-24 | The ", "lid", " is open")


@pytest.mark.parametrize(
    ("text", "length", "shown"),
    [
        ("alpha beta", 10, "alpha beta"),
        ("alpha beta gamma", 10, "alpha beta …"),
        ("alpha beta gamma", 12, "alpha beta …"),
        ("alphabetagamma", 5, "alpha …"),
        ("", 5, ""),
    ],
)
def test_texts_are_cut_between_words(text: str, length: int, shown: str) -> None:
    assert display.shortened(text, length) == shown


def test_quotations_are_one_harmless_line() -> None:
    assert display.quoted("a\n\tb  \x1b[2J \u202ec") == "a b \\x1b[2J \\u202ec"
    assert len(display.quoted("word " * 100)) <= display.QUOTE_LENGTH + 2


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (Progress("ingest", 1, 9, "a.pdf", 2, 1_200, 640, 2.0), "2/1,200 files, 640 chunks, 320 chunks/s"),
        (Progress("scan", 1, 9, "", 2, 3), "2/3 files"),
        (Progress("evaluate", 1, 9, "Why?", 1, 9), "1/9 questions"),
        (Progress("train", 1, 9, "loss 1"), ""),
    ],
)
def test_how_far_a_job_is(step: Progress, told: str) -> None:
    assert display.progress_counts(step) == told


def test_what_an_ingest_did() -> None:
    files = [FileReport("a", FileState.FAILED), FileReport("b", FileState.ADDED), FileReport("c", FileState.ADDED)]
    assert display.ingest_counts(IngestReport("i", tuple(files), 0, 1.0, 0, 0)) == "2 added, 1 failed"
    assert display.ingest_counts(IngestReport("i", (), 0, 1.0, 0, 0)) == "no files"


def test_every_match_and_stage_has_words() -> None:
    assert set(display_reports.MATCHES) == set(Match)
    modules = Path(display.__file__).parent.rglob("*.py")
    stages = {stage for path in modules for stage in re.findall(r'Progress\(\s*"(\w+)"', path.read_text(encoding="utf-8"))}
    assert {"ingest", "evaluate"} <= stages <= set(display.STAGES)


def in_row(heads: tuple[str, ...], cells: tuple[str, ...], column: int | None, text: str) -> Answer:
    context = Context(BlockKind.TABLE_ROW, text, 10, 10 + len(text))
    return replace(an_answer(0.9), table=TableRow(heads, cells, column), context=context)


NAMED = in_row(("Model", "Weight", "Power"), ("X1", "12 kg", ""), 1, "Model: X1 | Weight: 12 kg")
BARE = in_row(("Code", "Meaning"), ("E-24", "The lid is open"), 1, "E-24 | The lid is open")


@pytest.mark.parametrize(
    ("answer", "name", "heads"),
    [
        (NAMED, "X1 › Weight", ""),
        (BARE, "E-24 › Meaning", "Code | Meaning"),
        (replace(BARE, table=TableRow(("Code", "Meaning"), BARE.table.cells, 0)), "Code", "Code | Meaning"),  # type: ignore[union-attr]
        (replace(BARE, table=TableRow((), ("Weight", "12 kg"), 1)), "Weight", ""),
        (replace(BARE, table=TableRow((), ("Weight", "12 kg"), None)), "", ""),
        (an_answer(0.9), "", ""),
        (in_row(("\x1b[31mA", "B\nC"), ("x", "y"), 1, "x | y"), "x › B C", "\x1b[31mA | B\nC"),
    ],
)
def test_what_makes_a_cell_mean_something(answer: Answer, name: str, heads: str) -> None:
    assert display.cell_name(answer) == name
    assert display.row_heads(answer) == heads
