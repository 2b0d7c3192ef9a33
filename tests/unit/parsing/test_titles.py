"""What a PDF is called: its own title where that is believable, else its file's name."""

import pytest
from parsing_samples import drawn_pdf, lines_pdf
from reportlab.pdfgen.canvas import Canvas

from ragqa.parsing.registry import parse
from ragqa.parsing.titles import heading_of_title, pdf_title


@pytest.mark.parametrize(
    "carried",
    [
        None,
        "untitled",
        "ManualsLib - Makes it easy to find manuals online!",
        "Operating Instructions",
        "UM_TAT2159_00_v1.0_20240821",
        "124971970\u00a5EW1200I\u00a5gb",
        "FullManual.book",
        "U\u017dDAROJI AKCIN\u0116 BENDROV\u0116",
    ],
)
def test_a_title_that_is_none_gives_way_to_the_name_of_the_file(carried: str | None) -> None:
    assert (
        pdf_title("oven/Smeg-DUSF400S-user-manual.pdf", carried, "Contents", "Contents. Cleaning.") == "Smeg DUSF400S user manual"
    )


def test_a_title_that_says_what_the_file_is_called_is_kept() -> None:
    assert pdf_title("openhantek6022-manual.pdf", "OpenHantek6022 User Manual", "1 Start", "") == "OpenHantek6022 User Manual"
    assert pdf_title("brew.pdf", None, "Brewmaster 300", "") == "Brewmaster 300"
    assert pdf_title("ram-tester_4.x.pdf", "Microsoft Word - x.doc", "The RAM-Tester", "") == "The RAM-Tester"


def test_a_title_that_the_text_keeps_saying_is_kept() -> None:
    said = "Fill the Brewmaster Compact. The Brewmaster is hot. A compact machine."
    assert pdf_title("coffee.pdf", "Brewmaster Compact", "Contents", said) == "Brewmaster Compact"
    assert pdf_title("coffee.pdf", "Brewmaster Compact", "Contents", "Fill it.") == "coffee"


def test_a_heading_with_a_model_is_the_title_where_the_file_is_named_for_something_else() -> None:
    assert pdf_title("leaders.pdf", "untitled", "Lawn edger LE-40", "") == "Lawn edger LE-40"
    assert pdf_title("Trikdis-R-IP12.pdf", None, "Repeater R-IP12", "") == "Trikdis R-IP12"
    assert pdf_title("smeg-oven.pdf", None, "Chapter 1", "") == "smeg oven"


@pytest.mark.parametrize(
    "path", ["manual.pdf", "scan_0012.pdf", "W10192051A.pdf", "Download (3).pdf", "a8f3c2e9d1b4.pdf", "user-guide-en.pdf"]
)
def test_a_name_that_names_nothing_does_not_replace_a_title(path: str) -> None:
    assert pdf_title(path, "Wall Oven 27", "Contents", "") == "Wall Oven 27"
    assert pdf_title(path, "", "Wall ovens", "") == "Wall ovens"


def test_a_heading_that_names_no_product_gives_way_to_the_next_and_to_the_files_name() -> None:
    assert heading_of_title(["Owner's Manual", "CT125A", "Welcome"]) == "CT125A"
    assert heading_of_title(["User Manual", "Operating Instructions"]) == ""
    assert pdf_title("3gb53231b.pdf", "3gb53231b.fm5", "INSTRUCTIONS FOR USE", "") == "3gb53231b"
    assert pdf_title("manual.pdf", "Layout 1", "User Manual", "") == "User Manual"


def test_a_heading_that_lacks_the_model_in_the_files_name_does_not_replace_that() -> None:
    assert pdf_title("Robzyl-V5.1-UV-K5.pdf", None, "Manual Robzyl V5.1", "") == "Robzyl V5.1-UV-K5"


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        ("Trikdis-R-IP12", "Trikdis R-IP12"),
        ("Quansheng-UV-K5-radio", "Quansheng UV-K5 radio"),
        ("Big_Saw", "Big Saw"),
        ("Dyson V8 - cleaning", "Dyson V8 - cleaning"),
        ("Waschmaschine-Anleitung", "Waschmaschine Anleitung"),
    ],
)
def test_a_files_name_is_written_in_words(stem: str, title: str) -> None:
    assert pdf_title(f"folder/{stem}.pdf", None, "", "") == title


def test_the_title_of_a_pdf_without_a_name_is_on_its_first_page() -> None:
    def draw(canvas: Canvas) -> None:
        for line, size, y in (("Owner's Manual", 30, 700), ("Sledge S300", 24, 600), ("Keep it dry.", 10, 500)):
            canvas.setFont("Helvetica-Bold" if size > 20 else "Helvetica", size)
            canvas.drawString(72, y, line)
        canvas.showPage()
        canvas.setFont("Helvetica", 10)
        for row in range(20):
            canvas.drawString(72, 700 - 12 * row, "The sledge is of ash and steel.")

    assert parse(drawn_pdf(draw, title="31K2EA100_enu"), "a/31K2E-100.pdf").title == "Sledge S300"


def test_a_pdf_is_parsed_under_its_name() -> None:
    document = parse(
        lines_pdf(["Contents", "words here"], title="ManualsLib - Makes it easy to find manuals online!"), "a/Bosch-Saw.pdf"
    )
    assert document.title == "Bosch Saw"
