"""Bad files and bad disks: one clear line for each, the good files are ingested, and what the index had stays."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from functional_helpers import (
    JPEG,
    assert_sound,
    docx_bomb,
    found_in,
    line_of,
    lying_docx_bomb,
    pdf,
    read_in,
    scanned_pages,
    states,
    stored,
    text_pages,
)

from ragqa.errors import RagqaError, StorageError
from ragqa.indexing import lock, writer
from ragqa.ingestion.discover import SourceFile
from ragqa.ingestion.plan import _bytes_of
from ragqa.paths import DATABASE
from ragqa.types import FileState, Progress

if TYPE_CHECKING:
    from tests.conftest import FakeEmbedder

GOOD = "# Toaster\n\nThe toaster browns bread in 90 seconds.\n"
BEFORE = "# Heater\n\nThe heater warms rooms up to 20 square metres.\n"

BAD_FILES: dict[str, tuple[Callable[[], bytes], FileState, str]] = {
    "cut.pdf": (lambda: pdf(text_pages)[:300], FileState.FAILED, "cut short"),
    "locked.pdf": (lambda: pdf(text_pages, password="secret"), FileState.FAILED, "protected by a password"),
    "scan.pdf": (lambda: pdf(scanned_pages), FileState.FAILED, "2 pages, none with text: a scan?"),
    "bomb.docx": (docx_bomb, FileState.FAILED, "expands to 320 MB: refused"),
    "liar.docx": (lying_docx_bomb, FileState.FAILED, "damaged"),
    "cut.docx": (lambda: docx_bomb(1)[:-40], FileState.FAILED, "damaged or cut short"),
    "page.pdf": (lambda: b"<!doctype html><html><body>404</body></html>", FileState.FAILED, "is an HTML page, not a PDF"),
    "empty.txt": (lambda: b"", FileState.SKIPPED, "the file is empty"),
    "blank.txt": (lambda: b" \n\t\n", FileState.SKIPPED, "no text"),
    "photo.txt": (lambda: JPEG, FileState.FAILED, "photo.txt is a JPEG picture, not text"),
    "noise.md": (lambda: bytes(range(256)) * 40, FileState.FAILED, "binary data, not text"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one good manual."""
    made = tmp_path / "mixed"
    made.mkdir()
    (made / "good.md").write_text(GOOD)
    return made


@pytest.fixture
def index(tmp_path: Path) -> Path:
    return tmp_path / "indexes" / "mixed"


def assert_good_is_in(index: Path) -> None:
    assert "browns bread in 90 seconds" in stored(index)["good.md"]
    assert_sound(index)


