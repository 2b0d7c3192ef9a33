"""`ragqa serve` as a user starts it, with the real models: its answers are the engine's; it stops when it is told to."""

from __future__ import annotations

import json
import re
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ragqa import RagQA
from ragqa.demo.tour import INDEX, QUESTIONS
from ragqa.schema import answer_json
from tests.e2e.serving import serving, started

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def address(demo: RagQA) -> Iterator[str]:
    """A server over the sample manuals, ready."""
    command = [sys.executable, "-m", "ragqa", "--home", demo.settings.home, "serve", "--index", INDEX, "--seconds", "120"]
    with started(command) as (process, link):
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", link)
        for _ in range(600):
            try:
                get(f"{link}readyz")
                break
            except OSError:
                assert process.poll() is None
                time.sleep(0.2)
        yield link
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def get(url: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **headers})
    with urllib.request.urlopen(request, timeout=150) as response:
        content = response.read()
        return json.loads(content) if response.headers["Content-Type"] == "application/json" else content


def test_answers_are_those_of_the_engine(address: str, demo: RagQA) -> None:
    given = get(f"{address}v1/ask/batch", {"questions": QUESTIONS})["responses"]
    for question, told in zip(QUESTIONS, given, strict=True):
        expected = demo.ask(question)
        assert (told["answered"], told["threshold"]) == (expected.answered, expected.threshold)
        assert told["answers"] == [
            {**json.loads(json.dumps(answer_json(one))), "document_id": one.document_id} for one in expected.answers
        ]


def test_an_answer_leads_to_its_page(address: str) -> None:
    best = get(f"{address}v1/ask", {"question": QUESTIONS[0]})["answers"][0]
    place = f"{address}v1/documents/{best['document_id']}"
    picture = get(f"{place}/pages/{best['page']}.png?start={best['start']}&end={best['end']}&width=400")
    assert picture.startswith(b"\x89PNG")
    text = get(f"{place}/text?start={best['start']}&end={best['end']}")
    assert text["text"][best["start"] - text["start"] :].startswith(best["text"])


def test_another_page_is_refused(address: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as told:
        get(f"{address}v1/ask", {"question": "What?"}, Origin="https://evil.example")
    assert told.value.code == 403


def test_several_processes_answer_and_end_together(tmp_path: Path) -> None:
    with serving(tmp_path, "--workers", "2") as server:
        assert server.client.get("/v1/indexes").json()["indexes"] == []
        assert 'ragqa_running{line="read"}' in server.client.get("/metrics").text
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0
