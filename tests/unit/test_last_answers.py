from __future__ import annotations

import os
from pathlib import Path

import pytest

from ragqa.last_answers import GivenAnswer, keep_answers, kept_answers
from ragqa.paths import DATABASE, LAST_ANSWERS
from ragqa.types import Answer, BlockKind, Context

CONTEXT = Context(BlockKind.PARAGRAPH, "Press it.", 10, 19)


def an_answer(text: str = "Press it", pages: tuple[int, ...] = (3,)) -> Answer:
    return Answer(text, 0.9, "a.pdf", (), pages, 10, 18, "Press it.", 10, CONTEXT, 1, 0.0, 0.0, (0.1, 0.2, 0.3, 0.4))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / DATABASE).write_bytes(b"an index")
    return tmp_path


def test_answers_come_back_in_their_order(folder: Path) -> None:
    keep_answers(folder, [an_answer(), an_answer("Pull ü\ud800", ())])
    first, second = kept_answers(folder)
    assert first == GivenAnswer("Press it", "a.pdf", 3, 10, 18, (0.1, 0.2, 0.3, 0.4))
    assert (second.text, second.page) == ("Pull ü\ud800", None)


def test_only_the_last_are_kept(folder: Path) -> None:
    keep_answers(folder, [an_answer(), an_answer()])
    keep_answers(folder, [])
    assert kept_answers(folder) == []


def test_without_an_index_nothing_is_written(tmp_path: Path) -> None:
    keep_answers(tmp_path / "nowhere", [an_answer()])
    assert not (tmp_path / "nowhere").exists() and kept_answers(tmp_path / "nowhere") == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.chmod(0o555)
    try:
        keep_answers(folder, [an_answer()])
    finally:
        folder.chmod(0o755)
    assert kept_answers(folder) == []


@pytest.mark.parametrize(
    "content",
    [
        "", "nonsense", "{}", "[1]", "null", "7", '[{"text": "x"}]', "[" * 100_000,
        '[{"text": 1, "document": "a", "page": 1, "start": 0, "end": 1, "box": null}]',
        '[{"text": "x", "document": "a", "page": "1", "start": 0, "end": 1, "box": null}]',
        '[{"text": "x", "document": "a", "page": 1, "start": 0, "end": 1, "box": [1, 2]}]',
    ],
)  # fmt: skip
def test_what_somebody_else_wrote_holds_no_answers(content: str, folder: Path) -> None:
    (folder / LAST_ANSWERS).write_text(content)
    assert kept_answers(folder) == []
