from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from answering_samples import CountingPointer, Pointer, a_hit

from ragqa.answering.asker import Asker
from ragqa.answering.reader_settings import Calibration
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.types import Abstention, BlockKind, Document, Hit, Response

Make = Callable[..., Index]
WIDE = IngestSettings(chunk_tokens=200, chunk_overlap=20, heading_tokens=12)


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def asker_of(index: Index, embedder: Any, reader: Any, threshold: float = 0.5, **settings: Any) -> Asker:
    return Asker(index, embedder, AskSettings(**{"decisive": 1.0, **settings}), reader, threshold)


def ask(
    index: Index, embedder: Any, reader: Pointer, question: str = "the kettle", answers: int = 3, threshold: float = 0.5
) -> Response:
    return asker_of(index, embedder, reader, threshold, answers=answers).ask(question)


def test_an_answer_has_its_words_place_and_context(index: Index, embedder: Any, kettle: Document) -> None:
    response = ask(index, embedder, Pointer({"The lid is open": 9.0}))
    (found,) = response
    assert response.answered and response.reason is None
    assert kettle.text[found.start : found.end] == found.text == "The lid is open"
    assert kettle.text[found.passage_start :].startswith(found.passage)
    assert (found.document, found.section, found.pages, found.page) == (
        "kitchen/kettle.md", ("Kettle K1", "Errors"), (1,), 1,
    )  # fmt: skip
    assert found.context.kind is BlockKind.TABLE_ROW and "E-24" in found.context.text
    assert found.reader_score == 9.0
    assert found.retrieval_score == next(hit.score for hit in response.passages if hit.chunk.text == found.passage)
    assert 0.9 < found.confidence < 1


def test_the_page_is_the_spans_not_the_passages(index: Index, embedder: Any) -> None:
    assert ask(index, embedder, Pointer({"Boil it twice": 9.0}))[0].pages == (2,)
    assert ask(index, embedder, Pointer({"8 watts": 9.0}), "the lamp")[0].pages == ()


def test_answers_are_ranked_across_passages(index: Index, embedder: Any) -> None:
    margins = {"The lid is open": 2.0, "Boil it twice": 6.0, "1.7 litres": 4.0}
    response = ask(index, embedder, Pointer(margins))
    assert [found.text for found in response] == ["Boil it twice", "1.7 litres", "The lid is open"]
    assert [found.text for found in ask(index, embedder, Pointer(margins), answers=2)] == ["Boil it twice", "1.7 litres"]


def test_the_same_span_in_overlapping_chunks_is_one_answer(
    make_index: Make, script_document: Callable[..., Document], embedder: Any
) -> None:
    sentences = (
        [f"Part {n} stands here." for n in range(6)] + ["The fuse takes 10 amperes."] + [f"End {n} here." for n in range(6)]
    )
    index = make_index(
        script_document("a.md", [("list", *sentences)]),
        settings=IngestSettings(chunk_tokens=17, chunk_overlap=12, heading_tokens=12),
    )
    chunks = [stored.chunk for stored in index.document_chunks(1)]
    assert sum("10 amperes" in chunk.text for chunk in chunks) > 1
    hits = [a_hit(chunk.text, chunk.start, chunk_id=number) for number, chunk in enumerate(chunks)]
    response = asker_of(index, embedder, Pointer({"10 amperes": 3.0, "The fuse takes 10 amperes": 2.0})).respond("fuse", hits)
    assert [found.text for found in response] == ["10 amperes"]


def test_the_same_words_are_given_once_of_a_document(
    make_index: Make, script_document: Callable[..., Document], embedder: Any
) -> None:
    texts = "It takes 10 A here.", "Use 10 a, always.", "Never use 16 A."
    here, there = (script_document(path, [("list", *texts)]) for path in ("a.md", "b.md"))
    index, offset = make_index(here, there), here.text.index(texts[1])
    reader = Pointer({"10 A": 5.0, "10 a": 4.0, "16 A": 3.0})
    hits = [a_hit(here.text), a_hit(there.text[:offset], document_id=2, chunk_id=2)]
    told = [(found.document, found.text) for found in asker_of(index, embedder, reader, answers=3).respond("fuse", hits)]
    assert told == [("1.md", "10 A"), ("2.md", "10 A"), ("1.md", "16 A")]


