from __future__ import annotations

import random
import re

import pytest

from ragqa.training.near_miss import near_miss

CASES = [
    ("How long does the K1 boil 500 ml?", "The K1 boils 500 ml in 90 seconds, the K2 750 ml in 120 seconds.", "90 seconds"),
    ("What is the maximum load of the Galaxy Dryer?", "In the manual of Galaxy Dryer, Bosch writes that it is 8 kg.", "8 kg"),
    ("When did Denver beat Carolina?", "In 2016 the Denver Broncos beat the Carolina Panthers, in Santa Clara.", "2016"),
    ("Who won the game in 2016?", "On February 7, 2016, the Denver Broncos won, and in 2015 the Patriots.", "Denver Broncos"),
    ("How many of the 12 lamps are lit?", "Of 12 lamps 13 are lit, says 1 of 3 readers.", "13"),
    ("What is 5 times 1?", "It is 5, not 6, 7, 8 or 9.", "5"),
    ("How do I turn on the lamp before 8.30?", "Press the switch at 8.30 or 9.45.", "Press the switch"),
    ("Is the lid open?", "The lid is open, it says in the Kitchen Guide.", "open"),
    ("Which of the 1.5kg packs is at the top?", "The 1.5kg packs are red, 2.5 kg is blue.", "red"),
    ("How high is the T-800 of 1984?", "A T-800 of 1984 is 1.9 m high, one of 1991 2.1 m.", "1.9 m"),
    ("What did Ann and the King of Siam see?", "They saw, as Anna told Tom Jones, the Tower of London.", "Tower of London"),
]  # fmt: skip
DRAWS = 200


def words(text: str) -> str:
    return " " + " ".join(re.findall(r"[\w.,-]*\w", text.lower())) + " "


def drawn(question: str, context: str, answer: str) -> set[str | None]:
    return {near_miss(question, context, answer, random.Random(seed)) for seed in range(DRAWS)}


@pytest.mark.parametrize(("question", "context", "answer"), CASES)
def test_a_near_miss_is_another_question_without_the_answer(question: str, context: str, answer: str) -> None:
    found = drawn(question, context, answer) - {None}
    assert found and question not in found
    for changed in found:
        assert changed is not None and words(changed).count(words(answer)) <= words(question).count(words(answer))
        assert changed.endswith("?")


@pytest.mark.parametrize(("question", "context", "answer"), CASES)
def test_the_same_seed_changes_the_same(question: str, context: str, answer: str) -> None:
    for seed in range(20):
        one, other = (near_miss(question, context, answer, random.Random(seed)) for _ in range(2))
        assert one == other


@pytest.mark.parametrize(("question", "context", "answer"), CASES)
def test_what_comes_new_into_the_question_is_not_of_the_answer(question: str, context: str, answer: str) -> None:
    def marked(text: str) -> set[str]:
        return {word for word in re.findall(r"[\w.,-]*\w", text) if word[0].isupper() or word[0].isdigit()}

    for changed in drawn(question, context, answer) - {None}:
        assert changed is not None and not (marked(changed) - marked(question)) & marked(answer)


def test_a_number_becomes_one_of_the_same_shape_from_the_passage() -> None:
    assert drawn("fill 500 ml", "500 ml, 750 ml or 20 ml make 300 ml", "300 ml") == {"fill 750 ml"}


def test_without_such_a_number_one_digit_changes() -> None:
    found = drawn("fill 10 ml", "10 ml, 200 ml", "19 ml")
    assert found == {f"fill {number} ml" for number in (*range(11, 19), *range(20, 100, 10))}


def test_every_other_digit_taken_leaves_nothing_to_swap() -> None:
    assert drawn("fill 5 ml", "x", "1 2 3 4 6 7 8 9") == {None}


@pytest.mark.parametrize("question", ["fill T-800", "fill 5kg", "fill 1.5kg", "fill E24", "fill v2.0b"])
def test_numbers_inside_codes_are_left_alone(question: str) -> None:
    assert drawn(question, "it has 7 or 8", "it") == {None}


def test_a_decimal_number_changes_as_a_whole() -> None:
    assert drawn("fill 1.5 l", "1.5 l or 2.7 l", "it") == {"fill 2.7 l"}
    assert drawn("fill 1,200 l", "1,200 l or 3,400 l", "it") == {"fill 3,400 l"}


def test_a_name_becomes_another_of_the_passage() -> None:
    context = "Bosch makes it, says the Galaxy Dryer page, and Miele sells it."
    assert drawn("who sells the Galaxy Dryer", context, "Miele sells") == {None}
    assert drawn("who sells the Galaxy Dryer", context, "it") == {"who sells the Miele"}


def test_a_name_with_words_of_the_answer_is_not_used() -> None:
    context = "they beat the Carolina Panthers, and the Panthers lost"
    assert drawn("who beat the Denver Broncos", context, "the Panthers, of Carolina") == {None}


def test_the_first_word_of_a_question_is_no_name() -> None:
    assert drawn("Kettles", "the Lamp shines", "shines") == {None}


@pytest.mark.parametrize(
    ("question", "changed"),
    [
        ("the maximum load", "the minimum load"),
        ("Turn on it", "turn off it"),
        ("the LEFT key", "the right key"),
        ("to unlock it", "to lock it"),
        ("the firstborn", None),
    ],
)
def test_a_word_becomes_its_opposite(question: str, changed: str | None) -> None:
    assert drawn(question, "it holds 8 kg", "8 kg") == {changed}


def test_an_opposite_that_the_passage_has_is_not_used() -> None:
    assert drawn("the maximum load", "8 kg; minimum 2 kg", "8 kg") == {None}
    assert drawn("the maximum load", "8 kg; the minimums", "8 kg") == {"the minimum load"}


def test_a_question_is_seldom_negated() -> None:
    found = [near_miss("why is it so", "because", "because", random.Random(seed)) for seed in range(1000)]
    assert set(found) == {None, "why is not it so"}
    assert found.count(None) / len(found) == pytest.approx(0.7, abs=0.05)


@pytest.mark.parametrize("question", ["why is it not so", "why isn't it so", "is it never so", "is there no lid"])
def test_a_negated_question_is_not_negated_again(question: str) -> None:
    assert drawn(question, "because it always is", "because") == {None}


@pytest.mark.parametrize("question", ["", "?", "why so", "日本語の質問", "😀"])
def test_nothing_to_swap(question: str) -> None:
    assert drawn(question, "because", "because") == {None}
