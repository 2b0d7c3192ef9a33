"""What a process that reads strangers' files may not do. Each limit holds as far as the system knows it."""

from __future__ import annotations

import ctypes
import faulthandler
import os
import signal
import sys
from contextlib import suppress
from typing import Any

from ragqa.parsing.patience import PATIENCE

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""

_GRACE_SECONDS = 60.0
_TIRED_MB = 1500
_TIRED_FILES = 2000


def confine(memory_mb: int, parent: int) -> None:
    """Limit this process to so much memory of its own (0: any amount), take the network away from it, and let it end with the
    process `parent` that started it."""
    _limit_memory(memory_mb)
    _stay_nice()
    sys.addaudithook(_refuse_network)
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.name == "posix" and os.getppid() != parent:  # it ended before we could ask to be told
        os._exit(0)


def end_after(seconds: float) -> None:
    """End this process if it is still at work when what may be computed for so long must be done, whatever it is doing then: for
    when nobody is left to end it."""
    faulthandler.dump_traceback_later(PATIENCE * seconds + _GRACE_SECONDS, exit=True, file=_nowhere())


def no_end() -> None:
    """Nothing is at work any more."""
    faulthandler.cancel_dump_traceback_later()


def is_tired(files: int) -> bool:
    """Whether a process that has read so many files had better be replaced: what libraries do not give back comes together."""
    return files >= _TIRED_FILES or _resident_mb() > _TIRED_MB


def _limit_memory(memory_mb: int) -> None:
    """Of what is written to, not of the address space: of that, threads and models reserve much that they never use."""
    if not memory_mb or sys.platform == "win32":
        return
    import resource

    for limit in (resource.RLIMIT_DATA, resource.RLIMIT_CORE):
        wanted = memory_mb * 1_000_000 if limit == resource.RLIMIT_DATA else 0
        hard = resource.getrlimit(limit)[1]
        if hard == resource.RLIM_INFINITY or wanted < hard:
            with suppress(OSError, ValueError):
                resource.setrlimit(limit, (wanted, wanted))


def _stay_nice() -> None:
    """Take no more time than the process that started this one: Linux shares it out among sessions, and this is one of its own,
    in which niceness would count against nobody else."""
    if sys.platform == "linux" and os.nice(0) > 0:
        with suppress(OSError), open("/proc/self/autogroup", "w") as session:
            session.write(str(os.nice(0)))


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event.startswith("socket."):
        raise PermissionError("a file that is read asks for the network: refused")


def _resident_mb() -> float:
    with suppress(OSError, ValueError, IndexError), open("/proc/self/statm", "rb") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
    return 0.0


def _nowhere(opened: list[int] = []) -> int:  # noqa: B006 - opened once, for as long as the process lives
    if not opened:
        opened.append(os.open(os.devnull, os.O_WRONLY))
    return opened[0]
