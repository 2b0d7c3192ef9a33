"""What a server has to stand: malformed requests, slow clients, disconnects in the middle, uploads cut short, kills.

    python -m tests.campaigns.server [--rounds 1000] [--seed 1] [--real]

A server process over a scratch folder (stand-ins for the models; with --real the models) is sent one of these at a time, over raw
sockets, while some clients that never say anything hold connections. After each it must be well, and say nothing but answers and
faults in its JSON: no 500, nothing that hangs. When it is killed, the next one must tell what ran as interrupted, do what waited,
and the index be sound. At the end only files that came whole are there, and every one of them can be found. One JSON line on
stdout tells what was sent and what came of it; exit code 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import socket
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any

import httpx

from ragqa.config import Settings
from ragqa.engine import RagQA
from tests.campaigns.trials import odd_bytes, odd_json, rounds
from tests.e2e.serving import Server, serving

STAND_IN = (sys.executable, "-m", "tests.campaigns.stand_in_server")
REAL = (sys.executable, "-m", "ragqa")
SILENT_CLIENTS, ENOUGH_SECONDS, WAITING_SECONDS = 8, 30.0, 0.5

BODIES: dict[str, Any] = {
    "/v1/ask": {"question": "What does the pot weigh?", "answers": 2, "threshold": 0.2, "document": "*.md", "explain": True},
    "/v1/ask/batch": {"questions": ["What does the pot weigh?", "Why?"]},
    "/v1/search": {"question": "weigh", "top_k": 3, "section": "Pot"},
    "/v1/feedback": {"question": "What does the pot weigh?", "verdict": "right"},
    "/v1/ingest": {"paths": ["a.md"], "prune": True},
    "/v1/evaluate": {"pairs": [{"question": "What does the pot weigh?", "answer": "3 kg"}], "limit": 2},
    "/v1/embed": {"index": "manuals"},
}
PATHS = (
    "/v1/documents", "/v1/documents/1", "/v1/documents/1/text?start=0&end=9", "/v1/documents/1/find?q=pot", "/v1/jobs", "/v1/indexes",
    "/v1/documents/1/pages/1.png", "/v1/documents/1/file", "/v1/jobs/x/events", "/healthz", "/metrics", "/openapi.json", "/", "/mcp",
)  # fmt: skip


class Campaign:
    """A server that is sent what it must stand, and what was wrong with what came of it."""

    def __init__(self, home: Path, seed: int, command: tuple[str, ...]) -> None:
        self.home, self.chance, self._command = home, random.Random(seed), command
        self.did, self.answers, self.problems = Counter[str](), Counter[str](), list[str]()
        self._uploaded: dict[str, tuple[str, bytes]] = {}
        self._begun: list[str] = []
        self._open = ExitStack()
        self._start()

    def _start(self) -> None:
        self._running = ExitStack()
        self.server: Server = self._running.enter_context(serving(self.home, command=self._command))
        self.port = self.server.client.base_url.port or 80
        self._silent = [self._connect() for _ in range(SILENT_CLIENTS)]
        for number, one in enumerate(self._silent):
            one.sendall(b"POST /v1/ask HTTP/1.1\r\nHost: 127.0"[: number * 5])

    def close(self) -> None:
        """End the server."""
        for one in self._silent:
            one.close()
        self._running.close()

    def act(self) -> None:
        """One thing at random, and a look whether the server is well."""
        weights = {
            "odd_json": 6,
            "odd_bytes": 6,
            "slow": 1,
            "hung_up": 4,
            "cut_upload": 3,
            "upload": 2,
            "follower": 2,
            "killed": 0.3,
        }
        (name,) = self.chance.choices(list(weights), list(weights.values()))
        self.did[name] += 1
        try:
            getattr(self, f"_{name}")()
            with httpx.Client(timeout=ENOUGH_SECONDS, trust_env=False) as client:
                if client.get(f"http://127.0.0.1:{self.port}/healthz").status_code != 200:
                    self.problems.append(f"after {name}: it is not well")
        except (httpx.HTTPError, TimeoutError) as error:
            self.problems.append(f"{name}: {type(error).__name__}: {error}")

    def _odd_json(self) -> None:
        path = self.chance.choice(list(BODIES))
        body = json.dumps(odd_json(BODIES[path], self.chance)).encode()
        self._judge(path, self._request(self._posted(path, body)))

    def _odd_bytes(self) -> None:
        """A request changed anywhere: in its head, path, headers or body."""
        path = self.chance.choice((*BODIES, *PATHS))
        request = self._posted(path, json.dumps(BODIES[path]).encode()) if path in BODIES else self._got(path)
        self._judge(path, self._request(odd_bytes(request, self.chance), WAITING_SECONDS))

    def _slow(self) -> None:
        """A request that comes piece by piece."""
        request = self._posted("/v1/ask", json.dumps(BODIES["/v1/ask"]).encode())
        with closing(self._connect()) as one:
            for at in range(0, len(request), 40):
                one.sendall(request[at : at + 40])
                time.sleep(0.02)
            self._judge("slow", _received(one))

    def _hung_up(self) -> None:
        """Who asks is gone before the request is whole, or before the answer."""
        path = self.chance.choice(list(BODIES)[:3])
        request = self._posted(path, json.dumps(BODIES[path]).encode())
        with closing(self._connect()) as one:
            one.sendall(request if self.chance.random() < 0.5 else request[: self.chance.randrange(len(request))])
            if self.chance.random() < 0.5:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # by a reset, not in order

    def _cut_upload(self) -> None:
        request = self._uploading(f"cut-{self.did['cut_upload']}.md", b"# Cut\n\n" + b"It never comes whole.\n" * 2000)
        with closing(self._connect()) as one, suppress(ConnectionError):
            one.sendall(request[: self.chance.randrange(len(request) - 10)])

    def _upload(self) -> None:
        """A manual that comes whole: of a new name, or in the place of another."""
        number = self.chance.randrange(40)
        name, version = f"manual-{number}.md", self.chance.randrange(10**6)
        manual = f"# Manual {number}\n\nVersion {version} of manual {number} weighs {version} grams.\n".encode()
        status, told = self._judge("upload", self._request(self._uploading(name, manual)))
        if status != 202:
            self.problems.append(f"upload: {status} {told}")
            return
        self._uploaded[told["job"]] = name, manual
        self._begun.append(told["job"])
        if self.chance.random() < 0.2:
            ended = self.server.client.delete(f"/v1/jobs/{self.chance.choice(self._begun)}").json()
            if ended["state"] == "cancelled" and ended["started"] is None:  # what it never began with is gone with it
                self._uploaded.pop(ended["id"], None)

    @property
    def whole(self) -> dict[str, bytes]:
        """The manuals that came whole and were read, or shall be, the last of each name."""
        return dict(self._uploaded.values())

    def _follower(self) -> None:
        """Somebody follows a job, and leaves at some time."""
        if self._begun:
            with closing(self._connect()) as one:
                one.sendall(self._got(f"/v1/jobs/{self.chance.choice(self._begun)}/events"))
                one.recv(self.chance.randrange(1, 2000))

    def _killed(self) -> None:
        """The server is killed, perhaps with a job at work; the next one takes over."""
        time.sleep(self.chance.random() * 0.3)
        for one in self._silent:
            one.close()
        self.server.kill()
        self._running.close()
        self._sound()
        self._start()
        running = self.server.client.get("/v1/jobs", params={"state": "running"}).json()["jobs"]
        self._settle([job["id"] for job in running])

    def _settle(self, jobs: list[str]) -> None:
        """Wait until jobs have ended, one way or another."""
        late = time.monotonic() + 120
        for job in jobs:
            while self.server.client.get(f"/v1/jobs/{job}").json()["state"] in ("waiting", "running"):
                if time.monotonic() > late:
                    self.problems.append(f"job {job} never ended")
                    return
                time.sleep(0.05)

    def _sound(self) -> None:
        engine = RagQA(settings=Settings(home=str(self.home)))
        if (engine.folder / "index.sqlite").exists():
            self.problems += [f"verify: {told}" for told in engine.verify()]
        engine.close()

    def finish(self) -> None:
        """Nothing came but what came whole, and all of that is found."""
        ingest = self.server.client.post("/v1/ingest", json={"uploads": True}).json()
        if self.whole:
            self._settle([*self._begun, ingest["job"]])
            report = self.server.client.get(f"/v1/jobs/{ingest['job']}").json()
            if report["state"] != "done":
                self.problems.append(f"the last ingest: {report}")
        kept = {path.name: path.read_bytes() for path in (self.home / "uploads" / "manuals").glob("*")}
        if kept != self.whole:
            self.problems.append(f"uploads: {sorted(kept)} are there, {sorted(self.whole)} came")
        arriving = list((self.home / "uploads" / ".arriving").glob("*"))
        if len(arriving) > self.did["killed"]:  # what a kill leaves is taken away an hour later
            self.problems.append(f"uploads: {len(arriving)} are left half arrived")
        found = self.server.client.get("/v1/documents", params={"limit": 200}).json().get("documents", [])
        if {one["path"] for one in found} != set(self.whole):
            self.problems.append(f"documents: {len(found)} are found, {len(self.whole)} came")
        for job in self.server.client.get("/v1/jobs", params={"limit": 200}).json()["jobs"]:
            self.answers[f"job {job['state']}"] += 1
        self._sound()

    def _judge(self, what: str, response: bytes) -> tuple[int, Any]:
        """The status and JSON of a response; what must not be is noted. Status 0 where it closed the connection instead."""
        head, _, body = response.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        if length is not None:  # odd bytes may have been more than one request
            body = body[: int(length[1])]
        status = int(head.split()[1]) if head.startswith(b"HTTP/1.1 ") else 0
        self.answers[str(status or "closed")] += 1
        if status >= 500 and status not in (503, 504):
            self.problems.append(f"{what}: {response[:300]!r}")
        told: Any = None
        if b"application/json" in head and body:
            with suppress(ValueError):
                told = json.loads(body)
            if status >= 400 and (told is None or "error" not in told):
                self.problems.append(f"{what}: {response[:300]!r}")
        return status, told

    def _posted(self, path: str, body: bytes, kind: str = "application/json") -> bytes:
        return self._head("POST", path, f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n") + body

    def _got(self, path: str) -> bytes:
        return self._head("GET", path)

    def _head(self, method: str, path: str, more: str = "") -> bytes:
        return f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nConnection: close\r\n{more}\r\n".encode()

    def _uploading(self, name: str, data: bytes) -> bytes:
        said = f'--limit\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        return self._posted("/v1/ingest", said.encode() + data + b"\r\n--limit--\r\n", "multipart/form-data; boundary=limit")

    def _connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), ENOUGH_SECONDS)

    def _request(self, request: bytes, patience: float = ENOUGH_SECONDS) -> bytes:
        """What comes back. After some patience the request, which may want more, is told to be all."""
        with closing(self._connect()) as one, suppress(ConnectionError):
            one.sendall(request)
            one.settimeout(patience)
            try:
                first = one.recv(65536)
            except TimeoutError:
                if patience == ENOUGH_SECONDS:
                    raise
                one.shutdown(socket.SHUT_WR)
                first = b""
            one.settimeout(ENOUGH_SECONDS)
            return first + _received(one)
        return b""


def _received(one: socket.socket) -> bytes:
    """All that comes until the other side closes. Raises TimeoutError."""
    response = b""
    with suppress(ConnectionError):
        while part := one.recv(65536):
            response += part
    return response


def campaign(home: Path, seed: int, count: int, command: tuple[str, ...] = STAND_IN) -> dict[str, Any]:
    """What was sent in so many rounds, what came of it, and what was wrong."""
    running = Campaign(home, seed, command)
    try:
        for _ in rounds(count, "server"):
            running.act()
        running.finish()
    finally:
        running.close()
    return {
        "campaign": "server", "seed": seed, "rounds": count, "wrong": len(running.problems), "did": dict(running.did),
        "answers": dict(sorted(running.answers.items())), "uploads": len(running.whole), "problems": running.problems[:20],
    }  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", action="store_true", help="with the models")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = campaign(Path(folder), given.seed, given.rounds, REAL if given.real else STAND_IN)
    print(json.dumps(figures))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
