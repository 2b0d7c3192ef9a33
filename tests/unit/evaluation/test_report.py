from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from ragqa.errors import StorageError
from ragqa.evaluation.report import report_html, report_json, write_report
from ragqa.evaluation.results import Baseline, Outcome, Report
from ragqa.types import PairProblem, QAPair

NASTY = '<script>alert("1")</script> {{ 7 * 7 }} & \u202e <b>'


@pytest.fixture
def report(make_result: Callable, make_report: Callable) -> Report:
    nasty = make_result(
        NASTY, (f"gold {NASTY}",), pair=QAPair(f"q {NASTY}", (f"gold {NASTY}",), document=NASTY, section=NASTY, origin=NASTY),
        document=NASTY, section=(NASTY,), outcome=Outcome.MISREAD, confidence=0.99,
    )  # fmt: skip
    silent = make_result("", ("x",), confidence=0.2, answered=False, document="", pages=(), section=(), gold_rank=None,
                         outcome=Outcome.NOT_RETRIEVED)  # fmt: skip
    return make_report([make_result(), nasty, silent, make_result("x", (), outcome=Outcome.WRONGLY_ANSWERED)])


def test_the_json_holds_everything_and_no_nan(report: Report) -> None:
    values = json.loads(json.dumps(report_json(report), allow_nan=False))
    assert values["questions"] == 4 and values["outcomes"]["misread"] == 1
    assert values["metrics"]["no_answer"]["recall"] == 0
    first = values["results"][0]
    assert (first["predicted"], first["expected_page"], first["found_by"], first["outcome"]) == ("8 watts", 3, "page", "right")
    assert first["rouge_l"] == {"precision": 0.5, "recall": 0.25, "f1": pytest.approx(1 / 3)}
    assert values["results"][3]["found_by"] is None
    assert [limit["max_wrong"] for limit in values["risk_limits"]] == [0.01, 0.02, 0.05, 0.1, 0.2]


def test_the_page_needs_nothing_else(report: Report) -> None:
    html = report_html(report)
    assert not re.search(r'(?:src|srcset|href)=(?!"data:)|url\(|@import|<script', html)
    assert html.count("data:image/svg+xml;base64,") == 4
    assert "prefers-color-scheme: dark" in html


def test_text_of_documents_and_questions_is_data(report: Report) -> None:
    html = report_html(report)
    assert "<script" not in html and "<b>" not in html
    assert "&lt;script&gt;" in html and "{{ 7 * 7 }}" in html


def test_the_worst_questions_tell_what_went_wrong(report: Report) -> None:
    html = report_html(report)
    assert html.count("<article") == 3
    assert "misread: the passage was there" in html and "wrongly answered: the manuals do not say" in html
    assert report_html(report, shown=1).count("<article") == 1
    assert "every question came out right" not in html


def test_notes_problems_and_baselines_are_shown(make_result: Callable, make_report: Callable) -> None:
    report = make_report(
        [make_result()],
        problems=(PairProblem("qa.csv", 7, "page", "is <x>"),),
        notes=("1 of 2 documents",),
        baselines=(Baseline("keyword search", "whole", {"exact_match": 0.125}),),
        interrupted=True,
    )
    html = report_html(report)
    for text in ("qa.csv:7: page: is &lt;x&gt;", "1 of 2 documents", "keyword search", "12.5 %", "stopped early"):
        assert text in html
    assert "every question came out right" in html


def test_a_report_of_nothing(make_report: Callable, tmp_path: Path) -> None:
    assert len(write_report(make_report([]), tmp_path)) == 4


def test_files(report: Report, tmp_path: Path) -> None:
    written = write_report(report, tmp_path / "new" / "folder")
    assert [path.name for path in written] == ["report.json", "report.html", "risk_coverage.png", "reliability.png"]
    assert json.loads(written[0].read_text(encoding="utf-8"))["results"][1]["predicted"] == NASTY
    assert "Evaluation of index" in written[1].read_text(encoding="utf-8")
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written[2:])


def test_lone_surrogates_do_no_harm(make_result: Callable, make_report: Callable, tmp_path: Path) -> None:
    written = write_report(make_report([make_result("\udcff", outcome=Outcome.MISREAD)]), tmp_path)
    assert json.loads(written[0].read_text(encoding="utf-8"))["results"][0]["predicted"] == "\udcff"
    assert "&#56575;" in written[1].read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written(report: Report, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file"):
        write_report(report, tmp_path / "file")
