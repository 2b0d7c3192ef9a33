"""The command that serves: its options over the settings, and what it says where it cannot."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ragqa import RagQA
from ragqa.cli.serve import serve
from ragqa.config import Settings
from ragqa.demo.tour import read_samples
from ragqa.errors import IndexBusy, RagqaError
from ragqa.serve.job_store import JobStore, State
from ragqa.types import FileReport, FileState, IngestReport


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a server would be started with."""
    found: list[Any] = []
    monkeypatch.setattr("ragqa.serve.start.serve", lambda settings, tell, *more: found.append((settings, *more)))
    return found


def test_options_stand_over_settings(given: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGQA_SERVE_PORT", "9000")
    monkeypatch.setenv("RAGQA_TOKEN", "no setting of any section")
    result = CliRunner().invoke(serve, ["--queue", "5", "--root", "a", "--root", "b", "--index", "shelf"])
    assert result.exit_code == 0, result.output
    settings: Settings = given[0][0]
    assert (settings.index, settings.serve.port, settings.serve.queue) == ("shelf", 9000, 5)
    assert settings.serve.roots == ("a", "b") and settings.serve.host == "127.0.0.1"


def test_the_demo_has_an_index_of_its_own(given: list[Any]) -> None:
    assert CliRunner().invoke(serve, ["--demo"]).exit_code == 0
    assert given[0][0].index == "demo"


def test_the_demo_is_read_once_the_port_is_known_to_be_free_and_then_its_link_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_models: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    documents: list[int] = []

    def run(settings: Settings, tell: Any, *more: Any) -> None:
        documents.append(len(RagQA("demo").documents()))
        tell("http://127.0.0.1:8321/")

    monkeypatch.setattr("ragqa.serve.start._listening", lambda *given: nullcontext())
    monkeypatch.setattr("ragqa.serve.start._run", run)
    for _ in range(2):
        result = CliRunner().invoke(serve, ["--demo"])
        assert (result.exit_code, result.stdout) == (0, "http://127.0.0.1:8321/\n") and "/?q=What+does+E-24" in result.stderr
    assert documents == [5, 5]
    assert RagQA("demo").embedded().done == 0  # found by their words at once; one job makes the vectors beside answering
    waiting = JobStore(Settings().home).unfinished()
    assert [(job.kind, job.index, job.state) for job in waiting] == [("embed", "demo", State.WAITING)]
    assert "their vectors are made meanwhile" in result.stderr

    def taken(*given: Any) -> None:
        raise RagqaError("port 8321 of 127.0.0.1 cannot be listened on: Address already in use")

    def refuse(*given: Any, **more: Any) -> None:
        raise IndexBusy("index 'demo' is being written by pid 7")

    monkeypatch.setattr(RagQA, "ingest", refuse)
    result = CliRunner().invoke(serve, ["--demo"])
    assert result.exit_code == 0 and "by pid 7: the demo is served as it is" in result.stderr
    RagQA("demo").remove()
    assert CliRunner().invoke(serve, ["--demo"]).exit_code == IndexBusy.exit_code
    monkeypatch.setattr("ragqa.serve.start._listening", taken)
    result = CliRunner().invoke(serve, ["--demo"])
    assert result.exit_code == 1 and "already in use" in result.stderr and "pid 7" not in result.stderr


def test_a_demo_with_all_its_vectors_has_no_job(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_models: Any) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ragqa.serve.start._listening", lambda *given: nullcontext())
    monkeypatch.setattr("ragqa.serve.start._run", lambda settings, tell, *more: tell("http://127.0.0.1:8321/"))
    read_samples(RagQA("demo"))
    result = CliRunner().invoke(serve, ["--demo"])
    assert result.exit_code == 0 and "vectors" not in result.stderr
    assert JobStore(Settings().home).unfinished() == []


def test_a_sample_manual_that_could_not_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake_models: Any
) -> None:
    """As on a machine so busy that the largest of them takes longer than it may: the first question is about that one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ragqa.serve.start._listening", lambda *given: nullcontext())
    monkeypatch.setattr("ragqa.serve.start._run", lambda settings, tell, *more: tell("http://127.0.0.1:8321/"))
    failed = FileReport("espresso.pdf", FileState.FAILED, note="takes longer than 60 seconds to read: given up")
    read = FileReport("lamp.html", FileState.ADDED)
    monkeypatch.setattr(RagQA, "ingest", lambda *given, **more: IngestReport("demo", (failed, read), 0, 60.0, 1, 1))
    result = CliRunner().invoke(serve, ["--demo"])
    assert result.exit_code == 0 and "espresso.pdf is not in the demo: takes longer than 60 seconds" in result.stderr
    assert "lamp.html" not in result.stderr


@pytest.mark.parametrize("options", [["--port", "0"], ["--workers", "0"], ["--seconds", "0"], ["--host", "0.0.0.0"]])
def test_what_makes_no_sense_is_told(options: list[str]) -> None:
    result = CliRunner().invoke(serve, options)
    assert result.exit_code == 2 and "Traceback" not in result.output


def test_without_its_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("ragqa.serve")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fastapi", None)
    result = CliRunner().invoke(serve, [])
    assert result.exit_code == 2 and "ragqa[serve]" in result.output
