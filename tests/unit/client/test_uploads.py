from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import httpx
import pytest
from client_server import Server

from ragqa.client import RemoteRagQA, uploads
from ragqa.client.uploads import Sending, batches, choose, sent_name
from ragqa.config import IngestSettings
from ragqa.errors import ParseError, ServerError, UsageError
from ragqa.ingestion.discover import SourceFile
from ragqa.schema import ingest_json
from ragqa.types import FileReport, FileState, IngestReport, Progress
from ragqa.upload_names import safe_name


def a_job(*states: str, **ended: object) -> dict[str, object]:
    return {"id": "j1", "kind": "ingest", "state": "done", "result": None, "error": None, **ended}


def report(name: str) -> dict[str, object]:
    file = FileReport(name, FileState.ADDED, None, 10, 1, 1)
    return ingest_json(IngestReport("shelf", (file,), 1, 0.5, 1, 1))


EVENTS = b'event: progress\ndata: {"stage": "ingest", "done": 1, "total": 2}\n\nevent: done\ndata: {}\n\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "manuals"
    (place / "old").mkdir(parents=True)
    (place / "kettle.md").write_text("# Kettle\n")
    (place / "old" / "kettle.md").write_text("# Old kettle\n")
    (place / "photo.zip").write_bytes(b"PK")
    return place


def test_folders_become_part_of_names_and_what_nobody_reads_is_not_sent(folder: Path) -> None:
    chosen = choose([folder, folder / "none"], IngestSettings())
    assert [one.name for one in chosen.files] == ["kettle.md", "old - kettle.md"]
    assert {one.path: one.state for one in chosen.left_out} == {
        "photo.zip": FileState.SKIPPED,
        str(folder / "none"): FileState.FAILED,
    }


def test_two_files_of_one_name_are_refused(folder: Path) -> None:
    with pytest.raises(UsageError, match="would both be"):
        choose([folder / "kettle.md", folder / "old" / "kettle.md"], IngestSettings())


@pytest.mark.skipif(sys.platform != "linux", reason="not every system takes such names")
@pytest.mark.parametrize("names", [("a?.md", "a*.md"), ("u\u0308.md", "\u00fc.md"), ("a  b.md", "a b.md")])
def test_two_files_that_the_server_would_call_the_same_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(UsageError, match="would both be"):
        choose([tmp_path], IngestSettings())


def test_files_of_deep_folders_stay_apart(tmp_path: Path) -> None:
    deep = tmp_path.joinpath("Handbook of the filling line " * 4, "Chapters on the pump " * 5)
    deep.mkdir(parents=True)
    for name in ("1.md", "2.md"):
        (deep / name).touch()
    names = [one.name for one in choose([tmp_path], IngestSettings()).files]
    assert len(set(names)) == 2 and names == list(map(safe_name, names))


def test_uploads_are_as_large_as_servers_take() -> None:
    def file(number: int, size: int) -> Sending:
        return Sending(SourceFile(Path(f"{number}.md"), f"{number}.md", Path()), sent_name(f"{number}.md"), size)

    small = [file(number, 1) for number in range(120)]
    assert [len(batch) for batch in batches(small, 50, 200 << 20)] == [50, 50, 20]
    large = [file(number, 150 << 20) for number in range(3)] + [file(4, 900 << 20), file(5, 1)]
    assert [[one.name for one in batch] for batch in batches(large, 50, 200 << 20)] == [
        ["0.md"],
        ["1.md"],
        ["2.md"],
        ["4.md"],
        ["5.md"],
    ]
    assert batches([], 50, 1) == []


