"""Serving one client over stdin and stdout, which carry the protocol and nothing else."""

from __future__ import annotations

import anyio
from mcp.server.stdio import stdio_server

from ragqa.mcp.engines import Engines
from ragqa.mcp.server import make_server


def serve_stdio(engines: Engines) -> None:
    """Serve until stdin ends. What anything prints meanwhile goes to stderr."""
    anyio.run(_serve, engines)


async def _serve(engines: Engines) -> None:
    server = make_server(engines)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
