"""What ragqa asks of a Milvus: few calls, each with a time limit, and every failure as one line that says what to do."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragqa.errors import BackendLost, BackendRefused, BackendUnavailable, BackendUnusable, StorageError
from ragqa.indexing.search.choice import Choice
from ragqa.indexing.search.milvus_file import address_of
from ragqa.indexing.search.milvus_rows import DENSE, DOCUMENT, EMBEDDED, FIELDS, HEADINGS, ID, TERMS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

TOKEN_VARIABLE = "RAGQA_BACKEND_TOKEN"
"""The variable that holds a Milvus's token, or user:password. It is kept nowhere."""

CONNECT_SECONDS, SEARCH_SECONDS, WRITE_SECONDS = 5.0, 20.0, 300.0

CONNECTION = {
    "grpc.use_local_subchannel_pool": 1, "grpc.initial_reconnect_backoff_ms": 200, "grpc.max_reconnect_backoff_ms": 2_000,
    "grpc.keepalive_time_ms": 2**31 - 1, "grpc.keepalive_permit_without_calls": 0,
}  # fmt: skip
"""A server that was started again is found at once: all connections of a process would else wait up to two minutes together.
None is pinged while nothing is asked: Milvus Lite hangs up on who does."""

MOST_HITS = 16_384
"""What Milvus gives at most for one question."""

EXACT_CHUNKS = 50_000
"""So many vectors are all looked at; more go into inverted lists, as in the embedded backend: graphs lose near-duplicates."""

LISTS, PROBED = 1024, 128

_GONE = (100, 101)
"""Milvus's codes for a collection that is not there, or is not loaded."""

_LATE = re.compile(r"DEADLINE_EXCEEDED|\b(?:timeout|timed out|deadline exceeded)\b", re.IGNORECASE)
_WRONG_TOKEN = re.compile(r"\bunauthenticated\b|\bauth check failure\b|\bauthentication failed\b", re.IGNORECASE)
"""How servers and the library tell that they are late, or do not know who asks: by the name of a code, or in these words."""

_QUOTED = re.compile(r'"[^"]*"')
"""What a message repeats of a request, such as the heading that was looked for: it says nothing of what went wrong."""

