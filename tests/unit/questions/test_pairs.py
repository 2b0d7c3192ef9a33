from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from ragqa.errors import UsageError
from ragqa.questions.pairs import PairFile, pairs_to_ask, read_pairs
from ragqa.types import PairProblem, QAPair

GOOD = {"question": "How tall is it?", "answer": "3 m", "id": "good"}


@pytest.fixture
def read(tmp_path: Path) -> Any:
    """Reads records written as JSON lines."""

    def read(*records: object, strict: bool = False) -> PairFile:
        path = tmp_path / "qa.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return read_pairs(path, strict=strict)

    return read


def only(file: PairFile) -> QAPair:
    assert file.problems == ()
    [pair] = file.pairs
    return pair


def faults(file: PairFile) -> list[tuple[int, str]]:
    return [(problem.line, problem.field) for problem in file.problems]


def test_a_whole_record(read: Any, tmp_path: Path) -> None:
    file = read(
        {
            "question": " How long is the warranty? ",
            "answer": "30 months",
            "answers": ["30 months", "two and a half years "],
            "document": "lamp.pdf",
            "page": 4,
            "section": ["Warranty", "Terms"],
            "id": 17,
            "context": " It is 30 months. ",
            "answer_start": 7,
            "remark": "ignored",
        }
    )
    assert only(file) == QAPair(
        "How long is the warranty?", ("30 months", "two and a half years"), "17", "lamp.pdf", 4, "Warranty > Terms",
        " It is 30 months. ", 7, "qa.jsonl:1",
    )  # fmt: skip
    assert file.fingerprint == hashlib.sha256((tmp_path / "qa.jsonl").read_bytes()).hexdigest()


def test_a_table_says_the_same_as_json(read: Any, tmp_path: Path) -> None:
    table = tmp_path / "qa.csv"
    table.write_text(
        "question,answer,answer_10,answer_2,document,page,section,context,answer_start\n"
        "How long?,30 months,,2.5 years,lamp.pdf,4.0,Terms,It is 30 months.,6\n"
    )
    record = {"question": "How long?", "answers": ["30 months", "2.5 years"], "document": "lamp.pdf", "page": 4}
    same = only(read({**record, "section": "Terms", "context": "It is 30 months.", "answer_start": 6}))
    pair = only(read_pairs(table))
    assert pair.origin == "qa.csv:2" and same.origin == "qa.jsonl:1"
    assert (pair.answers, pair.id, pair.page, pair.answer_start) == (same.answers, same.id, 4, 6)


@pytest.mark.parametrize(
    ("fields", "answers"),
    [
        ({"answer": "b"}, ("b",)),
        ({"answer": 230}, ("230",)),
        ({"answer": 2.5}, ("2.5",)),
        ({"answer": 0}, ("0",)),
        ({"answer": ["b", " c ", "", None]}, ("b", "c")),
        ({"answers": "b"}, ("b",)),
        ({"answers": ["b", "b", "c"], "answer": "c"}, ("c", "b")),
        ({"answer_3": "d", "answer_2": "c", "answer": "b", "answer_10": "e"}, ("b", "c", "d", "e")),
        ({"answers": {"text": ["b", "c"], "answer_start": [0, 1]}}, ("b", "c")),
        ({"answers": [{"text": "b", "answer_start": 0}, {"text": "c"}]}, ("b", "c")),
        ({"answer": None}, ()),
        ({"answer": ""}, ()),
        ({"answer": " "}, ()),
        ({"answers": []}, ()),
        ({"answers": {"text": [], "answer_start": []}}, ()),
        ({"is_impossible": True}, ()),
        ({"answers": [], "is_impossible": "True"}, ()),
        ({"answer": "b", "is_impossible": False}, ("b",)),
    ],
)
def test_accepted_answers(fields: dict[str, Any], answers: tuple[str, ...], read: Any) -> None:
    assert only(read({"question": "a?", **fields})).answers == answers


def test_empty_cells_are_missing_values(tmp_path: Path) -> None:
    table = tmp_path / "qa.csv"
    table.write_text("question,answer,document,page,section,id,context,answer_start,is_impossible\na?,,,,,,,,\n")
    pair = only(read_pairs(table))
    assert (pair.answers, pair.document, pair.page, pair.section, pair.context, pair.answer_start) == ((), *[None] * 5)
    assert len(pair.id) == 16


