from __future__ import annotations

import gzip
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import UsageError
from ragqa.questions import records as records_module
from ragqa.questions.records import EXAMPLE, Fault, read_bytes, read_records

AB = {"question": "a?", "answer": "b"}


def records(name: str, data: bytes | str) -> list[tuple[int, Any]]:
    """The records with their numbers; a fault is shown as its field and message."""
    given = data.encode() if isinstance(data, str) else data
    found = read_records(Path(name), given)
    return [(number, (record.field, record.message) if isinstance(record, Fault) else record) for number, record in found]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_tables_with_any_delimiter_and_line_end(delimiter: str, end: str) -> None:
    text = end.join(delimiter.join(row) for row in (("question", "answer"), ("a?", "b"), ('"c, d; e\tf?"', '"say ""g"""')))
    assert records("qa.csv", text) == [(2, AB), (3, {"question": "c, d; e\tf?", "answer": 'say "g"'})]
    assert records("qa.txt", text) == records("qa.csv", text)


def test_a_delimiter_inside_the_questions_does_not_mislead() -> None:
    assert records("qa.csv", "question;answer\na, b, c;d") == [(2, {"question": "a, b, c", "answer": "d"})]
    assert records("qa.tsv", "question\tanswer\nIs 1;2;3 ok?\tyes") == [(2, {"question": "Is 1;2;3 ok?", "answer": "yes"})]


def test_field_names_count_without_case_spaces_and_hyphens() -> None:
    assert records("qa.csv", "\n Question , ANSWER,Answer-2\na?,b,c") == [(3, {**AB, "answer_2": "c"})]
    assert records("qa.jsonl", '{" Question": "a?", "ANSWER ": "b", "is impossible": false}') == [
        (1, {**AB, "is_impossible": False})
    ]


def test_rows_have_the_line_they_begin_on() -> None:
    text = 'question,answer\n"a\nb?",c\n\n , \nd?,e\n'
    assert records("qa.csv", text) == [(2, {"question": "a\nb?", "answer": "c"}), (6, {"question": "d?", "answer": "e"})]


def test_rows_that_are_too_long_short_or_badly_quoted() -> None:
    text = 'question,answer,page\na?,b,1,2\na?,b,1,,\na?\n"a"?,b,3\na?,b,4\n"a?,b\nc?,d,5\n'
    found = records("qa.csv", text)
    assert [number for number, _ in found] == [2, 3, 4, 5, 6, 7]
    assert found[0][1][0] == "record" and "4 fields, the header 3" in found[0][1][1]
    assert found[1][1] == {**AB, "page": "1"}
    assert found[2][1] == {"question": "a?"}
    assert "not CSV" in found[3][1][1]
    assert found[4][1] == {**AB, "page": "4"}
    assert "quotation mark" in found[5][1][1]


def test_columns_without_a_name_are_left_out() -> None:
    assert records("qa.csv", ",question,answer,\n0,a?,b,") == [(2, AB)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("frage,answer\na,b", "no column 'question'"),
        ("question,remark\na,b", "no column 'answer'"),
        ("What is it?\nA lamp.", "no column 'question' in its first line, 'What is it?'"),
        ('"question,answer\n', "no column 'question'"),
        ("question,answer,Answer\na,b,c", "two columns are named 'answer'"),
    ],
)
def test_a_table_without_a_usable_header_is_refused(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=re.escape(told)) as caught:
        records("qa.csv", text)
    assert "answer_2" in caught.value.hint if "two columns" in told else caught.value.hint == EXAMPLE


def test_json_lines() -> None:
    lines = [json.dumps(AB), "", '{"question": "c\u2028d?", "answer": null}\r', "no JSON", "[1]", '{"question"', json.dumps(AB)]
    found = records("qa.jsonl", "\n".join(lines))
    assert found[:2] == [(1, AB), (3, {"question": "c\u2028d?", "answer": None})]
    assert [(number, record[0]) for number, record in found[2:5]] == [(4, "record"), (5, "record"), (6, "record")]
    assert "not JSON" in found[2][1][1] and "not an object" in found[3][1][1]
    assert found[5] == (7, AB)


def test_json_by_content_whatever_the_suffix() -> None:
    assert records("qa.json", f"{json.dumps(AB)}\n{json.dumps(AB)}") == [(1, AB), (2, AB)]
    assert records("qa.csv", json.dumps([AB])) == [(1, AB)]
    assert records("qa", json.dumps(AB)) == [(1, AB)]


