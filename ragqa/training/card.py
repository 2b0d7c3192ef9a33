"""A trained reader's folder: weights, tokenizer, how it is read, how it was made, what it scored, and a card that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.config import TrainSettings
from ragqa.evaluation.calibration import RiskLimit
from ragqa.evaluation.results import Comparison
from ragqa.evaluation.wording import LABELS, figure, limit_sentence
from ragqa.training.train import Trained

COMPARED = (
    ("reading", "exact_match", "exact_match"),
    ("reading", "f1", "f1"),
    ("reading", "rouge_l_f1", "rouge_l"),
    ("with_abstention", "f1", "f1_with_abstention"),
    ("no_answer", "f1", ""),
    ("calibration", "expected_calibration_error", ""),
)
"""What the before/after table shows: group and name of the figure, and the name of its difference, empty where there is none."""


@dataclass(frozen=True, slots=True)
class Making:
    """All that is to be said of how a reader was made."""

    name: str
    base: str
    index: str
    date: str
    fingerprint: str
    training: int
    validation: int
    settings: TrainSettings
    trained: Trained
    mix: float
    comparison: Comparison
    calibration_error: float
    limit: RiskLimit | None


def write_reader(folder: Path, model: Any, tokenizer: Any, settings: ReaderSettings) -> None:
    """Write what it takes to read with a model: fp16 safetensors (half the size, computed in fp32), tokenizer, ragqa.json."""
    import torch

    folder.mkdir(parents=True, exist_ok=True)
    weights = model.state_dict()
    halved = {name: one.to(torch.float16) if one.is_floating_point() else one for name, one in weights.items()}
    model.save_pretrained(folder, state_dict=halved)
    (folder / "model.safetensors").chmod(0o644)  # it is written as a temporary file, which only its owner may read
    tokenizer.save_pretrained(folder)
    settings.save(folder)


def write_papers(folder: Path, making: Making, settings: ReaderSettings) -> None:
    """Write the card, the settings and figures as JSON, and the pictures of the curves."""
    from ragqa.evaluation.figures import curves_figure, picture, risk_coverage_figure

    after, history = making.comparison.after, making.trained.history
    loss = [(int(one["step"]), one["loss"]) for one in history if "loss" in one]
    scores = [(int(one["step"]), one["eval_f1"]) for one in history if "eval_f1" in one]
    (folder / "curves.png").write_bytes(picture(curves_figure(loss, scores), "png"))
    (folder / "risk_coverage.png").write_bytes(picture(risk_coverage_figure(after.curve, settings.threshold), "png"))
    _write_json(folder / "training.json", _training(making))
    _write_json(folder / "metrics.json", _metrics(making))
    (folder / "README.md").write_text(_card(making, settings), encoding="utf-8")


def compared_rows(comparison: Comparison) -> Iterator[tuple[str, str, str, str, str]]:
    """The before/after table: figure, before, after, difference, its 95 % interval."""
    for group, name, of_difference in COMPARED:
        before, after = (report.metrics[group].get(name) for report in (comparison.before, comparison.after))
        if before is None and after is None:
            continue
        label = LABELS.get(of_difference) or LABELS.get(name, name)
        label = f"“the manuals do not say”, {label}" if group == "no_answer" else label
        difference = comparison.differences.get(of_difference)
        change = "" if difference is None else f"{100 * difference.mean:+.1f}"
        interval = "" if difference is None else f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
        yield label, figure(name, before), figure(name, after), change, interval


def _training(making: Making) -> dict[str, Any]:
    return {
        "base": making.base,
        "date": making.date,
        "index": making.index,
        "fingerprint": making.fingerprint,
        "questions": {"training": making.training, "validation": making.validation},
        "steps": making.trained.steps,
        "best_step": making.trained.best_step,
        "mix": making.mix,
        "settings": asdict(making.settings),
        "history": list(making.trained.history),
    }


def _metrics(making: Making) -> dict[str, Any]:
    comparison = making.comparison
    shown = {f"{group}.{name}": comparison.after.metrics[group].get(name) for group, name, _ in COMPARED}
    return {
        "summary": {name.removeprefix("reading."): value for name, value in shown.items() if value is not None},
        "before": comparison.before.metrics,
        "after": comparison.after.metrics,
        "differences": {name: asdict(difference) for name, difference in comparison.differences.items()},
        "risk_limits": [asdict(limit) for limit in comparison.after.limits],
        "held_out_calibration_error": making.calibration_error,
    }


def _card(making: Making, settings: ReaderSettings) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(loader=PackageLoader("ragqa.training", "."), undefined=StrictUndefined, autoescape=False)
    return environment.get_template("card.md.j2").render(
        name=making.name,
        base=making.base,
        before=making.comparison.before.reader,
        index=making.index,
        date=making.date[:10],
        training=making.training,
        validation=making.validation,
        steps=making.trained.steps,
        best_step=making.trained.best_step,
        mix=making.mix,
        settings=settings,
        limit="" if making.limit is None else limit_sentence(making.limit),
        rows=list(compared_rows(making.comparison)),
        verdict=making.comparison.verdict,
        calibration_error=making.calibration_error,
        training_settings=json.dumps(asdict(making.settings), indent=2),
        fingerprint=making.fingerprint,
        percent=lambda share: f"{100 * share:.0f} %",
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
