"""Files read and embedded by the workers of a Dask cluster; what they make is committed here, by the one writer of the index."""

from __future__ import annotations

import logging
import os
import pickle
import uuid
import warnings
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from ragqa.errors import ClusterError, UsageError
from ragqa.inference.embedder import Embedder
from ragqa.ingestion.dispatch import Dispatcher
from ragqa.ingestion.parcels import Call, Terms, own_version
from ragqa.ingestion.pool import Done
from ragqa.ingestion.roster import AGAIN, SILENT_SECONDS, Seen
from ragqa.ingestion.workers import Errand, Fetch, Pages, Told, fetching
from ragqa.parsing.ocr.engine import engine_name
from ragqa.types import Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from distributed import Client

CONNECT_SECONDS = 15.0
ANSWER_SECONDS = 30.0
"""In which a scheduler has to say who its workers are."""

RESULT_SECONDS = SILENT_SECONDS - 20.0
"""In which the answer of a worker, however large, has to arrive: before others whose answers wait behind it count as silent."""

FETCHED_AT_ONCE = 8
"""Answers: a worker that froze when it had done its work must not hold up those of the others."""

CLOSE_SECONDS = 10.0

FILES_A_THREAD = 4
"""Files that are read and not yet committed, for each thread of the workers; no more than MOST_AHEAD and BYTES_AHEAD in all."""

MOST_AHEAD = 256
BYTES_AHEAD = 512_000_000

LOOPBACK = "127.0.0.1"

_TLS_FILES = {
    "tls_ca_file": ("--tls-ca", "ca-file"),
    "tls_client_cert": ("--tls-cert", "client.cert"),
    "tls_client_key": ("--tls-key", "client.key"),
}
"""What a client of a cluster at tls:// shows and trusts, as Dask calls it: the option, and the key of Dask's settings."""


class OnDask:
    """The workers of a Dask cluster, which parse, cut and embed. See `Workers`.

    `load` loads the embedder on a worker, with so many threads; it must be the very `embedder` that is used here. Entering
    waits until a worker is ready, or until `stop` says so. At the end the `notes` say why workers were not used.
    """

    def __init__(
        self,
        cluster: Cluster,
        embedder: Embedder,
        load: Callable[[int], Embedder],
        stop: Callable[[], bool] = lambda: False,
        notes: list[str] | None = None,
    ) -> None:
        self._cluster, self._embedder, self._stop = cluster, embedder, stop
        self._notes = [] if notes is None else notes
        self._terms = Terms(own_version(), embedder.fingerprint, engine_name(), load)
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            pool = stack.enter_context(connected(self._cluster))
            self._dispatcher = Dispatcher(pool, self._terms, self._embedder.dimension, self._cluster.shared_storage)
            stack.callback(self._leave)
            self._dispatcher.start()
            while not self._dispatcher.usable.wait(0.1) and not self._stop():
                pass
            if self._dispatcher.error is not None:
                raise self._dispatcher.error
            self._stack = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stack.close()

    def _leave(self) -> None:
        self._dispatcher.stop()
        self._notes += [f"worker {address} was not used: it {why}" for address, why in self._dispatcher.refused.items()]

    def has_room(self, waiting: int, size: int) -> bool:
        """Whether another file may be read meanwhile: so many results, at most, are held here."""
        return waiting <= min(FILES_A_THREAD * max(1, self._dispatcher.threads), MOST_AHEAD) and size <= BYTES_AHEAD

    def submit(self, errand: Errand, told: Told) -> Fetch:
        """Have a file read and, where it is wished, embedded."""
        pages = Pages()
        return fetching(self._dispatcher.submit(errand, pages), pages, told)


@contextmanager
def connected(cluster: Cluster) -> Iterator[DaskPool]:
    """A connection to a cluster, or to one that is started for this. Raises UsageError or ClusterError."""
    try:
        import dask
        import distributed
    except ImportError as error:
        raise UsageError("--scheduler takes Dask, which is not installed", hint="pip install 'ragqa[dask]'") from error
    no_source = dask.config.set({"distributed.diagnostics.computations.nframes": 0})  # of the code that submits
    with _quiet(), no_source, warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")
        if cluster.address:
            scheduler, security, name = cluster.address, _security(cluster), cluster.address
        else:
            started = stack.enter_context(_started(cluster.workers))
            scheduler, security, name = started, started.security, "on this machine"
        try:
            client = distributed.Client(
                scheduler, security=security, timeout=CONNECT_SECONDS, set_as_default=False, heartbeat_interval=5000
            )
        except Exception as error:
            reason = " ".join(str(error).split())[:200] or type(error).__name__
            raise ClusterError(f"the scheduler {name} cannot be reached: {reason}", hint=_reaching(cluster)) from error
        stack.callback(_close, client)
        pool = DaskPool(client, name)
        stack.callback(pool.close)
        yield pool


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Dask from telling of its connections on stderr: what matters is told in ragqa's own words."""
    known = [name for name in logging.root.manager.loggerDict if name.partition(".")[0] in ("distributed", "tornado", "asyncio")]
    loggers = [logging.getLogger(name) for name in known]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def _reaching(cluster: Cluster) -> str:
    if cluster.address.startswith("tls://"):
        return "Is it running, and are --tls-ca, --tls-cert and --tls-key (or Dask's own settings) those of its cluster?"
    return "Is it running? To start one: dask scheduler --host 127.0.0.1 --dashboard-address 127.0.0.1:8787"


