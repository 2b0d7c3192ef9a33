"""Tables that are written as paragraphs with tabs between their cells, in each format that has such paragraphs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from office_samples import open_document, presentation, shape
from parsing_reading import texts
from word_samples import p, r, word

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def docx(*lines: str) -> Document:
    runs = [[part for cell in line.split("\t") for part in (r("<w:tab/>"), r(cell) if cell else "")][1:] for line in lines]
    return parse(word("".join(p(*filter(None, line)) for line in runs)), "a.docx")


def odt(*lines: str) -> Document:
    return parse(
        open_document("text", "".join(f"<text:p>{line}</text:p>" for line in lines).replace("\t", "<text:tab/>")), "a.odt"
    )


def rtf(*lines: str) -> Document:
    return parse("".join([r"{\rtf1 ", *(line.replace("\t", r"\tab ") + r"\par " for line in lines), "}"]).encode(), "a.rtf")


def pptx(*lines: str) -> Document:
    document = parse(presentation(shape(*lines)), "a.pptx")
    assert document.blocks[0].kind is BlockKind.HEADING  # the slide's number
    return replace(document, blocks=document.blocks[1:])


READERS = pytest.mark.parametrize("read", [docx, odt, rtf, pptx])
TABLE = ["Model | Weight | Size", "Model: X1 | Weight: 12 kg | Size: 3 m", "Model: X2 | Weight: 13 kg | Size: 4 m"]


@READERS
def test_paragraphs_with_the_same_number_of_tabs_are_a_table(read: Callable[..., Document]) -> None:
    document = read("Before.", "Model\tWeight\tSize", "X1\t12 kg\t3 m", "X2\t13 kg\t4 m", "After.")
    assert texts(document) == ["Before.", *TABLE, "After."]
    assert texts(read("Model\t\tWeight\tSize", "X1\t12 kg\t\t3 m", "X2\t13 kg\t4 m"), BlockKind.TABLE_ROW) == TABLE
    assert texts(read("Volts\t230", "Watts\t\t2000", "Mass\t4 kg"), BlockKind.TABLE_ROW) == [
        "Volts | 230",
        "Watts | 2000",
        "Mass | 4 kg",
    ]


@READERS
@pytest.mark.parametrize(
    "lines",
    [
        ["1.\tOpen it", "2.\tFill it", "3.\tClose it"],
        ["a)\tOpen it", "b)\tFill it", "c)\tClose it"],
        ["Date\tName", "Place"],
        ["Volts\t230", "Watts\t2000"],
        ["Model\tWeight\tSize", "X1\t12 kg", "X2\t3 m"],
        ["Open the lid slowly and with both hands, as far as it goes, and no further than that, please\tdone\tyes"] * 2,
        ["WARNING:\tHot lid", "WARNING:\tHot pot", "WARNING:\tHot pan"],
    ],
)
def test_other_paragraphs_with_tabs_are_none(read: Callable[..., Document], lines: list[str]) -> None:
    document = read(*lines)
    assert texts(document, BlockKind.TABLE_ROW) == []
    assert texts(document) == [line.replace("\t", " ") for line in lines]
