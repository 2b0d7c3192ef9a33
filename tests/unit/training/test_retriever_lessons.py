"""What the shipped retriever's training makes of manuals and their questions."""

from __future__ import annotations

import json
import random
import sys
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from lessons import Piece, pair_groups, placed_lesson, plain
from teach_retriever import HARD, hard_batches, part

from ragqa.config import IngestSettings
from ragqa.training.contrast import Group, Lesson

TEXTS = ("The fuse is 5 A. Hold the knob for 3 s.", "Hold the knob for 3 s. Then let go.", "The hose is 1.5 m long.")


def made() -> list[Piece]:
    """Chunks of a text, the second of which begins within the first."""
    starts = (0, 17, 60)
    return [Piece(text, plain(text), start, start + len(text)) for text, start in zip(TEXTS, starts, strict=True)]


def test_the_chunks_with_the_answer_s_place_are_right_and_those_with_its_words_or_a_part_are_spared() -> None:
    within = {"question": "How long?", "answers": ["Hold the knob"], "start": 17, "end": 30}
    assert placed_lesson(within, made()) == Lesson("How long?", (0, 1), ())
    torn = {"question": "Then?", "answers": ["for 3 s. Then let go"], "start": 31, "end": 51}
    assert placed_lesson(torn, made()) == Lesson("Then?", (1,), (0,))
    elsewhere = {"question": "How long?", "answers": ["the hose is 1.5 m"], "start": 4, "end": 8}
    assert placed_lesson(elsewhere, made()) == Lesson("How long?", (0,), (2,))
    assert placed_lesson({"question": "?", "answers": ["lost"], "start": 50, "end": 70}, made()) is None


def test_pairs_are_read_with_their_manuals(tmp_path: Path) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open" / "lamp.md").write_text("# Lamp\n\nThe fuse is 5 A.\n", encoding="utf-8")
    asked = [
        {"question": "Which fuse?", "answers": ["5 A"], "document": "lamp.md", "start": 18, "end": 21},
        {"question": "Which colour?", "answers": [], "document": "lamp.md"},
    ]
    (tmp_path / "open.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked), encoding="utf-8")
    ((name, group),) = pair_groups(tmp_path / "open", IngestSettings(), lambda texts: [len(text.split()) for text in texts])
    assert name == "lamp.md" and [lesson.question for lesson in group.lessons] == ["Which fuse?"]
    assert "5 A" in group.passages[group.lessons[0].right[0]]


def test_hard_batches_hold_each_question_with_what_answers_it_and_what_does_not() -> None:
    group = Group(tuple(f"passage {number}" for number in range(40)), tuple(Lesson(f"q{n}", (n,), (n + 1,)) for n in range(30)))
    wrong = [[(number + step) % 40 for step in range(2, 8)] for number in range(30)]
    batches = hard_batches([group], [wrong], 12, random.Random(1))
    asked: set[str] = set()
    for batch in islice(batches, 10):
        assert len(batch.passages) <= 12 and batch.right.any(axis=1).all()
        for question, right in zip(batch.questions, batch.right, strict=True):
            number = int(question[1:])
            assert batch.passages[right.argmax()] == f"passage {number}"
            beside = {f"passage {other}" for other in wrong[number]} & set(batch.passages)
            asked |= {question} if len(beside) >= HARD else set()
    assert len(asked) > 20


def test_a_part_of_a_group_renumbers_what_is_right_and_spared() -> None:
    group = Group(("a", "b", "c", "d"), (Lesson("q", (3,), (1, 0)), Lesson("gone", (0,))))
    assert part(group, [1, 3]) == Group(("b", "d"), (Lesson("q", (1,), (0,)),))
