from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragqa.ingestion.discover import Discovery, discover, visible


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    root = tmp_path / "shelf"
    for name in ("b.pdf", "a.md", "deep/c.pdf", "deep/er/d.txt", ".hidden.md", ".git/e.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def paths(found: Discovery) -> list[str]:
    return [file.path for file in found.files]


def test_folders_are_searched_recursively_without_hidden_names(shelf: Path) -> None:
    found = discover([shelf])
    assert paths(found) == ["a.md", "b.pdf", "deep/c.pdf", "deep/er/d.txt"]
    assert found.roots == (shelf,) and found.problems == ()
    assert found.files[2].source == shelf / "deep/c.pdf" and found.files[2].root == shelf


def test_relative_paths_become_absolute(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf)
    assert {file.source for file in discover(["."]).files} == {file.source for file in discover([shelf]).files}


def test_a_file_named_outright_is_taken_by_its_name(shelf: Path) -> None:
    found = discover([shelf / "deep/c.pdf", shelf / ".hidden.md"], include=["*.txt"], exclude=["*"])
    assert paths(found) == ["c.pdf", ".hidden.md"] and found.roots == ()


def test_a_file_is_found_once(shelf: Path) -> None:
    assert paths(discover([shelf, shelf / "a.md", shelf])) == ["a.md", "b.pdf", "deep/c.pdf", "deep/er/d.txt"]


def test_globs_are_expanded_here(shelf: Path) -> None:
    assert paths(discover([f"{shelf}/*.pdf"])) == ["b.pdf"]
    assert paths(discover([f"{shelf}/**/*.pdf"])) == ["b.pdf", "c.pdf"]


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    (tmp_path / "manual[1].md").write_text("x")
    assert paths(discover([tmp_path / "manual[1].md"])) == ["manual[1].md"]


@pytest.mark.parametrize("name", ["nowhere", "nowhere/*.pdf"])
def test_what_is_not_there_is_a_problem(name: str, shelf: Path) -> None:
    found = discover([shelf / name, shelf / "a.md"])
    assert paths(found) == ["a.md"]
    assert found.problems == ((str(shelf / name), "there is no such file or folder"),)


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["*.pdf"], [], ["b.pdf", "deep/c.pdf"]),
        (["deep/*"], [], ["deep/c.pdf", "deep/er/d.txt"]),
        ([], ["*.pdf"], ["a.md", "deep/er/d.txt"]),
        (["*.pdf", "*.md"], ["deep/*"], ["a.md", "b.pdf"]),
        (["a.md"], ["a.md"], []),
    ],
)
def test_include_and_exclude(include: list[str], exclude: list[str], expected: list[str], shelf: Path) -> None:
    assert paths(discover([shelf], include, exclude)) == expected


def test_links_are_followed_and_loops_end(shelf: Path) -> None:
    (shelf / "deep/loop").symlink_to(shelf, target_is_directory=True)
    (shelf / "link.md").symlink_to(shelf / "a.md")
    assert paths(discover([shelf])) == ["a.md", "b.pdf", "link.md", "deep/c.pdf", "deep/er/d.txt"]


