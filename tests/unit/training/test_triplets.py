from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ragqa.answering import asker
from ragqa.answering.asker import Retriever
from ragqa.answering.retrieve import retrieve
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.writer import IndexWriter
from ragqa.training.triplets import mine
from ragqa.types import Document, Match, QAPair, Triplet

Make = Callable[..., Index]
Script = Callable[..., Document]
SETTINGS = AskSettings(top_k=4)


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def mined(index: Index, embedder: Any, pair: QAPair, settings: AskSettings = SETTINGS) -> tuple[list[Triplet], list[Triplet]]:
    """The positives and the negatives of one pair, which come in this order, each by rank."""
    (found,) = mine(Retriever(index, embedder, settings), [pair])
    positives = [one for one in found if one.answerable]
    negatives = [one for one in found if not one.answerable]
    assert found == positives + negatives
    for part in (positives, negatives):
        assert [one.rank for one in part] == sorted(one.rank for one in part)
    for one in found:
        assert (one.id, one.question, one.answers) == (pair.id, pair.question, pair.answers)
    return positives, negatives


def span(triplet: Triplet) -> str:
    return triplet.context[triplet.start : triplet.end]


def test_the_answer_in_a_retrieved_chunk(index: Index, embedder: Any) -> None:
    pair = QAPair("How long does the warranty last?", ("30 months",), "w")
    hits = retrieve(index, embedder, pair.question, SETTINGS)
    (positive,), negatives = mined(index, embedder, pair)
    (hit,) = [hit for hit in hits if "30 months" in hit.chunk.text]
    assert (span(positive), positive.match, positive.similarity) == ("30 months", Match.EXACT, 1.0)
    assert positive.context == hit.chunk.text and positive.rank == hits.index(hit) + 1
    assert (positive.document, positive.context_start) == ("hall/lamp.html", hit.chunk.start)
    assert (positive.score, positive.dense, positive.lexical) == (hit.score, hit.dense, hit.lexical)
    assert positive.headings == " > ".join(dict.fromkeys((hit.title, *hit.chunk.section)))
    others = [(rank, other.chunk.text) for rank, other in enumerate(hits, start=1) if other is not hit]
    assert [(one.rank, one.context) for one in negatives] == others and others


def test_a_passage_is_what_the_reader_reads(index: Index, embedder: Any) -> None:
    """Headings before the text, and the values of a table's cells as segments."""
    (positive,), _ = mined(index, embedder, QAPair("What is the cause of E-24?", ("The lid is open",), "e"))
    held = [positive.context[start:end] for start, end in positive.segments]
    assert "E-24" in held and "The lid is open" in held and not any("Cause:" in cell for cell in held)
    assert positive.headings.endswith("Errors")


def test_an_answer_typed_otherwise(index: Index, embedder: Any) -> None:
    (positive,), _ = mined(
        index, embedder, QAPair("How long does the warranty last?", ("30  MONTHS from the day, of purchase",), "w")
    )
    assert span(positive).rstrip(".") == "30 months from the day of purchase" and positive.match is Match.NORMALISED


def test_the_named_document_has_the_answer(make_index: Make, script_document: Script, embedder: Any) -> None:
    index = make_index(
        script_document("a.md", [("paragraph", "The pump of model A runs for 90 minutes a day.")]),
        script_document("b.md", [("paragraph", "The pump of model B, very quiet, runs for 90 minutes a day.")]),
    )
    question = "How long does the pump of model A run a day?"
    for document in ("a.md", "b.md"):
        (positive,), negatives = mined(index, embedder, QAPair(question, ("90 minutes",), "p", document))
        assert positive.document == document and negatives == []
    (positive,), _ = mined(index, embedder, QAPair(question, ("90 minutes",), "p"))
    assert positive.rank == 1


def test_the_named_page_has_the_answer(make_index: Make, script_document: Script, embedder: Any) -> None:
    script = [
        part
        for page in (2, 5, 9)
        for part in (("page", page), ("heading", f"Part {page}", 1), ("paragraph", f"The valve {'x' * page} opens at 3 bar."))
    ]
    index = make_index(script_document("valve.md", script, pages=10))
    question = "At which pressure does the valve open?"
    for page, expected in ((2, 2), (5, 5), (9, 9), (10, 9), (4, 5)):
        (positive,), _ = mined(index, embedder, QAPair(question, ("3 bar",), "v", "valve.md", page))
        assert "x" * expected in positive.context and "x" * (expected + 1) not in positive.context
    assert mined(index, embedder, QAPair(question, ("3 bar",), "v", "valve.md", 7)) == ([], [])


