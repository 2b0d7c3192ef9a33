"""The command line: every command and option, exit codes, JSON, what goes to stdout and what to stderr."""

from __future__ import annotations

import csv
import errno
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner, Result
from functional_helpers import pdf

from ragqa.cli import terminal
from ragqa.cli.main import ragqa
from ragqa.paths import DATABASE

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

WATTS = "How many watts does the lamp draw?"
UNKNOWN = "Who painted the ceiling of the chapel?"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines that are not folded, so that they can be compared."""
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)


@pytest.fixture(autouse=True)
def models(fake_models: Any) -> Any:
    return fake_models


def run(*arguments: object, stdin: str | None = None) -> Result:
    """The command's result; whatever it does, it ends without a traceback."""
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def json_of(result: Result) -> Any:
    """What the command printed, which must be one JSON value and nothing beside it."""
    return json.loads(result.stdout)


@pytest.fixture
def filled(manuals: Path) -> Path:
    """The manuals, ingested into the default index of the working folder."""
    assert run("ingest", manuals).exit_code == 0
    return manuals


def write_lines(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def lines_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# Help and completion.


COMMANDS = [
    ("ingest",), ("ask",), ("search",), ("demo",), ("completion",), ("index",), ("index", "list"), ("index", "info"),
    ("index", "verify"), ("index", "rebuild"), ("index", "embed"), ("index", "rm"), ("index", "export"), ("index", "import"),
]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_every_command_has_help(command: tuple[str, ...], option: str) -> None:
    result = run(*command, option)

    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert result.stderr == ""


def test_help_lists_every_command() -> None:
    stdout = run("--help").stdout

    for command in {command[0] for command in COMMANDS}:
        assert command in stdout


def test_version() -> None:
    from importlib.metadata import version

    assert run("--version").stdout.split()[-1] == version("ragqa")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell: str) -> None:
    result = run("completion", shell)

    assert result.exit_code == 0
    assert "_RAGQA_COMPLETE" in result.stdout and "ragqa" in result.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (("ragqa", " ask", " --meta", " m"), ["model=K200", r"model=K200\ Plus"]),
        (("ragqa", " ask", " --meta", " model", "=", "K"), ["K200", r"K200\ Plus"]),
        (("ragqa", " ask", " --meta", " model", "="), ["K200", r"K200\ Plus"]),
        (("ragqa", " ask", " --meta", " model", "=", r"K200\ P"), [r"K200\ Plus"]),
        (("ragqa", " ask", " --meta", " model", "=", '"K200 P'), ["K200 Plus"]),
        (("ragqa", " ask", " --meta", ' "model=K200 P'), ["model=K200 Plus"]),
        (("ragqa", " ask", " --meta", "=", "model", "=", "K200"), ["K200", r"K200\ Plus"]),
        (("ragqa", " index", " label", " 'k*'", " part", "=", "no", ":", "7"), ["7"]),
        (("ragqa", " index", " inf"), ["info"]),
    ],
)
def test_bash_completes_what_stands_behind_an_equals_sign(words: Sequence[str], offered: list[str], filled: Path) -> None:
    run("index", "label", "kettle.md", "model=K200", "model=K200 Plus", "part=no:7")
    script = r"""
        eval "$("$1" -m ragqa completion bash)"; python="$1"; shift
        COMP_LINE=""; COMP_WORDS=()
        for word; do COMP_LINE+="$word"; COMP_WORDS+=("${word# }"); done
        COMP_POINT=${#COMP_LINE}; COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
        env() { command env "${@:1:3}" "$python" -m ragqa; }
        _ragqa_completion ragqa; printf '%s\n' "${COMPREPLY[@]}"
    """
    asked = subprocess.run(["bash", "-c", script, "bash", sys.executable, *words], capture_output=True, text=True, timeout=120)
    assert asked.stdout.splitlines() == offered, asked.stderr


def test_completion_of_index_names(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("ingest", filled, "-i", "other")
    monkeypatch.setenv("COMP_WORDS", "ragqa index info ")
    monkeypatch.setenv("COMP_CWORD", "3")

    result = CliRunner().invoke(ragqa, [], prog_name="ragqa", env={"_RAGQA_COMPLETE": "bash_complete"})

    assert [line.rpartition(",")[2] for line in result.output.split()] == ["manuals", "other"]


# Commands that make no sense.


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ingest",), "PATH"),
        (("ask",), "there is no question"),
        (("search",), "QUESTION"),
        (("ask", "why", "--file", "q.jsonl"), "not both"),
        (("ask", "why", "--out", "a.jsonl"), "--out is for --file"),
        (("ask", "why", "--use-document"), "--use-document is for --file"),
        (("ask", "why", "--top-k", "0"), "top_k is 0, but must be at least 1"),
        (("ask", "why", "--top-k", "many"), "many"),
        (("ask", "why", "--answers", "0"), "answers is 0, but must be at least 1"),
        (("ask", "why", "--threshold", "1.5"), "threshold is 1.5, but must lie between 0 and 1"),
        (("search", "why", "--top-k", "-3"), "top_k is -3"),
        (("--threads", "-1", "ask", "why"), "threads is -1"),
        (("ask", "why", "--index", "../other"), "'../other' is not a name for an index"),
        (("ask", "why", "--index", ""), "'' is not a name for an index"),
        (("index", "rm"), "NAME"),
        (("completion", "tcsh"), "tcsh"),
        (("frobnicate",), "frobnicate"),
        (("ask", "--frobnicate"), "--frobnicate"),
        (("ask", "--file", "missing.jsonl"), "missing.jsonl cannot be read: No such file or directory"),
        (("index", "import", "missing.zip"), "there is no file missing.zip"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_usage_errors_exit_with_2(arguments: tuple[str, ...], told: str, filled: Path) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [("ask", "why"), ("search", "why"), ("index", "info"), ("index", "verify"), ("index", "rebuild"),
     ("index", "export", "nope", "x.zip")],
    ids=" ".join,
)  # fmt: skip
def test_an_unknown_index_is_an_error_with_a_hint(arguments: tuple[str, ...]) -> None:
    name = "nope" if "nope" in arguments else "manuals"

    result = run(*arguments)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"Error: there is no index '{name}' in indexes\n")
    assert "ragqa ingest FOLDER" in result.stderr
    assert result.stdout == ""
    assert not Path("indexes").exists()


def test_removing_an_unknown_index() -> None:
    result = run("index", "rm", "nope", "-y")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "there is no index 'nope'" in result.stderr


def test_verbose_shows_the_traceback_of_an_error() -> None:
    result = CliRunner().invoke(ragqa, ["--verbose", "ask", "why"])

    assert result.exit_code == 1
    assert "Traceback" in result.stderr and "IndexMissing" in result.stderr


