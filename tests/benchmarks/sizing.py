"""The arithmetic of docs/scale.md: what a library of so many chunks takes, from what a chunk was measured to take.

    python tests/benchmarks/sizing.py --chunks 1e6 1e7 1e8 [--pdf-share 0.5] [--workers 2 16 64 256] [--replicas 2] [--cores 8]
                                      [--questions 10] [--constants sizing.json]

The constants stand in `sizing.json`, each with its unit, the day, the machine and the command that measured it: put in your own,
or name another file of that shape. Milvus' memory and nodes follow its published rules, see `Milvus`. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

CONSTANTS = Path(__file__).with_name("sizing.json")
GB, HOUR = 1e9, 3600.0
VECTOR_NUMBER, SPARSE_NUMBER = 4, 8
"""Bytes of a number of a dense vector, and of one of a sparse one with its dimension."""

ROW_BYTES = 8 + 8 + 1
"""Of a row in Milvus besides vectors and headings: id, document, whether it has a vector."""


@dataclass(frozen=True, slots=True)
class Constants:
    """What was measured. Bytes and CPU seconds are a chunk's, unless they say otherwise."""

    characters: float
    parse_html_cpu_s: float
    parse_pdf_cpu_s: float
    embed_cpu_s: float
    added_a_second: float
    """Chunks, by the one process that writes."""
    sqlite_bytes: float
    derived_bytes: float
    mapped_bytes: float
    build_cpu_s: float
    search_cpu_s: float
    """Of a question in a million chunks: both searches, without reading."""
    ask_fast_cpu_s: float
    ask_auto_cpu_s: float
    process_mb: float
    """Of a process that answers, with both readers loaded."""
    dimension: float
    terms: float
    headings_bytes: float
    dask_overhead: float
    """A share of the ingest's time."""


def constants(path: Path = CONSTANTS) -> Constants:
    """The measured constants of a file. Raises KeyError for one that is missing."""
    told: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["constants"]
    return Constants(**{one.name: float(told[one.name]["value"]) for one in fields(Constants)})


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of the installation."""

    pdf_share: float
    workers: tuple[int, ...]
    replicas: int
    cores: int
    """Of a node that reads."""
    busy: float
    """The share of their time that cores may be busy; more, and lines grow: see the simulation."""
    questions: float
    """A second."""
    shard_chunks: float


class Milvus:
    """Milvus' published rules, as of its sizing tool for 2.5 (milvus.io/tools/sizing), and the default size of a segment.

    The rules are in src/utils/sizingToolV250.ts of github.com/milvus-io/milvus.io at commit 2ed1f5f, the sizes of nodes in
    src/consts/sizingV250.ts at d623802.
    """

    LOADING = 1.15
    """Memory is so much more than index and segments."""
    SEGMENT = 1024 * 2**20
    """Bytes; twice as many are added to the index's memory."""
    LISTS = 1024
    """Of IVF_FLAT, as ragqa/indexing/search/milvus_server.py makes them."""
    SIZES = ((2048, 128, 32), (512, 64, 16), (96, 32, 8), (8, 16, 4), (0, 8, 2))
    """From so many GiB on, query nodes have so many GiB and cores."""

    @classmethod
    def memory(cls, chunks: float, c: Constants) -> float:
        """Bytes of one replica: raw vectors and centres, two segments, and the loading factor; other fields as they are. The
        tool has no rule for sparse vectors: they count as a field here, once as they are and once as the inverted index."""
        row = c.dimension * VECTOR_NUMBER
        return (chunks * row + cls.LISTS * row + 2 * cls.SEGMENT) * cls.LOADING + chunks * cls.fields(c)

    @classmethod
    def fields(cls, c: Constants) -> float:
        return 2 * c.terms * SPARSE_NUMBER + c.headings_bytes + ROW_BYTES

    @classmethod
    def raw(cls, chunks: float, c: Constants) -> float:
        return chunks * (c.dimension * VECTOR_NUMBER + c.terms * SPARSE_NUMBER + c.headings_bytes + ROW_BYTES)

    @classmethod
    def query_nodes(cls, memory: float) -> tuple[int, int, int]:
        """How many query nodes a replica takes, of how many cores and GiB."""
        gib = memory / 2**30
        size, cores = next((size, cores) for least, size, cores in cls.SIZES if gib >= least)
        return math.ceil(gib / size), cores, size

    @staticmethod
    def others(memory: float) -> str:
        """Proxy, coordinator, data node and index nodes, by the memory of a replica."""
        gib = memory / 2**30
        if gib >= 96:
            return "3 × 8 cores, 32 GiB; 8 × 8 cores, 16 GiB"
        if gib >= 8:
            return f"3 × 2 cores, 8 GiB; {1 if gib < 16 else 2 if gib < 64 else 4} × 4 cores, 16 GiB"
        return "2 × 1 core, 4 GiB; 2 × 2 cores, 8 GiB"


