from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ragqa.answering import retrieve as module
from ragqa.answering.products import best_named, named_documents
from ragqa.answering.retrieve import Filters, retrieve
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.writer import IndexWriter
from ragqa.text.analysis import query_terms
from ragqa.types import Document, Hit

Make = Callable[..., Index]
Script = Callable[..., Document]


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def texts(hits: list[Hit]) -> list[str]:
    return [hit.chunk.text for hit in hits]


def test_the_passage_with_the_answer_comes_first(index: Index, embedder: Any) -> None:
    hits = retrieve(index, embedder, "How many months does the warranty last?", AskSettings())
    assert "30 months" in hits[0].chunk.text
    assert (hits[0].document, hits[0].title, hits[0].document_id) == ("hall/lamp.html", "lamp", 2)
    assert hits[0].chunk == index.chunks([hits[0].chunk_id])[hits[0].chunk_id].chunk


def test_of_a_long_mail_the_question_at_its_end_counts(make_index: Make, script_document: Script, embedder: Any) -> None:
    story = " ".join(f"word{number}x" for number in range(90))
    told = [("paragraph", story) for _ in range(3)] + [("paragraph", "E-24: the lid is open.")]
    hits = retrieve(make_index(script_document("kettle.md", told)), embedder, f"{story} What does E-24 mean?", AskSettings())
    assert next(hit for hit in hits if "E-24" in hit.chunk.text).lexical > 0


@pytest.mark.parametrize("weight", [0.0, 0.035, 1.0])
def test_the_score_is_cosine_plus_weighted_bm25_and_what_a_name_adds(weight: float, index: Index, embedder: Any) -> None:
    question, without_name = "What does E-24 mean on the hall kettle?", "What does E-24 mean on the ?"
    named = best_named(named_documents(index, question))
    hits = retrieve(index, embedder, question, AskSettings(lexical_weight=weight))
    assert len(hits) > 3 and named
    for hit in hits:
        sought = without_name if hit.document_id in named else question
        bm25 = dict(index.search_lexical(query_terms(sought), 100))
        stored = index.embeddings([hit.chunk_id])[hit.chunk_id]
        assert hit.dense == pytest.approx(float(stored @ embedder.embed_queries([sought])[0]), abs=1e-3)
        assert hit.lexical == pytest.approx(bm25.get(hit.chunk_id, 0.0))
        assert hit.score == pytest.approx(hit.dense + weight * hit.lexical + hit.product)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_in_the_manual_that_is_named_its_name_says_nothing(make_index: Make, script_document: Script, embedder: Any) -> None:
    front = ("paragraph", "RTH2 receiver. RTH2 user manual by RTH2 makers for RTH2 owners.")
    index = make_index(
        script_document("rth2.md", [("heading", "RTH2", 1), front, ("heading", "Data", 2), ("paragraph", "Weight 1.2 kg.")]),
        script_document("lamp.md", [("heading", "Lamp", 1), ("paragraph", "The lamp has a weight of 300 g.")]),
    )
    hits = retrieve(index, embedder, "What is the weight of the RTH2?", AskSettings(top_k=3))
    assert "1.2 kg" in hits[0].chunk.text


def test_what_only_the_lexical_search_finds_gets_its_cosine(make_index: Make, script_document: Script, embedder: Any) -> None:
    documents = [script_document(f"{n}.md", [("paragraph", f"Kettle number {n} boils water well.")]) for n in range(20)]
    documents.append(script_document("code.md", [("paragraph", "Zz E-24 " + "filler text about nothing at all " * 5)]))
    index = make_index(*documents)
    question = "Kettle boils water E-24"
    hits = retrieve(index, embedder, question, AskSettings(candidates=1, top_k=5))
    (found,) = [hit for hit in hits if hit.document == "code.md"]
    stored = index.embeddings([found.chunk_id])[found.chunk_id]
    assert found.lexical > 0
    assert found.dense == pytest.approx(float(stored @ embedder.embed_queries([question])[0]))


@pytest.fixture
def words_only(
    tmp_path: Any, manifest: Any, embedder: Any, put_document: Any, kettle: Document, lamp: Document
) -> Iterator[Index]:
    """The kettle's chunks have no vectors yet, the lamp's have."""
    with IndexWriter(tmp_path / "words", manifest) as writer:
        put_document(writer, embedder, lamp)
        put_document(writer, embedder, kettle, vectors=False)
        writer.commit()
    with Index(tmp_path / "words") as index:
        yield index


