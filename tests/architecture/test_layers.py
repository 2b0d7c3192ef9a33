"""The layers of DESIGN: import-linter's contracts, and proof that they would notice."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """import-linter on the packages and the pyproject.toml of a folder."""
    code = "import sys; sys.path.insert(0, '.'); from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    return subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources and contracts, to be spoilt."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("ragqa", "tui"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__", "default", "manuals"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    assert lint(folder).returncode == 0
    return folder


def test_the_contracts_are_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert "0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("ragqa/types/answers.py", "from ragqa import errors"),
        ("ragqa/chunking.py", "from ragqa.indexing import manifest"),
        ("ragqa/engine.py", "from ragqa.cli import terminal"),
        ("ragqa/inference/graphs/bert.py", "from ragqa.inference import encoder"),
        ("ragqa/answering/retrieve.py", "def late():\n    from ragqa.engine import RagQA"),
        ("ragqa/text/languages/en.py", "from ragqa.text import analysis"),
        ("ragqa/cli/main.py", "import tui"),
        ("tui/__init__.py", "from ragqa.indexing import index"),
        ("ragqa/indexing/database.py", "from ragqa.indexing import index"),
        ("ragqa/indexing/search/backend.py", "from ragqa.indexing.search import embedded"),
        ("ragqa/stray.py", "'''A module that nobody gave a layer.'''"),
    ],
)
def test_a_breach_is_noticed(module: str, line: str, copy: Path) -> None:
    path = copy / module
    before = path.read_bytes() if path.exists() else None
    path.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        assert lint(copy).returncode != 0
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)
