"""What a look at unchanged files costs: hashed, as `ingest --check` does, and told by size, times and inode.

python tests/benchmarks/unchanged_files.py --megabytes 300
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from pathlib import Path
from statistics import median

from ragqa.config import IngestSettings
from ragqa.indexing.rows import StoredDocument
from ragqa.indexing.stamps import FileStamp
from ragqa.ingestion.discover import discover
from ragqa.ingestion.plan import labels_in_date, make_plan, read_file

FILES, TURNS = 30, 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300)
    options = parser.parse_args()
    settings = IngestSettings(ocr="off")
    with tempfile.TemporaryDirectory() as name:
        for number in range(FILES):
            Path(name, f"{number}.pdf").write_bytes(os.urandom(options.megabytes * 1_000_000 // FILES))
        found = discover([name])
        rows, stamps = [], {}
        for number, file in enumerate(found.files, start=1):
            content, label = read_file(file, settings), next(iter(labels_in_date(file.path, settings)))
            rows.append(
                StoredDocument(
                    id=number, source=os.fsencode(file.source), path=file.path, title="", sha256=content.sha256, parser=label,
                    pages=None, characters=1, warnings=(), ingested_at="", language="en", size=len(content.data),
                )
            )  # fmt: skip
            stamps[number] = FileStamp.of(os.stat(file.source))
        seconds: dict[str, list[float]] = {"hashed": [], "looked at": []}
        for _ in range(TURNS):
            for what, known in (("hashed", {}), ("looked at", stamps)):
                began = time.process_time()
                make_plan(found, rows, settings, stamps=known)
                seconds[what].append(time.process_time() - began)
    for what, taken in seconds.items():
        print(f"{what}: {median(taken) * 1000:.1f} ms of CPU for {options.megabytes} MB in {FILES} files")


if __name__ == "__main__":
    main()