def test_files_are_sent_whole_and_followed(
    remote: Callable[..., RemoteRagQA], server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILES_AT_ONCE", 1)
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=EVENTS)
    server.answers["GET /v1/jobs/j1"] = [a_job(result=report("kettle.md")), a_job(result=report("old - kettle.md"))]
    steps: list[Progress] = []
    done = remote(index="shelf").ingest(folder, audit=True, progress=steps.append)
    assert [(one.path, one.state.value) for one in done.files] == [
        ("kettle.md", "added"), ("old - kettle.md", "added"), ("photo.zip", "skipped")
    ]  # fmt: skip
    assert (done.chunks_embedded, done.seconds, done.documents) == (2, 1.0, 1)
    sent = [request for request in server.requests if request.method == "POST"]
    assert len(sent) == 2 and b"# Old kettle\n" in sent[1].content and b'filename="old - kettle.md"' in sent[1].content
    for field, value in ((b"index", b"shelf"), (b"audit", b"true"), (b"embed", b"true")):
        assert b'name="' + field + b'"\r\n\r\n' + value + b"\r\n" in sent[0].content
    assert {step.stage for step in steps} == {"send", "ingest"}
    assert next(step for step in steps if step.stage == "send").total == 9


def test_a_stop_ends_the_job_once_and_sends_no_more(
    remote: Callable[..., RemoteRagQA], server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "FILES_AT_ONCE", 1)
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=b"event: cancelled\ndata: {}\n\n")
    server.answers["DELETE /v1/jobs/j1"] = a_job(state="running")
    server.answers["GET /v1/jobs/j1"] = a_job(state="cancelled", result={**report("kettle.md"), "interrupted": True})
    assert remote().ingest(folder, stop=lambda: True).interrupted
    assert [request.method for request in server.requests].count("DELETE") == 1
    assert [request.method for request in server.requests].count("POST") == 1


def test_what_a_job_failed_with_is_told(remote: Callable[..., RemoteRagQA], server: Server, folder: Path) -> None:
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=b"event: failed\ndata: {}\n\n")
    server.answers["GET /v1/jobs/j1"] = a_job(state="failed", error={"code": "unreadable", "message": "broken", "hint": "mend"})
    with pytest.raises(ParseError, match="broken"):
        remote().ingest(folder)
    server.answers["GET /v1/jobs/j1"] = a_job(state="cancelled")
    with pytest.raises(ServerError, match="stopped before it had done anything"):
        remote().ingest(folder)


def test_files_that_are_gone_when_their_turn_comes_are_told_and_the_others_sent(
    remote: Callable[..., RemoteRagQA], server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {folder / "kettle.md"}

    def opened(path: Path, mode: str) -> BinaryIO:
        if path in gone:
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return cast(BinaryIO, path.open(mode))

    monkeypatch.setattr(uploads, "open", opened, raising=False)
    monkeypatch.setattr(uploads, "FILES_AT_ONCE", 1)
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=EVENTS)
    server.answers["GET /v1/jobs/j1"] = a_job(result=report("old - kettle.md"))
    done = remote().ingest(folder)
    assert {one.path: (one.state.value, one.note) for one in done.files if one.path != "photo.zip"} == {
        "old - kettle.md": ("added", ""),
        "kettle.md": ("failed", "cannot be read: No such file or directory"),
    }
    gone.add(folder / "old" / "kettle.md")
    with pytest.raises(UsageError, match="no file to send"):
        remote().ingest(folder)


def test_a_link_that_came_after_the_search_is_not_sent(
    remote: Callable[..., RemoteRagQA], server: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder.parent / "secret.md").write_text("secret")
    choose_now = uploads.choose

    def swapped(*given: Any) -> uploads.Chosen:
        chosen = choose_now(*given)
        (folder / "kettle.md").unlink()
        (folder / "kettle.md").symlink_to(folder.parent / "secret.md")
        return chosen

    monkeypatch.setattr("ragqa.client.library.choose", swapped)
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=EVENTS)
    server.answers["GET /v1/jobs/j1"] = a_job(result=report("old - kettle.md"))
    done = remote().ingest(folder)
    notes = {one.path: one.note for one in done.files if one.path != "photo.zip"}
    assert notes["old - kettle.md"] == "" and "leads out of the folder" in notes["kettle.md"]
    assert all(b"secret" not in request.content for request in server.requests)


