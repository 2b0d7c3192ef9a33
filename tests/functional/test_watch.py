"""`ragqa watch`: its options, exit codes, lines and JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ragqa.cli import terminal
from ragqa.cli.main import ragqa
from ragqa.watching.state import StateFile


@pytest.fixture(autouse=True)
def setting(monkeypatch: pytest.MonkeyPatch, fake_models: Any) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)
    monkeypatch.setattr("ragqa.watching.resting.OLD_SECONDS", -1.0)  # every file has rested


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def test_once_tells_what_it_did_and_status_what_is_amiss(manuals: Path) -> None:
    first = run("watch", manuals, "--once")
    assert first.exit_code == 0 and first.stdout.splitlines() == [
        "manuals: added     fan.txt", "manuals: added     kettle.md", "manuals: added     lamp.html",
    ]  # fmt: skip
    (manuals / "lamp.html").unlink()
    (manuals / "bad.pdf").write_bytes(b"no pdf")
    second = run("watch", manuals, "--once", "--json")
    events = [json.loads(line) for line in second.stdout.splitlines()]
    told = {(one["kind"], one["path"].rsplit("/")[-1]) for one in events}
    assert second.exit_code == 1 and told == {("removed", "lamp.html"), ("failed", "bad.pdf")}
    status = run("watch", "--status")
    assert status.exit_code == 1 and "bad.pdf is not a PDF (tried 1 times" in status.stdout
    (told,) = json.loads(run("watch", "--status", "--json").stdout)
    assert (told["index"], told["running"], told["in_step"], told["sources"][0]["files"]) == ("manuals", False, False, 3)


def test_the_status_of_who_has_only_just_begun() -> None:
    with StateFile(".", "fresh"):  # and written nothing yet
        status = run("watch", "--status", "--index", "fresh")
    assert status.exit_code == 1 and "fresh: kept in step by another process" in status.stdout


def test_deletions_wait_for_a_confirmation(manuals: Path) -> None:
    run("watch", manuals, "--once")
    for path in manuals.iterdir():
        path.unlink()
    held = run("watch", manuals, "--once")
    assert held.exit_code == 1 and f"ragqa watch --confirm {manuals}" in held.stdout
    assert "held" in run("watch", "--status").stdout
    wrong = run("watch", "--confirm", manuals.parent)
    assert wrong.exit_code == 2 and "no documents wait" in wrong.stderr
    agreed = run("watch", "--confirm", manuals)
    assert agreed.exit_code == 0 and "3 documents" in agreed.stderr
    last = run("watch", manuals, "--once")
    assert last.exit_code == 0 and last.stdout.count("removed") == 3


def test_what_is_watched_may_stand_in_the_settings(manuals: Path) -> None:
    first = f'[[watch]]\nsource = "{manuals}"\nindex = "a"\nexclude = ["fan*"]\n'
    Path("ragqa.toml").write_text(f'{first}[[watch]]\nsource = "none"\nindex = "b"\n')
    result = run("watch", "--once")
    assert result.exit_code == 1 and "a: added     kettle.md" in result.stdout and "fan" not in result.stdout
    assert "b: gone" in result.stdout


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "nothing to watch"),
        (("m", "--max-deletions", "x"), "no share"),
        (("m", "--rest", "0"), "rest is 0"),
        (("m", "m"), "named twice"),
        (("gopher://x",), "nothing here reads gopher://"),
        (("https://me:hush@host/list",), "no address of a list"),
        (("http://me:hush@host:99999/x",), "its port makes no sense"),
        (("http://[::1/x",), "its port makes no sense"),
        (("m", "--status"), "takes no SOURCE"),
        (("m", "--index", "../x"), "is not a name"),
    ],
)
def test_what_makes_no_sense_is_told(options: tuple[str, ...], told: str) -> None:
    result = run("watch", *options)
    assert result.exit_code == 2 and told in result.stderr and "hush" not in result.output


def test_settings_that_make_no_sense_are_told() -> None:
    for line, told in (("rest = -1", "rest"), ("nonsense = 1", "nonsense"), ('every = "x"', "every")):
        Path("ragqa.toml").write_text(f'[[watch]]\nsource = "m"\n{line}\n')
        result = run("watch", "--once")
        assert result.exit_code == 2 and told in result.stderr


def test_without_its_package_it_says_what_to_install(manuals: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "watchfiles", None)
    result = run("watch", manuals)
    assert result.exit_code == 2 and "ragqa[watch]" in result.stderr
    assert run("watch", manuals, "--once").exit_code == 0
