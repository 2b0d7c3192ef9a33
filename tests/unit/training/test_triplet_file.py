from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ragqa.errors import UsageError
from ragqa.training.triplet_file import EXAMPLE, read_triplets, triplet_line, write_triplets
from ragqa.types import Match, Triplet

Make = Callable[..., Triplet]
FULL = Triplet(
    id="q-1",
    question="How hot?",
    context="Set it to 93 °C.\nThen wait.",
    start=10,
    end=15,
    answers=("93 °C", "93 degrees"),
    match=Match.NORMALISED,
    similarity=0.97,
    headings="Oven > Heat",
    segments=((0, 16), (17, 27)),
    document="kitchen/oven.md",
    named_document="oven.md",
    context_start=412,
    rank=3,
    score=0.81,
    dense=0.5,
    lexical=7.25,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "triplets.jsonl"


def write_lines(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def read_one(path: Path, **changes: object) -> Triplet:
    """What the full triplet is read as, with fields of its line changed; those that become Ellipsis are left out."""
    raw = {**json.loads(triplet_line(FULL)), **changes}
    (triplet,), problems = read_triplets(write_lines(path, {name: value for name, value in raw.items() if value is not ...}))
    assert problems == []
    return triplet


def test_every_field_is_read_as_it_was_written(path: Path, triplet: Make) -> None:
    written = [
        FULL,
        replace(FULL, start=None, end=None, match=Match.NONE),
        triplet("a", "b", "b"),
        triplet("a", "c"),
        Triplet("i", "q", "c"),
    ]
    assert write_triplets(written, path) == len(written)
    assert read_triplets(path) == (written, [])
    assert len(path.read_text().splitlines()) == len(written)


def test_a_line_shows_question_passage_and_answer_first() -> None:
    line = json.loads(triplet_line(FULL))
    assert list(line)[:4] == ["id", "question", "context", "answer"]
    assert (line["answer"], line["answer_start"]) == ("93 °C", 10)
    assert "°" in triplet_line(FULL) and "end" not in line
    assert json.loads(triplet_line(replace(FULL, start=None, end=None)))["answer"] is None


@pytest.mark.parametrize(
    "odd",
    ["e\u0301 \u200b\u00ad\u2028\u2029\x85\x0b", "\x00\x1b[31m", "日本語 😀 עברית", 'quote " and \\ \r\n\t', "\ufeff"],
)
def test_odd_characters_come_back(odd: str, path: Path) -> None:
    written = Triplet(
        odd + "i", odd + "q", "x" + odd + "answer" + odd, 1 + len(odd), 7 + len(odd), (odd,), Match.EXACT, document=odd
    )
    write_triplets([written, written], path)
    assert read_triplets(path) == ([written, written], [])


def test_what_utf8_cannot_hold_is_escaped(path: Path) -> None:
    written = replace(FULL, answers=("\udc80 lone \ud800",))
    write_triplets([written], path)
    assert path.read_bytes().isascii() is False and read_triplets(path) == ([written], [])


def test_a_minimal_line(path: Path) -> None:
    (one, other, nothing), problems = read_triplets(
        write_lines(
            path,
            EXAMPLE,
            {"question": "How hot?", "context": "Wait.", "answer": None},
            {"question": "Other?", "context": "Wait."},
        )
    )
    assert problems == [] and one == Triplet(one.id, "How hot?", "Set it to 93 °C.", 10, 15, ("93 °C",), Match.EXACT)
    assert other == Triplet(one.id, "How hot?", "Wait.") and nothing.id != one.id
    assert one.context_start == -1


def test_an_edited_answer_is_found_again(path: Path) -> None:
    moved = read_one(path, context="First of all, set it to 93 °C.\nThen wait.", segments=...)
    assert moved.context[moved.start : moved.end] == "93 °C"
    shorter = read_one(path, answer="93")
    assert (shorter.start, shorter.end) == (10, 12)
    elsewhere = read_one(path, answer="Then wait", answer_start=10)
    assert (elsewhere.start, elsewhere.end) == (17, 26)
    assert (elsewhere.answers, elsewhere.match) == (FULL.answers, FULL.match)


def test_the_told_place_counts_where_the_answer_stands_twice(path: Path) -> None:
    text = "5 or 5"
    assert read_one(path, context=text, answer="5", answer_start=5, segments=...).start == 5
    assert read_one(path, context=text, answer="5", answer_start=4, segments=...).start == 0


@pytest.mark.parametrize("start", [None, -5, 10**30, "10", 1.5, [1], True])
def test_a_senseless_place_is_looked_for(start: object, path: Path) -> None:
    assert read_one(path, answer_start=start).start == 10


@pytest.mark.parametrize("answer", [None, ""])
def test_no_answer(answer: object, path: Path) -> None:
    found = read_one(path, answer=answer, match=None)
    assert (found.start, found.end, found.answerable, found.match) == (None, None, False, Match.NONE)
    assert found.answers == FULL.answers


@pytest.mark.parametrize("match", ["other", 5, ["exact"], {"a": 1}, None, ...])
def test_an_unknown_match_is_what_the_line_shows(match: object, path: Path) -> None:
    assert read_one(path, match=match).match is Match.EXACT


@pytest.mark.parametrize(
    "segments",
    [[[0, 400]], [[17, 27], [0, 16]], [[5, 5]], [[-1, 4]], "ab", 5, {"a": 1}, [5], [[1, 2, 3]], [["x", "y"]], [[0, float("inf")]],
     [[float("nan"), 3]]],
)  # fmt: skip
def test_segments_that_do_not_fit_are_dropped(segments: object, path: Path) -> None:
    assert read_one(path, segments=segments).segments == ()


PROBLEMS = [
    ("{", "line"),
    ("[1, 2]", "line"),
    ('"text"', "line"),
    ("null", "line"),
    ("[" * 100_000, "line"),
    ('{"question": ' + "1" * 5000 + "}", "line"),
    ({"context": "c", "answer": None}, "question"),
    ({"question": "  ", "context": "c"}, "question"),
    ({"question": 5, "context": "c"}, "question"),
    ({"question": "q", "context": None}, "context"),
    ({"question": "q", "context": ["c"]}, "context"),
    ({"question": "q \ud800", "context": "c"}, "question"),
    ({"question": "q", "context": "\udfff c"}, "context"),
    ({"question": "q", "context": "c", "headings": "\udc80"}, "headings"),
    ({"question": "q", "context": "c", "answer": 5}, "answer"),
    ({"question": "q", "context": "c", "answer": ["c"]}, "answer"),
    ({"question": "q", "context": "c", "answer": "not there"}, "answer"),
    ({"question": "q", "context": "c", "answers": "c"}, "answers"),
    ({"question": "q", "context": "c", "answers": [5]}, "answers"),
    ({"question": "q", "context": "c", "answers": {"text": "c"}}, "answers"),
    ({"question": "q", "context": "c", "rank": "1"}, "rank"),
    ({"question": "q", "context": "c", "rank": float("inf")}, "rank"),
    ({"question": "q", "context": "c", "context_start": float("nan")}, "context_start"),
    ({"question": "q", "context": "c", "score": [1]}, "score"),
    ({"question": "q", "context": "c", "dense": True}, "dense"),
]


@pytest.mark.parametrize(("line", "field"), PROBLEMS)
def test_a_bad_line_is_a_problem_with_line_and_field(line: object, field: str, path: Path) -> None:
    triplets, (problem,) = read_triplets(write_lines(path, EXAMPLE, "", line, EXAMPLE))
    assert len(triplets) == 2
    assert (problem.file, problem.line, problem.field) == ("triplets.jsonl", 3, field)
    assert problem.message and "\n" not in str(problem)


def test_a_file_that_is_not_utf8_is_read_as_far_as_it_goes(path: Path) -> None:
    path.write_bytes(b'{"question": "How?", "context": "93 \xb0C"}\n\xff\xfe\n')
    (found,), (problem,) = read_triplets(path)
    assert found.context == "93 \ufffdC" and problem.line == 2


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_mark_of_editors(ending: str, mark: str, path: Path) -> None:
    path.write_bytes((mark + EXAMPLE + ending + ending + EXAMPLE).encode())
    triplets, problems = read_triplets(path)
    assert len(triplets) == 2 and problems == []


@pytest.mark.parametrize("content", ["", "\n \n", "{}\n", "no json\n"])
def test_a_file_without_triplets_is_refused(content: str, path: Path) -> None:
    path.write_text(content)
    with pytest.raises(UsageError, match=r"triplets\.jsonl holds no triplets") as caught:
        read_triplets(path)
    assert EXAMPLE in caught.value.hint
    assert ("The first problem: triplets.jsonl:1" in caught.value.message) == bool(content.strip())


def test_a_file_that_cannot_be_read_is_refused(path: Path, tmp_path: Path) -> None:
    for place in (path, tmp_path):
        with pytest.raises(UsageError, match="cannot be read"):
            read_triplets(place)


def test_folders_are_made(tmp_path: Path) -> None:
    assert write_triplets([FULL], tmp_path / "a" / "b" / "t.jsonl") == 1
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["t.jsonl"]


def test_nothing_to_write_is_an_empty_file(path: Path) -> None:
    assert write_triplets([], path) == 0 and path.read_text() == ""


def test_an_interrupted_writing_leaves_what_was_there(path: Path) -> None:
    def interrupted() -> Iterator[Triplet]:
        yield FULL
        raise KeyboardInterrupt

    for before in (None, "as it was\n"):
        if before:
            path.write_text(before)
        with pytest.raises(KeyboardInterrupt):
            write_triplets(interrupted(), path)
        assert (path.read_text() if path.exists() else None) == before
        assert list(path.parent.iterdir()) == ([path] if before else [])


def test_while_it_is_written_the_old_file_stands(path: Path) -> None:
    path.write_text("old\n")

    def looking() -> Iterator[Triplet]:
        for _ in range(3):
            assert path.read_text() == "old\n"
            yield FULL

    write_triplets(looking(), path)
    assert read_triplets(path) == ([FULL] * 3, [])


def test_the_file_comes_in_one_move(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.write_text("old\n")

    def full(temporary: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UsageError, match="No space left on device"):
        write_triplets([FULL], path)
    assert path.read_text() == "old\n" and list(path.parent.iterdir()) == [path]


def test_places_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder" / "inside").mkdir(parents=True)
    for place in ("file/t.jsonl", "file/deeper/t.jsonl", "folder", "x" * 300):
        with pytest.raises(UsageError, match=r"cannot be (written|a file)"):
            write_triplets([FULL], tmp_path / place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


def test_a_read_only_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*arguments: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", refused)  # a chmod would not stop a root user
    with pytest.raises(UsageError, match=r"t\.jsonl cannot be written: Permission denied"):
        write_triplets([FULL], tmp_path / "t.jsonl")
