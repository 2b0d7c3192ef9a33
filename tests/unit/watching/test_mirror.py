"""A source elsewhere that more than one fetches to the same folder, and what is broken off."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from watching_shelf import Far, Shelf, never

from ragqa.errors import ParseError, SourceGone, StorageError
from ragqa.types import Gone
from ragqa.watching import mirror as module
from ragqa.watching.arriving import keep
from ragqa.watching.mirror import Mirror
from ragqa.watching.retries import Retries
from ragqa.watching.sources import Entry, Listing


class Seen(Far):
    """Says that it was looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.was_seen = threading.Event()

    def discover(self, stop: Callable[[], bool] = never) -> Listing:
        self.was_seen.set()
        return super().discover(stop)


class Held(Far):
    """Gives no document before something has happened."""

    def __init__(self, happens: Callable[[], bool]) -> None:
        super().__init__()
        self.begins, self._happens = threading.Event(), happens

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = never) -> Path:
        self.begins.set()
        assert self._happens()
        return super().fetch(entry, into, stop)


def test_who_fetches_the_same_source_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    folder, second, waits = tmp_path / "sources" / "far", Seen(), threading.Event()
    first = Held(lambda: waits.wait(30) and not second.was_seen.is_set())
    ones = [Mirror(source, folder, Retries()) for source in (first, second)]

    def stop() -> bool:
        waits.set()
        return False

    other = threading.Thread(target=lambda: first.begins.wait(30) and ones[1].sync(lambda gone: True, stop))
    other.start()
    fetched = ones[0].sync(lambda gone: True).fetched
    other.join(30)
    assert fetched == ("a.md", "b.md", "c.md") and second.was_seen.is_set()
    assert second.fetched == []  # what the first one noted holds for the second
    assert {path.name: path.read_text() for path in folder.iterdir()} == {n: text for n, (_, text) in first.documents.items()}


def test_who_waits_ends_when_told_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.01)
    far = Far()
    with Mirror(far, tmp_path / "far", Retries())._alone(never), pytest.raises(SourceGone, match="another"):
        Mirror(far, tmp_path / "far", Retries()).sync(lambda gone: True, lambda: True)
    assert far.asked == 0


def test_a_file_that_somebody_else_wrote_to_is_not_taken_for_the_document(tmp_path: Path) -> None:
    blocks = [b"whole", b""]

    def read(most: int) -> bytes:
        if len(blocks) == 1:
            with open(tmp_path / "document", "ab") as file:
                file.write(b"and more")
        return blocks.pop(0)

    with pytest.raises(ParseError):
        keep(read, tmp_path, 5, 1000)


class Stopped(Far):
    """Is told to end while a document comes."""

    is_stopped = False

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = never) -> Path:
        self.is_stopped = True
        return keep(lambda most: b"for ever", into, None, 1000, stop)


def test_what_is_broken_off_has_not_failed(tmp_path: Path) -> None:
    far = Stopped()
    mirror = Mirror(far, tmp_path / "far", Retries())
    assert mirror.sync(lambda gone: True, lambda: far.is_stopped).fetched == ()
    assert mirror.retries.all == () and not list((tmp_path / "far").iterdir())


def test_what_a_killed_process_was_fetching_is_no_document_that_is_gone(tmp_path: Path) -> None:
    folder = tmp_path / "far"
    (folder / module.ARRIVING).mkdir(parents=True)
    (folder / module.ARRIVING / "document").write_text("half of it")
    asked: list[Gone] = []
    assert Mirror(Far(), folder, Retries()).sync(lambda gone: bool(asked.append(gone))).removed == ()
    assert asked == [] and sorted(path.name for path in folder.iterdir()) == ["a.md", "b.md", "c.md"]


def test_a_look_that_is_broken_off_tells_nothing_of_the_source(shelf: Shelf) -> None:
    class Endless(Far):
        def discover(self, stop: Callable[[], bool] = never) -> Listing:
            self.asked += 1
            assert stop()
            raise SourceGone("it was to stop")

    far = Endless()
    keeper = shelf.keeper(source=far)
    assert not keeper.look(lambda: bool(far.asked)).waiting
    assert far.asked == 1 and shelf.kinds() == [] and not keeper.note().sources[0].problem


def test_a_source_that_the_disk_had_no_room_for_is_fetched_again_soon(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """And not only at the next regular look: until then all would seem to be in step."""
    far, now = Far(), [0.0]
    keeper = shelf.keeper(source=far)
    (one,) = keeper.followers
    one._clock = lambda: now[0]
    keeper.look(never)
    shelf.kinds()
    now[0] = one.every
    far.documents["d.md"] = ("1", "# d")

    def full(*_: object) -> None:
        raise StorageError("the disk is full")

    with monkeypatch.context() as refused:
        refused.setattr(Mirror, "_bring_up", full)
        with pytest.raises(StorageError):
            keeper.look(never)
    keeper.look(never)
    assert shelf.kinds() == [] and not keeper.is_due()  # not at once
    now[0] += 6
    assert keeper.is_due()
    keeper.look(never)
    assert shelf.kinds() == ["fetched d.md"] and not keeper.is_due()
