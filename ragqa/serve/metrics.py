"""What the server counts of itself, for Prometheus."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

if TYPE_CHECKING:
    from ragqa.serve.lanes import Lane
    from ragqa.serve.service import Service

SHARED = "PROMETHEUS_MULTIPROC_DIR"
"""The variable that names the folder through which several worker processes count together; read when prometheus_client is
imported."""

SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """Counts of one app. Safe for threads. With several workers each counts in the folder of `SHARED`, and any tells of all."""

    media_type = "text/plain; version=0.0.4; charset=utf-8"

    def __init__(self, service: Service) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "ragqa_requests", "Requests, by route and status.", ("method", "route", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "ragqa_request_seconds", "How long requests took.", ("route",), buckets=SECONDS, registry=self._registry
        )
        self._answers = Counter(
            "ragqa_questions", "Questions, by whether the manuals answered.", ("answered",), registry=self._registry
        )
        self._lines = {
            name: Gauge(
                f"ragqa_{name}", told, ("line",), registry=self._registry, multiprocess_mode="livesum"
            )
            for name, told in (("waiting", "Requests in line."), ("running", "Requests being worked at."))
        }  # fmt: skip
        self._count_line("compute", service.computing)
        self._count_line("read", service.reading)
        if SHARED not in os.environ:
            ProcessCollector(registry=self._registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the template of its path, so that addresses make no new counters."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def question(self, answered: bool) -> None:
        """Count a question."""
        self._answers.labels("yes" if answered else "no").inc()

    def _count_line(self, line: str, lane: Lane) -> None:
        """Keep what waits and runs in a lane as it is: another process may be the one that tells."""

        def count(waiting: int, running: int) -> None:
            self._lines["waiting"].labels(line).set(waiting)
            self._lines["running"].labels(line).set(running)

        count(lane.waiting, lane.running)
        lane.on_change = count

    def text(self) -> bytes:
        """All counts, as Prometheus reads them."""
        if SHARED in os.environ:
            _forget_dead(Path(os.environ[SHARED]))
            together = CollectorRegistry()
            MultiProcessCollector(together)  # type: ignore[no-untyped-call]
            return generate_latest(together)
        return generate_latest(self._registry)


def _forget_dead(folder: Path) -> None:
    """Take away what was in line in processes that have died: nobody works it off."""
    for file in folder.glob("gauge_live*.db"):
        pid = int(file.stem.rpartition("_")[2])
        if not _lives(pid):
            with suppress(FileNotFoundError):  # another one takes it away as well
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _lives(pid: int) -> bool:
    if os.name != "posix":  # elsewhere this signal is Ctrl-C
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # the number is another user's now
        pass
    return True
