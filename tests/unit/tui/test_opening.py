from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from textual.app import App

from tui import opening
from tui.opening import show_file, viewer

PDF, TEXT = Path("/m/a.pdf"), Path("/m/a.md")


def having(*names: str) -> object:
    return lambda name: f"/bin/{name}" if name in names else None


@pytest.mark.parametrize(
    ("path", "page", "environment", "programs", "command"),
    [
        (PDF, 7, {"DISPLAY": ":0"}, ("okular", "xdg-open"), (["okular", "-p", "7", "/m/a.pdf"], False)),
        (PDF, 7, {"DISPLAY": ":0"}, ("mupdf",), (["mupdf", "/m/a.pdf", "7"], False)),
        (PDF, 7, {"WAYLAND_DISPLAY": "w"}, ("xdg-open",), (["xdg-open", "/m/a.pdf"], False)),
        (PDF, None, {"DISPLAY": ":0"}, ("okular", "xdg-open"), (["xdg-open", "/m/a.pdf"], False)),
        (PDF, 7, {}, ("less", "okular"), None),
        (TEXT, None, {}, ("less",), (["less", "/m/a.md"], True)),
        (TEXT, None, {"PAGER": "most -s"}, ("most",), (["most", "-s", "/m/a.md"], True)),
        (TEXT, None, {"PAGER": "gone"}, ("less",), None),
    ],
)
def test_what_shows_a_file(
    path: Path, page: int | None, environment: dict[str, str], programs: tuple[str, ...], command: object
) -> None:
    assert viewer(path, page, environment, having(*programs), "linux") == command  # type: ignore[arg-type]


def test_a_mac_opens_what_it_has() -> None:
    assert viewer(PDF, 3, {}, having("open"), "darwin") == (["open", "/m/a.pdf"], False)  # type: ignore[arg-type]


def test_an_app_without_a_terminal_shows_nothing_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one in a page, for instance, cannot be suspended."""

    class Driver:
        can_suspend = False

    app: Any = App()
    app._driver = Driver()
    monkeypatch.setattr(opening, "viewer", lambda path, page: (["less", str(path)], True))
    assert not show_file(app, TEXT, None)