def too_large(request: httpx.Request) -> httpx.Response:
    fault = {"error": {"code": "too_large", "message": "a request here may have 100 bytes", "hint": ""}}
    return httpx.Response(413, json=fault)


def of_a_proxy(request: httpx.Request) -> httpx.Response:
    return httpx.Response(413, text="<html><h1>413 Request Entity Too Large</h1></html>")


@pytest.mark.parametrize("refusal", [too_large, of_a_proxy])
def test_a_file_that_is_too_large_there_is_left_out_and_the_others_are_sent(
    remote: Callable[..., RemoteRagQA], server: Server, tmp_path: Path, refusal: Callable[[httpx.Request], httpx.Response]
) -> None:
    place = tmp_path / "many"
    place.mkdir()
    for number in range(8):
        (place / f"{number}.md").write_text("# Short\n")
    (place / "5.md").write_text("# Long\n" * 500)
    taken: list[str] = []

    def take(request: httpx.Request) -> httpx.Response:
        names = [f"{number}.md" for number in range(8) if f'filename="{number}.md"'.encode() in request.content]
        if len(names) > 3 or len(request.content) > 3000:  # some servers take few files, others few bytes
            return refusal(request)
        taken.extend(names)
        return httpx.Response(202, json={"job": "j1"})

    server.answers["POST /v1/ingest"] = take
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=EVENTS)
    server.answers["GET /v1/jobs/j1"] = lambda request: httpx.Response(200, json=a_job(result=report(taken[-1])))
    done = remote().ingest(place)
    assert taken == [f"{number}.md" for number in range(8) if number != 5]
    (failed,) = [one for one in done.files if one.state is FileState.FAILED]
    assert failed.path == "5.md" and failed.note.startswith("was not sent: ")
    assert len([request for request in server.requests if request.method == "POST"]) < 12
    with pytest.raises(UsageError, match=r"no file to send: 5\.md: was not sent"):
        remote().ingest(place / "5.md")


@pytest.mark.parametrize("text", ["# A kettle and more\n", "#\n"])
def test_a_file_that_changes_while_it_is_sent_does_not_end_the_run(
    remote: Callable[..., RemoteRagQA], server: Server, folder: Path, text: str
) -> None:
    """One that grows is sent as it was, one that shrinks is left out."""

    def change(step: Progress) -> None:
        if step.stage == "send":  # of the first file: the second is not yet read
            (folder / "old" / "kettle.md").write_text(text)

    server.answers["POST /v1/ingest"] = lambda request: httpx.Response(202, json={"job": "j1"})
    server.answers["GET /v1/jobs/j1/events"] = lambda request: httpx.Response(200, content=EVENTS)
    server.answers["GET /v1/jobs/j1"] = a_job(result=report("kettle.md"))
    done = remote().ingest(folder, progress=change)
    (sent,) = [one for one in server.requests if one.method == "POST"]
    assert int(sent.headers["content-length"]) == len(sent.content) and b"# Kettle\n" in sent.content
    failed = [(one.path, one.note) for one in done.files if one.state is FileState.FAILED]
    if len(text) < 10:
        assert failed == [("old/kettle.md", "cannot be read: it became shorter while it was sent")]
    else:
        assert failed == [] and text.encode()[:13] in sent.content and text.encode() not in sent.content


def test_an_id_that_leads_elsewhere_is_not_followed(remote: Callable[..., RemoteRagQA], server: Server, folder: Path) -> None:
    server.answers["POST /v1/ingest"] = httpx.Response(202, json={"job": "../../admin"})
    with pytest.raises(ServerError, match="is no id"):
        remote().ingest(folder)
    assert len(server.requests) == 1


def test_nothing_to_send_is_told(remote: Callable[..., RemoteRagQA], server: Server, folder: Path) -> None:
    with pytest.raises(UsageError, match="no file to send"):
        remote().ingest(folder / "photo.zip")
    for option in ("prune", "dry_run"):
        with pytest.raises(UsageError, match=option):
            remote().ingest(folder, **{option: True})
    assert server.requests == []
