"""From a picture to its lines: straight, upright, measured, in order, and only once."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from ocr_samples import HEIGHT, PAGE, WIDTH, FakeRecognizer, drawn_page, lines_of
from PIL import Image, ImageDraw

from ragqa.parsing.ocr.cache import PageCache
from ragqa.parsing.ocr.drawn_rules import are_joined_by_dots, rules_across, rules_upright
from ragqa.parsing.ocr.measure import ink_of, measured
from ragqa.parsing.ocr.order import in_reading_order
from ragqa.parsing.ocr.pages import PageRecognizer
from ragqa.parsing.ocr.recognised import MeasuredLine, RecognisedPage
from ragqa.parsing.ocr.spans import PlacedPage, spans_of
from ragqa.parsing.ocr.straighten import straightened, tilt, turned

PROSE = [(f"line {number} of a text that fills the page from left to right", 150, 200 + 45 * number, 30) for number in range(20)]
NOTHING = PageCache(None)


def tilted(picture: np.ndarray, angle: float) -> np.ndarray:
    image = Image.fromarray(picture).rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
    return np.asarray(image)


def texts_of(page: RecognisedPage) -> list[str]:
    return [line.text for line in page.lines]


@pytest.mark.parametrize("angle", [-4.0, -1.5, 0.7, 1.5, 3.0])
def test_a_tilt_is_measured_and_taken_back(angle: float) -> None:
    page = tilted(drawn_page(PROSE, mark=False), angle)
    assert tilt(page) == pytest.approx(angle, abs=0.2)
    assert abs(tilt(straightened(page)[0])) < 0.2


@pytest.mark.parametrize("page", [drawn_page(PROSE), np.full((HEIGHT, WIDTH), 255, np.uint8), np.zeros((3, 5), np.uint8)])
def test_what_lies_straight_or_has_no_lines_stays_as_it_is(page: np.ndarray) -> None:
    assert straightened(page)[0] is page


@pytest.mark.parametrize(("quarters", "looks"), [(0, 1), (1, 3), (2, 2), (3, 2)])
def test_a_page_is_turned_until_it_can_be_read(quarters: int, looks: int) -> None:
    recognizer = FakeRecognizer()
    pages = PageRecognizer(recognizer, NOTHING)
    page = pages.recognise(turned(drawn_page(), quarters))
    assert texts_of(page) == [text for text, *_ in PAGE]
    assert page.confidence == pytest.approx(0.97)
    assert (page.width, page.height) == pytest.approx((WIDTH, HEIGHT), abs=1)
    assert recognizer.seen <= looks
    pages.recognise(turned(drawn_page(PROSE), quarters))
    assert recognizer.seen <= looks + 1  # the next page is taken to lie like this one


def test_a_document_that_cannot_be_read_either_way_is_not_turned_for_ever() -> None:
    recognizer = FakeRecognizer()
    pages = PageRecognizer(recognizer, NOTHING)
    for _ in range(10):
        assert pages.recognise(drawn_page(mark=False)).lines == ()
    assert recognizer.seen == 3 * 4 + 7


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_page_is_not_shown_to_the_recogniser(shade: int) -> None:
    recognizer = FakeRecognizer()
    page = PageRecognizer(recognizer, NOTHING).recognise(np.full((HEIGHT, WIDTH), shade, np.uint8))
    assert (page.lines, page.confidence, recognizer.seen) == ((), 0.0, 0)


def test_white_on_black_is_read_as_black_on_white() -> None:
    dark = 255 - drawn_page()
    dark[20:80, 20:80] = 255
    assert texts_of(PageRecognizer(FakeRecognizer(), NOTHING).recognise(dark)) == [text for text, *_ in PAGE]


def test_the_size_of_type_and_its_weight_come_from_the_ink() -> None:
    texts = [("Pump and filter", 150, 300, 60), ("a small line of text", 150, 400, 30), ("more ones over man", 150, 450, 30)]
    picture = drawn_page(texts)
    heavy = Image.fromarray(picture)
    ImageDraw.Draw(heavy).text((150, 600), "Heavy and filled", fill=0, font_size=30, anchor="ls", stroke_width=1)
    bold = lines_of([("Heavy and filled", 150, 600, 30)])[0]
    ink = ink_of(np.asarray(heavy))
    lines = [measured(line, ink) for line in [*lines_of(texts), bold]]
    assert [line.size for line in lines] == pytest.approx([60, 30, 30, 32], rel=0.12)
    assert [line.base for line in lines] == pytest.approx([300, 400, 450, 600], abs=3)
    assert lines[3].stroke > 1.22 * lines[1].stroke
    nothing = measured(bold, np.zeros_like(ink))
    assert nothing.text == "Heavy and filled" and nothing.stroke == 0


def test_sizes_that_waver_are_one_and_headings_stay_larger() -> None:
    lines = [MeasuredLine("x" * 40, 100, 900, 200.0 + 40 * n, 30 + 0.6 * (n % 5 - 2), 0.15, 1) for n in range(20)]
    lines += [MeasuredLine("A heading", 100, 300, 100, 42, 0.15, 1), MeasuredLine("7", 100, 120, 1500, 35, 0.15, 1)]
    lines += [MeasuredLine("A bold word", 100, 300, 1600, 30, 0.22, 1)]
    (page,) = spans_of([PlacedPage(3, RecognisedPage(WIDTH, HEIGHT, tuple(lines)), 0.5)])
    assert {span.size for span in page.spans[:20]} == {15.0}
    assert page.spans[20].size == pytest.approx(21, rel=0.02) and page.spans[21].size == 15.0
    assert [span.text for span in page.spans if span.bold] == ["A bold word"]
    assert (page.number, page.height, page.spans[0].base) == (3, HEIGHT / 2, (HEIGHT - 200) / 2)
    assert spans_of([]) == []


@pytest.mark.parametrize(("quarters", "angle"), [(0, 0.0), (1, 0.0), (2, 3.0), (3, -2.0), (0, 5.0)])
def test_a_line_has_its_place_on_the_page_as_it_came(quarters: int, angle: float) -> None:
    came = Image.new("L", (WIDTH, HEIGHT), 255)
    ImageDraw.Draw(came).rectangle((300, 400, 360, 420), fill=0)
    upright = np.rot90(np.asarray(came), quarters)
    picture = np.asarray(Image.fromarray(upright).rotate(angle, expand=True, fillcolor=255))
    rows, columns = np.nonzero(picture < 128)
    tall = float(rows.max() - rows.min())
    line = MeasuredLine("a", float(columns.min()), float(columns.max()), float(rows.min()) + 0.8 * tall, tall, 0.1, 1.0)
    box = RecognisedPage(picture.shape[1], picture.shape[0], (line,), quarters=quarters, angle=angle).box(line)
    assert box is not None
    wanted = (300 / WIDTH, 400 / HEIGHT, 360 / WIDTH, 420 / HEIGHT)
    assert all(abs(edge - other) < 0.012 for edge, other in zip(box, wanted, strict=True)), (box, wanted)
    assert box[0] <= (wanted[0] + wanted[2]) / 2 <= box[2] and box[1] <= (wanted[1] + wanted[3]) / 2 <= box[3]


def test_a_line_beyond_the_page_has_no_place() -> None:
    assert RecognisedPage(100, 100).box(MeasuredLine("a", 200, 220, 50, 10, 0.1, 1.0)) is None


def test_rules_are_lines_and_not_surfaces() -> None:
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle((100, 300, 900, 500), outline=0, width=3)
    draw.rectangle((100, 700, 900, 800), fill=0)
    draw.text((120, 400), "some words in the frame", fill=0, font_size=40)
    ink = np.asarray(image) < 128
    assert rules_across(ink, 80) == [(301.0, 100.0, 901.0), (499.0, 100.0, 901.0)]
    assert [(round(x), top, bottom) for x, top, bottom in rules_upright(ink, 80)] == [(101, 300, 501), (899, 300, 501)]
    assert rules_across(np.zeros((0, 0), bool), 80) == rules_across(ink[:, :50], 80) == []


def test_a_table_of_contents_keeps_its_dots() -> None:
    entries = [(f"{n} Chapter about part {n}", 150, 300 + 50 * n, 30) for n in range(1, 6)]
    numbers = [(str(3 * n), 1000, 300 + 50 * n, 30) for n in range(1, 5)]  # the last one was overlooked
    dots = [("." * 40, 560, base, 30) for _, _, base, _ in entries]
    recognizer = FakeRecognizer([*entries, *numbers])
    page = PageRecognizer(recognizer, NOTHING).recognise(drawn_page([*entries, *numbers, *dots]))
    assert texts_of(page)[:2] == ["1 Chapter about part 1 ........ 3", "2 Chapter about part 2 ........ 6"]
    plain = PageRecognizer(recognizer, NOTHING).recognise(drawn_page([*entries, *numbers]))
    assert texts_of(plain)[:2] == ["1 Chapter about part 1", "3"]
    assert not are_joined_by_dots(np.zeros((20, 5), bool)) and not are_joined_by_dots(np.zeros((0, 0), bool))


def column(left: int, name: str, text: str, count: int = 8) -> list[MeasuredLine]:
    width = 14 * len(text)
    return [MeasuredLine(f"{name}{n} {text}", left, left + width, 300 + 40 * n, 30, 0.15, 1) for n in range(count)]


def test_columns_of_prose_are_read_one_after_the_other_and_tables_by_rows() -> None:
    text = "words that fill the column well"
    wide = MeasuredLine("A heading over both of the columns of the page", 100, 1100, 200, 40, 0.15, 1)
    below = MeasuredLine("A line under both of the columns of the page", 100, 1100, 900, 30, 0.15, 1)
    left, right = column(100, "l", text), column(640, "r", text)
    assert in_reading_order([*right, below, *left, wide]) == [wide, *left, *right, below]
    cells = [*column(100, "l", "a cell"), *column(640, "r", "12 kg")]
    rows = [line.text[:2] for line in in_reading_order(cells)]
    assert rows[:4] == ["l0", "r0", "l1", "r1"]
    assert in_reading_order([]) == []


def test_a_page_is_recognised_once(tmp_path: Path) -> None:
    cache = PageCache(tmp_path / "cache")
    recognizer = FakeRecognizer()
    first = PageRecognizer(recognizer, cache).recognise(drawn_page())
    assert PageRecognizer(recognizer, PageCache(tmp_path / "cache")).recognise(drawn_page()) == first
    assert recognizer.seen == 1
    PageRecognizer(recognizer, cache).recognise(drawn_page(PROSE))
    recognizer.version = "2"
    PageRecognizer(recognizer, cache).recognise(drawn_page())
    assert recognizer.seen == 3


GOOD = {
    "size": [10, 10], "lines": [["a", 1, 2, 3, 4, 0.1, 0.9]], "across": [[1, 2, 3]], "upright": [], "confidence": 0.9,
    "turned": [1, 0.5],
}  # fmt: skip


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"[]", b"null", b"[" * 100_000, b"{}", json.dumps(GOOD).encode()[:-9]]
    + [
        json.dumps(GOOD | change).encode()
        for change in (
            {"size": [1]}, {"size": ["x", 1]}, {"lines": [[1, 1, 2, 3, 4, 0.1, 0.9]]}, {"lines": [["a", 1]]}, {"lines": 7},
            {"across": [[1, 2]]}, {"confidence": float("nan")}, {"confidence": None}, {"lines": [["a", 1, 2, 3, 4, 0.1, 1e300]]},
            {"turned": [1]}, {"turned": [0, 45]},
        )
    ],
)  # fmt: skip
def test_a_damaged_page_of_the_cache_is_none(content: bytes, tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    cache.put("abcd", RecognisedPage(1, 1))
    (tmp_path / "ab" / "abcd.json").write_bytes(content)
    assert cache.get("abcd") is None
    (tmp_path / "ab" / "abcd.json").write_text(json.dumps(GOOD))
    assert cache.get("abcd") == RecognisedPage(10, 10, (MeasuredLine("a", 1, 2, 3, 4, 0.1, 0.9),), ((1, 2, 3),), (), 0.9, 1, 0.5)


def test_the_cache_stays_small_and_keeps_what_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.parsing.ocr.cache._LOOK_EVERY", 1)
    cache = PageCache(tmp_path, most_bytes=1000)
    for number in range(40):
        cache.put(f"{number:04}", RecognisedPage(1, 1))
        path = tmp_path / "00" / f"{number:04}.json"
        os.utime(path, (number, number))
    held = sum(path.stat().st_size for path in tmp_path.rglob("*.json"))
    assert 0 < held <= 1100
    assert cache.get("0039") is not None and cache.get("0000") is None


def test_a_disk_that_refuses_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = PageCache(tmp_path / "file")
    cache.put("abcd", RecognisedPage(1, 1))
    assert cache.get("abcd") is None
