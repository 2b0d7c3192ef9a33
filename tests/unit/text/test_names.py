from __future__ import annotations

import pytest

from ragqa.text.names import KIND, LONGEST_MODEL, is_model, is_part, name_terms, numbered_names, question_words


def meet(name: str, question: str, codes: tuple[str, ...] = ("en",)) -> set[str]:
    """The terms in which a title or path and a question meet."""
    return set(name_terms(name, codes[0])) & {word.term for word in question_words(question, codes)}


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("Trikdis-R-IP12-user-manual", "How cold may the R-IP12 get?"),
        ("Trikdis-R-IP12-user-manual", "weight of the rip12"),
        ("Trikdis-R-IP12-user-manual", "weight of the R IP12"),
        ("Hearthly BM-250 Bread Maker", "BM250 stopped"),
        ("Hearthly BM 250 Bread Maker", "bm-250 stopped"),
        ("OpenHantek6022-user-manual", "start OpenHantek in English"),
        ("OpenHantek6022-user-manual", "What breaks the Hantek 6022?"),
        ("Fisher & Paykel Series 7 oven", "the oven of F&P"),
        ("Smart_Washer_guide", "my washers leak"),
        ("Waschmaschine WA 7", "Die Waschmaschinen"),
    ],
)
def test_names_and_questions_meet_however_they_are_written(name: str, question: str) -> None:
    assert meet(name, question, ("de", "en") if "Wasch" in name else ("en",))


@pytest.mark.parametrize(("name", "question"), [("a-fridge.pdf", "our refrigerators"), ("washing machine X", "the toploader")])
def test_kinds_of_products_have_several_names(name: str, question: str) -> None:
    assert any(term.startswith(KIND) for term in meet(name, question))


@pytest.mark.parametrize(
    ("name", "question"),
    [
        ("Kettle 5", "How do I do step 5?"),
        ("The Manual of the Lamp", "What is the height of the table?"),
        ("Fridge X1", "Is the refrigerant dangerous?"),
        ("", "What is E-24?"),
        ("Kettle K1", ""),
        ("Kettle K1", "?!"),
    ],
)
def test_ordinary_words_and_small_numbers_do_not_meet(name: str, question: str) -> None:
    assert not meet(name, question)


def test_a_word_of_a_question_is_told_as_it_was_typed() -> None:
    words = {word.term: word.words for word in question_words("Is the R-IP12 loud?", ("en",))}
    assert words["rip12"] == "R-IP12"


@pytest.mark.parametrize(("term", "is_one"), [("wae24367", True), ("6022", True), ("k5", False), ("kind:4x4s", False)])
def test_model_numbers_are_told(term: str, is_one: bool) -> None:
    assert is_model(term) is is_one


@pytest.mark.parametrize(
    ("title", "question", "term"),
    [
        ("Apple iPhone 12 User Guide", "Is the iPhone 12 waterproof?", "iphone12"),
        ("Apple iPhone-12", "iphone12's battery", "iphone12"),
        ("forerunner_45_manual", "my Forerunner 45", "forerunner45"),
        ("Watch Series 7", "How big is the Series 7.", "series7"),
        ("Model A Owner's Manual", "Does the Model A start?", "modela"),
        ("Roomba i3+", "Empty the Roomba i3+", "roombai3+"),
    ],
)
def test_a_word_and_its_short_number_are_a_name(title: str, question: str, term: str) -> None:
    assert term in numbered_names(f"{title}.pdf", "") & numbered_names("x.pdf", title)
    assert term in {word.term for word in question_words(question, ("en",)) if word.numbered}


@pytest.mark.parametrize(
    "question", ["How do I open it?", "Since Version 2.1", "It weighs about 1500 g", "Which model a boy wants"]
)
def test_what_is_no_short_number_behind_a_word_is_no_such_name(question: str) -> None:
    assert not [word for word in question_words(question, ("en",)) if word.numbered]


@pytest.mark.parametrize(
    ("words", "others", "is_one"),
    [
        ("Pro", "Profi", False),
        ("k5", "UV-K5", True),
        ("UV-K5", "K5", False),
        ("IP 12", "R-IP12", False),
        ("R IP12", "r-ip12", True),
    ],
)
def test_parts_of_names_are_whole_words_whatever_their_case(words: str, others: str, is_one: bool) -> None:
    assert is_part(words, others) is is_one


def test_hostile_names_stay_small() -> None:
    terms = name_terms("A1-" * 50_000 + "\x1b[31m\u202e", "en")
    assert len(terms) < 200 and all(len(term) <= 64 for term in terms)
    assert LONGEST_MODEL < 64
    assert len(question_words("9a " * 100_000, ("en",))) < 5_000
    assert len(numbered_names("A1-" * 50_000, "ab 1 " * 50_000)) < 200