def told(value: float) -> str:
    """Three digits that count."""
    if value >= 100:
        return f"{float(f'{value:.3g}'):,.0f}"
    return f"{value:.3g}" if value >= 0.001 or not value else f"{value:.1g}"


def rows(c: Constants, w: Wanted) -> Iterable[tuple[str, Callable[[float], str]]]:
    """What is told of a number of chunks: a name, and the figure."""
    parse = w.pdf_share * c.parse_pdf_cpu_s + (1 - w.pdf_share) * c.parse_html_cpu_s
    work = parse + c.embed_cpu_s
    yield "text of the manuals, GB", lambda n: told(n * c.characters / GB)
    yield "**Ingest**: reading, CPU hours", lambda n: told(n * parse / HOUR)
    yield "embedding, CPU hours", lambda n: told(n * c.embed_cpu_s / HOUR)
    yield "the one that writes, hours", lambda n: told(n / c.added_a_second / HOUR)
    for count in w.workers:
        yield f"hours with {count:,} workers of a core", lambda n, count=count: told(hours(n, count, work, c))
    yield "**SQLite**, GB", lambda n: told(n * c.sqlite_bytes / GB)
    yield "**One machine**: derived files, GB", lambda n: told(n * c.derived_bytes / GB)
    yield "of these in memory when searched, GB", lambda n: told(n * c.mapped_bytes / GB)
    yield "derived files made anew, CPU hours", lambda n: told(n * c.build_cpu_s / HOUR)
    yield "searching, CPU s a question", lambda n: told(n / 1e6 * c.search_cpu_s)
    yield "**Milvus**: vectors, terms and fields, GB", lambda n: told(Milvus.raw(n, c) / GB)
    yield "memory of a replica, GB", lambda n: told(Milvus.memory(n, c) / GB)
    yield f"query nodes for {w.replicas} replicas", lambda n: query_nodes(n, c, w)
    yield "proxy, coordinator, data node; index nodes", lambda n: Milvus.others(Milvus.memory(n, c))
    yield "segments", lambda n: told(math.ceil(n * c.dimension * VECTOR_NUMBER / Milvus.SEGMENT))
    yield "shards", lambda n: str(math.ceil(n / w.shard_chunks))
    yield "object storage, GB", lambda n: told((Milvus.raw(n, c) + Milvus.memory(n, c)) / GB)
    for effort, ask in (("fast", c.ask_fast_cpu_s), ("auto", c.ask_auto_cpu_s)):
        node = w.cores * w.busy / ask
        yield f"**Reading**, `{effort}`: questions/s of a node", lambda n, node=node: told(node)
        yield f"nodes for {w.questions:g} questions/s", lambda n, node=node: str(math.ceil(w.questions / node))
    yield "memory of a process that reads, MB", lambda n: told(c.process_mb)
    yield f"cores that search for {w.questions:g} questions/s", lambda n: told(w.questions * n / 1e6 * c.search_cpu_s / w.busy)


def hours(chunks: float, workers: int, work: float, c: Constants) -> float:
    """Of an ingest: the workers' time, or the writer's where that is longer."""
    return max(chunks * work * (1 + c.dask_overhead) / workers, chunks / c.added_a_second) / HOUR


def query_nodes(chunks: float, c: Constants, w: Wanted) -> str:
    count, cores, gib = Milvus.query_nodes(Milvus.memory(chunks, c))
    return f"{count * w.replicas} × {cores} cores, {gib} GiB"


def table(chunks: list[float], c: Constants, w: Wanted) -> str:
    """The sizing sheet in Markdown."""
    lines = [f"| | {' | '.join(f'{n:,.0f} chunks' for n in chunks)} |", f"|---|{'---|' * len(chunks)}"]
    lines += [f"| {name} | {' | '.join(figure(n) for n in chunks)} |" for name, figure in rows(c, w)]
    return "\n".join(lines)


def parsed(arguments: list[str] | None = None) -> tuple[list[float], Constants, Wanted]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chunks", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument(
        "--pdf-share", type=float, default=0.5, help="Share of the chunks that come of PDF files; others of HTML."
    )
    parser.add_argument("--workers", type=int, nargs="+", default=[2, 16, 64, 256])
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--cores", type=int, default=8, help="Cores of a node that reads.")
    parser.add_argument("--busy", type=float, default=0.7, help="Share of their time that cores may be busy.")
    parser.add_argument("--questions", type=float, default=10, help="Questions a second.")
    parser.add_argument("--shard-chunks", type=float, default=1e7, help="Chunks of a shard, at most.")
    parser.add_argument("--constants", type=Path, default=CONSTANTS)
    given = parser.parse_args(arguments)
    wanted = Wanted(
        given.pdf_share, tuple(given.workers), given.replicas, given.cores, given.busy, given.questions, given.shard_chunks
    )
    return given.chunks, constants(given.constants), wanted


if __name__ == "__main__":
    print(table(*parsed()))
