"""Starting and stopping: the socket, the processes that share it, and the demo's index."""

from __future__ import annotations

import errno
import os
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace

from starlette.applications import Starlette

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.demo.tour import manuals_folder
from ragqa.errors import IndexMismatch, RagqaError, UsageError
from ragqa.serve.access import Access
from ragqa.serve.app import make_app, make_mcp_app
from ragqa.serve.mcp import PATH
from ragqa.serve.metrics import SHARED
from ragqa.serve.service import Service

STOP_SECONDS = 10
"""How long requests under way may take to end when the server is told to stop."""

IDLE_SECONDS = 30
"""After which a connection on which nothing is asked is closed."""

_HINT = "Another program, perhaps another `ragqa serve`, may have it: use --port N."


@dataclass(frozen=True, slots=True)
class AppOf:
    """Makes the app of a worker process; it is sent to that process."""

    settings: Settings
    make: Callable[[Service, Access], Starlette] = make_app

    def __call__(self) -> Starlette:
        """The app, over a service of this process's own."""
        return self.make(Service(self.settings), Access.of(self.settings.serve))


def serve(settings: Settings, tell: Callable[[str], None], demo: bool = False) -> None:
    """Serve until interrupted. `tell` is given the link once it can be opened. With `demo`, the sample manuals are read meanwhile
    into the settings' index, where they are not in it yet. Raises UsageError or RagqaError."""
    with _reading_samples(settings) if demo else nullcontext():
        _serve(settings, tell, make_app)


def serve_mcp(settings: Settings, tell: Callable[[str], None]) -> None:
    """The same for assistants only. Raises also ModuleNotFoundError, without their extra."""
    import mcp  # noqa: F401 - what is not there is told before anything is opened

    _serve(settings, lambda link: tell(link.rstrip("/") + PATH), make_mcp_app)


def _serve(settings: Settings, tell: Callable[[str], None], make: Callable[[Service, Access], Starlette]) -> None:
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    served = settings.serve
    Access.of(served)  # what is wrong with tokens is told before anything is opened
    if served.workers > 1 and not settings.threads:
        settings = replace(settings, threads=max(1, (os.cpu_count() or 1) // served.workers))
    with (
        _listening(served.host, served.port) as listening,
        _counting_together() if served.workers > 1 else nullcontext(),
        suppress(KeyboardInterrupt),
    ):
        config = uvicorn.Config(
            AppOf(settings, make), factory=True, workers=served.workers, log_level="warning", access_log=False,
            server_header=False, proxy_headers=False, timeout_graceful_shutdown=STOP_SECONDS,
            timeout_keep_alive=IDLE_SECONDS, lifespan="on",
        )  # fmt: skip
        tell(link(served.host, served.port))
        if served.workers > 1:
            Multiprocess(config, sockets=[listening]).run()
        else:
            uvicorn.Server(config).run(sockets=[listening])


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give the worker processes to come a folder in which they count together."""
    with tempfile.TemporaryDirectory(prefix="ragqa-metrics-", ignore_cleanup_errors=True) as folder:
        os.environ[SHARED] = folder
        try:
            yield
        finally:
            del os.environ[SHARED]


@contextmanager
def _reading_samples(settings: Settings) -> Iterator[None]:
    """Bring an index up to the sample manuals in a thread of its own, which is stopped at the end."""
    stopped = threading.Event()

    def read() -> None:
        engine = RagQA(settings=settings)
        with suppress(RagqaError), manuals_folder() as folder:  # what is wrong with the index, who asks is told
            try:
                engine.ingest(folder, stop=stopped.is_set)
            except IndexMismatch:  # it is of another version
                engine.remove()
                engine.ingest(folder, stop=stopped.is_set)

    reading = threading.Thread(target=read, name="ragqa-samples")
    reading.start()
    try:
        yield
    finally:
        stopped.set()
        reading.join()


def link(host: str, port: int) -> str:
    """What opens the server's page, on this machine at least."""
    known = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://{f'[{known}]' if ':' in known else known}:{port}/"


def _listening(host: str, port: int) -> socket.socket:
    """A socket that is bound, before anything is told of it."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=2048)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise UsageError(f"{host} is no address of this machine") from error
        raise RagqaError(f"port {port} of {host} cannot be listened on: {os.strerror(error.errno or 0)}", hint=_HINT) from error