_MOST_TOLD = 200


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A search: the `limit` rows nearest to a vector in a field, of those that an expression leaves; "" leaves all."""

    field: str
    vector: NDArray[np.float32] | dict[int, float]
    limit: int
    expression: str


class MilvusServer:
    """One Milvus, by where it is. Connects when first asked; threads may share it.

    Every method raises BackendLost where a collection is gone, or a file is served no more, and BackendUnavailable where the
    server is out of reach, too slow, or refuses. Nothing of the token is in any message.
    """

    def __init__(self, choice: Choice) -> None:
        self.choice = choice
        self._lock = threading.RLock()  # a connection that fails while it is made is let go of by who makes it
        self._client: Any = None
        self.is_lite = False
        self.is_hybrid = True  # as far as is known

    def names(self, prefix: str) -> list[str]:
        """The names of the collections that begin so."""
        return sorted(name for name in self._ask("list_collections", CONNECT_SECONDS) if name.startswith(prefix))

    def fields(self, name: str) -> tuple[str, ...]:
        """The names of a collection's fields."""
        return tuple(str(field["name"]) for field in self._ask("describe_collection", CONNECT_SECONDS, name)["fields"])

    def create(self, name: str, dimension: int, chunks: int) -> None:
        """Make a collection for so many chunks with vectors of so many numbers, and load it."""
        from pymilvus import DataType

        client = self._connected()
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field(ID, DataType.INT64, is_primary=True)
        schema.add_field(DOCUMENT, DataType.INT64)
        schema.add_field(EMBEDDED, DataType.BOOL)
        schema.add_field(HEADINGS, DataType.VARCHAR, max_length=65_535)
        schema.add_field(DENSE, DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field(TERMS, DataType.SPARSE_FLOAT_VECTOR)
        indexes = client.prepare_index_params()
        is_exact = self.is_lite or chunks <= EXACT_CHUNKS
        lists: dict[str, Any] = {} if is_exact else {"params": {"nlist": LISTS}}
        indexes.add_index(DENSE, index_type="FLAT" if is_exact else "IVF_FLAT", metric_type="IP", **lists)
        indexes.add_index(TERMS, index_type="SPARSE_INVERTED_INDEX", metric_type="IP")
        self._ask("create_collection", WRITE_SECONDS, name, schema=schema, index_params=indexes, consistency_level="Strong")

    def load(self, name: str) -> None:
        """Make a collection ready to be searched, which it is not after a restart."""
        self._ask("load_collection", WRITE_SECONDS, name)

    def drop(self, name: str, seconds: float = WRITE_SECONDS) -> None:
        """Take a collection away, within some seconds; none of that name is no error."""
        self._ask("drop_collection", seconds, name)

    def put(self, name: str, rows: Sequence[Mapping[str, Any]], new: bool = False) -> None:
        """Put rows, each with all of FIELDS; they take the place of those of the same ids. That there are none, which `new` says,
        makes it faster."""
        if rows:
            self._ask("insert" if new else "upsert", WRITE_SECONDS, name, list(rows))

    def delete(self, name: str, ids: Sequence[int]) -> None:
        """Take the rows of these ids out; ids that there are none of do no harm."""
        if ids:
            self._ask("delete", WRITE_SECONDS, name, ids=list(ids))

    def settle(self, name: str) -> None:
        """Let Milvus Lite put what was written where it is searched fastest; a server does so of its own accord."""
        if self.is_lite:
            self._ask("flush", WRITE_SECONDS, name)

    def row(self, name: str, number: int) -> dict[str, Any] | None:
        """The row of an id; None where there is none."""
        return next(iter(self.rows(name, [number])), None)

    def rows(self, name: str, ids: Sequence[int]) -> list[dict[str, Any]]:
        """The rows of some ids, in any order, with all of FIELDS."""
        found = self._ask("get", SEARCH_SECONDS, name, ids=list(ids), output_fields=list(FIELDS))
        return [dict(one) for one in found]

    def between(self, name: str, low: int, high: int) -> dict[int, bool]:
        """The ids from `low` on and below `high`, MOST_HITS of them at most, and whether each has a vector."""
        found = self._ask(
            "query", WRITE_SECONDS, name, filter=f"{ID} >= {low} and {ID} < {high}", output_fields=[ID, EMBEDDED], limit=MOST_HITS
        )
        return {int(one[ID]): bool(one[EMBEDDED]) for one in found}

    def search(self, name: str, asked: Asked) -> list[tuple[int, float]]:
        """The ids and inner products of the rows nearest to a vector, best first."""
        found = self._ask(
            "search", SEARCH_SECONDS, name, data=[asked.vector], anns_field=asked.field, limit=asked.limit,
            filter=asked.expression, search_params=self._params(asked.field), output_fields=[ID],
        )  # fmt: skip
        return [(int(one["id"]), float(one["distance"])) for one in found[0]]

    def search_both(self, name: str, one: Asked, other: Asked) -> set[int]:
        """The ids of the rows that either search finds, by one call. What these are worth is told by none that all versions of a
        server would have alike."""
        from pymilvus import AnnSearchRequest, RRFRanker

        requests = [
            AnnSearchRequest([part.vector], part.field, self._params(part.field), part.limit, expr=part.expression or None)
            for part in (one, other)
        ]
        limit = one.limit + other.limit
        found = self._ask("hybrid_search", SEARCH_SECONDS, name, requests, RRFRanker(), limit=limit, output_fields=[ID])
        return {int(row["id"]) for row in found[0]}

    def _params(self, field: str) -> dict[str, Any]:
        return {"metric_type": "IP", "params": {} if field == TERMS or self.is_lite else {"nprobe": PROBED}}

    def _connected(self) -> Any:
        with self._lock:
            if self._client is None:
                _pymilvus(self.choice)
                with self._failures(CONNECT_SECONDS):
                    self._client = self._connect()
            return self._client

    def _connect(self) -> Any:
        import pymilvus

        address = self._address()
        token = "" if self.choice.is_file else os.environ.get(TOKEN_VARIABLE, "").strip()
        client = pymilvus.MilvusClient(uri=address, token=token, timeout=CONNECT_SECONDS, grpc_options=CONNECTION)
        self.is_lite = "lite" in str(client.get_server_version(timeout=CONNECT_SECONDS))
        return client

    def _address(self) -> str:
        if not self.choice.is_file:
            return self.choice.uri
        try:
            return address_of(self.choice.uri)
        except StorageError as error:  # of the Milvus: the index itself is not concerned
            raise BackendUnavailable(error.message, hint=error.hint) from error

    def _ask(self, method: str, seconds: float, *values: Any, **named: Any) -> Any:
        client = self._connected()
        with self._failures(seconds):
            return getattr(client, method)(*values, timeout=seconds, **named)

    @contextlib.contextmanager
    def _failures(self, seconds: float) -> Iterator[None]:
        from grpc import RpcError
        from pymilvus.exceptions import MilvusException

        try:
            yield
        except (MilvusException, RpcError, OSError, ValueError, TypeError, KeyError) as error:
            raise self._told(error, seconds) from error

    def _told(self, error: Exception, seconds: float) -> BackendUnavailable:
        code = getattr(error, "code", None)
        code = code() if callable(code) else code
        said, where = _one_line(error), self.choice.uri
        if code in _GONE:
            return BackendLost(f"what the Milvus at {where} held of the index is gone", hint="Ask again: it is filled anew.")
        status = _QUOTED.sub("", f"{code} {said}")
        if _LATE.search(status):
            return BackendUnavailable(f"the Milvus at {where} did not answer within {seconds:g} s", hint="Ask again later.")
        if "UNAVAILABLE" in status or "Fail connecting" in status or "server unavailable" in status:
            if self.choice.is_file:
                with self._lock:  # the process that served it has ended: the next question finds who does, or serves it
                    self._client = None
                return BackendLost(f"{where} is served no more", hint="Ask again.")
            hint = "Start it. Until then questions can be asked with --fallback lexical."
            return BackendUnavailable(f"the Milvus at {where} is out of reach", hint=hint)
        if _WRONG_TOKEN.search(status):
            return BackendUnavailable(f"the Milvus at {where} refuses the token", hint=f"Set {TOKEN_VARIABLE}.")
        return BackendRefused(f"the Milvus at {where} refuses: {said}", hint="What is committed is kept; see its log.")


def _pymilvus(choice: Choice) -> None:
    """Import the library, silent: it writes failures to a log, with tracebacks. Raises BackendUnusable where it is not there."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # its native part writes to stderr
    try:
        import pymilvus  # noqa: F401

        if choice.is_file:
            import milvus_lite  # noqa: F401
    except ImportError as error:
        raise BackendUnusable("the backend milvus needs pymilvus and milvus-lite", hint="pip install 'ragqa[milvus]'") from error
    for name in ("pymilvus", "milvus_lite", "grpc"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _one_line(error: Exception) -> str:
    """What a server says of a failure, as far as it may be shown."""
    said = str(getattr(error, "message", "") or error)
    token = os.environ.get(TOKEN_VARIABLE, "").strip()
    if token:
        said = said.replace(token, "…")
    plain = "".join(sign if sign.isprintable() else " " for sign in said)
    return " ".join(plain.split())[:_MOST_TOLD]
