"""Where a server is: its base URL, and the addresses below it. Nothing that a server says becomes an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

from ragqa.errors import UsageError
from ragqa.paths import checked_name

EXAMPLE = "Write it as http://127.0.0.1:8321, or https://manuals.example.org/ragqa#INDEX."
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")
_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True)
class Address:
    """A server's base URL, without a slash at its end, and the index that is meant there; None: the server's own."""

    base: str
    index: str | None = None

    @classmethod
    def of(cls, url: str, index: str | None = None) -> Address:
        """The address that a user wrote; what stands behind # is an index. Raises UsageError for what is none."""
        try:
            parts = urlsplit(url.strip())
            host, port = parts.hostname, parts.port
        except ValueError as error:
            raise UsageError(f"'{url}' is no address of a server: {error}", hint=EXAMPLE) from error
        if parts.username is not None or parts.password is not None:  # before anything repeats the address
            raise UsageError("an address holds no secrets", hint="Give the token by RAGQA_TOKEN, or in a file by --token-file.")
        if parts.scheme not in ("http", "https") or not host or _HOST.fullmatch(host) is None or parts.query:
            raise UsageError(f"'{url}' is no address of a server", hint=EXAMPLE)
        path = parts.path.rstrip("/")
        if _PATH.fullmatch(path) is None or {".", ".."} & set(path.split("/")):
            raise UsageError(f"'{url}' is no address of a server: {parts.path} is no plain path", hint=EXAMPLE)
        named = f"[{host}]" if ":" in host else host
        base = f"{parts.scheme}://{named}{'' if port is None else f':{port}'}{path}"
        name = index if index is not None else parts.fragment or None
        return cls(base, None if name is None else checked_name(name))

    def below(self, *parts: str | int) -> str:
        """The URL of something on the server, of path segments that are quoted here."""
        return "/".join((self.base, *(quote(str(part), safe="") for part in parts)))

    @property
    def is_open(self) -> bool:
        """Whether what is said to the server can be overheard: it is another machine, and nothing is encrypted."""
        parts = urlsplit(self.base)
        return parts.scheme == "http" and not _is_this_machine(parts.hostname or "")


def is_address(text: str) -> bool:
    """Whether a text means a server, and not an index: it begins as a web address does."""
    return text.lower().startswith(("http://", "https://"))


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
