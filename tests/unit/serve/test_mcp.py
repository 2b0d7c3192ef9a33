"""Assistants over HTTP: the same tools, behind the same tokens, hosts and origins as everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from serve_clients import token
from starlette.testclient import TestClient

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.gate import Gate
from ragqa.serve.access import Access
from ragqa.serve.app import make_mcp_app
from ragqa.serve.service import Service

ACCEPT = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
QUESTION = "How long does the warranty last?"


def call(client: Any, method: str, headers: dict[str, str], **params: Any) -> Any:
    """The result of a request, or its error."""
    body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    response = client.post("/mcp", json=body, headers={**ACCEPT, **headers})
    assert response.status_code == 200, response.text
    data = next(line for line in response.text.splitlines() if line.startswith("data: {"))
    told = json.loads(data.removeprefix("data: "))
    return told.get("result", told.get("error"))


def session(client: Any, headers: dict[str, str]) -> dict[str, str]:
    """The headers of a session that has begun."""
    body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
    response = client.post("/mcp", json=body, headers={**ACCEPT, **headers})
    assert response.status_code == 200, response.text
    return {**headers, "Mcp-Session-Id": response.headers["mcp-session-id"]}


def tool(client: Any, name: str, headers: dict[str, str], **arguments: Any) -> Any:
    return call(client, "tools/call", headers, name=name, arguments=arguments)


def test_assistants_are_served_beside_the_api(client: Any) -> None:
    known = session(client, {})
    given = tool(client, "ask", known, question=QUESTION)["structuredContent"]
    assert given["answers"][0]["text"] == "The warranty lasts 30 months."
    told = client.post("/v1/ask", json={"question": QUESTION}).json()["answers"][0]
    assert {name: given["answers"][0][name] for name in ("text", "confidence", "start", "document_id")} == {
        name: told[name] for name in ("text", "confidence", "start", "document_id")
    }
    assert "/mcp" not in client.get("/openapi.json").json()["paths"]


def test_assistants_alone_are_served_nothing_else(served: Settings) -> None:
    access = Access(Gate.of(served.serve.host, served.serve.port))
    app = make_mcp_app(Service(served), access)
    with TestClient(app, base_url="http://127.0.0.1:8321", raise_server_exceptions=False) as client:
        known = session(client, {})
        assert tool(client, "list_documents", known)["structuredContent"]["total"] == 3
        assert client.get("/v1/documents").status_code == 404
        assert client.post("/mcp", json={}, headers={"Host": "evil.example"}).status_code == 403


def test_a_session_ends_when_the_client_says_so(client: Any) -> None:
    known = session(client, {})
    assert client.delete("/mcp", headers={**ACCEPT, **known}).status_code == 200
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    assert client.post("/mcp", json=body, headers={**ACCEPT, **known}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example:8321"}, 403),
        ({"Host": "127.0.0.1:9"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
def test_strangers_are_not_let_in(client: Any, headers: dict[str, str], status: int) -> None:
    body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
    response = client.post("/mcp", json=body, headers={**ACCEPT, **headers})
    assert response.status_code == status and "mcp-session-id" not in response.headers


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic cmVhZA=="}])
def test_a_token_is_demanded(serve: Any, headers: dict[str, str]) -> None:
    client = serve(keys=True)
    body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
    response = client.post("/mcp", json=body, headers={**ACCEPT, **headers})
    assert response.status_code == 401 and response.json()["error"]["code"] == "unauthorized"


def test_a_token_that_reads_keeps_no_verdict(serve: Any, served: Settings) -> None:
    client = serve(keys=True)
    reader, judge = session(client, token("read")), session(client, token("judge"))
    asked = {"question": QUESTION, "verdict": "right"}
    assert tool(client, "ask", reader, question=QUESTION)["structuredContent"]["answered"]
    assert tool(client, "give_verdict", reader, **asked)["isError"]
    assert RagQA(settings=served).journal.verdicts() == []
    assert not tool(client, "give_verdict", judge, **asked).get("isError")
    assert len(RagQA(settings=served).journal.verdicts()) == 1
    offered = {who: [one["name"] for one in call(client, "tools/list", known)["tools"]] for who, known in
               (("reader", reader), ("judge", judge))}  # fmt: skip
    assert "give_verdict" in offered["judge"] and "give_verdict" not in offered["reader"]


def test_the_role_is_that_of_each_request_not_of_its_session(serve: Any) -> None:
    client = serve(keys=True)
    judge = session(client, token("judge"))
    assert tool(client, "give_verdict", {**judge, **token("read")}, question=QUESTION, verdict="right")["isError"]


def test_several_processes_remember_no_client(serve: Any) -> None:
    client = serve(workers=2)
    body = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HELLO}
    response = client.post("/mcp", json=body, headers=ACCEPT)
    assert response.status_code == 200 and "mcp-session-id" not in response.headers
    assert tool(client, "list_documents", {})["structuredContent"]["total"] == 3


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"jsonrpc": "2.0"}', b'{"jsonrpc": "2.0", "id": 1, "method": "x"}', b"\xff\xfe", b"[" * 100_000,
     b'{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": 5}}', b"9" * 5000],
)  # fmt: skip
def test_nonsense_is_refused_without_a_fault_of_the_server(client: Any, body: bytes) -> None:
    known = session(client, {})
    headers = {**ACCEPT, **known, "Content-Type": "application/json"}
    for version in ("2025-06-18", "2026-07-28", "1"):
        response = client.post("/mcp", content=body, headers={**headers, "MCP-Protocol-Version": version})
        assert response.status_code < 500 and "Traceback" not in response.text


def test_a_body_that_is_too_large_is_refused(serve: Any) -> None:
    response = serve(body_kb=1).post("/mcp", content=b"x" * 2000, headers={**ACCEPT, "Content-Type": "application/json"})
    assert response.status_code == 413
