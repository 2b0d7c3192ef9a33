"""The curves of a report as pictures, drawn without pyplot so that no state is left behind."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ragqa.evaluation.calibration import CoveragePoint, ReliabilityBin

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LIGHT = {"paper": "#ffffff", "ink": "#3d444d", "grid": "#d9dee3", "line": "#1f6feb", "mark": "#b35900"}
DARK = {"paper": "#161b22", "ink": "#c9d1d9", "grid": "#30363d", "line": "#58a6ff", "mark": "#e3a008"}
Colours = dict[str, str]


def risk_coverage_figure(curve: Sequence[CoveragePoint], threshold: float, colours: Colours = LIGHT) -> Figure:
    """The share of wrong answers against the share of questions answered, with the place of `threshold` marked."""
    figure, axes = _figure(colours, "share of questions answered", "share of answers that are wrong")
    axes.plot([p.coverage for p in curve], [p.risk for p in curve], color=colours["line"], drawstyle="steps-pre")
    answered = [point for point in curve if point.threshold >= threshold]
    if answered:
        label = f"threshold {threshold:.2f}"
        axes.plot(answered[-1].coverage, answered[-1].risk, "o", color=colours["mark"], label=label)
        _legend(axes, colours)
    axes.set(xlim=(0, 1), ylim=(0, max([0.1, *(point.risk for point in curve)]) * 1.05))
    return figure


def reliability_figure(bins: Sequence[ReliabilityBin], colours: Colours = LIGHT) -> Figure:
    """How often answers are right against how sure the system is of them; the diagonal is perfect. Numbers count questions."""
    figure, axes = _figure(colours, "confidence", "share that is right")
    axes.plot([0, 1], [0, 1], color=colours["ink"], linewidth=1, linestyle="--", label="perfect")
    for held in bins:
        axes.bar(held.low, held.accuracy, held.high - held.low, align="edge", color=colours["line"], alpha=0.35)
        axes.annotate(
            str(held.count), ((held.low + held.high) / 2, 0), (0, 3), textcoords="offset points", ha="center",
            color=colours["ink"], fontsize=8,
        )  # fmt: skip
    confidence, accuracy = [held.confidence for held in bins], [held.accuracy for held in bins]
    axes.plot(confidence, accuracy, "o", color=colours["line"], label="this reader")
    _legend(axes, colours)
    axes.set(xlim=(0, 1), ylim=(0, 1.08))
    return figure


def curves_figure(loss: Sequence[tuple[int, float]], f1: Sequence[tuple[int, float]], colours: Colours = LIGHT) -> Figure:
    """Training loss (left) and validation F1 in percent (right), both as (step, value), over the steps of a training."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = _figure(colours, "step", "training loss")
    axes.plot(*_columns(loss), color=colours["line"], label="training loss")
    other = axes.twinx()
    other.plot(*_columns(f1), "o-", color=colours["mark"], label="validation F1")
    other.set_ylabel("validation F1, %", color=colours["mark"])
    other.tick_params(colors=colours["mark"])
    axes.yaxis.label.set_color(colours["line"])
    other.spines[:].set_visible(False)
    for scaled in (axes.xaxis, axes.yaxis):
        scaled.set_major_formatter("{x:g}")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def _columns(points: Sequence[tuple[int, float]]) -> tuple[list[int], list[float]]:
    return [step for step, _ in points], [value for _, value in points]


def picture(figure: Figure, kind: str) -> bytes:
    """The figure as the bytes of a "png" or an "svg" file; the same figure gives the same PNG."""
    buffer = BytesIO()
    options: dict[str, Any] = {"metadata": {"Date": None}} if kind == "svg" else {"dpi": 150}
    figure.savefig(buffer, format=kind, facecolor=figure.get_facecolor(), **options)
    return buffer.getvalue()


def _figure(colours: Colours, across: str, up: str) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    figure = Figure(figsize=(5.2, 3.6), layout="constrained", facecolor=colours["paper"])
    axes = figure.add_subplot(facecolor=colours["paper"])
    axes.set_xlabel(across, color=colours["ink"])
    axes.set_ylabel(up, color=colours["ink"])
    axes.grid(color=colours["grid"], linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(colors=colours["ink"])
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(colours["grid"])
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    return figure, axes


def _legend(axes: Axes, colours: Colours) -> None:
    axes.legend(frameon=False, labelcolor=colours["ink"], loc="upper left")
