"""Several indexes at once, some of which cannot be kept in step."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from watching_shelf import Shelf

from ragqa.errors import IndexMismatch
from ragqa.watching import together as module
from ragqa.watching.state import StateFile
from ragqa.watching.together import Watching, run_all

pytest.importorskip("watchfiles")
pytestmark = pytest.mark.usefixtures("restless")


@pytest.fixture
def shelves(tmp_path: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> dict[str, Shelf]:
    """Two, of which the second may meet with trouble."""
    monkeypatch.setattr(module, "AGAIN_SECONDS", 0.02)
    (tmp_path / "b").mkdir()
    made = {"a": shelf, "b": Shelf(tmp_path / "b")}
    for one in made.values():
        one.write("kettle.md")
    return made


class Told:
    """What becomes of indexes, by name."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self.trouble: list[str] = []
        self.added = {name: threading.Event() for name in shelves}
        for name, one in shelves.items():
            one.events = self.listening(name)

    def listening(self, name: str) -> Any:
        class Events(list[Any]):
            def append(this, event: Any) -> None:
                super().append(event)
                if event.kind == "added":
                    self.added[name].set()

        return Events()

    def hear(self, index: str, error: Exception) -> None:
        self.trouble.append(f"{index} {type(error).__name__}")


def begin(stack: ExitStack, watching: Watching) -> None:
    """Begin, to end with the stack."""
    watching.start()
    stack.callback(watching.close)


def test_an_index_that_another_process_keeps_in_step_holds_no_other_up_and_follows_when_that_ends(
    shelves: dict[str, Shelf],
) -> None:
    told = Told(shelves)
    with ExitStack() as stack:
        with StateFile(shelves["b"].home, "shelf"):
            begin(stack, Watching(shelves, lambda index: shelves[index].watcher(), told.hear))
            assert told.added["a"].wait(30) and not told.added["b"].is_set()
        assert told.added["b"].wait(30)
    assert told.trouble == [] and all(list(one.held()) == ["kettle.md"] for one in shelves.values())


@pytest.mark.parametrize("error", [IndexMismatch("other settings"), PermissionError("not to be read")])
def test_what_goes_wrong_with_one_index_is_told_and_tried_again(
    shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    told, left = Told(shelves), [error, error]

    def make(index: str) -> Any:
        one = shelves[index].watcher()
        if index == "b" and left:
            monkeypatch.setattr(one._keeper, "look", failing(left.pop()))
        return one

    with ExitStack() as stack:
        begin(stack, Watching(shelves, make, told.hear))
        assert told.added["a"].wait(30) and told.added["b"].wait(30)
    assert told.trouble == [f"b {type(error).__name__}"] * 2


def failing(error: Exception) -> Callable[..., Any]:
    def fail(*given: Any) -> None:
        raise error

    return fail


def test_for_a_command_whatever_goes_wrong_ends_all(shelves: dict[str, Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
    made = {name: one.watcher() for name, one in shelves.items()}
    monkeypatch.setattr(made["b"]._keeper, "look", failing(PermissionError("not to be read")))
    end = time.monotonic() + 30
    with pytest.raises(PermissionError):
        run_all(made, lambda: time.monotonic() > end)
    assert not any(StateFile(one.home, "shelf").is_running() for one in shelves.values())
