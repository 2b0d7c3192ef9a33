from __future__ import annotations

import pytest

from ragqa.text.detect import SAMPLE_CHARACTERS, SAMPLE_PARTS, detect, detect_question
from ragqa.text.languages import CODES

SENTENCES = {
    "en": [
        "Press the button until the lamp blinks.",
        "The warranty does not cover damage that comes from the use of other parts.",
    ],
    "de": [
        "Drücken Sie die Taste, bis die Lampe blinkt.",
        "Der Filter muss alle zwei Monate gewechselt werden.",
        "Technische Daten: Spannung 230 V, Leistung 1200 W. Änderungen vorbehalten.",
    ],
    "fr": [
        "Appuyez sur le bouton jusqu'à ce que le voyant clignote.",
        "Le filtre doit être remplacé tous les deux mois.",
    ],
    "es": ["Pulse el botón hasta que parpadee el indicador.", "El filtro debe cambiarse cada dos meses."],
    "it": ["Premere il pulsante finché la spia non lampeggia.", "Il filtro deve essere sostituito ogni due mesi."],
    "pt": ["Pressione o botão até que a luz pisque.", "O filtro deve ser trocado a cada dois meses."],
    "nl": ["Druk op de knop totdat het lampje knippert.", "Het filter moet om de twee maanden worden vervangen."],
    "ja": ["ランプが点滅するまで電源ボタンを押してください。", "Bluetoothをオンにする", "取扱説明書をよくお読みください。"],
    "zh": ["按住电源按钮，直到指示灯闪烁。", "按住電源按鈕，直到指示燈閃爍。", "按住 POWER 按钮三秒。"],
    "ko": ["표시등이 깜박일 때까지 버튼을 누르십시오.", "필터는 두 달마다 교체해야 합니다."],
}


@pytest.mark.parametrize(("code", "sentence"), [(code, one) for code, held in SENTENCES.items() for one in held])
def test_a_sentence_is_enough(code: str, sentence: str) -> None:
    assert detect(sentence) == code


def test_every_language_has_its_sentences() -> None:
    assert set(SENTENCES) == set(CODES)


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "E-24", "OK", "RJ45 / 802.11ac", "230 V | 50 Hz | 1200 W", "die", "?!…", "\ud800", "\u0301" * 100,
        "docker run --rm -it image", "if x in items:\n    return None", "<p>M8 x 20 DIN 912</p>",
        "Model | Weight | Power\nX200 | 12 kg | 1200 W\nX300 | 14 kg | 1500 W",
    ],
)  # fmt: skip
def test_too_little_or_too_technical_is_english(text: str) -> None:
    assert detect(text) == "en"


@pytest.mark.parametrize(
    "text",
    [
        "Tryck på knappen tills lampan blinkar och vänta i två minuter innan du öppnar luckan på apparaten.",
        "Trykk på knappen til lampen blinker, og vent i to minutter før du åpner døren til apparatet.",
        "Naciśnij przycisk, aż lampka zacznie migać i poczekaj dwie minuty przed otwarciem drzwi urządzenia.",
        "Stiskněte tlačítko, dokud kontrolka nezačne blikat, a počkejte dvě minuty.",
        "Lamba yanıp sönene kadar düğmeye basın ve kapağı açmadan önce iki dakika bekleyin.",
        "Нажмите кнопку, пока не замигает лампа.",
        "اضغط على الزر حتى يومض المصباح.",
    ],
)
def test_a_language_that_is_not_known_is_not_taken_for_a_neighbour(text: str) -> None:
    assert detect(text) == "en"


def test_a_table_with_sentences_in_another_language_is_that_language() -> None:
    rows = "\n".join(f"Modell: X{number} | Gewicht: {number} kg | Leistung: {number}00 W" for number in range(6))
    assert detect(f"{rows}\nDie Maschine darf nur mit dem beiliegenden Netzteil betrieben werden.\n{rows}") == "de"


def test_most_of_a_document_decides_not_its_beginning() -> None:
    english = "This is the manual of the machine. It is also on our web site, in English.\n" * 3
    german = "Drücken Sie die Taste, bis die Lampe nicht mehr blinkt. Danach ist das Gerät betriebsbereit.\n" * 200
    assert detect(english + german) == "de"
    assert detect(german[:200] + english * 100) == "en"


def test_code_and_commands_among_prose_do_not_matter() -> None:
    assert detect("Mit dem Befehl `docker run --rm -it image` wird der Container gestartet und danach wieder entfernt.") == "de"


def test_a_few_foreign_characters_do_not_make_a_document_chinese() -> None:
    assert detect("Press the button until the lamp blinks. The display shows 確認 for two seconds and then the menu.") == "en"


@pytest.mark.parametrize("text", ["a" * 1_000_000, "漢" * 1_000_000, "\u0301" * 1_000_000, "ä " * 500_000, "\ud800" * 1_000_000])
def test_of_a_flood_only_a_sample_is_looked_at(text: str) -> None:
    assert detect(text) == detect(text) in CODES


def test_the_sample_is_spread_over_the_whole_text() -> None:
    length = SAMPLE_PARTS * SAMPLE_CHARACTERS
    assert detect("Die Lampe blinkt und das Gerät ist bereit. " * (4 * length // 43) + "x " * 2000) == "de"


@pytest.mark.parametrize(
    ("question", "codes", "code"),
    [
        ("Wie entkalke ich die Maschine?", ["de", "en"], "de"),
        ("How do I descale it?", ["de", "en"], "en"),
        ("How do I descale it?", ["de"], "en"),
        ("¿Cómo limpio el filtro?", ["en", "es", "pt"], "es"),
        ("フィルターの交換", ["en", "ja"], "ja"),
        ("フィルターの交換", ["en"], "en"),
        ("Garantie", ["de", "fr"], "de"),
        ("E-24", ["de", "en"], "en"),
        ("", ["zh"], "zh"),
    ],
)
def test_a_questions_language(question: str, codes: list[str], code: str) -> None:
    assert detect_question(question, codes) == code
