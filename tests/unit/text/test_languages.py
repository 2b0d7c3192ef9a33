from __future__ import annotations

import dataclasses
import itertools
import re
import subprocess
import sys

import pytest

from ragqa.errors import IndexMismatch
from ragqa.text.analysis import asks_for_instructions
from ragqa.text.languages import CODES, DEFAULT, entries_of_all, language, languages

PATTERNS = ("empty_titles", "contents_styles")


def test_english_stands_first() -> None:
    assert CODES[0] == DEFAULT == "en"
    assert [one.code for one in languages()] == list(CODES)


@pytest.mark.parametrize("code", CODES)
def test_a_language_says_what_parsing_and_questions_need(code: str) -> None:
    spoken = language(code)
    assert all((spoken.name, spoken.stop_words, spoken.how_to, spoken.warning_labels, spoken.captions, spoken.empty_titles))
    for field in dataclasses.fields(spoken):
        value = getattr(spoken, field.name)
        if isinstance(value, tuple) and field.name not in PATTERNS:
            assert len(set(value)) == len(value)
            entries = itertools.chain.from_iterable(value) if field.name == "product_kinds" else value
            assert all(entry == entry.strip().lower() != "" for entry in entries), field.name
    for pattern in (spoken.how_to, *spoken.empty_titles, *spoken.contents_styles):
        assert re.compile(pattern).search("") is None


def test_a_language_that_is_not_known_is_told_as_an_index_of_a_later_version() -> None:
    with pytest.raises(IndexMismatch, match="'xx'") as caught:
        language("xx")
    assert caught.value.hint


def test_words_of_all_languages_come_longest_first() -> None:
    labels = entries_of_all("warning_labels")
    assert {"warning", "achtung", "警告"} <= set(labels)
    assert [len(label) for label in labels] == sorted((len(label) for label in labels), reverse=True)


def test_a_language_is_imported_when_it_is_asked_for() -> None:
    code = (
        "import sys\n"
        "from ragqa.text.analysis import index_terms, query_terms\n"
        "index_terms('Press it.'); query_terms('What is it?')\n"
        "print(sorted(name[-2:] for name in sys.modules if name.startswith('ragqa.text.languages.')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['en']"


@pytest.mark.parametrize(
    ("question", "wants"),
    [
        ("How do I reset it?", True),
        ("how to descale", True),
        ("  How can you open the lid?", True),
        ("How should it be cleaned?", True),
        ("How long does it take?", False),
        ("How much water does it hold?", False),
        ("What does E-24 mean?", False),
        ("Show me how to do it", True),
        ("My lamp is broken. How do I change it?", True),
        ("My lamp is broken\nHow do I change it?", True),
        ("My lamp is broken, how do I change it?", True),
        ("What is E-24 and how do I clear it?", True),
        ("What is E-24, and how long does it last?", False),
        ("What must I do to reset it?", True),
        ("E-24 is shown: what do I have to do?", True),
        ("What do I need to descale it?", False),
        ("How are the shelves removed?", True),
        ("How is the filter taken out of the pump?", True),
        ("How is the pump powered?", False),
        ("How is the removed lid called?", False),
        ("How is the speed?", False),
        ("Steps to descale", True),
        ("What are the steps to descale it?", True),
        ("Please tell me how to descale it", True),
        ("I'd like to know how I can descale it.", True),
        ("Can you tell me how long it takes?", False),
        ("Wie entkalke ich die Maschine?", True),
        ("Wie kann der Filter gereinigt werden?", True),
        ("Wie lange dauert es?", False),
        ("Die Lampe ist defekt. Wie wechsle ich sie?", True),
        ("Was heißt E-24 und wie lösche ich es?", True),
        ("Bitte sagen Sie mir, wie man entkalkt.", True),
        ("Was muss ich bei E-24 tun?", True),
        ("Schritte zum Entkalken", True),
        ("Was bedeutet E-24, und wie lange dauert es?", False),
        ("Wie viel Wasser passt hinein?", False),
        ("Was bedeutet E-24?", False),
        ("Comment nettoyer le filtre ?", True),
        ("Comment s'appelle ce voyant ?", False),
        ("Combien pèse l'appareil ?", False),
        ("La lampe est cassée. Comment la changer ?", True),
        ("Étapes pour détartrer", True),
        ("¿Cómo se limpia el filtro?", True),
        ("¿Cómo es la luz?", False),
        ("¿Cuánto pesa?", False),
        ("No funciona. ¿Cómo se limpia?", True),
        ("¿Qué es E-24 y cómo se borra?", True),
        ("Pasos para limpiar", True),
        ("Come si pulisce il filtro?", True),
        ("Non va. Come si pulisce?", True),
        ("Si usa all'aperto, come in giardino?", False),
        ("Passaggi per pulire", True),
        ("Quanto pesa?", False),
        ("Como limpo o filtro?", True),
        ("O que é E-24 e como se apaga?", True),
        ("Passos para limpar", True),
        ("Quanto tempo demora?", False),
        ("Hoe ontkalk ik het apparaat?", True),
        ("Hoe lang duurt het?", False),
        ("Wat is E-24 en hoe wis ik het?", True),
        ("Wat moet ik bij E-24 doen?", True),
        ("Stappen om te reinigen", True),
        ("フィルターはどうやって洗いますか？", True),
        ("重さはどのくらいですか？", False),
        ("如何清洁滤网？", True),
        ("E-24是什么意思？", False),
        ("필터는 어떻게 청소하나요?", True),
        ("무게는 얼마인가요?", False),
    ],
)
def test_which_questions_want_an_instruction(question: str, wants: bool) -> None:
    assert asks_for_instructions(question) is wants


def test_only_the_languages_of_the_manuals_and_english_are_asked() -> None:
    assert not asks_for_instructions("Come here now?", ["en"])
    assert asks_for_instructions("Come pulire?", ["it"]) and not asks_for_instructions("Come pulire?", ["de"])
    assert asks_for_instructions("How do I clean it?", ["de"])
