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
        ("Use the UV-K5 only", "K5", "K5"),
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


def test_of_spans_that_become_one_the_best_stays() -> None:
    assert told("It takes 2:36 h in all.", "36 h", "2:36 h", "2:36") == ["2:36 h", "2:36"]


@pytest.mark.parametrize(
    "line", ["Settings ........ 8", "Settings . . . . . . 8", "SETTINGS--------8", "Name: ________", "Cleaning …………… 9"]
)
def test_a_line_of_contents_is_no_answer(line: str) -> None:
    assert told(f"{line}\nThe tank holds 5 l.", line, "5 l") == ["5 l"]


def test_a_bracket_alone_is_no_answer() -> None:
    assert told("at once ) and", ")") == []
