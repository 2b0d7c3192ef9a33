"""The tables of docs/scale.md are what the scripts print, and the arithmetic is what it says."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

import sizing  # noqa: E402

PAGE = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")


def block(name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n(.*?)\n<!-- /{name} -->", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def test_the_sheet_is_what_the_script_prints() -> None:
    assert block("sizing") == sizing.table(*sizing.parsed(["--chunks", "1e6", "1e7", "1e8"]))


def test_the_simulation_is_what_the_script_prints() -> None:
    import random

    from cluster_model import simulate
    from simulate_cluster import HEAD, LEAVE_OUT, assumptions, line, shown

    assumed = assumptions(3, "fast")
    given = replace(assumed, arrivals=0.5 * assumed.capacity(random.Random(1)))
    told = line(simulate(given, 1, 60 * 20, LEAVE_OUT), 0.5, 0, given.arrivals)
    assert block("three").startswith(f"{HEAD}\n{shown(told)}\n")


def test_every_constant_says_where_it_is_from() -> None:
    told = json.loads(sizing.CONSTANTS.read_text(encoding="utf-8"))["constants"]
    assert {one.name for one in fields(sizing.Constants)} <= set(told)
    for name, constant in told.items():
        assert {"value", "unit", "date", "machine", "command"} <= set(constant), name


def test_milvus_memory_is_that_of_its_sizing_tool() -> None:
    c = sizing.constants()
    bare = replace(c, dimension=768, terms=0, headings_bytes=0)
    vectors = sizing.Milvus.memory(1e6, bare) - 1e6 * sizing.Milvus.fields(bare)
    assert vectors == pytest.approx(1.15 * (1e6 * 3072 + 1024 * 3072 + 2 * 2**30))
    assert sizing.Milvus.query_nodes(90 * 2**30) == (6, 4, 16)  # the tool's fixed sizes up to 96 GiB
    assert sizing.Milvus.query_nodes(100 * 2**30) == (4, 8, 32)
    assert sizing.Milvus.query_nodes(600 * 2**30) == (10, 16, 64)


def test_twice_the_workers_take_half_the_time_until_the_writer_limits() -> None:
    c = sizing.constants()
    assert sizing.hours(1e7, 2, 0.04, c) == pytest.approx(2 * sizing.hours(1e7, 4, 0.04, c))
    assert sizing.hours(1e7, 10**6, 0.04, c) == pytest.approx(1e7 / c.added_a_second / 3600)