@pytest.mark.parametrize(
    ("record", "field", "told"),
    [
        ({"answer": "b"}, "question", "is missing"),
        ({"question": None, "answer": "b"}, "question", "is missing"),
        ({"question": "  ", "answer": "b"}, "question", "is missing"),
        ({"question": "?!", "answer": "b"}, "question", "no words"),
        ({"question": 5, "answer": "b"}, "question", "is 5, not text"),
        ({"question": ["a?"], "answer": "b"}, "question", "is a list, not text"),
        ({"question": "a?"}, "answer", "is missing"),
        ({"question": "a?", "answr": "b"}, "answer", "is missing"),
        ({"question": "a?", "answer": True}, "answer", "is true, not text"),
        ({"question": "a?", "answer": float("nan")}, "answer", "is NaN, not text"),
        ({"question": "a?", "answers": [["b"]]}, "answers", "is a list, not text"),
        ({"question": "a?", "answer_2": {"text": {}}}, "answer_2", "is an object, not text"),
        ({"question": "a?", "answers": {"text": ["b", "c"], "answer_start": [0]}}, "answers", "2 texts"),
        ({"question": "a?", "answers": {"text": ["b"], "answer_start": 3}}, "answers", "1 texts"),
        ({"question": "a?", "answer": "b", "is_impossible": True}, "is_impossible", "there is an answer"),
        ({"question": "a?", "answer": "b", "is_impossible": 3}, "is_impossible", "is 3, not true or false"),
        ({"question": "a?", "answer": "b", "page": "iv"}, "page", 'is "iv", not a whole number'),
        ({"question": "a?", "answer": "b", "page": "3-4"}, "page", "not a whole number"),
        ({"question": "a?", "answer": "b", "page": 2.5}, "page", 'is "2.5", not a whole number'),
        ({"question": "a?", "answer": "b", "page": True}, "page", "is true"),
        ({"question": "a?", "answer": "b", "page": [3]}, "page", "is a list"),
        ({"question": "a?", "answer": "b", "page": 0}, "page", "count from 1"),
        ({"question": "a?", "answer": "b", "document": 3}, "document", "is 3, not text"),
        ({"question": "a?", "answer": "b", "section": [3]}, "section", "is 3, not text"),
        ({"question": "a?", "answer": "b", "id": 1.5}, "id", "not text"),
        ({"question": "a?", "answer": "b", "context": ["b"]}, "context", "is a list, not text"),
        ({"question": "a?", "answer": "b", "context": "b", "answer_start": "x"}, "answer_start", "not a whole number"),
        ({"question": "a?", "answer": "b", "context": "c", "answer_start": 0}, "answer_start", "nor anywhere"),
        ({"question": "a?", "answer": "b", "context": "\ud800 b"}, "context", "U+D800"),
        ({"question": "a\0?", "answer": "b"}, "question", "U+0000) at 2"),
        ({"question": "a?", "answer": "\udc80"}, "answer", "U+DC80"),
        ({"question": "a\ufffd?", "answer": "b"}, "question", "U+FFFD"),
        ({"question": "a?", "answer": "b", "id": "\0"}, "id", "U+0000"),
        ("a?", "record", "not an object"),
    ],
)
def test_what_cannot_be_used_is_told_with_line_and_field(record: Any, field: str, told: str, read: Any, tmp_path: Path) -> None:
    file = read(GOOD, record)
    assert [pair.id for pair in file.pairs] == ["good"]
    [problem] = file.problems
    assert problem == PairProblem(str(tmp_path / "qa.jsonl"), 2, field, problem.message)
    assert told in problem.message and str(problem).startswith(f"{tmp_path / 'qa.jsonl'}:2: {field}: ")


def test_where_the_answer_stands_in_the_context(read: Any) -> None:
    context = "It has three legs, three feet."
    here = {"question": "a?", "context": context}
    assert only(read({**here, "answer": "three", "answer_start": 19})).answer_start == 19
    assert only(read({**here, "answer": "three", "answer_start": 3})).answer_start is None
    assert only(read({**here, "answer": "three"})).answer_start is None
    assert only(read({**here, "answer": "3"})).answer_start is None  # to be looked for less strictly
    assert only(read({"question": "a?", "answer": "three", "answer_start": 19})).answer_start is None
    assert only(read({**here, "answer": None, "answer_start": 3})).answer_start is None
    nested = {"text": ["three", "legs"], "answer_start": [7, 13]}
    assert only(read({**here, "answers": nested})).answer_start == 7
    assert only(read({**here, "answers": [{"text": " three ", "answer_start": 18}]})).answer_start == 19


