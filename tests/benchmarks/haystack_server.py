"""What a user would serve otherwise: a plain FastAPI around Haystack's extractive pipeline; and ragqa's server beside it.

    python tests/benchmarks/haystack_server.py compare --reference-python PATH
        [--clients 1 8] [--seconds 15] [--rounds 3] [--home FOLDER]
    PATH tests/benchmarks/haystack_server.py serve STORE EMBEDDER_FOLDER READER_FOLDER PORT

PATH is the Python of an environment with Haystack (see reference.py), FastAPI and uvicorn. Both servers have the sample manuals
in the same chunks, the same embedder and the same small reader; ragqa's reads with the large one besides, unless it is asked with
the effort `fast`. They run at once and are asked in turns by serve_load.py, which of them first changes from round to round, so
that both see the same noise; figures are medians of the rounds, and a ratio is the median of each round's own.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

TOP_K, ANSWERS = 8, 4
READY_SECONDS = 300
FIELDS = ("per_second", "p50", "p95", "cpu", "megabytes")


def serve(store: Path, embedder: Path, reader: Path, port: int) -> None:
    """Serve POST /ask {"question"} with Haystack's own pipeline; FastAPI runs requests in threads."""
    import reference  # sets what keeps the libraries offline
    import torch
    import uvicorn
    from fastapi import Body, FastAPI
    from haystack import Pipeline
    from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder
    from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

    assert reference.TOP_K == TOP_K
    cpu = ComponentDevice.from_str("cpu")
    pipeline = Pipeline()
    pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=str(embedder), device=cpu, progress_bar=False))
    documents = InMemoryDocumentStore.load_from_disk(str(store))
    pipeline.add_component("retriever", InMemoryEmbeddingRetriever(documents, top_k=TOP_K))
    kwargs = {"dtype": torch.float32}  # the folder's own fp16 is slow on a CPU
    read = TransformersExtractiveReader(model=str(reader), device=cpu, top_k=ANSWERS, model_kwargs=kwargs)
    pipeline.add_component("reader", read)
    pipeline.connect("embedder.embedding", "retriever.query_embedding")
    pipeline.connect("retriever.documents", "reader.documents")
    pipeline.warm_up()
    app = FastAPI()

    @app.post("/ask")
    def ask(question: str = Body(embed=True)) -> dict[str, Any]:
        found = pipeline.run({"embedder": {"text": question}, "reader": {"query": question}})["reader"]["answers"]
        return {"answers": [{"text": one.data, "score": one.score} for one in found]}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


@contextmanager
def haystack(python: Path, home: Path, work: Path) -> Iterator[tuple[str, int]]:
    """The address and process of Haystack's server over the chunks of ragqa's index."""
    from against_reference import export, plain_reader
    from serve_load import INDEX

    from ragqa.inference.embedder import _default_folder

    chunks, store, here = work / "chunks.jsonl", work / "store", Path(__file__).parent
    export(str(home), str(chunks), INDEX)
    made = [python, here / "reference.py", "ingest", "haystack", chunks, _default_folder(), store]
    subprocess.run([str(part) for part in made], check=True, stdout=subprocess.DEVNULL)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [python, __file__, "serve", store, _default_folder(), plain_reader(work / "reader"), port]
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    try:
        _wait(process, f"http://127.0.0.1:{port}/openapi.json")
        yield f"http://127.0.0.1:{port}/ask", process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    for _ in range(READY_SECONDS * 2):
        if process.poll() is not None:
            raise SystemExit("Haystack's server has ended")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.5)
    raise SystemExit("Haystack's server does not answer")


def compare(given: argparse.Namespace) -> None:
    """Ask both in turns, and print a table."""
    from serve_load import Questions, load, server

    measured: dict[tuple[str, int], list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        home = given.home or work / "home"
        with server(home) as ours, haystack(given.reference_python, home, work) as theirs:
            systems = [("ragqa", *ours), ("ragqa, fast", *ours), ("Haystack", *theirs)]
            manners = {"ragqa, fast": {"effort": "fast"}}
            asked = {name: Questions(False) for name, _, _ in systems}  # one series each: begun anew, it would be remembered
            for name, url, _ in systems:
                asyncio.run(load(url, 1, 5, asked[name], [], **manners.get(name, {})))
                print(f"{name} is warm", file=sys.stderr, flush=True)
            for turn in range(given.rounds):
                for clients in given.clients:
                    for name, url, pid in systems if turn % 2 == 0 else reversed(systems):
                        before = _computed(pid)
                        found = asyncio.run(
                            load(url, clients, given.seconds, asked[name], [pid], **manners.get(name, {}))
                        ).figures()
                        found["cpu"] = (_computed(pid) - before) / found["answered"] if found["answered"] else float("nan")
                        measured.setdefault((name, clients), []).append(found)
                        print(turn, name, found, file=sys.stderr, flush=True)
    print("| clients | | requests/s | p50, s | p95, s | CPU s a request | memory, MB | failed | throughput ratio | by CPU |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for (name, clients), rounds in sorted(measured.items(), key=lambda item: (item[0][1], item[0][0])):
        print(_row(name, clients, rounds, measured["Haystack", clients]))


def _computed(pid: int) -> float:
    """Seconds of a processor that a process has taken so far, with all its threads; those of others beside it do not count."""
    told = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def _row(name: str, clients: int, rounds: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> str:
    middle = {field: statistics.median(one[field] for one in rounds) for field in FIELDS}
    ratios = [one["per_second"] / other["per_second"] for one, other in zip(rounds, theirs, strict=True) if other["per_second"]]
    spared = statistics.median(other["cpu"] / one["cpu"] for one, other in zip(rounds, theirs, strict=True))
    failed = sum(one["failed"] for one in rounds)
    ratio = f"{statistics.median(ratios):.2f}" if ratios else "–"
    return (
        f"| {clients} | {name} | {middle['per_second']:.2f} | {middle['p50']:.2f} | {middle['p95']:.2f}"
        f" | {middle['cpu']:.2f} | {middle['megabytes']:.0f} | {failed} | {ratio} | {spared:.2f} |"
    )


def main() -> None:
    """Serve, or compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve")
    for name in ("store", "embedder", "reader"):
        serving.add_argument(name, type=Path)
    serving.add_argument("port", type=int)
    comparing = commands.add_parser("compare")
    comparing.add_argument("--reference-python", type=Path, required=True)
    comparing.add_argument("--clients", type=int, nargs="+", default=[1, 8])
    comparing.add_argument("--seconds", type=float, default=15)
    comparing.add_argument("--rounds", type=int, default=3)
    comparing.add_argument("--home", type=Path, help="a folder to keep ragqa's index in, for the next run")
    given = parser.parse_args()
    if given.command == "serve":
        serve(given.store, given.embedder, given.reader, given.port)
    else:
        compare(given)


if __name__ == "__main__":
    main()
