"""The commands that measure, from the command line: eval and check."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.spans import Reading
from ragqa.cli import terminal
from ragqa.cli.main import ragqa

LINES = [
    {"question": "How long does the warranty last?", "answer": "The warranty lasts 30 months.", "document": "lamp.html"},
    {"question": "How many watts does the lamp draw?", "answer": "8 watts", "document": "lamp.html", "section": "Lamp L2"},
    {"question": "What does E-24 mean?", "answer": "The lid is open", "document": "kettle.md"},
    {"question": "Who painted the ceiling of the chapel?", "answer": None},
]


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are not folded, so that they can be compared."""
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)


@pytest.fixture(autouse=True)
def filled(manuals: Path, fake_models: Any) -> Path:
    """The manuals, ingested into the default index of the working folder."""
    assert run("ingest", manuals).exit_code == 0
    return manuals


@pytest.fixture
def qa() -> Path:
    return write_pairs(LINES)


def write_pairs(lines: list[Any], name: str = "qa.jsonl") -> Path:
    path = Path(name)
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


def many_times(lines: list[Any], count: int) -> list[Any]:
    """The lines over and over; only their punctuation differs, since equal pairs count once."""
    return [{**line, "question": line["question"] + "!" * number} for number in range(count) for line in lines]


def run(*arguments: object) -> Result:
    """The command's result; whatever it does, it ends without a traceback."""
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def json_of(result: Result) -> Any:
    """What the command printed, which must be one JSON value and nothing beside it."""
    return json.loads(result.stdout)


# eval.


def test_the_report_in_the_terminal(qa: Path) -> None:
    result = run("-q", "eval", qa)  # without progress, which a slow machine would show
    assert (result.exit_code, result.stderr) == (0, "")
    for text in (
        "4 questions on index 'manuals'", "recall@20", "exact match", "ROUGE-L recall", "expected calibration error",
        "95th percentile", "rightly not answered", "at most 5 % wrong answers: cannot be shown with 4 questions",
    ):  # fmt: skip
        assert text in result.stdout


def test_the_report_as_json(qa: Path) -> None:
    values = json_of(run("eval", qa, "--json"))
    assert [one["question"] for one in values["results"]] == [line["question"] for line in LINES]
    assert [one["found_by"] for one in values["results"]] == ["answer", "section", "answer", None]
    assert values["metrics"]["retrieval"]["recall@20"] == 1.0
    assert values["outcomes"]["right_abstention"] == 1
    assert "max_wrong" not in values


def test_options_of_asking(qa: Path) -> None:
    values = json_of(run("eval", qa, "--json", "--top-k", 2, "--threshold", 0, "--reader", "other"))
    assert (values["top_k"], values["threshold"], values["outcomes"]["wrongly_answered"]) == (2, 0, 1)


def test_scopes(qa: Path) -> None:
    only = json_of(run("eval", qa, "--json", "--document", "fan.txt"))["results"]
    assert {one["document"] for one in only} <= {"fan.txt", ""}
    own = json_of(run("eval", qa, "--json", "--use-document"))["results"]
    assert [one["document"] for one in own[:3]] == ["lamp.html", "lamp.html", "kettle.md"]


def test_a_limit_is_taken_evenly(qa: Path) -> None:
    values = json_of(run("eval", qa, "--json", "--limit", 2))
    assert [one["question"] for one in values["results"]] == [LINES[0]["question"], LINES[2]["question"]]


def test_baselines(qa: Path) -> None:
    result = run("eval", qa, "--baseline")
    assert "keyword search" in result.stdout and "best sentence" in result.stdout
    values = json_of(run("eval", qa, "--baseline", "--json"))
    assert [row["name"] for row in values["baselines"]] == ["keyword search", "best sentence"]


def test_report_files(qa: Path, tmp_path: Path) -> None:
    result = run("eval", qa, "--report", tmp_path / "out", "--worst", 1)
    assert result.exit_code == 0 and "report.html" in result.stderr
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "report.json", "report.html", "risk_coverage.png", "reliability.png",
    }  # fmt: skip
    assert result.stdout.count("expected: ") <= 1


