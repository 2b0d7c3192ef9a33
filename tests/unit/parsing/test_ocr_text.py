"""What text is worth: when a PDF's own is worse than none, and what is put right in what was recognised."""

from __future__ import annotations

import numpy as np
import pytest

from ragqa.parsing.ocr.letters import put_right
from ragqa.parsing.ocr.quality import is_nonsense, is_unmapped
from ragqa.parsing.ocr.spacing import with_missing_spaces

ENGLISH = "Fill the tank with cold water up to the MAX mark, close the lid and press the start key for 3 seconds. " * 4
SENSIBLE = {
    "english": ENGLISH,
    "german": "Vor dem Öffnen des Gehäuses den Netzstecker ziehen; die Schutzhaube darf erst nach 30 s abgenommen werden. " * 4,
    "polish": "Przed otwarciem obudowy należy wyjąć wtyczkę z gniazdka i odczekać, aż wirnik się zatrzyma. " * 4,
    "czech": "Před otevřením krytu vytáhněte zástrčku ze zásuvky a počkejte třicet sekund, než se rotor zcela zastaví. " * 4,
    "greek": "Πριν ανοίξετε το κάλυμμα, αποσυνδέστε το καλώδιο και περιμένετε τριάντα δευτερόλεπτα. " * 4,
    "russian": "Перед открытием корпуса выньте вилку из розетки и подождите тридцать секунд. " * 4,
    "japanese": "カバーを開ける前に、電源プラグを抜いて、三十秒待ってください。" * 4,
    "arabic": "افصل القابس قبل فتح الغطاء وانتظر ثلاثين ثانية حتى يتوقف المحرك تماما. " * 4,
    "figures": "230 V 50/60 Hz 1,850 W 8.3 A IP44 -20…+40 °C ≤ 75 dB(A) 12 kg 0.5 mm² 3×1.5 4:20 " * 4,
    "codes": "E-24 E-25 P09 P13 AX2-230 AX2-120 WF-3 CT-2 USB-C RS-485 KEY_STEAM MODE 7 F1 F2 F3 F4 " * 4,
    "program": "int main(void) { for (i = 0; i < n; i++) { printf(\"%d\\n\", values[i]); } return 0; } " * 4,
    "short": "\ue001\ue002 x",
    "": "",
}  # fmt: skip
UNMAPPED = {
    "private": "".join(chr(0xE000 + ord(sign)) if sign != " " else sign for sign in ENGLISH),
    "half private": "".join(chr(0xF000 + ord(sign)) if n % 2 and sign != " " else sign for n, sign in enumerate(ENGLISH)),
    "replaced": "\ufffd\ufffd\ufffd \ufffd\ufffd " * 20,
    "controls": "".join(chr(ord(sign) % 8 + 1) for sign in ENGLISH),
    "supplementary": "\U000f0041\U000f0042 " * 30,
    "shifted": "".join(chr((ord(sign) - 97 + 3) % 26 + 97) if sign.islower() else sign for sign in ENGLISH),
}
NONSENSE = {
    "bars": "l|I1 ~^ ;:r q# |l| _— i!l ,.; rn|v \\/ (l[ ]|] ;;l 'v' ~~ ^l^ |] [| l_l -~- " * 3,
    "capitals amidst": "tHe wAtEr ta|\\|k mUsT bE fi|led wlTh c0ld xQzW kLrT pBnM wWvX zZkR sTqP dFgH jKlM nBvC xZqW " * 3,
    "no vowels": "thr wtr tnkk mst bfr wrtd kjhg plmn brtx sdfg hjkl zxcv qwrt mnbv fghj trwq plkj bvcx nmkl dfgh " * 3,
}


@pytest.mark.parametrize("name", SENSIBLE)
def test_a_text_that_says_something_is_never_taken_for_garbage(name: str) -> None:
    assert not is_unmapped(SENSIBLE[name])
    if name != "program":  # which only counts on a page that is all picture
        assert not is_nonsense(SENSIBLE[name])


@pytest.mark.parametrize("name", UNMAPPED)
def test_signs_that_no_font_explains_are_garbage(name: str) -> None:
    assert is_unmapped(UNMAPPED[name])


@pytest.mark.parametrize("name", NONSENSE)
def test_words_that_are_none_are_nonsense(name: str) -> None:
    assert is_nonsense(NONSENSE[name])


def laid(text: str, missing: str = "") -> tuple[str, list[float], np.ndarray]:
    """A text without the spaces that `missing` names by what stands around them, and its characters as laid out with all of them:
    each is 16 wide, and stands 4 from the next."""
    inked = np.zeros(20 * len(text) + 20, bool)
    centres = []
    for place, character in enumerate(text):
        if character != " ":
            inked[20 * place : 20 * place + 16] = True
            centres.append(20 * place + 8.0)
    return text.replace(missing, missing.replace(" ", "")) if missing else text, centres, inked


@pytest.mark.parametrize(
    ("text", "missing"),
    [("to 70 °C", "o 7"), ("6.8 Hot water", "8 H"), ("Cup warmer and milk", "r a"), ("press it, then wait", ", t"),
     ("12 000 turns", "2 0"), ("all is there", "")],
)  # fmt: skip
def test_missing_spaces_are_put_back(text: str, missing: str) -> None:
    read, centres, inked = laid(text, missing)
    assert with_missing_spaces(read, centres, inked, 40) == text


@pytest.mark.parametrize(
    ("text", "missing"), [("W A R N I N G", " "), ("end . Then", "d ."), ("( see it", "( s"), ("漢 字 and", "漢 字")]
)
def test_what_only_stands_apart_stays_together(text: str, missing: str) -> None:
    read, centres, inked = laid(text, missing)
    assert with_missing_spaces(read, centres, inked, 40) == read


@pytest.mark.parametrize("centres", [[], [1.0], [1.0] * 50])
def test_without_the_places_of_all_characters_nothing_is_put_in(centres: list[float]) -> None:
    assert with_missing_spaces("to70", centres, np.zeros(100, bool), 10) == "to70"


@pytest.mark.parametrize(
    ("read", "meant"),
    [("Press KEY_wATER.", "Press KEY_WATER."), ("PcOVER OVERvIEW", "PCOVER OVERVIEW"), ("LEDs, DoS", "LEDs, DoS"),
     ("Removable, 2.4 I", "Removable, 2.4 l"), ("0.75 I of oil", "0.75 l of oil"), ("2.4 Items, Type 2 I", "2.4 Items, Type 2 I"),
     ("a（b）：5％", "a(b):5%"), ("水（冷）", "水（冷）"), ("  a   b ", "a b"), ("", "")],
)  # fmt: skip
def test_letters_that_look_alike(read: str, meant: str) -> None:
    assert put_right(read) == meant
