"""What every analyser promises, whatever its language: each shipped one, and one that is nothing but a double, keeps it."""

from __future__ import annotations

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ragqa.text.analysis import Analyser, LanguageAnalyser, analyser_of, fold, fold_but_accents
from ragqa.text.language import Language
from ragqa.text.languages import CODES

LONGEST = 64


class Letters:
    """The smallest analyser there is: runs of letters and digits as they stand, and identifiers whole."""

    name = "double"
    stop_words = frozenset({"the"})

    def index_terms(self, text: str) -> list[str]:
        return [term[:LONGEST] for term in re.findall(r"--?\w+|\w+(?:[-.]\w+)*", fold(text))]

    def query_terms(self, question: str, stop_words: frozenset[str] | None = None) -> list[str]:
        terms = self.index_terms(question)
        left_out = self.stop_words if stop_words is None else stop_words
        return list(dict.fromkeys([term for term in terms if term not in left_out] or terms))

    def sentence_bounds(self, text: str) -> list[int]:
        return [0, len(text)]

    def asks_for_instructions(self, question: str) -> bool:
        return question.startswith("how")


ANALYSERS: dict[str, Analyser] = {code: analyser_of(code) for code in CODES}
ANALYSERS["double"] = Letters()
ANALYSERS["bare"] = LanguageAnalyser(Language("xx", "A language of which nothing is known", None, frozenset()))

TEXTS = [
    "Press E-24 on the RJ45 port, then run --prune.",
    "Die Entkalkung der Geräte: Straße, Größe, GRÖSSE, z. B. 5 °C.",
    "L'appareil est réglé ; n'oubliez pas l'œuf.",
    "¿Cómo configuro las opciones de configuración?",
    "La velocità è 5 km/h; pulire l'apparecchio.",
    "As configurações não são necessárias.",
    "Het één en ander: re\u0308ductie, ĳs.",
    "電源ボタンを３秒押して、E-24とBluetoothを確認。ｶﾞｽ ガス が か\u3099",
    "请按住電源按钮。水。第7页",
    "전원 버튼을 누르십시오. 한글 \u1112\u1161\u11ab",
    "İstanbul ISPARTA ışık ẞ ǅ ŉ ﬁ ㎜ ① ℃ ㌔",
    "שלום עולם \u202babc\u202c مرحبا ٣٤",
    "\ud800 lone \udfff surrogates\ud800",
    "a" + "\u0301" * 500 + " cafe\u0301 \u0327\u0301x",
    "_ __ --- -- # + ++ a-- --a -1 1.2.3 a.b/c:d_e+ c# c++",
    "\x00\x01\u200b\ufeff\u00ad soft\u00adhyphen",
    "x" * 500 + " " + "y-" * 300,
    "什么 怎么 的",
    "the what is it",
    "wie was ist das",
    "",
    " \n\t",
    "😀👍🏽 🇩🇪",
]
MANY = 200_000
FLOODS = {
    "one letter": "a" * MANY,
    "one accented letter": "é" * MANY,
    "one Chinese character": "漢" * MANY,
    "one Korean letter": "\u1100" * MANY,
    "marks of one class": "a" + "\u0301" * MANY,
    "marks of two classes, in turns": "a" + "\u0301\u0323" * MANY,
    "marks that voice kana": "か" + "\u3099" * MANY,
    "parts of one compound": "a/" * MANY,
    "dashes": "-" * MANY,
    "apostrophes": "'" * MANY,
    "questions": "and how is a, " * (MANY // 14),
    "full stops": "a. " * MANY,
    "surrogates": "\ud800" * MANY,
    "words from right to left": "שלום " * MANY,
}

every = pytest.mark.parametrize("analyser", ANALYSERS.values(), ids=ANALYSERS.keys())


@every
@pytest.mark.parametrize("text", TEXTS)
def test_terms_are_the_same_every_time_none_empty_none_too_long(analyser: Analyser, text: str) -> None:
    terms = analyser.index_terms(text)
    assert terms == analyser.index_terms(text)
    assert all(0 < len(term) <= LONGEST for term in terms)
    asked = analyser.query_terms(text)
    assert asked == analyser.query_terms(text) == list(dict.fromkeys(asked))


@every
@pytest.mark.parametrize("text", TEXTS)
def test_whatever_is_asked_for_is_found_in_the_same_text(analyser: Analyser, text: str) -> None:
    terms = analyser.index_terms(text)
    assert set(analyser.query_terms(text)) <= set(terms)
    assert bool(analyser.query_terms(text)) == bool(terms)


@every
@pytest.mark.parametrize("text", TEXTS)
def test_stop_words_of_another_language_can_be_left_out_instead(analyser: Analyser, text: str) -> None:
    everything = analyser.query_terms(text, frozenset())
    assert set(analyser.query_terms(text)) <= set(everything)
    assert set(analyser.query_terms(text, analyser_of("de").stop_words)) <= set(everything)


@every
def test_stop_words_are_folded(analyser: Analyser) -> None:
    assert all(fold(word) == word != "" for word in analyser.stop_words)


@every
@pytest.mark.parametrize("text", TEXTS)
def test_case_and_the_way_accents_are_typed_do_not_matter(analyser: Analyser, text: str) -> None:
    assert analyser.index_terms(fold(text)) == analyser.index_terms(fold(fold(text)))
    if text.upper().casefold() == text.casefold():
        assert analyser.index_terms(text.upper()) == analyser.index_terms(text)


@every
@pytest.mark.parametrize("identifier", ["E-24", "RJ45", "--prune", "X200.5"])
def test_an_identifier_is_whole_and_meets_no_other(analyser: Analyser, identifier: str) -> None:
    assert identifier.lower() in analyser.index_terms(f"Taste {identifier} 押")
    assert identifier.lower() in analyser.query_terms(f"{identifier}?")
    for other in {"E-25", "RJ11", "--purge", "X200.6"}:
        assert identifier.lower() not in analyser.index_terms(other)


@every
@pytest.mark.parametrize("text", TEXTS)
def test_sentences_cover_the_text_in_order(analyser: Analyser, text: str) -> None:
    bounds = analyser.sentence_bounds(text)
    assert bounds[0] == 0
    assert bounds[-1] == len(text)
    assert bounds == sorted(bounds)


@every
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_ends(analyser: Analyser, flood: str) -> None:
    """In a time that grows with its length: what does not, runs into the tests' timeout here."""
    assert all(0 < len(term) <= LONGEST for term in analyser.index_terms(flood))
    assert len(analyser.query_terms(flood)) <= len(flood)
    assert analyser.sentence_bounds(flood)[-1] == len(flood)
    assert analyser.asks_for_instructions(flood) in (True, False)


@every
@pytest.mark.parametrize("character", ["a", "é", "漢"])
def test_a_million_of_one_character_are_analysed(analyser: Analyser, character: str) -> None:
    assert analyser.index_terms(character * 1_000_000)


@every
def test_threads_get_what_one_thread_gets(analyser: Analyser) -> None:
    alone = [analyser.index_terms(text) for text in TEXTS]
    with ThreadPoolExecutor(8) as pool:
        for together in pool.map(lambda _: [analyser.index_terms(text) for text in TEXTS], range(32)):
            assert together == alone


@pytest.mark.parametrize("folding", [fold, fold_but_accents])
def test_folding_twice_changes_nothing(folding: Callable[[str], str]) -> None:
    every_character = " ".join(map(chr, range(0x110000)))
    for text in [every_character, *TEXTS]:
        once = folding(text)
        assert folding(once) == once
