"""`ragqa tui --web` in a real browser: the page opens on loopback, shows the app, and hears the mouse."""

from __future__ import annotations

import asyncio
import base64
import io
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from ragqa import RagQA

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = [
    pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here"),
    pytest.mark.enable_socket,
    pytest.mark.asyncio,
]
LIBRARY, MARK = (115, 8), (82, 2)
"""Pixels of the bar's second name, and of its background, which shows where one is."""


@contextmanager
def running(*command: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the test, with all it started."""
    process = subprocess.Popen(command, text=True, start_new_session=True, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def wait_for(what: Callable[[], Any], seconds: float) -> Any:
    """What a function gives once it gives something."""
    for _ in range(int(seconds / 0.1)):
        found = what()
        if found:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain")


def listening(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


class Page:
    """A page of the browser, by the DevTools protocol."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._last = 0

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        await self._connection.send_json({"id": self._last, "method": method, "params": parameters})
        while True:
            answer = await self._connection.receive_json()
            if answer.get("id") == self._last:
                return answer.get("result", {})  # none while the page changes

    async def picture(self) -> Any:
        """What the page looks like; None while it changes."""
        shot = await self.call("Page.captureScreenshot", format="png")
        return Image.open(io.BytesIO(base64.b64decode(shot["data"]))).convert("RGB") if shot else None

    async def colours(self) -> int:
        """How many colours the page shows: a blank one has few."""
        image = await self.picture()
        return 0 if image is None else len(image.getcolors(1 << 20) or ())


async def test_the_app_opens_in_a_browser_and_hears_the_mouse(demo: RagQA, tmp_path: Path) -> None:
    import aiohttp

    assert BROWSER is not None
    port, home = free_port(), demo.settings.home
    serve = (sys.executable, "-m", "ragqa", "--home", home, "tui", "--index", "demo", "--web", "--port", str(port))
    browse = (
        BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0",
        f"--user-data-dir={tmp_path}/profile",
        "--window-size=1200,800", "about:blank",
    )  # fmt: skip
    with running(*serve, stdout=subprocess.DEVNULL), running(*browse, stderr=subprocess.PIPE) as browser:
        await wait_for(lambda: listening(port), 30)
        assert browser.stderr is not None
        told = next(line for line in browser.stderr if "DevTools listening" in line)
        found = re.search(r"ws://([^/]+)/", told)
        assert found is not None
        async with aiohttp.ClientSession() as session:
            pages = await (await session.get(f"http://{found[1]}/json")).json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as connection:
                page = Page(connection)
                blank = await page.colours()
                await page.call("Page.navigate", url=f"http://127.0.0.1:{port}/")
                for _ in range(300):
                    if await page.colours() > blank + 10:
                        break
                    await asyncio.sleep(0.2)
                else:
                    raise AssertionError("the page stays blank")
                before = await page.picture()
                assert before is not None
                for kind in ("mousePressed", "mouseReleased"):
                    await page.call(
                        "Input.dispatchMouseEvent", type=kind, x=LIBRARY[0], y=LIBRARY[1], button="left", clickCount=1
                    )
                for _ in range(100):
                    after = await page.picture()
                    if after is not None and after.getpixel(MARK) != before.getpixel(MARK):
                        break
                    await asyncio.sleep(0.2)
                else:
                    raise AssertionError("a click on Library changes nothing")
                after.save(tmp_path / "library.png")
