"""Three or thirty nodes under load, with failures: how many questions are answered, how late, and what becomes of the others.

    python tests/benchmarks/simulate_cluster.py --nodes 3|30 [--seed 1] [--minutes 10] [--loads 0.5 0.8 1.2]
                                                [--up-minutes 0 60 10] [--effort fast] [--constants sizing.json] [--json FILE]

All that is taken for granted is in `cluster_assumptions.py`; times of work are those measured in `sizing.json`. Loads
are shares of what all nodes could just do, were none idle or dead; `--up-minutes` are what a node lives on average, 0 for ever.
Prints a table in Markdown; the same for a seed.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from cluster_assumptions import Assumptions, Outcome, Tally, from_parts, from_percentiles
from cluster_model import simulate
from sizing import CONSTANTS

CHUNKS = {3: 1e7, 30: 1e8}
"""Of a cluster of so many nodes: 6.7 million copies of chunks a node in both."""

LEAVE_OUT = 60.0
"""Seconds of each run's beginning, while lines fill."""

HEAD = (
    "| nodes lost | load | asked/s | answered/s | p50 s | p95 s | p99 s | partial % | refused % | timed out % | lost % |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def assumptions(nodes: int, effort: str, file: Path = CONSTANTS) -> Assumptions:
    """A cluster of so many nodes, with the measured times: a shard for each of three, or for each two of more; two copies."""
    told: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["constants"]
    searching = told["search_percentiles_s"]["value"]
    shards = nodes if nodes < 4 else nodes // 2
    return Assumptions(
        nodes=nodes, shards=shards, chunks_a_shard=CHUNKS[nodes] / shards,
        reading=from_parts(told[f"ask_{effort}_parts_s"]["value"]),
        searching=from_percentiles(searching[0], searching[1]),
        bytes_a_chunk=told["dimension"]["value"] * 4 + told["terms"]["value"] * 16 + told["headings_bytes"]["value"],
    )  # fmt: skip


def line(tally: Tally, load: float, up_minutes: float, arrivals: float) -> dict[str, float | str]:
    """What a run came to; percentiles are of the questions that were answered, partly or wholly."""
    import numpy as np

    asked = tally.outcomes.total()
    late = np.percentile(tally.latencies, [50, 95, 99]).tolist() if tally.latencies else [math.nan] * 3
    share = {one: 100 * tally.outcomes[one] / asked for one in Outcome}
    return {
        "nodes lost": f"each every {up_minutes:g} min" if up_minutes else "none", "load": load, "asked/s": arrivals,
        "answered/s": len(tally.latencies) / tally.seconds, "p50": late[0], "p95": late[1], "p99": late[2],
        "partial": share[Outcome.PARTIAL], "refused": share[Outcome.REFUSED], "timed out": share[Outcome.TIMED_OUT],
        "lost": share[Outcome.LOST],
    }  # fmt: skip


def shown(values: dict[str, float | str]) -> str:
    cells = [f"{value:.3g}" if isinstance(value, float) else value for value in values.values()]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nodes", type=int, choices=sorted(CHUNKS), default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--loads", type=float, nargs="+", default=[0.5, 0.8, 1.2])
    parser.add_argument("--up-minutes", type=float, nargs="+", default=[0, 60, 10])
    parser.add_argument("--effort", choices=["fast", "auto"], default="fast")
    parser.add_argument("--constants", type=Path, default=CONSTANTS)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    assumed = assumptions(options.nodes, options.effort, options.constants)
    most = assumed.capacity(random.Random(options.seed))
    print(HEAD, flush=True)
    told = []
    for up_minutes in options.up_minutes:
        for load in options.loads:
            given = replace(assumed, arrivals=load * most, mean_up=60 * up_minutes or math.inf)
            tally = simulate(given, options.seed, 60 * options.minutes, LEAVE_OUT)
            told.append(line(tally, load, up_minutes, given.arrivals))
            print(shown(told[-1]), flush=True)
    print(
        f"{assumed.shards} shards of {assumed.chunks_a_shard:,.0f} chunks; at most {most:.3g} questions a second", file=sys.stderr
    )
    if options.json:
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
