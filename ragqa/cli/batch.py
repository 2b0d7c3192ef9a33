"""Many questions from a file: answered one after another into a JSONL file, and taken up again where it ended."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ragqa.errors import StorageError, UsageError
from ragqa.questions.asked import read_questions
from ragqa.schema import response_json
from ragqa.types import Progress

if TYPE_CHECKING:
    from ragqa.engine import RagQA


def answer_file(
    qa: RagQA,
    file: Path,
    out: Path | None,
    *,
    document: str | None = None,
    section: str | None = None,
    use_document: bool = False,
    progress: Callable[[Progress], None] = lambda step: None,
) -> str:
    """Answer every line's question; each output line is that line's own fields with the response's over them.

    Lines already answered in `out` are not asked again. Returns a sentence that sums up. Raises UsageError for a file that is
    not questions, naming the line.
    """
    lines = read_questions(file)
    done = _answered_before(out, lines) if out is not None else 0
    began, answered = time.monotonic(), 0
    with _output(out) as target:
        for number, line in enumerate(lines[done:], start=done + 1):
            own = str(line["document"]) if use_document and line.get("document") else None
            response = qa.ask(line["question"], document=own or document, section=section)
            answered += response.answered
            target.write(_json_line({**line, **response_json(response)}))
            target.flush()
            seconds = time.monotonic() - began
            progress(Progress("ask", number, len(lines), line["question"], number, len(lines), seconds=seconds))
    asked = len(lines) - done
    before = f" {done} were answered before." if done else ""
    return f"{asked} questions asked, {answered} answered, {asked - answered} abstained.{before}"


def _json_line(value: dict[str, Any]) -> str:
    """One line of JSON in readable characters; only what no UTF-8 file can hold, lone surrogates, stays escaped."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "backslashreplace").decode("utf-8") + "\n"


def _answered_before(out: Path, lines: list[dict[str, Any]]) -> int:
    """How many lines `out` holds already; a last line cut by a kill is taken away.

    Raises UsageError when they answer other questions.
    """
    if not out.is_file():
        return 0
    data = out.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) != len(data):
        out.write_bytes(whole)
    done = whole.decode("utf-8", "replace").split("\n")[:-1]
    for number, (written, line) in enumerate(zip(done, lines, strict=False), start=1):
        try:
            question = json.loads(written).get("question")
        except (ValueError, AttributeError):
            question = None
        if question != line["question"]:
            raise UsageError(f"{out}, line {number} does not answer the same questions", hint="Give another --out file.")
    if len(done) > len(lines):
        raise UsageError(f"{out} has more lines than there are questions", hint="Give another --out file.")
    return len(done)


@contextmanager
def _output(out: Path | None) -> Iterator[TextIO]:
    if out is None:
        yield sys.stdout
        return
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with open(out, "a", encoding="utf-8", newline="\n") as target:
            yield target
    except OSError as error:
        raise StorageError(f"{out} cannot be written: {error.strerror}") from error
