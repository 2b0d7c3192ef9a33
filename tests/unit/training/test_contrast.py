from __future__ import annotations

import math
import random

import numpy as np
import pytest

from ragqa.training.contrast import Batch, Group, Lesson, batch_of, batches, contrastive_loss

LID = "Keep the lid closed while the kettle boils its water."
LID_TWICE = "Keep the lid closed, while the kettle boils its water!"
SWITCH = "The switch turns the lamp on."
FILTER = "Rinse the filter every month with vinegar."


def numbered(count: int, name: str) -> Group:
    """So many passages that have no word in common, with a question each."""
    passages = tuple(f"{name}{number}" for number in range(count))
    return Group(passages, tuple(Lesson(f"what is {passage}?", (number,)) for number, passage in enumerate(passages)))


def rows(batch: Batch) -> dict[str, tuple[list[str], list[str]]]:
    """By question, the passages that are right and those that are spared."""
    return {
        question: tuple(
            [passage for passage, is_one in zip(batch.passages, marks[row], strict=True) if is_one]
            for marks in (batch.right, batch.spared & ~batch.right)
        )
        for row, question in enumerate(batch.questions)
    }  # type: ignore[misc]


def test_groups_keep_their_passages_apart_in_a_batch() -> None:
    one = Group((LID, SWITCH), (Lesson("lamp?", (1,)), Lesson("both?", (0, 1))))
    other = Group((FILTER, "Press E-24."), (Lesson("descale?", (0,), (1,)),))
    batch = batch_of([one, other])
    assert batch.passages == (LID, SWITCH, FILTER, "Press E-24.")
    assert rows(batch) == {"lamp?": ([SWITCH], []), "both?": ([LID, SWITCH], []), "descale?": ([FILTER], ["Press E-24."])}


def test_what_is_nearly_a_right_passage_is_spared() -> None:
    batch = batch_of([Group((LID, SWITCH), (Lesson("lid?", (0,)),)), Group((LID_TWICE,), (Lesson("lamp?", (0,)),))])
    assert rows(batch)["lid?"] == ([LID], [LID_TWICE])


def test_every_question_comes_once_a_round_and_with_its_passage() -> None:
    groups = [numbered(3, "a"), numbered(11, "b"), numbered(2, "c"), numbered(4, "d")]
    for seed in range(5):
        made = list(batches(groups, 6, random.Random(seed)))
        assert max(len(batch.passages) for batch in made) <= 6
        asked = [question for batch in made for question in batch.questions]
        assert sorted(asked) == sorted(lesson.question for group in groups for lesson in group.lessons)
        assert all(found == [question[len("what is ") : -1]] for batch in made for question, (found, _) in rows(batch).items())


def test_batches_follow_the_seed() -> None:
    groups = [numbered(3, name) for name in "abcdef"]
    one, same, other = ([batch.questions for batch in batches(groups, 6, random.Random(seed))] for seed in (1, 1, 2))
    assert one == same != other


def test_a_stretch_without_questions_is_left_out() -> None:
    group = Group(tuple(f"a{number}" for number in range(10)), (Lesson("nine?", (9,), (0,)),))
    (batch,) = batches([group], 5, random.Random(1))
    assert batch.passages == ("a5", "a6", "a7", "a8", "a9") and not batch.spared[0, :4].any()


def test_the_loss_is_the_surprise_at_the_right_passage() -> None:
    torch = pytest.importorskip("torch")
    questions, passages = torch.eye(3)[:2], torch.eye(3)
    right = np.array([[True, False, False], [True, False, False]])
    batch = Batch(("a", "b"), ("p", "q", "r"), right, np.zeros_like(right))
    sure = -math.log(math.e / (math.e + 2))
    wrong = -math.log(1 / (math.e + 2))
    assert float(contrastive_loss(questions, passages, batch, temperature=1.0)) == pytest.approx((sure + wrong) / 2)


def test_spared_passages_do_not_count_and_one_of_several_right_ones_does() -> None:
    torch = pytest.importorskip("torch")
    questions, passages = torch.eye(3)[:1], torch.eye(3)
    none = np.zeros((1, 3), dtype=bool)
    only = Batch(("a",), ("p", "q", "r"), np.array([[False, True, False]]), np.array([[True, True, False]]))
    assert float(contrastive_loss(questions, passages, only, temperature=1.0)) == pytest.approx(math.log(2))
    several = Batch(("a",), ("p", "q", "r"), np.array([[True, True, True]]), none)
    assert float(contrastive_loss(questions, passages, several)) == pytest.approx(0, abs=1e-5)


def test_the_loss_falls_along_its_gradient() -> None:
    torch = pytest.importorskip("torch")
    batch = batch_of([numbered(4, "a"), numbered(3, "b")])
    torch.manual_seed(1)
    questions = torch.nn.functional.normalize(torch.randn(7, 5), dim=1).requires_grad_()
    passages = torch.nn.functional.normalize(torch.randn(7, 5), dim=1)
    before = contrastive_loss(questions, passages, batch)
    before.backward()
    assert contrastive_loss(questions - 0.01 * questions.grad, passages, batch) < before
