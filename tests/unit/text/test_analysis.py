from __future__ import annotations

import pytest

from ragqa.errors import IndexMismatch
from ragqa.text.analysis import (
    REMEMBERED,
    LanguageAnalyser,
    analyser_of,
    fold,
    index_terms,
    is_identifier,
    query_terms,
)
from ragqa.text.languages import language


@pytest.mark.parametrize(
    ("word", "term"),
    [
        ("E-24", "e-24"),
        ("RJ45", "rj45"),
        ("--prune", "--prune"),
        ("KEY_MENU", "key_menu"),
        ("S8+", "s8+"),
        ("192.168.1.1", "192.168.1.1"),
        ("802.11ac", "802.11ac"),
        ("C#", "c#"),
        ("-v", "-v"),
    ],
)
def test_identifiers_are_kept_whole(word: str, term: str) -> None:
    assert term in index_terms(f"Press {word} now.")
    assert term in query_terms(f"What does {word} do?")


@pytest.mark.parametrize(
    ("one", "other"),
    [("E-24", "E-25"), ("RJ45", "RJ11"), ("KEY_MENU", "KEY_HOME"), ("--prune", "--purge"), ("W-07", "W-70"), ("E-24", "E 24")],
)
def test_an_identifier_does_not_match_another(one: str, other: str) -> None:
    assert not set(query_terms(one)) & set(index_terms(other))


@pytest.mark.parametrize(("one", "other"), [("S8+", "S8"), ("--prune", "prune"), ("C#", "C"), ("E-24", "E24")])
def test_the_exact_spelling_of_an_identifier_matches_with_more_terms(one: str, other: str) -> None:
    asked = set(query_terms(one))
    assert len(asked & set(index_terms(one))) > len(asked & set(index_terms(other)))


@pytest.mark.parametrize("question", ["E-24", "e24", "E24"])
def test_a_code_is_found_with_and_without_its_hyphen(question: str) -> None:
    assert set(query_terms(question)) & set(index_terms("Error E-24: lid open"))


@pytest.mark.parametrize("question", ["Wi-Fi", "wifi", "WIFI", "Wi‑Fi"])
def test_compounds_are_found_joined_and_apart(question: str) -> None:
    assert set(query_terms(question)) & set(index_terms("Turn Wi-Fi on"))


def test_parts_of_a_compound_are_found() -> None:
    assert set(query_terms("clean the portafilter")) & set(index_terms("portafilter-holder"))


@pytest.mark.parametrize("spelling", ["café", "CAFÉ", "cafe", "cafe\N{COMBINING ACUTE ACCENT}"])
def test_accents_and_case_do_not_matter(spelling: str) -> None:
    assert query_terms(spelling) == query_terms("cafe")
    assert set(query_terms(spelling)) & set(index_terms("le café noir"))


def test_typographic_marks_are_folded() -> None:
    assert fold("Wi‑Fi isn’t") == "wi-fi isn't"


@pytest.mark.parametrize(("asked", "written"), [("descaling", "descale"), ("batteries", "battery"), ("charged", "charging")])
def test_prose_meets_by_its_stem(asked: str, written: str) -> None:
    assert query_terms(asked) == query_terms(written)
    assert set(query_terms(asked)) & set(index_terms(written))


@pytest.mark.parametrize(
    "text",
    [
        "E-24",
        "RJ45",
        "--prune",
        "KEY_MENU",
        "Wi-Fi",
        "S8+",
        "192.168.1.1",
        "café",
        "12 V/DC",
        "and/or",
        "foo.bar",
        "日本語",
        "Straße",
    ],
)
def test_whatever_is_indexed_is_found_by_the_same_words(text: str) -> None:
    assert set(query_terms(text)) <= set(index_terms(text))


def test_stop_words_are_left_out_of_a_question() -> None:
    terms = query_terms("What is the water for?")
    assert terms == query_terms("water")


def test_a_question_of_stop_words_only_keeps_them() -> None:
    terms = query_terms("What is it?")
    assert terms
    assert set(terms) <= set(index_terms("what is it"))


def test_stop_words_are_indexed() -> None:
    assert {"the", "what"} <= analyser_of("en").stop_words
    assert index_terms("the what") == ["the", "what"]


def test_terms_of_a_question_are_distinct_and_in_order() -> None:
    assert query_terms("pump valve pump") == ["pump", "valv"]


