"""A Report as files: report.json for scripts, report.html for people, and its two curves as PNG."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.errors import StorageError
from ragqa.evaluation import wording
from ragqa.evaluation.results import QuestionResult, Report, worst

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WORST_SHOWN = 30


def report_json(report: Report) -> dict[str, Any]:
    """The report as JSON values: documented in the README, and stable. Fields are added, never renamed or removed.

    Shares lie in 0..1, times are milliseconds in `metrics` and seconds in `results`; null is a figure that the questions do not
    allow. `pages` and `gold_rank` count from 1.
    """
    return {
        "reader": report.reader,
        "index": report.index,
        "generation": report.generation,
        "threshold": report.threshold,
        "top_k": report.top_k,
        "date": report.date,
        "interrupted": report.interrupted,
        "questions": len(report.results),
        "metrics": report.metrics,
        "outcomes": {outcome.value: count for outcome, count in report.outcomes.items()},
        "risk_limits": [asdict(limit) for limit in report.limits],
        "risk_coverage": [asdict(point) for point in report.curve],
        "reliability": [asdict(held) for held in report.reliability],
        "baselines": [asdict(baseline) for baseline in report.baselines],
        "problems": [asdict(problem) for problem in report.problems],
        "notes": list(report.notes),
        "results": [_result_json(result) for result in report.results],
    }


def write_report(report: Report, folder: Path, shown: int = WORST_SHOWN) -> list[Path]:
    """Write report.json, report.html (with the `shown` worst questions), risk_coverage.png and reliability.png.

    Returns their paths. Raises StorageError.
    """
    from ragqa.evaluation.figures import picture, reliability_figure, risk_coverage_figure

    json_text = json.dumps(report_json(report), ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    contents = {
        "report.json": json_text.encode("utf-8", "backslashreplace"),
        "report.html": report_html(report, shown).encode("utf-8", "xmlcharrefreplace"),
        "risk_coverage.png": picture(risk_coverage_figure(report.curve, report.threshold), "png"),
        "reliability.png": picture(reliability_figure(report.reliability), "png"),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise StorageError(f"{error.filename or folder}: {error.strerror}", hint="Give another folder with --report.") from error
    return [folder / name for name in contents]


def report_html(report: Report, shown: int = WORST_SHOWN) -> str:
    """One page that needs no other file. Everything from documents and questions is escaped."""
    from jinja2 import Environment, StrictUndefined

    from ragqa.evaluation.figures import DARK, LIGHT, reliability_figure, risk_coverage_figure

    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = page.from_string((files("ragqa.evaluation") / "report.html.j2").read_text(encoding="utf-8"))
    return template.render(
        report=report,
        worst=worst(report.results, shown),
        wording=wording,
        curves=[
            (
                "Wrong answers against coverage",
                *(_svg(risk_coverage_figure(report.curve, report.threshold, c)) for c in (LIGHT, DARK)),
            ),
            ("Confidence against truth", *(_svg(reliability_figure(report.reliability, c)) for c in (LIGHT, DARK))),
        ],
    )


def _svg(figure: Figure) -> str:
    """The figure as a data: address."""
    from ragqa.evaluation.figures import picture

    return f"data:image/svg+xml;base64,{b64encode(picture(figure, 'svg')).decode()}"


def _result_json(result: QuestionResult) -> dict[str, Any]:
    pair = result.pair
    return {
        "id": pair.id,
        "question": pair.question,
        "accepted": list(pair.answers),
        "expected_document": pair.document,
        "expected_page": pair.page,
        "expected_section": pair.section,
        "origin": pair.origin,
        "predicted": result.predicted,
        "confidence": round(result.confidence, 4),
        "answered": result.answered,
        "document": result.document,
        "pages": list(result.pages),
        "section": list(result.section),
        "exact_match": result.exact,
        "f1": result.f1,
        "rouge_l": result.rouge._asdict(),
        "gold_rank": result.gold_rank,
        "found_by": result.found_by,
        "right_document": result.right_document,
        "outcome": result.outcome.value,
        "seconds": round(result.seconds, 4),
    }
