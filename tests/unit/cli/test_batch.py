from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from ragqa.cli.batch import answer_file
from ragqa.errors import StorageError, UsageError
from ragqa.metadata import Given
from ragqa.types import Abstention, Progress, Response


class Asked:
    """An engine that notes what it was asked, and stops working after `patience` questions."""

    def __init__(self, patience: int = 1000) -> None:
        self.calls: list[tuple[str, str | None, str | None]] = []
        self.metadata: list[Given | None] = []
        self.patience = patience

    def ask(
        self, question: str, *, document: str | None = None, section: str | None = None, metadata: Given | None = None
    ) -> Response:
        if len(self.calls) == self.patience:
            raise KeyboardInterrupt
        self.calls.append((question, document, section))
        self.metadata.append(metadata)
        answered = "yes" in question
        return Response(question, answered, None if answered else Abstention.READER_UNSURE, (), (), 0.5)

    @property
    def questions(self) -> list[str]:
        return [call[0] for call in self.calls]


def run(qa: Asked, file: Path, out: Path | None, **options: Any) -> str:
    return answer_file(qa, file, out, **options)  # type: ignore[arg-type]


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = [
        {"id": "q1", "question": "yes one", "document": "a.pdf"},
        {"id": 2, "question": "no — zwei", "extra": ["x"]},
        {"id": "q3", "question": "yes three"},
    ]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows) + "\n\n", encoding="utf-8")
    return path


def test_every_line_keeps_its_fields_and_gets_the_response(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "answers.jsonl"
    summary = run(Asked(), questions, out)
    written = lines_of(out)
    assert [(line["id"], line["question"], line["answered"]) for line in written] == [
        ("q1", "yes one", True), (2, "no — zwei", False), ("q3", "yes three", True),
    ]  # fmt: skip
    assert written[1]["extra"] == ["x"]
    assert written[0]["document"] == "a.pdf"
    assert {"answers", "passages", "reason"} <= set(written[0])
    assert summary == "3 questions asked, 2 answered, 1 abstained."


def test_filters_hold_for_all_and_a_lines_own_document_only_when_asked(questions: Path, tmp_path: Path) -> None:
    qa = Asked()
    run(qa, questions, tmp_path / "1.jsonl", document="*.md", section="Errors", metadata={"brand": "Aqua"})
    assert {call[1:] for call in qa.calls} == {("*.md", "Errors")} and qa.metadata == [{"brand": "Aqua"}] * 3
    qa = Asked()
    run(qa, questions, tmp_path / "2.jsonl", document="*.md", use_document=True)
    assert [call[1] for call in qa.calls] == ["a.pdf", "*.md", "*.md"]


def test_an_interrupted_run_goes_on_where_it_ended(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    with pytest.raises(KeyboardInterrupt):
        run(Asked(patience=2), questions, out)
    assert len(lines_of(out)) == 2
    qa = Asked()
    summary = run(qa, questions, out)
    assert qa.questions == ["yes three"]
    assert [line["id"] for line in lines_of(out)] == ["q1", 2, "q3"]
    assert "2 were answered before" in summary


def test_a_line_cut_by_a_kill_is_answered_again(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    run(Asked(), questions, out)
    out.write_bytes(out.read_bytes()[:-20])
    qa = Asked()
    run(qa, questions, out)
    assert qa.questions == ["yes three"]
    assert [line["id"] for line in lines_of(out)] == ["q1", 2, "q3"]


def test_a_finished_file_is_not_asked_again(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    run(Asked(), questions, out)
    before = out.read_bytes()
    qa = Asked()
    run(qa, questions, out)
    assert qa.calls == [] and out.read_bytes() == before


ANSWER = '{"question": "yes one", "answered": true}'


@pytest.mark.parametrize(
    "other",
    [
        '{"question": "another", "answered": true}\n', "no json\n", '["a list"]\n', f"{ANSWER}\n" * 4,
        '{"question": "yes one"}\n', '{"question": "yes one", "answered": "30 months"}\n', f"{ANSWER}\nmy notes", "my notes",
        '{"colour": "red"}', '{\n  "colour": "red"\n}', "[" * 100_000 + "\n",
    ],
)  # fmt: skip
def test_answers_to_other_questions_are_not_overwritten(other: str, questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    out.write_text(other)
    with pytest.raises(UsageError) as caught:
        run(Asked(), questions, out)
    assert "--out" in caught.value.hint
    assert out.read_text() == other


def test_more_than_all_the_answers_is_no_line_that_was_cut(questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "answers.jsonl"
    run(Asked(), questions, out)
    out.write_bytes(out.read_bytes() + b'{"id')
    before = out.read_bytes()
    with pytest.raises(UsageError, match="more lines"):
        run(Asked(), questions, out)
    assert out.read_bytes() == before


def test_the_questions_are_not_taken_for_their_own_answers(tmp_path: Path) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(f"{ANSWER}\n")
    with pytest.raises(UsageError, match="file of the questions itself"):
        run(Asked(), file, tmp_path / "." / "questions.jsonl")
    assert file.read_text() == f"{ANSWER}\n"


def test_a_cut_that_the_disk_refuses_is_a_storage_error(questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "answers.jsonl"
    run(Asked(), questions, out)
    out.write_bytes(out.read_bytes()[:-20])
    before = out.read_bytes()

    def refuse(path: Path, length: int) -> None:
        raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr("ragqa.cli.batch.os.truncate", refuse)
    with pytest.raises(StorageError, match="cannot be written"):
        run(Asked(), questions, out)
    assert out.read_bytes() == before


def test_a_stdout_that_takes_no_other_letters_gets_them_escaped(questions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr("sys.stdout", io.TextIOWrapper(written, encoding="ascii"))
    run(Asked(), questions, None)
    assert [json.loads(line)["question"] for line in written.getvalue().splitlines()] == ["yes one", "no — zwei", "yes three"]


def test_without_out_the_answers_go_to_stdout(questions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(Asked(), questions, None)
    captured = capsys.readouterr()
    assert [json.loads(line)["id"] for line in captured.out.splitlines()] == ["q1", 2, "q3"]
    assert captured.err == ""


def test_progress_counts_questions(questions: Path, tmp_path: Path) -> None:
    steps: list[Progress] = []
    run(Asked(), questions, tmp_path / "a.jsonl", progress=steps.append)
    assert [(step.items, step.items_total, step.detail) for step in steps] == [
        (1, 3, "yes one"), (2, 3, "no — zwei"), (3, 3, "yes three"),
    ]  # fmt: skip


def test_an_unwritable_output_is_a_storage_error(questions: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"):
        run(Asked(), questions, tmp_path)
