"""What the tests of the server share: its address, its tokens, and how a document is looked up."""

from __future__ import annotations

from typing import Any

import httpx

HOST = "127.0.0.1:8321"
KEYS = {"read": "read-" + "r" * 20, "judge": "judge-" + "j" * 20, "manage": "manage-" + "m" * 20}


def token(role: str) -> dict[str, str]:
    """The header that shows a role's token."""
    return {"Authorization": f"Bearer {KEYS[role]}"}


def document_id(client: Any, name: str) -> int:
    """The id of the document whose path ends so."""
    listed = client.get("/v1/documents", params={"document": name}).json()["documents"]
    return int(listed[0]["id"])


def bridge(client: Any) -> httpx.MockTransport:
    """A way to the app behind a test's client, for who speaks httpx."""

    def answered(request: httpx.Request) -> httpx.Response:
        given = client.request(request.method, str(request.url), content=request.read(), headers=dict(request.headers))
        return httpx.Response(given.status_code, headers=dict(given.headers), content=given.content)

    return httpx.MockTransport(answered)
