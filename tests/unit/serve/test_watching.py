"""Folders that a server keeps in step with: told over HTTP, confirmed over HTTP, watched by one process of many."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from serve_clients import token

from ragqa.config import Settings, WatchSettings
from ragqa.serve import watches as module
from ragqa.serve.orders import read_order, write_order
from ragqa.serve.routes.watching import WatchedShape
from ragqa.serve.watches import Watches
from ragqa.watching.retries import Failure
from ragqa.watching.state import Held, Noted, SourceState, StateFile, first_state


@pytest.fixture
def watched(tmp_path: Path) -> Settings:
    sources = (WatchSettings(source=str(tmp_path / "m"), include=("*.md",)), WatchSettings(source="n", index="other"))
    return Settings(home=str(tmp_path / "home"), index="shelf", watch=sources)


def test_the_settings_of_a_watched_folder_go_to_the_process(watched: Settings) -> None:
    assert read_order(write_order(watched, "watch", "", [], {}))[0] == watched


def held(settings: Settings) -> StateFile:
    """The state of an index where documents wait for a confirmation."""
    kept = StateFile(settings.home, "shelf")
    waits = SourceState("/m/caf\udce9", "/m", 3, "", Held("many", 2, 3, ("a.md", "b.md")))
    with kept:
        kept.write(replace(first_state("shelf"), sources=(waits,)))
    return kept


def test_what_waits_is_told_and_confirmed(watched: Settings) -> None:
    kept, watches = held(watched), Watches(watched)
    shelf, other = sorted(watches.status(), key=lambda one: str(one["index"]), reverse=True)
    assert (shelf["running"], shelf["sources"][0]["held"]["count"], other["sources"]) == (False, 2, [])
    assert watches.confirm("shelf", "/elsewhere") == watches.confirm("other", "/m/caf\\xe9") == watches.confirm("no", "/m") == 0
    assert watches.confirm("shelf", shelf["sources"][0]["name"]) == 2
    assert kept.agreed() == {"/m/caf\udce9": ["a.md", "b.md"]}


def test_what_the_api_describes_is_all_that_is_told(watched: Settings) -> None:
    with StateFile(watched.home, "shelf") as kept:
        kept.write(
            replace(
                first_state("shelf"), problem="away",
                sources=(SourceState("/m", "/m"), SourceState("/n", "/n", held=Held("many", 1, 2, ("a.md",)))),
                waiting=(Noted("w.md", "is written"),), failing=(Failure("f.pdf", "bad", "1", 2, 5.0),),
                left_out=(Noted("l.zip", "nothing reads it"),), left_out_count=1,
            )
        )  # fmt: skip
        for told in Watches(watched).status():  # one that is watched, and one that nobody has begun with
            described = WatchedShape.model_validate(told, strict=True).model_dump()
            assert described == told
        shelf = next(one for one in Watches(watched).status() if one["index"] == "shelf")
        assert shelf["left_out"] == [{"path": "l.zip", "note": "nothing reads it"}]


def test_a_process_is_started_only_where_nobody_watches(watched: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    watches = Watches(watched)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)

    def run(self: Watches) -> int:
        runs.append(1)
        self._enough.set()
        return 0

    monkeypatch.setattr(Watches, "_run_child", run)
    with StateFile(watched.home, "shelf"):
        with StateFile(watched.home, "other"):
            watches.open()
            watches._enough.wait(0.3)
            assert runs == []
        watches._enough.wait(10)
    watches.close()
    assert runs == [1]


def test_of_several_workers_one_runs_the_process(watched: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[bool] = []
    other = Watches(watched)
    monkeypatch.setattr(Watches, "_run_child", lambda self: runs.append(other._take_turn()) or 1)
    assert Watches(watched)._take_turn() is False and runs == [True]


def test_nothing_runs_where_nothing_is_watched(tmp_path: Path) -> None:
    watches = Watches(Settings(home=str(tmp_path)))
    watches.open()
    watches.close()
    assert watches.status() == []


@pytest.mark.skipif(os.name != "posix", reason="what ends a process is told otherwise there")
def test_the_process_ends_with_the_server(watched: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pytest.importorskip("watchfiles")
    (tmp_path / "m").mkdir()
    (tmp_path / "n").mkdir()
    monkeypatch.chdir(tmp_path)
    watches = Watches(watched)
    watches.open()
    kept = StateFile(watched.home, "shelf")
    while not kept.is_running():
        watches._enough.wait(0.1)
    watches.close()
    assert not kept.is_running()


@pytest.mark.skipif(os.name != "posix", reason="what ends a process is told otherwise there")
def test_the_process_takes_nothing_from_where_it_starts(
    watched: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A server is started where the manuals are, which come from anywhere. Told to end, as by a Ctrl-C in a terminal, it ends."""
    pytest.importorskip("watchfiles")
    for folder in ("m", "n"):
        (tmp_path / folder).mkdir()
    (tmp_path / "filelock.py").write_text("raise SystemExit('a stranger runs code')")
    monkeypatch.chdir(tmp_path)
    started: list[subprocess.Popen[bytes]] = []
    start, kept = subprocess.Popen, StateFile(watched.home, "shelf")

    def started_one(*given: Any, **how: Any) -> subprocess.Popen[bytes]:
        started.append(start(*given, **how))
        return started[-1]

    def end() -> None:
        while not started or (started[0].poll() is None and not kept.is_running()):
            time.sleep(0.1)
        started[0].terminate()

    monkeypatch.setattr(subprocess, "Popen", started_one)
    threading.Thread(target=end).start()
    assert Watches(watched)._run_child() == 0


def test_only_who_manages_sees_the_folders(serve: Any, served: Settings) -> None:
    client = serve(keys=True)
    for role, status in (("read", 403), ("judge", 403), ("manage", 200)):
        assert client.get("/v1/watching", headers=token(role)).status_code == status
    assert client.get("/v1/watching", headers=token("manage")).json() == {"watching": []}
    asked = {"index": "shelf", "source": "/m"}
    assert client.post("/v1/watching/confirm", json=asked, headers=token("judge")).status_code == 403
    assert client.post("/v1/watching/confirm", json=asked, headers=token("manage")).status_code == 404
