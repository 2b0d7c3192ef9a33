from __future__ import annotations

import random
import time

import pytest

from ragqa.training import align as module
from ragqa.training.align import FUZZY_THRESHOLD, Aligner, align, holds, occurrences
from ragqa.types import Match

MANUAL = """Cleaning

1. Switch the machine off and let it cool down for 20 minutes.
2. Remove the water tank and rinse it with clear water.
3. Press the button with the drop until the lamp blinks twice.

Never use abrasive cleaners. The boiler works at 9 bar. Error E-24 means that the grinder is blocked.
The filter lasts for 15 weeks or 50 litres."""


def text_of(answer: str, text: str = MANUAL, **options: object) -> str | None:
    found = align([answer], text, **options)  # type: ignore[arg-type]
    return None if found is None else text[found.start : found.end]


def match_of(answer: str, text: str = MANUAL) -> Match:
    found = align([answer], text)
    return found.match if found else Match.NONE


def test_the_very_string_is_exact() -> None:
    found = align(["9 bar"], MANUAL)
    assert found is not None
    assert (MANUAL[found.start : found.end], found.match, found.similarity) == ("9 bar", Match.EXACT, 1.0)


@pytest.mark.parametrize(
    ("answer", "span"),
    [
        ("never use ABRASIVE cleaners!", "Never use abrasive cleaners"),
        ("error “E24”", "Error E-24"),
        ("9bar", "9 bar"),
        ("1) Switch the machine off, and let it cool down for 20 minutes", None),
        ("cool down for 20 minutes. 2. Remove the water tank", "cool down for 20 minutes.\n2. Remove the water tank"),
    ],
)
def test_the_same_words_are_normalised(answer: str, span: str | None) -> None:
    found = align([answer], MANUAL)
    assert found is not None and (found.match, found.similarity) == (Match.NORMALISED, 1.0)
    assert MANUAL[found.start : found.end] == (span or "Switch the machine off and let it cool down for 20 minutes")


def test_a_shortened_and_retyped_answer_is_covered_by_one_span() -> None:
    found = align(["Remove water tank, rinse with clear water. Press the drop button until the lamp blinks twice"], MANUAL)
    assert found is not None and found.match is Match.FUZZY
    assert MANUAL[found.start : found.end].startswith("Remove the water tank") and FUZZY_THRESHOLD <= found.similarity < 1
    assert MANUAL[found.start : found.end].endswith("until the lamp blinks twice")


def test_an_icon_without_text_is_bridged() -> None:
    answer = "Press the 'Home' button on your remote control and select Settings"
    assert text_of(answer, "To begin: Press the button on your remote control and select Settings. Done.") == (
        "Press the button on your remote control and select Settings"
    )


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("5", "15 bar"), ("5", "5.5 bar"), ("5 bar", "9 bar"), ("5 bar", "0.5 bar"), ("5 °C", "-5 °C"), ("4", "4K"),
        ("10", "10mm"), ("E-24", "E-25"), ("24", "E-24"), ("40", "140 coffees"), ("cat", "concatenate"),
        ("rear USB port", "the front USB port"),
        ("hold it for 5 seconds", "hold it for 3 seconds"), ("do not open the lid", "you can open the lid"),
        ("You must unplug it before you open the lid", "You must not unplug it before you open the lid"),
        ("", "text"), ("...", "text"),
    ],
)  # fmt: skip
def test_what_says_something_else_is_not_found(answer: str, text: str) -> None:
    assert align([answer], text) is None
    assert occurrences(answer, text) == []


def test_a_typo_in_a_long_word_is_forgiven_even_in_short_answers() -> None:
    assert match_of("abrassive cleaners") is Match.FUZZY
    assert text_of("abrassive cleaners") == "abrasive cleaners"
    assert match_of("the griinder is blocked") is Match.FUZZY
    assert match_of("the grinder is blokked in gear") is Match.NONE


@pytest.mark.parametrize(
    ("answer", "text", "span"),
    [
        ("gerät öffnen", "Das GERA\u0308T ÖFFNEN und warten", "GERA\u0308T ÖFFNEN"),
        ("按下 电源按钮", "请按下电源按钮五秒。", "按下电源按钮"),
        ("電源を入れる", "まず電源を入れる。", "電源を入れる"),
        ("15", "请等15分钟", "15"),
        ("الزر الأحمر", "اضغط على الزِّر الأحمر الآن", "الزِّر الأحمر"),
        ("הכפתור האדום", "לחץ על הכפתור האדום עכשיו", "הכפתור האדום"),
        ("बटन दबाएँ", "फिर बटन दबाएँ।", "बटन दबाएँ"),
        ("전원 버튼", "전원 버튼을 누르십시오", "전원 버튼"),
    ],
)
def test_every_script_is_found(answer: str, text: str, span: str) -> None:
    assert text_of(answer, text) == span


def test_fuzzy_works_without_spaces_between_words() -> None:
    text = "安全须知。请长按设备背面的电源按钮五秒钟,直到指示灯变为绿色。然后松开。"
    assert text_of("长按背面的电源按钮五秒钟直到指示灯变成绿色", text) == "长按设备背面的电源按钮五秒钟,直到指示灯变为绿色"


