"""What BM25 costs a question with words that many chunks hold, before and after, in one run.

    python tests/benchmarks/frequent_words.py FOLDER [--sizes 100000 1000000] [--before CHECKOUT] [--questions 60]

Postings of that many chunks are made in FOLDER, without an index around them: 400 words, of which the most frequent one stands in
nine chunks of ten and the rarest in one of ten thousand, more often in some documents (100 chunks each) than in others. Times are
CPU milliseconds of a process of its own for each checkout, the best of three. It checks that all found the same, to the last bit.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

WORDS = 400
SHARES = np.geomspace(0.9, 1e-4, WORDS)
CHUNKS_A_DOCUMENT = 100
CANDIDATES = 200
HERE = Path(__file__).parent

KINDS = {
    "rare words": lambda dice: dice.integers(250, WORDS, 5),
    "rare words, and two that half of all hold": lambda dice: [*dice.integers(250, WORDS, 4), *dice.integers(0, 25, 2)],
    "as they come": lambda dice: [*dice.integers(200, WORDS, 2), *dice.integers(80, 200, 3), *dice.integers(0, 80, 2)],
    "words of 3 to 30 %": lambda dice: dice.integers(48, 148, 5),
    "words that half of all hold": lambda dice: dice.integers(0, 25, 3),
    "one word of 3 to 90 %": lambda dice: dice.integers(0, 148, 1),
}


def make(path: Path, chunks: int, seed: int) -> None:
    from ragqa.indexing.search.merging import save_postings
    from ragqa.indexing.search.postings import Postings, term_key

    dice = np.random.default_rng(seed)
    documents = -(-chunks // CHUNKS_A_DOCUMENT)
    lengths, places, counts = np.zeros(chunks, dtype=np.int32), [], []
    for share in SHARES:
        rate = share * dice.lognormal(-0.5, 1, documents).repeat(CHUNKS_A_DOCUMENT)[:chunks]
        held = np.flatnonzero(dice.random(chunks) < rate).astype(np.int32)
        places.append(held)
        counts.append(dice.geometric(0.7, len(held)).clip(max=255).astype(np.uint8))
        lengths[held] += counts[-1]
    order = np.argsort(np.array(keys := [term_key(f"w{number}") for number in range(WORDS)], dtype=np.uint64))
    made = Postings(
        terms=np.array(keys, dtype=np.uint64)[order],
        starts=np.concatenate(([0], np.cumsum([len(places[one]) for one in order]))),
        ids=np.arange(1, chunks + 1),
        lengths=lengths,
        places=np.concatenate([places[one] for one in order]),
        counts=np.concatenate([counts[one] for one in order]),
        peaked=np.empty(0, dtype=np.int32),
        peaks=np.empty((0, 0), dtype=np.uint8),
        total=int(lengths.sum()),
    )
    save_postings([made], np.empty(0, dtype=np.int64), path)


def ask(path: Path, count: int, seed: int) -> dict[str, list[float] | str]:
    from ragqa.indexing.search.bm25 import LexicalSearch
    from ragqa.indexing.search.postings import Postings

    search, told = LexicalSearch([Postings.load(path)]), {}
    for number, (kind, drawn) in enumerate(KINDS.items()):
        dice, taken, seen = np.random.default_rng((seed, number)), [], hashlib.sha256()
        for _ in range(count):
            terms, best = [f"w{one}" for one in drawn(dice)], []
            for _ in range(3):
                began = time.process_time()
                found = search.search(terms, CANDIDATES)
                best.append(time.process_time() - began)
            seen.update(repr(found).encode())
            taken.append(1000 * min(best))
        told[kind] = [*np.percentile(taken, (50, 95)).tolist(), seen.hexdigest()]
    return told


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(ask(Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--before", type=Path, help="A checkout of the code to compare with.")
    parser.add_argument("--questions", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    codes = {"before": options.before.resolve()} if options.before else {}
    codes["after"] = HERE.parent.parent
    options.folder.mkdir(parents=True, exist_ok=True)
    for size in options.sizes:
        path = options.folder / f"terms-{size}.npy"
        if not path.exists():
            make(path, size, options.seed)
        told = {}
        for name, code in codes.items():
            command = [sys.executable, __file__, "--child", str(path), str(options.questions), str(options.seed)]
            environment = os.environ | {"PYTHONPATH": str(code), "OMP_NUM_THREADS": "1"}
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            told[name] = json.loads(done.stdout)
        print(f"| {size:,} chunks, ms p50 / p95 | {' | '.join(codes)} |\n|---|{'---|' * len(codes)}")
        for kind in KINDS:
            rows = [told[name][kind] for name in codes]
            assert len({seen for _, _, seen in rows}) == 1, f"{kind}: not the same is found"
            print(f"| {kind} | {' | '.join(f'{middle:.1f} / {high:.1f}' for middle, high, _ in rows)} |", flush=True)


if __name__ == "__main__":
    main()
