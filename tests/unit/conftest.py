"""Small indexes made from documents written in the test, with the deterministic stand-ins for the models; and tiny readers."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ragqa.chunking import chunk_document, embedded_text
from ragqa.config import IngestSettings
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.writer import IndexWriter
from ragqa.parsing.builder import DocumentBuilder
from ragqa.types import Document

sys.path.insert(0, str(Path(__file__).parent))

Script = list[tuple[Any, ...]]
READERS = ["bert", "distilbert", "mpnet", "roberta"]
SMALL = IngestSettings(chunk_tokens=40, chunk_overlap=8, heading_tokens=12)


def write_document(path: str, script: Script, pages: int | None = None) -> Document:
    """A document from a list of builder calls: ("heading", "Errors", 2), ("page", 3), ("list", "Fill", "Boil"), ..."""
    builder = DocumentBuilder(path)
    for kind, *arguments in script:
        if kind == "page":
            builder.page = arguments[0]
        elif kind in ("list", "table", "box"):
            group = builder.new_group()
            add = {"list": builder.list_item, "table": builder.table_row, "box": builder.warning}[kind]
            for text in arguments:
                add(text, group)
        else:
            getattr(builder, kind)(*arguments)
    return builder.build(pages=pages)


def manifest_of(embedder: Any, settings: IngestSettings = SMALL) -> Manifest:
    return Manifest(
        embedder.name, embedder.fingerprint, embedder.dimension, settings.chunk_tokens, settings.chunk_overlap,
        settings.heading_tokens, settings.vector_index,
    )  # fmt: skip


def put(
    writer: IndexWriter, embedder: Any, document: Document, settings: IngestSettings = SMALL, vectors: bool = True
) -> dict[bytes, str]:
    """Chunk, embed and put a document; without `vectors` by its words alone, and what lacks vectors is returned."""
    chunks = chunk_document(document, settings, embedder.count_tokens)
    texts = [embedded_text(document.title, chunk.section, chunk.text, settings, embedder.count_tokens) for chunk in chunks]
    hashes = [hashlib.sha256(text.encode()).digest()[:16] for text in texts]
    known = writer.known_embeddings(hashes)
    new = {key: text for key, text in zip(hashes, texts, strict=True) if key not in known}
    made = dict(zip(new, embedder.embed_passages(list(new.values())), strict=True)) if vectors else {}
    sha256 = hashlib.sha256(document.text.encode()).hexdigest()
    writer.put_document(document, document.path.encode(), sha256, 1, 1, "test 1", chunks, hashes, made)
    return {} if vectors else new


@pytest.fixture
def script_document() -> Callable[..., Document]:
    return write_document


@pytest.fixture
def put_document() -> Callable[..., None]:
    return put


@pytest.fixture
def manifest(embedder: Any) -> Manifest:
    return manifest_of(embedder)


@pytest.fixture
def make_index(tmp_path: Path, embedder: Any) -> Iterator[Callable[..., Index]]:
    """A function that makes an index of documents in one commit and opens it."""
    opened: list[Index] = []

    def make(*documents: Document, name: str = "shelf", settings: IngestSettings = SMALL) -> Index:
        folder = tmp_path / "indexes" / name
        with IndexWriter(folder, manifest_of(embedder, settings)) as writer:
            for document in documents:
                put(writer, embedder, document, settings)
            writer.commit()
        opened.append(Index(folder))
        return opened[-1]

    yield make
    for index in opened:
        index.close()


@pytest.fixture
def kettle() -> Document:
    """A manual with all that can stand around an answer."""
    return write_document(
        "kitchen/kettle.md",
        [
            ("page", 1),
            ("heading", "Kettle K1", 1),
            ("paragraph", "The kettle boils 1.7 litres. It weighs approx. 900 g without its base. Keep it dry."),
            ("heading", "Errors", 2),
            ("table", "Code | Cause | Remedy", "Code: E-24 | Cause: The lid is open | Remedy: Close it",
             "Code: E-25 | Cause: The base is wet | Remedy: Dry it"),
            ("page", 2),
            ("heading", "Descaling", 2),
            ("list", "Fill in 500 ml of vinegar.", "Boil it twice.", "Rinse with clear water."),
            ("heading", "Steam", 2),
            ("box", "WARNING", "The steam scalds. Keep hands away from the spout."),
        ],
        pages=2,
    )  # fmt: skip


@pytest.fixture
def lamp() -> Document:
    """A second manual."""
    return write_document(
        "hall/lamp.html",
        [
            ("heading", "Lamp L2", 1),
            ("paragraph", "The lamp draws 8 watts from the mains."),
            ("heading", "Warranty", 2),
            ("paragraph", "The warranty lasts 30 months from the day of purchase."),
        ],
    )


@pytest.fixture(scope="session")
def reader_folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One folder for each kind of reader."""
    from tiny_readers import save_reader

    root = tmp_path_factory.mktemp("readers")
    for kind in READERS:
        save_reader(kind, root / kind)
    return {kind: root / kind for kind in READERS}


@pytest.fixture(params=READERS)
def reader_folder(request: pytest.FixtureRequest, reader_folders: dict[str, Path]) -> Path:
    """Each kind of reader in turn."""
    return reader_folders[request.param]


@pytest.fixture
def tokenizer(reader_folder: Path) -> Any:
    """The tokenizer of each kind of reader in turn."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(reader_folder), local_files_only=True)
