"""`ragqa feedback`, and what becomes of verdicts when an index is removed or taken elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ragqa import RagQA
from ragqa.cli import terminal
from ragqa.cli.main import ragqa
from ragqa.questions.pairs import read_pairs
from ragqa.types import Verdict


@pytest.fixture
def qa(manuals: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> RagQA:
    """An index with a right answer, a corrected one, and one that the manuals do not give."""
    monkeypatch.setattr(terminal.OUT, "width", 300)
    qa = RagQA("shelf")
    qa.ingest(manuals)
    response = qa.ask("How long does the warranty last?")
    qa.judge(response, Verdict.RIGHT, response[0])
    fan = next(one.id for one in qa.documents() if one.path == "fan.txt")
    found = qa.find(fan, "1,200 rpm")
    assert found is not None
    qa.judge(qa.ask("How fast is the fan?"), Verdict.CORRECTED, None, (fan, *found))
    qa.judge(qa.ask("Who painted the ceiling?"), Verdict.UNANSWERABLE)
    return qa


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    return result


def test_verdicts_are_listed(qa: RagQA) -> None:
    shown = run("feedback", "list", "--index", "shelf").stdout
    assert "The warranty lasts 30 months." in shown and "1,200 rpm" in shown and "(the manuals do not say)" in shown
    values = json.loads(run("feedback", "list", "--index", "shelf", "--json").stdout)
    assert [one["verdict"] for one in values] == ["right", "corrected", "unanswerable"]


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.json"])
def test_exported_verdicts_are_a_qa_file(qa: RagQA, name: str) -> None:
    assert run("feedback", "export", name, "--index", "shelf").exit_code == 0
    pairs = read_pairs(Path(name), strict=True).pairs
    assert [pair.answers for pair in sorted(pairs, key=lambda pair: pair.id)] == [
        ("The warranty lasts 30 months.",), ("1,200 rpm",), (),
    ]  # fmt: skip
    for pair in pairs:
        if pair.answers:
            assert pair.context is not None and pair.answer_start is not None
            assert pair.context[pair.answer_start :].startswith(pair.answers[0])
    assert run("triplets", name, "--index", "shelf", "--json").exit_code == 0


def test_export_to_stdout(qa: RagQA) -> None:
    lines = run("feedback", "export", "-", "--index", "shelf").stdout.splitlines()
    assert len(lines) == 3 and json.loads(lines[2])["answer"] is None


def test_verdicts_are_forgotten_by_number_or_all(qa: RagQA) -> None:
    assert run("feedback", "rm", "--index", "shelf").exit_code == 2
    assert run("feedback", "rm", 99, "--index", "shelf").exit_code == 2
    assert run("feedback", "rm", 1, "--index", "shelf").exit_code == 0
    assert [one.id for one in qa.journal.verdicts()] == [2, 3]
    assert run("feedback", "rm", "--all", "--yes", "--index", "shelf").exit_code == 0
    assert run("feedback", "export", "x.jsonl", "--index", "shelf").exit_code == 2 and not Path("x.jsonl").exists()


def test_verdicts_outlive_their_index(qa: RagQA, manuals: Path) -> None:
    qa.export(Path("shelf.ragqa"))
    qa.remove()
    assert [path.name for path in qa.folder.iterdir()] == ["journal.sqlite"]
    assert run("index", "list", "--json").stdout.strip() == "[]"
    assert run("index", "import", "shelf.ragqa", "--embedder", "fake").exit_code == 0
    assert len(qa.feedback_pairs()) == 3 and qa.ask("How long does the warranty last?").answered
    qa.remove()
    assert run("ingest", manuals, "--index", "shelf").exit_code == 0
    assert len(RagQA("shelf").feedback_pairs()) == 3


def test_documents_can_be_taken_out(qa: RagQA) -> None:
    assert qa.remove_documents("fan.txt", "nothing.md") == 1
    assert [one.path for one in qa.documents()] == ["kettle.md", "lamp.html"] and qa.verify() == []
    assert qa.remove_documents("fan.txt") == 0
