"""What the system outside the terminal does for the app: it shows a manual at its page, and has a clipboard."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from textual.app import App, SuspendNotSupported

_AT_PAGE = {"okular": ("-p",), "evince": ("-i",), "zathura": ("-P",), "mupdf": ()}
"""Readers of PDF that take a page, and the option they take it by; the path comes last, or before mupdf's page."""

_NO_TEXT = re.compile(
    r"\.(?:pdf|epub|chm|mobi|azw3?|do[ct][xm]?|od[tsp]|ot[tsp]|xl[st][xmb]?|pp[st][xm]?|pot[xm]?)", re.IGNORECASE
)
"""Files that say nothing to a person in a pager."""

Which = Callable[[str], str | None]


def viewer(
    path: Path,
    page: int | None,
    environment: Mapping[str, str] = os.environ,
    which: Which = shutil.which,
    platform: str = sys.platform,
) -> tuple[list[str], bool] | None:
    """The command that shows a file, at a page where the viewer can, and whether it takes the terminal; None: there is none."""
    windowed = platform in ("darwin", "win32") or any(environment.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    if windowed and path.suffix.lower() == ".pdf" and page is not None:
        for name, option in _AT_PAGE.items():
            if which(name):
                return ([name, str(path), str(page)] if not option else [name, *option, str(page), str(path)]), False
    if windowed:
        for name in ("xdg-open", "open"):
            if which(name):
                return [name, str(path)], False
    if _NO_TEXT.fullmatch(path.suffix):
        return None
    pager = environment.get("PAGER") or "less"
    return ([*pager.split(), str(path)], True) if which(pager.split()[0]) else None


def show_file(app: App[Any], path: Path, page: int | None) -> bool:
    """Show a file with what the system has for it, at a page where that can; False when there is nothing."""
    found = viewer(path, page)
    if found is None:
        return False
    command, in_terminal = found
    try:
        if in_terminal:
            with app.suspend():
                subprocess.run(command, check=False)
        else:
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except SuspendNotSupported:  # a page in a browser has no terminal to lend
        return False
    except OSError as error:
        app.notify(f"{command[0]} does not start: {error.strerror}", severity="error", markup=False)
    return True


def copy_to_system(text: str) -> None:
    """Copy to the system's clipboard, where there is one."""
    import pyperclip

    try:
        pyperclip.copy(text)
    except pyperclip.PyperclipException:  # no clipboard here: the terminal's has it
        return
