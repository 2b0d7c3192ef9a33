"""reStructuredText, plain and as Sphinx extends it."""

from __future__ import annotations

import pytest
from parsing_reading import section_of, texts
from parsing_samples import RST

from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(text: str) -> Document:
    return parse(text.encode(), "a.rst")


def test_a_manual() -> None:
    document = read(RST)
    assert document.title == "Kettle manual"
    assert section_of(document, "Wipe the outside.") == ("Kettle manual", "Care")
    assert "Press Kettle 3 On and see Care or the parts. Choose File > Open." in document.text
    assert texts(document, BlockKind.WARNING) == ["Warning", "Steam burns.", "Keep away."]
    assert "New in version 2.0: The blue light." in document.text
    assert "Desk\n\nUse the small base." in document.text
    assert texts(document, BlockKind.TABLE_ROW) == ["Model | Volts | Watts", "Model: K1 | Volts: 230 | Watts: 2000"]
    assert texts(document, BlockKind.LIST_ITEM) == [
        "--boil: Boils water.",
        "lid: Closes the kettle.",
        "-v, --verbose: Say more",
        "Weight: 2 kg",
        "1. Fill it.",
        "a. Open the lid.",
        "2. Wait.",
    ]
    assert texts(document, BlockKind.CODE) == ["boil --now\n  fast", "literal words"]
    assert document.warnings == ("not followed: include other.rst",)


@pytest.mark.parametrize(
    "table",
    [
        "+-------+-------+-------+\n| Model | Volts | Watts |\n+=======+=======+=======+\n"
        "| K1    | 230   | 2000  |\n+-------+-------+-------+\n",
        "=====  =====  =====\nModel  Volts  Watts\n=====  =====  =====\nK1     230    2000\n=====  =====  =====\n",
        ".. csv-table::\n   :header: Model,Volts,Watts\n\n   K1,230,2000\n",
    ],
)
def test_tables(table: str) -> None:
    assert "Model: K1 | Volts: 230 | Watts: 2000" in read(f"Words.\n\n{table}\nMore.\n").text


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (":py:func:`~kettle.boil`", "See boil now."),
        (":kbd:`Ctrl+O`", "See Ctrl+O now."),
        (":term:`cycle <wash cycle>`", "See cycle now."),
        (":nobody-knows:`this`", "See this now."),
        ("|undefined|", "See |undefined| now."),
        ("`a link <somewhere.html>`_", "See a link now."),
        ("H\\ :sub:`2`\\ O", "See H2O now."),
    ],
)
def test_roles_known_or_not_keep_their_words(markup: str, words: str) -> None:
    assert read(f"See {markup} now.\n").text == words


@pytest.mark.parametrize("name", ["note", "seealso", "deprecated", "nobody-knows", "py:function", "dropdown", "only", "rubric"])
def test_directives_known_or_not_keep_their_words(name: str) -> None:
    argument = "Inner words." if name in ("note", "rubric") else "3.1\n   :option: x\n\n   Inner words."
    document = read(f"Before.\n\n.. {name}:: {argument}\n")
    assert "Inner words." in document.text


def test_what_is_broken_is_kept_as_written_and_said() -> None:
    document = read(
        "Words.\n\n+---+---+\n| a | b\n+---+---+\n| x | y |\n+---+\n\n.. figure:: a.png\n   :odd: x\n\n   The caption.\n"
    )
    assert "| x | y |" in document.text and "The caption." in document.text
    assert "2 parts" in document.warnings[0]


def test_nothing_outside_is_read() -> None:
    document = read(
        "Words.\n\n.. include:: /etc/hostname\n\n.. raw:: html\n   :file: x.html\n\n.. csv-table::\n   :file: /etc/passwd\n\n"
        ".. toctree::\n\n   a\n"
    )
    assert document.text == "Words."
    assert len(document.warnings) >= 4


@pytest.mark.parametrize("opened", ["*a ", "**a ", "`a ", "``a ", "|a ", "_`a ", ":kbd:`a "])
def test_marks_that_never_end_stay_as_they_are_written(opened: str) -> None:
    kept = texts(read(f"Saw\n===\n\nWater {opened * 3}and a c_ pump.\n\n.. _c: x\n"), BlockKind.PARAGRAPH)
    assert kept == [f"Water {opened * 3}and a c pump."]


def test_of_marks_without_number_the_first_are_read() -> None:
    (kept,) = texts(read("Saw\n===\n\n" + "*a* " * 1500 + "b.\n"), BlockKind.PARAGRAPH)
    assert kept == "a " * 1000 + "*a* " * 500 + "b."


def test_words_without_end_are_taken_as_they_are_written() -> None:
    word = "x-" * 600 + "x"
    (kept,) = texts(read(f"Saw\n===\n\nA *pump* {word} and a **saw**.\n"), BlockKind.PARAGRAPH)
    assert kept == f"A pump {word} and a saw."


