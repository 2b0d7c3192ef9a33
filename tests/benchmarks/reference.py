"""What a user would build otherwise: Haystack or txtai over the same chunks, with the same embedder and reader, in fp32 torch.

    python tests/benchmarks/reference.py ingest {haystack,txtai} CHUNKS.jsonl EMBEDDER_FOLDER STORE
    python tests/benchmarks/reference.py ask {haystack,txtai} STORE EMBEDDER_FOLDER READER_FOLDER QUESTIONS.txt [--warm-up N]

against_reference.py and right_answers.py run it, with the Python of an environment that has haystack-ai, transformers-haystack,
sentence-transformers-haystack, txtai and torch; ragqa is not imported. CHUNKS.jsonl has lines {"id", "text", "embedded"}: the
passage, and what is embedded for it. `ask` prints one line of JSON: seconds per question, of which search and reading, the best
answers, all that was found, the ids of the passages read, and the seconds from the script's start until the first question could
be asked.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Protocol

BEGAN = time.perf_counter()
TOP_K, ANSWERS = 8, 4  # one of the answers may be that there is none

Found = tuple[str, float, str]
"""A text, the score of its answer, 0..1, and the passage's id; text and id are empty where the answer is that there is none."""

OFFLINE_AND_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
os.environ.update(OFFLINE_AND_QUIET)  # before any of the libraries is imported: they look when they are


class System(Protocol):
    """A store that was opened, and what asks it."""

    def search(self, question: str) -> list[Any]: ...

    def read(self, question: str, passages: list[Any]) -> list[Found]: ...

    def ids(self, passages: list[Any]) -> list[str]: ...


class Haystack:
    """Its components without its Pipeline, whose bookkeeping would only add."""

    def __init__(self, store: Path, embedder: Path, reader: Path) -> None:
        import torch
        from haystack.components.retrievers.in_memory import InMemoryEmbeddingRetriever
        from haystack.document_stores.in_memory import InMemoryDocumentStore
        from haystack.utils import ComponentDevice
        from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersTextEmbedder
        from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

        cpu = ComponentDevice.from_str("cpu")
        self._embedder = SentenceTransformersTextEmbedder(model=str(embedder), device=cpu, progress_bar=False)
        self._retriever = InMemoryEmbeddingRetriever(InMemoryDocumentStore.load_from_disk(str(store)), top_k=TOP_K)
        kwargs = {"dtype": torch.float32}  # the folder's own fp16 is slow on a CPU
        self._reader = TransformersExtractiveReader(model=str(reader), device=cpu, top_k=ANSWERS, model_kwargs=kwargs)
        self._embedder.warm_up()
        self._reader.warm_up()

    def search(self, question: str) -> list[Any]:
        return self._retriever.run(query_embedding=self._embedder.run(text=question)["embedding"])["documents"]

    def read(self, question: str, passages: list[Any]) -> list[Found]:
        answers = self._reader.run(query=question, documents=passages)["answers"]
        return [(one.data or "", one.score, one.document.id if one.data and one.document else "") for one in answers]

    def ids(self, passages: list[Any]) -> list[str]:
        return [document.id for document in passages]


class Txtai:
    """Its extractive pipeline on each passage; its RAG pipeline would join them and cut them at the model's 512 tokens."""

    def __init__(self, store: Path, embedder: Path, reader: Path) -> None:
        import torch
        from txtai import Embeddings
        from txtai.pipeline import Questions

        self._embeddings = Embeddings(path=str(embedder), gpu=False)
        self._embeddings.load(str(store))
        self._questions = Questions(str(reader), gpu=False, dtype=torch.float32)
        self._embeddings.transform("")  # or the embedder would be loaded at the first question

    def search(self, question: str) -> list[Any]:
        query = f"select id, passage, score from txtai where similar(:question) limit {TOP_K}"
        return self._embeddings.search(query, TOP_K, parameters={"question": question})

    def read(self, question: str, passages: list[Any]) -> list[Found]:
        """The answers in the order of their passages: the pipeline tells no scores by which they could be compared."""
        answers = [(self._answer(question, row["passage"]), row["id"]) for row in passages]
        return [(text, 0.0, chunk) for text, chunk in answers if text]

    def _answer(self, question: str, passage: str) -> str | None:
        try:
            return self._questions([question], [passage])[0]
        except TypeError:  # what it does where the model says that there is no answer
            return None

    def ids(self, passages: list[Any]) -> list[str]:
        return [row["id"] for row in passages]


SYSTEMS: dict[str, type[Haystack] | type[Txtai]] = {"haystack": Haystack, "txtai": Txtai}


def ingest_haystack(chunks: list[dict[str, str]], embedder: Path, store: Path) -> None:
    from haystack import Document
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from haystack.utils import ComponentDevice
    from haystack_integrations.components.embedders.sentence_transformers import SentenceTransformersDocumentEmbedder

    documents = [
        Document(id=chunk["id"], content=chunk["text"], meta={"headings": headings} if headings else {})
        for chunk in chunks
        for headings in [chunk["embedded"].removesuffix(chunk["text"]).removesuffix("\n")]
    ]
    embed = SentenceTransformersDocumentEmbedder(
        model=str(embedder),
        device=ComponentDevice.from_str("cpu"),
        progress_bar=False,
        meta_fields_to_embed=["headings"],
        embedding_separator="\n",
    )
    # The embedder's vectors have length one, so that the store's default, the dot product, is the cosine.
    kept = InMemoryDocumentStore()
    kept.write_documents(embed.run(documents=documents)["documents"])
    kept.save_to_disk(str(store))


def ingest_txtai(chunks: list[dict[str, str]], embedder: Path, store: Path) -> None:
    from txtai import Embeddings

    embeddings = Embeddings(path=str(embedder), content=True, gpu=False)
    embeddings.index((chunk["id"], {"text": chunk["embedded"], "passage": chunk["text"]}, None) for chunk in chunks)
    embeddings.save(str(store))


def ask(system: System, questions: list[str], warm_up: int) -> dict[str, Any]:
    loaded = time.perf_counter() - BEGAN
    for question in islice(cycle(questions), warm_up):
        system.read(question, system.search(question))
    told: dict[str, Any] = {name: [] for name in ("seconds", "search", "read", "answers", "found", "retrieved")}
    for question in questions:
        began = time.perf_counter()
        passages = system.search(question)
        found = time.perf_counter()
        answers = system.read(question, passages)
        ended = time.perf_counter()
        best = answers[0][0] if answers else ""
        values = (ended - began, found - began, ended - found, best, answers, system.ids(passages))
        for name, value in zip(told, values, strict=True):
            told[name].append(value)
    return told | {"loaded": loaded}


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    ingesting, asking = commands.add_parser("ingest"), commands.add_parser("ask")
    for command, names in ((ingesting, ("chunks", "embedder", "store")), (asking, ("store", "embedder", "reader", "questions"))):
        command.add_argument("system", choices=SYSTEMS)
        for name in names:
            command.add_argument(name, type=Path)
    asking.add_argument("--warm-up", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    options = parsed()
    if options.command == "ingest":
        chunks = [json.loads(line) for line in options.chunks.read_text(encoding="utf-8").splitlines()]
        ingest = {"haystack": ingest_haystack, "txtai": ingest_txtai}[options.system]
        ingest(chunks, options.embedder, options.store)
    else:
        questions = options.questions.read_text(encoding="utf-8").splitlines()
        system = SYSTEMS[options.system](options.store, options.embedder, options.reader)
        print(json.dumps(ask(system, questions, options.warm_up)))


if __name__ == "__main__":
    main()
