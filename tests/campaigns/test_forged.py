"""The short form of archives.py and inputs.py, and proof that they would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.errors import UsageError
from tests.campaigns import archives, inputs
from tests.campaigns.trials import Outcome


@pytest.mark.parametrize("only", ["indexes", "readers"])
def test_forged_archives_are_refused_or_can_be_asked(only: str, tmp_path: Path) -> None:
    (outcome,) = archives.campaign(tmp_path, seed=7, count=12, only=only).values()
    assert outcome.faults == []
    assert outcome.counts["named"] and sum(outcome.counts.values()) == 12


@pytest.mark.parametrize("only", inputs.KINDS)
def test_forged_inputs_are_read_or_told(only: str, tmp_path: Path) -> None:
    (outcome,) = inputs.campaign(tmp_path, seed=7, count=10, only=only).values()
    assert outcome.faults == [] and sum(outcome.counts.values()) == 10


def test_faults_are_noticed() -> None:
    def fails() -> str:
        raise KeyError("x")

    def tells() -> str:
        raise UsageError("one\ntwo")

    outcome = Outcome()
    outcome.try_one("a", fails)
    outcome.try_one("b", tells)
    outcome.expect(False, "c")
    assert [fault.partition(":")[0] for fault in outcome.faults] == ["tracebacks", "not one line", "broken promises"]
