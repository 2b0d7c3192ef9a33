"""Who serves a file of Milvus Lite, and what is left where that cannot be, or was killed."""

from __future__ import annotations

import socket
import tempfile
import threading
from pathlib import Path

import pytest

from ragqa.errors import BackendLost, BackendUnavailable
from ragqa.indexing.search import milvus_server
from ragqa.indexing.search.choice import Choice
from ragqa.indexing.search.milvus_file import NOTE, _joined, _refuse_foreign, address_of, let_go
from ragqa.indexing.search.milvus_server import MilvusServer


@pytest.fixture
def file(tmp_path: Path) -> str:
    return str(tmp_path / "a.db")


@pytest.fixture
def dead(tmp_path: Path) -> str:
    """The address of a process that was killed while it served: the socket is there, and nobody answers."""
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(tmp_path / "milvus"))
    return f"unix:{tmp_path}/milvus"


def test_a_note_is_followed_only_while_its_process_lives(file: str, dead: str, tmp_path: Path) -> None:
    for left in (dead, f"unix:{tmp_path}/gone", "http://elsewhere"):
        Path(file + NOTE).write_text(left)
        assert _joined(file) is None
    served = address_of(file)
    assert _joined(file) == served != dead


def test_a_connection_that_fails_while_it_is_made_ends_in_one_line(file: str, dead: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus_server, "address_of", lambda path: dead)
    monkeypatch.setattr(milvus_server, "CONNECT_SECONDS", 0.5)
    ended: list[BaseException] = []

    def asked() -> None:
        try:
            MilvusServer(Choice("milvus", file)).names("")
        except BaseException as error:
            ended.append(error)

    asking = threading.Thread(target=asked, daemon=True)  # which would not end while it waits for its own lock
    asking.start()
    asking.join(60)
    assert [type(error) for error in ended] == [BackendLost]


def test_a_file_that_is_another_programs(file: str) -> None:
    Path(file).write_text("something else")
    with pytest.raises(BackendUnavailable, match=r"a\.db"):
        MilvusServer(Choice("milvus", file)).names("")


def test_a_folder_with_other_things_is_refused_before_anything_is_written(file: str) -> None:
    Path(file, "collections").mkdir(parents=True)
    Path(file, "collections", "stamps.txt").write_text("mine")
    with pytest.raises(BackendUnavailable, match="a folder with other things") as told:
        MilvusServer(Choice("milvus", file)).names("")
    assert told.value.hint == f"Name one that is not there yet, such as {file}/manuals.db."
    assert [one.name for one in Path(file).rglob("*")] == ["collections", "stamps.txt"] and not Path(file + NOTE).exists()


def test_what_milvus_lite_made_is_served_also_beside_other_things(file: str) -> None:
    for begun in ((), ("collections",), ("databases",)):  # as far as a killed process came
        for name in begun:
            Path(file, name).mkdir(parents=True)
        Path(file).mkdir(exist_ok=True)
        _refuse_foreign(Path(file))
    assert address_of(file)
    let_go(file)
    Path(file, "notes.txt").write_text("mine")
    assert address_of(file)


def test_a_socket_with_too_long_a_path_leaves_nothing_behind(file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = tmp_path / ("x" * 100)
    long.mkdir()
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(tempfile, "tempdir", str(long))
        with pytest.raises(BackendUnavailable, match="cannot be served") as told:
            address_of(file)
    assert told.value.hint == "Set TMPDIR to a shorter path." and not list(long.iterdir())
    assert address_of(file)  # nobody holds the file
