"""Long work over HTTP: what may be asked for and by whom, what is told of it, and that nothing comes from outside but data."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from serve_clients import token

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.schema import ingest_json
from ragqa.serve import jobs as jobs_module
from ragqa.serve.following import follow
from ragqa.serve.job_events import Event
from ragqa.serve.job_store import JobStore
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.roots import Roots
from ragqa.serve.uploads import Uploads
from ragqa.serve.works import paths_of
from ragqa.types import Progress

KETTLE = ("file", ("pot.md", b"# Pot P9\n\nThe pot holds 3 litres.\n", "text/markdown"))


@pytest.fixture(autouse=True)
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Works that are done in this process, by the stand-ins for the models, once they are let go."""
    go = threading.Event()
    go.set()

    def works_of(settings: Settings, roots: Roots, uploads: Uploads) -> Mapping[str, Work]:
        def ingest(task: Task) -> Outcome:
            task.tell(Progress("ingest", 0, 2))
            while not go.wait(0.01):
                if task.stop():
                    return Outcome(None, stopped=True)
            paths = paths_of(task, roots, uploads)
            report = RagQA(task.job.index, settings=settings).ingest(*paths, prune=task.job.asked.get("prune", False))
            return Outcome(ingest_json(report))

        def evaluate(task: Task) -> Outcome:
            (file,) = task.files.iterdir()
            return Outcome({"name": file.name, "text": file.read_text()})

        return {"ingest": Work(ingest), "embed": Work(lambda task: Outcome({})), "evaluate": Work(evaluate, writes=False)}

    monkeypatch.setattr("ragqa.serve.service.works_of", works_of)
    monkeypatch.setattr(jobs_module, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr("ragqa.serve.following.LOOK_SECONDS", 0.01)
    return go


def events(client: Any, job: str, **more: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """The id, name and data of each event of a job, to its end."""
    response = client.get(f"/v1/jobs/{job}/events", **more)
    assert response.status_code == 200 and response.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in fields:
            found.append((fields["id"], fields["event"], json.loads(fields["data"])))
    return found


def done(client: Any, response: Any) -> dict[str, Any]:
    """The job that a request began, when it has ended."""
    assert response.status_code == 202, response.text
    job = response.json()["job"]
    assert response.headers["location"] == f"/v1/jobs/{job}"
    assert events(client, job)[-1][1] == "done", client.get(f"/v1/jobs/{job}").text
    return client.get(f"/v1/jobs/{job}").json()


def test_an_upload_is_ingested_and_can_be_asked(client: Any, served: Settings) -> None:
    job = done(client, client.post("/v1/ingest", files=[KETTLE]))
    assert job["result"]["counts"] == {"added": 1} and job["asked"]["files"] == ["pot.md"]
    assert client.post("/v1/ask", json={"question": "How many litres does the pot hold?"}).json()["answers"]
    assert (Path(served.home) / "uploads" / "shelf" / "pot.md").read_bytes() == KETTLE[1][1]
    again = done(client, client.post("/v1/ingest", files=[("file", ("pot.md", b"# Pot P9\n\nNone.\n"))]))
    assert again["result"]["counts"] == {"changed": 1}


def test_an_uploaded_file_goes_with_its_document(client: Any, served: Settings, manuals: Path) -> None:
    done(client, client.post("/v1/ingest", files=[KETTLE]))
    for one in client.get("/v1/documents").json()["documents"]:
        assert client.delete(f"/v1/documents/{one['id']}").json()["removed"] == 1
    assert list((Path(served.home) / "uploads" / "shelf").iterdir()) == []
    assert len(list(manuals.iterdir())) == 3


def test_uploaded_files_go_with_their_index_or_with_a_document_that_anybody_removes(
    client: Any, served: Settings, manuals: Path
) -> None:
    kept, qa = Path(served.home) / "uploads" / "shelf", RagQA(settings=served)
    files = [KETTLE, ("file", ("bad.pdf", b"no pdf")), ("file", ("other.md", b"# Other\n\nIt is another one.\n"))]
    done(client, client.post("/v1/ingest", files=files))
    assert qa.uploaded() == ["bad.pdf", "other.md", "pot.md"]
    assert qa.remove_documents("pot.md", "fan.txt") == 2  # as a command, or the terminal UI
    assert qa.uploaded() == ["bad.pdf", "other.md"] and len(list(manuals.iterdir())) == 3
    (kept / "folder").mkdir()  # is nobody's upload
    qa.remove(keep_uploads=True)
    assert done(client, client.post("/v1/ingest", json={"uploads": True}))["result"]["documents"] == 1
    qa.remove()
    assert [path.name for path in kept.iterdir()] == ["folder"] and len(list(manuals.iterdir())) == 3


def test_a_server_tells_of_uploads_whose_index_was_deleted_by_hand_and_makes_it_of_them_anew(
    serve: Any, served: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    client = serve()
    done(client, client.post("/v1/ingest", files=[KETTLE], data={"index": "other"}))
    shutil.rmtree(Path(served.home) / "indexes" / "other")
    assert "uploads" not in caplog.text
    again = serve()
    assert "uploads: 1 of index 'other', which is not there; ragqa index rm other deletes them" in caplog.text
    assert done(again, again.post("/v1/ingest", json={"uploads": True, "index": "other"}))["result"]["documents"] == 1
    (Path(served.home) / "uploads" / "new").mkdir()
    (Path(served.home) / "uploads" / "new" / "pot.md").write_text("# Pot")
    JobStore(served.home).add("unknown", "new", {}, writes=True)  # which is yet to make it
    serve()
    assert caplog.text.count("uploads:") == 1


def test_what_waits_to_be_read_takes_no_place_and_goes_with_its_job(client: Any, served: Settings, held: threading.Event) -> None:
    done(client, client.post("/v1/ingest", files=[KETTLE]))
    held.clear()
    runs = client.post("/v1/ingest", json={"uploads": True}).json()["job"]
    waits, cancelled = (
        client.post("/v1/ingest", files=[("file", ("pot.md", text.encode())), ("file", (f"{text[2:]}.md", b"# New\n"))]).json()[
            "job"
        ]
        for text in ("# Red", "# Blue")
    )
    kept = Path(served.home) / "uploads" / "shelf"
    assert (kept / "pot.md").read_bytes() == KETTLE[1][1]  # as it was read
    client.delete(f"/v1/jobs/{cancelled}")
    held.set()
    assert events(client, runs)[-1][1] == events(client, waits)[-1][1] == "done"
    assert (kept / "pot.md").read_bytes() == b"# Red" and sorted(path.name for path in kept.iterdir()) == ["Red.md", "pot.md"]
    assert list((Path(served.home) / "jobs").glob("*.files")) == []


def test_an_upload_that_finds_the_line_full_changes_nothing(client: Any, served: Settings) -> None:
    """A file that took the place of another one would be read by nobody, and what was read would be gone."""
    done(client, client.post("/v1/ingest", files=[KETTLE]))
    jobs = client.app.state.service.jobs
    jobs._limits = replace(jobs._limits, waiting=0)
    refused = client.post("/v1/ingest", files=[("file", ("pot.md", b"# Another\n")), ("file", ("new.md", b"# New\n"))])
    assert refused.status_code == 429
    kept = Path(served.home) / "uploads" / "shelf"
    assert [file.name for file in kept.iterdir()] == ["pot.md"] and (kept / "pot.md").read_bytes() == KETTLE[1][1]
    assert not list((Path(served.home) / "uploads" / ".arriving").iterdir())


def test_an_upload_makes_an_index_that_is_not_there(client: Any) -> None:
    job = done(client, client.post("/v1/ingest", files=[KETTLE], data={"index": "new"}))
    assert (job["index"], job["result"]["documents"]) == ("new", 1)
    everything = done(client, client.post("/v1/ingest", json={"uploads": True, "index": "new"}))
    assert everything["result"]["counts"] == {"unchanged": 1}


def test_paths_below_the_roots_are_ingested(serve: Any, manuals: Path) -> None:
    client = serve(roots=(str(manuals),))
    (manuals / "new.md").write_text("# New\n\nThe new one is blue.\n")
    assert done(client, client.post("/v1/ingest", json={"paths": ["new.md"]}))["result"]["counts"] == {"added": 1}
    (manuals / "new.md").unlink()
    body = {"paths": [str(manuals)], "prune": True}
    assert done(client, client.post("/v1/ingest", json=body))["result"]["counts"]["removed"] == 1


@pytest.mark.parametrize("path", ["/etc/passwd", "../home", "/", "none.md", "a\0b"])
def test_paths_outside_are_refused(serve: Any, manuals: Path, path: str) -> None:
    client = serve(roots=(str(manuals),))
    response = client.post("/v1/ingest", content=json.dumps({"paths": [path]}), headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["error"]["code"]) == (403, "forbidden")
    assert client.get("/v1/jobs").json() == {"jobs": [], "next": None}


def test_paths_are_looked_at_again_when_their_turn_comes(serve: Any, manuals: Path, held: threading.Event) -> None:
    client = serve(roots=(str(manuals),))
    (manuals / "late").mkdir()
    held.clear()
    job = client.post("/v1/ingest", json={"paths": ["late"]}).json()["job"]
    (manuals / "late").rmdir()
    (manuals / "late").symlink_to("/etc")
    held.set()
    assert events(client, job)[-1][2]["error"]["code"] == "forbidden"


def test_without_roots_paths_are_refused_with_what_to_do(client: Any, manuals: Path) -> None:
    response = client.post("/v1/ingest", json={"paths": [str(manuals)]})
    assert response.status_code == 403 and "--root FOLDER" in response.json()["error"]["hint"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {}}, 422),
        ({"json": {"paths": ["a"], "uploads": True}}, 422),
        ({"json": {"paths": "a"}}, 422),
        ({"json": {"paths": [""]}}, 422),
        ({"json": {"paths": ["a"], "pune": True}}, 422),
        ({"json": {"uploads": True, "index": "../x"}}, 400),
        ({"json": []}, 422),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 422),
        ({"content": b"[" * 100_000, "headers": {"content-type": "application/json"}}, 422),
        ({"content": b" " * 300_000, "headers": {"content-type": "application/json"}}, 413),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 422),
        ({"content": b"x"}, 422),
        ({"content": b"--x\r\n", "headers": {"content-type": "multipart/form-data; boundary=x"}}, 422),
        ({"content": b"x" * 100, "headers": {"content-type": "multipart/form-data"}}, 422),
        ({"files": [KETTLE], "data": {"index": "../x"}}, 400),
        ({"files": [KETTLE], "data": {"pune": "1"}}, 422),
        ({"files": [KETTLE], "data": {"embed": "perhaps"}}, 422),
        ({"files": [("file", ("..", b"x"))]}, 400),
        ({"files": [KETTLE, KETTLE]}, 400),
    ],
)
def test_what_is_no_ingest_is_told_and_leaves_nothing(client: Any, served: Settings, sent: dict[str, Any], status: int) -> None:
    response = client.post("/v1/ingest", **sent)
    assert response.status_code == status, response.text
    assert response.json()["error"]["message"]
    uploads = Path(served.home) / "uploads"
    assert [path for path in uploads.rglob("*") if path.name != ".arriving"] == []
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_an_upload_may_not_be_larger_than_told(serve: Any, served: Settings) -> None:
    client = serve(upload_mb=1, upload_files=2)
    assert client.post("/v1/ingest", files=[("file", ("a.md", b"x" * 2_000_000))]).status_code == 413
    many = [("file", (f"{number}.md", b"x")) for number in range(3)]
    assert client.post("/v1/ingest", files=many).status_code == 413
    assert list((Path(served.home) / "uploads" / ".arriving").iterdir()) == []


