from __future__ import annotations

import pytest

from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.whole import whole
from ragqa.answering.windows import Passage


def told(text: str, *parts: str, segments: tuple[tuple[int, int], ...] = ()) -> list[str]:
    """What becomes of the first occurrence of each part, told best first."""
    spans = tuple(SpanScore(0, text.index(part), text.index(part) + len(part), -float(n)) for n, part in enumerate(parts))
    reading = whole(Reading(spans, -1.0), [Passage(text, "", segments)])
    assert reading.null == -1.0
    return [text[span.start : span.end] for span in reading.spans]


@pytest.mark.parametrize(
    ("text", "part", "answer"),
    [
        ("It takes 2:36 h in all.", "36 h", "2:36 h"),
        ("It needs 0,21 kWh a day.", "21 kW", "0,21 kWh"),
        ("Up to 10,000 sheets", "000", "10,000"),
        ("Version 5.1.2 of it", "1", "5.1.2"),
        ("Set it to 5. 6 is too much.", "5", "5"),
        ("At 5: 6 litres", "5", "5"),
        ("The end is 7.", "7", "7"),
        ("Use the UV-K5 only", "K5", "UV-K5"),
        ("Shows E-24 then", "24", "E-24"),
        ("Below -10 °C it stops", "10", "-10 °C"),
        ("Max. temperature (−5°C)", "5", "−5°C"),
        ("Wash at 60°C", "60", "60°C"),
        ("Wash at 60 °C", "°C", "60 °C"),
        ("At 95% humidity", "95", "95%"),
        ("Add 1/2 cup", "2", "1/2"),
        ('It is 41¹⁄₂" wide', "41¹", '41¹⁄₂"'),
        ("It is 5'10\" high", "5", "5'10\""),
        ('Press "5" now', "5", "5"),
        ("Press “5” now", "5", "5"),
        ("It draws 1 000 W", "000", "1 000"),
        ("It draws 1\u202f500 W", "500 W", "1\u202f500 W"),
        ("Kilograms: 92 118 164", "118", "118"),
        ("In 2024 100 were sold", "100", "100"),
        ("I don't know", "don", "don't"),
        ("Ajoutez l'huile ici", "huile", "huile"),
        ("Der Schlu\u0308ssel fehlt", "Schlu", "Schlu\u0308ssel"),
        ("Chìa khóa bị mất ở đây kết", "k\u1ebf", "kết"),
        ("Up to 7,2 kW/208 volts", "7,2 kW", "7,2 kW/208"),
        ("It takes 5-7 days", "5", "5-7"),
        ("Range: 60–300 s", "300 s", "300 s"),
        ("Off - on", "on", "on"),
        ("Limits 1 - 8", "8", "8"),
        ("Set OPENHAB_HTTP_PORT first", "HTTP", "OPENHAB_HTTP_PORT"),
        ("Press it. If, however", ". If,", "If"),
        ("It weighs 5 kg, or less", " 5 kg, ", "5 kg"),
        ("Only .jpg files", ".jpg", ".jpg"),
        ('Send ":CHAN1" first', ":CHAN1", ":CHAN1"),
        ("To redial press # twice", "#", "#"),
        ("Über 40 Öfen", "fen", "Öfen"),
        ("洗濯機は四十分です", "四十", "四十"),
        ("Width 27 in (68.6 cm)", "68.6 cm)", "68.6 cm"),
        ("Width 27 in (68.6 cm)", "27 in (68.6 cm)", "27 in (68.6 cm)"),
        ("It is cold (below 5 °C) there", "(below 5 °C", "(below 5 °C)"),
        ("Width 27 in (68.6 cm)", "27 in (68.6 cm", "27 in (68.6 cm)"),
        ("It is cold (below 5 °C or so) there", "(below 5 °C", "below 5 °C"),
        ("See [3] there", "3]", "3"),
    ],
)
def test_spans_are_whole(text: str, part: str, answer: str) -> None:
    assert told(text, part) == [answer]


def test_spans_stay_in_their_segment() -> None:
    assert told("Code7 | 5h", "de", segments=((2, 5), (8, 10))) == ["de7"]


def test_cells_are_never_joined() -> None:
    assert told("1 - 8 | 2", "2", segments=((0, 5), (8, 9))) == ["2"]
    assert told("Limit: 1 | 000", "000", segments=((7, 8), (11, 14))) == ["000"]


def test_of_spans_that_become_one_the_best_stays() -> None:
    assert told("It takes 2:36 h in all.", "36 h", "2:36 h", "2:36") == ["2:36 h", "2:36"]


@pytest.mark.parametrize(
    "line", ["Settings ........ 8", "Settings . . . . . . 8", "SETTINGS--------8", "Name: ________", "Cleaning …………… 9"]
)
def test_a_line_of_contents_is_no_answer(line: str) -> None:
    assert told(f"{line}\nThe tank holds 5 l.", line, "5 l") == ["5 l"]


@pytest.mark.parametrize(
    "text",
    ["------5\n5 | RECEIVER STRUCTURE------\n6 | FUSES", "Battery ...... 5\nFuses ...... 6", "Volts: ______ 5 | Amps: ______"],
)
def test_a_part_of_a_line_of_contents_is_no_answer(text: str) -> None:
    place = text.rindex("5")
    assert not whole(Reading((SpanScore(0, place, place + 1, 0.0),), 0.0), [Passage(text)]).spans


def test_a_leader_to_a_value_is_none_of_contents() -> None:
    assert told("Fuse ........ 5 A\nEarth spring ..... 90418\nSettings ...... 8", "5 A", "90418") == ["5 A", "90418"]


@pytest.mark.parametrize("mark", [".", " ;", ". ", "…", "。", "“"])
def test_punctuation_alone_is_no_answer(mark: str) -> None:
    assert told(f"The lid is open{mark} ", mark, "open") == ["open"]


def test_a_bracket_alone_is_no_answer() -> None:
    assert told("at once ) and", ")") == []
