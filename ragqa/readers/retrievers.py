"""The trained retrievers of a home folder, and which of them embeds for each index.

A trained retriever is a folder of models/ beside the readers: an adapter of the embedder's weights (`ragqa.inference.adapter`)
with training.json (how it was made) and metrics.json (what it scored). Which one an index uses is part of the index itself, for
its vectors are that retriever's; to go over to another one is to embed it anew (`ragqa.indexing.reembed`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ragqa.config import DEFAULT_RETRIEVER
from ragqa.errors import ModelError, RagqaError
from ragqa.indexing.embedding import Following, embed_lacking
from ragqa.indexing.index import Index
from ragqa.indexing.manifest import Manifest
from ragqa.indexing.writer import IndexWriter
from ragqa.paths import DATABASE, index_folder, index_names, is_plain_name, reader_folder
from ragqa.readers.registry import (
    ReaderInfo,
    delete_folder,
    folder_names,
    info_of,
    is_retriever,
    list_readers,
    reader_info,
    reader_names,
    refuse_problem,
    remove_reader,
    retriever_problem,
)
from ragqa.types import Coverage, Stop, Tell, never, silent

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ragqa.inference.embedder import Embedder

Vectors = Mapping[bytes, "NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Embedded:
    """What came of taking an index over to a retriever: the one it has now and the one it had before, by name, and how many of
    its passages have vectors of the one that it has now; `stopped` before all were there, it still has the old retriever."""

    index: str
    retriever: str
    before: str
    embedded: Coverage = field(default_factory=lambda: Coverage(0, 0))
    stopped: bool = False


def retriever_names(home: str | Path) -> list[str]:
    """The embedder as it comes, which is the default one, then the trained ones by name. Raises StorageError."""
    return [DEFAULT_RETRIEVER, *folder_names(home, retrievers=True)]


def list_retrievers(home: str | Path) -> list[ReaderInfo]:
    """What is known of every trained retriever. Raises StorageError."""
    return [retriever_info(home, name) for name in folder_names(home, retrievers=True)]


def retriever_info(home: str | Path, name: str) -> ReaderInfo:
    """What is known of a trained retriever. Raises ModelError when there is none of that name."""
    folder = trained_folder(home, name)
    return info_of(folder, "retriever", retriever_users(home, name), retriever_problem(folder))


def list_models(home: str | Path) -> list[ReaderInfo]:
    """What is known of every reader, then of every trained retriever. Raises StorageError."""
    return [*list_readers(home), *list_retrievers(home)]


def model_names(home: str | Path) -> list[str]:
    """The names of all readers and trained retrievers. Raises StorageError."""
    return [*reader_names(home), *folder_names(home, retrievers=True)]


def model_info(home: str | Path, name: str) -> ReaderInfo:
    """What is known of a reader or retriever. Raises ModelError when there is none of that name."""
    return retriever_info(home, name) if is_trained_retriever(home, name) else reader_info(home, name)


def usable_model(home: str | Path, name: str) -> ReaderInfo:
    """A reader or retriever that has nothing wrong with it. Raises ModelError."""
    return refuse_problem(model_info(home, name))


def is_trained_retriever(home: str | Path, name: str) -> bool:
    """Whether there is a trained retriever of that name."""
    return is_plain_name(name) and name != DEFAULT_RETRIEVER and is_retriever(reader_folder(home, name))


def remove_model(home: str | Path, name: str, force: bool = False) -> tuple[str, ...]:
    """Delete a trained reader or retriever, and return the indexes that the default reader answers for now.

    Raises ModelError for what an index uses; with `force` only for a retriever, without which its index cannot be searched.
    """
    if not is_trained_retriever(home, name):
        return remove_reader(home, name, force)
    users = retriever_users(home, name)
    if users:
        raise ModelError(
            f"the retriever '{name}' embeds for: {', '.join(users)}",
            hint=f"First let another one do: ragqa model use {DEFAULT_RETRIEVER} --retriever --index {users[0]}",
        )
    delete_folder(reader_folder(home, name))
    return ()


def trained_folder(home: str | Path, name: str) -> Path:
    """The folder of a trained retriever. Raises ModelError when there is none of that name."""
    folder = reader_folder(home, name)
    if not (folder.is_dir() and is_retriever(folder)):
        raise ModelError(f"there is no retriever '{name}' in {folder.parent}", hint="ragqa model list shows those there are.")
    return folder


def retriever_users(home: str | Path, name: str) -> tuple[str, ...]:
    """The indexes that a retriever embeds for, or that are on their way to it."""
    from ragqa.indexing.reembed import becoming

    found = []
    for index_name in index_names(home):
        try:
            with Index(index_folder(home, index_name)) as index:
                target = becoming(index)
                if name in (index.manifest.retriever, None if target is None else target.retriever):
                    found.append(index_name)
        except RagqaError:  # told to who asks that index
            continue
    return tuple(found)


def embedder_of(home: str | Path, embedder: str, retriever: str, threads: int = 0) -> Embedder:
    """An embedder, by its name, as a trained retriever ("": none) changes it. Raises ModelError, also where that is gone."""
    from ragqa.inference.embedder import load_embedder

    if not retriever:
        return load_embedder(embedder, threads)
    if not is_trained_retriever(home, retriever):
        raise ModelError(
            f"the retriever '{retriever}' is gone",
            hint="Bring it back (ragqa model import FILE), or go back to the default one: "
            f"ragqa model use {DEFAULT_RETRIEVER} --retriever --index INDEX",
        )
    return load_embedder(embedder, threads, reader_folder(home, retriever))


def index_embedder(home: str | Path, manifest: Manifest, asked: str | None = None, threads: int = 0) -> Embedder:
    """The embedder to ask an index with: its own, or another that was `asked` for. Raises ModelError."""
    if asked is not None and asked != manifest.embedder:
        return embedder_of(home, asked, "", threads)
    return embedder_of(home, manifest.embedder, manifest.retriever, threads)


def ingesting_embedder(home: str | Path, folder: Path, asked: str, threads: int = 0) -> Embedder:
    """The embedder to ingest with: the one that was asked for, taught as it is for the index in `folder`, if there is one."""
    if not (folder / DATABASE).is_file():
        return embedder_of(home, asked, "", threads)
    with Index(folder) as index:
        return index_embedder(home, index.manifest, asked, threads)


def embedder_elsewhere(home: str | Path, folder: Path, asked: str) -> Callable[[int], Embedder]:
    """What loads the embedder of `ingesting_embedder` in another process, maybe of another machine, with so many threads there.

    Folders of models are looked for at the same paths. Raises ModelError there where there are none.
    """
    retriever = ""
    if (folder / DATABASE).is_file():
        with Index(folder) as index:
            retriever = index.manifest.retriever if asked == index.manifest.embedder else ""
    name = str(Path(asked).absolute()) if Path(asked).is_dir() else asked
    return partial(embedder_of, str(Path(home).absolute()), name, retriever)


def choose_retriever(home: str | Path, index: str, name: str, threads: int = 0, known: Vectors | None = None) -> str:
    """Note that an index is to go over to a retriever, and return the name of the one that it has; `embed_index` does it.

    `known` are vectors that it has made of the index's texts already, by their hashes. Raises IndexMissing, IndexBusy or
    IndexMismatch; ModelError when there is no such retriever, or it is of another embedder.
    """
    from ragqa.indexing.reembed import Reembedder

    retriever = "" if name == DEFAULT_RETRIEVER else trained_folder(home, name).name
    folder = index_folder(home, index)
    with Index(folder) as opened:
        manifest = opened.manifest
    embedder = embedder_of(home, manifest.embedder, retriever, threads)
    with Reembedder(folder) as work:
        work.aim(embedder, retriever)
        if known and work.target is not None:
            work.put_vectors(known)
    return manifest.retriever or DEFAULT_RETRIEVER


def embed_index(
    home: str | Path,
    index: str,
    threads: int = 0,
    progress: Tell = silent,
    stop: Stop = never,
    wanted: Callable[[], Sequence[str]] = lambda: (),
) -> Embedded:
    """Take an index over to the retriever it is to have: the one chosen, else its own as that is now; of its own it makes what an
    ingest left to be made, of the documents that are `wanted` first.

    It can be asked all the while; what is made is kept when it is stopped or killed. Raises IndexMissing, IndexBusy,
    IndexMismatch, ModelError or StorageError.
    """
    from ragqa.indexing.reembed import Reembedder

    folder = index_folder(home, index)
    with Reembedder(folder) as work:
        before = work.manifest.retriever or DEFAULT_RETRIEVER
        aim = work.target or work.manifest
        embedder = embedder_of(home, aim.embedder, aim.retriever, threads)
        if embedder.fingerprint != aim.fingerprint or work.target is None:
            work.aim(embedder, aim.retriever)  # it has changed since: another version's, or another folder of that name
        if work.target is not None:
            if not work.embed(embedder, progress, stop):
                return Embedded(index, before, before, _coverage(folder), stopped=True)
            work.switch()
    done = True
    if _coverage(folder).lacking:
        with IndexWriter(folder, work.manifest) as writer:
            done = embed_lacking(writer, Following(writer, embedder, wanted), writer.count_texts(), progress, stop)
    return Embedded(index, work.manifest.retriever or DEFAULT_RETRIEVER, before, _coverage(folder), stopped=not done)


def _coverage(folder: Path) -> Coverage:
    with Index(folder) as index:
        return index.embedded()