def test_a_full_disk_is_told_and_leaves_nothing(client: Any, served: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*given: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ragqa.serve.uploads.sync_path", full)
    response = client.post("/v1/ingest", files=[KETTLE])
    assert (response.status_code, response.json()["error"]["code"]) == (503, "storage")
    assert [path.name for path in (Path(served.home) / "uploads").rglob("*") if path.is_file()] == []


def test_an_evaluation_takes_pairs_or_a_file(client: Any) -> None:
    pairs = [{"question": "How many litres?", "answer": "1.7"}, {"question": "Why?", "answer": None}]
    job = done(client, client.post("/v1/evaluate", json={"pairs": pairs, "limit": 1}))
    assert [json.loads(line) for line in job["result"]["text"].splitlines()] == pairs
    assert (job["asked"]["pairs"], job["asked"]["limit"]) == (2, 1)
    job = done(
        client, client.post("/v1/evaluate", files=[("file", ("qa.csv", b"question,answer\nWhy?,\n"))], data={"limit": "3"})
    )
    assert (job["result"]["name"], job["asked"]["pairs"], job["asked"]["limit"]) == ("qa.csv", "qa.csv", 3)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"json": {"pairs": []}}, 422),
        ({"json": {"pairs": ["why?"]}}, 422),
        ({"json": {"pairs": [{}], "limit": 0}}, 422),
        ({"json": {"pairs": [{}], "index": "none"}}, 404),
        ({"files": [KETTLE, ("file", ("b.csv", b"x"))]}, 422),
        ({"files": [KETTLE], "data": {"index": "none"}}, 404),
    ],
)
def test_what_is_no_evaluation_is_told(client: Any, sent: dict[str, Any], status: int) -> None:
    assert client.post("/v1/evaluate", **sent).status_code == status


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"pairs": [{"question": 1}]}, "pair 1: question: is 1, not text"),
        ({"pairs": [{}]}, "pair 1: question: is missing"),
        ({"pairs": [{"question": "Why?"}]}, "pair 1: answer: is missing"),
        (
            {"pairs": [{"question": "Why?", "answer": None}, {"question": "How?", "answer": True}], "strict": True},
            "pair 2: answer",
        ),
    ],
)
def test_pairs_that_cannot_be_asked_are_told_at_once(client: Any, given: dict[str, Any], told: str) -> None:
    """Not by a job that fails later."""
    response = client.post("/v1/evaluate", json=given)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "malformed")
    assert told in response.json()["error"]["message"] and "pairs.jsonl" not in response.text
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_pair_that_cannot_be_asked_is_left_out_beside_others(client: Any) -> None:
    """As in a file: `strict` refuses."""
    pairs = [{"question": "Why?", "answer": None}, {"question": 1}]
    assert client.post("/v1/evaluate", json={"pairs": pairs}).status_code == 202


