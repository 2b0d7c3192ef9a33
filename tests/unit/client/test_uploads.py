from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

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
    assert [len(batch) for batch in batches(small)] == [50, 50, 20]
    large = [file(number, 150 << 20) for number in range(3)] + [file(4, 900 << 20), file(5, 1)]
    assert [[one.name for one in batch] for batch in batches(large)] == [["0.md"], ["1.md"], ["2.md"], ["4.md"], ["5.md"]]
    assert list(batches([])) == []


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
