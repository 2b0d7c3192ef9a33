"""Uploaded files: whatever they are called, they stay where they belong, whole or not at all."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ragqa.config import Settings
from ragqa.errors import StorageError, UsageError
from ragqa.serve.receiving import MOST_FIELDS, Receiver, UploadLimits
from ragqa.serve.refusals import Malformed, TooLarge
from ragqa.serve.routes.sent import received
from ragqa.serve.uploads import Uploads
from ragqa.upload_names import LONGEST_NAME, safe_name

LIMITS = UploadLimits(size=100_000, files=3)
KIND = "multipart/form-data; boundary=limit"


def form(*parts: tuple[str, bytes], end: bytes = b"--limit--\r\n") -> bytes:
    """A body: parts with what stands after form-data in their headers."""
    body = b""
    for said, data in parts:
        body += b"--limit\r\nContent-Disposition: form-data; " + said.encode() + b"\r\n\r\n" + data + b"\r\n"
    return body + end


def file(name: str, data: bytes = b"text") -> tuple[str, bytes]:
    return f'name="file"; filename="{name}"', data


def receive(folder: Path, body: bytes, kind: str = KIND, step: int = 7) -> Receiver:
    receiver = Receiver(kind, folder, LIMITS)
    try:
        for at in range(0, len(body), step):
            receiver.feed(body[at : at + step])
        receiver.finish()
    finally:
        receiver.close()
    return receiver


def opened(uploads: Uploads) -> Path:
    place = uploads.place()
    uploads.open(place)
    return place


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("manual.pdf", "manual.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("C:\\manuals\\Kettle K1.pdf", "Kettle K1.pdf"),
        ("/abs/olute.txt", "olute.txt"),
        (".bashrc", "bashrc"),
        ("...x", "x"),
        ("\x1b[2Ja\x07.txt", "_[2Ja_.txt"),
        ("a\u202etxt.exe", "a_txt.exe"),
        ("a\nb\tc.md", "a_b_c.md"),
        ('a<b>:"|?*.md', "a_b______.md"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("u\u0308ber.pdf", "über.pdf"),
        ("\ud800x.txt", "_x.txt"),
        ("trailing. . ", "trailing"),
        ("日本語.pdf", "日本語.pdf"),
        ("-rf", "-rf"),
    ],
)
def test_names_lead_nowhere(given: str, kept: str) -> None:
    assert safe_name(given) == kept


@pytest.mark.parametrize("given", ["", ".", "..", "/", "a/", "\x00", "...", "???", " "])
def test_no_name_is_told(given: str) -> None:
    with pytest.raises(UsageError, match="no name"):
        safe_name(given)


def test_long_names_keep_their_suffix() -> None:
    for letter in ("x", "ü", "語"):
        name = safe_name(letter * 300 + ".tar.gz")
        assert re.fullmatch(f"{letter}+~[0-9a-f]{{8}}\\.tar\\.gz", name)
        assert LONGEST_NAME - 3 <= len(name.encode()) <= LONGEST_NAME
    assert len(safe_name("x." + "y" * 500).encode()) <= LONGEST_NAME


def test_long_names_that_differ_at_their_end_only_stay_apart_and_as_they_are() -> None:
    one, other = (safe_name("handbook " * 30 + f"chapter {number}.pdf") for number in (1, 2))
    assert one != other
    assert (safe_name(one), safe_name(other)) == (one, other)


@pytest.mark.parametrize("step", [1, 7, 10_000])
def test_files_and_fields_are_received_whatever_the_pieces(tmp_path: Path, step: int) -> None:
    data = bytes(range(256)) * 4 + b"\r\n--limi\r\n"
    body = form(('name="index"', b"shelf"), file("a.pdf", data), file("b.md", b""))
    received = receive(tmp_path, body, step=step)
    assert (received.names, received.fields) == (["a.pdf", "b.md"], {"index": "shelf"})
    assert (tmp_path / "a.pdf").read_bytes() == data
    assert (tmp_path / "b.md").read_bytes() == b""


@pytest.mark.parametrize(
    ("body", "error", "told"),
    [
        (form(file("a.md"), end=b""), Malformed, "cut short"),
        (form(file("a.md"))[:-20], Malformed, "cut short"),
        (b"", Malformed, "cut short"),
        (form(('name="index"', b"x")), Malformed, "no file"),
        (b"not a form at all" * 10, Malformed, "no valid multipart"),
        (form(*(file(f"{number}.md") for number in range(4))), TooLarge, "more than 3 files"),
        (form(file("a.md", b"x" * 200_000)), TooLarge, "more than 0 MB"),
        (form(('name="x"', b"y" * 20_000)), TooLarge, "a field"),
        (form(*((f'name="{number}"', b"") for number in range(MOST_FIELDS + 1))), TooLarge, "fields"),
        (form(file("a.md"), file("x/a.md")), UsageError, "two files of the upload are called 'a.md'"),
        (form(file("..")), UsageError, "no name"),
        (form(("filename*=undefined''x.md", b"x")), Malformed, "header"),
        (form(("filename*=idna''%ff.md", b"x")), Malformed, "header"),
        (form(("filename*=punycode''%ff", b"x")), Malformed, "header"),
        (form(("filename*=a%00b''x", b"x")), Malformed, "header"),
        (b"--limit\r\n" + b"X: y\r\n" * 1000 + b"\r\n\r\n--limit--\r\n", Malformed, "no valid multipart"),
        (b"--limit\r\nX: " + b"y" * 50_000 + b"\r\n\r\n\r\n--limit--\r\n", Malformed, "no valid multipart"),
    ],
)
def test_what_is_no_upload_is_told(tmp_path: Path, body: bytes, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        receive(tmp_path, body, step=1000)


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=",
        f"{KIND}{'x' * 500}",
        f"multipart/form-data; boundary*{'9' * 5000}=x",
    ],
)
def test_a_body_without_a_boundary_is_told(tmp_path: Path, kind: str) -> None:
    with pytest.raises(Malformed):
        receive(tmp_path, b"", kind)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, data: bytes) -> int:
            raise OSError(28, "No space left on device")

        def close(self) -> None: ...

    monkeypatch.setattr("builtins.open", lambda *given: Full())
    with pytest.raises(StorageError, match="No space left"):
        receive(tmp_path, form(file("a.md")))


def test_a_file_takes_its_place_when_it_has_come_and_that_of_its_name(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    for text in ("old", "new"):
        folder = opened(uploads)
        (folder / "a.md").write_text(text)
        uploads.keep("shelf", folder, ["a.md"])
    assert (tmp_path / "uploads" / "shelf" / "a.md").read_text() == "new"
    assert uploads.names("shelf") == ["a.md"]
    assert uploads.names("other") == []
    assert list((tmp_path / "uploads" / ".arriving").iterdir()) == []


def test_what_a_killed_process_received_of_an_upload_is_taken_away(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    old, new = opened(uploads), opened(uploads)
    (old / "half.pdf").write_text("x")
    for path in (old / "half.pdf", old):
        os.utime(path, (0, 0))
    opened(uploads)
    assert new.exists() and not old.exists()


@pytest.mark.parametrize("moment", ["open", "give_up"])
def test_who_hangs_up_at_any_moment_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """Also while the folder is being made, or is already being taken away."""
    uploads, begun = Uploads(tmp_path), threading.Event()
    does = getattr(uploads, moment)

    def slowly(place: Path) -> None:
        begun.set()
        time.sleep(0.2)
        does(place)

    monkeypatch.setattr(uploads, moment, slowly)
    request: Any = SimpleNamespace(headers={"content-type": KIND}, stream=never_whole)
    service: Any = SimpleNamespace(uploads=uploads, settings=Settings())

    async def hang_up() -> None:
        async def receive_it() -> None:
            async with received(request, service):
                raise AssertionError("it never comes whole")

        task = asyncio.create_task(receive_it())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.to_thread(begun.wait)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.sleep(0.3)

    asyncio.run(hang_up())
    assert list((tmp_path / "uploads" / ".arriving").iterdir()) == []


async def never_whole() -> AsyncIterator[bytes]:
    """A body of which a part comes, and nothing more."""
    yield form(file("a.md"), end=b"")
    await asyncio.sleep(600)


def test_an_index_cannot_be_where_files_arrive(tmp_path: Path) -> None:
    for name in (".arriving", "..", "a/b"):
        with pytest.raises(UsageError):
            Uploads(tmp_path).folder(name)
