"""Small files that many write at once: whole, and nobody's word is lost."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from ragqa import files
from ragqa.errors import StorageError, UsageError
from ragqa.files import alone_with, beside, delete_whole, refuse_target, scratch_folder, write_whole
from ragqa.training.triplet_file import write_triplets


def at_once(work: Callable[[int], None], threads: int = 8) -> list[BaseException]:
    """What went wrong in so many threads that do the same."""
    wrong: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:
            wrong.append(error)

    started = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return wrong


def test_threads_that_write_one_file_never_leave_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "answers.json"
    write_whole(path, json.dumps([]))

    def work(number: int) -> None:
        for _ in range(20):
            write_whole(path, json.dumps([number] * 3000 * (number + 1)))
            assert len(set(json.loads(path.read_text()))) == 1

    assert at_once(work) == []
    assert [one.name for one in tmp_path.iterdir()] == ["answers.json"]


def test_every_thread_writes_beside_in_a_place_of_its_own(tmp_path: Path) -> None:
    barrier, places = threading.Barrier(4), set[Path]()

    def work(number: int) -> None:
        places.add(beside(tmp_path / "file"))
        barrier.wait()  # else one may follow another under its name

    assert at_once(work, 4) == [] and len(places) == 4
    assert all(place.parent == tmp_path and str(os.getpid()) in place.name for place in places)


def test_who_changes_a_file_is_alone_with_it(tmp_path: Path) -> None:
    path = tmp_path / "count"
    write_whole(path, "0")

    def work(number: int) -> None:
        for _ in range(10):
            with alone_with(path):
                write_whole(path, str(int(path.read_text()) + 1))

    assert at_once(work) == [] and path.read_text() == "80"


def test_who_waits_too_long_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LOCK_SECONDS", 0.05)
    with alone_with(tmp_path / "file"):
        (error,) = at_once(lambda number: alone_with(tmp_path / "file").__enter__(), 1)
    assert isinstance(error, StorageError) and "is being changed by another program" in error.message


def test_what_is_made_whole_takes_no_devices_or_pipes_place(tmp_path: Path) -> None:
    """As root, an export to /dev/null was a file there afterwards, for all programs of the machine."""
    (tmp_path / "out.jsonl").touch()
    for target in (tmp_path / "new", tmp_path / "out.jsonl"):
        refuse_target(target)
    for target, why in ((tmp_path, "a folder"), (tmp_path / "no" / "file", "not there"), (Path(os.devnull), "a device")):
        with pytest.raises(UsageError, match=why):
            refuse_target(target)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(UsageError, match="a pipe"):
            write_triplets([], tmp_path / "pipe")
        assert (tmp_path / "pipe").is_fifo()


def test_a_deletion_that_was_killed_does_not_stop_the_next(tmp_path: Path) -> None:
    """Also not where the next process has the number of that one, as the first of every container has."""
    left = tmp_path / f".shop.{os.getpid()}.removed"
    for folder in (left, tmp_path / "shop"):
        folder.mkdir()
        (folder / "file").touch()
    delete_whole(tmp_path / "shop")
    assert list(tmp_path.iterdir()) == []


def test_scratch_folders_of_killed_processes_go_and_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed = (
        "import os, sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from ragqa.files import scratch_folder\n"
        "with scratch_folder('met-') as folder:\n"
        "    (folder / 'socket').touch(); print(folder, flush=True); sys.stdin.read(); os._exit(9)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", killed, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin is not None and child.stdout is not None
        theirs = Path(child.stdout.readline().strip())
        (tmp_path / "ragqa-mine").mkdir()  # which nobody ever held
        (tmp_path / "elsewhere").mkdir()
        (tmp_path / "ragqa-link").symlink_to(tmp_path / "elsewhere")
        (tmp_path / "ragqa-link.lock").touch()
        with scratch_folder() as ours, scratch_folder():
            assert theirs.is_dir() and ours.is_dir() and ours.stat().st_mode & 0o777 == 0o700
            child.stdin.close()
            assert child.wait(60) == 9 and theirs.is_dir()
            with scratch_folder():
                assert ours.is_dir() and not theirs.exists()
    assert sorted(one.name for one in tmp_path.iterdir()) == ["elsewhere", "ragqa-link", "ragqa-link.lock", "ragqa-mine"]


@pytest.mark.skipif(os.name != "posix", reason="sockets in folders, and who is alive, are asked of POSIX systems")
def test_scratch_folders_of_earlier_versions_which_nobody_held_go_once_they_are_nobodys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as name:  # the path of a socket must be short
        parent, ended = Path(name), subprocess.Popen([sys.executable, "-c", ""])
        ended.wait()
        monkeypatch.setattr(tempfile, "tempdir", name)
        left = {
            "ragqa-socket_1": ["milvus"], "ragqa-metrics-abcdefgh": [f"counter_{ended.pid}.db", f"gauge_livesum_{ended.pid}.db"],
            "ragqa-convert1": ["in", "out", ".config"], "ragqa-k1ll3d_0": [],
        }  # fmt: skip
        alive = {
            "ragqa-socket_2": ["milvus"], "ragqa-metrics-counting": [f"counter_{ended.pid}.db", f"counter_{os.getpid()}.db"],
            "ragqa-young_00": ["in", "out"], "ragqa-letters0": ["in", "letter.txt"], "ragqa-open_000": ["in", "out"],
            "ragqa-of_other_length": ["in", "out"],
        }  # fmt: skip
        listening = []
        for folder, names in (left | alive).items():
            (parent / folder).mkdir(0o755 if folder == "ragqa-open_000" else 0o700)
            for one in names:
                if one == "milvus":
                    listening.append(socket.socket(socket.AF_UNIX))
                    listening[-1].bind(str(parent / folder / one))
                    listening[-1].listen()
                else:
                    (parent / folder / one).touch()
            if folder != "ragqa-young_00":
                for path in (*(parent / folder).iterdir(), parent / folder):
                    os.utime(path, (0, 0))
        listening[0].close()
        with scratch_folder():
            pass
        listening[1].close()
        assert sorted(one.name for one in parent.iterdir()) == sorted(alive)
