"""Who may speak to what ragqa listens with: the rule, without any web framework, for everything that ever listens.

A page of any origin can have its reader's browser send requests to this machine, and a name of its own lead here (DNS rebinding).
So a request is let in only if it came by an address that was meant, from a page of ours or from none, with a secret that only who
started the server was told.
"""

from __future__ import annotations

import ipaddress
import re
import secrets
from dataclasses import dataclass, field

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
"""The names under which browsers reach this machine itself, and nothing else."""

EVERY_INTERFACE = frozenset({"0.0.0.0", "::"})

_AUTHORITY = re.compile(r"(?:\[([0-9a-f]*:[0-9a-f:.]*)\]|([a-z0-9._-]+))(?::([1-9][0-9]{0,4}))?")


@dataclass(frozen=True, slots=True)
class Incoming:
    """What a request says of itself, None where it does not. `token` is what it shows in its address or Authorization header,
    `cookie` what the browser adds of its own accord; `acts` is anything but the reading of a page: a POST, a websocket."""

    host: str | None
    origin: str | None = None
    token: str | None = None
    cookie: str | None = None
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request is not let in: words for a person, and the HTTP status."""

    reason: str
    status: int = 403


WRONG_HOST = Refusal("This is not the address that ragqa printed: open the link as it was printed.")
WRONG_ORIGIN = Refusal("Another page sent this: open the link that ragqa printed.")
NO_SECRET = Refusal("Open the link that ragqa printed in the terminal: it holds the key.")


@dataclass(frozen=True, slots=True)
class Gate:
    """Lets requests in or refuses them. `hosts` are the names, in lower case and without a port, that it is reached under;
    `any_address` lets every IP address through as such a name, for a server that listens on all of a machine's interfaces.

    Frozen: threads may share it. Its secrets do not show in its repr.
    """

    hosts: frozenset[str]
    port: int
    any_address: bool = False
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @classmethod
    def of(cls, host: str, port: int) -> Gate:
        """The gate of a server that listens on a host's address, with new secrets; this machine's own names hold always."""
        return cls(LOOPBACK_HOSTS | {host.lower().strip("[]")} - EVERY_INTERFACE, port, host in EVERY_INTERFACE)

    def refusal(self, incoming: Incoming) -> Refusal | None:
        """Why a request is not let in; None for one that is."""
        if not self.is_ours(incoming.host):
            return WRONG_HOST
        if incoming.origin is not None and not self.is_same(incoming.origin, incoming.host or ""):
            return WRONG_ORIGIN
        if incoming.token is not None:
            return None if _equal(incoming.token, self.token) else NO_SECRET
        if incoming.cookie is None or not _equal(incoming.cookie, self.cookie):
            return NO_SECRET
        if incoming.acts and incoming.origin is None:  # browsers always name it; who is no browser has no cookie
            return WRONG_ORIGIN
        return None

    def is_ours(self, authority: str | None) -> bool:
        """Whether a Host header names this server, by a name and port that it is reached under."""
        named = host_and_port(authority or "")
        if named is None or named[1] != self.port:
            return False
        return named[0] in self.hosts or (self.any_address and _is_address(named[0]))

    def is_same(self, origin: str, authority: str) -> bool:
        """Whether a page of this origin was got under this authority, and so is a page of ours."""
        scheme, separator, of_origin = origin.partition("://")
        return (scheme, separator) == ("http", "://") and host_and_port(of_origin) == host_and_port(authority)


def host_and_port(authority: str) -> tuple[str, int] | None:
    """The host, in lower case, and the port (80 where none is told) of a Host header; None for anything that is not plainly one:
    with a user in front, an empty or padded port, letters of other scripts."""
    found = _AUTHORITY.fullmatch(authority.lower()) if authority.isascii() else None
    return None if found is None else (found[1] or found[2], int(found[3] or 80))


def is_loopback(host: str) -> bool:
    """Whether a host, to be listened on, is this machine for itself alone."""
    return host.lower() == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _equal(given: str, secret: str) -> bool:
    """In a time that tells nothing of where they differ."""
    return secrets.compare_digest(given.encode("utf-8", "replace"), secret.encode())
