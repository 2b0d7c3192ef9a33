from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import pytest

from ragqa.evaluation.calibration import CoveragePoint, ReliabilityBin, RiskLimit
from ragqa.evaluation.metrics import Rouge
from ragqa.evaluation.report import report_json
from ragqa.evaluation.results import Baseline, FoundBy, Outcome, QuestionResult, Report
from ragqa.schema import answer_json, document_json, feedback_json, hit_json, info_json, ingest_json, response_json
from ragqa.schema_reading import (
    Misread,
    parsed,
    read_answer,
    read_document,
    read_extract,
    read_feedback,
    read_hit,
    read_index,
    read_ingest,
    read_progress,
    read_report,
    read_response,
)
from ragqa.types import (
    Abstention,
    Answer,
    Block,
    BlockKind,
    Chunk,
    Context,
    Coverage,
    DocumentInfo,
    Extract,
    Feedback,
    FileAudit,
    FileReport,
    FileState,
    Hit,
    IndexInfo,
    IngestReport,
    Meant,
    PagesRecognised,
    PairProblem,
    Progress,
    QAPair,
    Reembedding,
    Response,
    TableRow,
    Unread,
    Verdict,
)

CONTEXT = Context(BlockKind.TABLE_ROW, "E-24 | The lid is open", 10, 32)
ANSWER = Answer(
    "The lid is open", 0.875, "kettle.md", ("Kettle", "Errors"), (2, 3), 17, 32, "passage", 5, CONTEXT, 0, 3.25, 0.7,
    (0.1, 0.2, 0.9, 0.25), TableRow(("Code", "Meaning"), ("E-24", "The lid is open"), 1),
)  # fmt: skip
PLAIN = Answer("x", 0.5, "a.txt", (), (), 0, 1, "x", 0, CONTEXT, 0, 0.0, 0.0)
HIT = Hit(0, 0, "kettle.md", "", Chunk("passage", 5, 40, ("Kettle",), 2, 3), 0.75, 0.5, 6.125, product=0.25)
NO_PAGES = Hit(0, 0, "a.txt", "", Chunk("x", 0, 1), 0.0, 0.0, 0.0)
MEANT = Meant(0, "kettle.md", "Kettle", ("kettle",))
RESPONSE = Response("What is E-24?", True, None, (ANSWER, PLAIN), (HIT, NO_PAGES), 0.5, (MEANT,), Coverage(1, 2))
SILENT = Response("?", False, Abstention.READER_UNSURE, (), (), 0.5)
INFO = IndexInfo(
    "shelf", "p", 1, 2, 3, 4, 5, 6, 7, 1, "now", {"embedder": "fake", "chunk_tokens": 220}, {"en": 1}, Reembedding("mine", 1, 2),
    {"a.pdf": ("no text on page 2",)}, Coverage(1, 2),
)  # fmt: skip
AUDIT = FileAudit(("a picture",), 100, 3, (Unread("page 2", "E-24"),))
INGEST = IngestReport(
    "shelf",
    (FileReport("a.pdf", FileState.ADDED, 3, 100, 4, 4, audit=AUDIT), FileReport("b.zip", FileState.SKIPPED, note="why")),
    4, 1.25, 1, 4, audited=True, embedded=Coverage(3, 4),
)  # fmt: skip
VERDICT = Feedback("?", Verdict.CORRECTED, "the lid", "the lid is", 0, "a.md", 3, ("Errors",), "lid", 0.5, "default", "now", 4)
PAIR = QAPair("How many watts?", ("8 watts",), "1", "lamp.html", 3, "Lamp", origin="qa.csv:2")
RESULT = QuestionResult(
    PAIR, "8 watts", 0.875, True, "lamp.html", (3,), ("Lamp",), 1.0, 1.0, Rouge(1.0, 1.0, 1.0), 1, FoundBy.PAGE, True,
    Outcome.RIGHT, 0.5,
)  # fmt: skip
POINT = CoveragePoint(0.5, 1.0, 0.1, 10, 1)
REPORT = Report(
    (RESULT,), {"reading": {"questions": 1, "f1": 1.0, "none": None}}, {Outcome.RIGHT: 1}, (POINT,),
    (RiskLimit(0.05, 10, None), RiskLimit(0.1, 10, POINT)),
    (ReliabilityBin(0.8, 0.9, 1, 0.875, 1.0),), "default", "shelf", 2, 0.5, 8, "now", (Baseline("bm25", "words", {"f1": None}),),
    (PairProblem("qa.csv", 3, "answer", "is missing"),), ("few questions",),
)  # fmt: skip


def sent(value: Any) -> Any:
    """As it arrives: through JSON, with fields that nobody knows yet."""
    if isinstance(value, dict):
        return {**{name: sent(one) for name, one in value.items()}, "added_later": [{}]}
    return [sent(one) for one in value] if isinstance(value, list | tuple) else json.loads(json.dumps(value))


@pytest.mark.parametrize("response", [RESPONSE, SILENT], ids=["answered", "silent"])
def test_a_response_comes_back(response: Response) -> None:
    assert read_response(sent(response_json(response, explain=True))) == response


