"""The commands that look after indexes."""

from __future__ import annotations

from pathlib import Path

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_INTERRUPTED
from ragqa.cli.options import (
    complete_index,
    complete_metadata,
    complete_path,
    index_option,
    json_option,
    server_options,
    yes_option,
)
from ragqa.cli.support import agreed, edge, engine, long_work, present, print_json, quiet, root_settings, show
from ragqa.errors import UsageError
from ragqa.metadata import parsed, read_table
from ragqa.paths import DATABASE, uploads_left


@click.group()
def index() -> None:
    """Look after indexes: list, info, verify, rebuild, embed, move, label, rm, export, import."""


name_argument = click.argument("name", required=False, shell_complete=complete_index)


@index.command("list")
@server_options
@json_option
@edge
def index_list(as_json: bool) -> int:
    """List every index."""
    qa = engine(None)
    present(qa.indexes(), as_json, "info_json", "show_indexes:print_indexes")
    if not as_json and qa.server is None:
        show("show_indexes:print_uploads_left")(uploads_left(qa.settings.home))
    return 0


@index.command("info")
@name_argument
@server_options
@json_option
@edge
def index_info(name: str | None, as_json: bool) -> int:
    """Show what an index holds and which settings made it."""
    present(engine(name).info(), as_json, "info_json", "show_indexes:print_info")
    return 0


@index.command("verify")
@name_argument
@json_option
@edge
def index_verify(name: str | None, as_json: bool) -> int:
    """Compare SQLite, FAISS and the lexical index: counts, ids, checksums, vectors."""
    qa = engine(name)
    with show("progress:progress")(quiet=quiet() or as_json) as progress:
        problems = qa.verify(progress=progress)
    if as_json:
        print_json({"index": qa.settings.index, "sound": not problems, "problems": problems})
    else:
        show("show_indexes:print_verification")(qa.settings.index, problems)
    return EXIT_FAILED if problems else 0


@index.command("rebuild")
@name_argument
@click.option("--backend", "backend", is_flag=True, help="Only what the index has in a Milvus: fill that again from nothing.")
@edge
def index_rebuild(name: str | None, backend: bool) -> int:
    """Make FAISS and the lexical index anew from the stored chunks and vectors, without embedding."""
    if backend:
        with show("progress:waiting")("Filling the Milvus", quiet=quiet()):
            info = engine(name).refill()
        told = f"Filled the Milvus at {info.settings['backend_uri']} with {info.chunks:,} chunks of index '{info.name}'."
        show("terminal:print_note")(told, quiet=quiet())
        return 0
    with show("progress:progress")(quiet=quiet()) as progress:
        info = engine(name).rebuild(progress=progress)
    show("terminal:print_note")(
        f"Rebuilt index '{info.name}': {info.chunks:,} chunks, generation {info.generation}.", quiet=quiet()
    )
    return 0


@index.command("embed")
@name_argument
@json_option
@edge
def index_embed(name: str | None, as_json: bool) -> int:
    """Make the vectors that an ingest left to be made, or those of the retriever that an index is to have, and let it have it.

    It can be asked all the while. Ctrl-C stops, and keeps what there is; the same command goes on.
    """
    qa = engine(name)
    with long_work(silent=as_json) as (stop, progress):
        done = qa.embed(progress=progress, stop=stop)
    present(done, as_json, "embedded_json", "show_indexes:print_embedded")
    return EXIT_INTERRUPTED if done.stopped else 0


@index.command("move")
@name_argument
@click.option("--backend", type=click.Choice(["embedded", "milvus"]), required=True, help="What it is to be searched by.")
@click.option(
    "--backend-uri", default="", metavar="URI", shell_complete=complete_path,
    help="Where the Milvus is: FILE.db, or http(s)://HOST:PORT.",
)  # fmt: skip
@edge
def index_move(name: str | None, backend: str, backend_uri: str) -> int:
    """Let an index be searched in a Milvus of yours (ragqa[milvus]), or by the files in its own folder again.

    Nothing is embedded for it, and the index can be asked all the while. RAGQA_BACKEND_TOKEN holds the Milvus's token.
    """
    qa = engine(name)
    with show("progress:waiting")("Moving", quiet=quiet()):
        left = qa.move(backend, backend_uri)
    show("terminal:print_note")(f"Index '{qa.settings.index}' is searched by {backend} now. {left}".rstrip(), quiet=quiet())
    return 0


