from __future__ import annotations

import pytest

from ragqa.text.names import KIND, LONGEST_MODEL, is_model, name_terms, question_words


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


def test_hostile_names_stay_small() -> None:
    terms = name_terms("A1-" * 50_000 + "\x1b[31m\u202e", "en")
    assert len(terms) < 200 and all(len(term) <= 64 for term in terms)
    assert LONGEST_MODEL < 64
    assert len(question_words("9a " * 100_000, ("en",))) < 5_000
