"""The token that a server is shown: of RAGQA_TOKEN or a file; never of the command line, which everybody on a machine sees."""

from __future__ import annotations

import os
from pathlib import Path

from ragqa.errors import UsageError

TOKEN_VARIABLE = "RAGQA_TOKEN"
_LARGEST = 1 << 16


def token_of(file: str | Path | None = None) -> str | None:
    """The token of a file, else of RAGQA_TOKEN; None where there is neither. Raises UsageError for a file without a token."""
    if file is not None:
        return read_token(Path(file))
    return checked_token(os.environ.get(TOKEN_VARIABLE, "").strip(), TOKEN_VARIABLE) or None


def read_token(file: Path) -> str:
    """The first token of a file, which may be one that a server takes: `role token` a line, or a token alone.

    Raises UsageError."""
    try:
        with open(file, encoding="utf-8") as lines:
            text = lines.read(_LARGEST)
    except (OSError, ValueError) as error:
        raise UsageError(f"the token file {file} cannot be read", hint="It holds the token, in one line.") from error
    for line in text.splitlines():
        words = line.split()
        if words and not words[0].startswith("#"):
            return checked_token(words[-1], str(file))
    raise UsageError(f"the token file {file} holds no token")


def checked_token(token: str, place: str) -> str:
    """The token itself, where a header can carry it. Raises UsageError, which does not repeat it."""
    if not token.isascii() or not token.isprintable() or " " in token:
        raise UsageError(f"{place} holds no token: it has characters that no token has")
    return token