@pytest.mark.parametrize("text", ["", "   ", "?!…", "—", "😀"])
def test_nothing_gives_no_terms(text: str) -> None:
    assert index_terms(text) == [] == query_terms(text)


def test_very_long_terms_are_bounded_alike() -> None:
    assert query_terms("x" * 500) == index_terms("x" * 500) == ["x" * 64]


@pytest.mark.parametrize("text", ['a "quoted" word', "x y\tz", "50% off", "a*b", "(E-24)"])
def test_terms_hold_nothing_that_separates_them(text: str) -> None:
    for term in [*index_terms(text), *query_terms(text)]:
        assert not set(term) & set(" \t\n\"'*()%")


@pytest.mark.parametrize("token", ["rj45", "--prune", "key_menu", "s8+", "192.168.1.1x", "e-24"])
def test_is_identifier(token: str) -> None:
    assert is_identifier(token)


@pytest.mark.parametrize("token", ["water", "wi-fi", "2024"])
def test_words_and_plain_numbers_are_no_identifiers(token: str) -> None:
    assert not is_identifier(token)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Straße GRÖSSE ẞ", "strasse grosse ss"),
        ("İstanbul ışık", "istanbul ısık"),
        ("バス パス ハス ﾊﾞｽ", "バス パス ハス バス"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af 한글", "한글 한글"),
        ("Ｅ－２４ ㎜ ①", "e-24 mm 1"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("code", "asked", "written"),
    [
        ("de", "Gerät", "Geräte"),
        ("de", "Geraete", "Geräte"),
        ("de", "Strasse", "Straße"),
        ("de", "Entkalkung", "entkalken"),
        ("fr", "nettoyer", "nettoyé"),
        ("fr", "regler", "réglée"),
        ("es", "configuracion", "configuraciones"),
        ("it", "velocita", "velocità"),
        ("pt", "configuração", "configurações"),
        ("pt", "configuracao", "configuração"),
        ("nl", "reiniging", "reinigen"),
        ("ja", "電源", "電源ボタン"),
        ("ja", "Bluetooth devices", "Bluetoothデバイスdevice"),
        ("zh", "过滤器", "清洁过滤器的步骤"),
        ("ko", "버튼", "버튼을"),
    ],
)
def test_words_of_every_language_meet(code: str, asked: str, written: str) -> None:
    assert set(query_terms(asked, [code])) & set(index_terms(written, code))


def test_a_sentence_without_spaces_is_pairs_of_characters() -> None:
    assert index_terms("水を入れる。水", "ja") == ["水を", "を入", "入れ", "れる", "水"]
    assert index_terms("型番E-24のRJ45端子", "ja") == ["型番", "e-24", "e24", "e", "24", "の", "rj45", "端子"]


def test_such_a_sentence_in_an_english_manual_is_found_too() -> None:
    assert set(query_terms("電源ボタン")) <= set(index_terms("Press the 電源ボタン button."))


def test_english_is_analysed_the_same_with_and_without_naming_it() -> None:
    assert query_terms("What is the water for?", ["en"]) == query_terms("What is the water for?") == ["water"]


def test_a_question_has_the_terms_of_all_languages_those_of_its_own_first() -> None:
    terms = query_terms("Wie oft muss ich die Batterien wechseln?", ["en", "de"])
    assert terms[0] == "oft"
    assert set(terms) == set(query_terms("oft Batterien wechseln", ["de"])) | {"batterien", "wechseln"}


def test_the_stop_words_left_out_are_those_of_the_questions_language() -> None:
    assert "die" in query_terms("Does the die cutter stop in the wet?", ["de", "en"])
    assert "die" not in query_terms("Wo ist die Batterie?", ["de", "en"])
    assert query_terms("What is the water for?", ["de"]) == ["wat"]


def test_a_language_that_is_not_known_is_refused() -> None:
    with pytest.raises(IndexMismatch, match="xx"):
        query_terms("water", ["en", "xx"])


def test_words_that_never_come_again_fill_no_memory() -> None:
    """A server's questions bring new numbers and misspellings for ever."""
    analyser = LanguageAnalyser(language("en"))
    analyser.index_terms("the kettle")
    for first in range(0, REMEMBERED + 3000, 500):
        analyser.index_terms(" ".join(f"{number}th" for number in range(first, first + 500)))
    assert analyser._remembered.cache_info().currsize <= REMEMBERED <= 50_000
    assert analyser.index_terms("kettles") == analyser.index_terms("kettle")
