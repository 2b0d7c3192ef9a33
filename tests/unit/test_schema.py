from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ragqa.evaluation.bootstrap import Difference
from ragqa.evaluation.calibration import RiskLimit
from ragqa.evaluation.results import Comparison, Report
from ragqa.schema import answer_json, finetuned_json, hit_json, info_json, ingest_json, mining_json, plan_json, response_json
from ragqa.training.finetune import Finetuned
from ragqa.training.material import Material, Plan
from ragqa.training.mining import MiningExample, MiningReport
from ragqa.types import (
    Abstention,
    Answer,
    BlockKind,
    Chunk,
    Context,
    FileReport,
    FileState,
    Hit,
    IndexInfo,
    IngestReport,
    Match,
    Response,
    TableRow,
)

CONTEXT = Context(BlockKind.TABLE_ROW, "E-24 | The lid is open", 10, 32)
ANSWER = Answer(
    "The lid is open", 0.876543, "kettle.md", ("Kettle", "Errors"), (2, 3), 17, 32, "passage", 5, CONTEXT, 1, 3.25, 0.7,
    (0.1, 0.2, 0.9, 0.25), TableRow(("Code", "Meaning"), ("E-24", "The lid is open"), 1),
)  # fmt: skip
CHUNK = Chunk("passage", 5, 40, ("Kettle",), 2, 3)
HIT = Hit(7, 1, "kettle.md", "Kettle", CHUNK, 0.712345, 0.5, 6.1234567)
RESPONSE = Response("What is E-24?", True, None, (ANSWER,), (HIT,), 0.5)


def round_trip(value: Any) -> Any:
    return json.loads(json.dumps(value))


def test_a_response_has_the_documented_fields() -> None:
    assert round_trip(response_json(RESPONSE)) == {
        "question": "What is E-24?",
        "answered": True,
        "reason": None,
        "threshold": 0.5,
        "meant": [],
        "answers": [
            {
                "text": "The lid is open",
                "confidence": 0.8765,
                "document": "kettle.md",
                "page": 2,
                "pages": [2, 3],
                "section": ["Kettle", "Errors"],
                "start": 17,
                "end": 32,
                "passage": "passage",
                "passage_start": 5,
                "context": {"kind": "table_row", "text": "E-24 | The lid is open", "start": 10, "end": 32},
                "box": [0.1, 0.2, 0.9, 0.25],
                "table": {"heads": ["Code", "Meaning"], "row": ["E-24", "The lid is open"], "column": 1},
            }
        ],
        "passages": [
            {
                "text": "passage",
                "document": "kettle.md",
                "page": 2,
                "pages": [2, 3],
                "section": ["Kettle"],
                "start": 5,
                "end": 40,
                "score": 0.7123,
                "dense": 0.5,
                "lexical": 6.1235,
                "product": 0.0,
            }
        ],
        "embedded": None,
        "fallback": None,
    }


def test_an_abstention_says_why_and_still_holds_the_best_spans() -> None:
    value = round_trip(response_json(Response("?", False, Abstention.READER_UNSURE, (ANSWER,), (), 0.5)))
    assert value["answered"] is False
    assert value["reason"] == "reader unsure: passages are near, but none states an answer clearly"
    assert len(value["answers"]) == 1 and value["passages"] == []


def test_page_is_null_where_there_are_none() -> None:
    plain = Answer("x", 0.5, "a.txt", (), (), 0, 1, "x", 0, CONTEXT, 1, 0.0, 0.0)
    assert round_trip(answer_json(plain))["page"] is None
    assert round_trip(hit_json(Hit(1, 1, "a.txt", "A", Chunk("x", 0, 1), 0, 0, 0)))["page"] is None


def test_explain_adds_the_scores() -> None:
    plain, explained = answer_json(ANSWER), answer_json(ANSWER, explain=True)
    assert set(explained) - set(plain) == {"reader_score", "retrieval_score"}
    assert (explained["reader_score"], explained["retrieval_score"]) == (3.25, 0.7)


