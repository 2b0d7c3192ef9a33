from __future__ import annotations

from collections.abc import Callable

import pytest

from ragqa.answering.retrieve import retrieve
from ragqa.config import AskSettings
from ragqa.evaluation.gold import Gold, holds_answer
from ragqa.evaluation.results import FoundBy
from ragqa.indexing.index import Index
from ragqa.text.agreement import plain
from ragqa.types import Document, Hit, QAPair


@pytest.fixture
def index(make_index: Callable[..., Index], kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def hits_of(index: Index, *texts: str) -> list[Hit]:
    """The chunks that hold these texts, in this order, as hits."""
    chunks = [stored for document in index.documents() for stored in index.document_chunks(document.id)]
    found = []
    for text in texts:
        stored = next(one for one in chunks if text in one.chunk.text)
        found.append(Hit(stored.id, stored.document_id, stored.document, stored.title, stored.chunk, 1.0, 1.0, 0.0))
    return found


def test_an_answer_is_held_as_whole_words() -> None:
    assert holds_answer("code e24 cause lid is open", QAPair("?", ("The lid is open!",)))
    assert not holds_answer("it takes 18 watts", QAPair("?", ("8 watts",)))
    assert not holds_answer("anything", QAPair("?", ("the",)))
    assert not holds_answer(plain("set it to -10 °C"), QAPair("?", ("10 °C",)))
    assert holds_answer(plain("按住复位按钮十秒钟"), QAPair("?", ("复位按钮",)))
    assert holds_answer(plain("전원 버튼을 누르세요"), QAPair("?", ("전원 버튼",)))


@pytest.mark.parametrize(
    ("pair", "found_by"),
    [
        (QAPair("?", ("Boil it twice",), document="kettle.md", page=2, section="Descaling"), FoundBy.PAGE),
        (QAPair("?", ("Boil it twice",), document="kettle.md", section="Kettle K1 > Descaling"), FoundBy.SECTION),
        (QAPair("?", ("Boil it twice",), document="kettle.md"), FoundBy.ANSWER),
        (QAPair("?", ("Cook it two times",), document="kettle.md"), FoundBy.DOCUMENT),
        (QAPair("?", ("8 watts",), document="lamp.html", page=2), FoundBy.ANSWER),  # the document has no pages
        (QAPair("?", ("Boil it twice",), document="fan.txt", page=2), FoundBy.ANSWER),  # there is no such document
        (QAPair("?", ("Boil it twice",), page=2, section="Descaling"), FoundBy.ANSWER),
    ],
)
def test_the_strictest_means_that_the_pair_allows(index: Index, pair: QAPair, found_by: FoundBy) -> None:
    assert Gold(index).found_by(pair) is found_by


def test_ranks_count_from_1_and_none_is_not_found(index: Index) -> None:
    hits = hits_of(index, "warranty lasts", "E-24", "Boil it twice")
    gold = Gold(index)
    assert gold.rank(QAPair("?", ("Boil it twice",), document="kettle.md", page=2), hits) == 3
    assert gold.rank(QAPair("?", ("anything",), document="kettle.md", page=1), hits) == 2
    assert gold.rank(QAPair("?", ("anything",), document="kettle.md", page=7), hits) is None
    assert gold.rank(QAPair("?", ("anything",), document="lamp.html", section="Lamp L2 > warranty"), hits) == 1
    assert gold.rank(QAPair("?", ("anything",), document="lamp.html", section="Descaling"), hits) is None
    assert gold.rank(QAPair("?", ("the lid is open",)), hits) == 2
    assert gold.rank(QAPair("?", ("30 months",), document="kettle.md"), hits) == 2  # by document: it does not say so itself
    assert gold.rank(QAPair("?", ("30 months",), document="lamp.html"), hits) == 1


def test_an_answer_in_another_document_is_not_gold(index: Index) -> None:
    hits = hits_of(index, "warranty lasts", "boils 1.7")
    assert Gold(index).rank(QAPair("?", ("1.7 litres",), document="kettle.md"), hits) == 2
    assert Gold(index).rank(QAPair("?", ("1.7 litres",), document="lamp.html", section="Kettle K1"), hits) is None


def test_right_document(index: Index) -> None:
    gold = Gold(index)
    assert gold.right_document(QAPair("?", document="kettle.md"), "kitchen/kettle.md") is True
    assert gold.right_document(QAPair("?", document="kettle.md"), "hall/lamp.html") is False
    assert gold.right_document(QAPair("?", document="kettle.md"), "") is False
    assert gold.right_document(QAPair("?"), "hall/lamp.html") is None
    assert gold.right_document(QAPair("?", document="fan.txt"), "hall/lamp.html") is None
    assert gold.has("kettle.md") and gold.has("Kitchen/Kettle.MD") and not gold.has("ettle.md") and not gold.has("fan.txt")


def test_fewer_passages_are_the_first_of_many(index: Index, embedder: object) -> None:
    """What evaluation rests on when it reads the first of twenty."""
    many = retrieve(index, embedder, "boil the kettle twice, watts", AskSettings(top_k=20))  # type: ignore[arg-type]
    for count in (1, 3):
        few = retrieve(index, embedder, "boil the kettle twice, watts", AskSettings(top_k=count))  # type: ignore[arg-type]
        assert few == many[:count]


def test_texts_are_kept_while_there_is_room(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.evaluation.gold.MOST_KEPT", 10)
    read: list[int] = []
    whole = index.text
    monkeypatch.setattr(index, "text", lambda document: read.append(document) or whole(document))
    gold = Gold(index)
    for name in ("kettle.md", "kettle.md", "lamp.html", "kettle.md"):
        assert gold.found_by(QAPair("?", ("nothing of it",), document=name)) is FoundBy.DOCUMENT
    assert read == [1, 2, 1]


def test_judging_reads_no_other_documents(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "documents", lambda: 1 / 0)
    assert Gold(index).has("LAMP.html")
