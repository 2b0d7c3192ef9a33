"""What begins long work: ingest, embed, evaluate. Each becomes a job, whose id is given at once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from ragqa.errors import UsageError
from ragqa.metadata import metadata_of, wanted
from ragqa.paths import checked_name
from ragqa.questions.pairs import pairs_in
from ragqa.serve.access import Role, needs
from ragqa.serve.job_store import Job
from ragqa.serve.job_telling import begun_json
from ragqa.serve.refusals import Malformed
from ragqa.serve.routes import examples
from ragqa.serve.routes.given import (
    Body,
    Filter,
    IndexField,
    Labels,
    LabelsOfForm,
    ServiceGiven,
    WantedMetadata,
    WantedOfForm,
    shown_with,
)
from ragqa.serve.routes.job_shapes import BEGUN
from ragqa.serve.routes.sent import Sent, bounded_body, checked, kind_of, received, taking, to_its_end
from ragqa.serve.service import Service
from ragqa.serve.wire import Json

router = APIRouter(prefix="/v1", tags=["jobs"])

MOST_PATHS, LONGEST_PATH, MOST_PAIRS = 1_000, 4_096, 20_000
PAIRS_BYTES = 16 << 20
"""Bytes of question/answer pairs that are sent as JSON; more come as a file."""

PAIRS = "pairs.jsonl"
"""The file that a job finds them in."""


class Ingest(Body):
    """What to read into an index: `paths` of the server's machine, below its roots, or `uploads`, all that was uploaded to it."""

    model_config = shown_with(examples.INGEST, examples.INGEST_UPLOADS)
    paths: list[Annotated[str, Field(min_length=1, max_length=LONGEST_PATH)]] = Field([], max_length=MOST_PATHS)
    uploads: bool = False
    index: IndexField = None
    prune: bool = Field(False, description="Take documents out whose files are gone from the folders given.")
    check: bool = Field(False, description="Hash every file, also those that look unchanged.")
    audit: bool = Field(False, description="Tell what of each file its document does not hold.")
    embed: bool = Field(True, description="Make vectors, too; without, manuals are found by their words only.")
    metadata: Labels | None = Field(None, description="What all documents that are read are labelled with.")


class UploadFields(Body):
    """The fields beside the files of an upload."""

    model_config = shown_with(examples.UPLOAD)
    index: IndexField = None
    audit: bool = False
    embed: bool = True
    metadata: LabelsOfForm = Field(None, description="What all documents of the files are labelled with, as JSON.")


class Embed(Body):
    """Which index gets the vectors that it lacks."""

    model_config = shown_with(examples.EMBED)
    index: IndexField = None


class EvaluateFields(Body):
    """How questions are asked, to be compared with their answers."""

    model_config = shown_with(examples.EVALUATE_FILE)
    index: IndexField = None
    limit: Annotated[int, Field(ge=1, le=1_000_000)] | None = Field(None, description="Ask only so many, taken evenly.")
    baseline: bool = Field(False, description="Measure a keyword search and retrieval without a reader, too.")
    document: Filter = None
    metadata: WantedOfForm = None
    use_document: bool = Field(False, description="Look each question up only in the document that its pair names.")
    strict: bool = Field(False, description="Refuse pairs of which any cannot be used.")


class Evaluate(EvaluateFields):
    """Question/answer pairs, with the fields of a QA file: question, answer or answers, document, page, …"""

    model_config = shown_with(examples.EVALUATE)
    metadata: WantedMetadata = None
    pairs: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MOST_PAIRS)]


def _either(json_model: type[BaseModel], fields: type[BaseModel]) -> dict[str, Any]:
    """The bodies that a route takes, for its description: JSON, or an upload with files."""
    form = {"allOf": [fields.model_json_schema(), {"properties": {"file": {"type": "string", "format": "binary"}}}]}
    return taking({"application/json": json_model.model_json_schema(), "multipart/form-data": form})


@router.post(
    "/ingest", status_code=202, response_model=None, responses=BEGUN,
    dependencies=[Depends(needs(Role.MANAGE))],
    openapi_extra=_either(Ingest, UploadFields),
)  # fmt: skip
async def ingest(request: Request, service: ServiceGiven) -> Response:
    """Read manuals into an index, which is made where there is none: files of the server's machine as JSON, or an upload.

    An uploaded file takes the place of one of the same name when its turn has come to be read.
    """
    if not _is_form(request):
        given = checked(Ingest, await bounded_body(request, service.settings.serve.body_kb << 10))
        return await _ingest_paths(service, given)
    async with received(request, service) as sent:
        fields = checked(UploadFields, sent.fields)
        index = _index(service, fields)
        metadata_of(fields.metadata or {})
        asked = {"files": sent.names, **fields.model_dump(exclude={"index"})}

        def bring(folder: Path) -> None:  # to the job, which lets them take their places when it begins
            service.uploads.hand_over(sent.folder, folder, sent.names)

        await to_its_end(service.uploads.make_last, sent.folder, sent.names)  # before, since all jobs are held meanwhile
        return _begun(await to_its_end(service.jobs.start, "ingest", index, asked, bring))


