from __future__ import annotations

import re
import string
from collections import Counter

import pytest

from ragqa.evaluation.metrics import Rouge, exact_match, f1, normalise, rouge_l


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
        ("A-level", "alevel"),
        ("“Quoted” – dash", "“quoted” – dash"),
        ("ÉTÉ à LA carte", "été à la carte"),
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
        ("“Denver”", ["Denver"], 0, 0.0),
        ("Café 5", ["café 5"], 1, 1.0),
        ("", [], 1, 1.0),
        ("the", [], 1, 1.0),
        ("Denver", [], 0, 0.0),
        ("", ["Denver"], 0, 0.0),
        ("", [""], 1, 1.0),
        ("", ["the", "Denver"], 0, 0.0),
        ("", ["the"], 1, 1.0),
    ],
)
def test_exact_match_and_f1(prediction: str, accepted: list[str], exact: int, overlap: float) -> None:
    assert exact_match(prediction, accepted) == exact
    assert f1(prediction, accepted) == pytest.approx(overlap)


def as_squad_says(prediction: str, accepted: list[str]) -> tuple[float, float]:
    """SQuAD 2.0's definition, step by step: lower, punctuation, articles, white space; gold answers without words left out."""

    def words(text: str) -> list[str]:
        kept = "".join(character for character in text.lower() if character not in set(string.punctuation))
        return re.sub(r"\b(a|an|the)\b", " ", kept).split()

    best = (0.0, 0.0)
    for answer in [one for one in accepted if words(one)] or [""]:
        gold, said = words(answer), words(prediction)
        same = sum((Counter(gold) & Counter(said)).values())
        if not gold or not said:
            overlap = float(gold == said)
        elif same == 0:
            overlap = 0.0
        else:
            precision, recall = same / len(said), same / len(gold)
            overlap = 2 * precision * recall / (precision + recall)
        best = (max(best[0], float(gold == said)), max(best[1], overlap))
    return best


def test_many_answers_score_as_squad_says() -> None:
    parts = ["the", "A", "pump", "Pump,", "16", "1.6", "bar", "—", "café", "(bar)", "an", "E-24", ""]
    for step in (1, 2, 3, 5):
        for first in range(len(parts)):
            said = " ".join(parts[first : first + step])
            accepted = [" ".join(parts[other : other + 3]) for other in range(0, len(parts), step)]
            assert (exact_match(said, accepted), pytest.approx(f1(said, accepted))) == as_squad_says(said, accepted)


@pytest.mark.parametrize(
    ("prediction", "accepted", "score"),
    [
        ("testing one two", ["testing"], (1 / 3, 1.0, 0.5)),
        ("the cat sat on the mat", ["the cat is on the mat"], (5 / 6, 5 / 6, 5 / 6)),
        ("police killed the gunman", ["police kill the gunman"], (3 / 4, 3 / 4, 3 / 4)),
        ("the gunman kill police", ["police kill the gunman"], (1 / 2, 1 / 2, 1 / 2)),
        ("E-24", ["e 24"], (1.0, 1.0, 1.0)),
        ("pumps", ["pump"], (0.0, 0.0, 0.0)),
        ("", ["pump"], (0.0, 0.0, 0.0)),
        ("pump", [], (0.0, 0.0, 0.0)),
        ("", [""], (0.0, 0.0, 0.0)),
        ("b c", ["b c d e", "b x", "b c y"], (1.0, 2 / 3, 0.8)),
        ("café", ["caf"], (1.0, 1.0, 1.0)),
    ],
)
def test_rouge_l(prediction: str, accepted: list[str], score: tuple[float, float, float]) -> None:
    assert rouge_l(prediction, accepted) == pytest.approx(Rouge(*score))


@pytest.mark.parametrize(
    ("prediction", "accepted", "exact", "overlap", "rouge"),
    [
        ("電源を切る。", "電源を切る", 1, 1.0, 1.0),
        ("電源を入れる", "電源を切る", 0, 8 / 11, 8 / 11),
        ("전원 버튼을", "전원 버튼", 0, 8 / 9, 8 / 9),
        ("約1.5 MPa", "1.5 MPa", 0, 4 / 5, 4 / 5),
        ("Нажмите кнопку", "Нажмите кнопку 5", 0, 4 / 5, 4 / 5),
    ],
)
def test_scripts_that_the_published_ones_do_not_see(
    prediction: str, accepted: str, exact: int, overlap: float, rouge: float
) -> None:
    assert exact_match(prediction, [accepted]) == exact
    assert f1(prediction, [accepted]) == pytest.approx(overlap)
    assert rouge_l(prediction, [accepted]).f1 == pytest.approx(rouge)
