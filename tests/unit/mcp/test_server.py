"""Faults in one line, calls that wait, are cancelled or go on long, and documents as resources."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.indexing.index import Index
from ragqa.mcp import documents, server
from ragqa.serve.service import Service

pytestmark = pytest.mark.asyncio

HOSTILE = [
    ("nothing", {}),
    ("../ask\x1b[31m\n" + "x" * 5000, {}),
    ("ask", {}),
    ("ask", {"question": None}),
    ("ask", {"question": 5}),
    ("ask", {"question": ["What?"]}),
    ("ask", {"question": "x" * 1_000_000}),
    ("ask", {"question": "What?", "answers": 0}),
    ("ask", {"question": "What?", "answers": 10**30}),
    ("ask", {"question": "What?", "answers": "many"}),
    ("ask", {"question": "What?", "answers": 1.5}),
    ("ask", {"question": "What?", "treshold": 0.5}),
    ("ask", {"question": "What?", "x" * 10_000 + "\n": 1}),
    ("ask", {"question": "What?", "index": "../../etc"}),
    ("ask", {"question": "What?", "index": "nowhere"}),
    ("ask", {"question": "What?", "index": {}}),
    ("ask", {"question": "What?", "metadata": "brand=Aqua"}),
    ("ask", {"question": "What?", "metadata": {"brand": 5}}),
    ("ask", {"question": "What?", "metadata": {"brand": ""}}),
    ("ask", {"question": "What?", "metadata": {"no key\n\x1b[31m": "x"}}),
    ("ask", {"question": "What?", "metadata": {"brand": "x" * 201}}),
    ("ask", {"question": "What?", "metadata": {"brand": ["x"] * 51}}),
    ("ask", {"question": "What?", "metadata": {f"key{number}": "x" for number in range(21)}}),
    ("ask", {"question": "What?", "metadata": {"brand": {"$ne": "x"}}}),
    ("search", {"question": "lamp", "metadata": {"brand": "\u202e"}}),
    ("search", {"question": "lamp", "passages": 1000}),
    ("search", {"question": "lamp", "document": "a" * 501}),
    ("read_section", {"document": ""}),
    ("read_section", {"document": "*"}),
    ("read_section", {"document": "/etc/passwd"}),
    ("read_section", {"document": "kettle.md", "start": -1}),
    ("read_section", {"document": "kettle.md", "start": 2**63}),
    ("read_section", {"document": "kettle.md", "length": 10**9}),
    ("list_documents", {"limit": 0}),
    ("page_picture", {"document": "kettle.md", "page": 1}),
    ("page_picture", {"document": "kettle.md", "page": "1; rm -rf"}),
    ("give_verdict", {"question": "What?", "verdict": "splendid"}),
    ("give_verdict", {"question": "", "verdict": "right"}),
]
ODD = ["\u202e\u0000\x1b]0;x\x07", "\u0e01\u0301" * 200, "😀" * 500, "?!", " " * 50, "' OR 1=1 --", "<script>alert(1)</script>"]


@pytest.fixture
def stuck(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Questions that hold a "block" wait until the event is set."""
    released, plain = threading.Event(), RagQA.ask

    def ask(qa: RagQA, question: str, **options: Any) -> Any:
        if "block" in question:
            assert released.wait(20)
        return plain(qa, question, **options)

    monkeypatch.setattr(RagQA, "ask", ask)
    yield released
    released.set()


def said(result: Any) -> str:
    """The text of a result."""
    return result.content[0].text


async def test_a_fault_is_the_tools_in_one_line(connect: Any) -> None:
    async with connect() as client:
        for tool, arguments in HOSTILE:
            result = await client.call_tool(tool, arguments)
            text = said(result)
            assert result.is_error and text.startswith("Error: "), (tool, arguments)
            assert "\n" not in text and len(text) < 700 and "\x1b" not in text, text
            assert "Traceback" not in text and "pydantic" not in text, text


async def test_odd_texts_do_no_harm(connect: Any) -> None:
    async with connect() as client:
        for text in ODD:
            result = await client.call_tool("ask", {"question": text, "document": text, "section": text})
            assert not result.is_error and result.structured_content["answered"] is False
            assert "\x1b" not in said(result)
            assert not (await client.call_tool("search", {"question": text})).is_error
            assert not (await client.call_tool("list_documents", {"document": text, "cursor": text})).is_error


