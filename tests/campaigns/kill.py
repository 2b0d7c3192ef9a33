"""Kill -9 at seeded moments of what changes a home folder: nothing committed is lost, verify is clean, the next run completes.

python -m tests.campaigns.kill --seed 1 --rounds 1000

Each moment is before or after one of the changes of the file system that the work makes, SQLite's and FAISS's among them. One
JSON line on stdout tells how many moments there were in each scene and what was wrong; exit code 1 where anything was.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # what forks must have no threads

from tests.campaigns.scenes import SCENES, Scene, set_up
from tests.campaigns.traced import can_trace, run, shortened


class Campaign:
    """Moments in the scenes of one folder, and what was wrong at them."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder, self._chance = folder, random.Random(seed)
        self.moments: dict[str, int] = {}
        self.changes: dict[str, int] = {}
        self.problems: list[str] = []

    def prepare(self, scene: Scene) -> None:
        """Make what the scene begins from, and count what it changes. Raises RuntimeError where it fails undisturbed."""
        start = self._start(scene)
        start.mkdir(parents=True)
        made = run(lambda say: scene.prepare(start), start)
        whole = self._copy(scene)
        counted = run(lambda say: scene.act(whole, say), whole, 0)
        done = run(lambda say: (scene.check(whole, counted.said), scene.check_done(whole))[0], whole)
        for outcome in (made, counted) if scene.next_is_other else (made, counted, done):
            if outcome.error:
                raise RuntimeError(f"{scene.name}: {outcome.error}")
        self.changes[scene.name], self.moments[scene.name] = counted.changes, 0

    def moment(self, scene: Scene) -> None:
        """Kill it once, look at what is there, and let the next run complete it."""
        at, after = self._chance.randint(1, self.changes[scene.name]), self._chance.random() < 0.5
        home = self._copy(scene)
        cut = run(lambda say: scene.act(home, say), home, at, after)
        if not cut.killed and not cut.error:
            return  # it made fewer changes this time
        self.moments[scene.name] += 1
        error = cut.error or run(lambda say: scene.check(home, cut.said), home).error
        error = error or run(lambda say: scene.finish(home), home).error
        if error:
            self.problems.append(f"{scene.name}, {'after' if after else 'before'} change {at}: {error}")
            print(self.problems[-1], file=sys.stderr, flush=True)

    def _start(self, scene: Scene) -> Path:
        return self._folder / scene.name.replace(", ", "-").replace(" ", "-")

    def _copy(self, scene: Scene) -> Path:
        """A copy of what the scene begins from, in the place where it was made."""
        start = self._start(scene)
        kept = start.with_suffix(".start")
        if not kept.exists():
            shutil.copytree(start, kept, symlinks=True)
        shutil.rmtree(start)
        shutil.copytree(kept, start, symlinks=True)
        return start


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=1000, help="moments in all")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="begin no moment after so long")
    parser.add_argument("--scene", action="append", help="only these, by name")
    parser.add_argument("--folder", type=Path, help="where to work; else a temporary folder")
    options = parser.parse_args()
    if not can_trace():
        print(json.dumps({"campaign": "kill", "skipped": "processes cannot be traced here"}))
        return 0
    set_up()
    scenes = [scene for scene in SCENES if not options.scene or scene.name in options.scene]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        campaign = Campaign(Path(name), options.seed)
        for scene in scenes:
            campaign.prepare(scene)
            print(f"{scene.name}: {campaign.changes[scene.name]} changes", file=sys.stderr, flush=True)
        started = time.monotonic()
        for number in range(options.rounds):
            if time.monotonic() - started > options.seconds:
                break
            campaign.moment(scenes[number % len(scenes)])
            if (number + 1) % 50 == 0 or number + 1 == options.rounds:
                left = (time.monotonic() - started) / (number + 1) * (options.rounds - number - 1)
                told = f"{number + 1} of {options.rounds}, {len(campaign.problems)} wrong, {left:.0f} s left"
                print(told, file=sys.stderr, flush=True)
    result = {
        "campaign": "kill", "seed": options.seed, "moments": sum(campaign.moments.values()), "wrong": len(campaign.problems),
        "scenes": campaign.moments, "changes": campaign.changes, "seconds": round(time.monotonic() - began, 1),
        "problems": [shortened(problem) for problem in campaign.problems[:20]],
    }  # fmt: skip
    print(json.dumps(result))
    return bool(campaign.problems)


if __name__ == "__main__":
    sys.exit(main())
