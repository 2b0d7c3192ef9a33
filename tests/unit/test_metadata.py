from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.errors import UsageError
from ragqa.metadata import MOST_KEYS, MOST_VALUES, is_key, is_value, metadata_of, parsed, read_table, told, wanted


def test_metadata_is_one_form_of_what_is_given() -> None:
    given = {" Brand ": "Aqua  Plus", "MODEL": ["K200", "K300", "K200"], "Größe": "4\u00a0l", "old": []}
    expected = {"brand": ("Aqua Plus",), "model": ("K200", "K300"), "größe": ("4 l",), "old": ()}
    assert metadata_of(given) == expected
    assert all(is_key(key) and all(map(is_value, values)) for key, values in expected.items())


def test_texts_give_the_same() -> None:
    assert parsed(["brand=Aqua", "model=K200", "Model=K300", "note=a=b", "old="]) == {
        "brand": ("Aqua",), "model": ("K200", "K300"), "note": ("a=b",), "old": (),
    }  # fmt: skip
    assert told(parsed(["brand=Aqua", "model=K200", "model=K300"])) == ("brand=Aqua", "model=K200", "model=K300")


@pytest.mark.parametrize(
    "text", ["brand", "=Aqua", "a b=c", "1st=x", "_x=y", "k" * 41 + "=v", "brand=" + "v" * 201, "brand=a\x00b", "brand=\udc80"]
)
def test_what_is_no_metadata_is_refused_and_shown(text: str) -> None:
    with pytest.raises(UsageError) as told_of:
        parsed([text])
    assert told_of.value.hint and told_of.value.message.isprintable()


def test_there_are_bounds() -> None:
    with pytest.raises(UsageError, match="keys"):
        metadata_of({f"key{number}": "v" for number in range(MOST_KEYS + 1)})
    with pytest.raises(UsageError, match="values of 'key'"):
        metadata_of({"key": [str(number) for number in range(MOST_VALUES + 1)]})


def test_what_is_looked_for_has_a_value_of_every_key() -> None:
    assert wanted({"model": ["b", "a"], "Brand": "x"}) == (("brand", ("x",)), ("model", ("b", "a")))
    assert wanted(None) == wanted({}) == ()
    with pytest.raises(UsageError, match="no value of 'brand'"):
        wanted({"brand": " "})


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_a_table_labels_many_documents(tmp_path: Path, between: str) -> None:
    lines = [["Document", "Brand", "Model"], ["a.pdf", '"Aqua"', "K1"], ["a.pdf", "", "K2"], [], ["b/*", "Bora", ""]]
    path = tmp_path / "labels.csv"
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(between.join(line) for line in lines).encode())
    assert read_table(path) == [("a.pdf", {"brand": ("Aqua",), "model": ("K1", "K2")}), ("b/*", {"brand": ("Bora",)})]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", None), ("document\na.pdf\n", "line 1: no columns"), ("document,brand,Brand\n", "line 1: no columns"),
        ("document,b b\n", "line 1: 'b b' is no key"), ("document,brand\n,Aqua\n", "line 2: no document"),
        ("document,brand\na,b,c\n", "line 2: too many cells"), ("document,brand\na,b\x07\n", "line 2: 'b.x07' is no value"),
        ('document,brand\na,"b\n', "line 2: unexpected end"),
    ],
)  # fmt: skip
def test_a_table_that_is_none_is_told_with_its_line(tmp_path: Path, text: str, message: str | None) -> None:
    path = tmp_path / "labels.csv"
    path.write_text(text)
    if message is None:
        assert read_table(path) == []
        return
    with pytest.raises(UsageError, match=message):
        read_table(path)


def test_a_table_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_table(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("document,marke\na,Müller\n".encode("latin-1"))
    with pytest.raises(UsageError, match="is not UTF-8"):
        read_table(tmp_path / "latin.csv")