def test_uploads_that_are_not_there_are_told_at_once(client: Any, held: threading.Event) -> None:
    assert client.post("/v1/ingest", json={"uploads": True}).status_code == 400
    held.clear()
    client.post("/v1/ingest", files=[KETTLE])
    assert client.post("/v1/ingest", json={"uploads": True}).status_code == 202  # they will be there by then
    held.set()


def test_an_index_is_embedded_as_a_job(client: Any) -> None:
    assert done(client, client.post("/v1/embed", json={}))["kind"] == "embed"
    assert client.post("/v1/embed", json={"index": "none"}).status_code == 404


def test_jobs_are_listed_in_pages_newest_first(client: Any) -> None:
    begun = [done(client, client.post("/v1/embed", json={}))["id"] for _ in range(3)]
    done(client, client.post("/v1/evaluate", json={"pairs": [{"question": "Why?", "answer": None}]}))
    first = client.get("/v1/jobs", params={"kind": "embed", "limit": 2}).json()
    rest = client.get("/v1/jobs", params={"kind": "embed", "limit": 2, "cursor": first["next"]}).json()
    assert [job["id"] for job in first["jobs"] + rest["jobs"]] == begun[::-1]
    assert rest["next"] is None
    assert client.get("/v1/jobs", params={"state": "done", "index": "shelf"}).json()["jobs"][0]["kind"] == "evaluate"
    assert client.get("/v1/jobs", params={"state": "waiting"}).json()["jobs"] == []
    assert client.get("/v1/jobs", params={"state": "odd"}).status_code == 422


