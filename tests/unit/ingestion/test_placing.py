"""Which worker gets which file, in one round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.ingestion import placing
from ragqa.ingestion.discover import SourceFile
from ragqa.ingestion.placing import InFlight, Job, Placing
from ragqa.ingestion.plan import PlannedFile
from ragqa.ingestion.workers import Errand, Pages
from ragqa.types import FileState

FILE = SourceFile(Path("/shelf/m.md"), "m.md", Path("/shelf"))


def job(*failed: str, size: int = 1, **options: Any) -> Job:
    """A file that these workers failed at."""
    errand = Errand(PlannedFile(FILE, FileState.ADDED, size), IngestSettings())
    return Job(errand, Pages(), tries=len(failed), failed=dict.fromkeys(failed, "failed"), **options)


def at(worker: str, one: Job | None = None) -> InFlight:
    return InFlight(worker, one or job(), 0.0)


def test_the_worker_with_most_threads_free_as_a_share_gets_the_next_file() -> None:
    assert Placing({"a": 2, "b": 3}, (), [at("a"), at("b")]).find(job()) == "b"
    assert Placing({"a": 1, "b": 3}, (), [at("b"), at("gone"), InFlight("a", None, 0.0)]).find(job()) == "a"
    assert Placing({"a": 1}, (), [at("a")]).is_over(job()) and Placing({}, (), []).find(job()) is None


def test_a_file_that_was_tried_has_its_worker_to_itself() -> None:
    assert Placing({"a": 4}, (), [at("a", job("gone"))]).is_over(job())
    assert Placing({"a": 4}, (), [at("a")]).find(job("gone")) is None
    assert Placing({"a": 4, "b": 1}, (), [at("a")]).find(job("gone")) == "b"


def test_the_worker_that_a_file_waits_for_takes_nothing_new_meanwhile() -> None:
    """Else it would never be idle while there are other files."""
    one_round = Placing({"a": 4, "b": 4}, (), [at("a"), at("b"), at("b")])
    assert one_round.find(job("gone")) is None
    for _ in range(2):
        assert not one_round.is_over(job()) and one_round.find(job()) == "b"
        one_round.take("b", job())
    assert one_round.is_over(job())


def test_two_files_wait_for_two_workers() -> None:
    one_round = Placing({"a": 2, "b": 2}, (), [at("a"), at("b")])
    assert one_round.find(job("gone")) is None and not one_round.is_over(job())
    assert one_round.find(job("gone")) is None and one_round.is_over(job())


@pytest.mark.parametrize(
    ("failed", "failing", "expected"),
    [
        (("a",), (), "b"),
        (("a",), ("a", "b"), "c"),
        (("a", "c"), ("a", "b"), "b"),
        (("a", "b", "c"), (), "a"),
    ],
)
def test_a_file_goes_to_one_that_did_not_fail_at_it(failed: tuple[str, ...], failing: tuple[str, ...], expected: str) -> None:
    assert Placing({"a": 1, "b": 1, "c": 1}, failing, []).find(job(*failed)) == expected


def test_a_file_waits_for_one_that_did_not_fail_at_it() -> None:
    one_round = Placing({"a": 1, "b": 1}, (), [at("b")])
    assert one_round.find(job("a")) is None and one_round.find(job()) == "a"


def test_only_so_many_bytes_travel_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placing, "SENT_AT_ONCE", 10)
    large = job(size=8, send=True)
    assert Placing({"a": 2}, (), [at("a", large)]).is_over(job(size=3, send=True))
    assert not Placing({"a": 2}, (), [at("a", large)]).is_over(job(size=2, send=True))
    assert not Placing({"a": 2}, (), [at("a", large)]).is_over(job(size=3))
    assert not Placing({"a": 2}, (), []).is_over(job(size=99, send=True))
