from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from ragqa.errors import StorageError
from ragqa.journal import QUESTIONS_KEPT, Journal, pairs_to_learn
from ragqa.paths import DATABASE, JOURNAL
from ragqa.types import Feedback, FileReport, FileState, Verdict


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """The journal of a folder that looks like an index."""
    (tmp_path / DATABASE).touch()
    return Journal(tmp_path)


def right(question: str, answer: str, **values: object) -> Feedback:
    return Feedback(question, Verdict.RIGHT, answer, f"So: {answer}.", 4, "a.md", 3, ("A", "B"), **values)  # type: ignore[arg-type]


def test_questions_come_back_latest_first_and_once(journal: Journal) -> None:
    assert journal.questions() == []
    for question in ("one", "two", "three", "one"):
        journal.remember(question)
    assert journal.questions() == ["one", "three", "two"]


def test_the_oldest_questions_are_forgotten(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.journal.QUESTIONS_KEPT", 3)
    for number in range(6):
        journal.remember(str(number))
    assert journal.questions() == ["5", "4", "3"] and QUESTIONS_KEPT == 10_000


def test_without_an_index_nothing_is_kept(tmp_path: Path) -> None:
    Journal(tmp_path / "nowhere").remember("one")
    Journal(tmp_path / "nowhere").note_losses([FileReport("a", FileState.FAILED)])
    assert not (tmp_path / "nowhere").exists()


def test_a_verdict_comes_back_as_it_was_given(journal: Journal) -> None:
    kept = journal.add(right("What?", "that", given="this", confidence=0.5, reader="default"))
    assert kept.id == 1 and kept.at and journal.verdicts() == [kept]
    pair = kept.pair
    assert pair is not None and pair.answers == ("that",) and pair.context is not None
    assert pair.context[pair.answer_start :].startswith("that") and (pair.page, pair.section) == (3, "A > B")
    assert journal.remove([kept.id, 99]) == 1 and journal.verdicts() == []
    assert journal.add(right("What?", "that")).id == 2  # a number is not given twice


def test_the_documents_that_were_wanted_most_come_first_until_all_are_embedded(journal: Journal) -> None:
    assert journal.wanted() == []
    journal.remember("of a journal that counts nothing yet")
    for found in (["a.md", "b.md"], ["b.md"], ["c.md", "b.md", "c.md"]):
        journal.want(dict.fromkeys(found))
    assert journal.wanted() == ["b.md", "a.md", "c.md"]
    journal.forget_wanted()
    assert journal.wanted() == []


def test_a_journal_of_a_version_before_names_none_that_is_wanted(journal: Journal) -> None:
    journal.remember("one")
    with sqlite3.connect(journal.path) as connection:
        connection.execute("DROP TABLE wanted")
    assert journal.wanted() == []
    journal.want(["a.md"])
    assert journal.wanted() == ["a.md"]


def test_losses_are_those_of_the_last_ingest_of_each_file(journal: Journal) -> None:
    journal.note_losses([FileReport("a.pdf", FileState.FAILED, note="encrypted"), FileReport("b.md", FileState.ADDED)])
    journal.note_losses([FileReport("c.md", FileState.SKIPPED, note="empty")])
    assert [(one.path, one.state, one.note) for one in journal.losses()] == [
        ("a.pdf", FileState.FAILED, "encrypted"),
        ("c.md", FileState.SKIPPED, "empty"),
    ]
    journal.note_losses([FileReport("a.pdf", FileState.ADDED)])
    assert [one.path for one in journal.losses()] == ["c.md"]


def test_what_is_no_longer_there_is_no_loss_any_more(journal: Journal, tmp_path: Path) -> None:
    there, link, gone = sources = [tmp_path / name for name in ("there.pdf", "link.pdf", "gone.pdf")]
    there.write_bytes(b"nonsense")
    gone.write_bytes(b"nonsense")
    link.symlink_to(tmp_path / "nothing")
    lost = [FileReport(one.name, FileState.FAILED, note="damaged") for one in sources]
    journal.note_losses([*lost, FileReport("elsewhere", FileState.FAILED)], {one.name: one for one in sources})
    assert [one.path for one in journal.losses()] == ["elsewhere", "gone.pdf", "link.pdf", "there.pdf"]
    gone.unlink()
    journal.note_losses([])
    assert [one.path for one in journal.losses()] == ["elsewhere", "link.pdf", "there.pdf"]
    there.unlink()  # and another of that path was ingested since
    journal.note_losses([FileReport("there.pdf", FileState.ADDED)])
    journal.note_losses([FileReport("there.pdf", FileState.FAILED)])
    journal.note_losses([])
    assert [one.path for one in journal.losses()] == ["elsewhere", "link.pdf", "there.pdf"]


def test_the_last_word_on_a_question_counts() -> None:
    verdicts = [
        right("What?", "this", id=1),
        right("what ? ".strip(), "elsewhere", id=2),
        Feedback("What?", Verdict.WRONG, given="this", id=3),
        right("What?", "that", id=4),
        right("What?", "that", id=5),
        Feedback("Who?", Verdict.UNANSWERABLE, id=6),
        right("When?", "now", id=7),
        Feedback("When?", Verdict.UNANSWERABLE, id=8),
        Feedback("Where?", Verdict.UNANSWERABLE, id=9),
        right("Where?", "here", id=10),
    ]
    assert [(one.question, one.answer, one.id) for one in pairs_to_learn(verdicts)] == [
        ("what ?", "elsewhere", 2), ("What?", "that", 5), ("Who?", "", 6), ("When?", "", 8), ("Where?", "here", 10),
    ]  # fmt: skip


def test_a_damaged_journal_is_told(journal: Journal) -> None:
    journal.path.write_bytes(b"no database" * 200)
    with pytest.raises(StorageError, match="is damaged"):
        journal.verdicts()
    with pytest.raises(StorageError, match="is damaged"):
        journal.remember("one")


def test_a_journal_that_another_process_holds_is_waited_for(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    journal.remember("one")
    monkeypatch.setattr("ragqa.journal.PATIENCE", 0.1)
    holder = sqlite3.connect(journal.path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match="locked"):
        journal.remember("two")
    holder.close()
    assert journal.questions() == ["one"] and journal.path.name == JOURNAL


WRITE = """
import sys, threading
from pathlib import Path
from ragqa.journal import Journal
from ragqa.types import Feedback, Verdict
def write(number):
    for turn in range(3):
        journal, question = Journal(Path(sys.argv[1])), f"{sys.argv[2]} {number} {turn}"
        journal.add(Feedback(question, Verdict.WRONG))
        journal.remember(question)
threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def test_nothing_is_lost_where_many_write_at_once(journal: Journal) -> None:
    """Also not where they make the file at once."""
    command = [sys.executable, "-c", WRITE, str(journal.folder)]
    writing = [subprocess.Popen([*command, str(number)], stderr=subprocess.PIPE) for number in range(3)]
    assert [process.communicate()[1] for process in writing] == [b""] * 3
    verdicts, questions = journal.verdicts(), journal.questions()
    assert len(verdicts) == len({one.id for one in verdicts}) == 36
    assert set(questions) == {one.question for one in verdicts} and len(questions) == 36


def test_one_thread_of_a_process_waits_with_sqlite(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    """It serves those who wait in no order, and tells some of many that they waited too long."""
    waiting, most = 0, 0
    connect = Journal._connect

    def counted(self: Journal, mode: str) -> sqlite3.Connection:
        nonlocal waiting, most
        waiting += mode != "ro"
        most = max(most, waiting)
        return connect(self, mode)

    monkeypatch.setattr(Journal, "_connect", counted)
    journal.remember("first")
    most = waiting = 0
    with closing(sqlite3.connect(journal.path)) as other:
        other.execute("BEGIN IMMEDIATE")
        threads = [threading.Thread(target=journal.remember, args=(str(number),)) for number in range(4)]
        for thread in threads:
            thread.start()
        threads[0].join(0.2)
        assert most == 1
    for thread in threads:
        thread.join()
    assert len(journal.questions()) == 5


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE feedback SET verdict = 'perhaps'",
        "UPDATE feedback SET section = '[['",
        "UPDATE feedback SET answer = x'00'",
        "UPDATE feedback SET confidence = 'much'",
        "UPDATE losses SET state = 'eaten'",
        "UPDATE questions SET question = x'ff'",
        "UPDATE questions SET question = CAST(x'ff' AS TEXT)",
    ],
)
def test_rows_that_no_journal_has_are_told(statement: str, journal: Journal) -> None:
    journal.remember("How heavy?")
    journal.add(Feedback("How heavy?", Verdict.RIGHT, "900 g", "It weighs 900 g."))
    journal.note_losses([FileReport("lost.pdf", FileState.FAILED, note="damaged")])
    with closing(sqlite3.connect(journal.path)) as connection, connection:
        connection.execute(statement)
    with pytest.raises(StorageError, match=r"is damaged|Could not decode"):
        journal.questions(), journal.verdicts(), journal.losses()