def test_a_job_is_cancelled(client: Any, held: threading.Event) -> None:
    held.clear()
    runs, waits = (client.post("/v1/ingest", files=[KETTLE]).json()["job"] for _ in range(2))
    assert client.delete(f"/v1/jobs/{waits}").json()["state"] == "cancelled"
    assert client.delete(f"/v1/jobs/{runs}").status_code == 200
    assert events(client, runs)[-1][1] == "cancelled"
    assert client.delete(f"/v1/jobs/{runs}").json()["state"] == "cancelled"


def test_who_comes_again_is_told_what_followed(client: Any) -> None:
    job = done(client, client.post("/v1/ingest", files=[KETTLE]))["id"]
    everything = events(client, job)
    assert [name for _, name, _ in everything][:3] == ["waiting", "running", "progress"]
    assert everything[2][2]["total"] == 2
    assert events(client, job, headers={"Last-Event-ID": everything[1][0]}) == everything[2:]
    assert events(client, job, params={"after": everything[1][0]}) == everything[2:]
    assert client.get(f"/v1/jobs/{job}/events", headers={"Last-Event-ID": everything[-1][0]}).status_code == 204
    assert events(client, job, headers={"Last-Event-ID": "odd"}) == everything


def test_a_job_that_ended_without_a_word_has_an_end(client: Any, served: Settings) -> None:
    job = done(client, client.post("/v1/embed", json={}))["id"]
    file = Path(served.home) / "jobs" / f"{job}.jsonl"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[:-1]))
    assert events(client, job)[-1][1] == "done"