def test_what_a_longer_answer_shows_is_not_given_again(
    make_index: Make, script_document: Callable[..., Document], embedder: Any
) -> None:
    document = script_document("a.md", [("list", "F19: Motor fault. Call us.", "Motor fault!", "Pump fault.", "+", "-")])
    spans = {"Motor fault. Call us": 5.0, "Motor fault!": 4.0, "Pump fault": 3.0, "+": 2.0, "-": 1.0}
    told = asker_of(make_index(document), embedder, Pointer(spans), answers=5).respond("F19", [a_hit(document.text)])
    assert [found.text for found in told][:2] == ["Motor fault. Call us", "Pump fault"]


def test_the_null_score_is_one_for_the_question(index: Index, embedder: Any) -> None:
    calibrated = {"calibration": Calibration(bias=0.0, margin=0.0, null=1.0)}
    low = ask(index, embedder, Pointer({"1.7 litres": 3.0, "8 watts": 3.0}, null=-3.0, **calibrated))
    high = ask(index, embedder, Pointer({"1.7 litres": 3.0, "8 watts": 3.0}, null=-1.0, **calibrated))
    assert len({found.confidence for found in low}) == 1 == len({found.confidence for found in high})
    assert low[0].confidence < high[0].confidence


def test_under_the_threshold_the_best_spans_are_kept_and_the_reason_given(index: Index, embedder: Any) -> None:
    response = ask(index, embedder, Pointer({"1.7 litres": -9.0}), "How much does the kettle boil in litres", threshold=0.5)
    assert not response.answered and response.reason is Abstention.READER_UNSURE
    assert response[0].text == "1.7 litres" and response[0].confidence < 0.5


def test_the_threshold_itself_is_enough(index: Index, embedder: Any) -> None:
    best = ask(index, embedder, Pointer({"1.7 litres": 1.0}))[0].confidence
    assert ask(index, embedder, Pointer({"1.7 litres": 1.0}), threshold=best).answered
    assert not ask(index, embedder, Pointer({"1.7 litres": 1.0}), threshold=best + 1e-6).answered


def test_weak_retrieval_is_told_as_such(index: Index, embedder: Any) -> None:
    response = ask(index, embedder, Pointer({"1.7 litres": -9.0}), "zebra giraffe savanna")
    assert response.reason is Abstention.RETRIEVAL_WEAK and response.passages


def test_no_passages_and_no_spans(index: Index, embedder: Any) -> None:
    nothing = asker_of(index, embedder, Pointer({})).respond("kettle", [])
    assert (nothing.answered, nothing.reason, nothing.answers) == (False, Abstention.NO_PASSAGES, ())
    silent = ask(index, embedder, Pointer({}))
    assert (silent.answered, silent.reason, silent.answers) == (False, Abstention.READER_UNSURE, ())


def test_the_reader_gets_headings_and_segments(make_index: Make, kettle: Document, embedder: Any) -> None:
    index = make_index(kettle, settings=WIDE)
    reader = Pointer({})
    ask(index, embedder, reader, "E-24 lid base")
    (errors,) = [passage for passage in reader.passages if "E-24" in passage.text]
    assert errors.headings == "kettle > Kettle K1 > Errors"
    values = [errors.text[start:end] for start, end in errors.segments]
    assert values == ["Code", "Cause", "Remedy", "E-24", "The lid is open", "Close it", "E-25", "The base is wet", "Dry it"]


def test_how_to_answers_are_whole_steps(index: Index, embedder: Any, kettle: Document) -> None:
    (found,) = ask(index, embedder, Pointer({"twice": 9.0}), "How do I descale the kettle?")
    assert found.text == "Boil it twice." == kettle.text[found.start : found.end]
    (plain,) = ask(index, embedder, Pointer({"twice": 9.0}), "How often is the kettle boiled?")
    assert plain.text == "twice"


def test_two_spans_of_one_step_are_one_how_to_answer(index: Index, embedder: Any) -> None:
    response = ask(index, embedder, Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0}), "How do I descale the kettle?")
    assert [found.text for found in response] == ["Boil it twice.", "Rinse with clear water."]


def test_long_answers_are_whole_sentences_and_never_overlap(index: Index, embedder: Any) -> None:
    long = Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0}, join_blocks=True)
    assert [found.text for found in ask(index, embedder, long)] == ["Boil it twice.", "Rinse with clear water."]
    short = Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0})
    assert [found.text for found in ask(index, embedder, short)] == ["Boil", "twice", "Rinse"]


