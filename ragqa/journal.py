"""What people asked of an index and said of its answers: a SQLite file of its own beside it, which no ingest locks.

It outlives the index: removing one keeps the verdicts, for they are people's work, and an index made anew finds them again.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

from ragqa.errors import IndexDamaged, StorageError
from ragqa.files import now, storage_errors
from ragqa.indexing.browse import passage_around
from ragqa.indexing.index import Index
from ragqa.paths import DATABASE, JOURNAL
from ragqa.types import Answer, Feedback, FileReport, FileState, Response, Verdict

Span = tuple[int, int, int]
"""A document's id and two character offsets."""

QUESTIONS_KEPT = 10_000

WANTED_PASSAGES = 3
"""Of the passages found for a question, the first so many tell which documents are wanted."""

PATIENCE = 60.0
"""Seconds that a process waits for others that write. SQLite serves who waits in no order: with many, some wait long."""

_WRITING = threading.Lock()
"""Held by the one thread of this process that waits, or writes: so few wait with SQLite, and none for ever."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (id INTEGER PRIMARY KEY, question TEXT NOT NULL UNIQUE, at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    question TEXT NOT NULL,
    verdict TEXT NOT NULL,
    answer TEXT NOT NULL,
    context TEXT NOT NULL,
    answer_start INTEGER NOT NULL,
    document TEXT NOT NULL,
    page INTEGER,
    section TEXT NOT NULL,            -- JSON list of headings
    given TEXT NOT NULL,
    confidence REAL NOT NULL,
    reader TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS wanted (path TEXT PRIMARY KEY, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS lost_files (path TEXT PRIMARY KEY, source BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS losses (path TEXT PRIMARY KEY, state TEXT NOT NULL, note TEXT NOT NULL, at TEXT NOT NULL);
"""
_COLUMNS = "question, verdict, answer, context, answer_start, document, page, section, given, confidence, reader, at"


