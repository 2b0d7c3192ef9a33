from __future__ import annotations

from itertools import pairwise

import pytest

from ragqa.text.sentences import sentence_bounds


def parts(text: str, code: str | None) -> list[str]:
    return [text[first:last] for first, last in pairwise(sentence_bounds(text, code))]


@pytest.mark.parametrize(
    "sentences",
    [
        ["One is here. ", "Two is there."],
        ["Is it? ", "Yes! ", "Good."],
        ["Use e.g. Vinegar or acid. ", "Rinse."],
        ["Set approx. 90 degrees. ", "Wait."],
        ["Refer to sec. 4.2. ", "Press A."],
        ["The gap is 12 in. (30 cm) or 1 ft. 2 in. ", "Push it in. ", "(See above.)"],
        ["Push it in. ", "2 lamps light."],
        ["It is 12 in.\n", "3 lamps light."],
        ["Charge it for 8 hrs. 30 mins. ", "Wait 5 secs. ", "Then press it."],
        ["The max. temp. Is reached, see pp. 4 and ref. B12. ", "Stop."],
        ["This is the state of the art. ", "Press it."],
        ["See Fig. 3 and No. 4. ", "Close."],
        ["It weighs 1.7 kg. ", "It is red."],
        ['He said "stop." ', "Then it ran."],
        ["First line\n", "second line"],
        ["version 2.1 of the software"],
        ["Dr. Smith has it. ", "Ask."],
        ["(See above.) ", "Now go."],
        [""],
    ],
)
def test_sentences_begin_where_a_reader_expects(sentences: list[str]) -> None:
    text = "".join(sentences)
    bounds = sentence_bounds(text)
    if sentences == [""]:
        assert set(bounds) == {0}
        return
    assert [text[first:last] for first, last in pairwise(bounds)] == sentences


@pytest.mark.parametrize(
    ("code", "sentences"),
    [
        ("de", ["Drücken Sie z. B. Taste 4. ", "Ändern Sie bzw. Ihr Händler den Wert."]),
        ("de", ["Siehe Abb. 3 und Kap. 4. ", "Öffnen Sie ihn."]),
        ("de", ["Ventil Pos. 3, Art.-Nr. 4711, siehe Ziff. 2. ", "Nach 5 Sek. 3 Tasten an der Pos. ", "Warten."]),
        ("fr", ["Voir sect. 4 et figs. 2. ", "Attendez 5 sec. ", "Ouvrez."]),
        ("es", ["Véase secc. 4 y págs. 2. ", "Espere 5 seg. ", "Abra."]),
        ("it", ["Vedere sez. 4 e pagg. 2. ", "Premere."]),
        ("nl", ["Zie par. 4 en pag. 2. ", "Open het."]),
        ("pt", ["Ver sec. 4 e págs. 2. ", "Abra."]),
        ("fr", ["Voir p. ex. La notice. ", "Éteignez-le ! ", "« Prêt » s'affiche."]),
        ("es", ["Ciérrelo. ", "¿Parpadea? ", "¡Cuidado! ", "Espere aprox. 10 minutos."]),
        ("it", ["Spegnere. ", "È caldo, ad es. Il fondo."]),
        ("pt", ["Feche-o. ", "Água quente, p. ex. A da torneira."]),
        ("nl", ["Sluit het. ", "Zie blz. 4 en afb. 3."]),
        ("ja", ["電源を切ります。", "「止まる」と言います。", "３秒待ちます。"]),
        ("ja", ["「止めて。」", "次へ。"]),
        ("zh", ["请关闭电源！", "灯亮吗？", "是的。"]),
        ("ko", ["전원을 끄십시오. ", "버튼을 누르십시오."]),
        ("en", ["Press it. ", "電源を切ります。", "Then wait."]),
    ],
)
def test_every_languages_sentences(code: str, sentences: list[str]) -> None:
    assert parts("".join(sentences), code) == sentences


def test_without_a_language_no_languages_abbreviation_ends_a_sentence() -> None:
    text = "See e.g. The lid, Abb. 3, ou p. ex. La notice, sez. 4. Then go."
    assert parts(text, None) == ["See e.g. The lid, Abb. 3, ou p. ex. La notice, sez. 4. ", "Then go."]
    assert len(parts(text, "en")) > 2


def test_a_wide_full_stop_at_a_lines_end_makes_no_empty_sentence() -> None:
    assert parts("一。\n二。\n", "zh") == ["一。\n", "二。\n"]
