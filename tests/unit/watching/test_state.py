from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from ragqa.errors import AlreadyWatched
from ragqa.watching.retries import Failure
from ragqa.watching.state import Held, Noted, SourceState, StateFile, first_state, status_json, watched_indexes


def test_a_state_comes_back_as_it_was_kept(tmp_path: Path) -> None:
    kept = StateFile(tmp_path, "shelf")
    assert kept.read() is None and watched_indexes(tmp_path) == []
    held = Held("why", 2, 3, ("a.md", "b.md"))
    state = replace(
        first_state("shelf"), sources=(SourceState("m", "m", 3, "", held), SourceState("n", "n", problem="away")),
        waiting=(Noted("w.md", "is still changing"),), failing=(Failure("f\udcff.pdf", "bad", "1", 2, 5.0),),
        left_out=(Noted("l.zip", "no"),), left_out_count=1,
    )  # fmt: skip
    with kept:
        kept.write(state)
    assert kept.read() == state and watched_indexes(tmp_path) == ["shelf"]
    told = status_json(state, "shelf", True)
    assert told["failing"][0]["path"] == "f\\xff.pdf" and told["in_step"] is False
    json.dumps(told, ensure_ascii=False).encode()


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"sources": 3}', '{"sources": [{"held": {}}]}', "\x00"])
def test_a_state_that_makes_no_sense_is_none(tmp_path: Path, content: str) -> None:
    kept = StateFile(tmp_path, "shelf")
    kept.folder.mkdir()
    (kept.folder / "shelf.json").write_text(content)
    (kept.folder / "shelf.agreed").write_text(content)
    assert kept.read() is None and not any(isinstance(one, dict) for one in kept.agreed().values())


def test_only_one_may_keep_an_index_in_step(tmp_path: Path) -> None:
    kept = StateFile(tmp_path, "shelf")
    assert not kept.is_running()
    with kept:
        kept.write(first_state("shelf"))
        assert StateFile(tmp_path, "shelf").is_running()
        with pytest.raises(AlreadyWatched, match="pid"), StateFile(tmp_path, "shelf"):
            pass
        with StateFile(tmp_path, "other"):
            pass
    assert not kept.is_running()


def test_who_only_looks_is_not_taken_for_one_who_keeps_it_in_step(tmp_path: Path) -> None:
    with StateFile(tmp_path, "shelf"):
        pass
    with ThreadPoolExecutor(8) as pool:
        told = list(pool.map(lambda _: StateFile(tmp_path, "shelf").is_running(), range(400)))
    assert not any(told)


def test_what_people_agreed_to_is_kept_until_it_is_done(tmp_path: Path) -> None:
    kept = StateFile(tmp_path, "shelf")
    kept.agree("m", ["a.md"])
    kept.agree("n", ["b.md"])
    assert StateFile(tmp_path, "shelf").agreed() == {"m": ["a.md"], "n": ["b.md"]}
    assert watched_indexes(tmp_path) == []
    kept.settle("m")
    kept.settle("m")
    assert kept.agreed() == {"n": ["b.md"]}


def test_an_index_that_nobody_keeps_in_step_is_not_in_step() -> None:
    assert status_json(None, "shelf", False)["in_step"] is False
    assert status_json(first_state("shelf"), "shelf", False)["in_step"] is False
    assert status_json(first_state("shelf"), "shelf", True)["in_step"] is True


def test_who_agrees_loses_nothing_that_others_agree_to(tmp_path: Path) -> None:
    names = [f"source {number}" for number in range(12)]
    StateFile(tmp_path, "shelf").agree("done", ["a.md"])
    with ThreadPoolExecutor(13) as threads:
        settled = threads.submit(StateFile(tmp_path, "shelf").settle, "done")
        for agreed in [threads.submit(StateFile(tmp_path, "shelf").agree, name, ["a.md"]) for name in names]:
            agreed.result()
        settled.result()
    assert sorted(StateFile(tmp_path, "shelf").agreed()) == sorted(names)