async def _ingest_paths(service: Service, given: Ingest) -> Response:
    if bool(given.paths) == given.uploads:
        raise Malformed("an ingest is given either paths or uploads: true", hint="Or send files as multipart/form-data.")
    index = _index(service, given)
    metadata_of(given.metadata or {})
    if given.paths:
        await service.run(service.roots.checked, given.paths)
    else:
        await service.run(_refuse_no_uploads, service, index)
    return await _begin(service, "ingest", index, given.model_dump(exclude={"index"}))


def _refuse_no_uploads(service: Service, index: str) -> None:
    """Raise UsageError where nothing was uploaded to an index, and no job before this one will bring any of it."""
    if not any(job.index == index and job.asked.get("files") for job in service.jobs.store.unfinished()):
        service.uploads.refuse_none(index)


@router.post("/embed", status_code=202, response_model=None, responses=BEGUN, dependencies=[Depends(needs(Role.MANAGE))])
async def embed(given: Embed, service: ServiceGiven) -> Response:
    """Make the vectors that an index lacks."""
    index = _index(service, given)
    await service.run(service.engine, index)
    return await _begin(service, "embed", index, {})


@router.post(
    "/evaluate", status_code=202, response_model=None, responses=BEGUN,
    dependencies=[Depends(needs(Role.JUDGE))],
    openapi_extra=_either(Evaluate, EvaluateFields),
)  # fmt: skip
async def evaluate(request: Request, service: ServiceGiven) -> Response:
    """Measure retrieval, answers and confidence on question/answer pairs: as JSON, or a QA file (CSV, JSONL, SQuAD)."""
    if _is_form(request):
        async with received(request, service) as sent:
            if len(sent.names) != 1:
                raise Malformed("an evaluation is given one QA file")
            return await _evaluate(service, checked(EvaluateFields, sent.fields), sent)
    given = checked(Evaluate, await bounded_body(request, PAIRS_BYTES))
    return await _evaluate(service, given, given.pairs)


async def _evaluate(service: Service, given: EvaluateFields, pairs: Sent | list[dict[str, Any]]) -> Response:
    index = _index(service, given)
    wanted(given.metadata)
    await service.run(service.engine, index)
    lines = b"" if isinstance(pairs, Sent) else await service.run(_lines, pairs, given.strict)

    def bring(folder: Path) -> None:
        if isinstance(pairs, Sent):
            shutil.move(pairs.folder / pairs.names[0], folder / pairs.names[0])
        else:
            (folder / PAIRS).write_bytes(lines)

    asked = {**given.model_dump(exclude={"index", "pairs"}), "pairs": pairs.names[0] if isinstance(pairs, Sent) else len(pairs)}
    return await _begin(service, "evaluate", index, asked, bring)


def _lines(pairs: list[dict[str, Any]], strict: bool) -> bytes:
    """The QA file that holds these pairs. Raises Malformed, which names the pair, where the job could only fail of them; a file
    that is sent is read by the job alone, since it may unpack to more than the server has room for."""
    data = "".join(json.dumps(pair) + "\n" for pair in pairs).encode()
    try:
        pairs_in(Path(PAIRS), data, strict=strict)
    except UsageError as error:
        told = error.message.replace(f"{PAIRS}:", "pair ").replace(PAIRS, "the body")
        raise Malformed(told, hint=error.hint) from error
    return data


async def _begin(service: Service, kind: str, index: str, asked: dict[str, Any], bring: Any = None) -> Response:
    return _begun(await service.run(service.jobs.start, kind, index, asked, bring))


def _begun(job: Job) -> Response:
    return Json(begun_json(job), 202, {"Location": f"/v1/jobs/{job.id}"})


def _index(service: Service, given: Any) -> str:
    return service.settings.index if given.index is None else checked_name(given.index)


def _is_form(request: Request) -> bool:
    kind = kind_of(request)
    if kind not in ("application/json", "multipart/form-data"):
        raise Malformed("the body is neither JSON nor multipart/form-data", hint="Its Content-Type says which it is.")
    return kind == "multipart/form-data"
