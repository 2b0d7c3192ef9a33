from __future__ import annotations

import pytest

from ragqa.text.words import comparable, joins, words_of, words_of_answer


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("The PUMP's filter, please!", ["the", "pumps", "filter", "please"]),
        ("don’t don't", ["dont", "dont"]),
        ("ﬁlter 5 ㎜", ["filter", "5", "mm"]),
        ("instal-\n  lation left-hand", ["installation", "left", "hand"]),
        ("co\u00adoperate re\u200bset", ["cooperate", "reset"]),
        ("5.5 1,000 10:30 192.168.0.1", ["5.5", "1000", "10:30", "192.168.0.1"]),
        ("-5 °C, −5 ℃, 5-10, 3 – 5", ["-5", "°", "c", "-5", "°c", "5", "10", "3", "5"]),
        ("≤ 5 bar > 3, Settings > General", ["≤", "5", "bar", ">", "3", "settings", "general"]),
        ("E-24 E24 HDMI-1 QE55Q7F 10mm", ["e24", "e24", "hdmi", "1", "qe55q7f", "10", "mm"]),
        ("GERA\u0308T groß", ["gerät", "gross"]),
        ("按下OK钮", ["按", "下", "ok", "钮"]),
        ("الزِّر ١٥", ["الزر", "15"]),
        ("दबाएँ", ["दबाएँ"]),
        ("… — ! ?", []),
    ],
)
def test_ways_of_typing_become_one(text: str, forms: list[str]) -> None:
    assert words_of(text).forms == forms


def test_each_word_knows_its_place() -> None:
    text = "Press “OK”,\nthen re-\nlease it."
    words = words_of(text)
    assert [text[start:end] for start, end in zip(words.starts, words.ends, strict=True)] == [
        "Press", "OK", "then", "re-\nlease", "it",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["1. Press it\n2. Wait", "• Press it\n– Wait", "a) Press it\nb) Wait", "Press it. 2. Wait", "  - 1) Press it\n(2) Wait"],
)
def test_markers_of_steps_are_no_words(text: str) -> None:
    assert words_of(text).forms == ["press", "it", "wait"]


def test_numbers_that_end_or_stand_inside_a_line_are_no_markers() -> None:
    assert words_of("Use version 2. Then set it to\n5.").forms == ["use", "version", "2", "then", "set", "it", "to", "5"]


def test_markers_can_be_kept_and_short_answers_keep_theirs() -> None:
    assert words_of("1. Press", markers=True).forms == ["1", "press"]
    assert words_of_answer("1. gear").forms == ["1", "gear"]
    assert words_of_answer("1. Press the red button").forms == ["press", "the", "red", "button"]


def test_a_comma_that_groups_no_thousands_stays() -> None:
    assert comparable("1,5") != comparable("15")


@pytest.mark.parametrize(
    ("text", "offset", "expected"), [("10mm", 2, True), ("10 mm", 2, False), ("15分", 2, False), ("ab", 0, False)]
)
def test_runs_of_letters_and_digits_join(text: str, offset: int, expected: bool) -> None:
    assert joins(text, offset) is expected
