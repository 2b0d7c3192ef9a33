"""An ingest on a Dask cluster with the real model: the command, and the index beside the default's."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

LEAST_COSINE = 0.99
"""Few texts are embedded in full precision and many by eight-bit numbers, and it is other texts that come together."""


def ingested(home: Path, manuals: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "ragqa", "--home", str(home), "ingest", str(manuals), "--json", *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def rows(home: Path) -> tuple[list[Any], np.ndarray]:
    """What an index holds of chunks, and their vectors."""
    connection = sqlite3.connect(home / "indexes/manuals/index.sqlite")
    query = (
        "SELECT path, sha256, chunks.id, start, end, chunks.text, section, page_first, embedding, vector FROM documents"
        " JOIN chunks ON document_id = documents.id JOIN embeddings ON hash = embedding ORDER BY chunks.id"
    )
    found = connection.execute(query).fetchall()
    connection.close()
    return [row[:-1] for row in found], np.stack([np.frombuffer(row[-1], "<f2").astype("f4") for row in found])


def test_a_cluster_makes_the_index_of_the_default(tmp_path: Path) -> None:
    manuals = tmp_path / "manuals"
    manuals.mkdir()
    for name, part in (("kettle", "lid"), ("lamp", "shade"), ("fan", "blade")):
        (manuals / f"{name}.md").write_text(f"# The {name}\n\nIts {part} is made of steel.\n\n## Care\n\nWipe the {part} dry.\n")
    report, plain = ingested(tmp_path / "dask", manuals, "--scheduler", "local:1"), ingested(tmp_path / "plain", manuals)
    assert report["files"] == plain["files"] and report["embedded"] == plain["embedded"] and report["notes"] == []
    (chunks, vectors), (chunks0, vectors0) = rows(tmp_path / "dask"), rows(tmp_path / "plain")
    assert chunks == chunks0 and float((vectors * vectors0).sum(axis=1).min()) > LEAST_COSINE
