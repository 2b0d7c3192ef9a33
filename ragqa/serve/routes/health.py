"""Whether the server runs, whether it answers at once, and what it counts."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from ragqa.serve.access import Role, needs
from ragqa.serve.metrics import Metrics
from ragqa.serve.routes import examples
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.routes.shapes import shown

router = APIRouter(tags=["health"])


class ReadyShape(BaseModel):
    """Whether questions are answered; `reason` is the code that they fail with, whose message is in the server's log."""

    status: Literal["ready", "loading models", "failed"]
    reason: str | None
    waiting: int


@router.get("/healthz", responses={200: {"description": "It runs", **shown(examples.HEALTHY)}})
async def healthz() -> dict[str, str]:
    """The process runs."""
    return examples.HEALTHY


@router.get(
    "/readyz", response_model=ReadyShape,
    responses={
        200: {"description": "They are answered", **shown(examples.READY)},
        503: {"model": ReadyShape, "description": "They are not", **shown(examples.LOADING)},
    },
)  # fmt: skip
async def readyz(service: ServiceGiven, response: Response) -> dict[str, Any]:
    """Models are loaded, so that a question is answered at once; 503 before that, and as long as they cannot be."""
    if not service.warm:
        response.status_code = 503
    status = "ready" if service.warm else "failed" if service.failure else "loading models"
    return {"status": status, "reason": service.failure or None, "waiting": service.computing.waiting}


@router.get("/metrics", dependencies=[Depends(needs(Role.READ))], response_model=None, response_class=Response)
async def metrics(request: Request) -> Response:
    """What the server counts of itself, for Prometheus."""
    counted: Metrics = request.app.state.metrics
    return Response(counted.text(), media_type=Metrics.media_type)
