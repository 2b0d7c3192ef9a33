from __future__ import annotations

import io
from collections.abc import Callable

import pypdfium2 as pdfium
import pytest
from parsing_reading import section_of, texts
from parsing_samples import drawn_pdf, lines_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.types import Document


def form(draw: Callable[[Canvas], None]) -> Document:
    def page(canvas: Canvas) -> None:
        canvas.drawString(72, 780, "Acceptance record of the winch")
        draw(canvas)
        canvas.showPage()

    return parse(drawn_pdf(page), "record.pdf")


def test_values_of_fields_stand_beside_their_labels() -> None:
    def fields(canvas: Canvas) -> None:
        for row, (label, value) in enumerate((("Drum number", "WD-7731"), ("Rope pull", "18 kN"), ("Tested by", "M. Okoro"))):
            canvas.drawString(72, 700 - 30 * row, label)
            canvas.acroForm.textfield(name=f"f{row}", value=value, x=220, y=694 - 30 * row, width=150, height=20)

    text = form(fields).text
    for label, value in (("Drum number", "WD-7731"), ("Rope pull", "18 kN"), ("Tested by", "M. Okoro")):
        assert any(label in line and value in line for line in text.splitlines())


def test_ticks_and_choices_are_read() -> None:
    def fields(canvas: Canvas) -> None:
        canvas.drawString(100, 700, "Brake released by hand")
        canvas.acroForm.checkbox(name="c1", x=75, y=697, size=14, checked=True)
        canvas.drawString(100, 670, "Load pin replaced")
        canvas.acroForm.checkbox(name="c2", x=75, y=667, size=14, checked=False)
        canvas.drawString(72, 640, "Grease grade")
        canvas.acroForm.choice(
            name="g", value="two", options=[("NLGI 1", "one"), ("NLGI 2", "two")], x=200, y=632, width=90, height=20
        )

    text = form(fields).text
    assert "[x] Brake released by hand" in text or "[x] | Brake released by hand" in text
    assert "[ ] Load pin replaced" in text or "[ ] | Load pin replaced" in text
    assert "NLGI 2" in text and "NLGI 1" not in text


def test_lines_of_a_field_stay_in_order_and_passwords_stay_hidden() -> None:
    def fields(canvas: Canvas) -> None:
        canvas.drawString(72, 690, "Remarks")
        canvas.acroForm.textfield(
            name="r", value="Rope is worn.\nOrder a new one.", x=200, y=640, width=200, height=60, fieldFlags="multiline"
        )
        canvas.drawString(72, 600, "Service code")
        canvas.acroForm.textfield(name="p", value="geheim42", x=200, y=594, width=90, height=20, fieldFlags="password")

    text = form(fields).text
    assert text.index("Rope is worn.") < text.index("Order a new one.") < text.index("Service code")
    assert "geheim42" not in text


def test_typed_text_stands_in_its_place_and_comments_follow_the_page() -> None:
    def notes(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Tighten the bolts.")
        canvas.freeTextAnnotation("Use 45 Nm here.", DA="/Helv 10 Tf", Rect=(72, 670, 300, 690))
        canvas.drawString(72, 640, "Fit the cover.")
        canvas.textAnnotation("The cover has two sides.", Rect=(400, 700, 420, 720))

    text = form(notes).text
    places = [text.index(words) for words in ("Tighten", "Use 45 Nm here.", "Fit the cover.", "The cover has two sides.")]
    assert places == sorted(places)


def test_hidden_notes_are_told() -> None:
    def notes(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "Fit the cover.")
        canvas.textAnnotation("Old remark.", Rect=(400, 700, 420, 720))
        canvas.showPage()

    data = drawn_pdf(notes)
    hidden = data.replace(b"/Subtype /Text", b"/F 2 /Subtype /Text").replace(b"/Type /Annot", b"/F 2 /Type /Annot", 1)
    document = parse(hidden, "a.pdf")
    assert "Old remark" not in document.text
    assert "hidden form fields and comments are not read: page 1" in document.warnings


def with_files(files: dict[str, bytes], lines: tuple[str, ...] = ("See the attached files.",)) -> bytes:
    pdf = pdfium.PdfDocument(lines_pdf(lines))
    for name, data in files.items():
        pdf.new_attachment(name).set_data(data)
    buffer = io.BytesIO()
    pdf.save(buffer)
    return buffer.getvalue()


def test_attached_files_are_read_under_their_names() -> None:
    markdown = b"# Purge\n\nOpen valve B for 9 seconds.\n\n- first\n- second\n"
    document = parse(with_files({"inner.pdf": lines_pdf(["The fan turns left."]), "purge.md": markdown}), "box.pdf")
    assert section_of(document, "The fan turns left.") == ("inner.pdf",)
    assert section_of(document, "Open valve B") == ("purge.md", "Purge")
    assert "\u2022 first\n\u2022 second" in document.text
    assert document.title == "box"
    for block, text in zip(document.blocks, texts(document), strict=True):
        assert document.text[block.start : block.end] == text


def test_files_that_nothing_reads_are_told() -> None:
    document = parse(with_files({"drawing.dwg": b"AC1032", "broken.pdf": b"%PDF-1.7 nothing"}), "box.pdf")
    assert len(document.warnings) == 1
    assert document.warnings[0].startswith("2 attached files are not read: ")
    assert "drawing.dwg (of another kind)" in document.warnings[0]


def test_files_inside_files_end_at_a_depth() -> None:
    data = lines_pdf(["The innermost words."])
    for level in range(4):
        data = with_files({f"level{level}.pdf": data}, (f"Words of level {level}.",))
    document = parse(data, "box.pdf")
    assert "Words of level 1." in document.text
    assert "The innermost words." not in document.text
    assert any("inside too many others" in warning for warning in document.warnings)


@pytest.mark.parametrize("name", ["../../etc/passwd.txt", "C:\\windows\\note.txt"])
def test_a_name_is_no_path(name: str) -> None:
    document = parse(with_files({name: b"Turn the key twice."}), "box.pdf")
    assert section_of(document, "Turn the key twice.")[0] in ("passwd.txt", "note.txt")
