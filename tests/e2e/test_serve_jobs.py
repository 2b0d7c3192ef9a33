"""Uploads to a real server with the real models: ingested, asked, and when the server is killed meanwhile, told and made good."""

from __future__ import annotations

from pathlib import Path

import pytest

from ragqa import RagQA
from ragqa.config import Settings
from tests.e2e.serving import serving

pytestmark = pytest.mark.enable_socket

POT = b"# Pot P9\n\n## Size\n\nThe pot holds 3.2 litres of water.\n\n## Care\n\nDescale the pot every 40 days.\n"
MANY = b"# Works\n\n" + b"\n\n".join(b"## Part %d\n\nPart %d of the works weighs %d grams." % (n, n, n * 7) for n in range(500))


def test_a_killed_server_leaves_word_and_the_next_completes(tmp_path: Path) -> None:
    with serving(tmp_path, "--seconds", "120") as server:
        job = server.client.post("/v1/ingest", files={"file": ("pot.md", POT)}).json()["job"]
        assert server.ended(job)["result"]["counts"] == {"added": 1}
        given = server.client.post("/v1/ask", json={"question": "How many litres does the pot hold?"}).json()
        assert "3.2 litres" in given["answers"][0]["text"]
        pairs = [{"question": "How often is the pot descaled?", "answer": "every 40 days"}]
        evaluation = server.ended(server.client.post("/v1/evaluate", json={"pairs": pairs}).json()["job"])
        assert evaluation["result"]["questions"] == 1 and evaluation["result"]["problems"] == []
        cut = server.client.post("/v1/ingest", files={"file": ("works.md", MANY)}).json()["job"]
        waits = server.client.post("/v1/embed", json={}).json()["job"]
        for name, told in server.events(cut):
            if name == "progress" and told["stage"] == "embed":
                server.kill()
                break
    engine = RagQA(settings=Settings(home=str(tmp_path)))
    assert engine.verify() == []
    with serving(tmp_path, "--seconds", "120") as server:
        assert server.client.get(f"/v1/jobs/{cut}").json()["state"] == "interrupted"
        completed = server.ended(waits)  # it waited behind the one that was cut, and makes what that left to be made
        assert completed["state"] == "done", completed
        embedded = completed["result"]["embedded"]
        assert embedded["done"] == embedded["total"] > 500
        again = server.ended(server.client.post("/v1/ingest", json={"uploads": True}).json()["job"])
        assert again["result"]["counts"] == {"unchanged": 2}
    assert engine.verify() == []