def assert_one_clear_line(note: str) -> None:
    assert note
    assert "\n" not in note
    assert "Traceback" not in note and "Error(" not in note


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_one_line_and_the_good_one_is_ingested(
    name: str, folder: Path, index: Path, embedder: FakeEmbedder
) -> None:
    make, state, reason = BAD_FILES[name]
    (folder / name).write_bytes(make())

    report = read_in(index, folder, embedder)

    line = line_of(report, name)
    assert (line.state, line.chunks) == (state, 0)
    assert reason in line.note
    assert_one_clear_line(line.note)
    assert states(report) == {"good.md": "added", name: state.value}
    assert report.failed is (state is FileState.FAILED)
    assert list(stored(index)) == ["good.md"]
    assert_good_is_in(index)


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_gone_bad_keeps_what_the_index_had_of_it(name: str, folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    before = pdf(lambda canvas: text_pages(canvas, 1)) if name.endswith(".pdf") else BEFORE.encode()
    path = folder / name
    if name.endswith(".docx"):
        _write_docx(path)
    else:
        path.write_bytes(before)
    read_in(index, folder, embedder)
    text = stored(index)[name]
    path.write_bytes(BAD_FILES[name][0]())
    (folder / "good.md").write_text(GOOD + "\nIt has two slots.\n")

    report = read_in(index, folder, embedder)

    line = line_of(report, name)
    assert line.state is BAD_FILES[name][1]
    assert BAD_FILES[name][2] in line.note and "The index keeps what it had of it." in line.note
    assert stored(index)[name] == text
    assert line_of(report, "good.md").state is FileState.CHANGED
    assert "two slots" in stored(index)["good.md"]
    assert_good_is_in(index)


def _write_docx(path: Path) -> None:
    import docx

    document = docx.Document()
    document.add_heading("Heater", 1)
    document.add_paragraph("The heater warms rooms up to 20 square metres.")
    document.save(str(path))


def test_a_pdf_cut_in_the_middle_gives_what_is_left_and_says_so(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    whole = pdf(text_pages)
    (folder / "half.pdf").write_bytes(whole[: len(whole) * 2 // 3])

    line = line_of(read_in(index, folder, embedder), "half.pdf")

    assert line.state in (FileState.ADDED, FileState.FAILED)
    assert "cut short" in line.note
    assert ("half.pdf" in stored(index)) is (line.state is FileState.ADDED)
    assert_good_is_in(index)


def test_a_pdf_with_some_scanned_pages_names_them(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    def draw(canvas: Any) -> None:
        text_pages(canvas, 1)
        scanned_pages(canvas)

    (folder / "mixed.pdf").write_bytes(pdf(draw))

    line = line_of(read_in(index, folder, embedder), "mixed.pdf")

    assert line.state is FileState.ADDED
    assert line.pages == 3
    assert "2 pages without text (scanned?): 2-3" in line.note


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1", "cp1252"])
def test_other_encodings_are_read_to_the_letter(encoding: str, folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    sentence = "Das Gerät läuft höchstens 20 °C über der Größe des Gehäuses."
    (folder / "deutsch.txt").write_bytes(f"Anleitung\n\n{sentence}\n".encode(encoding))

    report = read_in(index, folder, embedder)

    assert states(report) == {"good.md": "added", "deutsch.txt": "added"}
    assert sentence in stored(index)["deutsch.txt"]
    assert found_in(index, embedder, "Größe des Gehäuses")[0] == "deutsch.txt"
    assert_good_is_in(index)


def test_a_text_file_of_100_mb_is_skipped_unread_and_names_the_option(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(folder / "huge.txt", "wb") as file:
        file.truncate(100_000_000)
    opened: list[str] = []

    def noting(path: Path, *arguments: Any, **options: Any) -> Any:
        opened.append(path.name)
        return open(path, *arguments, **options)

    monkeypatch.setattr("ragqa.ingestion.plan.open", noting, raising=False)

    line = line_of(read_in(index, folder, embedder), "huge.txt")

    assert line.state is FileState.SKIPPED
    assert line.note == "100 MB, more than max_text_mb = 32. Raise max_text_mb in ragqa.toml to ingest it."
    assert set(opened) == {"good.md"}
    assert_good_is_in(index)


def test_the_limit_for_text_files_can_be_raised(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    (folder / "large.txt").write_text("The large fan hums.\n\n" + "x" * 1_100_000 + "\n\nIt stops at night.\n")

    refused = read_in(index, folder, embedder, {"max_text_mb": 1})
    taken = read_in(index, folder, embedder, {"max_text_mb": 2})

    assert states(refused) == {"good.md": "added", "large.txt": "skipped"}
    assert states(taken) == {"good.md": "unchanged", "large.txt": "added"}
    assert "It stops at night." in stored(index)["large.txt"]


def test_the_limit_for_other_files(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    with open(folder / "huge.pdf", "wb") as file:
        file.truncate(600_000_000)

    line = line_of(read_in(index, folder, embedder), "huge.pdf")

    assert line.state is FileState.SKIPPED
    assert "600 MB, more than max_file_mb = 512" in line.note


@pytest.mark.timeout(120)
@pytest.mark.parametrize("space", [" ", ""], ids=["with spaces", "without spaces"])
def test_one_line_of_10_mb_is_ingested_whole(space: str, folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    line = "Start. " + space.join(f"valve{number % 5000:04}of{number // 5000:04}" for number in range(650_000))
    line += " The last word is zanzibar."
    assert len(line) > 9_700_000
    (folder / "line.txt").write_text(line)

    report = read_in(index, folder, embedder)

    assert states(report) == {"good.md": "added", "line.txt": "added"}
    assert line_of(report, "line.txt").characters == len(line)
    assert found_in(index, embedder, "zanzibar")[0] == "line.txt"
    assert_good_is_in(index)


def test_links_that_lead_in_circles(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "up").symlink_to(folder, target_is_directory=True)
    (folder / "self").symlink_to("self", target_is_directory=True)
    (folder / "self.txt").symlink_to("self.txt")
    (folder / "nowhere.txt").symlink_to("no-such-file.txt")
    (folder / "deep" / "inner.md").write_text(BEFORE)

    report = read_in(index, folder, embedder)

    assert sorted(stored(index)) == ["deep/inner.md", "good.md"]
    assert line_of(report, "self.txt").note == "is a link that leads back to itself"
    assert line_of(report, "nowhere.txt").note == "vanished, or is a link to nothing"
    assert states(report) == {
        "good.md": "added",
        "deep/inner.md": "added",
        "self": "skipped",
        "self.txt": "failed",
        "nowhere.txt": "failed",
    }
    assert_good_is_in(index)


def test_a_folder_and_a_link_to_it_are_read_once(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    (folder / "real").mkdir()
    (folder / "real" / "inner.md").write_text(BEFORE)
    (folder / "same").symlink_to("real", target_is_directory=True)

    assert states(read_in(index, folder, embedder)) == {"good.md": "added", "real/inner.md": "added"}


@pytest.mark.parametrize("moment", ["while planning", "while reading"])
def test_an_unreadable_file(
    moment: str, folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by a patch: the superuser may read whatever the permissions say."""
    (folder / "secret.md").write_text(BEFORE)
    read_in(index, folder, embedder)
    (folder / "secret.md").write_text(BEFORE.swapcase())  # of another size it would not be read for its plan

    def refusing(plain: Callable[..., Any]) -> Callable[..., Any]:
        def call(file: Any, *arguments: Any, **options: Any) -> Any:
            path = file if isinstance(file, Path) else file.source
            if path.name == "secret.md":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return plain(file, *arguments, **options)

        return call

    if moment == "while planning":
        monkeypatch.setattr("ragqa.ingestion.plan.open", refusing(open), raising=False)
    else:
        monkeypatch.setattr("ragqa.ingestion.plan._bytes_of", refusing(_bytes_of))

    line = line_of(read_in(index, folder, embedder), "secret.md")

    assert line.state is FileState.FAILED
    assert line.note == "cannot be read: Permission denied. The index keeps what it had of it."
    assert "20 square metres" in stored(index)["secret.md"]
    assert_good_is_in(index)


def test_a_folder_that_cannot_be_opened(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    plain = os.scandir

    def refusing(path: Any) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return plain(path)

    monkeypatch.setattr(os, "scandir", refusing)

    report = read_in(index, folder, embedder)

    assert line_of(report, str(folder / "closed")).note == "cannot be opened: Permission denied"
    assert_good_is_in(index)


def on_scanned(act: Callable[[], object]) -> Callable[[Progress], None]:
    """A progress callback that acts once, after the plan is made and before the first file is read."""

    def progress(step: Progress) -> None:
        if step.stage == "scan" and step.done == step.total:
            act()

    return progress


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_a_file_that_vanishes_after_planning(known: bool, folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    path = folder / "fleeting.md"
    path.write_text(BEFORE)
    if known:
        read_in(index, folder, embedder)
        path.write_text(BEFORE + "\nMore.\n")

    report = read_in(index, folder, embedder, progress=on_scanned(path.unlink))

    line = line_of(report, "fleeting.md")
    assert line.state is FileState.FAILED
    assert line.note.startswith("vanished, or is a link to nothing")
    assert ("fleeting.md" in stored(index)) is known
    assert_good_is_in(index)


def test_a_renamed_file_that_vanishes_after_planning(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    (folder / "old.md").write_text(BEFORE)
    read_in(index, folder, embedder)
    (folder / "old.md").rename(folder / "new.md")
    (folder / "good.md").write_text(GOOD + "\nIt has two slots.\n")

    read_in(index, folder, embedder, progress=on_scanned((folder / "new.md").unlink))

    assert "two slots" in stored(index)["good.md"]
    assert_good_is_in(index)
    assert FileState.MISSING in {file.state for file in read_in(index, folder, embedder).files}


def test_a_folder_that_vanishes_after_planning(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "inner.md").write_text(BEFORE)

    report = read_in(index, folder, embedder, progress=on_scanned(lambda: shutil.rmtree(folder / "sub")))

    assert states(report) == {"good.md": "added", "sub/inner.md": "failed"}
    assert_good_is_in(index)


def appending(path: Path, times: int) -> Callable[[SourceFile, int], bytes | None]:
    """What reads files, but finds `path` changed behind its back, the first `times` it is read."""
    left = [times]

    def read(file: SourceFile, size: int) -> bytes | None:
        data = _bytes_of(file, size)
        if file.source == path and left[0]:
            left[0] -= 1
            with open(path, "a") as log:
                log.write(f"\nLine written meanwhile, {left[0]} to go.\n")
        return data

    return read


def test_a_file_that_keeps_changing_while_it_is_read(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "log.txt"
    path.write_text("The log begins.\n")
    monkeypatch.setattr("ragqa.ingestion.plan._bytes_of", appending(path, 100))

    line = line_of(read_in(index, folder, embedder), "log.txt")

    assert line.state is FileState.FAILED
    assert line.note == "changed while it was being read. Run the ingest again when nothing writes to it."
    assert_good_is_in(index)


def test_a_file_that_changes_once_is_read_again(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "log.txt"
    path.write_text("The log begins.\n")
    monkeypatch.setattr("ragqa.ingestion.plan._bytes_of", appending(path, 1))

    report = read_in(index, folder, embedder)
    again = read_in(index, folder, embedder)

    assert states(report) == {"good.md": "added", "log.txt": "added"}
    assert "Line written meanwhile" in stored(index)["log.txt"]
    assert states(again) == {"good.md": "unchanged", "log.txt": "unchanged"}


NAMES = {
    "newline": b"Hand\nbuch.md",
    "emoji": "Handbuch 📘🔧.md".encode(),
    "no utf-8": b"caf\xe9\xff.md",
    "escape": b"\x1b[2Jclear.md",
    "direction": "invoice\u202efdp.md".encode(),
    "quotes": b'it\'s "100%" [red]; DROP TABLE.md',
    "long": b"n" * 250 + b".md",
}


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_strange_file_names(name: bytes, folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    raw = os.fsencode(folder) + b"/" + name
    with open(raw, "w") as file:
        file.write(BEFORE)
    shown = name.decode("utf-8", "backslashreplace")

    first = read_in(index, folder, embedder)
    second = read_in(index, folder, embedder)
    os.rename(raw, os.fsencode(folder) + b"/plain.md")
    third = read_in(index, folder, embedder)

    assert states(first) == {"good.md": "added", shown: "added"}
    assert states(second) == {"good.md": "unchanged", shown: "unchanged"}
    assert states(third) == {"good.md": "unchanged", "plain.md": "renamed"}
    shown.encode("utf-8")  # can be stored and printed
    assert_good_is_in(index)


def test_files_that_are_no_files(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    os.mkfifo(folder / "pipe.txt")
    (folder / "null.txt").symlink_to("/dev/zero")

    report = read_in(index, folder, embedder)

    assert line_of(report, "pipe.txt").state is FileState.SKIPPED
    assert line_of(report, "pipe.txt").note == "not a regular file"
    assert line_of(report, "null.txt").state is FileState.SKIPPED
    assert_good_is_in(index)


def test_a_path_that_is_not_there(folder: Path, index: Path, embedder: FakeEmbedder) -> None:
    report = read_in(index, [folder, folder / "missing.pdf", folder / "*.xyz"], embedder)

    assert line_of(report, str(folder / "missing.pdf")).note == "there is no such file or folder"
    assert line_of(report, str(folder / "*.xyz")).state is FileState.FAILED
    assert_good_is_in(index)


def test_all_of_it_at_once_on_the_command_line(folder: Path, fake_models: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from ragqa.cli import terminal
    from ragqa.cli.main import ragqa

    monkeypatch.setattr(terminal.OUT, "width", 240)
    for name, (make, _, _) in BAD_FILES.items():
        (folder / name).write_bytes(make())

    result = CliRunner().invoke(ragqa, ["ingest", str(folder)])

    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
    for name, (_, state, reason) in BAD_FILES.items():
        (row,) = [line for line in result.stdout.splitlines() if line.startswith(f"{name} ")]
        assert state.value in row and reason in row
    assert "Traceback" not in result.output
    assert "holds 1 documents" in result.stdout


# A full disk, and one that nobody may write to.


def long_manual(words: int = 30_000) -> str:
    """About 250 KB of text in which no two chunks are the same."""
    return "# Long\n\n" + "\n\n".join(
        " ".join(f"w{number}x{place}" for place in range(50)) + "." for number in range(words // 50)
    )


def test_a_full_database_keeps_the_last_commit(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in(index, folder, embedder)
    before = stored(index)
    (folder / "long.md").write_text(long_manual())
    plain = writer.open_for_writing

    def nearly_full(path: Path) -> sqlite3.Connection:
        connection = plain(path)
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 10}")
        return connection

    with monkeypatch.context() as patch:
        patch.setattr(writer, "open_for_writing", nearly_full)
        with pytest.raises(StorageError) as caught:
            read_in(index, folder, embedder)

    assert caught.value.message == f"the disk of {index} is full"
    assert caught.value.hint == "Free some space and run the same command again."
    assert stored(index) == before
    assert_sound(index)
    assert states(read_in(index, folder, embedder)) == {"good.md": "unchanged", "long.md": "added"}
    assert_good_is_in(index)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
@pytest.mark.usefixtures("a_file_each_commit")
def test_vectors_that_cannot_be_written_keep_the_last_commit(
    code: int, folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_in(index, folder, embedder)
    before = stored(index)
    (folder / "more.md").write_text(BEFORE)

    def failing(descriptor: int) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr("ragqa.files.os.fsync", failing)
        with pytest.raises(StorageError) as caught:
            read_in(index, folder, embedder)

    assert os.strerror(code) in caught.value.message
    assert stored(index) == before
    assert_sound(index)
    assert states(read_in(index, folder, embedder)) == {"good.md": "unchanged", "more.md": "added"}
    assert_good_is_in(index)


def mounted(place: Path, *arguments: str) -> bool:
    """Whether `mount` could be run on the place."""
    if shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments, str(place)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB of its own; skips where that may not be made."""
    place = tmp_path / "disk"
    place.mkdir()
    if not mounted(place, "-t", "tmpfs", "-o", "size=2m", "tmpfs"):
        pytest.skip("mounting is not permitted here")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_disk_that_fills_up(folder: Path, small_disk: Path, embedder: FakeEmbedder) -> None:
    index = small_disk / "indexes" / "mixed"
    read_in(index, folder, embedder)
    before = stored(index)
    (folder / "long.md").write_text(long_manual(200_000))

    with pytest.raises(StorageError) as caught:
        read_in(index, folder, embedder)

    assert "full" in caught.value.message or "No space left" in caught.value.message
    assert caught.value.hint
    assert stored(index) == before
    assert_sound(index)
    assert mounted(small_disk, "-o", "remount,size=64m")
    assert states(read_in(index, folder, embedder)) == {"good.md": "unchanged", "long.md": "added"}
    assert_good_is_in(index)


def test_a_disk_that_is_full_before_the_first_commit(folder: Path, small_disk: Path, embedder: FakeEmbedder) -> None:
    index = small_disk / "indexes" / "mixed"
    (small_disk / "ballast").write_bytes(b"x" * 2_000_000)

    with pytest.raises(StorageError) as caught:
        read_in(index, folder, embedder)

    assert "full" in caught.value.message or "No space left" in caught.value.message
    (small_disk / "ballast").unlink()
    assert states(read_in(index, folder, embedder)) == {"good.md": "added"}
    assert_good_is_in(index)


@pytest.mark.parametrize("log", ["as an ingest leaves it", "taken away"])
def test_a_read_only_disk_can_be_asked_but_not_written(
    log: str, folder: Path, small_disk: Path, fake_models: object, embedder: FakeEmbedder
) -> None:
    """With and without the two files of SQLite's write-ahead log, which nobody can make on such a disk."""
    from ragqa.cli.main import ragqa

    index = small_disk / "indexes" / "mixed"
    read_in(index, folder, embedder)
    if log == "taken away":
        with closing(sqlite3.connect(index / DATABASE)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for name in (f"{DATABASE}-wal", f"{DATABASE}-shm"):
            (index / name).unlink(missing_ok=True)
    (folder / "more.md").write_text(BEFORE)
    assert mounted(small_disk, "-o", "remount,ro")
    run = CliRunner().invoke

    options = ["--home", str(small_disk)]
    asked = run(ragqa, [*options, "ask", "In how many seconds does it brown bread?", "-i", "mixed"])
    verified = run(ragqa, [*options, "index", "verify", "mixed"])
    described = run(ragqa, [*options, "index", "info", "mixed"])
    ingested = run(ragqa, [*options, "ingest", str(folder), "-i", "mixed"])
    removed = run(ragqa, [*options, "index", "rm", "mixed", "--yes"])

    assert (asked.exit_code, "90 seconds" in asked.stdout) == (0, True), asked.output
    assert (verified.exit_code, verified.stdout) == (0, "Index 'mixed' is sound.\n")
    assert described.exit_code == 0
    for refused in (ingested, removed):
        assert refused.exit_code == 1
        assert refused.stderr.startswith("Error: ") and "Traceback" not in refused.output
        assert "ead-only" in refused.stderr or "cannot be written" in refused.stderr
    assert_good_is_in(index)


@pytest.mark.parametrize("with_shared_memory", [True, False])
@pytest.mark.usefixtures("one_text_at_a_time")
def test_a_killed_writers_log_is_read_from_a_read_only_disk(
    with_shared_memory: bool,
    folder: Path,
    index: Path,
    small_disk: Path,
    embedder: FakeEmbedder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk's copy is made in the middle of an ingest, when the last commits are in SQLite's log only."""
    copy = small_disk / "mixed"
    monkeypatch.setattr("ragqa.indexing.embedding.COMMIT_EVERY_SECONDS", 0.0)
    monkeypatch.setattr("ragqa.indexing.embedding.COMMIT_SHARE", 1e9)
    for name in ("a", "b", "c"):
        (folder / f"{name}.md").write_text(f"# {name}\n\nManual {name} weighs 3 grams.\n")

    def copy_when_done(step: Progress) -> None:
        if step.stage == "ingest" and step.items == step.items_total:
            shutil.copytree(index, copy)

    read_in(index, folder, embedder, progress=copy_when_done)
    assert (copy / f"{DATABASE}-wal").stat().st_size > 0
    if not with_shared_memory:
        (copy / f"{DATABASE}-shm").unlink()
    assert mounted(small_disk, "-o", "remount,ro")

    if with_shared_memory:
        assert sorted(stored(copy)) == ["a.md", "b.md", "c.md", "good.md"]
        assert_good_is_in(copy)
    else:
        with pytest.raises(StorageError, match=r"its last commits are still in index.sqlite-wal") as caught:
            stored(copy)
        assert "Copy the index" in caught.value.hint


def test_an_index_folder_that_may_not_be_written(
    folder: Path, index: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused by a patch: the superuser may write whatever the permissions say."""
    read_in(index, folder, embedder)
    before = stored(index)
    (folder / "more.md").write_text(BEFORE)

    def refuse(*arguments: object, **options: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(index / lock.LOCK))

    with monkeypatch.context() as patch:
        patch.setattr("filelock.FileLock.acquire", refuse)
        with pytest.raises(RagqaError) as caught:
            read_in(index, folder, embedder)

    assert isinstance(caught.value, StorageError)
    assert caught.value.message == f"{index / lock.LOCK}: Permission denied"
    assert stored(index) == before
    assert_sound(index)
