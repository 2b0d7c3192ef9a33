"""Which members of a zip file are read, and which expand too far."""

from __future__ import annotations

import os

import pytest
from office_samples import stored, workbook
from parsing_reading import texts

from ragqa.errors import ParseError
from ragqa.parsing import archive
from ragqa.parsing.archive import SafeArchive
from ragqa.parsing.registry import parse

FLAT = bytes(5000)


@pytest.fixture(autouse=True)
def small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_RATIO_MATTERS_FROM", 2000)
    monkeypatch.setattr(archive, "_LARGEST_RATIO", 20)
    monkeypatch.setattr(archive, "_LARGEST_TOTAL", 9000)


def test_a_picture_that_nobody_reads_may_expand_as_it_likes() -> None:
    more = {"xl/media/image1.bmp": FLAT, "xl/media/image2.png": os.urandom(20_000)}
    assert texts(parse(workbook({"Data": "<row><c><v>7</v></c></row>"}, more), "a.xlsx")) == ["Data", "7"]


def test_a_member_that_expands_too_far_is_neither_read_nor_streamed() -> None:
    opened = SafeArchive(stored({"a.xml": FLAT, "b.xml": b"<b/>"}), ("a",))
    for ask in (opened.read, opened.stream):
        with pytest.raises(ParseError, match="expands to 0 MB: refused"):
            ask("a.xml")
    assert opened.read("b.xml") == b"<b/>"


def test_what_is_read_and_streamed_has_one_budget_but_for_what_is_read_piece_by_piece() -> None:
    opened = SafeArchive(stored({name: os.urandom(4000) for name in ("a", "b", "c", "d/e")}), ("d/",))
    for _ in range(3):
        opened.stream("d/e")
    opened.read("a")
    opened.stream("b")
    for ask in (opened.read, opened.stream):
        with pytest.raises(ParseError, match="expands to"):
            ask("c")


def test_a_member_that_is_not_there_is_a_key_error() -> None:
    opened = SafeArchive(stored({"a": "b"}))
    for ask in (opened.read, opened.stream):
        with pytest.raises(KeyError):
            ask("c")
