"""What a server may read of its machine: below its roots, and nothing that a link leads to elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.errors import UsageError
from ragqa.serve.refusals import Forbidden
from ragqa.serve.roots import Roots


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "shelf" / "deep").mkdir(parents=True)
    (tmp_path / "shelf" / "a.md").touch()
    (tmp_path / "shelf-of-others").mkdir()
    (tmp_path / "secret").touch()
    (tmp_path / "shelf" / "out").symlink_to(tmp_path)
    (tmp_path / "shelf" / "in").symlink_to(tmp_path / "shelf" / "deep")
    (tmp_path / "also").symlink_to(tmp_path / "shelf")
    return tmp_path


def test_what_is_below_a_root_may_be_read(place: Path) -> None:
    roots = Roots.of([place / "shelf"])
    named = [str(place / "shelf"), str(place / "shelf" / "a.md"), "a.md", "deep", "in", str(place / "also" / "a.md"), "."]
    assert [path.name for path in roots.checked(named)] == ["shelf", "a.md", "a.md", "deep", "in", "a.md", "shelf"]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "..",
        "../secret",
        "out",
        "out/secret",
        "../shelf-of-others",
        "none",
        "*.md",
        "~",
        "",
        "a\0b",
        "\ud800",
        "\udcff",
        "x" * 9000,
    ],
)
def test_everything_else_is_refused_in_the_same_words(place: Path, path: str) -> None:
    roots = Roots.of([place / "shelf"])
    with pytest.raises(Forbidden, match="is not below a folder that this server may read") as refused:
        roots.checked(["a.md", path])
    refused.value.message.encode()
    assert refused.value.message.isprintable()


def test_without_roots_nothing_is_read_and_the_way_out_is_told(place: Path) -> None:
    with pytest.raises(Forbidden, match="reads no files") as refused:
        Roots.of([]).checked([str(place / "secret")])
    assert "--root FOLDER" in refused.value.hint


def test_a_root_that_is_no_folder_is_told(place: Path) -> None:
    with pytest.raises(UsageError, match="is not a folder"):
        Roots.of([place / "secret"]).refuse_missing()


def test_a_root_that_went_away_has_nothing_to_read(place: Path) -> None:
    with pytest.raises(Forbidden, match="not below a folder"):
        Roots.of([place / "unmounted"]).checked(["a.md"])
