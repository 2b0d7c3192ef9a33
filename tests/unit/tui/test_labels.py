"""KEY=VALUE words: how they are told apart, go on, and are found."""

from __future__ import annotations

import pytest

from ragqa.metadata import parsed
from tui.widgets.labels import Offered, joined, split

OFFERED = Offered(
    {"brand": {"Aqua": 3, "Aqua Pure": 1, "Lumo": 1}, "model": {"K200": 2}, "note": {"a b=c": 1, "bad\u00adname": 1}}
)


@pytest.mark.parametrize(
    ("typed", "texts"),
    [
        ("", []),
        ("  ", []),
        ("brand=Aqua", ["brand=Aqua"]),
        (" brand=Aqua Pure   model=K200 ", ["brand=Aqua Pure", "model=K200"]),
        ("""brand="Aqua Pure" model='K 2' """, ["brand=Aqua Pure", "model=K 2"]),
        ("brand=O'Brien model=19\" x", ["brand=O'Brien", 'model=19" x']),
        ("note='a b=c' x=y", ["note=a b=c", "x=y"]),
        ("note='a b=c", ["note='a", "b=c"]),
        ("brand=", ["brand="]),
        ("brand= model=K2", ["brand=", "model=K2"]),
        ("Aqua model=K2", ["Aqua", "model=K2"]),
        ("größe=3 brand=x=y=z", ["größe=3", "brand=x=y=z"]),
    ],
)
def test_words_are_told_apart(typed: str, texts: list[str]) -> None:
    assert split(typed) == texts


def test_what_is_shown_can_be_typed_again() -> None:
    values = ["Aqua Pure", "O'Brien", "a b=c", "'a b=c", '"quoted"', "'x'", '19" wide']
    metadata = parsed([*(f"note={value}" for value in values), "e=a= b"])
    assert parsed(split(joined(metadata))) == metadata


@pytest.mark.parametrize(
    ("typed", "goes_on"),
    [
        ("br", "brand="),
        ("brand=", "brand=Aqua"),
        ("BRAND=aq", "brand=Aqua"),
        ("brand=Aqua", "brand=Aqua Pure"),
        ("brand=Aqua Pu", "brand=Aqua Pure"),
        ("brand=Lumo mo", "brand=Lumo model="),
        ("brand=Lumo model=", "brand=Lumo model=K200"),
        ("brand=Lumo ", None),
        ("note=bad", None),
        ("", None),
        ("zzz", None),
    ],
)
def test_words_go_on_as_those_there_are(typed: str, goes_on: str | None) -> None:
    assert OFFERED.completed(typed) == goes_on


def test_the_words_that_fit_the_end_of_what_is_typed() -> None:
    known = list(OFFERED.words)
    assert OFFERED.fitting("") == (0, known) and 'note="a b=c"' in known
    assert OFFERED.fitting("pure") == (0, ["brand=Aqua Pure"])
    assert OFFERED.fitting("brand=Lumo k2") == (11, ["model=K200"])
    assert OFFERED.fitting("brand=Aqua Pu") == (0, ["brand=Aqua Pure"])
    assert OFFERED.fitting("brand=Lumo pure aq") == (11, ["brand=Aqua Pure"])
    assert OFFERED.fitting("brand=Lumo mo") == (11, ["model=K200", "brand=Lumo"])
    assert OFFERED.fitting("brand=Zzz")[1] == []


def test_what_no_document_has() -> None:
    assert OFFERED.unheld(parsed(["brand=AQUA", "model=k*", "brand=l?mo"])) == []
    assert OFFERED.unheld(parsed(["brand=Aqu", "model=Z*", "make=Aqua"])) == ["brand=Aqu", "model=Z*", "make=Aqua"]
