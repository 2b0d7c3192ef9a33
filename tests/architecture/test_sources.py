"""Rules of the house that can be read off the files."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LEFT_OUT = {"__pycache__", "build", "dist", "indexes", "models"}
MODULES = sorted((ROOT / "ragqa").rglob("*.py")) + sorted((ROOT / "tui").rglob("*.py"))
PRINTS = {f"ragqa/cli/{name}.py" for name in ("main", "index", "support", "terminal")}
MACHINE_PATHS = re.compile("/(?:" + "|".join(["work", "home", "root", "Users", "mnt", "opt"]) + r")/[\w.]")
REGISTRIES = re.compile(
    "|".join(["--(?:extra-)?index" + "-url", "trusted" + "-host", r"https?://[\w.:-]*(?:mirror|artifactory|nexus)"])
)


def files() -> Iterator[Path]:
    """Every text file that belongs to the project; what tools leave behind and hidden folders but .ci are left out."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            hidden = path.name.startswith(".") and path.name not in (".ci", ".gitignore")
            if (
                hidden
                or path.suffix == ".egg-info"
                or (path.name in LEFT_OUT and path.parent == ROOT)
                or path.name == "__pycache__"
            ):
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix not in {".safetensors", ".pdf", ".docx", ".gz"}:
                yield path


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imported(requirement: str) -> str:
    """The normalised name of a requirement such as `torch>=2.6,<3`."""
    return re.split(r"[<>=!~\[; ]", requirement, maxsplit=1)[0].lower().replace("_", "-")


def test_no_file_names_a_place_on_somebodys_machine_or_a_registry() -> None:
    found = []
    for path in files():
        if path != Path(__file__):
            for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
                if MACHINE_PATHS.search(line) or REGISTRIES.search(line):
                    found.append(f"{name_of(path)}:{number}: {line[:120]}")
    assert found == []


def test_the_project_is_found() -> None:
    names = {name_of(path) for path in files()}
    assert {"pyproject.toml", "ragqa/engine.py", "ragqa/demo/qa.jsonl", "tests/conftest.py", ".ci/run", "Makefile"} <= names


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree)


def test_only_the_edge_prints() -> None:
    """Scripts that make the demo's files may say what they wrote."""
    found = []
    for path in MODULES:
        if name_of(path) in PRINTS or path.name.startswith("make_"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print":
                found.append(f"{name_of(path)}:{node.lineno}")
    assert found == []


def test_public_functions_and_classes_of_ragqa_are_documented() -> None:
    found = []
    for path in MODULES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_") and not ast.get_docstring(node):
                found.append(f"{name_of(path)}:{node.lineno} {node.name}")
    allowed = {"make_picture.py", "cli/main.py", "make_pdf.py"}
    assert [entry for entry in found if not any(name in entry for name in allowed)] == []


def test_weights_are_small_and_no_pickles() -> None:
    weights = list((ROOT / "ragqa").rglob("*.safetensors"))
    assert weights and sum(path.stat().st_size for path in weights) < 60_000_000
    pickles = {".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt"}
    assert [name_of(path) for path in (ROOT / "ragqa").rglob("*") if path.suffix in pickles] == []


def test_everything_that_is_needed_is_pinned() -> None:
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.+]+", pin) for pin in pins)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    needed += project["build-system"]["requires"]
    pinned = {imported(pin) for pin in pins}
    assert "torch" in pinned
    assert {imported(requirement) for requirement in needed} - pinned == set()
