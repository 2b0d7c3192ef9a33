from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from ragqa.answering.evidence import Evidence
from ragqa.answering.read import (
    Candidate,
    answer,
    cell_values,
    confidences,
    distinct_spans,
    expected_spans,
    passage_of,
    rank,
)
from ragqa.answering.readers import Calibration, ReaderSettings
from ragqa.answering.retrieve import retrieve
from ragqa.answering.spans import Reading, SpanScore
from ragqa.answering.windows import Passage
from ragqa.config import AskSettings, IngestSettings
from ragqa.indexing.index import Index
from ragqa.types import Abstention, Block, BlockKind, Chunk, Document, Hit

Make = Callable[..., Index]
WIDE = IngestSettings(chunk_tokens=200, chunk_overlap=20, heading_tokens=12)


def a_hit(text: str, start: int = 0, document_id: int = 1, **changes: Any) -> Hit:
    number = changes.pop("chunk_id", 1)
    hit = Hit(
        number, document_id, f"{document_id}.md", "Kettle", Chunk(text, start, start + len(text), ("Errors",)), 0.9, 0.8, 2.0
    )
    return replace(hit, **changes)


class Pointer:
    """A reader that finds the given words wherever they stand, with the margins it is told."""

    name = "pointer"

    def __init__(self, margins: dict[str, float], null: float = -1.0, **settings: Any) -> None:
        self.settings = ReaderSettings(**settings)
        self.margins, self.null = margins, null
        self.passages: list[Passage] = []

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.passages = list(passages)
        spans = [
            SpanScore(number, passage.text.index(words), passage.text.index(words) + len(words), margin)
            for number, passage in enumerate(passages)
            for words, margin in self.margins.items()
            if words in passage.text
        ]
        return Reading(tuple(spans), self.null)


@pytest.fixture
def index(make_index: Make, kettle: Document, lamp: Document) -> Index:
    return make_index(kettle, lamp)


def ask(index: Index, embedder: Any, reader: Pointer, question: str = "the kettle", answers: int = 3, threshold: float = 0.5):  # type: ignore[no-untyped-def]
    hits = retrieve(index, embedder, question, AskSettings())
    return answer(index, reader, question, hits, answers, threshold)


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
    response = answer(index, Pointer({"10 amperes": 3.0, "The fuse takes 10 amperes": 2.0}), "fuse", hits, 5, 0.5)
    assert [found.text for found in response] == ["10 amperes"]


def test_the_same_words_in_two_documents_are_two_answers() -> None:
    values = {"margin": 1.0}
    here, there = (Candidate(a_hit("text", document_id=number), 0, 4, values, 0.5) for number in (1, 2))
    assert distinct_spans([here, there], 5) == [here, there]


def test_distinct_spans_keep_the_best_and_touching_ones() -> None:
    hit = a_hit("0123456789")
    spans = [(2, 5), (4, 6), (0, 9), (5, 8), (0, 2)]
    kept = distinct_spans([Candidate(hit, start, end, {}, 0.5) for start, end in spans], 5)
    assert [(one.start, one.end) for one in kept] == [(2, 5), (5, 8), (0, 2)]
    assert distinct_spans([], 5) == []


def scored(*scores: float, null: float = -1.0, margin: float = 0.0) -> list[Candidate]:
    return [Candidate(a_hit("text"), 0, 4, {"margin": margin, "null": null}, score) for score in scores]


def test_confidence_is_logistic_in_the_score_and_the_questions_features() -> None:
    calibration = Calibration(slope=0.5, null=0.25, best=2.0, lead=3.0, bias=-1.0)
    first, second = confidences(scored(2.0, 1.0, null=-4.0, margin=1.5), calibration)
    lead = -math.log(1 + math.exp(-1.0))
    question = -1.0 + 0.25 * -4.0 + 2.0 * 1.5 + 3.0 * lead
    assert first == pytest.approx(1 / (1 + math.exp(-(0.5 * 2.0 + question))))
    assert second == pytest.approx(1 / (1 + math.exp(-(0.5 * 1.0 + question))))


def test_confidences_are_probabilities_whatever_the_scores() -> None:
    assert confidences([], Calibration()) == []
    assert confidences(scored(0.0), Calibration()) == [0.5]
    sure, hopeless = confidences(scored(1e9, -1e9), Calibration())
    assert 0.0 <= hopeless < 0.5 < sure <= 1.0


def test_every_feature_reaches_the_ranking() -> None:
    text = "E-24 lid"
    hits = [a_hit(text, chunk_id=1), a_hit(text, chunk_id=2, dense=0.1, lexical=0.5)]
    blocks = [[Block(BlockKind.PARAGRAPH, 0, 4), Block(BlockKind.PARAGRAPH, 5, 8)]] * 2
    reading = Reading((SpanScore(0, 0, 4, 1.5), SpanScore(1, 5, 8, 2.5)), -7.0)
    ranked = rank(reading, hits, Evidence("E-24", hits, blocks), Calibration())
    assert [candidate.features for candidate in ranked] == [
        {"margin": 2.5, "null": -7.0, "dense": 0.1, "lexical": 0.5, "near": 0.0},
        {"margin": 1.5, "null": -7.0, "dense": 0.8, "lexical": 2.0, "near": pytest.approx(1.0)},
    ]
    by_evidence = rank(reading, hits, Evidence("E-24", hits, blocks), Calibration(near=5.0))
    assert [candidate.start for candidate in by_evidence] == [0, 5]


