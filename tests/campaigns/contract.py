"""Requests that nobody should send, and those that the OpenAPI allows: none ends in a 500, and what comes back is as it says.

    python -m tests.campaigns.contract --seed 1 --malformed 1000 --examples 200

`--malformed` are requests with a seed: every path with wrong methods, headers, queries and bodies, JSON that is cut, nested, of wrong
types, no UTF-8. `--examples` are, of each operation of the OpenAPI, so many that schemathesis makes; the responses must have a status,
a type and a shape that it names. The server runs in this process, over three small manuals, with stand-ins for the models.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from ragqa import RagQA
from ragqa.config import ServeSettings, Settings
from ragqa.gate import Gate
from ragqa.serve.access import Access
from ragqa.serve.app import make_app
from ragqa.serve.service import Service

HOST = "127.0.0.1:8321"
METHODS = ("GET", "GET", "POST", "POST", "POST", "DELETE", "PUT", "PATCH", "OPTIONS", "HEAD", "BREW")
PATHS = (
    "/v1/ask", "/v1/ask/batch", "/v1/search", "/v1/documents", "/v1/documents/1", "/v1/documents/2/text", "/v1/documents/1/find", "/v1/documents/1/headings",
    "/v1/documents/1/pages/1.png", "/v1/documents/3/file", "/v1/documents/1/metadata", "/v1/metadata", "/v1/feedback",
    "/v1/feedback/1", "/v1/indexes", "/v1/indexes/shelf", "/v1/ingest", "/v1/evaluate", "/v1/jobs", "/v1/jobs/x", "/v1/jobs/x/events", "/healthz", "/readyz", "/metrics", "/", "/library", "/manual",
    "/library/label", "/login", "/openapi.json", "/mcp",
)  # fmt: skip
WORDS = (
    "", "x", "shelf", "../../etc/passwd", "\x00", "\ud800", "é", "‮abc", "%00", "%ff", "*", "[", "a" * 3000, "0", "-1", "1e999", "NaN",
    "9" * 40, "null", "true", "<script>", "' OR 1=1 --", "{}", "\r\nX: y", "🙂" * 50,
)  # fmt: skip
FIELDS = (
    "question", "questions", "index", "document", "section", "answers", "effort", "threshold", "explain", "top_k", "verdict",
    "metadata", "meta", "labels", "key", "value", "document_id", "start", "end", "paths", "prune", "pairs", "q", "limit", "cursor", "width", "highlight", "backwards",
)  # fmt: skip
TYPES = (
    "application/json", "application/json; charset=utf-16", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "", "x", "application/json;;;",
)  # fmt: skip


def serve(home: Path) -> TestClient:
    """A client of a server over three small manuals."""
    manuals = home / "manuals"
    manuals.mkdir()
    (manuals / "kettle.md").write_text("# Kettle\n\nIt boils 1.7 litres.\n\n| Code | Cause |\n|---|---|\n| E-24 | No lid |\n")
    (manuals / "lamp.html").write_text("<h1>Lamp</h1><p>It draws 8 watts.</p>")
    (manuals / "fan.txt").write_text("FAN\n===\n\nIt turns at 1,200 rpm.\n")
    settings = Settings(home=str(home), index="shelf", serve=ServeSettings(at_once=2))
    RagQA(settings=settings).ingest(manuals)
    app = make_app(Service(settings), Access(Gate.of("127.0.0.1", 8321)))
    return TestClient(app, base_url=f"http://{HOST}", raise_server_exceptions=False, follow_redirects=False)


class Malformed:
    """Makes requests that are wrong in one way or many; the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def request(self) -> dict[str, Any]:
        """The arguments of a client's request."""
        some = self._random
        path = some.choice(PATHS)
        if some.random() < 0.3:
            path = path.replace("1", some.choice(["0", "-1", "9" * 30, "x", "1.5", "%2e%2e", "%00"]))
        made: dict[str, Any] = {"method": some.choice(METHODS), "url": path, "headers": self._headers()}
        if some.random() < 0.6:
            made["params"] = [(some.choice(FIELDS), self._word()) for _ in range(some.randint(1, 4))]
        if some.random() < 0.8:
            made["content"] = self._body()
        return made

    def _headers(self) -> list[tuple[bytes, bytes]]:
        some = self._random
        made = [(b"content-type", some.choice(TYPES).encode())] if some.random() < 0.9 else []
        for name in ("if-none-match", "range", "authorization", "cookie", "last-event-id", "accept", "expect", "x" * 300):
            if some.random() < 0.1:
                made.append((name.encode(), self._word().encode("utf-8", "replace").replace(b"\r\n", b"").replace(b"\0", b"")))
        return made

    def _word(self) -> str:
        return self._random.choice(WORDS).encode("utf-8", "replace").decode()

    def _value(self, depth: int = 0) -> Any:
        some = self._random
        kind = some.randrange(9 if depth < 4 else 6)
        if kind < 3:
            return some.choice(WORDS)
        if kind < 6:
            return some.choice([None, True, 0, -1, 2**70, 1e308, float("inf"), float("nan"), 0.5, 3])
        if kind == 6:
            return [self._value(depth + 1) for _ in range(some.choice([0, 1, 3, 150]))]
        return {some.choice(FIELDS): self._value(depth + 1) for _ in range(some.randint(0, 4))}

    def _body(self) -> bytes:
        some = self._random
        usual = {"question": "What does E-24 mean?", some.choice(FIELDS): self._value(), some.choice(FIELDS): self._value()}
        text = json.dumps(usual if some.random() < 0.7 else self._value()).encode()
        return some.choice([
            lambda: text,
            lambda: text[: some.randrange(len(text) + 1)],
            lambda: text.replace(b'"', b"'"),
            lambda: text.decode().encode("utf-16"),
            lambda: b"[" * 50_000,
            lambda: b'{"a":' * 20_000 + b"1" + b"}" * 20_000,
            lambda: some.randbytes(200),
            lambda: b"--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"../a\"\r\n\r\nabc" + some.choice([b"", b"\r\n--x--"]),
            lambda: b"",
            lambda: b"x" * 400_000,
        ])()  # fmt: skip