def test_what_retrieval_missed_is_found_in_the_named_document(make_index: Make, script_document: Script, embedder: Any) -> None:
    crowd = [script_document(f"{n}.md", [("heading", "Noise", 1), ("paragraph", f"The pump number {n} hums.")]) for n in range(9)]
    index = make_index(*crowd, script_document("quiet.md", [("paragraph", "It draws 55 watts.")]))
    question = "How loud does the pump hum?"
    assert "quiet.md" not in [hit.document for hit in retrieve(index, embedder, question, SETTINGS)]
    (positive,), negatives = mined(index, embedder, QAPair(question, ("55 watts",), "q", "quiet.md"))
    assert (positive.context, span(positive), positive.rank, positive.score) == ("It draws 55 watts.", "55 watts", 0, 0.0)
    assert [one.rank for one in negatives] == [1, 2, 3, 4]
    assert mined(index, embedder, QAPair(question, ("55 watts",), "q")) == ([], [])


@pytest.fixture
def twice(make_index: Make, script_document: Script) -> Index:
    """One manual whose two chunks hold the short answer, and the long one too."""
    sentence = "Then press the blue button twice for 5 seconds."
    words = ["apple", "river"], ["stone", "cloud"]
    chunks = [f"{' '.join(some * 5)} when the pump stops. {sentence}" for some in words]
    script = [part for n, text in enumerate(chunks) for part in (("heading", f"Part {n}", 1), ("paragraph", text))]
    return make_index(script_document("pump.md", [*script, ("heading", "End", 1), ("paragraph", "The pump is blue.")]))


def test_of_a_short_answer_in_several_chunks_only_the_best_ranked_counts(twice: Index, embedder: Any) -> None:
    """By chance the others have the same few words; they are neither positives nor negatives."""
    positives, negatives = mined(twice, embedder, QAPair("What if the pump stops?", ("5 seconds",), "s"))
    assert len(positives) == 1 and span(positives[0]) == "5 seconds"
    assert [one.context for one in negatives] == ["End\n\nThe pump is blue."]
    assert positives[0].rank == min(set(range(1, 4)) - {one.rank for one in negatives})


def test_a_long_answer_counts_in_every_chunk_that_has_it(twice: Index, embedder: Any) -> None:
    pair = QAPair("What if the pump stops?", ("press the blue button twice for 5 seconds",), "s")
    positives, negatives = mined(twice, embedder, pair)
    assert [span(one) for one in positives] == list(pair.answers) * 2
    assert [one.context for one in negatives] == ["End\n\nThe pump is blue."]


@pytest.mark.parametrize("answers", [("30 months",), ("30 MONTHS",), ("nothing here", "30 months"), ("the day of purchase",)])
def test_a_passage_that_holds_an_answer_is_never_a_negative(
    answers: tuple[str, ...], make_index: Make, script_document: Script, embedder: Any
) -> None:
    texts = [f"The warranty of item {'abcdef'[n]} lasts 30 months from the day of purchase." for n in range(4)]
    others = [f"The warranty of item {'uvwxyz'[n]} says nothing else." for n in range(4)]
    index = make_index(*(script_document(f"{n}.md", [("paragraph", text)]) for n, text in enumerate([*texts, *others])))
    positives, negatives = mined(index, embedder, QAPair("How long is the warranty?", answers, "w", "2.md"), AskSettings(top_k=8))
    assert [one.document for one in positives] == ["2.md"]
    assert negatives and not any("30 months" in one.context for one in negatives)


def test_of_several_places_the_one_the_question_speaks_of(make_index: Make, script_document: Script, embedder: Any) -> None:
    text = "The lamp is lit for 5 minutes when somebody passes by in the dark. " + "x " * 60 + "The fan turns for 5 minutes."
    index = make_index(script_document("a.md", [("paragraph", text)]), settings=IngestSettings())
    (positive,), _ = mined(index, embedder, QAPair("How long does the fan turn?", ("5 minutes",), "f"))
    assert positive.start == text.rindex("5 minutes")
    (positive,), _ = mined(index, embedder, QAPair("How long is the lamp lit?", ("5 minutes",), "l"))
    assert positive.start == text.index("5 minutes")


def test_a_question_without_answer_has_only_negatives(index: Index, embedder: Any) -> None:
    positives, negatives = mined(index, embedder, QAPair("How loud is the kettle?", (), "n"))
    assert positives == [] and [one.rank for one in negatives] == [1, 2, 3, 4]
    assert [one.context for one in negatives] == [
        hit.chunk.text for hit in retrieve(index, embedder, "How loud is the kettle?", SETTINGS)
    ]


def test_an_answer_that_is_nowhere(index: Index, embedder: Any) -> None:
    for document in (None, "hall/lamp.html"):
        assert mined(index, embedder, QAPair("How loud is the kettle?", ("62 decibels at full steam",), "n", document)) == (
            [],
            [],
        )


def test_the_pairs_own_context_is_used_as_it_is(index: Index, embedder: Any) -> None:
    text = "5 amps or, on Sundays, 5 amps and 30 months."
    pair = QAPair("How long does the warranty last?", ("5 amps",), "g", "hall/lamp.html", None, "Power", text, text.rindex("5"))
    (positive,), negatives = mined(index, embedder, pair)
    assert (positive.context, positive.start, span(positive)) == (text, text.rindex("5"), "5 amps")
    assert positive.match is Match.EXACT and positive.headings.endswith("lamp > Power") and positive.segments == ()
    hits = retrieve(index, embedder, pair.question, SETTINGS)
    assert positive.rank == [hit.document for hit in hits].index("hall/lamp.html") + 1
    assert [one.context for one in negatives] == [hit.chunk.text for hit in hits if hit.document != "hall/lamp.html"]
    assert negatives and positive.context_start == -1


