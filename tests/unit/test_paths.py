from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.errors import UsageError
from ragqa.paths import (
    DATABASE,
    checked_name,
    index_folder,
    index_names,
    indexes_folder,
    is_plain_name,
    models_folder,
    reader_folder,
)


def test_everything_is_below_the_home_folder() -> None:
    assert indexes_folder("h") == Path("h/indexes")
    assert models_folder("h") == Path("h/models")
    assert index_folder("h", "phones") == Path("h/indexes/phones")
    assert reader_folder("h", "shop") == Path("h/models/shop")


@pytest.mark.parametrize("name", ["manuals", "a", "Phones-2024_v1.2", "0", "a" * 100])
def test_good_names(name: str) -> None:
    assert checked_name(name) == name and is_plain_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "a/b", "a\\b", ".hidden", "-x", "_x", "a b", "a\n", "é", "a" * 101, "C:", "a\0b", "*", "/etc"],
)
def test_bad_names_are_refused_with_what_is_allowed(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        index_folder("h", name)
    assert "letters" in caught.value.hint and "a name for an index" in caught.value.message
    with pytest.raises(UsageError, match="a name for a reader"):
        reader_folder("h", name)
    assert not is_plain_name(name)


def test_an_index_is_a_folder_with_a_database(tmp_path: Path) -> None:
    for name in ("b", "a", "no-index"):
        (tmp_path / "indexes" / name).mkdir(parents=True)
    for name in ("b", "a"):
        (tmp_path / "indexes" / name / DATABASE).touch()
    assert index_names(tmp_path) == ["a", "b"]


def test_a_folder_whose_name_is_no_indexs_is_none(tmp_path: Path) -> None:
    for name in ("shelf", "shelf (copy)", ".backup"):
        (tmp_path / "indexes" / name).mkdir(parents=True)
        (tmp_path / "indexes" / name / DATABASE).touch()
    assert index_names(tmp_path) == ["shelf"]


def test_no_home_folder_no_indexes(tmp_path: Path) -> None:
    assert index_names(tmp_path / "nowhere") == []
