"""The loop, with what the system tells of changes: only the first test waits for real time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from watching_shelf import Shelf, never

from ragqa.errors import AlreadyWatched, IndexBusy, IndexMismatch, StorageError
from ragqa.watching import watcher as module
from ragqa.watching.ears import Ears
from ragqa.watching.sources import Listing, LocalFolder
from ragqa.watching.state import StateFile

pytest.importorskip("watchfiles")


class Running:
    """A watcher in a thread of its own."""

    def __init__(self, shelf: Shelf, **options: Any) -> None:
        self.shelf, self._enough = shelf, threading.Event()
        self.raised: list[BaseException] = []
        self._watcher = shelf.watcher(**options)
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            self._watcher.run(self._enough.is_set)
        except BaseException as error:
            self.raised.append(error)

    def __enter__(self) -> Running:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._enough.set()
        self._thread.join(30)
        assert not self._thread.is_alive()

    def until(self, holds: Callable[[], bool], seconds: float = 30) -> None:
        """Wait until something holds."""
        end = time.monotonic() + seconds
        while not holds():
            assert not self.raised and time.monotonic() < end, (self.raised, self.shelf.events)
            time.sleep(0.05)

    def until_told(self, kind: str) -> None:
        self.until(lambda: any(event.kind == kind for event in list(self.shelf.events)))


def test_what_happens_to_the_folder_follows_without_a_regular_look(shelf: Shelf) -> None:
    shelf.write("a.md")
    with Running(shelf, every=3600) as running:
        running.until_told("added")
        shelf.write("deep/b.md")
        running.until(lambda: "deep/b.md" in shelf.held())
        (shelf.folder / "a.md").rename(shelf.folder / "c.md")
        running.until(lambda: "c.md" in shelf.held())
        (shelf.folder / "c.md").unlink()
        running.until(lambda: sorted(shelf.held()) == ["deep/b.md"])
        shelf.folder.rename(shelf.home / "away")
        running.until_told("gone")
        (shelf.home / "away").rename(shelf.folder)
        running.until_told("back")
    assert shelf.kinds()[-1] == "stopped" and not StateFile(shelf.home, "shelf").is_running()


def test_a_second_one_is_refused(shelf: Shelf) -> None:
    with StateFile(shelf.home, "shelf"), pytest.raises(AlreadyWatched):
        shelf.watcher().run(never)


def failing(monkeypatch: pytest.MonkeyPatch, *errors: Exception) -> None:
    """Let taking in fail so, and then go well."""
    left = list(errors)
    plain = module.Keeper.take_in

    def take_in(self: Any, *given: Any) -> None:
        if left:
            raise left.pop(0)
        plain(self, *given)

    monkeypatch.setattr(module.Keeper, "take_in", take_in)
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)


def test_while_another_writes_or_the_disk_is_full_it_waits(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, IndexBusy("busy"), IndexBusy("busy"), StorageError("full"))
    shelf.write("a.md")
    with Running(shelf) as running:
        running.until_told("added")
        running.until(lambda: shelf.state().problem == "")
    assert [one for one in shelf.kinds() if one in ("busy", "problem")] == ["busy", "problem"]


def test_what_waiting_does_not_help_ends_it(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, IndexMismatch("other settings"))
    with pytest.raises(IndexMismatch):
        shelf.watcher().run(never)
    assert not StateFile(shelf.home, "shelf").is_running()


def test_once_takes_in_what_there_is_and_ends(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, IndexBusy("busy"))
    shelf.write("a.md")
    (shelf.folder / "bad.pdf").write_bytes(b"no pdf")
    shelf.watcher().once(never)
    assert sorted(shelf.held()) == ["a.md"] and shelf.state().needs_somebody
    assert {"added a.md", "failed bad.pdf", "embedded"} <= set(shelf.kinds())
    (shelf.folder / "a.md").unlink()
    (shelf.folder / "bad.pdf").rename(shelf.folder / "good.txt")
    shelf.watcher().once(never)
    assert sorted(shelf.held()) == ["good.txt"] and not shelf.state().needs_somebody


def test_news_cost_what_changed_and_a_sweep_comes_all_the_same(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [0.0], [0]
    watcher, discover = shelf.watcher(every=60, rest=3600), LocalFolder.discover
    watcher._clock = lambda: now[0]
    monkeypatch.setattr(LocalFolder, "discover", lambda folder: (looks.append(1), discover(folder))[1])
    shelf.write("a.md")

    def stepped() -> int:
        looks.clear()
        watcher._step(True, Ears(watcher._hear), never)
        return len(looks)

    assert stepped() == 1
    now[0] = 59.0
    watcher._hear({shelf.write("b.md"), shelf.folder / "none.md"})
    assert stepped() == 0 and [one.path for one in shelf.state().waiting] == [
        str(shelf.folder / name) for name in ("a.md", "b.md")
    ]
    now[0] = 60.0
    assert stepped() == 1


def test_a_file_that_never_rests_keeps_no_vectors_back(shelf: Shelf, restless: set[str]) -> None:
    restless |= {"app.log"}
    watcher = shelf.watcher()
    shelf.write("a.md")
    (shelf.folder / "app.log").write_text("began")
    watcher._step(True, Ears(watcher._hear), never)
    assert shelf.kinds() == ["waiting app.log", "added a.md", "embedded"]


class Deaf(Ears):
    """Where the system refuses to tell of changes."""

    def listen(self, folders: Sequence[Path]) -> bool:
        self.problem = "refused"
        return False


def test_where_the_system_tells_nothing_the_regular_looks_do(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks, watcher = [1000.0], [0], shelf.watcher(every=3600)
    monkeypatch.setattr(module, "NAP_SECONDS", 0.0)
    monkeypatch.setattr(LocalFolder, "discover", lambda folder: (looks.append(1), Listing(()))[1])
    watcher._clock = lambda: now[0]

    def stop() -> bool:
        now[0] += 1
        watcher._hear(set())
        return now[0] > 1900

    looks.clear()
    watcher._follow(Deaf(watcher._hear), stop)
    assert len(looks) == 1


def test_ears_ask_the_system_again_that_refused_but_not_at_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def refuse(*folders: Path, **options: Any) -> None:
        asked.append(1)
        raise OSError("limit reached")

    monkeypatch.setattr("watchfiles.watch", refuse)
    now = [1000.0]
    ears = Ears(lambda paths: None, clock=lambda: now[0])
    for moment, times in ((1000, 1), (1059, 1), (1060, 2)):
        now[0] = moment
        assert not ears.listen([shelf.folder])
        assert ears._thread is not None
        ears._thread.join(30)
        assert len(asked) == times and "limit reached" in ears.problem


def test_ears_hear_a_folder_again_that_was_away_and_nothing_hidden(shelf: Shelf) -> None:
    heard = threading.Event()
    ears = Ears(lambda paths: heard.set())
    assert not ears.listen([shelf.folder]) and ears.listen([shelf.folder])
    try:
        shelf.folder.rename(shelf.home / "old")
        shelf.folder.mkdir()
        assert not ears.listen([shelf.folder])
        (shelf.folder / ".git").mkdir()
        (shelf.folder / ".git" / "x.md").write_text("hidden")
        assert not ears._matters(shelf.folder / ".git" / "x.md", [shelf.folder]) and ears._matters(shelf.folder, [shelf.folder])
        heard.clear()
        for number in range(100):
            shelf.write(f"{number}.md")
            if heard.wait(0.3):
                break
        assert heard.is_set() and ears.problem == ""
    finally:
        ears.close()
