from __future__ import annotations

import sys
from io import BytesIO

from PIL import Image

from ragqa.evaluation.calibration import reliability, risk_coverage
from ragqa.evaluation.figures import DARK, LIGHT, curves_figure, picture, reliability_figure, risk_coverage_figure

CONFIDENCE, RIGHT = [0.9, 0.8, 0.7, 0.2], [True, True, False, False]


def test_pictures_are_pictures_in_their_colours() -> None:
    for colours in (LIGHT, DARK):
        figure = risk_coverage_figure(risk_coverage(CONFIDENCE, RIGHT), 0.75, colours)
        image = Image.open(BytesIO(picture(figure, "png"))).convert("RGB")
        assert image.width > 500
        assert "#{:02x}{:02x}{:02x}".format(*image.getpixel((0, 0))) == colours["paper"]


def test_the_threshold_is_marked_where_it_lies() -> None:
    axes = risk_coverage_figure(risk_coverage(CONFIDENCE, RIGHT), 0.75).axes[0]
    assert axes.lines[1].get_xydata().tolist() == [[0.5, 0.0]]
    assert len(risk_coverage_figure(risk_coverage(CONFIDENCE, RIGHT), 0.95).axes[0].lines) == 1


def test_reliability_has_a_bar_for_every_bin() -> None:
    axes = reliability_figure(reliability(CONFIDENCE, RIGHT)).axes[0]
    assert [round(bar.get_x(), 1) for bar in axes.patches] == [0.2, 0.7, 0.8, 0.9]
    assert [bar.get_height() for bar in axes.patches] == [0, 0, 1, 1]


def test_loss_and_f1_have_an_axis_each() -> None:
    figure = curves_figure([(5, 2.0), (10, 1.0)], [(10, 66.6)], DARK)
    loss, f1 = figure.axes
    assert loss.lines[0].get_xydata().tolist() == [[5, 2.0], [10, 1.0]]
    assert f1.lines[0].get_xydata().tolist() == [[10, 66.6]]
    assert (loss.get_ylabel(), f1.get_ylabel(), loss.get_xlabel()) == ("training loss", "validation F1, %", "step")
    assert loss.lines[0].get_color() == DARK["line"] and f1.lines[0].get_color() == DARK["mark"]
    assert loss.yaxis.get_major_formatter()(1.5) == "1.5"  # a loss is no share
    assert picture(figure, "png") == picture(curves_figure([(5, 2.0), (10, 1.0)], [(10, 66.6)], DARK), "png")


def test_nothing_to_draw_still_draws() -> None:
    assert picture(curves_figure([], []), "png").startswith(b"\x89PNG")
    assert picture(risk_coverage_figure((), 0.5), "svg").startswith(b"<?xml")
    assert picture(reliability_figure(()), "png").startswith(b"\x89PNG")


def test_pyplot_is_left_alone() -> None:
    picture(reliability_figure(reliability(CONFIDENCE, RIGHT)), "png")
    assert "matplotlib.pyplot" not in sys.modules
