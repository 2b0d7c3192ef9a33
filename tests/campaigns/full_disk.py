"""A disk full at every block of what changes a home folder: a clear error, nothing committed lost, the next run completes.
And a home that cannot be written: asking works or says what it cannot write.

python -m tests.campaigns.full_disk --seed 1 --rounds 500

The disk is a small memory file system in a mount namespace of its own, which takes no rights that a user does not have. Each
scene is run with so many free blocks, from none to as many as it needs; what is reported are the errors that users would see.
One JSON line on stdout; exit code 1 where anything was wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # what forks must have no threads

from ragqa.config import IngestSettings
from ragqa.errors import RagqaError
from ragqa.files import write_whole
from ragqa.indexing.index import Index
from ragqa.indexing.maintenance import rebuild_index, remove_index
from ragqa.indexing.verify import verify_index
from ragqa.ingestion.ingest import ingest
from ragqa.journal import Journal
from ragqa.last_answers import keep_answers
from ragqa.paths import index_folder
from ragqa.types import IngestReport
from tests.campaigns.scenes import SCENES, Scene, ingest_all, must, set_up, versions
from tests.campaigns.server_scene import Serve
from tests.campaigns.traced import run, shortened
from tests.conftest import FakeEmbedder

DISK_MEGABYTES = 32
BLOCK = 4096
OWN_DISK = "RAGQA_CAMPAIGN_HAS_OWN_MOUNTS"


def can_mount() -> bool:
    """Whether a user may mount a memory file system of their own here."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    with suppress(OSError):
        return subprocess.run(command, capture_output=True).returncode == 0
    return False


class Disk:
    """A small disk, mounted at a folder, with what a scene begins from."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        _run("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "none", str(folder))

    def begin(self, start: Path) -> Path:
        """A fresh copy of a home folder on the disk, which has room again."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return Path(shutil.copytree(start, self.folder / "home", symlinks=True))

    def fill(self, but: int) -> None:
        """Leave so many free blocks."""
        room = os.statvfs(self.folder)
        with open(self.folder / "filler", "wb") as file:
            left = (room.f_bavail - but) * BLOCK
            if left > 0:
                os.posix_fallocate(file.fileno(), 0, left)

    def empty(self) -> None:
        (self.folder / "filler").unlink()


class Campaign:
    """Scenes on a disk, and what was wrong with each number of free blocks."""

    def __init__(self, folder: Path) -> None:
        self.disk = Disk(folder / "disk")
        self._starts = folder / "starts"
        self._starts.mkdir()
        self.needs: dict[str, int] = {}
        self.refused: Counter[str] = Counter()
        self.told: Counter[str] = Counter()
        self.problems: list[str] = []

    def prepare(self, scene: Scene) -> None:
        """Make what it begins from, and find how many free blocks it needs, within a few."""
        (self.disk.folder / "home").mkdir(exist_ok=True)
        home = self.disk.folder / "home"
        made = run(lambda say: scene.prepare(home), home)
        if made.error:
            raise RuntimeError(f"{scene.name}: {made.error}")
        shutil.copytree(home, self._start(scene), symlinks=True)
        low, high = 0, 2048
        while high - low > 2:
            middle = (low + high) // 2
            refused, error = self._act(scene, middle)
            low, high = (low, middle) if not refused and not error else (middle, high)
        self.needs[scene.name] = high
        self.disk.begin(self._start(scene))
        shutil.rmtree(home)

    def once(self, scene: Scene, blocks: int) -> None:
        """Run it with so many free blocks; then there is room again, and it is to complete."""
        refused, error = self._act(scene, blocks)
        self.refused[scene.name] += bool(refused)
        if refused:
            self.told[_general(refused)] += 1
            if not re.search("full|space|cannot be written", refused, re.IGNORECASE):
                error = error or f"an unclear message: {refused}"
        self.disk.empty()
        home = self.disk.folder / "home"
        error = error or run(lambda say: scene.check(home, self._said), home).error
        error = error or run(lambda say: scene.finish(home), home).error
        if error:
            self.problems.append(f"{scene.name} with {blocks} free blocks: {error}")
            print(self.problems[-1], file=sys.stderr, flush=True)

    def _act(self, scene: Scene, blocks: int) -> tuple[str, str]:
        """What it says when it is refused, and what else went wrong."""
        home = self.disk.begin(self._start(scene))
        self.disk.fill(blocks)

        def act(say: Callable[[str], None]) -> None:
            try:
                scene.act(home, say)
            except RagqaError as error:
                say(f"refused {error.message} | {error.hint}".replace("\n", " "))

        outcome = run(act, home)
        self._said = tuple(word for word in outcome.said if not word.startswith("refused "))
        refused = [word.removeprefix("refused ") for word in outcome.said if word.startswith("refused ")]
        return (refused[0] if refused else ""), outcome.error

    def _start(self, scene: Scene) -> Path:
        return self._starts / scene.name.replace(", ", "-").replace(" ", "-")


