"""`--server URL`: the commands against the real app, without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from serve_clients import KEYS, bridge

import ragqa.client
from ragqa import RagQA
from ragqa.cli import terminal
from ragqa.cli.main import ragqa as command
from ragqa.client.library import RemoteLibrary
from ragqa.client.wire import Wire
from ragqa.config import Settings
from ragqa.types import Verdict

URL = "http://127.0.0.1:8321"
E24 = "What does E-24 mean?"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A working folder without an index, a wide terminal, no settings."""
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("RAGQA_SERVER", "RAGQA_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def reached(serve: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets commands reach a server."""

    def reach(keys: bool = False) -> None:
        transport = bridge(serve(keys=keys))
        monkeypatch.setattr(ragqa.client, "Wire", lambda address, token, patience, _: Wire(address, token, patience, transport))

    return reach


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(command, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def lines(result: Result) -> list[str]:
    """What was printed, but for where the index is and how wide its table is."""
    return [line.rstrip() for line in result.stdout.splitlines() if "folder" not in line]


def test_commands_say_what_they_say_of_an_index_here(reached: Any, served: Settings, pages: Path) -> None:
    reached()
    home = ["--home", served.home]
    for words in (
        ["ask", E24], ["ask", E24, "--json", "--explain"], ["ask", "Who wrote it?", "--document", "none"],
        ["search", "warranty", "--json"], ["index", "info", "shelf"], ["feedback", "list", "--json"],
    ):  # fmt: skip
        here = run(*home, *words, *([] if words[0] == "index" else ["--index", "shelf"]))
        there = run(*words, "--server", URL)
        assert there.exit_code == here.exit_code and there.stderr == here.stderr
        assert lines(there) == lines(here)
    listed = json.loads(run("index", "list", "--server", URL, "--json").stdout)
    assert [one["name"] for one in listed] == ["shelf"]


def test_an_answer_is_shown_on_its_page(reached: Any, pages: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reached()
    monkeypatch.setenv("RAGQA_SERVER", URL)
    assert run("ask", "What is the fuse of the pump?", "--document", "pump.pdf", "--threshold", "0").exit_code == 0
    shown = run("show", "last")
    assert shown.stdout == "page.png\n" and "the words are boxed" in shown.stderr
    assert run("show", "pump.pdf:2", "--words", "fuse", "--out", "p.png").exit_code == 0
    assert Path("p.png").read_bytes().startswith(b"\x89PNG")


def test_many_questions(reached: Any) -> None:
    reached()
    Path("q.jsonl").write_text('{"question": "What does E-24 mean?"}\n{"question": "How many litres?"}\n')
    result = run("ask", "--file", "q.jsonl", "--out", "a.jsonl", "--server", f"{URL}#shelf")
    assert (result.exit_code, len(Path("a.jsonl").read_text().splitlines())) == (0, 2)


def test_the_token_comes_from_a_file_or_the_environment(reached: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reached(keys=True)
    refused = run("ask", E24, "--server", URL)
    assert refused.exit_code == 1 and "demands a token" in refused.stderr and "--token-file" in refused.stderr
    Path("token").write_text(f"read {KEYS['read']}\n")
    assert run("ask", E24, "--server", URL, "--token-file", "token").exit_code == 0
    monkeypatch.setenv("RAGQA_TOKEN", KEYS["judge"])
    assert run("feedback", "list", "--server", URL).exit_code == 0
    alone = run("ask", E24, "--token-file", "token")
    assert alone.exit_code == 2 and "--token-file is for --server" in alone.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["ask", "?", "--reader", "x"], "its reader is chosen there"),
        (["ask", "?", "--top-k", "5"], "as its own settings say"),
        (["search", "?", "--embedder", "x"], "--embedder is the server's own setting"),
        (["ingest", ".", "--ocr", "off"], "--ocr is the server's own setting"),
        (["ingest", ".", "--prune"], "goes without prune"),
        (["ingest", "."], "there is no file to send"),
    ],
)
def test_what_does_not_go_with_a_server_is_told(words: list[str], told: str) -> None:
    Path("x.zip").write_bytes(b"")
    result = run(*words, "--server", URL)
    assert result.exit_code == 2 and told in result.stderr


@pytest.mark.parametrize("words", [["check", "q.csv"], ["index", "rm", "x"], ["index", "verify"]])
def test_what_a_server_does_not_do_is_not_done_here_instead(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGQA_SERVER", URL)
    result = run(*words)
    assert result.exit_code == 2 and "works on a server" in result.stderr


def test_verdicts_are_listed_and_forgotten_there(reached: Any, served: Settings) -> None:
    reached()
    here = RagQA(settings=served)
    kept = [here.judge(here.ask(E24), Verdict.RIGHT) for _ in range(3)]
    assert run("feedback", "rm", 1, "--server", URL).exit_code == 0 and here.journal.verdicts() == kept[1:]
    gone = run("feedback", "rm", 1, "--server", URL)
    assert gone.exit_code == 2 and "there is no verdict 1" in gone.stderr
    assert run("feedback", "rm", "--all", "-y", "--server", URL).exit_code == 0 and here.journal.verdicts() == []


@pytest.mark.parametrize("url", ["nonsense", "http://user:secret@host", "ftp://host"])
def test_addresses_that_are_none(url: str) -> None:
    result = run("ask", "?", "--server", url)
    assert result.exit_code == 2 and "secret@" not in result.stderr


def test_who_overhears_the_token_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RemoteLibrary, "indexes", lambda self: [])
    monkeypatch.setenv("RAGQA_TOKEN", "x" * 20)
    for url, is_told in (("http://manuals.example", True), ("https://manuals.example", False), (URL, False)):
        result = run("index", "list", "--server", url)
        assert result.exit_code == 0 and ("unencrypted" in result.stderr) is is_told
        assert "xxxx" not in result.stderr


def test_the_demo_stays_here(monkeypatch: pytest.MonkeyPatch, fake_models: Any) -> None:
    monkeypatch.setenv("RAGQA_SERVER", "http://127.0.0.1:1")
    assert run("demo").exit_code == 0
    assert [one.path for one in RagQA("demo").documents()]
