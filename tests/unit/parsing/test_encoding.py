from __future__ import annotations

import time

import pytest

from ragqa.errors import ParseError
from ragqa.parsing.encoding import declared_encoding, decode

TEXTS = {
    "de": "Das Gerät heißt «Löwe» und läuft mit 5 µF bei 20 °C. Überprüfen Sie die Füllmenge: ½ Liter ± 2 %. Öffnen Sie die Tür.",
    "fr": "Vérifiez la température : 40 °C. Où placer l'appareil ? Éteignez-le après l'usage, même s'il est déjà prêt.",
    "pl": "Należy wyłączyć urządzenie i odłączyć kabel zasilający. Żółta lampka świeci się, gdy zbiornik jest pusty.",
    "cs": "Před čištěním odpojte přístroj ze zásuvky. Žárovka svítí, když je nádržka prázdná.",
    "ru": "Перед чисткой выключите прибор и выньте вилку из розетки. Нажмите кнопку и удерживайте её 5 секунд.",
    "el": "Πριν από τον καθαρισμό αποσυνδέστε τη συσκευή από το ρεύμα. Πιέστε το κουμπί για 5 δευτερόλεπτα.",
    "tr": "Temizlemeden önce cihazın fişini çekin. Düğmeye beş saniye basın. Şarj ışığı yanıp söner.",
    "da": "Før rengøring skal apparatet slukkes. Tryk på knappen i fem sekunder. Ældre åbninger: 20 °C.",
    "he": "לפני הניקוי יש לנתק את המכשיר מהחשמל. לחץ על הכפתור למשך חמש שניות.",
    "ar": "قبل التنظيف افصل الجهاز عن الكهرباء. اضغط على الزر لمدة خمس ثوان.",
    "th": "ก่อนทำความสะอาดให้ถอดปลั๊ก กดปุ่มค้างไว้ห้าวินาที",
    "zh": "清洁之前，请拔下电源插头。按下按钮并保持五秒钟。请勿使用酒精。水箱容量为两升。",
    "ja": "清掃の前に、電源プラグを抜いてください。ボタンを５秒間押し続けます。水タンクの容量は２リットルです。",
    "ko": "청소하기 전에 전원 플러그를 뽑으십시오. 버튼을 5초 동안 누르십시오. 물통 용량은 2리터입니다.",
    "box": "┌────────┬──────┐\n│ Model  │ Kg   │\n├────────┼──────┤\n│ X100   │ 12   │\n└────────┴──────┘",
}
CASES = [
    (language, encoding)
    for language, encodings in {
        "de": "cp1252 cp437 cp850 mac_roman",
        "fr": "cp1252 cp437 cp850 mac_roman utf-16-be",
        "pl": "cp1250 cp852 iso8859_2 mac_latin2 utf-16-le",
        "cs": "cp1250 cp852 iso8859_2",
        "ru": "cp1251 cp866 koi8_r mac_cyrillic iso8859_5 utf-16-le utf-16-be utf-32-le utf-32-be",
        "el": "cp1253 iso8859_7 cp737 utf-16-le",
        "tr": "cp1254 cp857",
        "da": "cp1252 cp850 cp865 mac_roman",
        "he": "cp1255 cp862 utf-16-le",
        "ar": "cp1256 utf-16-be",
        "th": "cp874 utf-16-le",
        "zh": "gb18030 big5 utf-16-le utf-16-be",
        "ja": "cp932 euc_jp iso2022_jp utf-16-le",
        "ko": "cp949 utf-16-be",
        "box": "cp437 cp850 cp866",
    }.items()
    for encoding in encodings.split()
]


