"""A local file of Milvus Lite, served to this machine's processes over a Unix socket that nobody else may reach.

Milvus Lite lets one process have a file, and its own server takes connections on all interfaces, or on a port of this machine
from any of its users, without a password. So the first process that needs a file serves it on a socket in a folder of its own,
which only its user may enter, and notes beside the file where that is; others ask it there. When it has ended, the next serves.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ragqa.errors import BackendUnavailable
from ragqa.files import scratch_folder, storage_errors

NOTE = ".at"
"""What the name of the note beside the file ends with."""

JOINING_SECONDS = 10.0
"""How long is waited for a process that has the file to say where it serves it."""

ANSWER_SECONDS = 1.0
"""How long is waited for a process to take a connection on its socket."""

_BEGUN = frozenset({"collections", "databases"})
_OWN = _BEGUN | {"LOCK"}
"""What Milvus Lite makes in a folder, in this order: a killed process leaves the first of them, with nothing in them."""

_WORKERS = 8
_MESSAGE_BYTES = 1 << 28

_lock = threading.Lock()
_served: dict[str, _Served] = {}


@dataclass(frozen=True, slots=True)
class _Served:
    address: str
    server: Any
    kept: contextlib.ExitStack
    """The database, and the folder of the socket, to be let go of."""


def address_of(path: str) -> str:
    """Where a file of Milvus Lite is served: by this process, now, where no other does. Threads may ask at once.

    Raises BackendUnavailable where another program has the file, or it is anything else than Milvus Lite's, or no socket can be
    made, and what the disk refuses as StorageError.
    """
    path = os.path.realpath(path)  # by whatever name it is asked for, it is served once, and its note is beside itself
    with _lock:
        if path in _served:
            return _served[path].address
        until = time.monotonic() + JOINING_SECONDS
        while True:
            found = _serve(path) or _joined(path)
            if found is not None:
                return found
            if time.monotonic() > until:
                raise BackendUnavailable(
                    f"{path} is in use by another program", hint="End it; or serve the file, and give the address instead."
                )
            time.sleep(0.1)


def let_go(path: str) -> None:
    """Serve a file no more; the next who needs it does. A file that is not served here is left alone."""
    path = os.path.realpath(path)
    with _lock:
        served = _served.pop(path, None)
    if served is not None:
        with contextlib.suppress(OSError):
            Path(path + NOTE).unlink(missing_ok=True)
        served.server.stop(grace=1).wait(2)
        served.kept.close()


def _let_go_of_all() -> None:
    for path in list(_served):
        let_go(path)


def _serve(path: str) -> str | None:
    """Serve a file; None where another process has it."""
    import grpc
    from milvus_lite.adapter.grpc.servicer import MilvusServicer
    from milvus_lite.db import MilvusLite
    from milvus_lite.exceptions import DataDirLockedError
    from pymilvus.grpc_gen import milvus_pb2_grpc

    with storage_errors(Path(path)):
        _refuse_foreign(Path(path))
        try:
            database = MilvusLite(path)
        except DataDirLockedError:
            return None
        with contextlib.ExitStack() as undone:
            undone.callback(database.close)
            folder = undone.enter_context(scratch_folder())  # which only this user may enter
            address = f"unix:{folder}/milvus"
            sizes = [("grpc.max_receive_message_length", _MESSAGE_BYTES), ("grpc.max_send_message_length", _MESSAGE_BYTES)]
            server = grpc.server(ThreadPoolExecutor(_WORKERS, thread_name_prefix="milvus-lite"), options=sizes)
            milvus_pb2_grpc.add_MilvusServiceServicer_to_server(MilvusServicer(database), server)
            try:
                server.add_insecure_port(address)
            except RuntimeError as error:  # the system takes no longer path of a socket than about a hundred bytes
                message = f"{path} cannot be served on a socket in {folder}"
                raise BackendUnavailable(message, hint="Set TMPDIR to a shorter path.") from error
            server.start()
            undone.callback(server.stop, None)
            Path(path + NOTE).write_text(address, encoding="utf-8")
            kept = undone.pop_all()
        if not _served:
            atexit.register(_let_go_of_all)
        _served[path] = _Served(address, server, kept)
        return address


def _refuse_foreign(path: Path) -> None:
    """Raises BackendUnavailable where something is there that Milvus Lite did not make: it would write in between. What it calls
    its file is a folder; an empty one, such as a disk that was mounted for it, or one it was killed in at once, it may have."""
    if not path.is_dir():
        if not path.exists():
            return
        raise BackendUnavailable(f"{path} is a file, and not of Milvus Lite", hint="Name one that is not there yet.")
    there = {one.name: one for one in path.iterdir()}
    if there.keys() >= _OWN or (there.keys() <= _BEGUN and not any(any(one.iterdir()) for one in there.values() if one.is_dir())):
        return
    raise BackendUnavailable(
        f"{path} is a folder with other things in it, and not one of Milvus Lite",
        hint=f"Name one that is not there yet, such as {path / 'manuals.db'}.",
    )


def _joined(path: str) -> str | None:
    """Where the process that has a file serves it, None where it does not say, or has ended: what was killed leaves its note."""
    try:
        address = Path(path + NOTE).read_text(encoding="utf-8")
        place = address.removeprefix("unix:")
        if not address.startswith("unix:/") or os.stat(place).st_uid not in (os.getuid(), 0):
            return None
        with socket.socket(socket.AF_UNIX) as asked:
            asked.settimeout(ANSWER_SECONDS)
            return None if asked.connect_ex(place) else address
    except (OSError, ValueError):
        return None
