"""Starting and stopping: the socket, and the processes that share it."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace

import uvicorn
from starlette.applications import Starlette
from uvicorn.supervisors import Multiprocess

from ragqa.config import Settings
from ragqa.errors import RagqaError, UsageError
from ragqa.files import scratch_folder
from ragqa.serve.access import Access
from ragqa.serve.app import make_app, make_mcp_app
from ragqa.serve.connections import Connection
from ragqa.serve.mcp import PATH
from ragqa.serve.metrics import SHARED
from ragqa.serve.roots import Roots
from ragqa.serve.service import Service

STOP_SECONDS = 10
"""How long requests under way may take to end when the server is told to stop."""

IDLE_SECONDS = 30
"""After which a connection on which nothing is asked is closed."""

SILENT_SECONDS = 60
"""How long a worker process may not say that it lives before another one takes its place: it says nothing while it starts, which
on a slow machine takes longer than the five seconds that uvicorn gives it."""

_HINT = "Another program, perhaps another `ragqa serve`, may have it: use --port N."


@dataclass(frozen=True, slots=True)
class AppOf:
    """Makes the app of a worker process; it is sent to that process."""

    settings: Settings
    make: Callable[[Service, Access], Starlette] = make_app

    def __call__(self) -> Starlette:
        """The app, over a service of this process's own."""
        return self.make(Service(self.settings), Access.of(self.settings.serve))


def serve(settings: Settings, tell: Callable[[str], None], prepare: Callable[[], None] = lambda: None) -> None:
    """Serve until interrupted. `prepare` is called once the address is known to be free, before anything is answered; `tell` is
    given the link once it can be opened. Raises UsageError or RagqaError, and what `prepare` raises."""
    _serve(settings, tell, make_app, prepare)


def serve_mcp(settings: Settings, tell: Callable[[str], None]) -> None:
    """The same for assistants only. Raises also ModuleNotFoundError, without their extra."""
    import mcp  # noqa: F401 - what is not there is told before anything is opened

    _serve(settings, lambda link: tell(link.rstrip("/") + PATH), make_mcp_app)


def _serve(
    settings: Settings,
    tell: Callable[[str], None],
    make: Callable[[Service, Access], Starlette],
    prepare: Callable[[], None] = lambda: None,
) -> None:
    served = settings.serve
    Access.of(served)  # what is wrong with tokens, or roots, is told before anything is opened
    Roots.of(served.roots).refuse_missing()
    if served.workers > 1 and not settings.threads:
        settings = replace(settings, threads=max(1, (os.cpu_count() or 1) // served.workers))
    with _listening(served.host, served.port) as listening:
        prepare()
        with _counting_together() if served.workers > 1 else nullcontext(), suppress(KeyboardInterrupt):
            _run(settings, tell, make, listening)


def _run(
    settings: Settings, tell: Callable[[str], None], make: Callable[[Service, Access], Starlette], listening: socket.socket
) -> None:
    """Answer on a socket until interrupted."""
    served = settings.serve
    config = uvicorn.Config(
        AppOf(settings, make), factory=True, workers=served.workers, log_level="warning", access_log=False,
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=STOP_SECONDS,
        timeout_keep_alive=IDLE_SECONDS, http=Connection, timeout_worker_healthcheck=SILENT_SECONDS, lifespan="on",
    )  # fmt: skip
    tell(link(served.host, served.port))
    if served.workers > 1:
        _Workers(config, sockets=[listening]).run()
    else:
        uvicorn.Server(config).run(sockets=[listening])


class _Workers(Multiprocess):
    """Starts worker processes, and others in the place of those that die or are silent."""

    def keep_subprocess_alive(self) -> None:
        """Look after them. One that dies while it is asked, as all do at a Ctrl-C while they start, hangs up: that is noticed at
        once if nobody else, such as this process, holds its end of the line."""
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give the worker processes to come a folder in which they count together."""
    with scratch_folder("metrics-") as folder:
        os.environ[SHARED] = str(folder)
        try:
            yield
        finally:
            del os.environ[SHARED]


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
