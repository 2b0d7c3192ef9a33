"""A server on loopback in a thread of this process, and a Chromium that looks at its pages."""

from __future__ import annotations

import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from ragqa.config import ServeSettings, Settings

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
PATIENCE = 60_000
"""Milliseconds that a page is waited for: machines that test may be busy."""


@contextmanager
def serving(settings: Settings, keys: Any = None) -> Iterator[str]:
    """The address of a server with these settings, until the end."""
    import uvicorn

    from ragqa.gate import Gate
    from ragqa.serve.access import Access
    from ragqa.serve.app import make_app
    from ragqa.serve.service import Service

    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    settings = replace(settings, serve=replace(settings.serve or ServeSettings(), port=port, seconds=120.0))
    app = make_app(Service(settings), Access(Gate.of("127.0.0.1", port), keys))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


@contextmanager
def browsing() -> Iterator[Any]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def opened(browser: Any, base: str, **options: Any) -> Iterator[Any]:
    """A page of its own, which keeps nothing of others; what goes wrong in its scripts is told at its end."""
    options = {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light", "base_url": base, **options}
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda told: faults.append(told.text) if "Content Security Policy" in told.text else None)
    page.on("dialog", lambda dialog: (faults.append(f"dialog {dialog.message}"), dialog.dismiss()))
    try:
        yield page
    finally:
        context.close()
    assert faults == []


def until(page: Any, condition: str) -> None:
    """Wait until a condition of the page holds. Playwright's own way is not let in: these pages allow no script but theirs."""
    end = time.monotonic() + PATIENCE / 1000
    while not page.evaluate(condition):
        assert time.monotonic() < end, condition
        time.sleep(0.05)