def test_without_explain_there_are_no_scores_and_a_server_adds_ids() -> None:
    found = read_answer({**answer_json(ANSWER), "document_id": 7})
    assert (found.document_id, found.reader_score, found.retrieval_score) == (7, 0.0, 0.0)
    assert read_hit({**hit_json(HIT), "document_id": 7}).document_id == 7


@pytest.mark.parametrize("reembedding", [None, INFO.reembedding])
def test_an_index_comes_back(reembedding: Reembedding | None) -> None:
    value = info_json(INFO)
    value["reembedding"] = None if reembedding is None else asdict(reembedding)
    for name in ("settings", "languages", "warnings"):  # these hold names of their own
        assert value[name] == getattr(INFO, name)
    found = read_index(json.loads(json.dumps({**value, "added_later": 1})))
    assert (found.name, found.settings, found.languages, found.warnings) == (
        "shelf",
        INFO.settings,
        INFO.languages,
        INFO.warnings,
    )
    assert (found.reembedding, found.embedded) == (reembedding, INFO.embedded)


def test_an_ingest_comes_back() -> None:
    assert read_ingest(sent(ingest_json(INGEST))) == INGEST


def test_a_verdict_comes_back() -> None:
    assert read_feedback(sent(feedback_json(VERDICT))) == VERDICT


def test_a_report_comes_back() -> None:
    found = read_report(json.loads(json.dumps({**report_json(REPORT), "added_later": 1})))
    assert found == REPORT
    assert json.dumps(report_json(found)) == json.dumps(report_json(REPORT))  # also which numbers are whole


def test_a_step_comes_back() -> None:
    step = Progress("ingest", 1, 2, "a.pdf", 3, 4, 5, 0.5, PagesRecognised(1, 2, 3.0))
    assert read_progress(sent(asdict(step))) == step
    assert read_progress({"stage": "embed", "done": 1, "total": 2}) == Progress("embed", 1, 2)


def test_a_document_and_its_text_come_back() -> None:
    labels = {"brand": ("Aqua",), "model": ("K1", "K2")}  # this holds names of its own
    document = DocumentInfo(3, "a.pdf", "A", "/a.pdf", 2, 100, 4, ("lost",), "now", True, metadata=labels)
    assert read_document({**sent(asdict(document)), "metadata": document_json(document)["metadata"]}) == document
    block = Block(BlockKind.PARAGRAPH, 10, 13, ("A", "B"), (1, 2), 2)
    extract = Extract(3, 10, "abc", (block,), 100)
    value = {"start": 10, "text": "abc", "length": 100, "blocks": [{**asdict(block), "kind": "paragraph"}]}
    assert read_extract(sent(value), 3) == extract
    short = {"kind": "paragraph", "start": 10, "end": 13, "section": ["A", "B"], "page": 2}
    assert read_extract({**value, "blocks": [short]}, 3) == extract
    with pytest.raises(Misread, match=r"text\.blocks do not stand in its text"):
        read_extract({**value, "blocks": [{**short, "end": 14}]}, 3)


VALUES: list[tuple[Callable[[Any], Any], Any]] = [
    (read_response, response_json(RESPONSE, explain=True)),
    (read_ingest, ingest_json(INGEST)),
    (read_report, report_json(REPORT)),
    (read_feedback, feedback_json(VERDICT)),
    (read_index, info_json(INFO)),
]
WRONG: list[Any] = [None, True, "text", 7, -1, 1.5, [], {}, [None], {"x": None}, 2**80, "\ud800", [[[]]]]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for name, one in items for place in places(one, (*path, name)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copied = dict(value) if isinstance(value, dict) else list(value)
    copied[path[0]] = changed(copied[path[0]], path[1:], new)
    return copied


@pytest.mark.parametrize(("read", "value"), VALUES, ids=[read.__name__ for read, _ in VALUES])
def test_a_wrong_value_anywhere_is_taken_or_refused_with_its_place(read: Callable[[Any], Any], value: Any) -> None:
    value = json.loads(json.dumps(value))
    refused = 0
    for path in places(value):
        for wrong in WRONG:
            try:
                found = read(changed(value, path, wrong))
            except Misread as error:
                refused += 1
                assert not path or str(path[-1]) in str(error) or str(path[0]) in str(error)
            else:
                json.dumps(found, default=str).encode("utf-8")  # no lone surrogate came through
    assert refused > len(places(value)) * 5


def test_a_missing_field_is_told() -> None:
    value = response_json(RESPONSE)
    del value["answers"][1]["passage_start"]
    with pytest.raises(Misread, match=r"^response\.answers\[1\]\.passage_start is missing$"):
        read_response(value)


@pytest.mark.parametrize("data", [b"", b"{", b"\xff", b"NaN", b'{"a": Infinity}', b"[" * 100_000, b"1" * 5000])
def test_what_is_no_json_is_refused(data: bytes) -> None:
    with pytest.raises(Misread, match="no JSON"):
        parsed(data)
