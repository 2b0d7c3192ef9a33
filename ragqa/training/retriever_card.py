"""A taught retriever's papers: how it was made, what it found before and after, and a card that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.config import RetrieverSettings
from ragqa.evaluation.bootstrap import Difference
from ragqa.files import now
from ragqa.readers.registry import METRICS_FILE, TRAINING_FILE

if TYPE_CHECKING:
    from ragqa.training.retriever import Taught


@dataclass(frozen=True, slots=True)
class Making:
    """All that is to be said of how a retriever was made."""

    embedder: str
    taught: Taught
    settings: RetrieverSettings
    losses: tuple[float, ...]
    fingerprint: str


def write_papers(folder: Path, making: Making) -> None:
    """Write training.json, metrics.json and README.md into the retriever's folder."""
    taught, date = making.taught, now()
    training = {
        "kind": "retriever",
        "base": taught.base,
        "embedder": making.embedder,
        "date": date,
        "index": taught.index,
        "fingerprint": making.fingerprint,
        "questions": {"training": taught.training, "validation": taught.validation},
        "steps": taught.steps,
        "settings": asdict(making.settings),
        "losses": [round(loss, 4) for loss in making.losses],
    }
    read = f"recall@{taught.read}"
    metrics = {
        "summary": {read: round(taught.after[read], 4), "mrr": round(taught.after["mrr"], 4)},
        "before": taught.before,
        "after": taught.after,
        "differences": {name: asdict(difference) for name, difference in taught.differences.items()},
        "chunks": {"searched": taught.pool, "all": taught.chunks},
    }
    _write_json(folder / TRAINING_FILE, training)
    _write_json(folder / METRICS_FILE, metrics)
    (folder / "README.md").write_text(_card(making, date), encoding="utf-8")


def found_rows(taught: Taught) -> Iterator[tuple[str, str, str, str, str]]:
    """The before/after table: figure, before, after, difference, its 95 % interval."""
    for name, before in taught.before.items():
        after, difference = taught.after[name], taught.differences.get(name)
        interval = "" if difference is None else f"{100 * difference.low:+.1f} to {100 * difference.high:+.1f}"
        label = "MRR" if name == "mrr" else name
        yield label, f"{100 * before:.1f}", f"{100 * after:.1f}", f"{100 * (after - before):+.1f}", interval


def verdict(taught: Taught) -> str:
    """What the figures show, in a sentence."""
    mrr, recall = taught.differences["mrr"], taught.differences[f"recall@{taught.read}"]
    told = f"{_points(mrr)} of MRR and {_points(recall)} of recall@{taught.read} on {taught.validation} questions"
    if taught.better:
        return f"{taught.name} finds better than {taught.base}: {told}."
    if not (mrr.shown or recall.shown):
        return f"No difference is shown between {taught.name} and {taught.base}: {told}."
    return f"{taught.name} does not find better than {taught.base}: {told}."


def _points(difference: Difference) -> str:
    return f"{100 * difference.mean:+.1f} points (95 % interval {100 * difference.low:+.1f} to {100 * difference.high:+.1f})"


def _card(making: Making, date: str) -> str:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    taught = making.taught
    environment = Environment(loader=PackageLoader("ragqa.training", "."), undefined=StrictUndefined, autoescape=False)
    return environment.get_template("retriever_card.md.j2").render(
        taught=taught,
        embedder=making.embedder,
        date=date[:10],
        rows=list(found_rows(taught)),
        verdict=verdict(taught),
        settings=json.dumps(asdict(making.settings), indent=2),
        fingerprint=making.fingerprint,
    )


def _write_json(path: Path, value: Any) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