def test_links_that_lead_out_of_the_folder_are_left_out_and_said(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("secret")
    before = paths(discover([shelf]))
    (shelf / "deep/folder").symlink_to(outside, target_is_directory=True)
    (shelf / "deep/secret.md").symlink_to(outside / "secret.md")
    (shelf / "up").symlink_to(shelf.parent, target_is_directory=True)
    (shelf / "through.md").symlink_to(shelf / "deep/secret.md")
    found = discover([shelf])
    assert paths(found) == before and not found.problems
    assert sorted(name for name, _ in found.left_out) == ["deep/folder", "deep/secret.md", "through.md", "up"]
    assert all("leads out of the folder" in reason for _, reason in found.left_out)


def test_a_glob_searches_as_a_folder_is_searched(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "secret.md").write_text("secret")
    (shelf / "secret.md").symlink_to(outside / "secret.md")
    (shelf / "deep/folder").symlink_to(outside, target_is_directory=True)
    for name in ("one", "two", "deep/three"):  # a walk that followed them all would never end
        (shelf / name).symlink_to(shelf, target_is_directory=True)
    found = discover([f"{shelf}/**/*.*", f"{shelf}/*/folder/*.md", f"{shelf}/*.m[d]"])
    assert paths(found) == ["a.md", "b.pdf", "c.pdf", "d.txt"] and found.roots == ()
    assert sorted(name for name, _ in found.left_out) == ["deep/folder", "secret.md"]


def test_globs_name_what_shells_would(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shelf)
    assert paths(discover(["*.md"])) == ["a.md"] and paths(discover([".*.md"])) == [".hidden.md"]
    assert paths(discover(["d*/er/*.txt"])) == ["d.txt"] and paths(discover(["*/*"])) == ["c.pdf", "d.txt"]
    assert paths(discover(["**"])) == paths(discover(["."])) == ["a.md", "b.pdf", "deep/c.pdf", "deep/er/d.txt"]
    assert paths(discover(["a.md/*"])) == [] and paths(discover(["[d]eep/**/c.pdf"])) == ["c.pdf"]


def test_a_link_that_is_itself_named_is_followed(shelf: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    named = tmp_path_factory.mktemp("named")
    (named / "all").symlink_to(shelf, target_is_directory=True)
    (named / "one.md").symlink_to(shelf / "a.md")
    assert paths(discover([named / "all"])) == paths(discover([shelf]))
    assert paths(discover([named / "one.md"])) == ["one.md"]


def test_a_dangling_link_is_found_so_that_it_can_be_reported(shelf: Path) -> None:
    (shelf / "gone.md").symlink_to(shelf / "nowhere.md")
    assert "gone.md" in paths(discover([shelf]))


def test_names_that_are_no_text_are_shown_as_escapes(tmp_path: Path) -> None:
    raw = os.fsencode(tmp_path) + b"/caf\xe9.md"
    with open(raw, "wb") as file:
        file.write(b"x")
    (found,) = discover([tmp_path]).files
    assert found.path == "caf\\xe9.md" and os.fsencode(found.source) == raw
    assert visible("日本 😀\n.md") == "日本 😀\n.md"


def test_a_folder_that_may_be_listed_and_not_entered_costs_itself_only(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in it can be named and not looked at; a chmod would not stop a root user."""
    closed, look, look_at_link = f"{shelf}/deep/", os.stat, os.lstat

    def refused(path: object, **options: object) -> os.stat_result:
        if os.fspath(path).startswith(closed):  # type: ignore[call-overload]
            raise PermissionError(13, "Permission denied", str(path))
        return (look if options.get("follow_symlinks", True) else look_at_link)(path)  # type: ignore[arg-type]

    monkeypatch.setattr("os.stat", refused)
    monkeypatch.setattr("os.lstat", lambda path, **options: refused(path, follow_symlinks=False))
    found = discover([shelf])
    assert paths(found) == ["a.md", "b.pdf"]
    assert {path for path, _ in found.problems} == {f"{closed}er", f"{closed}c.pdf"}
    assert {note for _, note in found.problems} == {"cannot be opened: Permission denied"}
    assert not discover([f"{shelf}/deep/*"]).files and not discover([f"{shelf}/deep/**/*.pdf"]).files
    assert paths(discover([f"{shelf}/**/*"])) == ["a.md", "b.pdf"]


def test_a_folder_that_goes_while_it_is_walked_costs_itself_only(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look = os.stat

    def lost(path: object, **options: object) -> os.stat_result:
        if os.fspath(path) == str(shelf / "deep"):  # type: ignore[call-overload]
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return look(path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("ragqa.ingestion.discover.os.stat", lost)
    found = discover([shelf])
    assert paths(found) == ["a.md", "b.pdf"] and "deep" in found.problems[0][0]
