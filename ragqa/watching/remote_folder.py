"""Folders of S3 and WebDAV servers, through fsspec. Who may read them is known to the environment or to fsspec's own settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ragqa.errors import RagqaError, SourceGone, UsageError
from ragqa.watching.arriving import keep
from ragqa.watching.silence import silent, unless_stopped
from ragqa.watching.sources import Entry, Listing

SCHEMES = ("s3", "webdav", "webdavs")
MOST_DOCUMENTS = 1_000_000
MARKS = ("ETag", "etag", "LastModified", "modified", "mtime")
"""What servers say of a file that is another once its content is."""


class RemoteFolder:
    """The documents below an address such as s3://bucket/manuals or webdavs://host/manuals. A document may have `most_bytes`.

    For one thread. Raises UsageError for an address that holds secrets, or where what speaks with such servers is not installed.
    """

    def __init__(self, address: str, most_bytes: int) -> None:
        parts = urlsplit(address)
        if "@" in parts.netloc or not parts.netloc:
            told = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}…"
            raise UsageError(f"{told} must name a place, and no secrets", hint=_hint(parts.scheme))
        self._address, self._most_bytes = address, most_bytes
        self._files, self._root = _connect(address)

    @property
    def name(self) -> str:
        """The folder's address."""
        return self._address

    def discover(self, stop: Callable[[], bool] = lambda: False) -> Listing:
        """All files below the address. Raises SourceGone where the server does not tell, or `stop` comes first."""
        with self._answers():
            found = unless_stopped(self.name, self._find, stop)
        if len(found) > MOST_DOCUMENTS:
            raise SourceGone(f"{self.name} has {len(found):,} files, more than {MOST_DOCUMENTS:,}", hint="Watch parts of it.")
        return Listing(tuple(self._entry(path, info) for path, info in sorted(found.items())))

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = lambda: False) -> Path:
        """Download a document. Raises ParseError where it does not come whole, or `stop` comes first, or SourceGone."""
        with self._answers(), self._files.open(self._path(entry), "rb", cache_type="readahead") as file:
            return keep(file.read, into, entry.size, self._most_bytes, stop)

    def _find(self) -> dict[str, dict[str, Any]]:
        """What the server says of each file below the address, by path."""
        self._files.invalidate_cache()
        found: dict[str, dict[str, Any]] = self._files.find(self._root, detail=True)
        if not found and not self._files.isdir(self._root):
            raise SourceGone(f"{self.name} is not there", hint="Its documents are kept until it is back.")
        return found

    def _entry(self, path: str, info: dict[str, Any]) -> Entry:
        size = info.get("size")
        marks = [str(info[field]) for field in MARKS if info.get(field)]
        name = path.removeprefix(self._root).removeprefix("/")  # not all: a key of S3 may have more, and is another by that
        return Entry(name, size, " ".join([*marks, str(size)]) if marks else "")

    def _path(self, entry: Entry) -> str:
        return f"{self._root}/{entry.name}" if self._root else entry.name

    @contextmanager
    def _answers(self) -> Iterator[None]:
        """Whatever comes of a server, or of what speaks with it, is told as the server's: those libraries share no error."""
        try:
            yield
        except RagqaError:
            raise
        except Exception as error:
            raise silent(self.name, error, _hint(urlsplit(self._address).scheme)) from error


def _connect(address: str) -> tuple[Any, str]:
    """What speaks with the server, and the folder as that calls it, without a slash at its end."""
    try:
        import fsspec

        parts = urlsplit(address)
        if parts.scheme == "s3":
            return fsspec.filesystem("s3", skip_instance_cache=True), f"{parts.netloc}{parts.path}".rstrip("/")
        secure = "https" if parts.scheme == "webdavs" else "http"
        known = dict(fsspec.config.conf.get("webdav", {}))
        auth = tuple(known["auth"]) if isinstance(known.get("auth"), list) else known.get("auth")
        files = fsspec.filesystem("webdav", base_url=f"{secure}://{parts.netloc}", auth=auth, skip_instance_cache=True)
        return files, parts.path.strip("/")
    except (ImportError, ValueError) as error:  # fsspec says ValueError of protocols that it does not know
        raise UsageError(f"{address} takes packages that are not installed", hint="pip install 'ragqa[remote]'") from error


def _hint(scheme: str) -> str:
    if scheme == "s3":
        return "Secrets: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the files of AWS; the server: AWS_ENDPOINT_URL."
    return 'Secrets: FSSPEC_WEBDAV=\'{"auth": ["USER", "PASSWORD"]}\' in the environment, or fsspec\'s own settings.'