@index.command("label")
@click.argument("document", required=False, metavar="DOCUMENT")
@click.argument("metadata", nargs=-1, metavar="[KEY=VALUE]...", shell_complete=complete_metadata)
@index_option
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A CSV file: its first column names documents, the others, each under its KEY, what they are labelled with.",
)
@server_options
@json_option
@edge
def index_label(document: str | None, metadata: tuple[str, ...], index: str | None, file: Path | None, as_json: bool) -> int:
    """Label documents, as with brand=Aqua, so that questions can be asked of those alone: ragqa ask --meta brand=Aqua.

    DOCUMENT is a path or a glob. A key may have several values; they take the place of those it had, and KEY= takes all
    away. Without KEY=VALUE: show what documents are labelled with. Nothing is read or embedded for it.
    """
    qa = engine(index)
    if file is not None and document is not None:
        raise UsageError("give a DOCUMENT or --file, not both")
    if file is None and not metadata:
        present(qa.documents(document), as_json, "document_json", "show_indexes:print_labels")
        return 0
    assert document is not None or file is not None
    labels = read_table(file) if file is not None else [(document or "", parsed(metadata))]
    changed = qa.label(labels)
    if as_json:
        print_json({"index": qa.settings.index, "changed": changed})
    else:
        counted = f"{changed:,} document{' is' if changed == 1 else 's are'}"
        show("terminal:print_note")(f"{counted} labelled otherwise now in index '{qa.settings.index}'.", quiet=quiet())
    return 0


@index.command("rm")
@click.argument("name", shell_complete=complete_index)
@click.option("--keep-uploads", is_flag=True, help="Leave the files that were uploaded to a server for it.")
@yes_option
@edge
def index_rm(name: str, keep_uploads: bool, yes: bool) -> int:
    """Delete an index, and the files that were uploaded to a server for it. No other manuals are touched."""
    qa = engine(name)
    files = 0 if keep_uploads else len(qa.uploaded())
    counted = f"{files:,} uploaded {'file' if files == 1 else 'files'}"
    is_there = (qa.folder / DATABASE).is_file()  # or somebody deleted its folder, and left what was uploaded for it
    question = f"Delete index '{name}' in {qa.folder}" if is_there else f"Index '{name}' is not there. Delete what is left of it"
    if not agreed(f"{question}, and {counted} (--keep-uploads leaves them)?" if files else f"{question}?", yes):
        return EXIT_FAILED
    left = qa.remove(keep_uploads=keep_uploads)
    what = (
        f"index '{name}'{f' and {counted}' if files else ''}" if is_there else f"{counted} of index '{name}', which is not there"
    )
    told = f"Deleted {what}. {left}"
    show("terminal:print_note")(told.rstrip(), quiet=quiet() and not left)
    return 0


@index.command("export")
@click.argument("name", shell_complete=complete_index)
@click.argument("file", type=click.Path(path_type=Path))
@edge
def index_export(name: str, file: Path) -> int:
    """Write an index to one FILE that `ragqa index import` takes on another machine."""
    with show("progress:waiting")("Exporting", quiet=quiet()):
        written = engine(name).export(file)
    show("terminal:print_note")(f"Wrote {written} ({written.stat().st_size / 1e6:.1f} MB).", quiet=quiet())
    return 0


@index.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the new index. [default: the exported one's]")
@click.option(
    "--embedder", metavar="MODEL", shell_complete=complete_path,
    help="The model it was made with, if not the default one: a folder or hub name of yours.",
)  # fmt: skip
@click.option("--trust-paths", is_flag=True, help="Open and re-read its documents' files where FILE says they are.")
@edge
def index_import(file: Path, name: str | None, embedder: str | None, trust_paths: bool) -> int:
    """Make an index from an exported FILE.

    FILE is taken as data: every value in it is checked, no model that it names is loaded, and no path that it names is followed.
    """
    from ragqa.engine import import_index

    settings = root_settings()
    with show("progress:waiting")("Importing", quiet=quiet()):
        info = import_index(settings.home, file, name, embedder=embedder, trust_paths=trust_paths, settings=settings)
    show("terminal:print_note")(f"Index '{info.name}': {info.documents} documents, {info.chunks:,} chunks.", quiet=quiet())
    return 0
