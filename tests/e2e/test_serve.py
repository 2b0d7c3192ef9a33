"""`ragqa serve` as a user starts it, with the real models: its answers are the engine's; it stops when it is told to."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from ragqa import RagQA
from ragqa.demo.tour import INDEX, QUESTIONS
from ragqa.schema import answer_json

pytestmark = pytest.mark.enable_socket


@pytest.fixture(scope="module")
def address(demo: RagQA) -> Iterator[str]:
    """A server over the sample manuals, ready."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [sys.executable, "-m", "ragqa", "--home", demo.settings.home, "serve", "--index", INDEX, "--port", str(port)]
    process = subprocess.Popen([*command, "--seconds", "120"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        link = process.stdout.readline().strip()
        assert link == f"http://127.0.0.1:{port}/"
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
    finally:
        process.kill()
        process.wait()


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
