"""The process that does a job's work: of low priority, so that questions are answered meanwhile, and with nothing of the server's
in its memory, so that what goes wrong in it is the job's only. It is told what to do on its standard input, and ends with it."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from ragqa.errors import IndexBusy, RagqaError
from ragqa.serve.orders import BUSY, DONE, FAILED, NICENESS, PROGRESS, STOP, read_order
from ragqa.types import Progress

if TYPE_CHECKING:
    from ragqa.config import Settings
    from ragqa.engine import RagQA

TELL_SECONDS = 0.2
"""Between two steps that are told."""

Doing = tuple[Callable[[Progress], None], Callable[[], bool]]


def main() -> None:
    """Do the one job that is asked for, and tell how it ended."""
    requests, answers = _take(0, os.O_RDONLY, "rb"), _take(1, os.O_WRONLY, "wb")
    with suppress(OSError, AttributeError):  # there is no such thing on Windows
        os.nice(NICENESS)
    settings, order = read_order(requests.readline())
    stop = threading.Event()
    threading.Thread(target=_listen, args=(requests, stop), daemon=True).start()
    say = _Teller(answers)
    try:
        from ragqa.engine import RagQA

        engine = RagQA(order["index"], settings=_labelling(settings, order["asked"].get("metadata")))
        result, stopped = WORKS[order["kind"]](engine, order, (say.step, stop.is_set))
        say.say(DONE, {"result": result, "stopped": stopped})
    except RagqaError as error:
        kind = BUSY if isinstance(error, IndexBusy) else FAILED
        say.say(kind, {"type": type(error).__name__, "message": error.message, "hint": error.hint})
    except Exception:
        logging.exception("a job failed")
        sys.exit(1)


def _labelling(settings: Settings, metadata: Any) -> Settings:
    """The settings of an ingest that labels its documents so, where that is asked for; those of an evaluation look for it."""
    from ragqa.metadata import metadata_of

    if not metadata:
        return settings
    texts = (f"{key}={value}" for key, values in metadata_of(metadata).items() for value in values or ("",))
    return replace(settings, ingest=replace(settings.ingest, metadata=tuple(texts)))


def _ingest(engine: RagQA, order: Mapping[str, Any], doing: Doing) -> tuple[Any, bool]:
    from ragqa.schema import ingest_json

    progress, stop = doing
    wanted = {name: order["asked"].get(name, default) for name, default in INGEST_OPTIONS.items()}
    report = engine.ingest(*order["paths"], **wanted, progress=progress, stop=stop)
    return ingest_json(report), report.interrupted


def _embed(engine: RagQA, order: Mapping[str, Any], doing: Doing) -> tuple[Any, bool]:
    from ragqa.schema import embedded_json

    progress, stop = doing
    done = engine.embed(progress=progress, stop=stop)
    return embedded_json(done), done.stopped


def _evaluate(engine: RagQA, order: Mapping[str, Any], doing: Doing) -> tuple[Any, bool]:
    from ragqa.evaluation.report import report_json

    progress, stop = doing
    wanted = {name: order["asked"].get(name, default) for name, default in EVALUATE_OPTIONS.items()}
    file = Path(order["paths"][0])
    try:
        report = engine.evaluate(file, **wanted, progress=progress, stop=stop)
    except RagqaError as error:  # who uploaded it does not know where it is kept
        raise type(error)(error.message.replace(str(file), file.name), hint=error.hint) from error
    problems = tuple(replace(problem, file=file.name) for problem in report.problems)
    return report_json(replace(report, problems=problems)), report.interrupted


INGEST_OPTIONS = {"prune": False, "check": False, "audit": False, "embed": True}
EVALUATE_OPTIONS: Mapping[str, Any] = {
    "limit": None, "baseline": False, "document": None, "metadata": None, "use_document": False, "strict": False,
}  # fmt: skip
"""What may be asked for, and what holds where it is not."""

WORKS: Mapping[str, Callable[[RagQA, Mapping[str, Any], Doing], tuple[Any, bool]]] = {
    "ingest": _ingest,
    "embed": _embed,
    "evaluate": _evaluate,
}
"""What is done for each kind of job: its result as JSON values, and whether it was stopped before its end."""


class _Teller:
    """Writes messages, a line each. Safe for threads."""

    def __init__(self, answers: BinaryIO) -> None:
        self._answers, self._lock = answers, threading.Lock()
        self._told, self._stage = 0.0, ""

    def step(self, step: Progress) -> None:
        """Tell a step, if it is time to."""
        at = time.monotonic()
        if step.stage == self._stage and step.done < step.total and at - self._told < TELL_SECONDS:
            return
        self._told, self._stage = at, step.stage
        self.say(PROGRESS, asdict(step))

    def say(self, kind: str, content: Mapping[str, Any]) -> None:
        """Tell something."""
        line = json.dumps({"kind": kind, **content}).encode() + b"\n"
        with self._lock, suppress(BrokenPipeError):  # then nobody waits for it, and this process ends
            self._answers.write(line)
            self._answers.flush()


def _take(descriptor: int, mode: int, how: str) -> BinaryIO:
    """A stream that no library can read from or print to any more, for us alone."""
    stream = os.fdopen(os.dup(descriptor), how)
    os.dup2(os.open(os.devnull, mode), descriptor)
    return stream  # type: ignore[return-value]


def _listen(requests: BinaryIO, stop: threading.Event) -> None:
    """Note when it is asked to stop, and end this process at once when whoever started it is gone."""
    for line in iter(requests.readline, b""):
        if line.strip() == STOP:
            stop.set()
    os._exit(0)