# Ingest.


def test_ingest_prints_a_line_for_each_file_and_the_totals(manuals: Path) -> None:
    (manuals / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0" + bytes(100))
    (manuals / "notes.xyz").write_text("x")
    (manuals / "more.xyz").write_text("x")

    result = run("ingest", manuals)

    assert result.exit_code == 1
    rows = {line.split()[0]: line for line in result.stdout.splitlines()}
    assert "added" in rows["kettle.md"] and "added" in rows["fan.txt"]
    assert "failed" in rows["photo.txt"] and "JPEG" in rows["photo.txt"]
    assert "Left out, nothing here reads them: 2 .xyz" in result.stdout
    assert "3 added, 2 skipped, 1 failed" in result.stdout
    assert "Index 'manuals' holds 3 documents" in result.stdout
    assert result.stderr == ""


def test_ingest_json(manuals: Path, models: Any) -> None:
    result = run("ingest", manuals, "--json")

    report = json_of(result)
    assert result.stderr == ""
    assert report["index"] == "manuals"
    assert report["documents"] == 3
    assert report["chunks_embedded"] == len(models[0].embedded)
    assert report["counts"] == {"added": 3}
    assert (report["interrupted"], report["dry_run"]) == (False, False)
    assert [file["path"] for file in report["files"]] == ["fan.txt", "kettle.md", "lamp.html"]
    assert sum(file["chunks"] for file in report["files"]) == report["chunks"]
    for file in report["files"]:
        assert set(file) == {"path", "state", "pages", "characters", "chunks", "embedded", "note", "audit"}
        assert file["audit"] is None
    assert report["audit"] is None


def test_ingest_options(manuals: Path) -> None:
    dry = json_of(run("ingest", manuals, "--dry-run", "--json", "--include", "*.md", "--include", "*.txt"))
    assert not Path("indexes").exists()
    some = json_of(run("ingest", manuals, "-i", "some", "--json", "--exclude", "lamp*", "--exclude", "fan*"))
    (manuals / "kettle.md").unlink()
    kept = json_of(run("ingest", manuals, "-i", "some", "--json"))
    pruned = json_of(run("ingest", manuals, "-i", "some", "--json", "--prune"))

    assert (dry["dry_run"], dry["counts"], dry["documents"]) == (True, {"added": 2}, 0)
    assert (some["index"], some["counts"]) == ("some", {"added": 1})
    assert kept["counts"] == {"added": 2, "missing": 1}
    assert pruned["counts"] == {"removed": 1, "unchanged": 2}


def test_a_dry_run_says_that_nothing_was_written(manuals: Path) -> None:
    assert run("ingest", manuals, "--dry-run").stdout.endswith("Nothing was written (--dry-run).\n")


def test_quiet_ingest_is_silent(manuals: Path) -> None:
    result = run("--quiet", "ingest", manuals)

    assert (result.exit_code, result.output) == (0, "")


def test_a_path_that_is_not_there_fails(filled: Path) -> None:
    result = run("ingest", "no-such-folder")

    assert result.exit_code == 1
    assert "there is no such file or folder" in result.stdout


def test_another_embedder_is_refused_with_the_command_that_fixes_it(filled: Path, models: Any) -> None:
    models[0].fingerprint = "0" * 32
    (filled / "new.md").write_text("# New\n\nText.\n")

    for arguments in (("ingest", filled), ("ask", "why"), ("search", "why")):
        result = run(*arguments)
        assert result.exit_code == 1
        assert "index 'manuals' was made with embedder fake" in result.stderr
        assert "ragqa index embed manuals" in result.stderr


@pytest.mark.usefixtures("one_text_at_a_time")
def test_ctrl_c_keeps_what_is_committed(tmp_path: Path, models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(9):
        (folder / f"m{number}.md").write_text(f"# Manual {number}\n\nThe part {number} weighs {number} grams.\n")
    embedder: FakeEmbedder = models[0]
    plain = embedder.embed_passages

    def interrupted(texts: Any) -> Any:
        if len(embedder.embedded) == 4:
            signal.raise_signal(signal.SIGINT)
        return plain(texts)

    with monkeypatch.context() as patch:
        patch.setattr(embedder, "embed_passages", interrupted)
        stopped = run("ingest", folder)
    rest = json_of(run("ingest", folder, "--json"))

    assert stopped.exit_code == 130
    assert "9 added" in stopped.stdout and "ragqa index embed manuals" in stopped.stderr
    assert "Stopped. What is listed above is kept; run the same command again to go on." in stopped.stderr
    assert rest["counts"] == {"unchanged": 9} and rest["chunks_embedded"] == 4
    assert rest["embedded"] == {"done": 9, "total": 9}
    assert json_of(run("index", "verify", "--json"))["sound"]


# Words first.


def test_words_can_be_asked_before_there_are_vectors(manuals: Path, models: Any) -> None:
    made = run("ingest", manuals, "--no-embed")
    assert made.exit_code == 0 and models[0].embedded == []
    assert re.search(r"(\d+) of its \1 passages are found by their words only so far", made.stderr)
    assert "Their vectors: ragqa index embed manuals" in made.stderr

    asked = run("ask", WATTS)
    assert asked.exit_code == 0 and "The lamp draws 8 watts." in asked.stdout
    assert "By words only so far: 0 % of the passages have vectors" in asked.stdout
    answer = json_of(run("ask", WATTS, "--json"))
    total = answer["embedded"]["total"]
    assert answer["embedded"] == {"done": 0, "total": total} and total > 2
    assert "By words only so far: 0 %" in run("search", WATTS).stderr
    info = json_of(run("index", "info", "--json"))
    assert info["embedded"] == {"done": 0, "total": total} == json_of(run("index", "list", "--json"))[0]["embedded"]
    assert (
        f"0 of {total} chunks (0 %), the others are found by their words. ragqa index embed manuals"
        in run("index", "info").stdout
    )
    assert json_of(run("index", "verify", "--json"))["sound"]

    models[0].embedded.clear()
    done = json_of(run("index", "embed", "--json"))
    assert done["embedded"] == {"done": total, "total": total} and not done["stopped"]
    assert "lamp" in models[0].embedded[0].lower(), "of what was asked for most first"
    assert json_of(run("ask", WATTS, "--json"))["embedded"] is None
    assert "By words only" not in run("ask", WATTS).stdout + run("search", WATTS).stderr
    assert json_of(run("ingest", manuals, "--json"))["chunks_embedded"] == 0


def test_the_next_ingest_makes_the_vectors_that_one_left(manuals: Path, models: Any) -> None:
    run("ingest", manuals, "--no-embed")
    made = json_of(run("ingest", manuals, "--json"))
    assert made["counts"] == {"unchanged": 3} and made["embedded"]["done"] == made["embedded"]["total"] == made["chunks_embedded"]
    assert sum(file["embedded"] for file in made["files"]) == made["chunks_embedded"]


# Ask and search.


def test_ask_prints_the_answer_with_its_place(filled: Path) -> None:
    result = run("ask", WATTS)

    assert result.exit_code == 0
    first, *lines = result.stdout.splitlines()
    assert first == "In the manual “Lamp L2”, because of “lamp”"
    assert lines[0].startswith("The lamp draws 8 watts.")
    assert re.search(r"[■□]{5} \d+% (sure|fair|unsure)$", lines[0])
    assert "«The lamp draws 8 watts.»" in lines[1]
    assert "lamp.html › Lamp L2" in lines[2]
    assert result.stderr == ""


def test_ask_abstains_with_3(filled: Path) -> None:
    result = run("ask", UNKNOWN)

    assert result.exit_code == 3
    assert result.stdout.startswith("The manuals do not say\n")
    assert "The nearest passages:" in result.stdout
    assert result.stderr == ""


ANSWER_KEYS = {"text", "confidence", "document", "page", "section", "start", "end", "passage", "pages"}
PASSAGE_KEYS = {"text", "document", "page", "section", "score"}


def assert_answer_schema(answer: dict[str, Any]) -> None:
    assert set(answer) >= ANSWER_KEYS
    assert isinstance(answer["section"], list) and isinstance(answer["pages"], list)
    assert isinstance(answer["start"], int) and isinstance(answer["end"], int)
    assert answer["page"] is None or answer["page"] == answer["pages"][0]
    assert 0 <= answer["confidence"] <= 1
    assert answer["end"] - answer["start"] == len(answer["text"])
    begin = answer["start"] - answer["passage_start"]
    assert answer["passage"][begin : begin + len(answer["text"])] == answer["text"]
    context = answer["context"]
    assert context["start"] <= answer["start"] <= answer["end"] <= context["end"]
    assert context["text"][answer["start"] - context["start"] :].startswith(answer["text"])


def assert_response_schema(response: dict[str, Any]) -> None:
    assert set(response) >= {"question", "answered", "reason", "answers", "passages"}
    assert isinstance(response["answered"], bool)
    assert (response["reason"] is None) is response["answered"]
    for answer in response["answers"]:
        assert_answer_schema(answer)
    for passage in response["passages"]:
        assert set(passage) >= PASSAGE_KEYS
        assert isinstance(passage["section"], list)
    confidences = [answer["confidence"] for answer in response["answers"]]
    assert confidences == sorted(confidences, reverse=True)
    scores = [passage["score"] for passage in response["passages"]]
    assert scores == sorted(scores, reverse=True)


def test_ask_json(filled: Path) -> None:
    result = run("ask", WATTS, "--json")

    response = json_of(result)
    assert (result.exit_code, result.stderr) == (0, "")
    assert_response_schema(response)
    assert response["question"] == WATTS
    assert response["answered"] is True
    answer = response["answers"][0]
    assert (answer["text"], answer["document"], answer["page"]) == ("The lamp draws 8 watts.", "lamp.html", None)
    assert answer["pages"] == []
    assert answer["section"] == ["Lamp L2"]


def test_ask_json_of_an_abstention_still_holds_the_best_spans(filled: Path) -> None:
    result = run("ask", UNKNOWN, "--json")

    response = json_of(result)
    assert result.exit_code == 3
    assert_response_schema(response)
    assert response["answered"] is False
    assert response["reason"].startswith(("retrieval weak", "reader unsure"))
    assert response["answers"] and response["passages"]


def test_pages_are_told_where_there_are_some(tmp_path: Path) -> None:
    def draw(canvas: Any) -> None:
        for colour in ("amber", "beige", "coral", "denim"):
            canvas.drawString(72, 700, f"The {colour} lamp blinks while the pump is running.")
            canvas.showPage()

    (tmp_path / "lamps.pdf").write_bytes(pdf(draw))
    assert run("ingest", tmp_path / "lamps.pdf").exit_code == 0

    answer = json_of(run("ask", "When does the coral lamp blink?", "--json"))["answers"][0]

    assert (answer["document"], answer["page"], answer["pages"]) == ("lamps.pdf", 3, [3])
    assert json_of(run("index", "info", "--json"))["pages"] == 4


def test_answers_top_k_and_threshold(filled: Path) -> None:
    one = json_of(run("ask", WATTS, "--json", "--answers", "1", "--top-k", "2"))
    sure = run("ask", WATTS, "--json", "--threshold", "1")
    unsure = run("ask", UNKNOWN, "--json", "--threshold", "0")

    assert (len(one["answers"]), len(one["passages"])) == (1, 2)
    assert (sure.exit_code, json_of(sure)["threshold"]) == (3, 1.0)
    assert unsure.exit_code == 0


def test_explain_shows_the_scores(filled: Path) -> None:
    told = run("ask", WATTS, "--explain").stdout
    answer = json_of(run("ask", WATTS, "--explain", "--json"))["answers"][0]

    assert "Threshold 0.50. Candidate spans:" in told
    assert "Passages read:" in told and "dense" in told and "lexical" in told
    assert {"reader_score", "retrieval_score"} <= set(answer)
    assert "reader_score" not in json_of(run("ask", WATTS, "--json"))["answers"][0]


def test_a_question_from_stdin(filled: Path) -> None:
    assert json_of(run("ask", "-", "--json", stdin=f"{WATTS}\n"))["question"] == WATTS


def test_a_question_from_stdin_may_hold_bytes_that_are_no_text(filled: Path) -> None:
    result = CliRunner().invoke(ragqa, ["ask", "-", "--json"], input=WATTS.encode() + b" \xff")
    assert json_of(result)["question"] == f"{WATTS} \ufffd"


def test_search_prints_passages_with_both_scores(filled: Path) -> None:
    result = run("search", "warranty", "--top-k", "2")

    assert result.exit_code == 0
    assert result.stdout.startswith(" 1. score ")
    assert result.stdout.count("dense ") == result.stdout.count("lexical ") == 2
    assert "lamp.html › Lamp L2 › Warranty" in result.stdout


def test_search_json(filled: Path) -> None:
    result = run("search", "warranty", "--json", "--top-k", "3")

    hits = json_of(result)
    assert len(hits) == 3
    for hit in hits:
        assert set(hit) >= PASSAGE_KEYS | {"dense", "lexical"}
        assert hit["end"] - hit["start"] == len(hit["text"])
    assert hits[0]["document"] == "lamp.html"
    assert hits[0]["lexical"] > 0


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_search_by_words_only_says_so(form: tuple[str, ...], filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.indexing.index.Index.words_alone", "it is out of reach")
    assert "By words only: it is out of reach." in run("search", "warranty", *form).stderr


@pytest.mark.parametrize("glob", ["lamp.html", "*.HTML", "l*"])
def test_document_filters_before_the_search(glob: str, filled: Path) -> None:
    hits = json_of(run("search", "What does E-24 mean? Which kettle is it?", "--document", glob, "--json"))

    assert hits and {hit["document"] for hit in hits} == {"lamp.html"}
    response = json_of(run("ask", "What does E-24 mean?", "-d", glob, "--json"))
    assert {answer["document"] for answer in response["answers"]} == {"lamp.html"}


def test_section_filters_before_the_search(filled: Path) -> None:
    hits = json_of(run("search", "lamp kettle", "--section", "warranty", "--json"))

    assert [hit["section"] for hit in hits] == [["Lamp L2", "Warranty"]]


@pytest.mark.parametrize("section", ["Lamp L2 › Warranty", "lamp > warranty", " > Warranty"])
def test_a_section_may_be_given_as_it_is_shown(section: str, filled: Path) -> None:
    hits = json_of(run("search", "lamp kettle", "--section", section, "--json"))

    assert [hit["section"] for hit in hits] == [["Lamp L2", "Warranty"]]


@pytest.mark.parametrize("option", ["--document", "--section"])
def test_filters_that_match_nothing(option: str, filled: Path) -> None:
    asked = run("ask", WATTS, option, "no-such-*", "--json")
    searched = run("search", WATTS, option, "no-such-*")

    response = json_of(asked)
    assert_response_schema(response)
    assert asked.exit_code == 3
    assert response["reason"].startswith("no passage to read")
    assert (response["answers"], response["passages"]) == ([], [])
    assert searched.exit_code == 3
    assert "No passage matches the question and the filters." in searched.stdout


STRANGE = {
    "empty": "",
    "blank": " \n\t ",
    "punctuation": "?!… — «»",
    "one word": "warranty",
    "one letter": "x",
    "2,000 words": "lamp " + "word " * 1999,
    "2,000 different words": " ".join(f"w{number}" for number in range(2000)),
    "one very long word": "w" * 100_000,
    "chinese": "灯泡的功率是多少？",
    "arabic": "كم عدد واط المصباح؟",
    "emoji": "🔌💡",
    "combining": "Z̷̧a̶lgo " * 20,
    "query syntax": '"unclosed AND (NEAR OR * NOT ^ : - body:lamp',
    "stop words": "what is it",
    "option": "--prune",
    "nul": "lamp\x00watts",
    "lone surrogate": "lamp \udcff watts",
}


@pytest.mark.parametrize("question", STRANGE.values(), ids=STRANGE)
def test_strange_questions(question: str, filled: Path) -> None:
    asked = run("ask", "--json", "--", question)
    shown = run("ask", "--explain", "--", question)
    searched = run("search", "--json", "--", question)

    response = json_of(asked)
    assert_response_schema(response)
    assert asked.exit_code in (0, 3) and shown.exit_code == asked.exit_code
    assert searched.exit_code in (0, 3)
    json_of(searched)
    if not any(character.isalnum() for character in question):
        assert (asked.exit_code, response["reason"]) == (3, "the question has no words")


def test_one_word_finds_its_passage(filled: Path) -> None:
    assert json_of(run("ask", "warranty", "--json"))["answers"][0]["section"] == ["Lamp L2", "Warranty"]


# Identifiers.


def test_identifiers_match_exactly(tmp_path: Path) -> None:
    folder = tmp_path / "codes"
    folder.mkdir()
    rows = "\n\n".join(
        f"## Code E-{number}\n\nThe code E-{number} stands for fault {number} of the pump." for number in range(20, 30)
    )
    (folder / "codes.md").write_text(f"# Codes\n\n{rows}\n")
    (folder / "plugs.md").write_text(
        "# Plugs\n\n## First\n\nPlug the cable into the RJ45 socket.\n\n## Second\n\nPlug the cable into the RJ11 socket.\n\n"
        "## Third\n\nPlug the cable into the RJ 4 5 rack.\n"
    )
    (folder / "cli.md").write_text(
        "# Tool\n\n## One\n\nThe option `--prune` takes documents out.\n\n## Two\n\nPrune the tree; prune it again in spring.\n\n"
        "## Three\n\nBind KEY_MENU to the button.\n\n## Four\n\nThe menu key opens the menu; each key has a menu.\n\n"
        "## Five\n\nBind KEY_HOME to the button.\n"
    )  # fmt: skip
    assert run("ingest", folder).exit_code == 0

    for question, wanted in {
        "E-24": "The code E-24 stands",
        "What does E-24 mean?": "The code E-24 stands",
        "e24 code": "The code E-24 stands",
        "RJ45": "RJ45 socket",
        "--prune": "The option --prune",
        "KEY_MENU": "Bind KEY_MENU",
    }.items():
        first, *others = json_of(run("search", "--json", "--", question))
        assert wanted in first["text"], question
        assert first["lexical"] > max(hit["lexical"] for hit in others)
        if question in ("E-24", "RJ45", "KEY_MENU"):
            assert {hit["lexical"] for hit in others} == {0.0}, question


def test_a_row_of_a_table_is_ranked_by_its_code(filled: Path) -> None:
    rows = json_of(run("ask", "What is E-24?", "--json"))["answers"]

    assert "lid is open" in rows[0]["context"]["text"]


# Many questions from a file.


def test_ask_file_from_jsonl_keeps_the_other_fields(filled: Path) -> None:
    source = write_lines(
        Path("q.jsonl"),
        [
            {"id": 7, "question": WATTS, "answer": "8 watts", "document": "fan.txt", "tags": ["a", {"b": None}]},
            {"question": UNKNOWN, "note": "ünïcode \u2028 inside"},
        ],
    )
    out = Path("deep/down/answers.jsonl")

    result = run("ask", "--file", source, "--out", out)

    assert result.exit_code == 0
    assert result.stdout == ""
    assert result.stderr == "2 questions asked, 1 answered, 1 abstained.\n"
    first, second = [json.loads(line) for line in out.read_text(encoding="utf-8").split("\n")[:-1]]
    assert (first["id"], first["answer"], first["tags"]) == (7, "8 watts", ["a", {"b": None}])
    assert (first["document"], first["answered"]) == ("fan.txt", True)
    assert first["answers"][0]["document"] == "lamp.html"
    assert second["note"] == "ünïcode \u2028 inside"
    for response in (first, second):
        assert_response_schema(response)


def test_ask_file_prints_to_stdout_without_out(filled: Path) -> None:
    source = write_lines(Path("q.jsonl"), [{"question": WATTS, "id": "a"}, {"question": "", "id": "b"}])

    result = run("ask", "--file", source)

    first, second = [json.loads(line) for line in result.stdout.splitlines()]
    assert (first["id"], second["id"]) == ("a", "b")
    assert second["reason"] == "the question has no words"


def test_ask_file_from_csv(filled: Path) -> None:
    source = Path("q.csv")
    with open(source, "w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "question", "comment"])
        writer.writerow(["1", WATTS, 'with "quotes",\nand a new line'])
        writer.writerow(["2", UNKNOWN, ""])

    run("ask", "--file", source, "--out", "a.jsonl")

    first, second = lines_in(Path("a.jsonl"))
    assert (first["id"], first["comment"], first["answered"]) == ("1", 'with "quotes",\nand a new line', True)
    assert (second["id"], second["answered"]) == ("2", False)


def test_use_document_filters_by_the_lines_own_document(filled: Path) -> None:
    source = write_lines(
        Path("q.jsonl"), [{"question": WATTS, "document": "fan.txt"}, {"question": WATTS}, {"question": WATTS, "document": ""}]
    )

    run("ask", "--file", source, "--out", "plain.jsonl")
    run("ask", "--file", source, "--out", "own.jsonl", "--use-document", "--document", "lamp*")

    assert [line["answers"][0]["document"] for line in lines_in(Path("plain.jsonl"))] == ["lamp.html"] * 3
    own = [{passage["document"] for passage in line["passages"]} for line in lines_in(Path("own.jsonl"))]
    assert own == [{"fan.txt"}, {"lamp.html"}, {"lamp.html"}]


def test_the_other_options_hold_for_all_lines(filled: Path) -> None:
    source = write_lines(Path("q.jsonl"), [{"question": WATTS}, {"question": UNKNOWN}])

    run(
        "ask", "--file", source, "--out", "a.jsonl", "--top-k", "1", "--answers", "1", "--section", "warranty", "--threshold", "0"
    )

    for line in lines_in(Path("a.jsonl")):
        assert [passage["section"] for passage in line["passages"]] == [["Lamp L2", "Warranty"]]
        assert (len(line["answers"]), line["answered"]) == (1, True)


def test_many_questions_are_explained_as_one_is(filled: Path) -> None:
    source = write_lines(Path("q.jsonl"), [{"question": WATTS}])

    for explain, shown in (((), False), (("--explain",), True)):
        assert run("ask", "--file", source, "--out", f"{shown}.jsonl", *explain).exit_code == 0
        (line,) = lines_in(Path(f"{shown}.jsonl"))
        assert ("reader_score" in line["answers"][0]) is shown


@pytest.mark.parametrize("cut", [0, 1, 40, "after the first line", "before the last line feed"])
def test_ask_file_resumes_after_a_kill(cut: Any, filled: Path, models: Any) -> None:
    questions = [WATTS, UNKNOWN, "Wie groß ist der Fächer?", "warranty"]
    source = write_lines(Path("q.jsonl"), [{"id": number, "question": text} for number, text in enumerate(questions)])
    out = Path("a.jsonl")
    run("ask", "--file", source, "--out", out)
    whole = out.read_bytes()
    first_line = whole.index(b"\n") + 1
    length = {"after the first line": first_line, "before the last line feed": len(whole) - 1}.get(cut, first_line + 40)
    if isinstance(cut, int):
        length = cut if cut < 40 else first_line + cut
    out.write_bytes(whole[:length])
    left = len(questions) - whole[:length].count(b"\n")
    models[0].embedded.clear()

    result = run("ask", "--file", source, "--out", out)

    assert out.read_bytes() == whole
    asked = {json.loads(line)["question"] for line in source.read_text(encoding="utf-8").splitlines()}
    assert len([text for text in models[0].embedded if text in asked]) == left  # the others are questions without a name
    assert result.stderr.startswith(f"{left} questions asked")
    assert run("ask", "--file", source, "--out", out).stderr.startswith("0 questions asked")
    assert out.read_bytes() == whole


def test_an_out_file_of_other_questions_is_refused_and_kept(filled: Path) -> None:
    source = write_lines(Path("q.jsonl"), [{"question": WATTS}])
    other = write_lines(Path("other.jsonl"), [{"question": UNKNOWN}])
    run("ask", "--file", other, "--out", "a.jsonl")
    before = Path("a.jsonl").read_bytes()

    result = run("ask", "--file", source, "--out", "a.jsonl")

    assert result.exit_code == 2
    assert "a.jsonl, line 1 does not answer the same questions" in result.stderr
    assert "Give another --out file." in result.stderr
    assert Path("a.jsonl").read_bytes() == before


def test_an_out_file_with_more_lines_is_refused(filled: Path) -> None:
    longer = write_lines(Path("longer.jsonl"), [{"question": WATTS}, {"question": WATTS}])
    run("ask", "--file", longer, "--out", "a.jsonl")

    result = run("ask", "--file", write_lines(Path("q.jsonl"), [{"question": WATTS}]), "--out", "a.jsonl")

    assert (result.exit_code, "more lines than there are questions" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("q.jsonl", b'{"question": "a"}\n{"question": \n', "q.jsonl, line 2: record is not JSON"),
        ("q.jsonl", b'{"question": "a"}\n\n\n["b"]\n', "q.jsonl, line 4: record is not an object"),
        ("q.jsonl", b'{"question": "a"}\n{"id": 2}\n', "q.jsonl, line 2: there is no text field 'question'"),
        ("q.jsonl", b'{"question": 5}\n', "q.jsonl, line 1: there is no text field 'question'"),
        ("q.jsonl", b'{"question": null}\n', "q.jsonl, line 1: there is no text field 'question'"),
        ("q.jsonl", b'{"question": ' + b"[" * 100_000 + b"\n", "q.jsonl, line 1"),
        ("q.csv", b"id,text\n1,why\n", "q.csv is no QA file: no column 'question'"),
        ("q.csv", b"id,question\n1,why\n2\n", "q.csv, line 3: there is no text field 'question'"),
        ("q.csv", b"question\n" + b"x" * 200_000 + b"\n", "q.csv, line 2: record is not CSV: field larger than field limit"),
    ],
)
def test_malformed_lines_are_named(name: str, content: bytes, told: str, filled: Path) -> None:
    Path(name).write_bytes(content)

    result = run("ask", "--file", name, "--out", "a.jsonl")

    assert result.exit_code == 2
    assert told in result.stderr
    assert not Path("a.jsonl").exists()


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_a_file_without_questions(content: bytes, filled: Path) -> None:
    Path("q.jsonl").write_bytes(content)

    result = run("ask", "--file", "q.jsonl", "--out", "a.jsonl")

    assert (result.exit_code, Path("a.jsonl").read_bytes()) == (0, b"")
    assert result.stderr.startswith("0 questions asked")


def test_lone_surrogates_in_a_line_do_no_harm(filled: Path) -> None:
    Path("q.jsonl").write_text('{"question": "lamp \\ud83d watts", "note": "\\udc00"}\n')

    for arguments in (("--out", "a.jsonl"), ("--out", "a.jsonl"), ()):
        result = run("ask", "--file", "q.jsonl", *arguments)
        assert result.exit_code == 0

    (line,) = lines_in(Path("a.jsonl"))
    assert (line["question"], line["note"]) == ("lamp ? watts", "\udc00")


@pytest.mark.parametrize("out", ["folder", "file.txt/a.jsonl"])
def test_an_out_file_that_cannot_be_written(out: str, filled: Path) -> None:
    Path("folder").mkdir()
    Path("file.txt").write_text("x")
    source = write_lines(Path("q.jsonl"), [{"question": WATTS}])

    result = run("ask", "--file", source, "--out", out)

    assert result.exit_code == 1
    assert f"{out} cannot be written: " in result.stderr


# What documents and file names cannot do to a terminal.


INJECTION = (
    "[red]alarm[/red] \x1b[2J\x1b]0;title\x07 \u202egnikcatta\u202c \x9b31m [link=file:///etc/passwd]here[/link] :warning:"
)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """A folder whose texts and names try to reach the terminal as something else than text."""
    folder = tmp_path / "hostile"
    folder.mkdir()
    (folder / "attack.md").write_text(f"# Attack {INJECTION}\n\nThe attack runs at dawn {INJECTION} with 7 drums.\n")
    (folder / "attack.txt").write_text(f"ATTACK NOTES\n\nThe attack ends at dusk {INJECTION}.\n")
    (folder / "bold\x1b[2J[red]\u202e\x07\r\n.md").write_text("# Names\n\nThe name of the attack is zulu.\n")
    os.close(os.open(os.fsencode(folder) + b"/bytes\xff\x9b[2J.md", os.O_CREAT))
    (folder / "long.txt").write_text("The attack line: " + "z" * 10_000 + "\n\n" + "attack " * 3_000)
    return folder


CONTROLS = [chr(code) for code in (*range(9), *range(11, 32), 127, *range(128, 160), 0x200E, 0x200F, *range(0x202A, 0x202F))]


def assert_harmless(text: str) -> None:
    assert [control for control in CONTROLS if control in text] == []


@pytest.mark.parametrize("terminal_width", [400, 60])
def test_nothing_is_interpreted(terminal_width: int, hostile: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", terminal_width)
    outputs = [
        run("ingest", hostile),
        run("ingest", hostile),
        run("ask", "When does the attack run?", "--explain"),
        run("ask", "What is the name of the attack?", "--explain"),
        run("ask", f"attack {INJECTION}", "--explain"),
        run("search", "attack zulu dawn dusk", "--top-k", "50"),
        run("search", "attack zulu dawn dusk", "--json"),
        run("ask", f"attack {INJECTION}", "--json"),
        run("ask", f"zzz {INJECTION}"),
        run("index", "info"),
        run("index", "list"),
        run("index", "info", f"x{INJECTION}"),
        run("ingest", f"missing{INJECTION}"),
        run("--home", f"home{INJECTION}", "ask", "why"),
        run("ask", "--file", f"{INJECTION}.jsonl"),
    ]

    for result in outputs:
        assert_harmless(result.stdout)
        assert_harmless(result.stderr)
    assert "[red]alarm[/red]" in outputs[2].stdout
    assert ":warning:" in outputs[2].stdout


def test_a_hostile_file_name_is_one_visible_line(hostile: Path) -> None:
    rows = run("ingest", hostile).stdout.splitlines()

    assert [row for row in rows if row.startswith("bold\\x1b[2J[red]\\u202e\\x07\\r\\n.md ")]
    assert [row for row in rows if row.startswith("bytes\\xff\\x9b[2J.md ")]
    assert len(rows) == 1 + 5 + 2


def test_a_missing_path_with_undecodable_bytes(filled: Path) -> None:
    name = os.fsdecode(b"missing\xff.pdf")

    shown = run("ingest", name)
    as_json = run("ingest", name, "--json")

    assert (shown.exit_code, as_json.exit_code) == (1, 1)
    assert "there is no such file or folder" in shown.stdout
    assert json_of(as_json)["counts"] == {"failed": 1}


@pytest.mark.parametrize("option", ["--document", "--section", "--index", "--file"])
def test_options_with_undecodable_bytes(option: str, filled: Path) -> None:
    question = [] if option == "--file" else ["watts"]

    assert run("ask", *question, option, os.fsdecode(b"\xff")).exit_code in (1, 2, 3)


# Settings.


def test_settings_from_the_file(filled: Path) -> None:
    Path("ragqa.toml").write_text('index = "manuals"\n[ask]\ntop_k = 2\nanswers = 1\n[ingest]\ninclude = ["*.md"]\n')

    response = json_of(run("ask", WATTS, "--json"))
    assert (len(response["passages"]), len(response["answers"])) == (2, 1)
    assert len(json_of(run("ask", WATTS, "--json", "--top-k", "3"))["passages"]) == 3
    assert len(json_of(run("ingest", filled, "--json", "-i", "new"))["files"]) == 1


def test_settings_from_the_environment_win_over_the_file(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ragqa.toml").write_text('index = "nope"\n[ask]\ntop_k = 4\n')
    monkeypatch.setenv("RAGQA_INDEX", "manuals")
    monkeypatch.setenv("RAGQA_ASK_TOP_K", "1")

    assert len(json_of(run("ask", WATTS, "--json"))["passages"]) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("indexx = 'a'", "indexx"),
        ("[ask]\ntopk = 3", "ask.topk"),
        ("[ask]\ntop_k = 'many'", "ask.top_k"),
        ("[ask]\ntop_k = 0", "top_k is 0, but must be at least 1"),
        ("[ask\ntop_k = 3", "ragqa.toml cannot be read"),
        ("[ingest]\nchunk_tokens = 8", "chunk_tokens is 8"),
        ("[ingest]\nchunk_overlap = 500", "chunk_overlap must be smaller than chunk_tokens"),
        ("[ingest]\nvector_index = 'magic'", "vector_index is 'magic'"),
        ("[asking]\ntop_k = 3", "asking"),
        ("\x00", "ragqa.toml cannot be read"),
    ],
)
def test_bad_settings_in_the_file_are_named(content: str, told: str, filled: Path) -> None:
    Path("ragqa.toml").write_text(content)

    for arguments in (("ask", "why"), ("ingest", filled), ("index", "list")):
        result = run(*arguments)
        assert result.exit_code == 2
        assert told in result.stderr
        assert result.stdout == ""


def test_a_settings_file_that_is_no_text(filled: Path) -> None:
    Path("ragqa.toml").write_bytes(b"index = '\xff'")

    result = run("ask", "why")

    assert (result.exit_code, "ragqa.toml" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    ("name", "value", "told"), [("RAGQA_ASK_TOP_K", "many", "ask.top_k"), ("RAGQA_ASK_TOPK", "3", "ask.topk")]
)
def test_bad_settings_in_the_environment_are_named(
    name: str, value: str, told: str, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)

    result = run("ask", "why")

    assert (result.exit_code, told in result.stderr) == (2, True)


def test_a_bad_settings_file_does_not_hinder_help(filled: Path) -> None:
    Path("ragqa.toml").write_text("[ask")

    assert run("--help").exit_code == 0
    assert run("ask", "--help").exit_code == 0


def test_home(manuals: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "my home é"

    assert run("--home", home, "ingest", manuals).exit_code == 0
    assert (home / "indexes" / "manuals" / DATABASE).is_file()
    assert not Path("indexes").exists()
    assert run("--home", home, "ask", WATTS).exit_code == 0
    assert run("ask", WATTS).exit_code == 1
    monkeypatch.setenv("RAGQA_HOME", str(home))
    assert run("ask", WATTS).exit_code == 0
    assert run("--home", tmp_path, "ask", WATTS).exit_code == 1


# Looking after indexes.


def test_index_list(filled: Path) -> None:
    run("ingest", filled, "-i", "second", "--include", "*.md")
    (Path("indexes") / "broken").mkdir()
    (Path("indexes") / "broken" / DATABASE).write_bytes(b"nonsense" * 100)
    (Path("indexes") / "no-index").mkdir()

    listed = json_of(run("index", "list", "--json"))
    shown = run("index", "list").stdout

    assert [info["name"] for info in listed] == ["broken", "manuals", "second"]
    assert [info["documents"] for info in listed] == [0, 3, 1]
    assert "is damaged" in listed[0]["settings"]["problem"]
    assert len(shown.splitlines()) == 4 and "damaged" in shown


def test_index_list_without_any() -> None:
    result = run("index", "list")

    assert (result.exit_code, result.stdout) == (0, "")
    assert "There are no indexes here" in result.stderr
    assert json_of(run("index", "list", "--json")) == []


def test_index_info(filled: Path) -> None:
    info = json_of(run("index", "info", "manuals", "--json"))

    for name in ("documents", "chunks", "pages", "bytes", "vectors", "characters", "generation", "schema"):
        assert isinstance(info[name], int)
    assert (info["name"], info["documents"], info["pages"]) == ("manuals", 3, 0)
    assert info["bytes"] == sum(path.stat().st_size for path in Path("indexes/manuals").iterdir())
    assert info["settings"]["embedder"] == "fake"
    shown = run("index", "info").stdout
    assert "documents" in shown and "fingerprint" in shown


def test_verify_and_rebuild(filled: Path) -> None:
    assert run("index", "verify").stdout == "Index 'manuals' is sound.\n"
    assert json_of(run("index", "verify", "manuals", "--json")) == {"index": "manuals", "sound": True, "problems": []}
    before = json_of(run("search", "warranty", "--json"))
    for file in Path("indexes/manuals").glob("vectors-*.faiss"):
        file.write_bytes(b"nonsense")

    damaged = run("index", "verify")
    as_json = run("index", "verify", "--json")
    rebuilt = run("index", "rebuild")

    assert damaged.exit_code == as_json.exit_code == 1
    assert "does not have the checksum" in damaged.stdout
    assert "ragqa index rebuild manuals" in damaged.stderr
    assert json_of(as_json)["sound"] is False
    assert rebuilt.exit_code == 0 and rebuilt.stdout == ""
    assert rebuilt.stderr.startswith("Rebuilt index 'manuals'")
    assert run("index", "verify").exit_code == 0
    assert json_of(run("search", "warranty", "--json")) == before


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("DELETE FROM lexical WHERE id = 1", "1 chunks without a lexical entry"),
        ("INSERT INTO lexical VALUES (999, 0, x'')", "1 lexical entries without a chunk"),
        ("UPDATE embeddings SET vector = zeroblob(128)", "differ from those in SQLite"),
        ("UPDATE embeddings SET vector = zeroblob(3)", "vectors of the wrong size"),
        ("DELETE FROM embeddings", "chunks without a vector"),
        ("DELETE FROM texts WHERE document_id = 1", "1 documents without text"),
        ("DELETE FROM chunks WHERE id = 1", "lexical entries without a chunk"),
    ],
)
def test_verify_finds_what_is_wrong(statement: str, told: str, filled: Path) -> None:

    connection = sqlite3.connect(f"indexes/manuals/{DATABASE}")
    with connection:
        connection.execute(statement)
    connection.close()

    result = run("index", "verify")

    assert result.exit_code == 1
    assert told in result.stdout


def test_verify_of_a_database_that_is_none(filled: Path) -> None:
    Path(f"indexes/manuals/{DATABASE}").write_bytes(b"nonsense" * 1000)

    result = run("index", "verify")

    assert (result.exit_code, "is damaged" in result.stdout) == (1, True)


def test_verify_of_a_database_damaged_in_the_middle(filled: Path) -> None:
    path = Path(f"indexes/manuals/{DATABASE}")
    data = bytearray(path.read_bytes())
    for start in range(4096, len(data), 4096):
        data[start : start + 100] = b"\xaa" * 100
    path.write_bytes(data)

    result = run("index", "verify")
    others = [run("ask", WATTS), run("search", WATTS), run("ingest", filled), run("index", "info"), run("index", "rebuild")]

    assert (result.exit_code, result.stdout != "") == (1, True)
    for other in others:
        assert other.exit_code == 1
        assert other.stderr.startswith("Error: ")


def test_index_rm(filled: Path) -> None:
    run("ingest", filled, "-i", "second")

    assert run("index", "rm", "second", "--yes").exit_code == 0
    assert not Path("indexes/second").exists()
    assert Path("indexes/manuals").exists()
    assert sorted(path.name for path in filled.iterdir()) == ["fan.txt", "kettle.md", "lamp.html"]


def test_index_rm_says_what_was_uploaded_and_deletes_it_too(filled: Path) -> None:
    uploads = Path("uploads/manuals")
    uploads.mkdir(parents=True)
    for name in ("pot.md", "pan.md"):
        (uploads / name).write_text("# Pot")
    run("index", "export", "manuals", "backup.zip")
    kept = run("index", "rm", "manuals", "--yes", "--keep-uploads")
    assert kept.stderr.strip() == "Deleted index 'manuals'." and len(list(uploads.iterdir())) == 2
    run("index", "import", "backup.zip", "--embedder", "fake")
    deleted = run("index", "rm", "manuals", "--yes")
    assert deleted.stderr.strip() == "Deleted index 'manuals' and 2 uploaded files." and not uploads.exists()


def test_what_was_uploaded_for_an_index_that_was_deleted_by_hand_is_told_and_goes_with_index_rm(filled: Path) -> None:
    uploads = Path("uploads/manuals")
    uploads.mkdir(parents=True)
    (uploads / "pot.md").write_text("# Pot")
    assert run("index", "list").stderr == ""
    shutil.rmtree("indexes/manuals")
    told = run("index", "list").stderr
    assert "1 file was uploaded for index 'manuals', which is not there. To delete them: ragqa index rm manuals" in told
    assert json_of(run("index", "list", "--json")) == []
    kept = run("index", "rm", "manuals", "--yes", "--keep-uploads")
    assert kept.exit_code == 1 and "there is no index 'manuals'" in kept.stderr and uploads.exists()
    deleted = run("index", "rm", "manuals", "--yes")
    assert deleted.stderr.strip() == "Deleted 1 uploaded file of index 'manuals', which is not there."
    assert not uploads.exists() and not Path("indexes/manuals").exists()
    assert run("index", "rm", "manuals", "--yes").exit_code == 1


def test_export_and_import_round_trip(filled: Path, models: Any) -> None:
    exported = run("index", "export", "manuals", "backup.zip")
    before = json_of(run("search", "warranty", "--json"))
    embedded = len(models[0].embedded)
    imported = run("index", "import", "backup.zip", "--name", "copy", "--embedder", "fake")
    elsewhere = run("--home", "elsewhere", "index", "import", "backup.zip", "--embedder", "fake")

    assert (exported.exit_code, imported.exit_code, elsewhere.exit_code) == (0, 0, 0)
    assert exported.stdout == "" and "Wrote backup.zip" in exported.stderr
    assert len(models[0].embedded) == embedded
    assert json_of(run("search", "warranty", "--json", "-i", "copy")) == before
    assert json_of(run("--home", "elsewhere", "search", "warranty", "--json")) == before
    assert run("index", "verify", "copy").exit_code == 0
    assert json_of(run("ingest", filled, "-i", "copy", "--json"))["counts"] == {"changed": 3}  # imported: read again, once
    assert json_of(run("ingest", filled, "-i", "copy", "--json"))["counts"] == {"unchanged": 3}
    assert sorted(path.name for path in Path().iterdir()) == ["backup.zip", "elsewhere", "indexes"]


def test_an_import_does_not_overwrite(filled: Path) -> None:
    run("index", "export", "manuals", "backup.zip")

    result = run("index", "import", "backup.zip")

    assert result.exit_code == 2
    assert "there is an index 'manuals' already" in result.stderr and "--name" in result.stderr


def _zip_of(**members: bytes) -> Callable[[Path], None]:
    import zipfile

    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name.replace("__", "-").replace("_", "."), content)

    return write


def _damaged_export(path: Path) -> None:
    run("index", "export", "manuals", path)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "make",
    [
        lambda path: path.write_bytes(b"no zip"),
        lambda path: path.write_bytes(b""),
        lambda path: path.mkdir(),
        _damaged_export,
        _zip_of(other_txt=b"x"),
        _zip_of(ragqa__index_json=b"not json", index_sqlite=b"x"),
        _zip_of(ragqa__index_json=b"[]", index_sqlite=b"x"),
        _zip_of(ragqa__index_json=b'{"name": "new"}'),
        _zip_of(ragqa__index_json=b'{"name": "new"}', index_sqlite=b"no database" * 100),
        _zip_of(ragqa__index_json=b'{"name": "../../new"}', index_sqlite=b"x"),
    ],
    ids=["no zip", "empty", "folder", "damaged", "other zip", "no json", "list", "no database", "bad database", "path"],
)
def test_an_import_of_something_else(make: Callable[[Path], None], filled: Path) -> None:
    make(Path("thing.zip"))

    result = run("index", "import", "thing.zip")

    assert result.exit_code in (1, 2)
    assert result.stderr.startswith("Error: ")
    assert [info["name"] for info in json_of(run("index", "list", "--json"))] == ["manuals"]


