"""The questions over open manuals are whole, small, hold no text of the manuals, and are found again in them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from manual_library import lines  # noqa: E402
from open_manuals import OPEN_MANUALS, pairs_of, told, write_manual  # noqa: E402

QUESTIONS = OPEN_MANUALS / "questions.jsonl.gz"
MANUAL = "# Lamp\n\nThe fuse is 5 A. Hold the knob for 3 s.\n\n# Cable\n\nThe fuse is 5 A where it is long; it is 3 s late.\n"


def test_each_question_is_of_a_manual_that_is_known_and_tells_no_words_of_it() -> None:
    sources = json.loads((OPEN_MANUALS / "sources.json").read_text(encoding="utf-8"))
    questions = list(lines(QUESTIONS))
    assert len({one["id"] for one in questions}) == len(questions)
    for one in questions:
        assert one["manual"] in sources and set(one) == {"id", "manual", "question", "kind", "answers"}
        assert (one["kind"] == "none") == (not one["answers"])
        for answer in one["answers"]:
            assert set(answer) == {"words", "sha256", "nth"} and len(answer["sha256"]) == 16
            assert answer["words"] > 0 and answer["nth"] >= 0
    for source in sources.values():
        assert set(source) == {"title", "repo", "commit", "held_out", "files"}
        assert len(source["commit"]) == (0 if source["repo"] == "emanual" else 40)


def test_it_is_small_and_tells_no_time_and_no_name() -> None:
    head = QUESTIONS.read_bytes()[:8]
    assert head[3] == 0 and head[4:8] == bytes(4)
    assert QUESTIONS.stat().st_size <= 1_000_000


def test_its_card_tells_its_numbers() -> None:
    questions = list(lines(QUESTIONS))
    card = (OPEN_MANUALS / "README.md").read_text(encoding="utf-8")
    assert f"{len(questions):,} questions" in card
    assert f"{sum(not one['answers'] for one in questions):,} of them" in card


@pytest.mark.parametrize(("words", "nth"), [("The fuse is 5 A", 0), ("The fuse is 5 A", 1), ("3 s", 1), ("Hold the knob", 0)])
def test_a_span_is_found_again_by_what_is_told_of_it(tmp_path: Path, words: str, nth: int) -> None:
    file = tmp_path / "lamp.txt"
    file.write_text(MANUAL, encoding="utf-8")
    pair = next(pairs_of(file, [{"id": "1", "question": "?", "kind": "fact", "answers": [_told(file, words, nth)]}]))
    assert pair["answers"] == [words] and pair["document"] == "lamp.txt"


def test_a_question_whose_answer_is_lost_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "lamp.txt"
    file.write_text(MANUAL, encoding="utf-8")
    lost = {"words": 2, "sha256": "0" * 16, "nth": 0}
    asked = [
        {"id": "1", "question": "?", "kind": "fact", "answers": [lost]},
        {"id": "2", "question": "?", "kind": "none", "answers": []},
    ]
    assert [pair["id"] for pair in pairs_of(file, asked)] == ["2"]


def test_files_of_other_kinds_are_taken_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "own" / "name").mkdir(parents=True)
    for name in ("a.rst", "b.rst"):
        (tmp_path / "own" / "name" / name).write_text(f"{name}\n", encoding="utf-8")
    source = {"title": "Lamp", "repo": "own/name", "files": ["a.rst", "b.rst"]}
    written = write_manual("lamp", source, tmp_path, tmp_path / "out")
    assert written.name == "lamp.rst" and written.read_text(encoding="utf-8").split() == ["a.rst", "b.rst"]


def _told(file: Path, words: str, nth: int) -> dict[str, object]:
    from ragqa.parsing.registry import parse

    text = parse(file.read_bytes(), file.name).text
    start = -1
    for _ in range(nth + 1):
        start = text.index(words, start + 1)
    return told(text, start, start + len(words))
