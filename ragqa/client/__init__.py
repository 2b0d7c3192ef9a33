"""Asking a server: `connect(url)` gives an engine whose index is there. It takes the extra ragqa[client]."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragqa.client.address import Address
from ragqa.client.engine import RemoteRagQA
from ragqa.client.tokens import checked_token, token_of
from ragqa.client.wire import PATIENCE, Wire
from ragqa.config import Settings

if TYPE_CHECKING:
    import httpx

__all__ = ["RemoteRagQA", "connect"]


def connect(
    url: str,
    *,
    index: str | None = None,
    token: str | None = None,
    token_file: str | Path | None = None,
    patience: float = PATIENCE,
    transport: httpx.BaseTransport | None = None,
    settings: Settings | None = None,
    **options: Any,
) -> RemoteRagQA:
    """An engine on a server's index, the server's own where none is named, by `index` or behind # in the URL.

    The token is `token`, that of `token_file`, or that of RAGQA_TOKEN. `patience` is how many seconds a request may take, waiting
    for a busy server included. `transport` takes the place of the network. `settings` and `options` are those of RagQA. Nothing
    is sent before the first call. Raises UsageError for what is no address, or a token file that cannot be read.
    """
    shown = checked_token(token, "token") if token is not None else token_of(token_file)
    wire = Wire(Address.of(url, index), shown, patience, transport)
    return RemoteRagQA(settings=settings, wire=wire, **options)
