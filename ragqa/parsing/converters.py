"""Programs of the system that turn old formats into new ones: found on the PATH, never named by a document.

A converter works in a folder of its own, with its own profile, without the user's environment, for a limited time and with
limited output. Macros and links of the document are switched off.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ragqa.errors import ParseError
from ragqa.files import scratch_folder
from ragqa.parsing.patience import Stopwatch

SECONDS = 180
"""What a conversion may compute: an office suite needs some seconds to start, and a large manual a minute."""

LARGEST_OUTPUT = 300 * 1024 * 1024
_LOOK_SECONDS = 0.2
_NO_START = 126
_KEEPER = f"""
import os, signal, subprocess, sys, threading

def listen():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)

threading.Thread(target=listen, daemon=True).start()
try:
    code = subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL)
except OSError:
    code = {_NO_START}
os._exit(code if 0 <= code <= {_NO_START} else 1)
"""
"""Runs a converter, and ends with all that was started as soon as the process that waits for it is no more, however that went:
its standard input ends then. A converter starts others, which no signal to it alone reaches."""
_STEM = "document"
_KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "PATHEXT")
_SAFE_PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="MacroSecurityLevel" oor:op="fuse">
<value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="DisableMacrosExecution" oor:op="fuse">
<value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting"><prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse">
<value>true</value></prop></item>
</oor:items>
"""


@dataclass(frozen=True, slots=True)
class Converter:
    """A program by the names it may have, how users call it, and its arguments for a source, a folder and a suffix."""

    product: str
    programs: tuple[str, ...]
    arguments: Callable[[Path, Path, str], list[str]]

    def program(self) -> str | None:
        """The program's path; one that lies where the user happens to stand is not trusted."""
        found = (shutil.which(name) for name in self.programs)
        return next((path for path in found if path is not None and os.path.isabs(path)), None)


def _office_arguments(source: Path, folder: Path, suffix: str) -> list[str]:
    profile = folder / "profile"
    (profile / "user").mkdir(parents=True)
    (profile / "user" / "registrymodifications.xcu").write_text(_SAFE_PROFILE, encoding="utf-8")
    switches = ["--headless", "--invisible", "--norestore", "--nolockcheck", "--nodefault", "--nofirststartwizard"]
    target = ["--convert-to", suffix.removeprefix("."), "--outdir", str(folder / "out")]
    return [f"-env:UserInstallation={profile.as_uri()}", *switches, *target, str(source)]


def _book_arguments(source: Path, folder: Path, suffix: str) -> list[str]:
    return [str(source), str(folder / "out" / f"{_STEM}{suffix}")]


OFFICE = Converter("LibreOffice", ("soffice", "libreoffice"), _office_arguments)
BOOKS = Converter("Calibre", ("ebook-convert",), _book_arguments)


def convert(data: bytes, suffix: str, converter: Converter, target: str) -> bytes:
    """`data`, a file with `suffix`, as a file with the suffix `target`; ParseError that says what would help."""
    program = converter.program()
    if program is None:
        names = " or ".join(converter.programs)
        raise ParseError(
            f"files of the kind {suffix} are read by way of {converter.product}, which is not installed here",
            hint=f"Install {converter.product} ({names} on the PATH), or save the file as {target} or PDF.",
        )
    with scratch_folder() as made:
        folder = made.resolve()
        (folder / "in").mkdir()
        (folder / "out").mkdir()
        source = folder / "in" / f"{_STEM}{suffix}"
        source.write_bytes(data)
        code = _run([program, *converter.arguments(source, folder, target)], folder, converter.product)
        result = folder / "out" / f"{_STEM}{target}"
        if code != 0 or not result.is_file() or result.is_symlink():
            raise ParseError(
                f"{converter.product} could not convert it: damaged, or protected?",
                hint=f"Open the file with its program and save it as {target} or PDF.",
            )
        if result.stat().st_size > LARGEST_OUTPUT:
            raise _too_large(converter.product)
        return result.read_bytes()


def _run(command: list[str], folder: Path, product: str) -> int:
    """The exit code of a converter; it is ended, with all that it started, when it takes too long or writes too much."""
    environment = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    environment |= {name: str(folder) for name in ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE", "CALIBRE_CONFIG_DIRECTORY")}
    environment |= {"LANG": "C.UTF-8", "QT_QPA_PLATFORM": "offscreen"}
    if os.name == "posix":
        command = [sys.executable, "-I", "-c", _KEEPER, *command]
    silent, pipe = subprocess.DEVNULL, subprocess.PIPE
    no_start = ParseError(f"{product} does not start", hint=f"Mend or remove {product}.")
    try:
        running = subprocess.Popen(
            command, cwd=folder, env=environment, stdin=pipe, stdout=silent, stderr=silent, start_new_session=True
        )
    except OSError as error:
        raise no_start from error
    watch = Stopwatch(running.pid)
    try:
        while True:
            with suppress(subprocess.TimeoutExpired):
                code = running.wait(_LOOK_SECONDS)
                if code == _NO_START:
                    raise no_start
                return code
            if took := watch.late(SECONDS):
                raise ParseError(f"{product} took longer than {took}", hint="Save the file in a newer format by hand.")
            if _size(folder) > LARGEST_OUTPUT:
                raise _too_large(product)
    finally:
        if running.poll() is None:
            _end(running)
        assert running.stdin is not None
        running.stdin.close()


def _end(running: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            running.kill()
        else:
            os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _size(folder: Path) -> int:
    total = 0
    for root, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(root, name)).st_size
    return total


def _too_large(product: str) -> ParseError:
    return ParseError(f"{product} makes more than {LARGEST_OUTPUT // 2**20} MB of it: refused", hint="Split the file.")
