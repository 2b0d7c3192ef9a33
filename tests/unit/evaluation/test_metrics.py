from __future__ import annotations

import pytest

from ragqa.evaluation.metrics import exact_match, f1, normalise


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Eiffel Tower!", "eiffel tower"),
        ("  a   b\tc\n", "b c"),
        ("An apple, the pear and a plum.", "apple pear and plum"),
        ("theatre another", "theatre another"),
        ("U.S.A.", "usa"),
        ("E-24", "e24"),
        ("the", ""),
        ("", ""),
        ("12.5 °C", "125 °c"),
    ],
)
def test_normalise(text: str, normal: str) -> None:
    assert normalise(text) == normal


@pytest.mark.parametrize(
    ("prediction", "accepted", "exact", "overlap"),
    [
        ("the Denver Broncos", ["Denver Broncos"], 1, 1.0),
        ("Denver Broncos.", ["Carolina Panthers", "denver broncos"], 1, 1.0),
        ("Denver", ["Denver Broncos"], 0, 2 / 3),
        ("Denver Broncos team", ["Denver Broncos"], 0, 0.8),
        ("Carolina", ["Denver Broncos"], 0, 0.0),
        ("b b c", ["b c c"], 0, 2 / 3),
        ("b", ["b c", "b d e f"], 0, 2 / 3),
        ("", [], 1, 1.0),
        ("the", [], 1, 1.0),
        ("Denver", [], 0, 0.0),
        ("", ["Denver"], 0, 0.0),
        ("", [""], 1, 1.0),
    ],
)
def test_exact_match_and_f1(prediction: str, accepted: list[str], exact: int, overlap: float) -> None:
    assert exact_match(prediction, accepted) == exact
    assert f1(prediction, accepted) == pytest.approx(overlap)
