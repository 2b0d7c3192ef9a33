"""Which workers a cluster has, and which of them can be used."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass

from ragqa.errors import ClusterError

WAIT_SECONDS = 60.0
"""How long it is waited for a worker that can be used, while there is none."""

UNFIT_SECONDS = 5.0
"""The same at the beginning, while those that there are cannot be used."""

SILENT_SECONDS = 120.0
"""Without a sign of life after which a worker counts as lost."""

FAILED_IN_A_ROW = 3
"""Files at which a worker failed, after which it is not used any more if another reads what it failed at."""

NAMED_AT_MOST = 3

AGAIN = "What was read is kept: run the same command again to go on."


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker, as its scheduler sees it: its threads, and when it last heard of it, by some clock."""

    threads: int
    heard: float


@dataclass(slots=True)
class _Worker:
    """What is known of a worker. It was last `heard` at a time of its scheduler, which was new `since` a time of ours; it has
    `failed` at so many files in a row."""

    threads: int
    heard: float
    since: float
    is_fit: bool = False
    is_refused: bool = False
    failed: int = 0


class Roster:
    """The workers of the cluster `name`. For one thread, but what is told of them may be asked by any.

    `refused` says why workers were not used, by their addresses.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._workers: dict[str, _Worker] = {}
        self._usable_at = time.monotonic()
        self._was_usable = False
        self.refused: dict[str, str] = {}

    @property
    def threads(self) -> int:
        """How many files can be read at the same time."""
        return sum(one.threads for one in list(self._workers.values()) if one.is_fit)

    def fit(self) -> dict[str, int]:
        """The workers that can be used, with their threads."""
        return {address: one.threads for address, one in self._workers.items() if one.is_fit}

    def update(self, census: Mapping[str, Seen]) -> tuple[list[str], list[str], list[str]]:
        """Take over what a scheduler says. Returns who is new, who is gone and who has been silent for too long."""
        now = time.monotonic()
        gone = [address for address in self._workers if address not in census]
        for address in gone:
            del self._workers[address]
        new, silent = [], []
        for address, seen in census.items():
            known = self._workers.get(address)
            if known is None:
                self._workers[address] = _Worker(seen.threads, seen.heard, now)
                new.append(address)
            elif known.heard != seen.heard:
                known.heard, known.since = seen.heard, now
            elif now - known.since > SILENT_SECONDS and not known.is_refused:
                silent.append(address)
        return new, gone, silent

    def accept(self, address: str) -> None:
        """Use a worker from now on."""
        if address in self._workers:
            self._workers[address].is_fit = self._was_usable = True

    def refuse(self, address: str, reason: str) -> None:
        """Use a worker no more."""
        if address in self._workers:
            self._workers[address].is_fit, self._workers[address].is_refused = False, True
            self.refused[address] = reason

    def note(self, address: str, failed: bool) -> None:
        """A worker has failed at a file, or else answered as it should."""
        if address in self._workers:
            one = self._workers[address]
            one.failed = one.failed + 1 if failed else 0

    def failing(self, files: int) -> set[str]:
        """The workers that can be used but failed at so many files in a row, or more."""
        return {address for address, one in self._workers.items() if one.is_fit and one.failed >= files}

    def check_hope(self, coming: bool) -> None:
        """Raises ClusterError where for long enough no worker could be used. `coming`: some are getting ready."""
        now = time.monotonic()
        if coming or self.threads:
            self._usable_at = now
        wait = UNFIT_SECONDS if self._workers and not self._was_usable else WAIT_SECONDS
        if now - self._usable_at <= wait:
            return
        if not self._workers:
            hint = AGAIN if self._was_usable else f"Start some: dask worker {self._name} --dashboard-address 127.0.0.1:0"
            raise ClusterError(f"the cluster {self._name} has no workers", hint=hint)
        why = [f"{address} {reason}" for address, reason in self.refused.items() if address in self._workers]
        told = "; ".join(why[:NAMED_AT_MOST]) + ("; …" if len(why) > NAMED_AT_MOST else "")
        raise ClusterError(
            f"no worker of the cluster {self._name} can be used: {told}", hint="docs/cluster.md says what they need."
        )
