"""Anything may happen to a folder that is watched: does the index end as the folder is?

    python tests/campaigns/watching.py [--operations 1000] [--seed 1]

Two folders are kept in step by the watcher as `ragqa watch` runs it, with stand-ins for the models, while files in them are created,
changed, truncated, renamed, swapped, copied, moved between folders, deleted, replaced, hidden, linked, copied by halves and left
unreadable, under odd names; whole trees go, and now and then a folder is away. Every fifty operations the folders are left alone and
the index is compared with them: each file that can be read is in it as it is now, each that cannot is listed, nothing else is in it.
Where the watcher asks whether many documents may go, it is told that they may. Prints one line of JSON; exits with 1 where anything
is not as it should be.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from ragqa.config import IngestSettings, Settings, WatchSettings
from ragqa.errors import RagqaError
from ragqa.indexing.index import Index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion import ingest as ingesting
from ragqa.ingestion.plan import PlannedFile, read_file
from ragqa.ingestion.read_ahead import Fetch, ParsedFile
from ragqa.parsing.registry import parse
from ragqa.paths import DATABASE, index_folder
from ragqa.watching.assemble import watchers
from ragqa.watching.events import Event
from ragqa.watching.state import StateFile
from tests.campaigns.asking import stand_in

INDEX, TOGETHER = "watched", 50
IN_STEP_SECONDS = 60.0
"""After which an index that is not in step with folders that are left alone never will be."""

NAMES = (
    "kettle", "lamp 2", "Übersicht", "説明書", "-rf", "a'b\"c", "new\nline", "tab\there", "semi;colon", "percent%41", "dot.dot", "$HOME",
    "x" * 90, "e\u0301", "\u202egnp", "emoji 🫖",
)  # fmt: skip
FOLDERS = ("", "deep", "deep/er", "with space", "Ordner ä", "x.md")


def read_here(
    files: Sequence[PlannedFile], settings: IngestSettings, *given: object, **options: object
) -> Iterator[tuple[PlannedFile, Fetch]]:
    """What reads files ahead in an ingest, in this process."""

    def fetch(planned: PlannedFile, stop: Callable[[], bool]) -> ParsedFile:
        content = read_file(planned.file, settings)
        return ParsedFile(parse(content.data, planned.file.path), content.sha256, len(content.data), content.mtime_ns)

    for planned in files:
        yield planned, partial(fetch, planned)


class Havoc:
    """What happens to the folders, at random."""

    def __init__(self, roots: Sequence[Path], outside: Path, seed: int) -> None:
        self.roots, self.outside, self.random = roots, outside, random.Random(seed)
        self.number, self.done = 0, Counter[str]()
        self.copying: list[tuple[IO[bytes], bytes]] = []
        self.acts: dict[str, tuple[int, Callable[[], None]]] = {
            "create": (20, self.create), "change": (12, self.change), "change unseen": (4, self.change_unseen),
            "append": (4, self.append), "truncate": (3, self.truncate), "rename": (8, self.rename), "move": (8, self.move),
            "swap": (3, self.swap), "copy": (4, self.copy), "delete": (8, self.delete), "replace": (8, self.replace),
            "begin a copy": (6, self.begin_copy), "go on copying": (8, self.go_on), "break": (4, self.spoil),
            "link": (4, self.link), "hide": (3, self.hide), "touch": (3, self.touch), "move a tree": (1, self.move_tree),
            "delete a tree": (1, self.delete_tree), "folder in a file's place": (1, self.folder_for_file),
            "no file at all": (1, self.fifo),
        }  # fmt: skip

    def act(self) -> None:
        """One operation; what the system refuses, as a name that is a folder's, counts as none."""
        names = list(self.acts)
        name = self.random.choices(names, [self.acts[one][0] for one in names])[0]
        with suppress(OSError, shutil.Error, IndexError):
            self.acts[name][1]()
            self.done[name] += 1

    def text(self) -> bytes:
        self.number += 1
        lines = (f"Part {part} of version {self.number} weighs {self.random.randrange(10**6)} grams.\n\n" for part in range(3))
        return f"# Manual {self.number}\n\n{''.join(lines)}".encode()

    def path(self) -> Path:
        """A place for a file, taken or not."""
        folder = self.random.choice(self.roots) / self.random.choice(FOLDERS)
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{self.random.choice(NAMES)}{self.random.randrange(12)}"
        path = folder / f"{name}{self.random.choice(('.md', '.md', '.txt', '.html', '.pdf', '.zip'))}"
        if self.random.random() < 0.05:
            path = Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.md"))
        if path.exists() and not path.is_file():
            raise OSError("whoever writes to a pipe waits for who reads it")
        return path

    def some(self) -> Path:
        """One of the files that there are. Raises IndexError where there are none."""
        found = [path for root in self.roots for path in sorted(root.rglob("*")) if path.is_file() or not path.exists()]
        return self.random.choice(found)

    def create(self) -> None:
        self.path().write_bytes(self.text())

    def change(self) -> None:
        self.some().write_bytes(self.text())

    def change_unseen(self) -> None:
        """Another content of the same length, under the old time."""
        path = self.some()
        before, data = os.stat(path), path.read_bytes()
        path.write_bytes(data[:-9] + f"{self.random.randrange(10**8):08d}\n".encode() if len(data) > 9 else data)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def append(self) -> None:
        with open(self.some(), "ab") as file:
            file.write(self.text())

    def truncate(self) -> None:
        path = self.some()
        os.truncate(path, self.random.choice((0, os.stat(path).st_size // 2)))

    def rename(self) -> None:
        path = self.some()
        path.rename(path.with_name(f"{self.random.choice(NAMES)}{self.random.randrange(12)}{path.suffix}"))

    def move(self) -> None:
        path = self.some()
        path.rename(self.path().with_name(path.name))

    def swap(self) -> None:
        one, other = self.some(), self.some()
        between = one.with_name(".between")
        one.rename(between)
        other.rename(one)
        between.rename(other)

    def copy(self) -> None:
        shutil.copy2(self.some(), self.path())

    def delete(self) -> None:
        self.some().unlink()

    def replace(self) -> None:
        """As careful programs write: beside it, then in its place."""
        path = self.some()
        new = path.with_name(self.random.choice((".new.tmp", "new.tmp")))
        new.write_bytes(self.text())
        new.replace(path)

    def begin_copy(self) -> None:
        """Half of a file, and the rest later."""
        path = self.random.choice((self.path, self.some))()
        data = self.text() * 4
        file = open(path, "wb", buffering=0)  # noqa: SIM115
        file.write(data[: len(data) // 3])
        self.copying.append((file, data[len(data) // 3 :]))

    def go_on(self) -> None:
        file, rest = self.copying.pop(self.random.choice(range(len(self.copying))))
        file.write(rest[:100])
        if self.random.random() < 0.5:
            self.copying.append((file, rest[100:]))
        else:
            file.write(rest[100:])
            file.close()

    def finish_copies(self) -> None:
        for file, rest in self.copying:
            file.write(rest)
            file.close()
        self.copying.clear()

    def spoil(self) -> None:
        self.some().write_bytes(self.random.choice((b"", b"%PDF-1.7 no more", b"\x00\x01" * 50, b"PK\x03\x04")))

    def link(self) -> None:
        path = self.path()
        path.unlink(missing_ok=True)
        target = self.random.choice((self.some(), self.outside, path.with_name("nothing.md"), path))
        path.symlink_to(target)

    def hide(self) -> None:
        path = self.some()
        path.rename(path.with_name(path.name.lstrip(".") if path.name.startswith(".") else f".{path.name}"))

    def touch(self) -> None:
        os.utime(self.some(), (self.random.randrange(10**9),) * 2)

    def move_tree(self) -> None:
        folders = [path for root in self.roots for path in sorted(root.rglob("*")) if path.is_dir() and not path.is_symlink()]
        shutil.move(self.random.choice(folders), self.random.choice(self.roots) / f"tree {self.random.randrange(4)}")

    def delete_tree(self) -> None:
        folders = [path for root in self.roots for path in sorted(root.iterdir()) if path.is_dir() and not path.is_symlink()]
        shutil.rmtree(self.random.choice(folders))

    def folder_for_file(self) -> None:
        path = self.some()
        path.unlink()
        path.mkdir()
        (path / "within.md").write_bytes(self.text())

    def fifo(self) -> None:
        os.mkfifo(self.path().with_suffix(".md"))


# What the index should hold, told without any of the watcher's code.


def files_of(root: Path) -> Iterator[Path]:
    """Every visible file below a folder; links only to what lies below it too."""
    real = os.path.realpath(root)
    for folder, names, files in os.walk(root):
        links = [name for name in names if (Path(folder) / name).is_symlink()]
        names[:] = [name for name in names if not name.startswith(".") and name not in links]
        for name in files:
            path = Path(folder) / name
            if not name.startswith(".") and (not path.is_symlink() or Path(os.path.realpath(path)).is_relative_to(real)):
                yield path


def wanted(roots: Sequence[Path]) -> tuple[dict[Path, str], set[Path]]:
    """The hashes of the files that can be read, and the files that cannot."""
    readable, others = {}, set()
    for path in (path for root in roots for path in files_of(root)):
        try:
            if not path.is_file():
                raise OSError("no regular file")
            data = path.read_bytes()
            parse(data, path.name)
            readable[path] = hashlib.sha256(data).hexdigest()
        except (OSError, RagqaError):
            others.add(path)
    return readable, others


def held(home: Path) -> dict[Path, str]:
    """The hashes of what the index holds, by file."""
    folder = index_folder(home, INDEX)
    if not (folder / DATABASE).is_file():
        return {}
    with Index(folder) as index:
        return {Path(os.fsdecode(document.source)): document.sha256 for document in index.documents()}


def differences(home: Path, roots: Sequence[Path]) -> list[str]:
    """In what the index is not as the folders are."""
    readable, others = wanted(roots)
    has, state = held(home), StateFile(home, INDEX).read()
    if state is None:
        return ["no state"]
    listed = {Path(one.path) for one in (*state.failing, *state.left_out)}
    shown = {one.path for one in state.left_out}
    found = [f"not in the index: {path}" for path in readable.keys() - has.keys()]
    found += [f"not as it is now: {path}" for path, hashed in readable.items() if has.get(path, hashed) != hashed]
    left_out = {path for path in has.keys() - readable.keys() - others if path.is_symlink() and path.exists()}
    found += [f"still in the index: {path}" for path in has.keys() - readable.keys() - others - left_out]
    found += [f"not listed: {path}" for path in others - listed if str(path) not in shown]
    found += [f"waits: {one.path}" for one in state.waiting]
    return found


class Campaign:
    """The folders, the watcher in a thread of its own, and what was wrong."""

    def __init__(self, home: Path, seed: int) -> None:
        stand_in()
        ingesting.read_ahead = read_here  # type: ignore[assignment]
        self.home, self.roots = home, (home / "one", home / "two")
        for root in self.roots:
            root.mkdir(parents=True)
        outside = home / "outside.md"
        outside.write_text("# Outside\n\nIt weighs 5 kg.\n")
        self.havoc = Havoc(self.roots, outside, seed)
        self.events, self.problems, self.slowest = Counter[str](), list[str](), 0.0
        self._enough, self._raised = threading.Event(), list[BaseException]()
        settings = Settings(home=str(home), index=INDEX)
        sources = [WatchSettings(source=str(root), rest=0.3, every=20.0) for root in self.roots]
        self._watcher = watchers(settings, sources, self._tell)[INDEX]
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def _tell(self, index: str, event: Event) -> None:
        self.events[event.kind] += 1

    def _watch(self) -> None:
        try:
            self._watcher.run(self._enough.is_set)
        except BaseException as error:
            self._raised.append(error)

    def some(self, operations: int) -> None:
        """Operations in bursts, and then a look at what came of them."""
        for _ in range(operations):
            self.havoc.act()
            if self.havoc.random.random() < 0.2:
                time.sleep(self.havoc.random.choice((0.01, 0.1, 0.8)))
        self.havoc.finish_copies()
        self.await_step()
        if self.havoc.random.random() < 0.3:
            self.be_away()

    def await_step(self) -> None:
        """Wait until the index is as the folders are, and agree to what the watcher asks."""
        began, kept = time.monotonic(), StateFile(self.home, INDEX)
        while True:
            state = kept.read()
            for source in () if state is None else state.sources:
                if source.held is not None:
                    kept.agree(source.name, source.held.paths)
            wrong = differences(self.home, self.roots)
            took = time.monotonic() - began
            if not wrong or self._raised:
                self.slowest = max(self.slowest, took)
                return
            if took > IN_STEP_SECONDS:
                self.problems += wrong
                return
            time.sleep(0.25)

    def be_away(self) -> None:
        """A folder is not there for a while, or empty, as when a disk is not mounted: nothing may leave the index."""
        root, before = self.havoc.random.choice(self.roots), held(self.home)
        away = root.with_name("away")
        root.rename(away)
        if self.havoc.random.random() < 0.5:
            root.mkdir()
        time.sleep(2.5)
        self.problems += [f"lost while its folder was away: {path}" for path in before.keys() - held(self.home).keys()]
        if root.exists():
            root.rmdir()
        away.rename(root)
        self.await_step()

    def end(self) -> dict[str, Any]:
        """What there is to tell."""
        self._enough.set()
        self._thread.join()
        self.problems += [f"raised: {error!r}" for error in self._raised]
        self.problems += differences(self.home, self.roots) if not self.problems else []
        if (index_folder(self.home, INDEX) / DATABASE).is_file():
            self.problems += verify_index(index_folder(self.home, INDEX))
        readable, others = wanted(self.roots)
        return {
            "operations": sum(self.havoc.done.values()), "files": len(readable), "unreadable": len(others),
            "in_step_seconds": round(self.slowest, 1), "events": dict(self.events), "done": dict(self.havoc.done),
            "wrong": len(self.problems), "problems": [one.encode("utf-8", "replace").decode()[:200] for one in self.problems[:20]],
        }  # fmt: skip


def watching(home: Path, operations: int, seed: int) -> dict[str, Any]:
    """What became of so many operations."""
    campaign = Campaign(home, seed)
    try:
        while sum(campaign.havoc.done.values()) < operations and not campaign.problems:
            campaign.some(min(TOGETHER, operations))
            print(
                f"\rwatching: {sum(campaign.havoc.done.values())} of {operations} operations ",
                end="",
                file=sys.stderr,
                flush=True,
            )
    finally:
        figures = campaign.end()
    return {"campaign": "watching", "seed": seed, **figures}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--operations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = watching(Path(folder).resolve(), given.operations, given.seed)
    print(json.dumps(figures))
    return 1 if figures["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
