"""What the tests of the server share: its address, its tokens, and how a document is looked up."""

from __future__ import annotations

from typing import Any

HOST = "127.0.0.1:8321"
KEYS = {"read": "read-" + "r" * 20, "judge": "judge-" + "j" * 20, "manage": "manage-" + "m" * 20}


def token(role: str) -> dict[str, str]:
    """The header that shows a role's token."""
    return {"Authorization": f"Bearer {KEYS[role]}"}


def document_id(client: Any, name: str) -> int:
    """The id of the document whose path ends so."""
    listed = client.get("/v1/documents", params={"document": name}).json()["documents"]
    return int(listed[0]["id"])