def test_margins_decide_between_passages_not_shares_of_one() -> None:
    # Within its own passage the first span is alone, the second has rivals: a softmax in each passage would turn them round.
    hits = [a_hit("aaaa", chunk_id=1), a_hit("bbbb cccc dddd", chunk_id=2, document_id=2)]
    reading = Reading(
        (SpanScore(0, 0, 4, 1.0), SpanScore(1, 0, 4, 3.0), SpanScore(1, 5, 9, 2.9), SpanScore(1, 10, 14, 2.8)), -1.0
    )
    ranked = rank(reading, hits, Evidence("x", hits, [[], []]), Calibration())
    assert [candidate.features["margin"] for candidate in ranked] == [3.0, 2.9, 2.8, 1.0]


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
    nothing = answer(index, Pointer({}), "kettle", [], 3, 0.5)
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


def blocks_of(text: str, *kinds: BlockKind, start: int = 0) -> list[Block]:
    """A block for each paragraph of a text."""
    blocks = []
    for part, kind in zip(text.split("\n"), kinds, strict=True):
        blocks.append(Block(kind, start, start + len(part)))
        start += len(part) + 1
    return blocks


HEADING, PARAGRAPH, ITEM, ROW = BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.TABLE_ROW


@pytest.mark.parametrize(
    ("joined", "expected"),
    [(False, ["Some text.", "• One", "• Two", "A", "B", "After."]), (True, ["Some text.\n• One\n• Two", "A", "B", "After."])],
)
def test_segments_of_a_passage(joined: bool, expected: list[str]) -> None:
    text = "Errors\nSome text.\n• One\n• Two\nA | B\nAfter."
    hit = a_hit(text, start=500)
    passage = passage_of(hit, blocks_of(text, HEADING, PARAGRAPH, ITEM, ITEM, ROW, PARAGRAPH, start=500))
    passage = passage.joined() if joined else passage
    assert [text[start:end] for start, end in passage.segments] == expected
    assert passage.headings == "Kettle > Errors" and passage.text == text


def test_text_is_not_joined_over_a_heading() -> None:
    text = "One.\nErrors\nTwo."
    passage = passage_of(a_hit(text), blocks_of(text, PARAGRAPH, HEADING, PARAGRAPH)).joined()
    assert [text[start:end] for start, end in passage.segments] == ["One.", "Two."]


def test_segments_end_where_the_passage_ends() -> None:
    hit = a_hit("middle of a paragraph", start=100)
    passage = passage_of(hit, [Block(PARAGRAPH, 50, 300)])
    assert passage.segments == ((0, len(hit.chunk.text)),)


def test_title_and_headings_that_are_the_same_are_read_once() -> None:
    hit = replace(a_hit("text"), title="Errors")
    assert passage_of(hit, []).headings == "Errors"


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ("Code: E-24 | Cause: The lid is open", ["E-24", "The lid is open"]),
        ("Weight | 12 kg", ["Weight", "12 kg"]),
        ("One cell only", ["One cell only"]),
        ("Time: 12:30 | Note: see: below", ["12:30", "see: below"]),
        ("A: | B", ["A:", "B"]),
        ("a |  | b", ["a", "b"]),
        ("", []),
    ],
)
def test_cell_values(row: str, values: list[str]) -> None:
    text = f"before {row} after"
    spans = list(cell_values(text, 7, 7 + len(row)))
    assert [text[start:end] for start, end in spans if text[start:end].strip()] == values


def test_no_span_of_a_cell_is_empty_or_backwards() -> None:
    for row in ("Code: | Cause: x", "a |  | b", " | ", "Label: ", "x |"):
        assert all(start <= end for start, end in cell_values(row, 0, len(row)))


def test_how_to_answers_are_whole_steps(index: Index, embedder: Any, kettle: Document) -> None:
    (found,) = ask(index, embedder, Pointer({"twice": 9.0}), "How do I descale the kettle?")
    assert found.text == "Boil it twice." == kettle.text[found.start : found.end]
    (plain,) = ask(index, embedder, Pointer({"twice": 9.0}), "How often is the kettle boiled?")
    assert plain.text == "twice"


def test_two_spans_of_one_step_are_one_how_to_answer(index: Index, embedder: Any) -> None:
    response = ask(index, embedder, Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0}), "How do I descale the kettle?")
    assert [found.text for found in response] == ["Boil it twice.", "Rinse with clear water."]


