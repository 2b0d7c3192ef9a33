"""The app: the routers of all parts, what stands before them, and what is opened and closed with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

from fastapi import FastAPI
from starlette.applications import Starlette

from ragqa.config import ServeSettings
from ragqa.serve.access import Access
from ragqa.serve.faults import handle_faults
from ragqa.serve.guard import Guard
from ragqa.serve.mcp import Assistants
from ragqa.serve.metrics import Metrics
from ragqa.serve.openapi import openapi_of
from ragqa.serve.page import routes as page
from ragqa.serve.routes import answers, documents, feedback, health, indexes, jobs, labels, watching, work
from ragqa.serve.routes.labels import LABELS_BYTES
from ragqa.serve.routes.shapes import FAULTS
from ragqa.serve.service import Service

UPLOADS = frozenset({"/v1/ingest", "/v1/evaluate"})
"""Where files are uploaded to."""

RETRY_SECONDS = 30.0
"""Between two tries to load what could not be loaded."""

ROUTERS = (
    answers.router, documents.router, labels.router, feedback.router, indexes.router, work.router, jobs.router, watching.router,
    health.router, page.router,
)  # fmt: skip
"""Every router; a new part adds its own here."""


def make_app(service: Service, access: Access) -> FastAPI:
    """The app over a service, for whom `access` lets in. It closes the service when it ends."""
    app = FastAPI(
        title="ragqa", version=own_version(), summary="Exact answers from large manuals.",
        lifespan=_lifespan, docs_url=None, redoc_url=None, responses=FAULTS,
    )  # fmt: skip
    app.state.service, app.state.access = service, access
    app.state.assistants = Assistants(service, access) if find_spec("mcp") is not None else None
    for router in ROUTERS:
        app.include_router(router)
    if app.state.assistants is not None:
        app.router.routes.append(app.state.assistants.route)
    handle_faults(app)
    app.openapi = partial(openapi_of, app, ROUTERS)  # type: ignore[method-assign]
    served = service.settings.serve
    app.state.metrics = Metrics(service)
    service.on_question = app.state.metrics.question
    app.add_middleware(Guard, access=access, metrics=app.state.metrics, largest=lambda path: _largest(path, served))
    return app


def make_mcp_app(service: Service, access: Access) -> Starlette:
    """The app that serves assistants only. It closes the service when it ends. Raises ModuleNotFoundError without their extra."""
    assistants = Assistants(service, access)
    app = Starlette(routes=[assistants.route], lifespan=_lifespan)
    app.state.service, app.state.assistants = service, assistants
    app.add_middleware(Guard, access=access, metrics=Metrics(service), largest=lambda path: service.settings.serve.body_kb << 10)
    return app


def _largest(path: str, served: ServeSettings) -> int:
    """The most bytes of a request's body: where files are uploaded, or a whole shelf is labelled, more than elsewhere."""
    if path == "/v1/metadata":
        return LABELS_BYTES
    return served.upload_mb << 20 if path in UPLOADS else served.body_kb << 10


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    """What runs beside the requests: loading the models; at the end, whatever is under way is finished."""
    service: Service = app.state.service
    assistants: Assistants | None = app.state.assistants
    if isinstance(app, FastAPI):  # assistants alone have none
        service.tell_of_uploads_left()
        service.jobs.open()
        service.watches.open()
    ending = asyncio.Event()
    warming = asyncio.create_task(_warm_up(service, ending))
    try:
        async with assistants.running() if assistants is not None else nullcontext():
            yield
    finally:
        ending.set()
        await asyncio.wait([warming])
        await asyncio.to_thread(service.close)


async def _warm_up(service: Service, ending: asyncio.Event) -> None:
    """Load the models, and try again as long as that fails: somebody may mend what is in the way."""
    while not await asyncio.to_thread(service.warm_up):
        with suppress(TimeoutError):
            async with asyncio.timeout(RETRY_SECONDS):
                await ending.wait()
                return


def own_version() -> str:
    """The version of ragqa that serves."""
    try:
        return version("ragqa")
    except PackageNotFoundError:  # run from a folder that was never installed
        return "0"