def _security(cluster: Cluster) -> Any:
    """How a cluster is spoken to; what the command does not say Dask's own configuration may. Raises UsageError where neither
    does: a client of Dask that is begun without takes half a minute to end, and leaves a traceback."""
    from distributed.security import Security

    if not cluster.address.startswith("tls://"):
        return None
    given = {"tls_ca_file": cluster.tls_ca, "tls_client_cert": cluster.tls_cert, "tls_client_key": cluster.tls_key}
    security = Security(require_encryption=True, **{name: value for name, value in given.items() if value is not None})
    for name, (option, setting) in _TLS_FILES.items():
        file = getattr(security, name)
        hint = f"Give {option} FILE, or set distributed.comm.tls.{setting} in Dask's configuration."
        if not file and name != "tls_client_key":  # which may stand in the file of its certificate
            raise UsageError(f"{option} is needed for a scheduler at tls://", hint=hint)
        if file and "\n" not in file and not os.path.isfile(file):  # what is no path is the certificate itself
            raise UsageError(f"{option}: there is no file {file}", hint=hint)
    return security


@contextmanager
def _started(workers: int) -> Iterator[Any]:
    """A cluster of processes of this machine, of one thread each, that only this process and they themselves can speak to: over
    the loopback interface, with keys made for it that never leave memory. There is no dashboard."""
    from distributed import Nanny, Scheduler
    from distributed.deploy.spec import SpecCluster
    from distributed.security import Security

    nowhere: dict[str, Any] = {"dashboard": False, "dashboard_address": f"{LOOPBACK}:0", "host": LOOPBACK, "protocol": "tls://"}
    security = Security.temporary()
    worker = {
        "cls": Nanny,
        "options": {
            **nowhere, "nthreads": 1, "memory_limit": 0, "security": security, "silence_logs": logging.CRITICAL,
            "preload": ["ragqa.ingestion.on_worker"],
        },
    }  # fmt: skip
    scheduler = {"cls": Scheduler, "options": {**nowhere, "port": 0, "security": security}}
    try:
        cluster = SpecCluster(
            workers=dict.fromkeys(range(workers), worker), scheduler=scheduler, security=security, silence_logs=logging.CRITICAL
        )
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ClusterError(f"no cluster can be started on this machine: {reason}", hint="Ingest without --scheduler.") from error
    try:
        yield cluster
    finally:
        with suppress(Exception):
            cluster.close(timeout=CLOSE_SECONDS)


def _close(client: Client) -> None:
    with suppress(Exception):  # of a scheduler that is lost: nothing is left to be done
        client.close(timeout=CLOSE_SECONDS)


class DaskPool:
    """The workers that a client of Dask knows, until it is closed. See `ragqa.ingestion.pool.Pool`."""

    def __init__(self, client: Client, name: str) -> None:
        self._client, self.name = client, name
        self._fetchers = ThreadPoolExecutor(FETCHED_AT_ONCE, thread_name_prefix="ragqa-fetch")

    def close(self) -> None:
        """Tell no more of what came of calls. The client stays open."""
        self._fetchers.shutdown(wait=False, cancel_futures=True)

    def census(self) -> Mapping[str, Seen]:
        """The workers that there are now."""
        self._check()
        try:
            told = self._client.sync(self._client.scheduler.identity, n_workers=-1, callback_timeout=ANSWER_SECONDS)
        except Exception as error:
            raise self._gone() from error
        return {
            str(address): Seen(int(one["nthreads"]), float(one["last_seen"]))
            for address, one in told["workers"].items()
            if one["status"] == "running"
        }

    def submit(self, worker: str, call: Call, done: Done) -> Any:
        """Have one worker, and no other, make a call."""
        self._check()
        try:
            key = f"ragqa-{uuid.uuid4().hex}"
            future = self._client.submit(pickle.loads, call.packed(), key=key, workers=[worker], allow_other_workers=False)
            future.add_done_callback(partial(self._fetch, done=done))
        except Exception as error:
            raise self._gone() from error
        return future

    def drop(self, submitted: object) -> None:
        """Let go of a call."""
        with suppress(Exception):  # of a lost scheduler: there is nothing to let go of
            if not submitted.done():  # type: ignore[attr-defined]
                submitted.cancel()  # type: ignore[attr-defined]
            submitted.release()  # type: ignore[attr-defined]

    def listen(self, topic: str, heard: Callable[[object], None]) -> None:
        """Have somebody hear what workers tell under a topic."""
        self._check()
        self._client.subscribe_topic(topic, lambda event: heard(event[1]))

    def _fetch(self, future: Any, done: Done) -> None:
        """By the one thread that Dask calls all callbacks in."""
        with suppress(RuntimeError):  # closed meanwhile
            self._fetchers.submit(_tell, future, done)

    def _check(self) -> None:
        if self._client.status != "running":
            raise self._gone()

    def _gone(self) -> ClusterError:
        return ClusterError(f"the scheduler {self.name} was lost, or does not answer", hint=AGAIN)


def _tell(future: Any, done: Done) -> None:
    """What came of a call, fetched from the worker."""
    try:
        outcome = future.result(timeout=RESULT_SECONDS)
    except Exception as error:
        done(error)
    else:
        done(outcome)
