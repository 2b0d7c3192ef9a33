"""The data set in the project is whole, small, and what its card says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

from manual_library import MANUAL_QA, held_out, manual_of  # noqa: E402
from manual_qa import OPEN_SET, Set, counted, faults, pack, read_sets  # noqa: E402

ALL, ONE = 3_000_000, 1_000_000
"""The most bytes that the folder, and one file of it, may have."""


@pytest.fixture(scope="module")
def sets() -> list[Set]:
    return read_sets(MANUAL_QA)


def small_set(**changed: object) -> list[Set]:
    """A set of one passage and one question, some of whose fields are changed."""
    passage = {"pid": "01-pump-01", "product": "Pump", "title": "Pump", "section": [], "text": "The fuse is 5 A."}
    asked = {"id": "q", "pid": "01-pump-01", "question": "Fuse?", "kind": "fact", "answers": [{"text": "5 A", "start": 12}]}
    return [Set("01", [passage | {name: changed[name] for name in changed if name in passage}], [asked | changed])]


def test_nothing_is_wrong_with_it(sets: list[Set]) -> None:
    assert list(faults(sets)) == []


def test_it_is_small() -> None:
    sizes = [path.stat().st_size for path in MANUAL_QA.iterdir()]
    assert sum(sizes) <= ALL
    assert max(sizes) <= ONE


def test_its_files_tell_no_time_and_no_name() -> None:
    """The same lines give the same file."""
    for path in MANUAL_QA.glob("*.gz"):
        head = path.read_bytes()[:8]
        assert head[3] == 0 and head[4:8] == bytes(4), path.name


def test_what_is_packed_is_what_was_there(tmp_path: Path, sets: list[Set]) -> None:
    pack(MANUAL_QA, tmp_path)
    assert read_sets(tmp_path) == sets


def test_its_card_tells_its_numbers(sets: list[Set]) -> None:
    card = (MANUAL_QA / "README.md").read_text(encoding="utf-8")
    told = counted(sets)
    for line in told.splitlines():
        if line.startswith("| ") and line[2:4].isdigit():
            assert line in card or line.removesuffix("|") in card
    kinds = next(line for line in told.splitlines() if line.startswith("kinds: "))
    for kind in kinds.removeprefix("kinds: ").split(", "):
        if not kind.startswith("none"):
            assert kind in card.replace("\n", " ")
    assert "19,767 questions over 3,260 passages of 257 manuals" in card


def test_every_source_of_the_open_set_is_named_in_the_card(sets: list[Set]) -> None:
    card = (MANUAL_QA / "README.md").read_text(encoding="utf-8")
    for passage in next(one for one in sets if one.name == OPEN_SET).passages:
        repository = passage["source"].removeprefix("github:").split(":")[0]
        assert f"`{repository}`" in card and passage["licence"].split(" ")[0] in card


def test_two_manuals_of_each_set_are_held_out_and_of_some_of_the_dense_ones(sets: list[Set]) -> None:
    held = held_out(MANUAL_QA)
    named = [*(one for one in sets if one.name < "15"), *(one for one in sets if one.name in ("18", "22", "26"))]
    assert [len({one, other}) for one, other in held] == [2] * len(named)
    for pair, one in zip(held, named, strict=True):
        assert set(pair) < {manual_of(passage["pid"]) for passage in one.passages}


@pytest.mark.parametrize(
    "changed",
    [
        {"answers": [{"text": "5 A", "start": 11}]},
        {"answers": []},
        {"kind": "none"},
        {"kind": "riddle"},
        {"pid": "02-pump-01"},
        {"text": " "},
        {"kind": "none", "answers": [], "answered_in": "01-pump-02"},
    ],
    ids=["not verbatim", "no answer", "an answer of kind none", "unknown kind", "another set", "no text", "answered nowhere"],
)
def test_faults_are_found(changed: dict[str, object]) -> None:
    assert list(faults(small_set())) == []
    assert list(faults(small_set(**changed)))


def test_what_stands_twice_is_found() -> None:
    one = small_set()[0]
    one.questions *= 2
    assert len(list(faults([one]))) == 2


def test_a_manual_in_two_places_is_found() -> None:
    one = small_set()[0]
    one.passages = [one.passages[0] | {"pid": pid} for pid in ("01-pump-01", "01-lamp-01", "01-pump-02")]
    assert any("stand between" in fault for fault in faults([one]))


def test_the_script_says_that_all_is_well() -> None:
    ran = subprocess.run([sys.executable, str(ROOT / "tests/benchmarks/manual_qa.py")], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert "19,767" in ran.stdout