def test_passages_without_vectors_come_in_by_their_words_and_get_theirs_when_asked(
    words_only: Index, make_index: Make, kettle: Document, lamp: Document, embedder: Any
) -> None:
    question = "Which code says that the lid is open?"
    whole = {hit.chunk.text: hit for hit in retrieve(make_index(lamp, kettle), embedder, question, AskSettings())}
    embedder.embedded.clear()
    hits = retrieve(words_only, embedder, question, AskSettings())
    assert "E-24" in hits[0].chunk.text and hits[0].dense == pytest.approx(whole[hits[0].chunk.text].dense, abs=1e-3)
    made = len(embedder.embedded)
    assert retrieve(words_only, embedder, question, AskSettings()) == hits
    assert len(embedder.embedded) == made + 1, "the question alone"
    assert words_only.partly_embedded() == words_only.embedded()


def test_of_many_without_vectors_the_others_count_as_the_farthest(
    words_only: Index, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "EMBEDDED_MEANWHILE", 1)
    hits = retrieve(words_only, embedder, "steam scalds, base, lid, vinegar", AskSettings())
    without = [hit for hit in hits if hit.document == "kitchen/kettle.md"]
    assert len(without) > 2 and len({hit.dense for hit in without}) == 1
    assert [hit.lexical for hit in without] == sorted((hit.lexical for hit in without), reverse=True)


def test_a_heavier_lexical_weight_brings_the_exact_code_to_the_top(
    make_index: Make, script_document: Script, embedder: Any
) -> None:
    codes = [
        script_document(f"{n}.md", [("paragraph", f"The error E-{n} means that the part {n} failed.")]) for n in range(10, 40)
    ]
    hits = retrieve(make_index(*codes), embedder, "What does error E-24 mean?", AskSettings())
    assert "E-24" in hits[0].chunk.text


@pytest.mark.parametrize("top_k", [1, 2, 4])
def test_top_k_is_a_limit(top_k: int, index: Index, embedder: Any) -> None:
    hits = retrieve(index, embedder, "the kettle", AskSettings(top_k=top_k))
    assert len(hits) == top_k
    assert texts(hits) == texts(retrieve(index, embedder, "the kettle", AskSettings(top_k=8)))[:top_k]


def test_filters_hold_before_the_search(make_index: Make, script_document: Script, embedder: Any) -> None:
    crowd = [script_document(f"kettle{n}.md", [("paragraph", f"Model {n} of the kettle boils water.")]) for n in range(30)]
    index = make_index(*crowd, script_document("lamp.md", [("paragraph", "The lamp shines.")]))
    settings = AskSettings(candidates=3, top_k=3)
    hits = retrieve(index, embedder, "kettle boils water", settings, Filters(document="lamp.md"))
    assert texts(hits) == ["The lamp shines."]


def test_a_section_filter(index: Index, embedder: Any) -> None:
    hits = retrieve(index, embedder, "kettle", AskSettings(), Filters(section="descaling"))
    assert len(hits) == 1 and "vinegar" in hits[0].chunk.text


@pytest.mark.parametrize("filters", [Filters("*.pdf"), Filters(None, "nowhere"), Filters("lamp.html", "Errors")])
def test_filters_that_leave_nothing(filters: Filters, index: Index, embedder: Any) -> None:
    assert retrieve(index, embedder, "kettle", AskSettings(), filters) == []


def test_an_empty_index_finds_nothing(make_index: Make, embedder: Any) -> None:
    assert retrieve(make_index(), embedder, "kettle", AskSettings()) == []


def test_copies_collapse(make_index: Make, script_document: Script, embedder: Any) -> None:
    text = "Press the reset button of the router for ten seconds."
    index = make_index(*(script_document(f"{n}.md", [("paragraph", text)]) for n in range(4)))
    assert len(retrieve(index, embedder, "reset button", AskSettings())) == 1


def test_near_copies_collapse_and_other_texts_do_not(make_index: Make, script_document: Script, embedder: Any) -> None:
    words = [f"word{letter}" for letter in "abcdefghijklmnopqrstuvw"]
    same, other = [*words, "extra"], [*words[:12], *(f"else{letter}" for letter in "abcdefghij")]
    index = make_index(*(script_document(f"{n}.md", [("paragraph", " ".join(t))]) for n, t in enumerate([words, same, other])))
    found = texts(retrieve(index, embedder, "worda wordb wordc", AskSettings()))
    assert len(found) == 2 and " ".join(other) in found


@pytest.mark.parametrize(("one", "other"), [("1.7 litres", "1.8 litres"), ("E-24", "E-25"), ("model S8", "model S9")])
def test_texts_that_differ_in_a_number_are_both_kept(
    one: str, other: str, make_index: Make, script_document: Script, embedder: Any
) -> None:
    template = "The kettle that is described in this long and detailed manual for every user has {} in all the countries."
    steps = [script_document(f"{n}.md", [("paragraph", template.format(part))]) for n, part in enumerate((one, other))]
    found = texts(retrieve(make_index(*steps), embedder, "kettle manual", AskSettings()))
    assert len(found) == 2


