"""What an index is searched by: the files in its folder, or a Milvus of the user's, as the index notes it.

It is no part of the manifest that travels with an exported index: where a server is, only who uses an index may say.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from ragqa.errors import IndexDamaged, UsageError
from ragqa.indexing.database import meta, put_meta
from ragqa.indexing.lineage import put_mark

BACKENDS = ("embedded", "milvus")

KEY = "backend"
"""Under which the database notes it; nothing there: embedded."""

_ADDRESS = re.compile(r"https?://[A-Za-z0-9.:\[\]_-]+(/[A-Za-z0-9_]*)?")
_PARAMETERS = re.compile(r"[?#]")
_WITHOUT_SCHEME = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):[0-9]+(?:/[A-Za-z0-9_]*)?")
"""An address as people type it. As a path it would be taken for a new file, and a server that is there never be asked."""
_PATH = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,4000}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A kind of backend and where it is: "embedded" is nowhere but in the index's folder, "milvus" in a local file, by its
    absolute path, or at an http(s) address with the name of a database after it, where that is not the default one."""

    kind: str = "embedded"
    uri: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file of this machine, which Milvus Lite keeps."""
        return self.kind == "milvus" and "://" not in self.uri

    def is_same(self, other: Choice) -> bool:
        """Whether both are of one Milvus, as far as can be told without asking: by another path to its file, or another spelling
        of its address."""
        return (self.kind, self._place) == (other.kind, other._place)

    @property
    def _place(self) -> str:
        if self.is_file:
            return os.path.realpath(self.uri)
        parts = urlsplit(self.uri)
        return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"

    def __str__(self) -> str:
        return self.kind if self.kind == "embedded" else f"{self.kind} at {self.uri}"


EMBEDDED = Choice()


def chosen(kind: str, uri: str = "") -> Choice:
    """What a user asks for, with the path of a file made absolute. Raises UsageError, naming no secret."""
    if uri and not kind:
        raise UsageError("--backend-uri says where the Milvus is of --backend milvus, which is not given")
    if kind not in BACKENDS:
        raise UsageError(f"there is no backend '{kind}'", hint=f"There are {' and '.join(BACKENDS)}.")
    if kind == "embedded":
        if uri:
            raise UsageError("the embedded backend is in the index's folder: it takes no --backend-uri")
        return EMBEDDED
    if not uri.strip():
        raise UsageError("where is the Milvus?", hint="--backend-uri http://HOST:19530, or FILE.db for Milvus Lite.")
    if "://" in uri:
        place, parameters = _PARAMETERS.split(uri, maxsplit=1)[0], _PARAMETERS.search(uri)
        if "@" in place:
            hint = "Put it into the variable RAGQA_BACKEND_TOKEN: what is in an address is kept in the index."
            raise UsageError("--backend-uri holds a user or a password", hint=hint)
        if parameters:
            hint = "http://HOST:PORT, or http://HOST:PORT/DATABASE; a token is read from the variable RAGQA_BACKEND_TOKEN."
            raise UsageError(f"--backend-uri takes nothing behind a '{parameters[0]}'", hint=hint)
        if not _ADDRESS.fullmatch(uri) or not _is_address(uri):
            raise UsageError("--backend-uri is no address", hint="http://HOST:PORT or https://HOST:PORT, or the path of a file.")
        return Choice(kind, uri)
    if _WITHOUT_SCHEME.fullmatch(uri):
        hint = f"http://{uri} or https://{uri}; or, for a file of that name, ./{uri}."
        raise UsageError(f"--backend-uri {uri}: is that a server or a file?", hint=hint)
    if not _PATH.fullmatch(uri):
        raise UsageError("--backend-uri is no path of a file")
    try:
        return Choice(kind, str(Path(uri).expanduser().absolute()))
    except RuntimeError as error:
        raise UsageError(f"--backend-uri {uri}: there is no such user", hint="Give the whole path of the file.") from error


def _is_address(uri: str) -> bool:
    try:
        return bool(urlsplit(uri).hostname) and urlsplit(uri).port != 0
    except ValueError:  # a bracket that is not closed, or a port that is none
        return False


def choice_of(connection: sqlite3.Connection) -> Choice:
    """What the index of a connection's snapshot is searched by. Raises IndexDamaged."""
    noted = meta(connection, KEY, "")
    if not noted:
        return EMBEDDED
    try:
        stored = json.loads(noted)
        return chosen(str(stored["kind"]), str(stored["uri"]))
    except (ValueError, KeyError, TypeError, UsageError) as error:
        raise IndexDamaged(
            "what the index notes of its search backend cannot be read", hint="ragqa index move NAME --backend embedded"
        ) from error


def put_choice(connection: sqlite3.Connection, choice: Choice) -> None:
    """Let an index be searched by another backend, in the caller's transaction; the commit it is at gets a mark."""
    connection.execute("DELETE FROM meta WHERE key = ?", (KEY,))
    if choice != EMBEDDED:
        put_meta(connection, **{KEY: json.dumps(asdict(choice), sort_keys=True)})
        put_mark(connection, int(meta(connection, "generation", "0")))