@pytest.mark.parametrize("share", ["5%", "0.05", " 5 %"])
def test_max_wrong(qa: Path, share: str) -> None:
    assert run("eval", qa, "--max-wrong", share).stdout.endswith(
        "at most 5 % wrong answers: cannot be shown with 4 questions; it takes 45 answers without an error\n"
    )


def test_max_wrong_tells_threshold_and_coverage(qa: Path) -> None:
    path = write_pairs(many_times([LINES[0], LINES[3]], 50), "many.jsonl")
    result = run("eval", path, "--max-wrong", "5%")
    assert "at most 5 % wrong answers: answers 50 % of the questions (confidence >= 0." in result.stdout.splitlines()[-1]
    limit = json_of(run("eval", path, "--max-wrong", "5%", "--json"))["max_wrong"]
    assert (limit["point"]["answered"], limit["point"]["wrong"]) == (50, 0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--max-wrong", "5"), "Write 5% or 0.05"),
        (("--max-wrong", "few"), "Write 5% or 0.05"),
        (("--max-wrong", "0"), "Write 5% or 0.05"),
        (("--max-wrong", "nan"), "Write 5% or 0.05"),
        (("--limit", "0"), "limit"),
        (("--top-k", "0"), "top_k is 0"),
        (("--threshold", "2"), "threshold is 2.0"),
        (("--compare", "one"), "--compare"),
        (("--compare", "one", "two", "--baseline"), "--compare goes without"),
        (("--compare", "one", "two", "--worst", "3"), "--compare goes without"),
        (("--document", "x", "--use-document"), "not both"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_errors(qa: Path, arguments: tuple[str, ...], told: str) -> None:
    result = run("eval", qa, *arguments)
    assert result.exit_code == 2 and told in result.stderr and result.stdout == ""


def test_bad_lines_are_told_and_left_out_or_refused(qa: Path) -> None:
    mixed = write_pairs([*LINES, '{"question": 3, "answer": "x"}', "{broken"], "mixed.jsonl")
    result = run("eval", mixed)
    assert result.exit_code == 0 and "4 questions" in result.stdout
    assert "mixed.jsonl:5: " in result.stderr and "mixed.jsonl:6: " in result.stderr
    strict = run("eval", mixed, "--strict")
    assert strict.exit_code != 0 and "mixed.jsonl" in strict.stderr and strict.stdout == ""


def test_a_file_without_pairs_and_a_missing_one() -> None:
    for path in (write_pairs([], "empty.jsonl"), Path("missing.jsonl")):
        result = run("eval", path)
        assert result.exit_code in (1, 2) and result.stdout == "" and result.stderr.startswith("Error: ")


def test_documents_that_are_not_there_are_noted() -> None:
    path = write_pairs([{**LINES[0], "document": "gone.pdf"}])
    assert "1 of 1 documents that the pairs name are not in the index: gone.pdf" in run("eval", path).stderr


def test_an_unknown_index(qa: Path) -> None:
    for command in ("eval", "check"):
        result = run(command, qa, "-i", "nope")
        assert result.exit_code == 1 and "there is no index 'nope'" in result.stderr


def test_terminal_text_is_data() -> None:
    path = write_pairs([{"question": "warranty \x1b[31m [bold]last?", "answer": "\x1b]0;x\x07[red]"}])
    result = run("eval", path)
    assert "\x1b" not in result.output and "\x07" not in result.output
    assert "[bold]last?" in result.stdout


# eval --compare.


class Silent:
    """A reader that never finds anything."""

    name = "silent"
    settings = ReaderSettings()

    def read(self, question: str, passages: object) -> Reading:
        return Reading((), 0.0)


@pytest.fixture
def two_readers(fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    readers: dict[str, Any] = {"silent": Silent(), "fake": fake_models[1]}
    monkeypatch.setattr("ragqa.answering.effort.load_reader_for", lambda effort, name="fake", threads=0: readers[name])


def test_two_readers_are_compared(two_readers: None) -> None:
    path = write_pairs(many_times(LINES[:3], 10))
    result = run("eval", path, "--compare", "silent", "fake")
    assert result.exit_code == 0
    assert "fake is better than silent: " in result.stdout and "F1 with abstention" in result.stdout
    values = json_of(run("eval", path, "--compare", "silent", "fake", "--json"))
    assert values["before"]["reader"] == "silent" and values["after"]["reader"] == "fake"
    assert values["differences"]["f1"]["low"] > 0


# check.


def rewrite(folder: Path, old: str, new: str) -> None:
    path = folder / "lamp.html"
    path.write_text(path.read_text().replace(old, new))
    assert run("ingest", folder).exit_code == 0


def test_golden_questions(qa: Path, filled: Path) -> None:
    first = run("check", qa)
    assert first.exit_code == 0 and "First check of qa.jsonl" in first.stderr
    assert "4 questions: 0 changed, 4 new" in first.stdout
    assert run("check", qa).exit_code == 0

    rewrite(filled, "30 months", "24 months")
    for _ in range(2):
        result = run("check", qa)
        assert result.exit_code == 1
        assert "another answer; the old text is no longer in its document" in result.stdout
        assert "was: The warranty lasts 30 months. (right; lamp.html" in result.stdout
        assert "--update" in result.stderr
    assert run("check", qa, "--update").exit_code == 0
    again = run("check", qa)
    assert again.exit_code == 0 and "0 changed, 0 new" in again.stdout


def test_golden_questions_as_json(qa: Path, filled: Path) -> None:
    assert json_of(run("check", qa, "--json"))["compared_with"] is None
    rewrite(filled, "<p>The warranty lasts 30 months.</p>", "")
    result = run("check", qa, "--json")
    (change,) = json_of(result)["changes"]
    assert result.exit_code == 1
    assert (change["kind"], change["question"], change["still_there"]) == ("vanished", LINES[0]["question"], False)


def test_checks_tell_bad_lines_too(qa: Path) -> None:
    mixed = write_pairs([*LINES, "{broken"], "mixed.jsonl")
    result = run("check", mixed)
    assert result.exit_code == 0 and "mixed.jsonl:5: " in result.stderr
    assert run("check", qa, "--document", "x", "--use-document").exit_code == 2


# Ctrl-C.


@pytest.mark.parametrize("command", ["eval", "check"])
def test_an_interrupted_command_ends_with_130(command: str, qa: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def at_once() -> Iterator[Any]:
        yield lambda: True

    monkeypatch.setattr("ragqa.cli.interrupt.stop_on_interrupt", at_once)
    result = run(command, qa)
    assert result.exit_code == 130 and "Stopped early" in result.stderr
    assert not list(Path("indexes/manuals").glob("check-*.json"))


@pytest.mark.parametrize(("asked", "told"), [(2, "nothing is compared"), (8, "silent was asked 6 questions, fake 2.")])
def test_what_was_stopped_is_compared_as_far_as_it_went(
    asked: int, told: str, two_readers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_pairs(many_times(LINES[:3], 2))
    left = iter(range(10**9))

    @contextmanager
    def after_a_while() -> Iterator[Any]:
        yield lambda: next(left) >= asked

    monkeypatch.setattr("ragqa.cli.interrupt.stop_on_interrupt", after_a_while)
    result = run("eval", path, "--compare", "silent", "fake")
    assert result.exit_code == 130 and "Stopped early" in result.stderr and told in result.stderr
    assert ("on 2 questions" in result.stdout) if asked > 6 else (result.stdout == "")


@pytest.mark.parametrize("command", ["eval", "check"])
def test_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0 and "--use-document" in result.stdout


def test_the_engine_takes_pairs_as_well() -> None:
    from ragqa.engine import RagQA
    from ragqa.errors import UsageError
    from ragqa.types import QAPair

    report = RagQA().evaluate([QAPair("How long does the warranty \udcff last?", ("The warranty lasts 30 months.",))])
    assert report.metrics["reading"]["exact_match"] == 1
    with pytest.raises(UsageError, match="no question/answer pairs"):
        RagQA().evaluate([])
