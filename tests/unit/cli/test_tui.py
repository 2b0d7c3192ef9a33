"""What `ragqa tui --web` refuses, tells and serves."""

from __future__ import annotations

from typing import Any

import pytest
from click.testing import CliRunner

import tui.web
from ragqa.cli.main import ragqa


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """The hosts and ports that were served; nothing listens."""
    asked: list[tuple[str, int]] = []

    def serve(index: Any, settings: Any, host: str, port: int, tell: Any) -> None:
        asked.append((host, port))
        tell("http://link/?token=key")

    monkeypatch.setattr(tui.web, "serve", serve)
    return asked


def test_the_link_is_data_and_the_rest_is_told(served: list[tuple[str, int]]) -> None:
    result = CliRunner().invoke(ragqa, ["tui", "--web"])
    assert (result.exit_code, result.stdout, served) == (0, "http://link/?token=key\n", [("127.0.0.1", 8017)])
    assert "keep it to yourself" in result.stderr and "Warning" not in result.stderr


@pytest.mark.parametrize("host", ["::1", "localhost", "127.0.0.2"])
def test_this_machine_needs_no_leave(host: str, served: list[tuple[str, int]]) -> None:
    result = CliRunner().invoke(ragqa, ["tui", "--web", "--host", host, "--port", "99"])
    assert result.exit_code == 0 and served == [(host, 99)]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.2", "manuals.example"])
def test_others_are_let_in_only_where_that_is_meant(host: str, served: list[tuple[str, int]]) -> None:
    result = CliRunner().invoke(ragqa, ["tui", "--web", "--host", host])
    assert result.exit_code == 2 and not served
    assert f"Error: {host} can be reached from other machines" in result.stderr and "--allow-network" in result.stderr

    result = CliRunner().invoke(ragqa, ["tui", "--web", "--host", host, "--allow-network"])
    assert result.exit_code == 0 and served == [(host, 8017)]
    assert "Warning: other machines can reach this, at the address of this one, and nothing is encrypted." in result.stderr


@pytest.mark.parametrize(
    ("arguments", "option"), [(["--port", "9"], "--port"), (["--host", "x"], "--host"), (["--allow-network"], "--allow-network")]
)
def test_what_is_for_pages_alone(arguments: list[str], option: str, served: list[tuple[str, int]]) -> None:
    result = CliRunner().invoke(ragqa, ["tui", *arguments])
    assert result.exit_code == 2 and f"{option} is for --web" in result.stderr and not served