def test_strictest_first_then_the_fewest_occurrences_then_the_given_order() -> None:
    text = "Set 40. Up to 40 coffees. The rear wall is behind."
    found = align(["up to 40 cofees", "40 coffees"], text)
    assert found is not None and text[found.start : found.end] == "40 coffees"
    found = align(["40", "40 coffees"], text)
    assert found is not None and text[found.start : found.end] == "40 coffees"
    found = align(["rear wall", "behind"], text)
    assert found is not None and text[found.start : found.end] == "rear wall"


def test_the_nearest_occurrence_is_taken_and_all_are_told() -> None:
    text = "9 bar here, 9 bar there, 9 Bar everywhere"
    assert occurrences("9 bar", text) == [(0, 5), (12, 17), (25, 30)]
    assert [(found := align(["9 bar"], text, near=near)) and found.start for near in (None, 14, 40)] == [0, 12, 12]


def test_bounds_hold_the_span() -> None:
    text = "Press the button. Press the button."
    found = align(["Press the button"], text, [(18, 35)])
    assert found is not None and (found.start, found.end) == (18, 34)
    assert align(["button. Press"], text, [(0, 17), (18, 35)]) is None


def test_bounds_hold_a_fuzzy_span() -> None:
    text = "Remove the tank and rinse it with clear water. Press the green button until it blinks twice."
    answer, line = text.replace("green ", ""), text.index("Press")
    whole, part = align([answer], text), align([answer], text, [(0, line), (line, len(text))], threshold=0.1)
    assert whole is not None and (whole.start, whole.end) == (0, len(text) - 1)
    assert part is not None and (part.start, part.end) == (line, len(text) - 1)


def test_the_threshold_is_the_callers() -> None:
    answer = "Remove the tank, clean it and put it back into the machine afterwards"
    assert align([answer], MANUAL) is None
    loose = align([answer], MANUAL, threshold=0.1)
    assert loose is not None and 0.1 <= loose.similarity < FUZZY_THRESHOLD


def test_part_of_a_long_answer_holds_although_it_does_not_align() -> None:
    answer = "Switch the machine off and let it cool down for 20 minutes. Empty the drip tray and dry it with a soft cloth today."
    assert align([answer], MANUAL) is None
    assert holds([answer], MANUAL)
    assert holds(["9 bar"], MANUAL) and holds(["nothing of this", "E24"], MANUAL)


@pytest.mark.parametrize("answer", ["8 bar", "E-25", "Call the dealer and ask for a new power cord", "rear USB port", ""])
def test_what_is_not_there_is_not_held(answer: str) -> None:
    assert not holds([answer], MANUAL)


def test_empty_texts_and_no_answers() -> None:
    assert align([], MANUAL) is None
    assert align(["a"], "") is None
    assert not holds([], MANUAL)


@pytest.mark.parametrize("seed", range(20))
def test_a_retyped_stretch_of_a_long_text_is_found_where_it_stands(seed: int) -> None:
    """With words dropped and put into capitals; the span may lack a few words at either end."""
    dice = random.Random(seed)
    vocabulary = ["".join(dice.choices("abcdefghiklmnoprstu", k=dice.randint(2, 9))) for _ in range(900)]
    words = [dice.choice(vocabulary[: dice.choice((30, 900))]) for _ in range(6000)]
    text = " ".join(words)
    first = dice.randrange(5900)
    stretch = words[first : first + 60]
    answer = " ".join(word.upper() if dice.random() < 0.2 else word for word in stretch if dice.random() > 0.1)
    start = len(" ".join(words[:first])) + 1
    found = Aligner(text).align([answer])
    assert found is not None
    assert abs(found.start - start) < 80 and abs(found.end - start - len(" ".join(stretch))) < 80


def test_a_long_manual_is_prepared_once_and_each_answer_takes_milliseconds() -> None:
    dice = random.Random(1)
    vocabulary = ["".join(dice.choices("abcdefghiklmnoprstu", k=dice.randint(2, 9))) for _ in range(3000)]
    words = [dice.choice(vocabulary[: dice.choice((30, 3000))]) for _ in range(80_000)]
    aligner = Aligner(" ".join(words))
    aligner.align(["warm up the caches of this text"])
    began = time.perf_counter()
    for _ in range(20):
        first = dice.randrange(79_000)
        assert aligner.align([" ".join(words[first : first + 25] + words[first + 28 : first + 60])])
    assert (time.perf_counter() - began) / 20 < 0.2


def test_of_words_that_are_equally_rare_the_same_ones_are_looked_at_in_every_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not those that a set of texts, whose order changes with each process, brings first."""
    words = [f"{one}{other}stone" for one in "bcdfg" for other in "aeiou"]
    monkeypatch.setattr(module, "_EVENTS", 5)
    assert [word for _, word, _ in Aligner(" ".join(reversed(words)))._events(words)] == sorted(words)[4::-1]
