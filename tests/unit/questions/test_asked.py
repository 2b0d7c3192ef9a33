from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import UsageError
from ragqa.questions.asked import read_questions


def read(folder: Path, name: str, content: str | bytes) -> list[dict[str, Any]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_questions(path)


def test_every_line_keeps_its_fields_their_names_and_values(tmp_path: Path) -> None:
    rows = [
        {"id": 7, "Question": "Why?", "Serial-No": "A", "weight": 2.5, "extra": ["x", {"y": None}]},
        {"question": "Why?", "document": "a.pdf"},
    ]
    assert read(tmp_path, "q.jsonl", "\n".join(map(json.dumps, rows)) + "\n\n") == [
        {"id": 7, "question": "Why?", "Serial-No": "A", "weight": 2.5, "extra": ["x", {"y": None}]},
        {"question": "Why?", "document": "a.pdf"},
    ]
    assert list(read(tmp_path, "q.json", json.dumps(rows))[0]) == ["id", "question", "Serial-No", "weight", "extra"]
    json.dumps(read(tmp_path, "q.json", json.dumps(rows)))  # they are written out again


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_needs_no_answers(delimiter: str, tmp_path: Path) -> None:
    text = f'\ufeffID{delimiter}question\r\n1{delimiter}"What{delimiter} then?"\r\n2{delimiter}"two\nlines"\r\n'
    assert read(tmp_path, "q.csv", text) == [
        {"ID": "1", "question": f"What{delimiter} then?"}, {"ID": "2", "question": "two\nlines"},
    ]  # fmt: skip


def test_squads_layout_gives_its_questions_with_document_and_context(tmp_path: Path) -> None:
    asked = [{"id": "1", "question": "Who?", "answers": []}, {"id": "2", "question": "When?"}]
    squad = {"version": "1.1", "data": [{"title": "Kettle", "paragraphs": [{"context": "It boils.", "qas": asked}]}]}
    found = read(tmp_path, "dev.json", json.dumps(squad))
    assert [(one["id"], one["question"], one["document"], one["context"]) for one in found] == [
        ("1", "Who?", "Kettle", "It boils."), ("2", "When?", "Kettle", "It boils."),
    ]  # fmt: skip


def test_packed_files_other_encodings_and_lone_surrogates(tmp_path: Path) -> None:
    assert read(tmp_path, "q.jsonl.gz", gzip.compress(b'{"question": "a"}\n')) == [{"question": "a"}]
    assert read(tmp_path, "q.csv", "question\nIst das ein Kaffee für Löwen und Bären?\n".encode("cp1252"))[0][
        "question"
    ].endswith("für Löwen und Bären?")
    assert read(tmp_path, "q.jsonl", b'{"question": "a \\udcff"}') == [{"question": "a ?"}]
    assert read(tmp_path, "q.jsonl", '{"question": "a\u2028b"}\n{"question": ""}') == [{"question": "a\u2028b"}, {"question": ""}]


def test_an_empty_file_has_no_questions(tmp_path: Path) -> None:
    assert read(tmp_path, "q.jsonl", "\n") == []


@pytest.mark.parametrize(
    ("name", "content", "named"),
    [
        ("q.jsonl", '{"question": "a"}\n{"question"\n', r"q\.jsonl, line 2: record is not JSON"),
        ("q.jsonl", '{"question": "a"}\n\n[1]\n', r"line 3: record is not an object"),
        ("q.jsonl", '{"frage": "a"}\n', r"line 1.*no text field 'question'"),
        ("q.jsonl", '{"question": 5}\n', r"line 1.*no text field 'question'"),
        ("q.jsonl", '{"question": "a", "Question": "b"}\n', r"line 1.*two fields 'question'"),
        ("q.csv", "id,frage\n1,a\n", r"q\.csv.*no column 'question'"),
        ("q.csv", "id,question\n1,What, then?\n", r"line 2: record has 3 fields, the header 2"),
        ("q.json", '{"question": ', r"q\.json is no QA file"),
    ],
)
def test_a_bad_file_is_refused_with_the_line(name: str, content: str, named: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=named):
        read(tmp_path, name, content)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"missing\.jsonl cannot be read"):
        read_questions(tmp_path / "missing.jsonl")
