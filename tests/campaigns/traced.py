"""Runs a function in a process of its own and kills that at its n-th change of the file system: any write, rename, removal or
flush below a folder, also those that SQLite and FAISS make, is one.

Linux's ptrace stops the process at the system calls that a filter of its own names. It is forked from this one, so whatever is
imported here need not be imported there; nothing that starts threads may have run here before, and it must start none.
"""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_TRACEME, _CONT, _SYSCALL, _SETOPTIONS, _SYSCALL_INFO = 0, 7, 24, 0x4200, 0x420E
_EXITKILL, _SYSGOOD, _TRACESECCOMP = 0x100000, 1, 0x80
_CHANGE = signal.SIGTRAP | 7 << 8  # a call that the filter names, before it is made
_NO_NEW_PRIVS, _SECCOMP, _FILTER = 38, 22, 2
_LOAD_CALL, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _TRACE = 0x7FFF0000, 0x7FF00000
_INFO_BYTES = 88
_CREATES = os.O_CREAT | os.O_TRUNC

# What changes files, by where the arguments say which: an open file's number, a path, or a folder's number and a path.
_X86 = {
    1: "file", 18: "file", 20: "file", 74: "file", 75: "file", 77: "file", 285: "file", 296: "file", 328: "file",
    2: "open", 85: "path", 76: "path", 82: "path", 83: "path", 84: "path", 87: "path", 86: "path", 88: "path",
    257: "openat", 258: "at", 263: "at", 264: "at", 316: "at", 265: "at", 266: "at",
}  # fmt: skip
_ARM = {
    64: "file", 68: "file", 66: "file", 70: "file", 82: "file", 83: "file", 46: "file", 47: "file", 287: "file",
    45: "path", 56: "openat", 34: "at", 35: "at", 38: "at", 276: "at", 36: "at", 37: "at",
}  # fmt: skip
_CALLS = {"x86_64": _X86, "aarch64": _ARM}.get(platform.machine(), {})


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended: what it said, after how many changes, whether it was killed there, and what it raised, if anything."""

    said: tuple[str, ...]
    changes: int
    killed: bool
    error: str = ""


Act = Callable[[Callable[[str], None]], None]
"""What is run: it is given what to say things with, each of them at once and lastingly."""


def can_trace() -> bool:
    """Whether processes can be stopped at their system calls here."""
    if sys.platform != "linux" or not _CALLS:
        return False
    try:
        return run(lambda say: say("traced"), Path("/"), 0).said == ("traced",)
    except OSError:
        return False


def run(act: Act, below: Path, kill_at: int | None = None, after: bool = False) -> Outcome:
    """Run `act` to its end, or kill it at its n-th change below a folder, from 1, before it is made or after. 0 only counts them;
    None does not even that, and takes no time to speak of."""
    heard, told = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(heard)
        _live(act, told, traced=kill_at is not None)
    os.close(told)
    changes, killed = (0, False) if kill_at is None else _watch(process, str(below.resolve()), kill_at, after)
    with os.fdopen(heard, encoding="utf-8") as stream:
        lines = stream.read().splitlines()
    if kill_at is None:
        os.waitpid(process, 0)
    errors = [line.removeprefix("! ").replace("\x1f", "\n") for line in lines if line.startswith("! ")]
    ended = killed or bool(errors) or "." in lines
    return Outcome(
        tuple(line[2:] for line in lines if line.startswith("- ")), changes, killed,
        "" if ended and not errors else errors[0] if errors else "it ended without a word",
    )  # fmt: skip


def shortened(problem: str) -> str:
    """Where something went wrong, and the last line of what was raised."""
    lines = problem.strip().splitlines()
    return " … ".join(dict.fromkeys((lines[0][:100], lines[-1][:300])))


def _live(act: Act, told: int, traced: bool) -> None:
    """What the process does, until it ends."""
    code = 1
    try:
        if traced:
            _ptrace(_TRACEME, 0)
            os.kill(os.getpid(), signal.SIGSTOP)
            _stop_at_changes()
        act(lambda word: _tell(told, f"- {word}"))
        _tell(told, ".")
        code = 0
    except BaseException:
        _tell(told, "! " + traceback.format_exc().strip().replace("\n", "\x1f"))
    finally:
        os._exit(code)


def _tell(told: int, line: str) -> None:
    os.write(told, f"{line}\n".encode())


def _stop_at_changes() -> None:
    """Let this process stop at each of `_CALLS`, for who traces it to look."""
    names = sorted(_CALLS)
    program = [(_LOAD_CALL, 0, 0, 0)]
    program += [(_IF_EQUAL, len(names) - number, 0, call) for number, call in enumerate(names)]
    program += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _TRACE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in program))
    told = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(program), ctypes.addressof(code)))
    for option, values in ((_NO_NEW_PRIVS, (1, 0)), (_SECCOMP, (_FILTER, ctypes.addressof(told)))):
        if _library().prctl(option, *map(ctypes.c_ulong, values), 0, 0):
            raise OSError(ctypes.get_errno(), f"prctl {option}: {os.strerror(ctypes.get_errno())}")


def _watch(process: int, below: str, kill_at: int, after: bool) -> tuple[int, bool]:
    os.waitpid(process, 0)
    _ptrace(_SETOPTIONS, process, data=_EXITKILL | _SYSGOOD | _TRACESECCOMP)
    info = ctypes.create_string_buffer(_INFO_BYTES)
    changes, passed = 0, 0
    while True:
        _ptrace(_CONT, process, data=passed)
        _, status = os.waitpid(process, 0)
        if not os.WIFSTOPPED(status):
            return changes, False
        passed = 0 if status >> 8 == _CHANGE else os.WSTOPSIG(status)
        if passed:
            continue
        _ptrace(_SYSCALL_INFO, process, _INFO_BYTES, ctypes.addressof(info))
        call, *arguments = struct.unpack_from("7Q", info.raw, 24)
        is_change = _is_change(process, call, arguments, below)
        changes += is_change
        if is_change and changes == kill_at:
            if after:
                _ptrace(_SYSCALL, process)
                os.waitpid(process, 0)
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
            return changes, True


def _is_change(process: int, call: int, arguments: list[int], below: str) -> bool:
    how = _CALLS.get(call)
    if how == "file":
        try:
            return os.readlink(f"/proc/{process}/fd/{arguments[0]}").startswith(below)
        except OSError:
            return False
    if how in ("open", "openat"):
        at = how == "openat"
        return bool(arguments[1 + at] & _CREATES) and _path(process, arguments[at]).startswith(below)
    if how in ("path", "at"):
        return how == "at" or _path(process, arguments[0]).startswith(below)
    return False


def _path(process: int, address: int) -> str:
    with open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        memory.seek(address)
        return os.fsdecode(memory.read(4096).split(b"\0", 1)[0])


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None, use_errno=True)
    library.ptrace.restype = ctypes.c_long
    library.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
    return library


def _ptrace(request: int, process: int, address: int = 0, data: int = 0) -> int:
    result: int = _library().ptrace(request, process, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"ptrace {request}: {os.strerror(ctypes.get_errno())}")
    return result
