"""`ragqa mcp` as assistants use it: started by the SDK's own client over stdio, and reached over HTTP, with the real models."""

from __future__ import annotations

import base64
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from PIL import Image

from ragqa import RagQA
from ragqa.demo.tour import INDEX
from tests.e2e.serving import started

QUESTION, NOT_THERE = "What does E-24 mean?", "Who won the football cup in 1974?"
TOKEN = "a-token-of-this-test-only"
ROOT = Path(__file__).parents[2]
NOISY = """
import os, subprocess, sys
from ragqa.engine import RagQA
plain = RagQA.ask
def ask(qa, *arguments, **options):
    print("noise of a library")
    os.write(1, b"noise of another")
    subprocess.run(["echo", "noise of a program"])
    return plain(qa, *arguments, **options)
RagQA.ask = ask
from ragqa.cli.main import main
main()
"""


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def home_of(demo: RagQA) -> str:
    return str(Path(demo.settings.home).absolute())


async def check_answers(client: Client, demo: RagQA) -> None:
    """The answers are the engine's, with their page; what the manuals do not say is none."""
    given = (await client.call_tool("ask", {"question": QUESTION})).structured_content
    best = demo.ask(QUESTION)[0]
    told = given["answers"][0]
    assert (told["text"], told["document"], told["page"]) == (best.text, best.document, best.page)
    assert abs(told["confidence"] - best.confidence) < 0.01
    shown = await client.call_tool("page_picture", {name: told[name] for name in ("document", "start", "end")})
    with Image.open(io.BytesIO(base64.b64decode(shown.content[1].data))) as image:
        assert image.format == "PNG" and shown.structured_content["words"]
    nothing = await client.call_tool("ask", {"question": NOT_THERE})
    assert nothing.structured_content["answered"] is False and nothing.structured_content["answers"] == []
    read = await client.call_tool("read_section", {"document": told["document"], "section": told["section"][-1]})
    assert told["context"]["text"] in read.structured_content["text"]


@pytest.mark.asyncio
async def test_an_assistant_starts_it_and_asks(demo: RagQA) -> None:
    arguments = ["-m", "ragqa", "--home", home_of(demo), "mcp", "--index", INDEX]
    async with Client(StdioServerParameters(command=sys.executable, args=arguments, env=environment())) as client:
        assert len((await client.list_tools()).tools) == 6
        await check_answers(client, demo)
        first = (await client.list_resources()).resources[0]
        assert len((await client.read_resource(first.uri)).contents[0].text) > 1000


def test_stdout_carries_the_protocol_and_nothing_else(demo: RagQA) -> None:
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    requests: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "ask", "arguments": {"question": "?!"}}},
        {"id": 3, "method": "tools/call", "params": {"name": "nothing", "arguments": {}}},
    ]
    process = subprocess.Popen(
        [sys.executable, "-c", NOISY, "--home", home_of(demo), "mcp", "--index", INDEX],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(),
    )  # fmt: skip
    with process:
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        process.stdin.write(b"this is no message\n\xff\xfe\n[]\n")
        for request in requests:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **request}).encode() + b"\n")
        process.stdin.flush()
        lines: list[dict[str, Any]] = []
        while not {1, 2, 3} <= {line.get("id") for line in lines}:
            lines.append(json.loads(process.stdout.readline()))
        process.stdin.close()
        lines += [json.loads(line) for line in process.stdout]
        told = process.stderr.read().decode()
        assert process.wait(60) == 0
    assert all(line["jsonrpc"] == "2.0" for line in lines)
    assert {line["id"]: "result" in line for line in lines if line.get("id")} == {1: True, 2: True, 3: True}
    assert "noise of a library" in told and "noise of a program" in told and "Traceback" not in told


@contextmanager
def over_http(demo: RagQA) -> Iterator[str]:
    """The address that the command prints."""
    command = [sys.executable, "-m", "ragqa", "--home", home_of(demo), "mcp", "--http", "--index", INDEX]
    with started(command, RAGQA_TOKEN=TOKEN, RAGQA_SERVE_SECONDS="120") as (_, address):
        yield address


@pytest.mark.enable_socket
@pytest.mark.asyncio
async def test_assistants_reach_it_over_http(demo: RagQA) -> None:
    with over_http(demo) as address:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+/mcp", address)
        async with httpx2.AsyncClient(timeout=120) as stranger:  # it listens, and answers once it has started
            refused = await stranger.post(address, json={})
            assert refused.status_code == 401
        known = httpx2.AsyncClient(headers={"Authorization": f"Bearer {TOKEN}"}, timeout=120)
        async with known, Client(streamable_http_client(address, http_client=known)) as client:
            await check_answers(client, demo)
            assert (await client.call_tool("nothing", {})).is_error
