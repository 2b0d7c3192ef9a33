"""What commands share: who is asked, and what a closed stdin means."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from ragqa.cli.main import ragqa
from ragqa.cli.support import agreed, is_terminal


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stdin that the shell has closed: `<&-`."""
    monkeypatch.setattr(sys, "stdin", None)


def exit_code(*arguments: str) -> int:
    """The exit code of a command that runs in this process, with its very streams."""
    with pytest.raises(SystemExit) as ended:
        ragqa.main(list(arguments), prog_name="ragqa")
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_nobody_is_asked_where_there_is_no_terminal(closed: None) -> None:
    assert not is_terminal(None) and not is_terminal(io.StringIO())
    assert agreed("Delete it?", yes=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [((), "Usage:"), (("ask", "-"), "stdin is closed"), (("mcp",), "stdin or stdout is closed"), (("tui",), "needs a terminal")],
)
def test_a_closed_stdin_is_told(arguments: tuple[str, ...], told: str, closed: None, capfd: pytest.CaptureFixture[str]) -> None:
    assert exit_code(*arguments) == 2
    assert told in "".join(capfd.readouterr())


def test_what_is_to_go_goes_without_a_terminal(closed: None) -> None:
    folder = Path("models/shop")
    folder.mkdir(parents=True)
    assert exit_code("model", "rm", "shop") == 0 and not folder.exists()