def test_addresses_without_number_are_kept() -> None:
    (kept,) = texts(read("Saw\n===\n\n" + "http://a.b/ " * 2000 + "b.\n"), BlockKind.PARAGRAPH)
    assert kept == "http://a.b/ " * 2000 + "b."


def test_a_substitution_that_is_nowhere_stays_as_it_is_written_within_another() -> None:
    document = read("Turn the |part| on.\n\n.. |part| replace:: big |Knob| of |maker|\n.. |maker| replace:: Acme\n")
    assert document.text == "Turn the big |Knob| of Acme on."


@pytest.mark.parametrize(
    ("definitions", "text"),
    [
        (".. |a| replace:: so |a| on", "Take so |a| on."),
        (".. |a| replace:: one |b|\n.. |b| replace:: two |A|", "Take one two |A|."),
        (
            ".. |a| replace:: one |b| |b|\n.. |b| replace:: two |c|\n.. |c| replace:: three |b|",
            "Take one two three |b| two three |b|.",
        ),
    ],
)
def test_a_substitution_that_leads_back_to_itself_stays_there_as_it_is_written(definitions: str, text: str) -> None:
    assert read(f"Take |a|.\n\n{definitions}\n").text == text


@pytest.mark.parametrize("name", ["code", "code-block", "sourcecode"])
def test_a_listing_may_have_the_options_of_sphinx_and_a_caption(name: str) -> None:
    document = read(
        f"Saw\n===\n\n.. {name}:: yaml\n   :linenos:\n   :emphasize-lines: 1\n   :caption: The *file*\n   :name: file\n\n"
        "   port: 8080\n     speed: 2\n\nSee file_.\n"
    )
    assert texts(document) == ["Saw", "The file", "port: 8080\n  speed: 2", "See file."]
    assert texts(document, BlockKind.CODE) == ["port: 8080\n  speed: 2"]
    assert not document.warnings


def test_a_lone_section_keeps_its_heading() -> None:
    document = read("Install\n=======\n\nLinux\n-----\n\nUse apt.\n")
    assert document.title == "Install"
    block = next(b for b in document.blocks if "Use apt." in document.text[b.start : b.end])
    assert (block.section, block.levels) == (("Install", "Linux"), (1, 2))


def chain(length: int, uses: int) -> str:
    """Definitions of which each but the last uses the next one so often."""
    inner = (f".. |s{n}| replace:: x {f'|s{n + 1}| ' * uses}\n" for n in range(length))
    return f"{''.join(inner)}.. |s{length}| replace:: end\n"


def test_substitutions_within_substitutions_are_put_in() -> None:
    document = read(f"Use |s0| now.\n\n{chain(3, 2)}")
    assert document.text == "Use x x x end end x end end x x end end x end end now."
    assert not document.warnings


@pytest.mark.parametrize(("length", "uses"), [(15, 2), (60, 2), (300, 1)])
def test_substitutions_that_grow_without_end_stay_as_they_are_written_and_are_said(length: int, uses: int) -> None:
    document = read(f"Use |s0| now.\n\n{chain(length, uses)}")
    assert document.text == "Use |s0| now."
    (warning,) = document.warnings
    assert "substitutions are left as they are written" in warning


def test_a_long_substitution_is_not_put_in_without_number() -> None:
    document = read("A |long| b.\n\n" * 30 + f".. |long| replace:: {'word ' * 60_000}\n")
    assert len(document.text) < 6_000_000 and "A |long| b." in document.text
    assert "substitutions are left as they are written" in document.warnings[0]


def test_tabs_and_what_unfolds_stand_under_their_titles() -> None:
    document = read(
        "Valve\n=====\n\n.. tabs::\n\n   .. tab:: Gas\n\n      2 bar.\n\n   .. group-tab:: Oil & fat\n\n      3 bar.\n\n"
        "   .. code-tab:: py\n\n      if x:\n          y\n\n.. dropdown:: More\n\n   4 bar.\n\nAfter all.\n"
    )
    assert section_of(document, "2 bar.") == ("Valve", "Gas")
    assert section_of(document, "3 bar.") == ("Valve", "Oil & fat")
    assert section_of(document, "4 bar.") == ("Valve", "More")
    assert section_of(document, "After all.") == ("Valve",)
    assert texts(document, BlockKind.CODE) == ["if x:\n    y"]


def test_terms_of_a_glossary_that_share_an_explanation() -> None:
    document = read(".. glossary::\n\n   Lid\n   Cover\n      The top.\n\n   Pot\n      The rest.\n")
    assert texts(document, BlockKind.LIST_ITEM) == ["Lid, Cover: The top.", "Pot: The rest."]


def test_roman_numbers_and_roles_beside_a_directive() -> None:
    assert texts(read("(i) Open\n(ii) Close\n"), BlockKind.LIST_ITEM) == ["i. Open", "ii. Close"]
    assert read(".. seealso:: :ref:`Care <care>`\n").text == "See also: Care"
