"""The numbers that Word computes: lists that go on, begin anew, take their levels from styles."""

from __future__ import annotations

import pytest
from parsing_reading import texts
from word_samples import p, sdt, word

from ragqa.parsing.docx.number_formats import padded, written
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind


def lvl(depth: int, pattern: str, form: str = "decimal", start: int = 1, more: str = "") -> str:
    inside = f'<w:start w:val="{start}"/><w:numFmt w:val="{form}"/>{more}<w:lvlText w:val="{pattern}"/>'
    return f'<w:lvl w:ilvl="{depth}">{inside}</w:lvl>'


def abstract(number: int, *levels: str) -> str:
    return f'<w:abstractNum w:abstractNumId="{number}">{"".join(levels)}</w:abstractNum>'


def num(number: int, base: int, *overrides: str) -> str:
    return f'<w:num w:numId="{number}"><w:abstractNumId w:val="{base}"/>{"".join(overrides)}</w:num>'


def override(depth: int, inside: str) -> str:
    return f'<w:lvlOverride w:ilvl="{depth}">{inside}</w:lvlOverride>'


def begin(depth: int, number: int) -> str:
    return override(depth, f'<w:startOverride w:val="{number}"/>')


def items(body: str, numbering: str, styles: str = "") -> list[str]:
    return texts(parse(word(body, numbering=numbering, styles=styles), "a.docx"))


def listed(*places: tuple[int, int]) -> str:
    return "".join(p("x", number=place) for place in places)


OUTLINE = abstract(1, lvl(0, "%1."), lvl(1, "%1.%2"), lvl(2, "%1.%2.%3"))


@pytest.mark.parametrize(
    ("numbering", "places", "markers"),
    [
        (OUTLINE + num(1, 1) + num(2, 1), [(1, 0), (1, 0), (2, 0)], "1. 2. 3."),
        (OUTLINE + num(1, 1) + num(2, 1, begin(0, 1)), [(1, 0), (1, 0), (2, 0), (2, 0)], "1. 2. 1. 2."),
        (OUTLINE + num(1, 1) + num(2, 1, begin(0, 4)), [(1, 0), (2, 0), (1, 0)], "1. 4. 5."),
        (OUTLINE + num(1, 1, begin(0, 7)), [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)], "7. 7.1 7.2 8. 8.1"),
        (OUTLINE + num(1, 1) + num(2, 1, begin(0, 1), begin(1, 5)), [(1, 0), (1, 0), (2, 1), (2, 1)], "1. 2. 2.5 2.6"),
        (OUTLINE + num(1, 1, override(1, lvl(1, "%2)", "lowerLetter"))), [(1, 0), (1, 1), (1, 1)], "1. a) b)"),
        (OUTLINE + num(1, 1, override(0, '<w:startOverride w:val="3"/>' + lvl(0, "No.%1"))), [(1, 0), (1, 0)], "No.3 No.4"),
        (abstract(1, lvl(0, "%1."), lvl(1, "%2.", more='<w:lvlRestart w:val="0"/>')) + num(1, 1),
         [(1, 0), (1, 1), (1, 0), (1, 1)], "1. 1. 2. 2."),
        (abstract(1, lvl(0, "%1."), lvl(1, "%2."), lvl(2, "%3.", more='<w:lvlRestart w:val="1"/>')) + num(1, 1),
         [(1, 0), (1, 1), (1, 2), (1, 1), (1, 2), (1, 0), (1, 1), (1, 2)], "1. 1. 1. 2. 2. 2. 1. 1."),
        (abstract(1, lvl(0, "%1.", "upperRoman"), lvl(1, "%1.%2", more="<w:isLgl/>")) + num(1, 1), [(1, 0), (1, 1)], "I. 1.1"),
        (abstract(1, lvl(0, "\uf0b7", "bullet"), lvl(1, "%2.")) + num(1, 1), 
         [(1, 0), (1, 1), (1, 1), (1, 0), (1, 1)], "• 1. 2. • 1."),
        (abstract(1, lvl(0, "%1.", start=0)) + num(1, 1), [(1, 0), (1, 0)], "0. 1."),
        (abstract(1, lvl(0, "%1."), lvl(1, "\u2014", "bullet"), lvl(2, "%1.%2%3.")) + num(1, 1),
         [(1, 0), (1, 2), (1, 2)], "1. 1.1. 1.2."),
        (abstract(1, '<w:lvl w:ilvl="0"><w:start w:val="2"/></w:lvl>') + num(1, 1), [(1, 0), (1, 0)], "2. 3."),
        (OUTLINE, [(9, 0)], "•"),
        (OUTLINE + num(1, 77), [(1, 0)], "•"),
    ],
)  # fmt: skip
def test_markers(numbering: str, places: list[tuple[int, int]], markers: str) -> None:
    assert [item.removesuffix(" x") for item in items(listed(*places), numbering)] == markers.split()


