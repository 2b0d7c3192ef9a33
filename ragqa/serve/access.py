"""Who may do what: tokens and their roles, the session of a page, and where requests may come from."""

from __future__ import annotations

import hashlib
import hmac
import os
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from fastapi import Request, Response

from ragqa.config import ServeSettings
from ragqa.errors import UsageError
from ragqa.gate import WRONG_HOST, WRONG_ORIGIN, Gate, is_loopback
from ragqa.serve.refusals import Forbidden, NoToken

COOKIE = "ragqa_session"
TOKEN_VARIABLE = "RAGQA_TOKEN"
SHORTEST_TOKEN = 16
LARGEST_TOKEN_FILE = 1 << 20
_SESSION = b"ragqa: the session of a page"


class Role(IntEnum):
    """What who shows a token may do; each may do what those before it may."""

    READ = 1
    JUDGE = 2
    MANAGE = 3


@dataclass(frozen=True, slots=True)
class Key:
    """A token's role, and what is compared with it: the token's digest and the value of its session's cookie."""

    role: Role
    digest: bytes
    session: str

    @classmethod
    def of(cls, role: Role, token: str) -> Key:
        """The key of a token. The cookie is made of it, so it holds in every process and ends with the token."""
        session = hmac.new(token.encode(), _SESSION, hashlib.sha256).hexdigest()
        return cls(role, hashlib.sha256(token.encode()).digest(), session)


class Keys:
    """The tokens that are taken: of RAGQA_TOKEN (manage) and of a file, one `role token` or bare token (manage) a line, which is
    read again when it has changed. Safe for threads. Raises UsageError where the file cannot be read or holds something else."""

    def __init__(self, token: str | None = None, file: Path | None = None) -> None:
        self._given = (_checked(Role.MANAGE, token, TOKEN_VARIABLE),) if token else ()
        self._file = file
        self._lock = threading.Lock()
        self._stamp: tuple[int, ...] | None = None
        self._read: tuple[Key, ...] = ()
        if file is not None:
            self._stamp, self._read = _stamp(file), read_keys(file)  # in this order: what changes between is read again

    def all(self) -> tuple[Key, ...]:
        """The keys that hold now; those of a file that has become unreadable, or nonsense, hold until it is mended."""
        if self._file is not None:
            with self._lock:
                stamp = _stamp(self._file)
                if stamp is not None and stamp != self._stamp:
                    self._stamp = stamp
                    with suppress(UsageError):
                        self._read = read_keys(self._file)
        return (*self._given, *self._read)

    def of_token(self, token: str) -> Key | None:
        """The key of a token; None for one that is not taken."""
        digest = hashlib.sha256(token.encode("utf-8", "replace")).digest()
        return _first(self.all(), lambda key: hmac.compare_digest(key.digest, digest))

    def of_session(self, cookie: str) -> Key | None:
        """The key whose session a cookie is; None for one that is none."""
        given = cookie.encode("utf-8", "replace")
        return _first(self.all(), lambda key: hmac.compare_digest(key.session.encode(), given))


