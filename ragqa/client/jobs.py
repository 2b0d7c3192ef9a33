"""Long work of a server, seen from here: started, followed by what it tells, stopped, and what came of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar, Unpack

from ragqa.client.events import Event, Listener
from ragqa.client.faults import told_error
from ragqa.client.wire import UPLOAD_SECONDS, Wire, form_of
from ragqa.errors import ServerError
from ragqa.metadata import wanted
from ragqa.questions.pairs import pairs_to_ask
from ragqa.schema_reading import Fields, Misread, read_progress, read_report
from ragqa.schema_reading.fields import anything, maybe, text
from ragqa.types import Progress, QAPair, Stop, Tell, never, silent

if TYPE_CHECKING:
    from ragqa.engine import Pairs
    from ragqa.evaluation.measure import Asking
    from ragqa.evaluation.results import Report

Value = TypeVar("Value")

ENDS = frozenset({"done", "failed", "cancelled", "interrupted"})
PAIRS_FILE = "pairs.jsonl"
RESULT_BYTES = 1 << 30
"""Of what comes of a job: a report has some kilobytes for each pair that was asked."""

_LOOK_SECONDS = 0.2
_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


def job_there(
    wire: Wire, kind: str, options: Mapping[str, Any], read: Callable[[object], Value], progress: Tell, stop: Stop
) -> Value:
    """What comes of a job of that kind, done by the server with what it has. Raises RagqaError."""
    return followed(wire, wire.json("POST", "v1", kind, body=dict(options)), read, progress, stop)


def evaluate_there(
    wire: Wire, index: str | None, given: Pairs, baseline: bool, limit: int | None, **asking: Unpack[Asking]
) -> Report:
    """Have the server measure the pairs of a file of this machine, or these pairs. Raises RagqaError."""
    pairs, problems = pairs_to_ask(given, limit, asking.get("strict", False))
    lines = "".join(f"{json.dumps(_pair_json(pair))}\n" for pair in pairs)
    fields = {
        "index": index, "baseline": baseline, "document": asking.get("document"),
        "metadata": dict(wanted(asking.get("metadata"))) or None, "use_document": asking.get("use_document", False),
    }  # fmt: skip
    started = wire.json(  # as a file, since more pairs fit into one than into JSON
        "POST", "v1", "evaluate",
        form=form_of(fields), files={"file": (PAIRS_FILE, lines.encode(), "application/jsonl")}, patience=UPLOAD_SECONDS,
    )  # fmt: skip
    report = followed(wire, started, read_report, asking.get("progress", silent), asking.get("stop", never))
    return replace(report, problems=(*problems, *report.problems))


def followed(wire: Wire, started: object, kind: Callable[[object], Value], progress: Tell, stop: Stop) -> Value:
    """What came of a job that was started, once it has ended; `stop` is asked often, and ends it after what is finished.

    Raises the error that it failed with, or ServerError."""
    job = _read(wire, lambda value: Fields(value, "answer")("job", _job_id), started)
    listener = Listener(wire, job, ENDS)
    try:
        _listen(wire, job, listener, progress, stop)
    finally:
        listener.leave()
    ended = _read(wire, lambda value: Fields(value, "job"), wire.json("GET", "v1", "jobs", job, most=RESULT_BYTES))
    state = _read(wire, lambda get: get("state", text), ended)
    result = _read(wire, lambda get: get("result", anything, None), ended)
    if state == "failed":
        raise _read(wire, lambda get: get("error", lambda value, place: told_error(value)), ended)
    if result is None:
        told = "was stopped before it had done anything" if state == "cancelled" else f"ended as {state} and brought nothing"
        raise ServerError(f"the job on {wire.address.base} {told}")
    return _read(wire, kind, result)


def _listen(wire: Wire, job: str, listener: Listener, progress: Tell, stop: Stop) -> None:
    asked_to_end = False
    while True:
        if not asked_to_end and stop():
            asked_to_end = True
            wire.reply("DELETE", "v1", "jobs", job)
        event = listener.next(_LOOK_SECONDS)
        if event is None:
            continue
        if event.name in ENDS:
            return
        if event.name == "progress":
            progress(_read(wire, read_progress, event.data))
        elif event.name == "waiting":
            progress(_waiting(wire, event))


def _waiting(wire: Wire, event: Event) -> Progress:
    why = _read(wire, lambda value: Fields(value, "event")("waiting_for", maybe(text), None), event.data)
    return Progress("wait", 0, 1, f"Waiting for {why}" if why else "")


def _read(wire: Wire, kind: Callable[[Any], Value], given: object) -> Value:
    try:
        return kind(given)
    except Misread as error:
        raise wire.strange(error) from error


def _job_id(value: object, place: str) -> str:
    """The id of a job, which becomes a part of addresses."""
    found = text(value, place)
    if _ID.fullmatch(found) is None:
        raise Misread(f"{place} is no id")
    return found


def _pair_json(pair: QAPair) -> dict[str, Any]:
    fields = {
        "id": pair.id, "question": pair.question, "answers": list(pair.answers), "document": pair.document, "page": pair.page,
        "section": pair.section,
    }  # fmt: skip
    return {name: value for name, value in fields.items() if value is not None}
