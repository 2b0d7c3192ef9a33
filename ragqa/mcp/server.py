"""The server: the protocol's requests, turned into calls of the tools and into the texts of documents."""

from __future__ import annotations

import base64
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from importlib.metadata import version
from itertools import islice
from typing import Any

import anyio
import mcp_types as protocol
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from ragqa.display import quoted
from ragqa.errors import DocumentMissing, IndexMissing, RagqaError
from ragqa.mcp.documents import LISTED, TEMPLATE, Address, Listed, Stretch, listed, read
from ragqa.mcp.engines import Engines
from ragqa.mcp.inputs import schema_of, what_is_wrong
from ragqa.mcp.tools import TOOLS, Outcome, Tool
from ragqa.mcp.wording import INSTRUCTIONS
from ragqa.paths import index_names

LONGEST_ERROR, INDEXES_TOLD = 600, 20
"""Characters of an error, and names of indexes in it."""
SECONDS_BETWEEN = 2.0
"""How often a call that takes long says that it is at work."""

Context = ServerRequestContext[Any, Any]
MayJudge = Callable[[Context], bool]

_log = logging.getLogger(__name__)


def make_server(engines: Engines, *, may_judge: MayJudge = lambda context: True, warm: bool = True) -> Server[None]:
    """A server over these engines; `may_judge` says of a request whether who sent it may keep verdicts.

    With `warm` the models are loaded beside the first requests, not before them.
    """
    face = _Face(engines, may_judge)
    return Server[None](
        "ragqa",
        version=version("ragqa"),
        title="Manuals",
        description="Exact answers from manuals, with their places.",
        instructions=INSTRUCTIONS,
        lifespan=_lifespan(engines if warm else None),
        get_tool_input_schema=lambda name: face.schemas.get(name),
        on_list_tools=face.list_tools,
        on_call_tool=face.call_tool,
        on_list_resources=face.list_resources,
        on_list_resource_templates=face.list_templates,
        on_read_resource=face.read_resource,
    )


def _lifespan(engines: Engines | None) -> Callable[[Server[None]], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: Server[None]) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            if engines is not None:
                tasks.start_soon(_warm_up, engines)
            yield
            tasks.cancel_scope.cancel()

    return lifespan


async def _warm_up(engines: Engines) -> None:
    """Load what the first question needs. What fails is told to who asks."""
    try:
        await engines.compute(lambda engine: engine.warm_up())
    except Exception as error:
        _log.info("not warmed up: %s", quoted(str(error), LONGEST_ERROR))


