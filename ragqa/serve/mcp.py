"""Assistants: the Model Context Protocol over HTTP under /mcp, for whoever may read, with the same tokens as everything else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ragqa.serve.access import Access, Role
from ragqa.serve.service import Service

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PATH = "/mcp"
SESSIONS = 1_000
"""Clients of the protocol's older versions that are remembered at once, each for half an hour after its last request."""

_ROLE = "ragqa.role"


class Assistants:
    """Serves assistants over a service. Of several processes none remembers a client, as its next request may come to another;
    then clients of the protocol's older versions cannot cancel what they have asked."""

    def __init__(self, service: Service, access: Access) -> None:
        from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

        from ragqa.mcp.server import make_server

        served = service.settings.serve
        self._access = access
        self._sessions: StreamableHTTPSessionManager = StreamableHTTPSessionManager(
            make_server(service, may_judge=_may_judge, warm=False),
            stateless=served.workers > 1,
            max_sessions=SESSIONS,
            max_request_body_size=served.body_kb << 10,
        )

    @property
    def route(self) -> Route:
        """Where they are served."""
        return Route(PATH, endpoint=self, include_in_schema=False)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Requests can be served within; once."""
        async with self._sessions.run():
            yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Raises NoToken; what a token may do is looked up with each request."""
        scope[_ROLE] = self._access.role(Request(scope))
        await self._sessions.handle_request(scope, receive, send)


def _may_judge(context: Any) -> bool:
    request = context.request
    return isinstance(request, Request) and request.scope.get(_ROLE, Role.READ) >= Role.JUDGE
