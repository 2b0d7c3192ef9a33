from __future__ import annotations

import pytest

from ragqa.text.agreement import is_right, plain, stands_in


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("12 V", "24 V"),
        ("4 bar", "40 bar"),
        ("2:36 h", "2:39 h"),
        ("1.5 bar", "15 bar"),
        ("-10 °C", "10 °C"),
        ("20 °F", "20 °C"),
        ("12", "1/2"),
        ("24", "2 4"),
        ("Error code E25", "Error code E24"),
        ("M8", "8"),
        ("The warranty lasts 24 months.", "The warranty lasts 30 months."),
        ("Wait for 5 minutes", "Wait for 5 seconds"),
        ("10 V fuse", "10 A fuse"),
        ("10 V", "10 A"),
    ],
)
def test_another_number_or_unit_is_wrong_however_many_words_are_shared(text: str, answer: str) -> None:
    assert not is_right(text, [answer]) and not is_right(answer, [text])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("left button", "right button"),
        ("the left button", "the right button"),  # the article is not counted: it would make two words of three
        ("", "24 V"),
        ("port B", "port A"),
        ("Press a button", "A"),
        ("左按钮", "右按钮"),
        ("开机", "关机"),
        ("-", "+"),
    ],
)
def test_half_the_words_are_too_few(text: str, answer: str) -> None:
    assert not is_right(text, [answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("“PF”", "PF"),
        ("20°C", "20 °C"),
        ("20 ºC", "20 ℃"),
        ("5kg", "5 kg"),
        ("−10 °C", "-10°C"),
        ("10–20 kg", "10-20 kg"),
        ("1,500 W", "1500 W"),
        ("Code E 24", "E24"),
        ("Wi-Fi", "WiFi"),
        ("Menu → Reset", "menu > reset"),
        ("A", "A"),
        ("port A", "A"),
        ("A red button", "a red button"),
        ("電源を切る。", "電源を切る"),
        ("전원 버튼을", "전원 버튼"),
        ("+", " +"),
    ],
)
def test_typing_does_not_count(text: str, answer: str) -> None:
    assert is_right(text, [answer])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("24 V", "24"),
        ("24", "24 V"),  # the unit is missing, not another one
        ("from -24 to +24", "from -24 to +24 semitones"),
        ("16 bar", "a maximum of 16 bar"),
        ("The hose that comes with it is 1.5 m long.", "1.5 m"),
        ("Motor fault. Call the service", "Motor fault. Call services."),
        ("Press it. Wait 5 seconds.", "1. Press it\n2. Wait 5 seconds"),
    ],
)
def test_the_answer_with_a_little_more_or_less_is_right(text: str, answer: str) -> None:
    assert is_right(text, ["something else", answer])


def test_a_long_text_is_right_only_if_it_shares_most_words() -> None:
    assert not is_right("The hose that comes with it is 1.5 m long, grey, and kept in the box under the drum.", ["1.5 m"])


def test_nothing_is_right_where_nothing_is_accepted() -> None:
    assert not is_right("24 V", []) and not is_right("", [""])


@pytest.mark.parametrize(
    ("text", "answer", "expected"),
    [
        ("about 1.5 m long", "1.5 m", True),
        ("11.5 m long", "1.5 m", False),
        ("Ctrl + L", "Ctrl+L", True),
        ("E10", "E1", False),
        ("0,21 kW", "0,21 kWh", False),
        ("按住复位按钮十秒钟", "复位按钮", True),
        ("about -5 °C", "5 °C", False),
        ("3 1 2", "12", False),
        ("Press a button", "A", False),
        ("anything", "?!", False),
    ],
)
def test_an_answer_stands_in_a_text_from_word_to_word(text: str, answer: str, expected: bool) -> None:
    assert stands_in(plain(text), plain(answer)) is expected


def test_articles_go_where_a_word_follows_unless_they_may_be_names() -> None:
    assert plain("The lid. A fan of 5 A on the “A” side, or an A and a B: the") == "lid fan of 5 a on a side or a and b the"