class _Face:
    """The handlers. All state is the engines': any number of clients may be served at once."""

    def __init__(self, engines: Engines, may_judge: MayJudge) -> None:
        self._engines, self._may_judge = engines, may_judge
        self._tools = {tool.name: tool for tool in TOOLS}
        self.schemas = {tool.name: schema_of(tool.takes) for tool in TOOLS}

    async def list_tools(self, context: Context, _: protocol.PaginatedRequestParams | None) -> protocol.ListToolsResult:
        judges = self._may_judge(context)
        return protocol.ListToolsResult(tools=[self._offered(tool) for tool in TOOLS if judges or not tool.judges])

    def _told_of(self, error: RagqaError) -> str:
        """What is wrong, and what an assistant can do about it: no command, and no address of another face."""
        if isinstance(error, DocumentMissing):
            return _told(DocumentMissing(error.message, "list_documents lists those there are."))
        if isinstance(error, IndexMissing):
            names = index_names(self._engines.settings.home)[:INDEXES_TOLD]
            hint = f"Those there are: {', '.join(names)}" if names else "There is none yet: ragqa ingest FOLDER makes one."
            return _told(IndexMissing(error.message, hint))
        return _told(error)

    def _offered(self, tool: Tool) -> protocol.Tool:
        hints = protocol.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.judges,
            destructive_hint=False,
            idempotent_hint=not tool.judges,
            open_world_hint=False,
        )
        return protocol.Tool(
            name=tool.name,
            title=tool.title,
            description=tool.told,
            input_schema=self.schemas[tool.name],
            output_schema=schema_of(tool.gives),
            annotations=hints,
        )

    async def call_tool(self, context: Context, called: protocol.CallToolRequestParams) -> protocol.CallToolResult:
        """Every fault is the tool's, in one line: an assistant can read it and do better."""
        try:
            return _result(await self._call(context, called))
        except ValidationError as error:
            return _fault(f"these arguments cannot be used: {what_is_wrong(error)}")
        except RagqaError as error:
            return _fault(self._told_of(error))
        except Exception as error:
            _log.error("tool %r failed", called.name[:100], exc_info=error)
            return _fault(f"something in ragqa went wrong ({type(error).__name__})")

    async def _call(self, context: Context, called: protocol.CallToolRequestParams) -> Outcome:
        tool = self._tools.get(called.name)
        if tool is None:
            raise RagqaError(f"there is no tool '{called.name[:100]}'", hint=f"There are: {', '.join(self._tools)}")
        if tool.judges and not self._may_judge(context):
            raise RagqaError("your token lets you read, not judge", hint="Ask who runs the server for one that does.")
        asked = tool.takes.model_validate(called.arguments or {})
        begin = self._engines.compute if tool.computes else self._engines.read
        return await _with_signs_of_life(context, tool.title, begin(lambda engine: tool.run(engine, asked), asked.index))

    async def list_resources(
        self, context: Context, asked: protocol.PaginatedRequestParams | None
    ) -> protocol.ListResourcesResult:
        """The documents of all indexes, some at a time; the cursor says behind which one to go on."""
        after = (asked.cursor if asked is not None else None) or ""
        with self._one_line():
            page = await self._engines.run(self._resources, after)
        resources = [
            protocol.Resource(uri=one.uri, name=one.name, title=one.title, description=one.told, mime_type="text/plain")
            for _, one in page[:LISTED]
        ]
        following = page[LISTED - 1][0] if len(page) > LISTED else None
        return protocol.ListResourcesResult(resources=resources, next_cursor=following)

    def _resources(self, after: str) -> list[tuple[str, Listed]]:
        index, _, path = after.partition("/")
        found = (
            (f"{name}/{one.name}", one)
            for name in index_names(self._engines.settings.home)
            if name >= index
            for one in listed(name, self._engines.settings)
            if name > index or one.name > path
        )
        return list(islice(found, LISTED + 1))

    async def list_templates(
        self, context: Context, _: protocol.PaginatedRequestParams | None
    ) -> protocol.ListResourceTemplatesResult:
        told = "The text of a document; a long one goes on at the character `start`. list_documents tells the URIs."
        template = protocol.ResourceTemplate(
            uri_template=TEMPLATE, name="document", title="A manual's text", description=told, mime_type="text/plain"
        )
        return protocol.ListResourceTemplatesResult(resource_templates=[template])

    async def read_resource(self, context: Context, asked: protocol.ReadResourceRequestParams) -> protocol.ReadResourceResult:
        uri = str(asked.uri)
        with self._one_line():
            address = Address.of(uri)
            stretch = await self._engines.read(lambda engine: read(engine, address), address.index)
        return protocol.ReadResourceResult(contents=list(_contents(uri, stretch)))

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        """Faults of what is no tool are the protocol's, in one line too."""
        try:
            yield
        except RagqaError as error:
            raise MCPError(protocol.INVALID_PARAMS, self._told_of(error)) from error
        except Exception as error:
            _log.error("a resource failed", exc_info=error)
            raise MCPError(protocol.INTERNAL_ERROR, f"something in ragqa went wrong ({type(error).__name__})") from error


def _contents(uri: str, stretch: Stretch) -> Iterator[protocol.TextResourceContents]:
    """The text as it is, and beside it, not in it, where it goes on."""
    yield protocol.TextResourceContents(uri=uri, text=stretch.text, mime_type="text/plain")
    if stretch.following is not None:
        more = str(stretch.following)
        yield protocol.TextResourceContents(uri=more, text=f"The document goes on: read {more}", mime_type="text/plain")


def _result(outcome: Outcome) -> protocol.CallToolResult:
    content: list[protocol.ContentBlock] = [protocol.TextContent(text=outcome.text)]
    if outcome.png is not None:
        content.append(protocol.ImageContent(data=base64.b64encode(outcome.png).decode(), mime_type="image/png"))
    return protocol.CallToolResult(content=content, structured_content=outcome.structured.model_dump(mode="json"))


def _fault(told: str) -> protocol.CallToolResult:
    return protocol.CallToolResult(content=[protocol.TextContent(text=f"Error: {told}")], is_error=True)


def _told(error: RagqaError) -> str:
    """What is wrong and what to do, on one line."""
    return quoted(f"{error.message}. {error.hint}" if error.hint else error.message, LONGEST_ERROR)


async def _with_signs_of_life(context: Context, title: str, work: Awaitable[Outcome]) -> Outcome:
    """The work's outcome; who wants to hear it is told every few seconds that it goes on: the first call loads the models."""

    async def tell() -> None:
        seconds = 0.0
        while True:
            await anyio.sleep(SECONDS_BETWEEN)
            seconds += SECONDS_BETWEEN
            await context.session.report_progress(seconds, None, f"{title}: at work for {seconds:.0f} s")

    failed: Exception | None = None
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(tell)
        try:
            outcome = await work
        except Exception as error:  # not in a group of them
            failed = error
        tasks.cancel_scope.cancel()
    if failed is not None:
        raise failed
    return outcome
