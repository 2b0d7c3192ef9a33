"""Long work: what there is, how far it is, and its end."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from fastapi.responses import StreamingResponse

from ragqa.serve.access import Role, needs
from ragqa.serve.following import as_stream, follow
from ragqa.serve.job_store import Job, State
from ragqa.serve.job_telling import job_json
from ragqa.serve.refusals import Forbidden, Unknown
from ragqa.serve.routes import examples
from ragqa.serve.routes.given import ServiceGiven
from ragqa.serve.routes.job_shapes import EndedShape, JobShape, JobsShape
from ragqa.serve.routes.shapes import gives
from ragqa.serve.service import Service
from ragqa.serve.wire import Json

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

JobId = Annotated[str, Path(max_length=40, description="As POST /v1/ingest and its like give it.")]
RoleGiven = Annotated[Role, Depends(needs(Role.JUDGE))]


@router.get(
    "", response_model=None, responses=gives(JobsShape, "A page of the list", examples.JOBS),
    dependencies=[Depends(needs(Role.JUDGE))],
)  # fmt: skip
async def jobs(
    service: ServiceGiven,
    index: Annotated[str | None, Query(max_length=100)] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Jobs, newest first; `next`, where there are more, is the cursor of those that follow."""

    def fits(job: Job) -> bool:
        return index in (None, job.index) and kind in (None, job.kind) and state in (None, job.state)

    def look() -> dict[str, Any]:
        found = list(islice(service.jobs.newest(fits, before=cursor), limit + 1))
        told = [job_json(job, service.jobs.progress(job)) for job in found[:limit]]
        return {"jobs": told, "next": found[limit - 1].id if len(found) > limit else None}

    return Json(await service.run(look))


@router.get(
    "/{id}",
    response_model=None,
    responses=gives(EndedShape, "The job", examples.ENDED),
    dependencies=[Depends(needs(Role.JUDGE))],
)
async def job(id: JobId, service: ServiceGiven) -> Response:
    """A job, with its `result` when it has ended."""

    def look() -> dict[str, Any]:
        found = _known(service.jobs.get(id))
        return {**job_json(found, service.jobs.progress(found)), "result": service.jobs.store.result(id)}

    return Json(await service.run(look))


@router.delete("/{id}", response_model=None, responses=gives(JobShape, "The job as it stands", examples.RUNNING))
async def cancel(id: JobId, service: ServiceGiven, role: RoleGiven) -> Response:
    """Have a job end: what waits ends at once, what runs after what it holds, which is kept. An ended one stays as it is."""

    def end() -> dict[str, Any]:
        found = _known(service.jobs.get(id))
        if found.writes and role < Role.MANAGE:
            raise Forbidden(f"to cancel this takes the role 'manage', and the token has '{role.name.lower()}'")
        return job_json(_known(service.jobs.cancel(id)))

    return Json(await service.run(end))


@router.get("/{id}/events", dependencies=[Depends(needs(Role.JUDGE))], response_class=StreamingResponse)
async def events(
    id: JobId,
    service: ServiceGiven,
    last_event_id: Annotated[str, Header(max_length=20)] = "",
    after: Annotated[int, Query(ge=0, le=10**9, description="As the header Last-Event-ID, for who cannot send it.")] = 0,
) -> Response:
    """What a job tells of itself, as server-sent events: waiting, running, progress, and at last how it ended.

    Who comes again with the header Last-Event-ID is told what followed; 204 where nothing will follow any more.
    """
    after = int(last_event_id) if last_event_id.isdecimal() else after
    if not await service.run(_goes_on, service, id, after):
        return Response(status_code=204)
    stream = as_stream(follow(service.jobs, id, after))
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


def _goes_on(service: Service, id: str, after: int) -> bool:
    found = _known(service.jobs.get(id))
    return not found.state.is_end or not after or bool(service.jobs.events(id, after))


def _known(job: Job | None) -> Job:
    if job is None:
        raise Unknown("there is no such job", hint="GET /v1/jobs lists those there are.")
    return job
