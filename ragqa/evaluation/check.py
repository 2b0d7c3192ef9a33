"""Golden questions: the same questions asked again, and what their answers have become since the last check.

What a check saw is kept beside the index, in check-<hash of the QA file's name>.json: the name alone, so that a check-out in
another folder, as CI makes them, finds it again. Questions are known by their text and the document they name; what a file of the
same name asked before is kept as well.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from ragqa.answering.asker import Asker
from ragqa.errors import UsageError
from ragqa.evaluation.evaluate import EVERYWHERE, Scope
from ragqa.evaluation.gold import Gold
from ragqa.files import now, write_whole
from ragqa.indexing.index import Index
from ragqa.text.agreement import is_right
from ragqa.types import PairProblem, Progress, QAPair, Response, Stop, Tell, never, silent

STATE_VERSION = 1


class ChangeKind(StrEnum):
    """What became of an answer: another text, none any more, one where there was none, or the same text at another place."""

    CHANGED = "changed"
    VANISHED = "vanished"
    APPEARED = "appeared"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class GoldenAnswer:
    """What a question got: the answer and its place, or nothing; and whether that is right, also by its document."""

    answered: bool
    right: bool
    text: str = ""
    document: str = ""
    pages: tuple[int, ...] = ()
    section: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A question whose answer is not what it was. `still_there` tells whether the old text still stands in its document."""

    kind: ChangeKind
    question: str
    before: GoldenAnswer
    after: GoldenAnswer
    still_there: bool


@dataclass(frozen=True, slots=True)
class CheckReport:
    """All that one check found. `compared_with` is when the state compared with was stored, None at the first check.

    `new` questions were not in that state. `right` counts the questions answered rightly, or rightly not
    answered. `stored` tells whether the state is now what this check saw.
    """

    file: str
    index: str
    reader: str
    generation: int
    compared_with: str | None
    questions: int
    new: int
    changes: tuple[Change, ...]
    right: int
    stored: bool
    problems: tuple[PairProblem, ...] = ()
    interrupted: bool = False


def check(
    asker: Asker,
    name: str,
    pairs: Sequence[QAPair],
    progress: Tell = silent,
    stop: Stop = never,
    scope: Scope = EVERYWHERE,
    update: bool = False,
) -> CheckReport:
    """Ask every pair's question and compare with the last state of the QA file's `name`.

    The state is stored when nothing changed, and with `update` also when something did; not when stopped half way. Raises
    UsageError for a state that cannot be read, StorageError when it cannot be written.
    """
    index = asker.index
    path = state_path(index.folder, name)
    state = _load(path, forgiving=update)
    before = {key: _golden(values) for key, values in state["answers"].items()}
    gold, generation, began = Gold(index), index.generation, time.monotonic()
    asked: list[tuple[QAPair, GoldenAnswer]] = []
    for number, pair in enumerate(pairs, start=1):
        if stop():
            break
        asked.append((pair, _answer_of(pair, asker.ask(pair.question, scope.filters(pair)), gold)))
        progress(Progress("check", number, len(pairs), pair.question, number, len(pairs), seconds=time.monotonic() - began))
    after = {_key(pair): answer for pair, answer in asked}
    changes = _changes(index, {_key(pair): pair.question for pair in pairs}, before, after)
    interrupted = len(asked) < len(pairs)
    stored = not interrupted and (update or not changes)
    if stored:
        _store(path, {"reader": asker.reader.name, "generation": generation}, {**before, **after})
    return CheckReport(
        file=name,
        index=index.name,
        reader=asker.reader.name,
        generation=generation,
        compared_with=state["date"],
        questions=len(after),
        new=len(after.keys() - before.keys()),
        changes=changes,
        right=sum(answer.right for answer in after.values()),
        stored=stored,
        interrupted=interrupted,
    )


def change_kind(before: GoldenAnswer, after: GoldenAnswer) -> ChangeKind | None:
    """What became of an answer; None when it is the same at the same place. White space does not count, nor does confidence."""
    if before.answered and not after.answered:
        return ChangeKind.VANISHED
    if after.answered and not before.answered:
        return ChangeKind.APPEARED
    if before.text.split() != after.text.split():
        return ChangeKind.CHANGED
    moved = (before.document, before.pages, before.section) != (after.document, after.pages, after.section)
    return ChangeKind.MOVED if moved else None


def state_path(folder: Path, name: str) -> Path:
    """Where an index's folder keeps the state of a QA file's name."""
    return folder / f"check-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}.json"


def _changes(
    index: Index, questions: dict[str, str], before: dict[str, GoldenAnswer], after: dict[str, GoldenAnswer]
) -> tuple[Change, ...]:
    """The changes of the questions asked both times, in the order of the QA file."""
    found = []
    for key, answer in after.items():
        kind = change_kind(before[key], answer) if key in before else None
        if kind is not None:
            found.append(Change(kind, questions[key], before[key], answer, _still_there(index, before[key])))
    return tuple(found)


def _key(pair: QAPair) -> str:
    """What tells a question from the others of all checks: not its id, which may follow from its place in the file."""
    return json.dumps([pair.question, pair.document])


def _answer_of(pair: QAPair, response: Response, gold: Gold) -> GoldenAnswer:
    if not response.answered:
        return GoldenAnswer(False, not pair.answers)
    best = response[0]
    right = gold.right_document(pair, best.document) is not False and is_right(best.text, pair.answers)
    return GoldenAnswer(True, right, best.text, best.document, best.pages, best.section)


def _still_there(index: Index, answer: GoldenAnswer) -> bool:
    """Whether an answer's text still stands in its document, however white space has changed."""
    wanted = " ".join(answer.text.split())
    document = index.document_at(answer.document)
    return bool(wanted) and document is not None and wanted in " ".join(index.text(document.id).split())


def _golden(values: dict[str, Any]) -> GoldenAnswer:
    return GoldenAnswer(**{**values, "pages": tuple(values["pages"]), "section": tuple(values["section"])})


def _load(path: Path, forgiving: bool) -> dict[str, Any]:
    """The state last stored, empty when there is none; also when it cannot be read and `forgiving`, else raises UsageError."""
    nothing: dict[str, Any] = {"date": None, "answers": {}}
    if not path.is_file():
        return nothing
    try:
        state = json.loads(path.read_text(encoding="utf-8"))
        if state["version"] != STATE_VERSION:
            raise ValueError(f"its version is {state['version']}, not {STATE_VERSION}")
        for values in state["answers"].values():
            _golden(values)
        return {"date": str(state["date"]), "answers": state["answers"]}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        if forgiving:
            return nothing
        raise UsageError(f"{path} cannot be read: {error}", hint="ragqa check --update makes it anew.") from error


def _store(path: Path, made_by: dict[str, Any], answers: dict[str, GoldenAnswer]) -> None:
    """Write the state; a kill leaves the old one or this one."""
    state = {"version": STATE_VERSION, "date": now(), **made_by, "answers": {key: asdict(one) for key, one in answers.items()}}
    write_whole(path, json.dumps(state, indent=1))
