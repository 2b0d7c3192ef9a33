from __future__ import annotations

import pytest

from ragqa.parsing.labels import is_bare_label, is_generic_title, split_marker, starts_with_label


@pytest.mark.parametrize(
    "label",
    [
        "WARNING", "Note:", "Achtung!", "VORSICHT", "Hinweis:", "AVERTISSEMENT", "Remarque :", "PRÉCAUTION", "PRECAUTION",
        "Advertencia", "PRECAUCIÓN", "PRECAUCION", "Attenzione!", "AVVERTENZA", "Atenção:", "PERIGO", "Waarschuwing", "Let op!",
        "A DANGER", "3WARNING", "警告", "【注意】", "ご注意", "危険！", "危险", "提示：", "경고", "주의!",
    ],
)  # fmt: skip
def test_a_label_of_any_language_stands_alone(label: str) -> None:
    assert is_bare_label(label)


@pytest.mark.parametrize(
    "text",
    [
        "WARNING Hot.", "Caution: hot.", "ACHTUNG Heiß.", "Hinweis: Nicht öffnen.", "Attention : chaud.", "REMARQUE – Chaud.",
        "PRECAUCION Superficie caliente.", "Nota: Caliente.", "AVVERTENZA! Caldo.", "Atenção: quente.", "LET OP Heet.",
        "警告：高温。", "【注意】高温です。", "注意！烫。", "주의: 뜨겁습니다.",
    ],
)  # fmt: skip
def test_a_text_begins_with_the_label_of_any_language(text: str) -> None:
    assert starts_with_label(text)


@pytest.mark.parametrize(
    "text",
    [
        "Notes on cleaning", "Note that it is hot.", "Important people", "NOTEBOOK", "Hinweise finden Sie hier.",
        "Die Gefahr ist gering.", "注意してください。", "Notable", "Avis aux lecteurs", "DANGEROUS", "Opgelegde eis",
    ],
)  # fmt: skip
def test_a_sentence_that_only_speaks_of_it_is_none(text: str) -> None:
    assert not starts_with_label(text)
    assert not is_bare_label(text)


@pytest.mark.parametrize(
    "title",
    [
        "untitled", "Document3", "Unbenannt 2", "Dokument1", "Ohne Titel", "Sans titre", "Nouveau document", "Sin título",
        "Senza titolo", "Sem título", "Naamloos", "無題", "文書 1", "未命名", "新建文档",
        "제목 없음", "a.pdf", "2ab1234.fm5", "--", "Microsoft Word - foo.doc",
    ],
)  # fmt: skip
def test_a_title_that_says_nothing_in_any_language(title: str) -> None:
    assert is_generic_title(title)


@pytest.mark.parametrize("title", ["Kettle K1", "Dokumentation", "Document camera D2", "Titelseite", "取扱説明書"])
def test_a_title_that_says_something(title: str) -> None:
    assert not is_generic_title(title)


@pytest.mark.parametrize(
    ("line", "split"),
    [
        ("1. Press", ("1.", "Press")),
        ("1、打开盖子", ("1、", "打开盖子")),
        ("２．ふたを開ける", ("２．", "ふたを開ける")),
        ("（3）전원을 켭니다", ("（3）", "전원을 켭니다")),
        ("・ふたを開ける", ("•", "ふたを開ける")),
        ("3、4号机", None),
        ("1.5 kg", None),
        ("- / +", None),
    ],
)
def test_list_markers(line: str, split: tuple[str, str] | None) -> None:
    assert split_marker(line) == split
