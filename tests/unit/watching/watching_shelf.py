"""An index of the deterministic stand-ins that is kept in step with a small folder; files are read in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ragqa.config import IngestSettings, Settings, WatchSettings
from ragqa.engine import RagQA
from ragqa.errors import ParseError, SourceGone
from ragqa.indexing.index import Index
from ragqa.ingestion.plan import PlannedFile, read_file
from ragqa.ingestion.read_ahead import Fetch, ParsedFile
from ragqa.parsing.registry import parse
from ragqa.paths import index_folder
from ragqa.watching.events import Event
from ragqa.watching.follower import Follower
from ragqa.watching.keeper import Keeper
from ragqa.watching.mirror import Mirror
from ragqa.watching.retries import Retries
from ragqa.watching.sources import Entry, Listing, LocalFolder, Source
from ragqa.watching.state import State, StateFile
from ragqa.watching.watcher import Watcher


def read_here(
    files: Sequence[PlannedFile], settings: IngestSettings, *given: object, **options: object
) -> Iterator[tuple[PlannedFile, Fetch]]:
    def fetch(planned: PlannedFile, stop: Callable[[], bool]) -> ParsedFile:
        content = read_file(planned.file, settings)
        return ParsedFile(parse(content.data, planned.file.path), content.sha256, len(content.data), content.mtime_ns)

    for planned in files:
        yield planned, partial(fetch, planned)


class Shelf:
    """A home folder with a watched folder in it."""

    def __init__(self, home: Path) -> None:
        self.home, self.folder = home, home / "manuals"
        self.folder.mkdir()
        self.events: list[Event] = []
        self.settings = Settings(home=str(home), index="shelf")

    def keeper(self, *watched: WatchSettings, source: Source | None = None) -> Keeper:
        """A keeper, by itself; a source elsewhere is mirrored to sources/far."""
        followers = []
        for one in watched or (WatchSettings(source=str(self.folder)),):
            root = Path(one.source) if source is None else self.home / "sources" / "far"
            folder = LocalFolder(root, one.include, one.exclude)
            mirror = None if source is None else Mirror(source, root, Retries(), folder.includes)
            followers.append(Follower(one, folder, mirror, self.events.append))
        kept = StateFile(self.home, "shelf")
        kept.folder.mkdir(exist_ok=True)
        return Keeper(RagQA("shelf", settings=self.settings), followers, Retries(), kept, self.events.append)

    def watcher(self, **options: Any) -> Watcher:
        """A watcher of the folder."""
        keeper = self.keeper(WatchSettings(source=str(self.folder), **{"rest": 0.2, **options}))
        return Watcher(keeper, self.events.append)

    def write(self, name: str, says: str = "It weighs 3 kg") -> Path:
        """A manual."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Manual {name}\n\n{says}.\n")
        return path

    def held(self) -> dict[str, str]:
        """The texts of the index's documents, by path."""
        with Index(index_folder(self.home, "shelf")) as index:
            return {document.path: index.text(document.id) for document in index.documents()}

    def kinds(self) -> list[str]:
        """What was told since the last time, in words; an event a word and what it is about."""
        told = [f"{event.kind} {event.path.rsplit('/', 1)[-1]}".strip() for event in self.events]
        self.events.clear()
        return told

    def state(self) -> State:
        """What is told of the index."""
        state = StateFile(self.home, "shelf").read()
        assert state is not None
        return state


def never() -> bool:
    return False


def step(keeper: Keeper, everywhere: bool = False) -> None:
    """Look once and take in all that rests."""
    outlook = keeper.look(never, everywhere)
    if outlook.is_behind:
        keeper.take_in(outlook.waiting, never)
    keeper.note()


class Far:
    """A source elsewhere, in memory."""

    name = "far://manuals"

    def __init__(self) -> None:
        self.documents = {f"{letter}.md": ("1", f"# {letter}\n\nIt weighs {number} kg.\n") for number, letter in enumerate("abc")}
        self.is_away = False
        self.asked = 0
        self.fetched: list[str] = []
        self.broken: set[str] = set()

    def discover(self, stop: Callable[[], bool] = never) -> Listing:
        self.asked += 1
        if self.is_away:
            raise SourceGone("far does not answer", hint="Wait.")
        return Listing(tuple(Entry(name, None, mark) for name, (mark, _) in self.documents.items()))

    def fetch(self, entry: Entry, into: Path, stop: Callable[[], bool] = never) -> Path:
        if entry.name in self.broken:
            raise ParseError("only 3 of 5 bytes came")
        self.fetched.append(entry.name)
        target = into / "document"
        target.write_text(self.documents[entry.name][1])
        return target