def read_only_home(disk: Disk) -> str:
    """What goes wrong where a home can be read only: nothing may but what says that it cannot write."""
    home = disk.folder / "home"
    home.mkdir()
    made = run(lambda say: ingest_all(home, 0), home)
    _run("mount", "-o", "remount,ro", str(disk.folder))
    try:
        looked = run(lambda say: _look(home), home)
    finally:
        _run("mount", "-o", "remount,rw", str(disk.folder))
    return made.error or looked.error


def _look(home: Path) -> None:
    folder = index_folder(home, "shelf")
    with Index(folder) as index:
        query = FakeEmbedder().embed_queries(["part 1 of manual 3"])[0]
        must(index.search_dense(query, 3) and index.search_lexical(["manual"], 3), "nothing is found")
        must(len(versions(index)) == 5, "a document is missing")
    must(not verify_index(folder), "verify")
    keep_answers(folder, [])  # costs nothing but them
    must(not _ingest(home, "shelf").failed, "files that are unchanged fail")
    attempts: tuple[tuple[str, Callable[[], object]], ...] = (
        ("an ingest", lambda: _ingest(home, "new")),
        ("a rebuild", lambda: rebuild_index(folder)),
        ("a question", lambda: Journal(folder).remember("What?")),
        ("a file", lambda: write_whole(folder / "reader.json", "{}")),
        ("a removal", lambda: remove_index(folder)),
    )
    for what, write in attempts:
        try:
            write()
        except RagqaError as error:
            must(re.search("cannot be|read-only", error.message, re.IGNORECASE), f"{what} says: {error.message}")
        else:
            must(False, f"{what} was written")


def _ingest(home: Path, name: str) -> IngestReport:
    return ingest(index_folder(home, name), [home / "manuals"], FakeEmbedder(), IngestSettings())


def _general(message: str) -> str:
    """A message without its paths and numbers."""
    return re.sub(r"\d+", "N", re.sub(r"/\S+?(?=[\s:,|]|$)", "PATH", message))


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=500, help="runs in all")
    parser.add_argument("--scene", action="append", help="only these, by name")
    options = parser.parse_args()
    if not os.environ.get(OWN_DISK):
        if not can_mount():
            print(json.dumps({"campaign": "full_disk", "skipped": "no file system can be mounted here"}))
            return 0
        again = [sys.executable, "-m", "tests.campaigns.full_disk", *sys.argv[1:]]
        command = ["unshare", "--user", "--map-root-user", "--mount", *again]
        return subprocess.run(command, env={**os.environ, OWN_DISK: "1"}).returncode
    set_up()
    chance, began = random.Random(options.seed), time.monotonic()
    scenes = [scene for scene in (*SCENES, Serve()) if not options.scene or scene.name in options.scene]
    folder = Path(tempfile.mkdtemp())
    _run("mount", "-t", "tmpfs", "none", str(folder))  # goes with the namespace
    campaign = Campaign(folder)
    for scene in scenes:
        campaign.prepare(scene)
        print(f"{scene.name}: needs {campaign.needs[scene.name]} blocks", file=sys.stderr, flush=True)
    share = max(1, options.rounds // len(scenes))
    plan = [(scene, blocks) for scene in scenes for blocks in _spread(campaign.needs[scene.name], share, chance)]
    started = time.monotonic()
    for number, (scene, blocks) in enumerate(plan, start=1):
        campaign.once(scene, blocks)
        if number % 50 == 0 or number == len(plan):
            left = (time.monotonic() - started) / number * (len(plan) - number)
            print(f"{number} of {len(plan)}, {len(campaign.problems)} wrong, {left:.0f} s left", file=sys.stderr, flush=True)
    shutil.rmtree(campaign.disk.folder / "home")
    wrong = read_only_home(campaign.disk)
    if wrong:
        campaign.problems.append(f"a home that cannot be written: {wrong}")
        print(campaign.problems[-1], file=sys.stderr, flush=True)
    result = {
        "campaign": "full_disk", "seed": options.seed, "runs": len(plan), "refused": sum(campaign.refused.values()),
        "wrong": len(campaign.problems), "blocks": campaign.needs, "messages": dict(campaign.told.most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "problems": [shortened(problem) for problem in campaign.problems[:20]],
    }  # fmt: skip
    print(json.dumps(result))
    return bool(campaign.problems)


def _spread(needs: int, count: int, chance: random.Random) -> list[int]:
    """Numbers of free blocks below what is needed: all of them, or a sample."""
    return list(range(needs)) if needs <= count else sorted(chance.sample(range(needs), count))


if __name__ == "__main__":
    sys.exit(main())