def test_the_pairs_own_context_without_place_or_document(index: Index, embedder: Any) -> None:
    pair = QAPair("How many amps?", ("5  AMPS",), "g", context="It draws 5 amps.")
    (positive,), negatives = mined(index, embedder, pair)
    assert (span(positive), positive.rank, positive.headings, positive.document) == ("5 amps", 5, "", "")
    assert len(negatives) == 4
    assert mined(index, embedder, QAPair("How many amps?", ("7 volts",), "g", context="It draws 5 amps.")) == ([], [])


def test_questions_are_embedded_together_and_each_is_told(index: Index, embedder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asker, "QUESTIONS_AT_ONCE", 3)
    calls: list[list[str]] = []
    embed = embedder.embed_queries
    monkeypatch.setattr(embedder, "embed_queries", lambda texts: calls.append(list(texts)) or embed(texts))
    pairs = [QAPair(f"What does it boil {n}?", ("1.7 litres",), str(n)) for n in range(7)]  # it names no product
    told: list[int] = []
    found = list(mine(Retriever(index, embedder, SETTINGS), pairs, told=told.append))
    assert [len(call) for call in calls] == [3, 3, 1] and told == list(range(1, 8))
    assert [one[0].id for one in found] == [str(n) for n in range(7)]
    for pair, one in zip(pairs, found, strict=True):
        assert one == next(mine(Retriever(index, embedder, SETTINGS), [pair]))


def test_mining_can_be_stopped(index: Index, embedder: Any) -> None:
    told: list[int] = []
    pairs = [QAPair("What does the kettle boil?", ("1.7 litres",), str(n)) for n in range(7)]
    assert len(list(mine(Retriever(index, embedder, SETTINGS), pairs, told=told.append, stop=lambda: len(told) == 2))) == 2


def test_nothing_to_mine(index: Index, embedder: Any) -> None:
    assert list(mine(Retriever(index, embedder, SETTINGS), [])) == []


def test_a_manual_that_comes_while_pairs_are_mined_is_mined_too(
    make_index: Make, kettle: Document, lamp: Document, embedder: Any, manifest: Any, put_document: Callable[..., None]
) -> None:
    index = make_index(kettle)
    lost = QAPair("Which lid is open at E-24?", ("30 months",), "w", "hall/lamp.html")  # retrieval brings up another manual
    pairs = [QAPair("What does E-24 mean?", ("The lid is open",), "e"), lost]
    found = mine(Retriever(index, embedder, AskSettings(top_k=1)), pairs)
    next(found)
    with IndexWriter(index.folder, manifest) as writer:
        put_document(writer, embedder, lamp)
        writer.commit()
    assert any(one.answerable and one.document == "hall/lamp.html" for one in next(found))


def test_a_document_is_named_as_for_an_evaluation(make_index: Make, script_document: Script, embedder: Any) -> None:
    """By the end of its path, whatever the case."""
    index = make_index(
        script_document("x/a.md", [("paragraph", "The pump of model A runs for 90 minutes a day.")]),
        script_document("y/b.md", [("paragraph", "The pump of model B, very quiet, runs for 90 minutes a day.")]),
    )
    (positive,), _ = mined(index, embedder, QAPair("How long does the pump of model A run a day?", ("90 minutes",), "p", "B.md"))
    assert positive.document == "y/b.md"


def test_a_context_of_a_document_named_by_its_end_has_the_rank_of_its_document(index: Index, embedder: Any) -> None:
    pair = QAPair("How long does the warranty last?", ("5 amps",), "g", "lamp.html", context="It takes 5 amps.")
    (positive,), negatives = mined(index, embedder, pair)
    documents = [hit.document for hit in retrieve(index, embedder, pair.question, SETTINGS)]
    assert (positive.document, positive.rank) == ("hall/lamp.html", documents.index("hall/lamp.html") + 1)
    assert len(negatives) == len([one for one in documents if one != "hall/lamp.html"])


def test_a_context_of_an_unknown_document_stands_where_the_answer_was_found(index: Index, embedder: Any) -> None:
    pair = QAPair("How long does the warranty last?", ("30 months",), "g", "gone.pdf", context="It lasts 30 months.")
    (positive,), negatives = mined(index, embedder, pair)
    texts = [hit.chunk.text for hit in retrieve(index, embedder, pair.question, SETTINGS)]
    assert positive.rank == next(rank for rank, text in enumerate(texts, start=1) if "30 months" in text)
    assert {positive.rank, *(one.rank for one in negatives)} == {1, 2, 3, 4}