class Access:
    """Lets requests in or refuses them. Without `keys`, as on loopback, whoever passes the rule of hosts and origins may do
    everything. `names` are host:port pairs that a proxy, or a published port, is reached under. Safe for threads."""

    def __init__(self, gate: Gate, keys: Keys | None = None, names: tuple[str, ...] = ()) -> None:
        self._gate, self.keys, self._names = gate, keys, frozenset(name.lower() for name in names)

    @classmethod
    def of(cls, settings: ServeSettings) -> Access:
        """The access of a server with these settings and the environment's token. Raises UsageError where other machines can
        reach it and no token is demanded."""
        token = os.environ.get(TOKEN_VARIABLE, "").strip()
        file = Path(settings.token_file) if settings.token_file else None
        keys = Keys(token or None, file) if token or file else None
        if keys is None and not (is_loopback(settings.host) and not settings.names):
            raise UsageError(
                f"{settings.host} can be reached from other machines, so a token must be demanded",
                hint=f"Set {TOKEN_VARIABLE}, or give --token-file FILE with a line `role token` for each; roles are"
                " read, judge and manage.",
            )
        return cls(Gate.of(settings.host, settings.port), keys, settings.names)

    def refuse_strangers(self, method: str, headers: dict[str, str]) -> None:
        """Raises Forbidden for a request that came under another name than this server's, or from another page than its own.
        `headers` are by lower-case name; one that came twice is joined by commas, and so is none that is known."""
        host, origin = headers.get("host", ""), headers.get("origin")
        named = host.lower() in self._names
        if not named and not self._gate.is_ours(host):
            raise Forbidden(WRONG_HOST.reason, hint="Reached by another name? Start the server with --name HOST:PORT.")
        if origin is not None and not (_is_named(origin, host) if named else self._gate.is_same(origin, host)):
            raise Forbidden(WRONG_ORIGIN.reason)
        if headers.get("sec-fetch-site") in ("cross-site", "same-site") and headers.get("sec-fetch-mode") != "navigate":
            raise Forbidden(WRONG_ORIGIN.reason)
        by_cookie = self.keys is not None and "cookie" in headers and "authorization" not in headers
        if origin is None and by_cookie and method not in ("GET", "HEAD"):  # browsers always name it; only they have a cookie
            raise Forbidden(WRONG_ORIGIN.reason)

    def role(self, request: Request) -> Role:
        """What who sent a request may do. Raises NoToken."""
        if self.keys is None:
            return Role.MANAGE
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        key = self.keys.of_token(token.strip()) if scheme.lower() == "bearer" else None
        if key is None and not scheme and (cookie := request.cookies.get(COOKIE)):
            key = self.keys.of_session(cookie)
        if key is None:
            raise NoToken("this server demands a token", hint="Send it as: Authorization: Bearer TOKEN")
        return key.role

    def log_in(self, token: str, response: Response, secure: bool = False) -> Role:
        """Give the page that shows a token a session, and return the token's role. Raises NoToken for one that is not taken."""
        key = self.keys.of_token(token.strip()) if self.keys is not None else None
        if key is None:
            raise NoToken("that is no token of this server", hint="Ask who runs it for one.")
        response.set_cookie(COOKIE, key.session, httponly=True, samesite="strict", secure=secure, path="/")
        return key.role

    def log_out(self, response: Response) -> None:
        """End a page's session."""
        response.delete_cookie(COOKIE, httponly=True, samesite="strict", path="/")


def access_of(request: Request) -> Access:
    """The access of the app that a request came to."""
    access: Access = request.app.state.access
    return access


def needs(role: Role) -> Callable[[Request], Coroutine[Any, Any, Role]]:
    """A dependency: lets in who has at least this role, and gives the one they have."""

    async def check(request: Request) -> Role:
        given = access_of(request).role(request)
        if given < role:
            raise Forbidden(f"this takes the role '{role.name.lower()}', and the token has '{given.name.lower()}'")
        return given

    return check


def read_keys(file: Path) -> tuple[Key, ...]:
    """The keys of a token file. Raises UsageError that names the line; no token is ever repeated."""
    try:
        if file.stat().st_size > LARGEST_TOKEN_FILE:
            raise UsageError(f"{file} is too large for a file of tokens")
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise UsageError(f"the token file {file} cannot be read", hint="It holds a line `role token` for each token.") from error
    found = []
    for number, line in enumerate(lines, start=1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        role = words[0].upper() if len(words) == 2 else "MANAGE"
        if len(words) > 2 or role not in Role.__members__:
            raise UsageError(f"{file}:{number}: a line is `role token`, the role read, judge or manage; or a token alone")
        found.append(_checked(Role[role], words[-1], f"{file}:{number}"))
    if not found:
        raise UsageError(f"the token file {file} holds no token")
    return tuple(found)


def _checked(role: Role, token: str, place: str) -> Key:
    if len(token) < SHORTEST_TOKEN or not token.isascii():
        raise UsageError(
            f"{place}: a token has at least {SHORTEST_TOKEN} ASCII characters",
            hint="Make one: python -c 'import secrets; print(secrets.token_urlsafe(32))'",
        )
    return Key.of(role, token)


def _first(keys: tuple[Key, ...], fits: Callable[[Key], bool]) -> Key | None:
    """The key that fits; all are compared, so that time tells nothing."""
    fitting = [key for key in keys if fits(key)]
    return max(fitting, key=lambda key: key.role, default=None)


def _stamp(file: Path) -> tuple[int, ...] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino  # the second changes with who may read it


def _is_named(origin: str, host: str) -> bool:
    """Whether a page is of the name that the request came under, be it encrypted by a proxy or not."""
    scheme, _, authority = origin.lower().partition("://")
    return scheme in ("http", "https") and authority == host.lower()
