from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ragqa.indexing.index import Index
from ragqa.training.contrast import batch_of
from ragqa.training.examples import Group, grouped
from ragqa.training.exercises import Exercise, batched, chunks_of, exercises, judged
from ragqa.types import Document, Match, Triplet


@pytest.fixture
def shelf(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def chunks(index: Index) -> list[Any]:
    return [stored for document in index.documents() for stored in index.document_chunks(document.id)]


def triplet(question: str, stored: Any, answer: str | None, rank: int = 1) -> Triplet:
    """A triplet as mining makes it of a chunk; the answer must stand there, None: it does not answer."""
    start = None if answer is None else stored.chunk.text.index(answer)
    return Triplet(
        question, question, stored.chunk.text, start, None if start is None or answer is None else start + len(answer),
        (answer or "x",), Match.EXACT, 1.0, document=stored.document, context_start=stored.chunk.start, rank=rank,
    )  # fmt: skip


def asked(question: str, index: Index, words: str) -> Group:
    """A question that the chunk with these words answers, and no other."""
    made = [triplet(question, one, words if words in one.chunk.text else None, rank) for rank, one in enumerate(chunks(index))]
    return grouped(made)[0]


def test_passages_are_the_very_texts_that_were_embedded(shelf: Index, embedder: Any) -> None:
    embedded = set(embedder.embedded)
    [one] = exercises(shelf, [asked("How long?", shelf, "30 months")], [], embedder.count_tokens)
    assert one.question == "How long?" and len(one.right) == 1 and "30 months" in one.right[0]
    assert len(one.wrong) == len(chunks(shelf)) - 1 and {*one.right, *one.wrong} <= embedded


def test_no_passage_of_the_validation_is_among_the_wrong_ones(shelf: Index, embedder: Any) -> None:
    training, validation = asked("How long?", shelf, "30 months"), asked("What is E-24?", shelf, "The lid is open")
    [one] = exercises(shelf, [training], [validation], embedder.count_tokens)
    assert len(one.wrong) == len(chunks(shelf)) - 2 and not any("The lid is open" in text for text in one.wrong)


def test_what_the_index_does_not_hold_is_left_out(shelf: Index, embedder: Any) -> None:
    elsewhere = Triplet("q", "q", "It lasts 3 days.", 9, 15, ("3 days",), Match.EXACT, 1.0, document="gone.md", context_start=0)
    own = Triplet("r", "r", "It lasts 3 days.", 9, 15, ("3 days",), Match.EXACT, 1.0)
    unanswered = triplet("s", chunks(shelf)[0], None)
    assert exercises(shelf, grouped([elsewhere, own, unanswered]), [], embedder.count_tokens) == []
    assert judged(grouped([own, unanswered])) == []


def test_the_validation_says_where_answers_stand(shelf: Index) -> None:
    [one] = judged([asked("How long?", shelf, "30 months")])
    [(path, start, end)] = one.spans
    [document] = [document for document in shelf.documents() if document.path == path]
    assert shelf.text(document.id, start, end) == "30 months"


def drawn(lessons: Sequence[Exercise], negatives: int = 2, seed: str = "1") -> list[Any]:
    return batched(lessons, negatives, seed)


def test_questions_on_one_passage_come_together_with_wrong_ones_of_each() -> None:
    lessons = [
        Exercise("one", ("right",), ("a", "b", "c")),
        Exercise("two", ("right", "also"), ("d",)),
        Exercise("three", ("other",), ()),
    ]
    first, second = drawn(lessons)
    assert first.passages[:2] == ("right", "also") and len(first.passages) == 5 and "d" in first.passages
    assert [lesson.right for lesson in first.lessons] == [(0,), (0, 1)]
    d = first.passages.index("d")
    assert {1, d} <= set(first.lessons[0].spared)  # "also" and "d" may well answer "one"
    assert (second.passages, second.lessons[0].right) == (("other",), (0,))
    batch = batch_of([first, second])
    assert batch.right.shape == (3, 6) and batch.right.sum() == 4


def test_the_same_seed_draws_the_same_and_the_front_most_often() -> None:
    lessons = [Exercise("one", ("right",), tuple(f"wrong {rank}" for rank in range(20)))]
    assert drawn(lessons) == drawn(lessons) and drawn(lessons, 0)[0].passages == ("right",)
    ranks = [int(text.split()[1]) for seed in range(300) for text in drawn(lessons, 2, str(seed))[0].passages[1:]]
    assert sum(rank < 5 for rank in ranks) > 2 * sum(5 <= rank < 10 for rank in ranks) > 0
    assert len(drawn(lessons, 50)[0].passages) == 21


def test_grown_passages_stand_for_the_chunks_they_were_made_of(shelf: Index, embedder: Any) -> None:
    """As triplets have them that were mined for a reader of long answers."""
    kettle, lamp = (document.path for document in shelf.documents())
    (answering,) = [stored for stored in chunks(shelf) if "30 months" in stored.chunk.text]
    grown = {}
    for document in shelf.documents():
        stored = shelf.document_chunks(document.id)
        first, last = stored[0].chunk.start, stored[-1].chunk.end
        text = shelf.text(document.id, first, last)
        start = text.index("30 months") if document.path == answering.document else None
        end = None if start is None else start + len("30 months")
        grown[document.path] = Triplet(
            "q", "How long?", text, start, end, ("30 months",), document=document.path, context_start=first, rank=1
        )
        assert len(stored) > 1
    [one] = exercises(shelf, grouped(list(grown.values())), [], embedder.count_tokens)
    assert len(one.right) == 1 and "30 months" in one.right[0]
    others = [stored for stored in chunks(shelf) if stored.document != answering.document]
    assert len(one.wrong) == len(others) and {kettle, lamp} == set(grown)
    chosen = chunks_of(shelf, list(grown.values()))
    assert chosen[grown[answering.document]] == (answering.id,)
    nowhere = Triplet("q", "q", "x" * 5000, context_start=-1, document=kettle)
    assert chunks_of(shelf, [nowhere]) == {nowhere: ()}
