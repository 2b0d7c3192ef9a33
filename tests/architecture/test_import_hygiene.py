"""What a command imports, asked of `sys.modules` in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ragqa.config import IngestSettings
from ragqa.inference.embedder import load_embedder
from ragqa.ingestion.ingest import ingest

HEAVY = {
    "torch", "transformers", "sentence_transformers", "tokenizers", "faiss", "numpy", "scipy", "sklearn", "textual", "pydantic",
    "pydantic_settings", "langchain_text_splitters", "langchain_core", "langchain", "lxml", "docx", "pypdfium2", "selectolax",
    "ftfy", "Stemmer", "reportlab", "openvino", "fastapi", "starlette", "uvicorn", "httpx", "mcp", "watchfiles",
    "prometheus_client", "dask", "distributed", "tornado",
}  # fmt: skip
MODELS = {"torch", "transformers", "sentence_transformers", "faiss", "openvino"}
RUN = """
import json, sys
sys.argv = ["ragqa", *json.loads(sys.argv[1])]
code = 0
try:
    {statement}
except SystemExit as left:
    code = left.code
print("\\n" + json.dumps([code, sorted({{name.partition(".")[0] for name in sys.modules}})]), file=sys.stderr)
"""


def run(statement: str, *arguments: str) -> tuple[int, set[str], str]:
    """Exit code, the top-level modules that were imported, and stdout, of a Python statement."""
    code = RUN.format(statement=statement)
    result = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    status, modules = json.loads(result.stderr.splitlines()[-1])
    return status or 0, set(modules), result.stdout


def command(*arguments: str) -> tuple[int, set[str], str]:
    return run("from ragqa.cli.main import main; main()", *arguments)


@pytest.fixture
def shelf(manuals: Path, embedder: Any) -> Path:
    """An index in the working folder that looks as if the default embedder had made it."""
    default = load_embedder()
    embedder.name, embedder.fingerprint = default.name, default.fingerprint
    ingest(Path("indexes/shelf").absolute(), [manuals], embedder, IngestSettings())
    return manuals


def test_what_is_imported_is_seen() -> None:
    _, modules, _ = run("import numpy, faiss")
    assert modules >= {"numpy", "faiss"}


@pytest.mark.parametrize("statement", ["import ragqa", "from ragqa import RagQA; RagQA('shelf')", "import ragqa.cli.main"])
def test_importing_ragqa_is_light(statement: str) -> None:
    assert not run(statement)[1] & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("--version",),
        ("ask", "--help"),
        ("ingest", "--help"),
        ("serve", "--help"),
        ("index", "list"),
        ("completion", "bash"),
    ],
)  # fmt: skip
def test_commands_that_need_nothing_are_light(arguments: tuple[str, ...]) -> None:
    status, modules, out = command(*arguments)
    assert status == 0 and (out or arguments == ("index", "list"))
    assert not modules & HEAVY


@pytest.mark.parametrize("arguments", [("index", "list"), ("index", "info", "shelf"), ("index", "list", "--json")])
def test_looking_at_an_index_is_light(arguments: tuple[str, ...], shelf: Path) -> None:
    status, modules, out = command(*arguments)
    assert status == 0 and "shelf" in out
    assert not modules & HEAVY


def test_a_question_without_words_loads_no_model(shelf: Path) -> None:
    status, modules, _ = command("ask", "?!", "--index", "shelf")
    assert status == 3
    assert not modules & MODELS


def test_an_ingest_of_unchanged_files_loads_no_model(shelf: Path) -> None:
    status, modules, out = command("ingest", str(shelf), "--index", "shelf", "--json")
    assert status == 0
    assert json.loads(out)["counts"] == {"unchanged": 3}
    assert not modules & (MODELS | {"numpy", "langchain_text_splitters"})


def test_usage_errors_are_told_without_models(shelf: Path) -> None:
    for arguments in (("ask",), ("ask", "What?", "--index", "nowhere"), ("ask", "What?", "--top-k", "0")):
        status, modules, _ = command(*arguments)
        assert status in (1, 2)
        assert not modules & MODELS
