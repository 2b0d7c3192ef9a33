"""What the benchmark of a cluster on one machine takes for equal, for an error in one line, and for listening at home."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "benchmarks"))

from local_cluster import Drill, Ran, listening

ONE = {"answer": [["the lid", "kettle.html", 1]], "passages": [["kettle.html", 0]]}
OTHER = {"answer": [["the base", "kettle.html", 1]], "passages": [["kettle.html", 0]]}


@pytest.fixture
def drill(tmp_path: Path) -> Drill:
    return Drill(tmp_path, tmp_path, tmp_path, milvus_port=1, dask_port=2)


def test_answers_are_equal_when_all_are(drill: Drill) -> None:
    assert drill.equal([ONE, OTHER], [ONE, OTHER])[1]
    assert drill.equal([ONE, OTHER], [ONE, ONE]) == ("1 of 2 answers, 2 of 2 lists of passages", False)
    assert not drill.equal([ONE, OTHER], [ONE])[1]
    assert drill.equal([ONE], [{"error": "Error: away"}]) == ("Error: away", False)
    assert not drill.equal([{"error": "Error: away"}], [{"error": "Error: away"}])[1]


def test_an_error_is_told_with_its_hint_and_is_no_traceback() -> None:
    told = Ran(1, "", "reading\nError: it is away\n  Start it.\n")
    assert told.last == "Error: it is away; Start it." and told.is_one_error
    assert not Ran(1, "", "Traceback (most recent call last):\nValueError\n").is_one_error
    assert not Ran(0, "", "done\n").is_one_error


@pytest.mark.enable_socket
def test_what_listens_on_all_interfaces_is_seen() -> None:
    with socket.socket() as home, socket.socket() as everywhere:
        home.bind(("127.0.0.1", 0))
        home.listen()
        assert "0100007F" in listening(os.getpid()) and "00000000" not in listening(os.getpid())
        everywhere.bind(("0.0.0.0", 0))
        everywhere.listen()
        assert "00000000" in listening(os.getpid())