def test_an_ingest_counts_its_files_by_state() -> None:
    files = (FileReport("a.pdf", FileState.ADDED, 3, 100, 4, 4), FileReport("b.zip", FileState.SKIPPED, note="why"))
    value = round_trip(ingest_json(IngestReport("shelf", files, 4, 1.23456, 1, 4)))
    assert value["counts"] == {"added": 1, "skipped": 1}
    assert value["seconds"] == 1.235
    assert value["files"][0] == {
        "path": "a.pdf", "state": "added", "pages": 3, "characters": 100, "chunks": 4, "embedded": 4, "note": "",
        "audit": None,
    }  # fmt: skip
    assert {"index", "documents", "chunks", "chunks_embedded", "interrupted", "dry_run"} < set(value)


def test_an_index_info_has_its_integers() -> None:
    value = round_trip(info_json(IndexInfo("shelf", "p", 1, 2, 3, 4, 5, 6, 7, 1, "now", {"embedder": "fake"})))
    assert [value[name] for name in ("documents", "chunks", "pages", "bytes")] == [1, 2, 3, 6]
    assert value["settings"] == {"embedder": "fake"}


MINED = MiningReport(
    questions=3,
    aligned={Match.EXACT: 1, Match.NORMALISED: 0, Match.FUZZY: 0, Match.NONE: 1},
    unanswerable=1,
    missed=0,
    positives=2,
    negatives=9,
    examples={
        Match.EXACT: (MiningExample("What is E-24?", "the lid", "the lid", "kettle.md", 1.0),),
        **{match: () for match in Match if match is not Match.EXACT},
    },
    notes=("1 of 2 documents",),
)


def test_mining_counts_by_match() -> None:
    assert round_trip(mining_json(MINED)) == {
        "questions": 3,
        "aligned": {"exact": 1, "normalised": 0, "fuzzy": 0, "none": 1},
        "unanswerable": 1,
        "missed": 0,
        "positives": 2,
        "negatives": 9,
        "examples": {
            "exact": [
                {"question": "What is E-24?", "answer": "the lid", "span": "the lid", "document": "kettle.md", "similarity": 1.0}
            ],
            "normalised": [],
            "fuzzy": [],
            "none": [],
        },
        "notes": ["1 of 2 documents"],
    }


def test_a_plan_has_no_mining_where_triplets_were_given() -> None:
    material = Material((), (), "abc")
    assert round_trip(plan_json(Plan(material, None))) == {"training": 0, "validation": 0, "fingerprint": "abc", "mining": None}
    assert round_trip(plan_json(Plan(material, MINED)))["mining"] == round_trip(mining_json(MINED))


def test_a_trained_reader_with_its_comparison() -> None:
    before, after = (Report((), {}, {}, (), (), (), reader, "shelf", 1, 0.5, 8, "now") for reader in ("default", "shop"))
    comparison = Comparison(before, after, {"f1": Difference(0.25, 0.1, 0.4, 0.99)}, "shop is better than default.")
    done = Finetuned(
        "shop", Path("models/shop"), "default", 80, 20, 48, 12, 0.75, comparison, 0.04, RiskLimit(0.05, 20, None), "default"
    )
    value = round_trip(finetuned_json(done))
    compared = value.pop("comparison")
    assert value == {
        "name": "shop", "folder": "models/shop", "base": "default", "questions": {"training": 80, "validation": 20}, "steps": 48,
        "best_step": 12, "mix": 0.75, "better": True, "promoted": True, "calibration_error": 0.04,
        "max_wrong": {"max_wrong": 0.05, "questions": 20, "point": None},
    }  # fmt: skip
    assert compared["verdict"] == "shop is better than default." and compared["differences"]["f1"]["low"] == 0.1
    assert (compared["before"]["reader"], compared["after"]["reader"]) == ("default", "shop")
