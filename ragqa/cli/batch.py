"""Many questions from a file: answered one after another into a JSONL file, and taken up again where it ended."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ragqa.errors import StorageError, UsageError
from ragqa.metadata import Given
from ragqa.questions.asked import read_questions
from ragqa.schema import response_json
from ragqa.types import Progress

if TYPE_CHECKING:
    from ragqa.engine import RagQA

_ANOTHER = "Give another --out file."


def answer_file(
    qa: RagQA,
    file: Path,
    out: Path | None,
    *,
    document: str | None = None,
    section: str | None = None,
    metadata: Given | None = None,
    use_document: bool = False,
    explain: bool = False,
    progress: Callable[[Progress], None] = lambda step: None,
) -> str:
    """Answer every line's question; each output line is that line's own fields with the response's over them, with
    `explain` the passages read and every score too.

    Lines already answered in `out` are not asked again. Returns a sentence that sums up. Raises UsageError for a file that is
    not questions, naming the line, and for an `out` that holds anything else than answers to them, which stays as it is;
    StorageError for one that cannot be read or written.
    """
    lines = read_questions(file)
    done = _answered_before(out, file, lines) if out is not None else 0
    began, answered = time.monotonic(), 0
    with _output(out) as target:
        is_unicode = (target.encoding or "").lower().replace("-", "") in ("utf8", "utf8sig")
        for number, line in enumerate(lines[done:], start=done + 1):
            own = str(line["document"]) if use_document and line.get("document") else None
            response = qa.ask(line["question"], document=own or document, section=section, metadata=metadata)
            answered += response.answered
            target.write(_json_line({**line, **response_json(response, explain=explain)}, as_ascii=not is_unicode))
            target.flush()
            seconds = time.monotonic() - began
            progress(Progress("ask", number, len(lines), line["question"], number, len(lines), seconds=seconds))
    asked = len(lines) - done
    before = f" {done} were answered before." if done else ""
    return f"{asked} questions asked, {answered} answered, {asked - answered} abstained.{before}"


def _json_line(value: dict[str, Any], as_ascii: bool) -> str:
    """One line of JSON in readable characters; only what no UTF-8 file can hold, lone surrogates, stays escaped, or `as_ascii`
    all that is not ASCII."""
    return json.dumps(value, ensure_ascii=as_ascii).encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _answered_before(out: Path, file: Path, lines: list[dict[str, Any]]) -> int:
    """How many lines `out` holds already; a last line cut by a kill is taken away.

    Raises UsageError when it is anything else than answers to the first of the questions: nothing of it is touched then.
    """
    with _told_of(out):
        if not out.is_file():
            return 0
        if out.samefile(file):
            raise UsageError(f"{out} is the file of the questions itself", hint=_ANOTHER)
        data = out.read_bytes()
    *done, cut = data.split(b"\n")
    for number, (written, line) in enumerate(zip(done, lines, strict=False), start=1):
        if not _answers(written, line):
            raise UsageError(f"{out}, line {number} does not answer the same questions", hint=_ANOTHER)
    if len(done) > len(lines) or (cut and len(done) == len(lines)):
        raise UsageError(f"{out} has more lines than there are questions", hint=_ANOTHER)
    if cut:
        if not (cut.startswith(b"{") and (_json(cut) is None or _answers(cut, lines[len(done)]))):
            raise UsageError(f"{out}, line {len(done) + 1} does not answer the same questions", hint=_ANOTHER)
        with _told_of(out):
            os.truncate(out, len(data) - len(cut))
    return len(done)


def _answers(written: bytes, line: dict[str, Any]) -> bool:
    """Whether a line of a file is one of ours, with the answer to this question."""
    found = _json(written)
    return isinstance(found, dict) and found.get("question") == line["question"] and isinstance(found.get("answered"), bool)


def _json(written: bytes) -> Any:
    """The value of a line; None where it is no JSON."""
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        return None


@contextmanager
def _output(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    with _told_of(out):
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(out, "a", encoding="utf-8", newline="\n") as target:
            yield target


@contextmanager
def _told_of(out: Path) -> Iterator[None]:
    """What the disk says of the output, as a StorageError."""
    try:
        yield
    except OSError as error:
        raise StorageError(f"{out} cannot be written: {error.strerror}") from error
