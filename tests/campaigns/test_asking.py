"""The short form of asking.py, and proof that it would notice."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.campaigns.asking import campaign
from tests.campaigns.ledger import Ledger


def test_answers_are_of_one_generation(tmp_path: Path) -> None:
    figures = campaign(tmp_path, seed=1, seconds=2, processes=2, threads=4)
    assert (figures["errors"], figures["not_of_a_generation"]) == (0, 0), figures["examples"]
    assert figures["asked"] > 10


@pytest.mark.parametrize(
    ("before", "after", "versions", "holds"),
    [
        (3, 3, [[0, 1], [1, 2]], True),
        (3, 3, [[0, 3]], False),  # newer than any that was open
        (3, 5, [[0, 3], [1, 4]], True),
        (3, 5, [[0, 1], [1, 4]], False),  # a mixture
        (5, 5, [[0, 1]], False),  # older than the question
        (5, 5, [], True),
        (5, 5, [[0, 3]], True),
        (5, 7, [[1, 4]], True),
        (7, 7, [[1, 4]], False),  # taken out
        (4, 4, [[0, 1], [1, 2]], True),  # between two notes: as before or as after
        (4, 4, [[0, 3], [1, 4]], True),
        (4, 4, [[0, 1], [1, 4]], False),
    ],
)
def test_what_is_of_no_generation_is_noticed(
    before: int, after: int, versions: list[list[int]], holds: bool, tmp_path: Path
) -> None:
    noted = [(3, {0: 1, 1: 2}), (5, {0: 3, 1: 4}), (5, {0: 3, 1: 4}), (7, {0: 3})]
    (tmp_path / "ledger").write_text("\n".join(json.dumps(one) for one in noted))
    assert Ledger(tmp_path / "ledger").holds(before, after, versions) is holds