@pytest.mark.parametrize("target", ["no/such/folder/backup.zip", "folder", "file.txt/backup.zip"])
def test_an_export_that_cannot_be_written(target: str, filled: Path) -> None:
    Path("folder").mkdir()
    Path("file.txt").write_text("x")

    result = run("index", "export", "manuals", target)

    assert result.exit_code == 2
    assert f"{target} cannot be a file" in result.stderr
    assert sorted(path.name for path in Path().iterdir()) == ["file.txt", "folder", "indexes"]


def test_an_export_onto_a_full_disk(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    Path("backup.zip").write_text("old")
    monkeypatch.setattr("zipfile.ZipFile.write", full)

    result = run("index", "export", "manuals", "backup.zip")

    assert result.exit_code == 1
    assert "backup.zip: No space left on device" in result.stderr
    assert Path("backup.zip").read_text() == "old"
    assert sorted(path.name for path in Path().iterdir()) == ["backup.zip", "indexes"]


def test_an_export_replaces_an_older_one(filled: Path) -> None:
    Path("backup.zip").write_text("old")

    assert run("index", "export", "manuals", "backup.zip").exit_code == 0
    assert run("index", "import", "backup.zip", "--name", "copy", "--embedder", "fake").exit_code == 0


def test_a_demo_index_of_another_version_is_made_anew(models: Any) -> None:
    assert run("demo").exit_code == 0
    with sqlite3.connect(f"indexes/demo/{DATABASE}") as connection:
        connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    connection.close()

    again = run("demo")

    assert again.exit_code == 0 and "has schema 1" in again.stderr and "made anew" in again.stderr
    assert json_of(run("index", "info", "demo", "--json"))["documents"] == 5