def test_signs_of_life_come_while_nothing_is_told(client: Any, held: threading.Event, monkeypatch: pytest.MonkeyPatch) -> None:
    async def until_a_sign(*given: Any) -> AsyncIterator[Event | None]:
        async for event in follow(*given):
            if event is None:
                held.set()
            yield event

    monkeypatch.setattr("ragqa.serve.routes.jobs.follow", until_a_sign)
    monkeypatch.setattr("ragqa.serve.following.ALIVE_SECONDS", 0.0)
    held.clear()
    job = client.post("/v1/ingest", files=[KETTLE]).json()["job"]
    assert ": still at it\n\n" in client.get(f"/v1/jobs/{job}/events").text


@pytest.mark.parametrize("id", ["x", "0" * 16 + "-" + "0" * 8, "..%2f..%2fetc", "%00"])
def test_no_job_is_told(client: Any, id: str) -> None:
    for act in (client.get, client.delete):
        assert act(f"/v1/jobs/{id}").status_code in (404, 405)
    assert client.get(f"/v1/jobs/{id}/events").status_code == 404


ALLOWED: dict[str, Callable[[Any, dict[str, str]], Any]] = {
    "manage": lambda client, headers: client.post("/v1/ingest", files=[KETTLE], headers=headers),
    "manage ": lambda client, headers: client.post("/v1/embed", json={}, headers=headers),
    "judge": lambda client, headers: client.post(
        "/v1/evaluate", json={"pairs": [{"question": "x", "answer": 1}]}, headers=headers
    ),
    "judge ": lambda client, headers: client.get("/v1/jobs", headers=headers),
}


@pytest.mark.parametrize("needed", ALLOWED)
def test_each_needs_its_role(serve: Any, needed: str) -> None:
    client = serve(keys=True)
    roles = ["read", "judge", "manage"]
    for role in roles:
        status = ALLOWED[needed](client, token(role)).status_code
        assert (status == 403) == (roles.index(role) < roles.index(needed.strip())), (role, status)
    assert ALLOWED[needed](client, {}).status_code == 401


def test_who_judges_cancels_evaluations_only(serve: Any, held: threading.Event) -> None:
    client = serve(keys=True)
    held.clear()
    ingest = client.post("/v1/ingest", files=[KETTLE], headers=token("manage")).json()["job"]
    evaluation = ALLOWED["judge"](client, token("judge")).json()["job"]
    assert client.delete(f"/v1/jobs/{ingest}", headers=token("judge")).status_code == 403
    assert client.delete(f"/v1/jobs/{evaluation}", headers=token("judge")).status_code == 200
