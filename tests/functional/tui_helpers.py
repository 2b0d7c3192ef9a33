"""What the tests of the terminal UI share: to open it on an index, to wait until it rests, to type, and to read the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from ragqa.engine import RagQA
from tui.app import RagqaApp

KEYS = {
    " ": "space", "?": "question_mark", ".": "full_stop", "-": "minus", "/": "slash", ",": "comma", "_": "underscore",
    ":": "colon", "~": "tilde",
}  # fmt: skip


@asynccontextmanager
async def opened(
    index: str = "shelf", size: tuple[int, int] = (120, 40), inline: bool = False
) -> AsyncIterator[tuple[RagqaApp, Pilot[None]]]:
    """The app on an index, its models loaded."""
    app = RagqaApp(RagQA(index), inline=inline)
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        yield app, pilot


async def settle(pilot: Pilot[Any], seconds: float = 60) -> None:
    """Wait until the models are loaded, no job is under way, and every message was handled."""
    app: Any = pilot.app
    quiet = 0
    for _ in range(int(seconds / 0.02)):
        await pilot.pause(0.02)
        quiet = quiet + 1 if app.jobs.idle and app.readiness.models != "loading" else 0
        if quiet == 4:  # a message may start the next job
            await pilot.pause()
            return
    raise AssertionError(f"the app did not come to rest in {seconds} s")


async def until(pilot: Pilot[Any], happened: Callable[[], object], seconds: float = 60) -> None:
    """Let the app go on until something has happened."""
    for _ in range(int(seconds / 0.02)):
        if happened():
            return
        await pilot.pause(0.02)
    raise AssertionError(f"it did not happen in {seconds} s")


async def press(pilot: Pilot[Any], *keys: str) -> None:
    """Press keys, and wait until the app rests."""
    await pilot.press(*keys)
    await settle(pilot)


async def write(pilot: Pilot[Any], text: str) -> None:
    """Type a text."""
    await pilot.press(*(KEYS.get(character, character) for character in text))


async def ask(pilot: Pilot[Any], question: str) -> None:
    """Put a question and wait for what comes of it."""
    box = pilot.app.screen.query_one("#question", Input)
    box.focus()
    box.value = question
    await press(pilot, "enter")


def screen_lines(app: RagqaApp) -> list[str]:
    """What stands on the screen, line by line, as a terminal would show it."""
    height = app.size.height
    return ["".join(segment.text for segment in line) for line in app.screen._compositor.render_strips()][:height]


def screen_text(app: RagqaApp) -> str:
    """The same as one text."""
    return "\n".join(screen_lines(app))
