"""There is one way from a question to an answer: nothing but the Asker retrieves passages, or has a question read."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "ragqa").rglob("*.py")) + sorted((ROOT / "tui").rglob("*.py"))
MAY_RETRIEVE = {"ragqa/answering/asker.py"}
MAY_READ = {
    "ragqa/answering/asker.py",
    "ragqa/answering/second_look.py",
    "ragqa/readers/on_trial.py",
    "ragqa/training/mix.py",
}
"""The second look is part of a reader. The mix of two readers is judged on the training's own passages, and a reader on trial
reads a question of its own: nobody asks for either."""


def retrievals(tree: ast.Module) -> list[int]:
    """The lines that take the stage `retrieve` from its module: calls of it by any name need that."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "ragqa.answering.retrieve":
            found += [node.lineno for name in node.names if name.name in ("retrieve", "*")]
        elif isinstance(node, ast.ImportFrom) and node.module == "ragqa.answering":
            found += [node.lineno for name in node.names if name.name == "retrieve"]
        elif isinstance(node, ast.Import):
            found += [node.lineno for name in node.names if name.name == "ragqa.answering.retrieve"]
    return found


def readings(tree: ast.Module) -> list[int]:
    """The lines that have a reader read: calls of `read` on what is called a reader, with a question and passages."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and len(node.args) + len(node.keywords) == 2]
    called = [call.func for call in calls if isinstance(call.func, ast.Attribute)]
    return [method.lineno for method in called if method.attr == "read" and _is_reader(method.value)]


def _is_reader(value: ast.expr) -> bool:
    name = value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""
    return name.endswith("reader") or name in ("incumbent", "base")


@pytest.mark.parametrize(("find", "allowed"), [(retrievals, MAY_RETRIEVE), (readings, MAY_READ)])
def test_nothing_else_goes_the_way(find, allowed: set[str]) -> None:  # type: ignore[no-untyped-def]
    found = {path.relative_to(ROOT).as_posix() for path in SOURCES if find(ast.parse(path.read_text(encoding="utf-8")))}
    assert found == allowed


@pytest.mark.parametrize(
    ("find", "line"),
    [
        (retrievals, "from ragqa.answering.retrieve import Filters, retrieve as find"),
        (retrievals, "def late():\n    from ragqa.answering import retrieve"),
        (retrievals, "import ragqa.answering.retrieve"),
        (readings, "reader.read(question, passages)"),
        (readings, "found = self.asker.reader.read(question, passages)"),
        (readings, "incumbent.read(question, passages)"),
    ],
)
def test_a_second_way_is_noticed(find, line: str) -> None:  # type: ignore[no-untyped-def]
    assert find(ast.parse(line))


def test_what_is_no_reading_is_not_taken_for_one() -> None:
    assert not readings(ast.parse("archive.read(8); asker.read(question, hits); csv.reader(file); reader.read(element)"))