async def test_what_goes_wrong_inside_is_told_to_who_runs_it_only(
    connect: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(RagQA, "ask", lambda qa, *arguments, **options: {}["a secret"])
    monkeypatch.setattr(RagQA, "extract", lambda qa, *arguments: {}["another"])
    async with connect() as client:
        result = await client.call_tool("ask", {"question": "What?"})
        assert result.is_error and said(result) == "Error: something in ragqa went wrong (KeyError)"
        assert not (await client.call_tool("list_documents", {})).is_error
        with pytest.raises(MCPError, match="went wrong"):
            await client.read_resource("ragqa://shelf/documents/1")
    told = [one.exc_text or "" for one in caplog.records if one.name == "ragqa.mcp.server" and one.levelname == "ERROR"]
    assert len(told) == 2 and "a secret" in told[0] and "another" in told[1]


async def test_an_index_that_is_missing_is_told_with_those_there_are(connect: Any) -> None:
    async with connect() as client:
        told = said(await client.call_tool("ask", {"question": "What?", "index": "nowhere"}))
    assert "nowhere" in told and "shelf, spare" in told and "GET" not in told


async def test_a_document_that_is_missing_is_told_with_what_lists_them(connect: Any) -> None:
    async with connect() as client:
        told = said(await client.call_tool("read_section", {"document": "nothing.pdf"}))
        assert "nothing.pdf" in told and "list_documents" in told and "ragqa index" not in told
        with pytest.raises(MCPError, match=r"has no document 999.*list_documents"):
            await client.read_resource("ragqa://shelf/documents/999")
        with pytest.raises(MCPError, match="Those there are: shelf, spare"):
            await client.read_resource("ragqa://nowhere/documents/1")


async def test_an_index_is_asked_by_its_name(connect: Any) -> None:
    question = {"question": "At what speed does the fan turn?", "index": "spare"}
    async with connect() as client:
        given = (await client.call_tool("ask", question)).structured_content
    assert (given["index"], given["answers"][0]["document"]) == ("spare", "fan.txt")


async def test_a_cancelled_call_keeps_nobody_waiting(connect: Any, stuck: threading.Event) -> None:
    async with connect() as client:
        with anyio.move_on_after(0.3) as scope:
            await client.call_tool("ask", {"question": "block"})
        assert scope.cancelled_caught and not stuck.is_set()
        listed = await client.call_tool("list_documents", {})
        assert listed.structured_content["total"] == 3
        answered = await client.call_tool("ask", {"question": "How long does the warranty last?"})
        assert answered.structured_content["answered"]


async def test_a_long_call_tells_that_it_is_at_work(connect: Any, stuck: threading.Event, monkeypatch: Any) -> None:
    monkeypatch.setattr(server, "SECONDS_BETWEEN", 0.01)
    heard: list[float] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append(progress)
        if len(heard) == 3:
            stuck.set()

    async with connect() as client:
        await client.call_tool("ask", {"question": "block"}, progress_callback=hear)
    assert heard[:3] == sorted(heard[:3]) and len(heard) >= 3


async def test_a_client_is_answered_while_the_models_load(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    released, begun = threading.Event(), threading.Event()

    def load(qa: RagQA) -> None:
        begun.set()
        assert released.wait(20)

    monkeypatch.setattr(RagQA, "warm_up", load)
    async with connect(warm=True) as client:
        assert len((await client.list_tools()).tools) == 6
        assert await anyio.to_thread.run_sync(begun.wait, 20) and not released.is_set()
        assert not (await client.call_tool("list_documents", {})).is_error
        released.set()


async def test_models_that_do_not_load_stop_nothing(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RagQA, "warm_up", lambda qa: {}["gone"])
    async with connect(warm=True) as client:
        assert not (await client.call_tool("list_documents", {})).is_error


async def test_too_many_calls_are_sent_away(connect: Any, stuck: threading.Event, service: Any) -> None:
    service.computing.queue = 0
    results: list[Any] = []
    async with connect() as client:

        async def call() -> None:
            results.append(await client.call_tool("ask", {"question": "block"}))

        async with anyio.create_task_group() as tasks:
            for _ in range(3):
                tasks.start_soon(call)
            while not results:
                await anyio.sleep(0.01)
            assert results[0].is_error and "again" in said(results[0])
            stuck.set()


async def test_documents_of_all_indexes_are_listed_as_resources(connect: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "LISTED", 3)
    async with connect() as client:
        first = await client.list_resources()
        second = await client.list_resources(cursor=first.next_cursor)
        template = (await client.list_resource_templates()).resource_templates[0]
    assert [one.name for one in first.resources] == ["fan.txt", "kettle.md", "lamp.html"]
    assert [one.uri.split("/")[2] for one in second.resources] == ["spare"] and second.next_cursor is None
    assert template.uri_template == "ragqa://{index}/documents/{id}{?start}"


async def test_a_list_of_resources_lets_no_index_go_that_is_asked(
    connect: Any, service: Service, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ragqa.serve.service.ENGINES_KEPT", 1)
    asked = service.engine()
    opened, closed = list[str](), list[str]()
    begin, end = Index.__init__, Index.close

    def opens(index: Index, folder: Path) -> None:
        opened.append(folder.name)
        begin(index, folder)

    def closes(index: Index) -> None:
        closed.append(index.name)
        end(index)

    monkeypatch.setattr(Index, "__init__", opens)
    monkeypatch.setattr(Index, "close", closes)
    async with connect() as client:
        await client.list_resources()
        assert service.engine() is asked and opened == closed == ["shelf", "spare"]
        monkeypatch.setattr(server, "LISTED", 2)
        opened.clear()
        await client.list_resources()
        assert opened == ["shelf"]  # no further than the list goes


async def test_a_document_is_read_as_a_resource(connect: Any, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LONGEST_TEXT", 60)
    qa = RagQA(settings=settings)
    whole = qa.opened.text(qa.document_named("kettle.md").id)
    async with connect() as client:
        uri = next(one.uri for one in (await client.list_resources()).resources if one.name == "kettle.md")
        text = ""
        while True:
            contents = (await client.read_resource(uri)).contents
            text += contents[0].text
            if len(contents) == 1:
                break
            assert contents[1].text == f"The document goes on: read {contents[1].uri}"
            uri = contents[1].uri
    assert text == whole


UNKNOWN = (
    "ragqa://shelf/documents/99",
    "ragqa://nowhere/documents/1",
    "ragqa://shelf/documents/x",
    "ragqa://..%2Fx/documents/1",
    "ragqa://shelf/documents/1?start=99999999999",
    "file:///etc/passwd",
    "x" * 5000,
)


async def test_what_is_no_resource_is_told(connect: Any) -> None:
    async with connect() as client:
        for uri in UNKNOWN:
            with pytest.raises(MCPError) as raised:
                await client.read_resource(uri)
            assert "\n" not in raised.value.error.message and len(raised.value.error.message) < 700
        assert len((await client.list_tools()).tools) == 6