def test_equal_candidates_come_in_a_fixed_order() -> None:
    hits = [a_hit("aaaa bbbb", chunk_id=2), a_hit("aaaa bbbb", chunk_id=1, document_id=2)]
    spans = (SpanScore(0, 5, 9, 1.0), SpanScore(0, 0, 4, 1.0), SpanScore(1, 0, 4, 1.0))
    orders = {
        tuple(
            (one.hit.chunk_id, one.start) for one in rank(Reading(part, -1.0), hits, Evidence("x", hits, [[], []]), Calibration())
        )
        for part in (spans, spans[::-1])
    }
    assert orders == {((1, 0), (2, 0), (2, 5))}


def spans_of(hit: Hit, *spans: tuple[int, int, float]) -> list[Candidate]:
    """Candidates with the given odds against each other."""
    return [Candidate(hit, start, end, {"margin": odds}, math.log(odds)) for start, end, odds in spans]


def test_of_spans_that_nearly_agree_the_one_with_the_best_expected_overlap_is_taken() -> None:
    hit = a_hit("0123456789" * 4)
    (found,) = expected_spans(spans_of(hit, (0, 8, 0.40), (0, 20, 0.39), (0, 30, 0.38)), 5)
    assert (found.start, found.end) == (0, 20)
    assert found.score == math.log(0.40) and found.features == {"margin": 0.40}


def test_one_span_much_surer_than_the_others_is_taken_as_it_is() -> None:
    hit = a_hit("0123456789" * 4)
    (found,) = expected_spans(spans_of(hit, (0, 8, 0.95), (0, 20, 0.02), (0, 30, 0.02)), 5)
    assert (found.start, found.end) == (0, 8)


def test_expected_spans_stand_in_regions_of_their_own() -> None:
    here, there = a_hit("0123456789" * 4), a_hit("0123456789" * 4, document_id=2, chunk_id=2)
    ranked = spans_of(here, (0, 8, 0.6)) + spans_of(there, (0, 8, 0.5)) + spans_of(here, (4, 12, 0.4), (12, 20, 0.3))
    assert [(one.hit.document_id, one.start, one.end) for one in expected_spans(ranked, 5)] == [
        (1, 0, 8), (2, 0, 8), (1, 12, 20),
    ]  # fmt: skip
    assert [one.features["margin"] for one in expected_spans(ranked, 2)] == [0.6, 0.5]
    assert expected_spans([], 3) == []


def test_long_answers_are_whole_sentences_and_never_overlap(index: Index, embedder: Any) -> None:
    long = Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0}, join_blocks=True)
    assert [found.text for found in ask(index, embedder, long)] == ["Boil it twice.", "Rinse with clear water."]
    short = Pointer({"Boil": 9.0, "twice": 8.0, "Rinse": 7.0})
    assert [found.text for found in ask(index, embedder, short)] == ["Boil", "twice", "Rinse"]


class CountingPointer(Pointer):
    """Notes how many passages it is given, each time."""

    def __init__(self, margins: dict[str, float], **settings: Any) -> None:
        super().__init__(margins, **settings)
        self.counts: list[int] = []

    def read(self, question: str, passages: Sequence[Passage]) -> Reading:
        self.counts.append(len(passages))
        return super().read(question, passages)


def passages_with(*texts: str) -> list[Hit]:
    return [a_hit(text, chunk_id=number, document_id=number) for number, text in enumerate(texts, start=1)]


@pytest.mark.parametrize(
    ("margin", "decisive", "counts"), [(9.0, 0.6, [3]), (-9.0, 0.6, [3, 2]), (9.0, 1.0, [5]), (-9.0, 0.0, [3])]
)
def test_the_rest_is_read_where_the_first_passages_do_not_decide(
    index: Index, margin: float, decisive: float, counts: list[int]
) -> None:
    reader = CountingPointer({"blue": margin})
    hits = passages_with("It is blue.", "Nothing.", "Nothing more.", "At last.", "The end.")
    response = answer(index, reader, "colour", hits, 3, 0.5, decisive)
    assert reader.counts == counts
    assert [(found.start, found.end) for found in response] == [(6, 10)]
    assert len(response.passages) == 5


def test_reading_in_two_parts_is_reading_at_once(index: Index) -> None:
    hits = passages_with("It is red.", "It is blue.", "Nothing.", "It is green.", "It is pink and red.")
    margins = {"blue": -1.0, "green": -0.5, "red": -2.0, "pink": -3.0}
    parts, whole = (
        answer(index, CountingPointer(margins, null=null), "colour", hits, 5, 0.5, decisive)
        for null, decisive in ((-0.5, 0.99), (-1.0, 1.0))  # each reading has its own share of the question's null
    )
    assert parts == whole and len(parts) == 5


def test_few_passages_are_read_at_once(index: Index) -> None:
    reader = CountingPointer({"blue": -9.0})
    answer(index, reader, "colour", passages_with("It is blue.", "Nothing."), 3, 0.5, 0.6)
    assert reader.counts == [2]
