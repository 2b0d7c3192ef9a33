"""The TV manual's question/answer pairs in three parts, by section: to train on, to test on, and the compound questions.

    python tests/benchmarks/manual_pairs.py EMANUAL_FOLDER OUT_FOLDER

No section of the test part is in the training part, and no compound question whose section was trained on is in compound-unseen.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

SHARE = 0.75


def main(data: Path, out: Path) -> None:
    def lines(name: str) -> list[dict]:
        return [json.loads(line) for line in (data / "qa" / f"smart_tv_{name}.jsonl").read_text().splitlines()]

    normal, compound = lines("normal"), lines("compound")
    sections = sorted({pair["section"] for pair in normal})
    random.Random(13).shuffle(sections)
    trained: set[str] = set()
    for section in sections:
        if sum(pair["section"] in trained for pair in normal) < SHARE * len(normal):
            trained.add(section)
    parts = {
        "train": [pair for pair in normal if pair["section"] in trained],
        "test": [pair for pair in normal if pair["section"] not in trained],
        "compound": compound,
        "compound-unseen": [pair for pair in compound if pair["section"] not in trained],
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, pairs in parts.items():
        (out / f"{name}.jsonl").write_text("".join(json.dumps(pair, ensure_ascii=False) + "\n" for pair in pairs))
        print(name, len(pairs))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
