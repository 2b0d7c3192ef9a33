"""Scanned pages of PDFs, and pictures, as documents; the recogniser is a double."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import numpy as np
import pypdfium2 as pdfium
import pytest
from ocr_samples import HEIGHT, PAGE, WIDTH, FakeRecognizer, draw_scan, drawn_page
from parsing_reading import page_of, section_of, texts
from parsing_samples import drawn_pdf
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas

from ragqa.errors import ModelError, ParseError, SkippedFile
from ragqa.parsing import registry
from ragqa.parsing.ocr import document as recognition
from ragqa.parsing.ocr.document import Scan, recognise_scans
from ragqa.parsing.ocr.wish import labels_up_to_date, wishing
from ragqa.parsing.pdf.scans import read_scans
from ragqa.parsing.pdf.spans import PageSpans, Span
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, PagesRecognised

MEANT = "needs a filter that is changed every nine weeks."


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeRecognizer]:
    """A recogniser that is there."""
    recognizer = FakeRecognizer()
    monkeypatch.setattr(recognition, "load_recognizer", lambda threads: recognizer)
    monkeypatch.setattr(registry, "engine_name", lambda: recognizer.name)
    yield recognizer


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "load_recognizer", lambda threads: None)
    monkeypatch.setattr(registry, "engine_name", lambda: "")


def good_page(canvas: Canvas, number: int) -> None:
    text = canvas.beginText(72, 700)
    for line in range(12):
        text.textLine(f"Sheet {number} says in line {line} how the pump is put together by two people.")
    canvas.drawText(text)
    canvas.showPage()


def book(canvas: Canvas) -> None:
    """Two scans, the second lying on its side, between pages with text."""
    good_page(canvas, 1)
    draw_scan(canvas)
    canvas.showPage()
    draw_scan(canvas, np.rot90(drawn_page()))
    canvas.showPage()
    good_page(canvas, 4)


def test_scanned_pages_are_read_and_good_ones_are_not_touched(engine: FakeRecognizer) -> None:
    document = parse(drawn_pdf(book), "book.pdf")
    assert page_of(document, MEANT) == 2 and page_of(document, "Sheet 4") == 4
    assert section_of(document, MEANT) == ("The pump",)
    assert "The pump moves forty litres of water an hour and needs a filter" in document.text
    assert document.warnings == ("2 pages recognised by OCR (fake): 2-3",)
    assert document.recognised_by == "fake"
    assert engine.seen <= 5


def test_without_a_scan_nothing_is_said_and_nothing_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognition, "load_recognizer", lambda threads: pytest.fail("loaded"))
    document = parse(drawn_pdf(lambda canvas: good_page(canvas, 1)), "a.pdf")
    assert (document.warnings, document.recognised_by) == ((), "")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_it_is_said_how_to_get_one() -> None:
    document = parse(drawn_pdf(book), "book.pdf")
    assert document.warnings == ("2 pages without text (scanned?): 2-3; pip install 'ragqa[ocr]' recognises them",)
    assert document.recognised_by == "none"
    with pytest.raises(ParseError, match="1 page, without text: a scan") as caught:
        parse(drawn_pdf(draw_scan), "a.pdf")
    assert "pip install 'ragqa[ocr]'" in caught.value.hint and "ocrmypdf" in caught.value.hint


def test_an_engine_that_does_not_work_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(threads: int) -> None:
        raise ModelError("rapidocr is installed but does not work: no libGL", hint="Install it again.")

    monkeypatch.setattr(recognition, "load_recognizer", broken)
    (warning,) = parse(drawn_pdf(book), "book.pdf").warnings
    assert "2 pages without text" in warning and "no libGL" in warning


def test_switched_off_nothing_is_recognised(engine: FakeRecognizer) -> None:
    with wishing(mode="off"):
        document = parse(drawn_pdf(book), "book.pdf")
        with pytest.raises(ParseError) as caught:
            parse(drawn_pdf(draw_scan), "a.pdf")
    assert document.warnings == ("2 pages without text (scanned?): 2-3; --ocr auto recognises them",)
    assert document.recognised_by == "off" and engine.seen == 0
    assert "--ocr auto" in caught.value.hint


def test_wished_always_every_page_is_recognised(engine: FakeRecognizer) -> None:
    with wishing(mode="always"):
        document = parse(drawn_pdf(book), "book.pdf")
    assert engine.seen >= 4 and document.recognised_by == "always fake"
    assert "Sheet 4" in document.text  # nothing was recognised there, so its own text stays
    assert document.text.count(MEANT) == 2


def test_a_page_that_bites_costs_itself_alone(engine: FakeRecognizer) -> None:
    engine.broken = lambda count: count == 1
    document = parse(drawn_pdf(book), "book.pdf")
    assert page_of(document, MEANT) == 3
    assert document.warnings == (
        "1 page recognised by OCR (fake): 3",
        "1 page could not be recognised: 2 (the page bites)",
        "1 page without text (scanned?): 2",
    )


def test_little_confidence_is_told_by_page(engine: FakeRecognizer) -> None:
    engine.confidence = 0.61
    warnings = parse(drawn_pdf(book), "book.pdf").warnings
    assert "recognised with little confidence: page 2 (61%)" in warnings[1]


def test_what_is_too_doubtful_is_left_out(engine: FakeRecognizer) -> None:
    engine.confidence = 0.3
    with pytest.raises(ParseError, match="without text: a scan"):
        parse(drawn_pdf(draw_scan), "a.pdf")


def test_of_each_page_it_is_told_how_far_it_is(engine: FakeRecognizer) -> None:
    told: list[PagesRecognised] = []
    with wishing(told=told.append):
        parse(drawn_pdf(book), "book.pdf")
    assert [(pages.done, pages.total) for pages in told] == [(0, 2), (1, 2), (2, 2)]
    assert told[0].left == told[2].left == 0.0 and told[1].left > 0


def stamped(canvas: Canvas) -> None:
    draw_scan(canvas)
    canvas.drawString(200, 20, "Downloaded from the library of manuals")
    canvas.showPage()


def badly_recognised(canvas: Canvas) -> None:
    draw_scan(canvas)
    text = canvas.beginText(72, 700)
    text.setTextRenderMode(3)
    for _ in range(12):
        text.textLine("tHe wA|Er l|I1 ~^ ;:r q# _- i!l ,.; rn|v (l[ ]|] ;;l ~~ ^l^ |] [| l_l")
    canvas.drawText(text)
    canvas.showPage()


@pytest.mark.parametrize(("draw", "gone"), [(stamped, "Downloaded"), (badly_recognised, "l|I1")])
def test_a_scan_with_a_stamp_or_with_a_bad_text_under_it_is_read(draw: object, gone: str, engine: FakeRecognizer) -> None:
    document = parse(drawn_pdf(draw), "a.pdf")  # type: ignore[arg-type]
    assert MEANT in document.text and gone not in document.text


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize(
    ("draw", "told"), [(stamped, "with little text on a picture"), (badly_recognised, "that makes no sense")]
)
def test_such_pages_are_told_where_nothing_can_read_them(draw: object, told: str) -> None:
    (warning,) = parse(drawn_pdf(draw), "a.pdf").warnings  # type: ignore[arg-type]
    assert told in warning and "pip install" in warning


def pictured(canvas: Canvas) -> None:
    """A title page: a photograph with the title on it."""
    draw_scan(canvas, np.full((300, 200), 90, np.uint8))
    canvas.drawString(72, 700, "The pump and its parts")
    canvas.showPage()


def test_a_title_on_a_photograph_stays(engine: FakeRecognizer) -> None:
    document = parse(drawn_pdf(pictured), "a.pdf")
    assert texts(document) == ["The pump and its parts"] and document.warnings == ()


def test_a_text_of_unmapped_signs_gives_way(engine: FakeRecognizer) -> None:
    pdf = pdfium.PdfDocument(drawn_pdf(draw_scan))
    garbage = Span("\ue010\ue011\ue012 \ue013" * 10, 70, 400, 700, 10, bold=False, mono=False, order=0)
    pages, warnings = [PageSpans(1, 842, [garbage])], []
    assert read_scans(pdf, pages, warnings) == "fake"
    assert [span.text for span in pages[0].spans] == [text for text, *_ in PAGE]
    assert warnings == ["1 page recognised by OCR (fake): 1"]


def test_a_huge_page_is_drawn_small_enough(engine: FakeRecognizer) -> None:
    def poster(canvas: Canvas) -> None:
        canvas.setPageSize((14_000, 14_000))
        draw_scan(canvas)

    looked_at: list[tuple[int, ...]] = []
    plain = engine.recognise
    engine.recognise = lambda picture: looked_at.append(picture.shape) or plain(picture)  # type: ignore[method-assign]
    with pytest.raises(ParseError):
        parse(drawn_pdf(poster), "a.pdf")
    assert all(height * width <= 10_500_000 for height, width in looked_at)


def test_what_was_recognised_is_not_looked_at_again(engine: FakeRecognizer) -> None:
    first = parse(drawn_pdf(book), "book.pdf")
    seen = engine.seen
    assert parse(drawn_pdf(book), "book.pdf") == first
    assert engine.seen == seen


def test_nothing_to_recognise_is_nothing_done() -> None:
    assert recognise_scans([]).by == ""
    with wishing(mode="off"):
        assert recognise_scans([Scan(1, lambda: pytest.fail("drawn"))]).by == "off"


@pytest.mark.parametrize(
    ("mode", "engine_there", "labels"),
    [("auto", "rapidocr", {"", "rapidocr"}), ("auto", "", {"", "none"}), ("off", "rapidocr", {"", "off"}),
     ("always", "rapidocr", {"always rapidocr"}), ("always", "", {"", "none"})],
)  # fmt: skip
def test_which_documents_are_up_to_date(mode: str, engine_there: str, labels: set[str]) -> None:
    assert labels_up_to_date(mode, engine_there) == labels


# Pictures.


def saved(*pictures: Image.Image, form: str = "PNG", **options: object) -> bytes:
    file = io.BytesIO()
    pictures[0].save(file, form, **options)  # type: ignore[arg-type]
    return file.getvalue()


PICTURE = Image.fromarray(drawn_page())
ON_GLASS = PICTURE.convert("RGBA")
ON_GLASS.putalpha(PICTURE.point(lambda shade: 255 - shade))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", lambda: saved(PICTURE)),
        ("a.jpg", lambda: saved(PICTURE.convert("RGB"), form="JPEG")),
        ("a.JPEG", lambda: saved(PICTURE.convert("CMYK"), form="JPEG")),
        ("a.webp", lambda: saved(PICTURE.convert("RGB"), form="WEBP", lossless=True)),
        ("a.tif", lambda: saved(PICTURE.convert("1"), form="TIFF", compression="group4")),
        ("bits16.png", lambda: saved(Image.fromarray(np.asarray(PICTURE, np.uint16) * 100))),
        ("glass.png", lambda: saved(ON_GLASS)),
        ("large.png", lambda: saved(PICTURE.resize((WIDTH * 3, HEIGHT * 3)))),
    ],
)
def test_a_picture_of_a_page_is_a_document(name: str, data: Callable[[], bytes], engine: FakeRecognizer) -> None:
    document = parse(data(), name)
    assert document.pages == 1 and page_of(document, MEANT) == 1
    assert document.title == "The pump"
    assert document.recognised_by == "fake" and document.warnings == ("1 page recognised by OCR (fake): 1",)


def test_a_tiff_of_many_pages(engine: FakeRecognizer) -> None:
    sheets = [PICTURE, Image.new("L", (WIDTH, HEIGHT), 255), PICTURE.rotate(180)]
    document = parse(saved(sheets[0], form="TIFF", save_all=True, append_images=sheets[1:]), "a.tiff")
    assert document.pages == 3
    assert [block.page for block in document.blocks if MEANT in document.text[block.start : block.end]] == [1, 3]


def test_the_way_up_that_a_camera_noted(engine: FakeRecognizer) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    document = parse(saved(PICTURE.rotate(90, expand=True), form="JPEG", exif=exif, quality=95), "a.jpg")
    assert MEANT in document.text and engine.seen == 1


def noise(width: int, height: int) -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 255, (height, width), np.uint8))


def test_what_is_no_page_is_left_out(engine: FakeRecognizer) -> None:
    with pytest.raises(SkippedFile, match="64 × 64 pixels, too small"):
        parse(saved(noise(64, 64)), "icon.png")
    engine.texts = []
    with pytest.raises(SkippedFile, match="no text was recognised"):
        parse(saved(PICTURE), "photo.png")
    with wishing(mode="off"), pytest.raises(SkippedFile, match="it is off"):
        parse(saved(PICTURE), "a.png")


@pytest.mark.usefixtures("no_engine")
def test_without_an_engine_a_picture_is_left_out_with_the_way_out() -> None:
    with pytest.raises(SkippedFile, match="only OCR reads a picture") as caught:
        parse(saved(PICTURE), "a.png")
    assert "pip install 'ragqa[ocr]'" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("cut.png", lambda: saved(PICTURE)[:2000]),
        ("cut.jpg", lambda: saved(PICTURE.convert("RGB"), form="JPEG")[:300]),
        ("head.tif", lambda: b"II*\x00" + b"\xff" * 200),
        ("other.png", lambda: b"%PDF-1.4 no picture"),
        ("text.jpg", lambda: b"no picture at all"),
        ("bomb.png", lambda: saved(Image.new("1", (20_000, 20_000)))),
    ],
)
def test_a_damaged_or_forged_picture_is_refused(name: str, data: Callable[[], bytes], engine: FakeRecognizer) -> None:
    with pytest.raises(ParseError) as caught:
        parse(data(), name)
    assert caught.value.message and "Traceback" not in caught.value.message


def framed(canvas: Canvas) -> None:
    image = Image.fromarray(drawn_page(TABLE))
    draw = ImageDraw.Draw(image)
    for y in (250, 310, 410, 470):
        draw.line((140, y, 1000, y), fill=0, width=3)
    for x in (140, 500, 1000):
        draw.line((x, 250, x, 470), fill=0, width=3)
    draw_scan(canvas, np.asarray(image))


TABLE = [
    ("Part", 150, 290, 30), ("Every", 520, 290, 30), ("Filter of the pump", 150, 350, 30),
    ("nine weeks, and at once", 520, 350, 30), ("when water is cloudy", 520, 390, 30), ("Hose", 150, 450, 30),
    ("three years", 520, 450, 30),
]  # fmt: skip


def test_a_ruled_table_of_a_scan_keeps_its_rows(engine: FakeRecognizer) -> None:
    engine.texts = TABLE
    rows = texts(parse(drawn_pdf(framed), "a.pdf"), BlockKind.TABLE_ROW)
    assert any("Filter of the pump" in row and "nine weeks, and at once when water is cloudy" in row for row in rows)
    assert any("Hose" in row and "three years" in row for row in rows)