def test_a_list_that_takes_its_levels_from_a_style() -> None:
    numbering = (
        abstract(5, '<w:numStyleLink w:val="House"/>')
        + abstract(6, '<w:styleLink w:val="House"/>', lvl(0, "Step %1:"))
        + num(1, 5)
        + num(2, 6)
    )
    styles = '<w:style w:type="numbering" w:styleId="House"><w:pPr><w:numPr><w:numId w:val="2"/></w:numPr></w:pPr></w:style>'
    assert items(listed((1, 0), (1, 0)), numbering, styles) == ["Step 1: x", "Step 2: x"]


def test_numbers_that_a_style_gives_at_the_level_that_names_it() -> None:
    numbering = abstract(1, lvl(0, "%1", more='<w:pStyle w:val="A"/>'), lvl(1, "%1.%2", more='<w:pStyle w:val="B"/>')) + num(1, 1)
    numbered = '<w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
    styles = (
        f'<w:style w:type="paragraph" w:styleId="A"><w:name w:val="heading 1"/>{numbered}</w:style>'
        f'<w:style w:type="paragraph" w:styleId="B"><w:name w:val="heading 2"/>{numbered}</w:style>'
        '<w:style w:type="paragraph" w:styleId="C"><w:name w:val="Own"/><w:basedOn w:val="B"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="D"><w:name w:val="Plain"/><w:basedOn w:val="B"/>'
        '<w:pPr><w:numPr><w:numId w:val="0"/></w:numPr></w:pPr></w:style>'
    )
    body = p("One", style="A") + p("Two", style="B") + p("Three", style="C") + p("Four", style="D") + p("Five", style="A")
    assert items(body, numbering, styles) == ["1 One", "1.1 Two", "1.2 Three", "Four", "2 Five"]


def test_a_marker_of_words_is_part_of_the_text() -> None:
    numbering = abstract(1, lvl(0, "CAUTION:", "none")) + num(1, 1) + abstract(2, lvl(0, "Note:", "bullet")) + num(2, 2)
    document = parse(word(p("Hot.", number=(1, 0)) + p("Use soap.", number=(2, 0)), numbering=numbering), "a.docx")
    assert texts(document, BlockKind.WARNING) == ["CAUTION: Hot.", "Note: Use soap."]


def test_empty_items_count_and_deleted_or_hidden_ones_do_not() -> None:
    numbering = abstract(1, lvl(0, "%1.")) + num(1, 1)
    gone = '<w:rPr><w:del w:id="1"/></w:rPr>'
    hidden = "<w:rPr><w:vanish/></w:rPr>"
    deleted = p("<w:del><w:r><w:delText>gone</w:delText></w:r></w:del>", number=(1, 0), more=gone)
    body = p("a", number=(1, 0)) + p(number=(1, 0)) + deleted + p(number=(1, 0), more=hidden) + p("b", number=(1, 0))
    assert items(body, numbering) == ["1. a", "3. b"]


def test_items_in_controls_and_old_numbers_of_tracked_changes() -> None:
    numbering = abstract(1, lvl(0, "%1.")) + num(1, 1)
    change = '<w:pPrChange><w:pPr><w:numPr><w:numId w:val="9"/></w:numPr></w:pPr></w:pPrChange>'
    body = p("a", number=(1, 0)) + sdt(p("b", number=(1, 0), more=change)) + sdt(sdt(p("c", number=(1, 0))))
    assert items(body, numbering) == ["1. a", "2. b", "3. c"]


@pytest.mark.parametrize(
    ("number", "form", "shown"),
    [
        (27, "upperLetter", "AA"), (1999, "lowerRoman", "mcmxcix"), (3, "decimalZero", "03"), (12, "ordinal", "12th"),
        (22, "ordinal", "22nd"),
        (21, "cardinalText", "Twenty-one"), (5, "ordinalText", "Fifth"), (40, "ordinalText", "Fortieth"),
        (3, "decimalEnclosedCircle", "③"),
        (15, "chineseCounting", "十五"), (20, "japaneseCounting", "二十"), (2, "russianUpper", "Б"), (4, "unheardOf", "4"),
        (0, "lowerLetter", "0"),
        (10**7, "lowerRoman", "10000000"), (10**7, "upperLetter", "10000000"), (500, "cardinalText", "500"),
    ],
)  # fmt: skip
def test_formats(number: int, form: str, shown: str) -> None:
    assert written(number, form) == shown


def test_a_format_of_ones_own() -> None:
    assert padded(7, "001, 002, 003, ...") == "007"
    numbering = abstract(
        1,
        '<w:lvl w:ilvl="0"><mc:AlternateContent><mc:Choice><w:numFmt w:val="custom" w:format="001, 002"/></mc:Choice>'
        '<mc:Fallback><w:numFmt w:val="decimal"/></mc:Fallback></mc:AlternateContent><w:lvlText w:val="%1:"/></w:lvl>',
    )
    assert items(listed((1, 0), (1, 0)), numbering + num(1, 1)) == ["001: x", "002: x"]