def test_squads_two_versions(tmp_path: Path) -> None:
    context = "The lamp draws 8 watts."
    questions: list[dict[str, Any]] = [
        {
            "id": "1",
            "question": "How much?",
            "answers": [{"text": "8 watts", "answer_start": 15}, {"text": "8", "answer_start": 15}],
        },
        {"id": "2", "question": "How heavy?", "answers": [], "is_impossible": True, "plausible_answers": [{"text": "8"}]},
        {"id": "3", "question": "How wide?", "answers": [{"text": "9", "answer_start": 15}], "is_impossible": False},
    ]
    path = tmp_path / "squad.json"
    path.write_text(json.dumps({"data": [{"title": "Lamp", "paragraphs": [{"context": context, "qas": questions}]}]}))
    file = read_pairs(path)
    assert file.pairs == (
        QAPair("How much?", ("8 watts", "8"), "1", "Lamp", None, None, context, 15, "squad.json:1"),
        QAPair("How heavy?", (), "2", "Lamp", None, None, context, None, "squad.json:2"),
    )
    assert faults(file) == [(3, "answer_start")]


def test_repeated_pairs_are_kept_once(read: Any) -> None:
    first = {"question": "a?", "answer": "b", "document": "d"}
    file = read(first, {**first, "page": 7}, {**first, "document": "e"}, {**first, "answer": "c"}, {**first, "context": "b"})
    assert [pair.origin for pair in file.pairs] == ["qa.jsonl:1", "qa.jsonl:3", "qa.jsonl:4", "qa.jsonl:5"]
    assert faults(file) == [(2, "question")] and "qa.jsonl:1" in file.problems[0].message
    assert len({pair.id for pair in file.pairs}) == 4


def test_an_id_names_one_pair(read: Any) -> None:
    file = read(GOOD, {**GOOD, "question": "How wide is it?"})
    assert faults(file) == [(2, "id")] and file.problems[0].message == '"good" is already the id of qa.jsonl:1'


def test_made_ids_do_not_depend_on_place_or_file(read: Any) -> None:
    record = {"question": "a?", "answer": "b"}
    alone = only(read(record)).id
    assert read(GOOD, record).pairs[1].id == alone == "0ffb8aa7bee001c4"


def test_strict_tells_the_first_problem_and_how_many(read: Any) -> None:
    with pytest.raises(UsageError, match=r"qa\.jsonl:2: answer: is missing.*first of 2 problems") as caught:
        read(GOOD, {"question": "a?"}, 5, strict=True)
    assert '"question"' in caught.value.hint
    assert len(read(GOOD, strict=True).pairs) == 1


def test_a_file_without_a_usable_pair_is_refused(read: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no usable question/answer pair: .*qa\.jsonl:1: question: is missing") as caught:
        read({"answer": "b"})
    assert '{"question": ' in caught.value.hint and "question,answer" in caught.value.hint
    for name, text in (("empty.csv", ""), ("bare.csv", "question,answer\n"), ("bare.json", "[]")):
        (tmp_path / name).write_text(text)
        with pytest.raises(UsageError, match=f"{name} holds no question/answer pair"):
            read_pairs(tmp_path / name)


def test_the_sample_pairs_are_sound() -> None:
    from importlib.resources import files

    with_demo = read_pairs(Path(str(files("ragqa.demo") / "qa.jsonl")), strict=True)
    assert len(with_demo.pairs) > 200 and any(not pair.answers for pair in with_demo.pairs)


def test_pairs_of_several_files_have_ids_of_their_own() -> None:
    """Two files that both count from 1, one of them with the name that would be made."""
    given = [
        QAPair("What?", id="1"),
        QAPair("Why?", id="2"),
        QAPair("How?", id="1"),
        QAPair("Who?", id="1-2"),
        QAPair("When?", id="1"),
    ]
    pairs, _ = pairs_to_ask(given)
    assert [(pair.question, pair.id) for pair in pairs] == [
        ("What?", "1"), ("Why?", "2"), ("How?", "1-3"), ("Who?", "1-2"), ("When?", "1-4"),
    ]  # fmt: skip
