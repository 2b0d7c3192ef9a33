from __future__ import annotations

import io
import zipfile

import docx
import docx.enum.style
import pytest
from parsing_reading import groups, section_of, texts
from parsing_samples import manual_docx, saved, zipped

from ragqa.errors import ParseError
from ragqa.parsing.docx import styles
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind

DOCUMENT = parse(manual_docx(), "pump.docx")


def test_title_and_sections() -> None:
    assert DOCUMENT.title == "Pump guide"
    assert section_of(DOCUMENT, "Read this") == ("Pump guide",)
    assert section_of(DOCUMENT, "X1") == ("Setup", "Data")


def test_numbers_are_computed_as_word_shows_them() -> None:
    items = ["1. Fill the tank", "2. Close the lid", "\u2022 Use soft water", "3. Press start"]
    assert texts(DOCUMENT, BlockKind.LIST_ITEM) == items
    assert len(set(groups(DOCUMENT, BlockKind.LIST_ITEM))) == 1


def test_tables_merged_cells_and_boxes() -> None:
    assert texts(DOCUMENT, BlockKind.TABLE_ROW) == [
        "Model | Weight | Power",
        "Model: X1 | Weight: 12 kg | Power: 5 W",
        "Model: X2 | Weight: 13 kg | Power: 6 W",
        "Both columns",
        "left | right",
    ]
    assert texts(DOCUMENT, BlockKind.WARNING) == ["WARNING", "Hot surface."]


def test_core_title_wins_and_generic_ones_do_not() -> None:
    document = docx.Document()
    document.core_properties.title = "Saw manual"
    document.add_paragraph("Words")
    assert parse(saved(document), "a.docx").title == "Saw manual"
    document.core_properties.title = "Microsoft Word - foo.doc"
    assert parse(saved(document), "my_saw.docx").title == "my saw"


def test_nested_tables_and_links_keep_their_words() -> None:
    document = docx.Document()
    outer = document.add_table(rows=1, cols=2)
    outer.cell(0, 0).text = "outer"
    outer.cell(0, 1).add_table(rows=1, cols=1).cell(0, 0).text = "inner"
    assert texts(parse(saved(document), "a.docx")) == ["outer | inner"]


def bomb() -> bytes:
    return zipped({"[Content_Types].xml": "<x/>", "word/document.xml": b" " * 50_000_000})


def test_a_zip_bomb_is_refused_before_it_expands() -> None:
    data = bomb()
    assert len(data) < 100_000
    with pytest.raises(ParseError, match="expands to 50 MB: refused"):
        parse(data, "a.docx")


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    data = bytearray(bomb())
    directory = data.rindex(b"word/document.xml") - 46
    data[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert archive.getinfo("word/document.xml").file_size == 1000
    with pytest.raises(ParseError):
        parse(bytes(data), "a.docx")


def test_entities_are_refused() -> None:
    evil = '<!DOCTYPE x [<!ENTITY a "aaaa">]><w:document>&a;</w:document>'
    with pytest.raises(ParseError, match="entities"):
        parse(zipped({"[Content_Types].xml": "<x/>", "word/document.xml": evil}), "a.docx")


@pytest.mark.parametrize(
    ("style", "level"),
    [
        ("Heading 2", 2), ("Überschrift 1", 1), ("Titre 3", 3), ("Título 2", 2), ("Titolo 1", 1), ("Kop 4", 4), ("标题 1", 1),
        ("見出し 2", 2), ("제목 1", 1), ("heading1", 1), ("Heading", None), ("Titel", None), ("Normal", None),
    ],
)  # fmt: skip
def test_headings_by_the_names_of_styles_in_any_language(style: str, level: int | None) -> None:
    assert styles.heading_level(style) == level


def test_other_styles_in_any_language() -> None:
    listed = {"List Bullet": (False, 0), "Aufzählungszeichen 2": (False, 1), "Listennummer": (True, 0), "Normal": None}
    assert {name: styles.list_style(name) for name in listed} == listed
    assert all(map(styles.is_title, ("Title", "Titel", "Título", "表題")))
    assert all(map(styles.is_contents, ("TOC 1", "toc heading", "Verzeichnis 2", "TM 1", "目次 1")))
    assert all(map(styles.is_warning, ("Warning", "My Note Box", "Achtung", "Mise en garde", "Let op", "警告")))
    assert not any(map(styles.is_warning, ("Normal", "Footnote Text", "Heading 1")))
    assert not any(map(styles.is_contents, ("Normal", "Heading 1", "Titel")))


def test_a_document_of_a_word_processor_set_to_german() -> None:
    document = docx.Document()
    for name, text in (("Überschrift 1", "Entkalken"), ("Achtung", "Heißer Dampf."), ("Listennummer", "Essig einfüllen.")):
        document.styles.add_style(name, docx.enum.style.WD_STYLE_TYPE.PARAGRAPH)
        document.add_paragraph(text, style=name)
    read = parse(saved(document), "a.docx")
    assert section_of(read, "Dampf") == ("Entkalken",)
    assert texts(read, BlockKind.WARNING) == ["Heißer Dampf."]
    assert texts(read, BlockKind.LIST_ITEM) == ["1. Essig einfüllen."]