@pytest.mark.parametrize(("language", "encoding"), CASES)
def test_an_undeclared_encoding_is_told_by_how_the_text_reads(language: str, encoding: str) -> None:
    data = TEXTS[language].encode(encoding, errors="ignore")
    assert decode(data) == (data.decode(encoding), None)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Heat to 40 °C.", "cp437"),
        ("Heat to 40°C.", "cp850"),
        ("Heat to 40 °C.", "cp1252"),
        ("Heat to 40 °C.", "mac_roman"),
        ("Fill ½ of it, ±2 %", "cp437"),
        ("Fill ½ of it, ±2 %", "cp1252"),
        ("A resistor of 10 Ω, π = 3.14, ≥ 5", "cp437"),
        ("An area of 5 m², a 5 µF capacitor", "cp437"),
        ("Tilt 45° to 50°, speed ÷ 2", "cp437"),
        ("Hot! ® ©1992 Acme", "cp850"),
        ("Don’t use “turbo” – it’s for 20 °C only… £5", "cp1252"),
        ("Don’t use “turbo” – it’s for 20 °C only…", "mac_roman"),
        ("Größe ÜBERSICHT", "cp437"),
        ("Nº 5, 1ª", "cp1252"),
        ("Уход", "cp1251"),
    ],
)
def test_a_few_signs_are_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding))[0] == text


def test_what_a_file_declares_counts_where_it_can_be_true() -> None:
    assert decode("Größe".encode("cp850"), "cp850")[0] == "Größe"
    assert decode("5 € “x”".encode("cp1252"), "iso-8859-1")[0] == "5 € “x”"
    assert decode("Größe".encode(), "iso-8859-1")[0] == "Größe"
    for nonsense in ("rot13", "unicode_escape", "idna", "no-such", "utf-16", "\u00e9"):
        assert decode("Größe \\n".encode("cp1252"), nonsense)[0] == "Größe \\n"
    assert declared_encoding(b'<?xml version="1.0" encoding="koi8-r"?>') == "koi8-r"
    assert declared_encoding(b"<p>none</p>") is None


def test_lines_of_another_encoding_among_utf8_keep_their_letters() -> None:
    data = "Größe über alles.\n".encode() * 20 + "Wärme: 40 °C\n".encode("cp1252") + "Tür öffnen\n".encode()
    text, warning = decode(data)
    assert "Wärme: 40 °C" in text and "Tür öffnen" in text
    assert warning is not None and "cp1252" in warning


def test_one_foreign_byte_in_a_line_of_its_own_spoils_no_utf8() -> None:
    text, warning = decode("Die Größe prüfen und das Gerät öffnen. Zurück.\n".encode() + b"Temperatur 20 \xb0C\n")
    assert text == "Die Größe prüfen und das Gerät öffnen. Zurück.\nTemperatur 20 °C\n"
    assert warning is not None and "cp1252" in warning


@pytest.mark.parametrize("encoding", ["gb18030", "cp932", "cp949", "cp866"])
def test_a_line_that_is_utf8_by_chance_makes_no_file_utf8(encoding: str) -> None:
    chance, language = {
        "gb18030": ("模", "zh"), "cp932": ("ﾃｶ", "ja"), "cp949": ("캇", "ko"), "cp866": ("рад", "ru"),
    }[encoding]  # fmt: skip
    assert chance.encode(encoding).decode()
    text = f"{TEXTS[language]}\n{chance}\n"
    assert decode(text.encode(encoding)) == (text, None)


@pytest.mark.parametrize("line", [b"Wie \xff hei\xc3\x9f?\n", b"\xc3\x9cber \xc3 alles\n", "Größe".encode()[:-1] + b"\xfe\n"])
def test_a_damaged_line_of_utf8_is_no_other_encoding(line: bytes) -> None:
    text, warning = decode("Größe über alles.\n".encode() * 20 + line)
    assert text.split("\n")[20] == line.decode(errors="replace").strip()
    assert warning is not None and "damaged" in warning


def test_overstruck_text_is_no_binary_data_and_the_rest_is() -> None:
    assert decode(b"N\x08NA\x08AM\x08ME\x08E\n")[0].startswith("N\bN")
    with pytest.raises(ParseError, match="binary"):
        decode(b"MZ\x01\x02\x03" * 100)


def test_a_large_text_without_ascii_is_quick() -> None:
    start = time.perf_counter()
    decode("\u0436\u044f ".encode("cp1251") * 2_000_000)
    decode(b"\xff\xfe\xfd\n" * 1_000_000)
    assert time.perf_counter() - start < 20
