"""Bodies that are read as they come: JSON up to a size, and uploads straight to the disk."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from ragqa.serve.receiving import Receiver, UploadLimits
from ragqa.serve.refusals import Malformed, TimedOut, TooLarge
from ragqa.serve.service import Service

Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)

IDLE_SECONDS = 30.0
"""How long the next bytes of a body may take to come."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An upload that has come whole: its files, by name, in a folder, and its other fields."""

    folder: Path
    names: list[str]
    fields: dict[str, str]


async def bounded_body(request: Request, most: int) -> Any:
    """The JSON of a body of up to so many bytes. Raises TooLarge, Malformed or TimedOut."""
    data = bytearray()
    async for part in _parts(request):
        data.extend(part)
        if len(data) > most:
            raise TooLarge(f"a request here may have {most:,} bytes")
    try:
        return json.loads(bytes(data))
    except (ValueError, RecursionError) as error:
        raise Malformed("the body is no valid JSON") from error


def kind_of(request: Request) -> str:
    """The media type that a body is said to have."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def checked(model: type[Model], given: Any) -> Model:
    """What was sent, if it is what it must be. Raises RequestValidationError, which names the fields that are not."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


def taking(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The bodies that a route reads by itself, each of a media type, for its description."""
    content = {kind: {"schema": _inlined(schema, schema.get("$defs", {}))} for kind, schema in schemas.items()}
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, models: Mapping[str, Any]) -> Any:
    """A schema with what it names written out: within the OpenAPI its own names lead nowhere."""
    if isinstance(schema, list):
        return [_inlined(one, models) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(models[schema["$ref"].rpartition("/")[2]], models)
    return {name: _inlined(one, models) for name, one in schema.items() if name != "$defs"}


@asynccontextmanager
async def received(request: Request, service: Service) -> AsyncIterator[Sent]:
    """The files of an upload, in a folder that is gone afterwards. Raises what `Receiver` does, and TimedOut."""
    served = service.settings.serve
    folder, receiver = service.uploads.place(), None
    try:
        await to_its_end(service.uploads.open, folder)
        kind = request.headers.get("content-type", "")
        receiver = Receiver(kind, folder, UploadLimits(served.upload_mb << 20, served.upload_files))
        async for part in _parts(request):
            await to_its_end(receiver.feed, part)
        receiver.finish()
        yield Sent(folder, receiver.names, receiver.fields)
    finally:
        if receiver is not None:
            receiver.close()
        await to_its_end(service.uploads.give_up, folder)


async def _parts(request: Request) -> AsyncIterator[bytes]:
    """A body as it comes. Raises TimedOut where it stops coming, Malformed where who sent it has hung up."""
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                part = await anext(stream, None)
        except TimeoutError as error:
            raise TimedOut("the body did not come to its end", hint="Send it again.") from error
        except ClientDisconnect as error:
            raise Malformed("the body was cut short") from error
        if part is None:
            return
        yield part


async def to_its_end(function: Callable[..., Value], *arguments: object) -> Value:
    """What something with files gives that is done in a thread. Who hangs up meanwhile does not get ahead of it: what is done
    next finds it done."""
    doing = asyncio.ensure_future(run_in_threadpool(function, *arguments))
    try:
        return await asyncio.shield(doing)
    finally:
        while not doing.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([doing])
