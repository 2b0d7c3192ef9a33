"""Whether the server runs, and whether it answers at once."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from ragqa.serve.routes.given import ServiceGiven

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process runs."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(service: ServiceGiven, response: Response) -> dict[str, Any]:
    """Models are loaded, so that a question is answered at once; 503 before that."""
    if not service.warm:
        response.status_code = 503
    return {"status": "ready" if service.warm else "loading models", "waiting": service.computing.waiting}
