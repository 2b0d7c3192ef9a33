"""docs/security.md names modules and tests: they are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`((?:ragqa|tui|tests)/[\w./-]+\.\w+)`")


def rows() -> list[list[str]]:
    """The cells of the tables' rows, without heads and rules."""
    lines = (line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|"))
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells for cells in found if cells[0] != "What comes in" and set(cells[0]) - set("-: ")]


def test_what_the_page_names_is_there() -> None:
    named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
    assert named and [name for name in named if not (ROOT / name).is_file()] == []


def test_every_line_names_a_module_and_a_test() -> None:
    assert rows()
    for cells in rows():
        assert len(cells) == 4, cells[0]
        assert [name for name in NAMED.findall(cells[2]) if name.startswith(("ragqa/", "tui/"))], cells[0]
        assert [name for name in NAMED.findall(cells[3]) if name.startswith("tests/")], cells[0]
