"""The command that ingests: which cluster its options name, and what it says where they name none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ragqa.cli.ingest import ingest
from ragqa.library import Library
from ragqa.types import Cluster, IngestReport

NOTE = "worker tcp://10.0.0.1:1 was not used: it has no ragqa"


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The clusters that ingests are asked to use."""
    found: list[Any] = []

    def stand_in(library: Library, *paths: str, cluster: Cluster | None = None, **options: Any) -> IngestReport:
        found.append(cluster)
        return IngestReport("manuals", (), 0, 1.0, 0, 0, notes=(NOTE,))

    monkeypatch.setattr(Library, "ingest", stand_in)
    return found


@pytest.mark.parametrize(
    ("options", "cluster"),
    [
        ([], None),
        (["--scheduler", "tcp://10.0.0.1:8786"], Cluster("tcp://10.0.0.1:8786")),
        (["--scheduler", "tcp://[::1]:8786", "--shared-storage"], Cluster("tcp://[::1]:8786", shared_storage=True)),
        (
            ["--scheduler", "tls://dask-1.example:8786", "--tls-ca", "ca.pem"],
            Cluster("tls://dask-1.example:8786", tls_ca="ca.pem"),
        ),
        (["--scheduler", "local:3"], Cluster(workers=3)),
    ],
)
def test_options_name_a_cluster(options: list[str], cluster: Cluster | None, given: list[Any]) -> None:
    Path("ca.pem").touch()
    result = CliRunner().invoke(ingest, ["manuals", *options])
    assert result.exit_code == 0, result.output
    assert given == [cluster] and NOTE in result.stderr


def test_as_many_processes_as_threads_are_asked_for(given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGQA_THREADS", "7")
    assert CliRunner().invoke(ingest, ["manuals", "--scheduler", "local"]).exit_code == 0
    assert given == [Cluster(workers=7)]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--scheduler", "10.0.0.1:8786"], "names no scheduler"),
        (["--scheduler", "inproc://x"], "names no scheduler"),
        (["--scheduler", "tcp://host:8786/../x"], "names no scheduler"),
        (["--scheduler", "tcp://host"], "names no scheduler"),
        (["--scheduler", "local:"], "names no number of processes"),
        (["--scheduler", "local:0"], "names no number of processes"),
        (["--scheduler", "local:many"], "names no number of processes"),
        (["--shared-storage"], "--shared-storage is for --scheduler"),
        (["--tls-key", "key.pem"], "--tls-key is for --scheduler"),
        (["--scheduler", "tcp://host:8786", "--tls-key", "key.pem"], "--tls-key is for a scheduler at tls://"),
        (["--scheduler", "tls://host:8786", "--tls-cert", "gone.pem"], "--tls-cert: there is no file gone.pem"),
    ],
)
def test_what_names_none_is_told(options: list[str], told: str, given: list[Any]) -> None:
    result = CliRunner().invoke(ingest, ["manuals", *options])
    assert result.exit_code == 2 and told in result.stderr and not given


@pytest.mark.parametrize("extra", [["--server", "http://127.0.0.1:1"], []])
def test_a_server_has_its_own_ways(extra: list[str], given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    if not extra:
        monkeypatch.setenv("RAGQA_SERVER", "http://127.0.0.1:1")
    result = CliRunner().invoke(ingest, ["manuals", "--scheduler", "local:2", *extra])
    assert result.exit_code == 2 and "not of a server" in result.stderr and not given


def test_notes_come_with_the_json(given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    result = CliRunner().invoke(ingest, ["manuals", "--json"])
    assert json.loads(result.stdout)["notes"] == [NOTE]