def malformed(client: TestClient, seed: int, count: int) -> dict[str, Any]:
    """What became of so many malformed requests: how many of each status, and which were answered wrongly."""
    made, statuses, wrong = Malformed(seed), Counter[str](), []
    for number in range(count):
        request = made.request()
        response = client.request(**request)
        statuses[str(response.status_code)] += 1
        if complaint := _wrong(response):
            wrong.append(f"{number}: {request['method']} {request['url']}: {response.status_code} {complaint}")
    return {"statuses": dict(sorted(statuses.items())), "wrong": wrong}


def _wrong(response: Any) -> str:
    """What is wrong with a response; empty where nothing is."""
    if response.status_code >= 500:
        return "the server failed"
    if "Traceback" in response.text or 'File "' in response.text:
        return "it tells of its inside"
    if response.status_code < 400 or not response.headers.get("content-type", "").startswith("application/json"):
        return ""
    if response.content and set(response.json()) != {"error"} and "jsonrpc" not in response.json():
        return "no fault as faults are told"
    return ""


def contract(client: TestClient, seed: int, examples: int, below: str = "/") -> dict[str, Any]:
    """What became of so many requests that the OpenAPI allows, or nearly, of each operation below a path."""
    import hypothesis
    import requests
    import schemathesis
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    asked, wrong = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        if not operation.path.startswith(below):
            continue

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=examples,
            deadline=None,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        @hypothesis.given(case=operation.as_strategy())
        def holds(case: Any) -> None:
            nonlocal asked
            asked += 1
            sent = requests.Request(**case.as_transport_kwargs(base_url=f"http://{HOST}")).prepare()
            headers = {name: value for name, value in sent.headers.items() if name.lower() != "host"}
            response = client.request(str(sent.method), str(sent.url), headers=headers, content=sent.body)
            case.validate_response(response, checks=checks)

        try:
            holds()
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.method.upper()} {operation.path}: {error}"[:900])
    return {"asked": asked, "wrong": wrong}


def main() -> int:
    """Run, print one line of JSON, and give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--malformed", type=int, default=1000)
    parser.add_argument("--examples", type=int, default=50)
    given = parser.parse_args()
    from tests.campaigns.asking import stand_in

    stand_in()
    os.environ["HF_HUB_OFFLINE"] = "1"  # in processes of jobs there are no stand-ins
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, serve(Path(folder)) as client:
        figures = {
            "malformed": malformed(client, given.seed, given.malformed),
            "contract": contract(client, given.seed, given.examples),
        }
    print(json.dumps({**figures, "seconds": round(time.monotonic() - began)}))
    return 1 if figures["malformed"]["wrong"] or figures["contract"]["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