def test_overlapping_chunks_collapse(make_index: Make, script_document: Script, embedder: Any) -> None:
    sentences = [f"Sentence {'abcdefghijklmnopqrstuvwxyz'[n]} talks of the pump." for n in range(26)]
    settings = IngestSettings(chunk_tokens=24, chunk_overlap=16, heading_tokens=12)
    index = make_index(script_document("a.md", [("list", *sentences)]), settings=settings)
    hits = retrieve(index, embedder, "pump", AskSettings(top_k=50))
    assert len(hits) < index.count_chunks()
    for number, hit in enumerate(hits):
        for better in hits[:number]:
            shared = min(hit.chunk.end, better.chunk.end) - max(hit.chunk.start, better.chunk.start)
            assert shared * 2 <= min(hit.chunk.end - hit.chunk.start, better.chunk.end - better.chunk.start)


def test_equal_places_in_other_documents_do_not_overlap(make_index: Make, script_document: Script, embedder: Any) -> None:
    index = make_index(
        script_document("a.md", [("paragraph", "The pump hums quietly.")]),
        script_document("b.md", [("paragraph", "A pump leaks loudly.")]),
    )
    assert len(retrieve(index, embedder, "pump", AskSettings())) == 2


@pytest.mark.parametrize(
    "question", ["pump", "what is it", "pump " * 2000, " ".join(f"word{n}" for n in range(2000)), "日本語", '" OR *']
)
def test_any_question_can_be_asked(question: str, index: Index, embedder: Any) -> None:
    hits = retrieve(index, embedder, question, AskSettings())
    assert 0 < len(hits) <= 8


def test_a_vector_at_hand_is_not_embedded_again(index: Index, embedder: Any) -> None:
    question = "How many months does the warranty last?"
    expected = retrieve(index, embedder, question, AskSettings())
    vector = embedder.embed_queries([question])[0]
    embedder.embedded.clear()
    assert retrieve(index, embedder, question, AskSettings(), vector=vector) == expected
    assert embedder.embedded == []


def test_the_given_vector_is_what_is_searched_for(index: Index, embedder: Any) -> None:
    question = "How many months does the warranty last?"
    other = embedder.embed_passages(["Fill in 500 ml of vinegar."])[0]
    hits = retrieve(index, embedder, question, AskSettings(lexical_weight=0.0), vector=other)
    assert "vinegar" in hits[0].chunk.text
    assert hits[0].dense == pytest.approx(float(index.embeddings([hits[0].chunk_id])[hits[0].chunk_id] @ other), abs=1e-3)


def test_a_thousand_copies_leave_room_for_other_passages(make_index: Make, script_document: Script, embedder: Any) -> None:
    """The same page again and again in a large library: what else fits stands behind all of them."""
    page = "Hold the reset button of the router for ten seconds until the lamp blinks"
    pages = [part for n in range(50) for part in (("heading", "Reset", 1), ("paragraph", f"{page}{'.' * (n % 3)}"))]
    copies = [script_document(f"copy{n}.md", pages) for n in range(20)]
    others = [("paragraph", f"The reset button {word} nothing here.") for word in ("alfa", "bravo", "charlie", "delta", "echo")]
    others = [part for number, other in enumerate(others) for part in (("heading", f"Part {number}", 1), other)]
    index = make_index(*copies, script_document("other.md", others))
    question = "Hold the reset button of the router for ten seconds until the lamp blinks"
    found = retrieve(index, embedder, question, AskSettings(top_k=5))
    assert [hit.document for hit in found].count("other.md") == 4
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert retrieve(index, embedder, question, AskSettings(top_k=3)) == found[:3]
    everything = retrieve(index, embedder, question, AskSettings(top_k=50))
    assert len(everything) == 6 and everything[:5] == found


def test_many_times_as_many_copies_as_candidates_leave_room(make_index: Make, script_document: Script, embedder: Any) -> None:
    """A hundred times: of the page of ten thousand manuals, as 200 candidates are the rule."""
    question = "Hold the reset button of the router for ten seconds until the lamp blinks"
    copies = [script_document(f"copy{n}.md", [("paragraph", f"{question}{'.' * (n % 3)}")]) for n in range(100)]
    index = make_index(*copies, script_document("other.md", [("paragraph", "The reset button does nothing here.")]))
    found = retrieve(index, embedder, question, AskSettings(top_k=2, candidates=1))
    assert [hit.document for hit in found][1:] == ["other.md"]


def test_candidates_are_looked_for_further_only_where_copies_fill_them(
    index: Index, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    search = index.search_both
    told = lambda vector, terms, k, where: looked.append(k) or search(vector, terms, k, where)  # noqa: E731
    monkeypatch.setattr(index, "search_both", told)
    retrieve(index, embedder, "kettle", AskSettings(top_k=50))
    assert set(looked) == {200}, "a small index has no more"
