from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from ragqa.cli.main import COMMANDS, ragqa


@pytest.mark.parametrize("name", COMMANDS)
def test_lists_say_what_a_command_says_of_itself(name: str) -> None:
    command = COMMANDS[name].load()
    assert command.name == name
    assert (command.help or "").partition("\n")[0] == COMMANDS[name].told


def completions(words: list[str], incomplete: str) -> Iterator[str]:
    for one in ShellComplete(ragqa, {}, "ragqa", "_RAGQA_COMPLETE").get_completions(words, incomplete):
        yield one.value


@pytest.mark.parametrize(
    ("words", "incomplete", "offered"),
    [
        ([], "f", ["finetune", "feedback"]),
        (["index"], "ver", ["verify"]),
        (["ask"], "--thr", ["--threshold"]),
        (["finetune", "--objective"], "", ["both", "shared", "window"]),
        (["eval"], "--max", ["--max-wrong"]),
    ],
)
def test_shells_complete_commands_and_their_options(words: list[str], incomplete: str, offered: list[str]) -> None:
    assert list(completions(words, incomplete)) == offered


def test_a_misspelt_command_is_told() -> None:
    result = CliRunner().invoke(ragqa, ["frobnicate"])
    assert result.exit_code == 2 and "frobnicate" in result.stderr