def test_a_json_document_is_read_whole() -> None:
    assert records("qa.json", json.dumps([AB, 7, AB], indent=2))[::2] == [(1, AB), (3, AB)]
    assert records("qa.json", json.dumps({"data": [AB]})) == [(1, AB)]
    assert records("qa.json", json.dumps(AB, indent=2)) == [(1, AB)]


def test_squads_layout() -> None:
    question = {"id": "q", "question": "a?", "answers": [{"text": "b", "answer_start": 0}]}
    article = {"title": "Lamp", "paragraphs": [{"context": "b c", "qas": [question, 5]}, "no paragraph", {"qas": [AB]}]}
    found = records("squad.json", json.dumps({"version": "v2.0", "data": [article, {"title": "bent", "paragraphs": None}]}))
    assert found[0] == (1, {"document": "Lamp", "context": "b c", **question})
    assert [(number, record[0]) for number, record in (found[1], found[2], found[4])] == [
        (2, "record"), (3, "paragraphs"), (5, "paragraphs"),
    ]  # fmt: skip
    assert found[3] == (4, {"document": "Lamp", "context": None, **AB})


def test_a_damaged_json_document_is_refused_with_its_line() -> None:
    text = json.dumps([AB, AB], indent=1)
    with pytest.raises(UsageError, match=r"qa\.json is no QA file: it is not JSON: .* line \d+ column") as caught:
        records("qa.json", text[:-10])
    assert caught.value.hint == EXAMPLE


def test_numbers_too_large_and_nesting_too_deep_are_no_json() -> None:
    found = records("qa.jsonl", "\n".join(['{"page": ' + "9" * 5000 + "}", "[" * 100_000, json.dumps(AB)]))
    assert [record[0] for _, record in found[:2]] == ["record", "record"]
    assert found[2] == (3, AB)


def test_fractions_keep_their_spelling() -> None:
    [(_, record)] = records("qa.jsonl", '{"answer": 2.50}')
    assert record["answer"] == Decimal("2.50") and str(record["answer"]) == "2.50"


def test_a_field_that_is_there_twice() -> None:
    assert records("qa.jsonl", '{"Question": "a?", "question": "b?"}') == [(1, ("question", "is there twice"))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    text = "question,answer\nHow hot is the grill?,“200 °C” – für Gemüse\n"
    assert records("qa.csv", text.encode(encoding)) == [
        (2, {"question": "How hot is the grill?", "answer": "“200 °C” – für Gemüse"})
    ]


def test_a_few_bytes_that_cannot_be_decoded_are_marked() -> None:
    text = "question,answer\n" + "Wie heiß wird der große Kühler?,90 °C\n" * 20
    found = records("qa.csv", text.encode() + b"Wie \xff hei\xc3\x9f?,b\n")
    assert found[-1] == (22, {"question": "Wie \ufffd heiß?", "answer": "b"})
    assert found[0][1]["answer"] == "90 °C"


def test_gzip_is_told_by_its_content() -> None:
    packed = gzip.compress(json.dumps([AB]).encode())
    assert records("qa.json.gz", packed) == records("qa.json", packed) == [(1, AB)]
    with pytest.raises(UsageError, match="cannot be unpacked"):
        records("qa.json.gz", packed[:-12])


def test_what_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_module, "LARGEST_FILE", 1000)
    with pytest.raises(UsageError, match="unpacks to more than"):
        records("qa.csv.gz", gzip.compress(b"question,answer\n" + b" " * 1000))
    large = tmp_path / "qa.csv"
    large.write_bytes(b" " * 1001)
    with pytest.raises(UsageError, match="larger than"):
        read_bytes(large)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4, b"PK\x03\x04" + b"\x00\x01\xff" * 100])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"qa\.csv is no QA file"):
        records("qa.csv", data)


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    for path, told in ((tmp_path / "nowhere.csv", "No such file"), (tmp_path, "directory")):
        with pytest.raises(UsageError, match=re.escape(told)) as caught:
            read_bytes(path)
        assert str(path) in caught.value.message and caught.value.hint


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file_has_no_records(text: str) -> None:
    assert records("qa.csv", text) == records("qa.jsonl", text) == records("qa.json", text) == []
