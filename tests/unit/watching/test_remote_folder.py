"""Folders of a WebDAV and of an S3 server, both on this machine."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from ragqa.errors import ParseError, SourceGone, UsageError
from ragqa.watching import remote_folder as module
from ragqa.watching.mirror import Mirror
from ragqa.watching.remote_folder import RemoteFolder
from ragqa.watching.retries import Retries

pytestmark = pytest.mark.enable_socket

Put = Callable[[str, bytes | None], None]
"""Puts a document on the server, or with None takes it away."""


@pytest.fixture
def webdav(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Put]]:
    pytest.importorskip("webdav4")
    wsgidav_app = pytest.importorskip("wsgidav.wsgidav_app")
    wsgi = pytest.importorskip("cheroot.wsgi")
    root = tmp_path / "dav"
    (root / "manuals").mkdir(parents=True)
    app = wsgidav_app.WsgiDAVApp(
        {
            "provider_mapping": {"/": str(root)},
            "simple_dc": {"user_mapping": {"*": {"me": {"password": "hush"}}}},
            "logging": {"enable": False},
            "verbose": 0,
        }
    )
    server = wsgi.Server(("127.0.0.1", 0), app)
    server.prepare()
    thread = threading.Thread(target=server.serve)
    thread.start()
    let_in(monkeypatch, ["me", "hush"])

    def put(name: str, data: bytes | None) -> None:
        path = root / "manuals" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if data is None else path.write_bytes(data)

    yield f"webdav://127.0.0.1:{server.bind_addr[1]}/manuals", put
    server.stop()
    thread.join()


def let_in(monkeypatch: pytest.MonkeyPatch, auth: list[str]) -> None:
    """What fsspec reads of FSSPEC_WEBDAV when it is imported."""
    import fsspec

    monkeypatch.setitem(fsspec.config.conf, "webdav", {"auth": auth})


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Put]]:
    pytest.importorskip("s3fs")
    # No test dependency: boto3 comes with it, which opens a socket when it is imported.
    moto = pytest.importorskip("moto.server", reason="pip install 'moto[s3,server]'")
    import boto3

    server = moto.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "me"), ("AWS_SECRET_ACCESS_KEY", "hush"), ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=f"http://{host}:{port}", region_name="us-east-1")
    client.create_bucket(Bucket="shelf")

    def put(name: str, data: bytes | None) -> None:
        key = f"manuals/{name}"
        client.delete_object(Bucket="shelf", Key=key) if data is None else client.put_object(Bucket="shelf", Key=key, Body=data)

    yield "s3://shelf/manuals", put
    server.stop()


@pytest.fixture(params=["webdav", "s3"])
def far(request: pytest.FixtureRequest) -> tuple[str, Put]:
    return request.getfixturevalue(request.param)


def test_documents_are_found_fetched_and_seen_to_change(far: tuple[str, Put], tmp_path: Path) -> None:
    address, put = far
    put("a.md", b"# A\n")
    put("deep/b c.md", b"# B\n")
    source = RemoteFolder(address, 1000)
    entries = {entry.name: entry for entry in source.discover().entries}
    assert set(entries) == {"a.md", "deep/b c.md"} and all(entry.mark and entry.size == 4 for entry in entries.values())
    for name, text in (("a.md", b"# A\n"), ("deep/b c.md", b"# B\n")):
        assert source.fetch(entries[name], tmp_path).read_bytes() == text
    put("a.md", b"# A, longer\n")
    put("deep/b c.md", None)
    again = {entry.name: entry for entry in source.discover().entries}
    assert set(again) == {"a.md"} and again["a.md"].mark != entries["a.md"].mark
    with pytest.raises(ParseError, match="larger than"):
        RemoteFolder(address, 5).fetch(again["a.md"], tmp_path)


def test_a_folder_that_is_not_there_is_not_an_empty_one(far: tuple[str, Put]) -> None:
    address, put = far
    put("a.md", b"# A\n")
    with pytest.raises(SourceGone):
        RemoteFolder(f"{address}-2", 1000).discover()


def test_who_is_not_let_in_is_told(webdav: tuple[str, Put], monkeypatch: pytest.MonkeyPatch) -> None:
    let_in(monkeypatch, ["me", "guess"])
    with pytest.raises(SourceGone) as told:
        RemoteFolder(webdav[0], 1000).discover()
    assert "FSSPEC_WEBDAV" in told.value.hint and "guess" not in told.value.message


def test_a_server_that_does_not_answer() -> None:
    pytest.importorskip("webdav4")
    with pytest.raises(SourceGone, match="does not answer"):
        RemoteFolder("webdav://127.0.0.1:9/manuals", 1000).discover()


@pytest.mark.parametrize("address", ["s3://key:hush@bucket/x", "webdavs://me:hush@host/x", "s3://"])
def test_secrets_in_an_address_are_refused_without_telling_them(address: str) -> None:
    with pytest.raises(UsageError) as told:
        RemoteFolder(address, 1000)
    assert "hush" not in f"{told.value.message} {told.value.hint}"


def test_what_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(UsageError) as told:
        RemoteFolder("s3://bucket/x", 1000)
    assert "ragqa[remote]" in told.value.hint


def test_a_key_with_a_folder_without_a_name_is_a_document_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Bucket:
        keys: ClassVar = {"shelf/manuals/a.md": b"# A", "shelf/manuals//a.md": b"# Another"}

        def invalidate_cache(self) -> None:
            pass

        def find(self, root: str, detail: bool) -> dict[str, dict[str, int]]:
            return {key: {"size": len(data)} for key, data in self.keys.items()}

        def open(self, key: str, mode: str, cache_type: str) -> io.BytesIO:
            return io.BytesIO(self.keys[key])

    monkeypatch.setattr(module, "_connect", lambda address: (Bucket(), "shelf/manuals"))
    folder = tmp_path / "far"
    Mirror(RemoteFolder("s3://shelf/manuals", 1000), folder, Retries()).sync(lambda gone: True)
    held = sorted(path.read_bytes() for path in folder.rglob("*.md"))
    assert held == [b"# A", b"# Another"]


def test_a_listing_that_takes_long_is_left_when_it_is_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        begins, goes_on = threading.Event(), threading.Event()

        def invalidate_cache(self) -> None:
            pass

        def find(self, root: str, detail: bool) -> dict[str, dict[str, int]]:
            self.begins.set()
            assert self.goes_on.wait(60)
            return {f"{root}/a.md": {"size": 4}}

    files = Slow()
    monkeypatch.setattr(module, "_connect", lambda address: (files, "shelf"))
    source = RemoteFolder("s3://shelf", 1000)
    with pytest.raises(SourceGone, match="to stop"):
        source.discover(files.begins.is_set)
    files.goes_on.set()
    assert [entry.name for entry in source.discover().entries] == ["a.md"]
