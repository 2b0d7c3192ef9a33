"""What a server's home folder goes through on a full disk: uploads, the jobs that read them, verdicts, and questions meanwhile.

The server runs in the scene's own process, over sockets that are none, with stand-ins for the models; its jobs do, too.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from ragqa.config import ServeSettings, Settings
from ragqa.files import is_full
from ragqa.gate import Gate
from ragqa.journal import Journal
from ragqa.paths import index_folder
from ragqa.serve import service
from ragqa.serve.access import Access
from ragqa.serve.app import make_app
from tests.campaigns.asking import stand_in
from tests.campaigns.scenes import Say, Scene, check_indexes, held, ingest_all, must, whole
from tests.campaigns.stand_in_server import works_of

HOST = "127.0.0.1:8321"
QUESTION = "What does part 1 of manual 3 weigh?"
POT = "pot.md"
PARTS = 300
"""Sections of the upload, which make it some blocks of the disk long."""

PATIENCE_SECONDS, FULL_SECONDS = 240.0, 15.0
"""How long a job is waited for; and on a disk that is full, where the end of one is kept when there is room, and not before."""


def pot(version: int) -> bytes:
    """A manual that is uploaded, in a version that each of its lines names."""
    lines = (
        f"## Part {part}\n\nVersion {version} of the pot says that its part {part} holds {part} litres.\n"
        for part in range(PARTS)
    )
    return ("# Pot\n\n" + "\n".join(lines)).encode()


class Serve(Scene):
    """A manual that was uploaded is uploaded in another version, and read; then a person judges. What is refused is said so, and
    questions are answered all the while."""

    name = "server"

    def prepare(self, home: Path) -> None:
        ingest_all(home, 0)
        with _client(home) as client:
            told: list[str] = []
            _upload(client, home, 0, told.append)
            _judge(client, told.append)
        must(told == ["ingested", "judged"], f"the server cannot be prepared: {told}")

    def act(self, home: Path, say: Say) -> None:
        with _client(home) as client:
            _upload(client, home, 1, say)
            _judge(client, say)
            asked = client.post("/v1/ask", json={"question": QUESTION})
            must(asked.status_code == 200 and asked.json()["passages"], f"a question on a full disk: {asked.text}")

    def check(self, home: Path, said: tuple[str, ...]) -> None:
        check_indexes(home)
        found = held(home)[1]
        read = found.pop(POT, "")
        must(found == whole(home, 0) and read in ("0", "1"), f"lost: {held(home)}")
        must(read == "1" or "ingested" not in said, "what was ingested is lost")
        uploaded = (home / "uploads" / "shelf" / POT).read_bytes()
        must(uploaded in (pot(0), pot(1)), "an upload is cut short")
        judged = len(Journal(index_folder(home, "shelf")).verdicts())
        must(judged >= 1 + said.count("judged"), f"a verdict is lost: {judged}")

    def finish(self, home: Path) -> None:
        told: list[str] = []
        self.act(home, told.append)
        must(told == ["ingested", "judged"], f"with room again: {told}")
        self.check(home, tuple(told))
        must(not list((home / "uploads" / ".arriving").iterdir()), "half an upload is left")


def _client(home: Path) -> TestClient:
    """A client of a server over the home folder."""
    stand_in()
    service.works_of = works_of  # type: ignore[assignment]
    settings = Settings(home=str(home), index="shelf", serve=ServeSettings(at_once=1))
    app = make_app(service.Service(settings), Access(Gate.of("127.0.0.1", 8321)))
    return TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False)


def _upload(client: TestClient, home: Path, version: int, say: Say) -> None:
    response = client.post("/v1/ingest", files=[("file", (POT, pot(version), "text/markdown"))])
    if not _is_done(response, 202, say):
        return
    seconds = FULL_SECONDS if is_full(home) else PATIENCE_SECONDS
    until, job = time.monotonic() + seconds, dict[str, Any]()
    while time.monotonic() < until and job.get("state") not in ("done", "failed"):
        time.sleep(0.1)
        with suppress(KeyError):  # what is kept of it may not be readable just now
            job = client.get(response.headers["Location"]).json()
    if job.get("state") == "done":
        must(job["result"]["counts"].get("failed", 0) == 0, f"a job that is done has failed: {job['result']}")
        say("ingested")
    elif job.get("state") == "failed":
        say(f"refused {job['error']['message']} | {job['error']['hint']}")
    else:
        say(f"refused what came of the job cannot be written yet: it is {job.get('state')} ({job.get('waiting_for')})")


def _judge(client: TestClient, say: Say) -> None:
    if _is_done(client.post("/v1/feedback", json={"question": QUESTION, "verdict": "unanswerable"}), 200, say):
        say("judged")


def _is_done(response: Any, status: int, say: Say) -> bool:
    """Whether a request was done; one that was not is refused because of the disk, and for no other reason."""
    if response.status_code == status:
        return True
    error = response.json()["error"]
    must((response.status_code, error["code"]) == (503, "storage"), f"a full disk gives {response.status_code}: {response.text}")
    say(f"refused {error['message']} | {error['hint']}")
    return False