def passages_with(*texts: str) -> list[Hit]:
    return [a_hit(text, chunk_id=number, document_id=number) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("margin", "decisive", "counts"), [(9.0, 0.6, [3]), (-9.0, 0.6, [3, 2]), (9.0, 1.0, [5]), (-9.0, 0.0, [3])]
)
def test_the_rest_is_read_where_the_first_passages_do_not_decide(
    index: Index, embedder: Any, margin: float, decisive: float, counts: list[int]
) -> None:
    reader = CountingPointer({"blue": margin})
    hits = passages_with("It is blue.", "Nothing.", "Nothing more.", "At last.", "The end.")
    response = asker_of(index, embedder, reader, decisive=decisive).respond("colour", hits)
    assert reader.counts == counts
    assert [(found.start, found.end) for found in response] == [(6, 10)]
    assert len(response.passages) == 5


def test_reading_in_two_parts_is_reading_at_once(index: Index, embedder: Any) -> None:
    hits = passages_with("It is red.", "It is blue.", "Nothing.", "It is green.", "It is pink.", "It is red.")
    margins = {"blue": -1.0, "green": -0.5, "red": -2.0, "pink": -3.0}
    parts, whole = (
        asker_of(index, embedder, CountingPointer(margins, null=null), decisive=decisive, answers=5).respond("colour", hits)
        for null, decisive in ((-0.5, 0.99), (-1.0, 1.0))  # each reading has its own share of the question's null
    )
    assert parts == whole and len(parts) == 5


def test_few_passages_are_read_at_once(index: Index, embedder: Any) -> None:
    reader = CountingPointer({"blue": -9.0})
    asker_of(index, embedder, reader, decisive=0.6).respond("colour", passages_with("It is blue.", "Nothing."))
    assert reader.counts == [2]


def test_other_readers_go_the_same_way_with_their_own_threshold(index: Index, embedder: Any) -> None:
    one = asker_of(index, embedder, Pointer({}), threshold=0.9)
    other = one.reading_with(Pointer({"1.7 litres": 1.0}, threshold=0.125))
    assert (other.index, other.embedder, other.settings) == (one.index, one.embedder, one.settings)
    assert (one.threshold, other.threshold, other.ask("the kettle").threshold) == (0.9, 0.125, 0.125)


@pytest.mark.parametrize("question", ["", " ?!…"])
def test_a_question_without_words_is_neither_embedded_nor_read(question: str, index: Index, embedder: Any) -> None:
    reader, before = CountingPointer({}), len(embedder.embedded)
    asker = asker_of(index, embedder, reader)
    assert asker.ask(question).reason is Abstention.NO_QUESTION and asker.retrieve(question) == []
    assert reader.counts == [] and len(embedder.embedded) == before


def test_of_more_passages_the_first_are_read_and_those_are_what_is_retrieved(index: Index, embedder: Any) -> None:
    asker = asker_of(index, embedder, Pointer({"twice": 1.0}), top_k=2)
    many = asker.retrieve("the kettle", top_k=20)
    assert len(many) > 2 and asker.retrieve("the kettle") == many[:2]
    assert asker.respond("the kettle", many) == asker.ask("the kettle")
    assert len(asker.ask("the kettle").passages) == 2


def test_questions_are_embedded_together_and_found_as_one_by_one(
    index: Index, embedder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragqa.answering.asker.QUESTIONS_AT_ONCE", 2)
    asker = asker_of(index, embedder, Pointer({"8 watts": 1.0}))
    questions = ["the kettle", "the lamp", "the warranty"]
    assert [asker.ask(one, vector=vector) for one, vector in zip(questions, asker.vectors(questions), strict=True)] == [
        asker.ask(one) for one in questions
    ]
    assert list(asker.vectors([])) == []


def test_stages_are_read_when_they_are_asked_for(index: Index, embedder: Any) -> None:
    reader = CountingPointer({"blue": -9.0})
    hits = passages_with("It is blue.", "Nothing.", "Nothing more.", "It is blue at last.", "The end.")
    stages = asker_of(index, embedder, reader, decisive=0.6).stages("colour", hits)
    first = next(stages)
    assert (first.passages, len(first.candidates), reader.counts) == (3, 1, [3])
    last = next(stages)
    assert (last.passages, len(last.candidates), reader.counts) == (5, 2, [3, 2])
    assert next(stages, None) is None
    (only,) = asker_of(index, embedder, reader, decisive=1.0).stages("colour", hits)
    assert only.passages == 5
