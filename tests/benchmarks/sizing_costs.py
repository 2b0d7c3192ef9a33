"""What a chunk and a question cost here, for `sizing.json`: CPU seconds to read, embed and ask; bytes on disk and in memory.

    python tests/benchmarks/sizing_costs.py HOME --words FOLDER [FOLDER ...] --embed FOLDER [--questions 40]

Each folder of `--words` is ingested by its words alone, that of `--embed` with vectors too; then the sample questions are asked
of the sample manuals with either effort, each once, after a first one that loads the models. Times are CPU seconds of the process
and those that parse for it, which do not count what else the machine does; still, two processes that share a core's caches slow
each other. Prints a JSON object a line.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
QUESTIONS = HERE.parent.parent / "ragqa" / "demo" / "qa.jsonl"
MANUALS = HERE.parent.parent / "ragqa" / "demo" / "manuals"
PARTS, VECTOR_BYTES = 20, 384 * 2
"""A distribution is kept as so many equal parts: from it a simulation draws."""


def cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def memory(kind: str) -> float:
    """MB of this process: VmRSS with the pages of files, RssAnon without."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(kind))


def words(home: Path, folder: Path) -> dict[str, Any]:
    """Parsing, cutting into chunks, analysis of words and the commits, of a folder."""
    from ragqa import RagQA

    began = cpu_seconds()
    report = RagQA("sized", home=str(home)).ingest(str(folder), embed=False)
    taken = cpu_seconds() - began
    read = [one for one in report.files if one.chunks]
    characters = sum(one.characters or 0 for one in read)
    return {
        "folder": folder.name, "files": len(read), "chunks": report.chunks, "cpu_s_a_chunk": taken / report.chunks,
        "bytes_of_files_a_chunk": sum(one.stat().st_size for one in folder.rglob("*") if one.is_file()) / report.chunks,
        "characters_a_chunk": characters / report.chunks, **stored(home),
    }  # fmt: skip


def stored(home: Path) -> dict[str, float]:
    """What a search node is to hold of a chunk, and what SQLite takes for it with its vector."""
    from ragqa.indexing.search.milvus_rows import folded
    from ragqa.indexing.search.postings import decode_terms

    database = home / "indexes" / "sized" / "index.sqlite"
    with closing(sqlite3.connect(database)) as connection:
        terms = [len(decode_terms(row[0])[0]) for row in connection.execute("SELECT terms FROM lexical")]
        sections = [folded(json.loads(row[0])) for row in connection.execute("SELECT section FROM chunks")]
        connection.execute("UPDATE embeddings SET vector = randomblob(?)", (VECTOR_BYTES,))  # as much as real ones take
        connection.commit()
    return {
        "terms_a_chunk": sum(terms) / len(terms),
        "headings_bytes_a_chunk": sum(len(one.encode()) for one in sections) / len(sections),
        "sqlite_bytes_a_chunk": database.stat().st_size / len(terms),
    }


def vectors(home: Path, folder: Path) -> dict[str, Any]:
    """The vectors of a folder whose words are read before, and what the index takes then."""
    from ragqa import RagQA

    qa = RagQA("sized", home=str(home))
    qa.ingest(str(folder), embed=False)
    qa.embedder.embed_queries(["So that the model is loaded."])
    began = cpu_seconds()
    report = qa.ingest(str(folder))
    taken = cpu_seconds() - began
    sizes = {path.name: path.stat().st_size for path in (home / "indexes" / "sized").iterdir() if path.is_file()}
    truth = sum(size for name, size in sizes.items() if name.startswith("index.sqlite"))
    return {
        "folder": folder.name, "chunks": report.chunks, "cpu_s_a_chunk": taken / report.chunks_embedded,
        "sqlite_bytes_a_chunk": truth / report.chunks,
        "derived_bytes_a_chunk": sum(size for name, size in sizes.items() if "-" in name) / report.chunks,
    }  # fmt: skip


def asked(home: Path, effort: str, count: int) -> dict[str, Any]:
    """CPU seconds of questions with one effort, and the memory of the process that asks."""
    import numpy as np

    from ragqa import RagQA

    qa = RagQA("sized", home=str(home), effort=effort)
    qa.ingest(str(MANUALS))
    questions = [json.loads(line)["question"] for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    step = len(questions) // (count + 1)
    first, *others = questions[:: step or 1][: count + 1]
    qa.ask(first)
    taken, embedding = [], []
    for question in others:
        began = time.process_time()
        qa.ask(question)
        taken.append(time.process_time() - began)
        began = time.process_time()
        qa.embedder.embed_queries([question])
        embedding.append(time.process_time() - began)
    parts = np.percentile(taken, np.linspace(0, 100, PARTS + 1))
    return {
        "effort": effort, "questions": len(taken), "cpu_s": float(np.mean(taken)),
        "parts": [round(one, 4) for one in parts.tolist()],
        "embed_query_cpu_s": float(np.median(embedding)), "RSS_MB": memory("VmRSS"), "anonymous_MB": memory("RssAnon"),
    }  # fmt: skip


def run(home: Path, what: str, *arguments: object) -> dict[str, Any]:
    """One of the measurements above in a process of its own, on one thread, with an empty home."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    command = [sys.executable, __file__, "--child", what, str(home), *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": str(HERE.parent.parent), "RAGQA_THREADS": "1"}
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, env=environment, cwd=home).stdout
    shutil.rmtree(home)
    return {"measured": what, **json.loads(told)}


def child(what: str, home: str, *arguments: str) -> dict[str, Any]:
    if what == "asked":
        return asked(Path(home), arguments[0], int(arguments[1]))
    return {"words": words, "vectors": vectors}[what](Path(home), Path(arguments[0]))


def main() -> None:
    if sys.argv[1:2] == ["--child"]:
        print(json.dumps(child(*sys.argv[2:])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--words", type=Path, nargs="*", default=[])
    parser.add_argument("--embed", type=Path, nargs="*", default=[])
    parser.add_argument("--questions", type=int, default=40)
    options = parser.parse_args()
    home = options.home.absolute() / "measured"
    orders: list[tuple[object, ...]] = [("words", folder.absolute()) for folder in options.words]
    orders += [("vectors", folder.absolute()) for folder in options.embed]
    orders += [("asked", effort, options.questions) for effort in ("fast", "auto") if options.questions]
    for what, *arguments in orders:
        print(json.dumps(run(home, str(what), *arguments)), flush=True)


if __name__ == "__main__":
    main()