class Journal:
    """The questions, verdicts and ingest losses of one index.

    Each call opens the file, so that nothing holds it and any thread or process may call; who writes meanwhile is waited for.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / JOURNAL

    def remember(self, question: str) -> None:
        """Keep a question that was asked; the oldest are forgotten beyond QUESTIONS_KEPT. Nothing is kept without an index."""
        if not (self.folder / DATABASE).is_file():
            return
        with self._writing() as connection:
            connection.execute("DELETE FROM questions WHERE question = ?", (question,))
            connection.execute(
                "INSERT INTO questions (id, question, at) VALUES ((SELECT coalesce(max(id), 0) + 1 FROM questions), ?, ?)",
                (question, now()),
            )
            connection.execute("DELETE FROM questions WHERE id <= (SELECT max(id) FROM questions) - ?", (QUESTIONS_KEPT,))

    def questions(self) -> list[str]:
        """The questions asked, the latest first, each once."""
        with self._errors():
            return [_text(row[0]) for row in self._rows("SELECT question FROM questions ORDER BY id DESC")]

    def add(self, feedback: Feedback) -> Feedback:
        """Keep a verdict, and return it with its id and time."""
        at = feedback.at or now()
        values = (
            feedback.question, feedback.verdict.value, feedback.answer, feedback.context, feedback.answer_start,
            feedback.document, feedback.page, json.dumps(feedback.section), feedback.given, feedback.confidence,
            feedback.reader, at,
        )  # fmt: skip
        with self._writing() as connection:
            marks = ", ".join("?" * len(values))
            cursor = connection.execute(f"INSERT INTO feedback ({_COLUMNS}) VALUES ({marks})", values)
        return _feedback((cursor.lastrowid, *values))

    def verdicts(self) -> list[Feedback]:
        """Every verdict, in the order they were given."""
        with self._errors():
            return [_feedback(row) for row in self._rows(f"SELECT id, {_COLUMNS} FROM feedback ORDER BY id")]

    def remove(self, ids: Sequence[int]) -> int:
        """Forget verdicts, and return how many there were."""
        with self._writing() as connection:
            return sum(connection.execute("DELETE FROM feedback WHERE id = ?", (one,)).rowcount for one in ids)

    def note_losses(self, files: Sequence[FileReport], sources: Mapping[str, Path] = MappingProxyType({})) -> None:
        """Keep what an ingest left out and why; what went through since is no loss any more, nor what is no longer there, as far
        as the files' absolute `sources` are known, by path."""
        lost = [file for file in files if file.state in (FileState.SKIPPED, FileState.FAILED)]
        if not (self.folder / DATABASE).is_file() or not (lost or self.path.is_file()):
            return
        with self._writing() as connection:
            connection.executemany("DELETE FROM losses WHERE path = ?", [(file.path,) for file in files])
            rows = [(file.path, file.state.value, file.note, now()) for file in lost]
            connection.executemany("INSERT OR REPLACE INTO losses VALUES (?, ?, ?, ?)", rows)
            placed = [(file.path, os.fsencode(sources[file.path])) for file in lost if file.path in sources]
            connection.executemany("INSERT OR REPLACE INTO lost_files VALUES (?, ?)", placed)
            gone = [(path,) for path, source in connection.execute("SELECT * FROM lost_files") if _is_gone(source)]
            connection.executemany("DELETE FROM losses WHERE path = ?", gone)
            connection.execute("DELETE FROM lost_files WHERE path NOT IN (SELECT path FROM losses)")

    def losses(self) -> list[FileReport]:
        """What the last ingests left out, by path."""
        with self._errors():
            rows = self._rows("SELECT path, state, note FROM losses ORDER BY path")
            return [FileReport(_text(path), FileState(state), note=_text(note)) for path, state, note in rows]

    def want(self, paths: Iterable[str]) -> None:
        """Count that a question found these documents while the index lacked vectors. Nothing is kept without an index."""
        if not (self.folder / DATABASE).is_file():
            return
        with self._writing() as connection:
            count = "INSERT INTO wanted VALUES (?, 1) ON CONFLICT (path) DO UPDATE SET times = times + 1"
            connection.executemany(count, ((path,) for path in paths))

    def wanted(self) -> list[str]:
        """The paths of the documents that questions found while the index lacked vectors, the most wanted first."""
        if not self._rows("SELECT 1 FROM sqlite_master WHERE name = 'wanted'"):
            return []  # kept by a version before
        return [row[0] for row in self._rows("SELECT path FROM wanted ORDER BY times DESC, path LIMIT 100")]

    def forget_wanted(self) -> None:
        """Begin to count anew: all have their vectors."""
        if self.wanted():
            with self._writing() as connection:
                connection.execute("DELETE FROM wanted")

    def _rows(self, query: str) -> list[tuple]:  # type: ignore[type-arg]
        if not self.path.is_file():
            return []
        with self._errors():
            try:
                return self._read(query, "ro")
            except sqlite3.OperationalError as error:
                if (
                    getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF != sqlite3.SQLITE_READONLY
                ):  # none where it is no UTF-8
                    raise
                return self._read(query, "rw")  # to take back what a killed process had begun to write

    def _read(self, query: str, mode: str) -> list[tuple]:  # type: ignore[type-arg]
        with closing(self._connect(mode)) as connection:
            if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'losses'").fetchone():
                return []  # the tables, of which it is the last, were never made: the disk was full, or the process killed
            return connection.execute(query).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept together, or not at all."""
        with _WRITING, self._errors(), closing(self._connect("rwc")) as connection:
            connection.executescript(_SCHEMA)
            with connection:
                yield connection

    def _connect(self, mode: str) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{quote(str(self.path.absolute()))}?mode={mode}", uri=True, timeout=PATIENCE)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            with storage_errors(self.folder):
                yield
        except (IndexDamaged, ValueError, TypeError, RecursionError) as error:  # or rows that no journal has
            raise StorageError(
                f"{self.path} is damaged", hint="Move it away: the index is not in it, only questions and verdicts."
            ) from error


def wanted_by(response: Response) -> list[str]:
    """The documents that a question is after: those of its answers, and of the first passages that were found for it."""
    found = [*(one.document for one in response.answers), *(hit.document for hit in response.passages[:WANTED_PASSAGES])]
    return list(dict.fromkeys(found))


def judged(response: Response, verdict: Verdict, answer: Answer | None, reader: str) -> Feedback:
    """What a person says of a response, of the `answer` or else its best one, which `reader` gave; without a right span yet."""
    given = answer or (response.answers[0] if response.answers else None)
    text, confidence = (given.text, given.confidence) if given else ("", 0.0)
    return Feedback(response.question, verdict, given=text, confidence=confidence, reader=reader)


def right_span(verdict: Verdict, answer: Answer | None, marked: Span | None) -> Span | None:
    """What a verdict says is right: the answer that it is about, or else what was marked; None where it calls nothing right."""
    if verdict is Verdict.RIGHT and answer is not None:
        return answer.document_id, answer.start, answer.end
    return marked if verdict in (Verdict.RIGHT, Verdict.CORRECTED) else None


def placed(feedback: Feedback, index: Index, span: Span) -> Feedback:
    """The verdict with its right span, and the passage, page and section that it stands in."""
    document_id, start, end = span
    with index.snapshot():
        context, context_start = passage_around(index, document_id, start, end)
        block = next(iter(index.blocks(document_id, start, end)), None)
        document = index.document(document_id)
    if document is None:
        raise IndexDamaged("the document is not in the index any more", hint="Ask again.")
    return replace(
        feedback,
        answer=context[start - context_start : end - context_start],
        context=context,
        answer_start=start - context_start,
        document=document.path,
        page=block.page if block else None,
        section=block.section if block else (),
    )


def pairs_to_learn(verdicts: Sequence[Feedback]) -> list[Feedback]:
    """The verdicts that make question/answer pairs: of each question and answer the last. Where the last word on a question is
    that the manuals do not say, or that an answer is wrong, what was right before it does not count any more."""
    kept: dict[str, dict[str, Feedback]] = {}
    for one in verdicts:
        of_question = kept.setdefault(" ".join(one.question.casefold().split()), {})
        if one.verdict is Verdict.WRONG:
            of_question.pop(one.given, None)
            continue
        if one.verdict is Verdict.UNANSWERABLE:
            of_question.clear()
        else:
            of_question.pop("", None)
        of_question[one.answer] = one
    return sorted((one for found in kept.values() for one in found.values()), key=lambda one: one.id)


def _feedback(row: tuple) -> Feedback:  # type: ignore[type-arg]
    (id_, question, verdict, answer, context, start, document, page, section, given, confidence, reader, at) = row
    for text in (question, answer, context, document, given, reader, at):
        _text(text)
    if type(start) is not int or not (page is None or type(page) is int) or not isinstance(confidence, int | float):
        raise TypeError("a verdict has numbers that are none")
    return Feedback(
        question, Verdict(verdict), answer, context, start, document, page, tuple(json.loads(section)), given, confidence, reader,
        at, id_,
    )  # fmt: skip


def _is_gone(source: bytes) -> bool:
    """Whether nothing is left of a file, not even a link; where the system cannot tell, it counts as there."""
    try:
        os.lstat(source)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _text(value: object) -> str:
    """A text as the database gives it. Raises TypeError for anything else, as only a forged file holds it."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.40} is no text")
    return value
