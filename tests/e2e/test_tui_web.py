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
from collections.abc import Iterator
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
LIBRARY, MARK, BAR = (115, 8), (82, 2), (0, 0, 400, 16)
"""Pixels of the bar's second name, and of its background, which shows where one is; and all of its names."""


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

    async def shows_the_app(self) -> bool:
        """Whether the app's bar stands at the top: letters have many colours."""
        image = await self.picture()
        return image is not None and len(image.crop(BAR).getcolors(1 << 20) or ()) > 10


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
    with running(*serve, stdout=subprocess.PIPE) as server, running(*browse, stderr=subprocess.PIPE) as browser:
        assert server.stdout is not None and browser.stderr is not None
        link = server.stdout.readline().strip()  # once it listens
        told = next(line for line in browser.stderr if "DevTools listening" in line)
        found = re.search(r"ws://([^/]+)/", told)
        assert found is not None
        async with aiohttp.ClientSession() as session:
            pages = await (await session.get(f"http://{found[1]}/json")).json()
            address = next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")
            async with session.ws_connect(address, max_msg_size=0) as connection:
                page = Page(connection)
                await page.call("Page.navigate", url=link)
                for _ in range(300):
                    if await page.shows_the_app():
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
                shown = await page.call("Runtime.evaluate", expression="location.href + document.cookie")
                assert "token" not in shown["result"]["value"] and "ragqa=" not in shown["result"]["value"]
