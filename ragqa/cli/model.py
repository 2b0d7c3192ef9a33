"""The commands that look after readers and retrievers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_INTERRUPTED
from ragqa.cli.options import complete_model, embed_option, index_option, json_option, yes_option
from ragqa.cli.support import agreed, edge, engine, long_work, note_what_goes_first, present, quiet, root_settings, show

if TYPE_CHECKING:
    from ragqa.engine import RagQA


@click.group()
def model() -> None:
    """Look after trained readers and retrievers: list, info, use, rm, export, import."""


name_argument = click.argument("name", shell_complete=complete_model)


@model.command("list")
@json_option
@edge
def model_list(as_json: bool) -> int:
    """List every reader and retriever: the default reader and those trained here."""
    from ragqa.engine import list_models

    found = list(list_models(root_settings().home))
    present(found, as_json, "reader_json", "show_readers:print_readers")
    return 0


@model.command("info")
@name_argument
@json_option
@edge
def model_info(name: str, as_json: bool) -> int:
    """Show what a reader or retriever was made from, what it scored, and which indexes use it."""
    from ragqa.engine import model_info

    info = model_info(root_settings().home, name)
    present(info, as_json, "reader_json", "show_readers:print_reader")
    return EXIT_FAILED if info.problem else 0


@model.command("use")
@name_argument
@index_option
@click.option("--retriever", is_flag=True, help="NAME is a retriever; needed for `default`, which is a reader too.")
@embed_option
@edge
def model_use(name: str, index: str | None, retriever: bool, embed: bool) -> int:
    """Let a reader answer, or a retriever find, for an index from now on; `default` goes back to what comes with ragqa.

    A retriever's vectors are made first, while the index is searched with the old ones; those stay for the way back. Ctrl-C
    stops, and `ragqa index embed` goes on.
    """
    qa = engine(index)
    if retriever or name in qa.retriever_names()[1:]:
        return _use_retriever(qa, name, embed)
    qa.use_reader(name)
    show("terminal:print_note")(f"Index '{qa.settings.index}' is answered by reader '{name}'.", quiet=quiet())
    note_what_goes_first(qa, name)
    return 0


def _use_retriever(qa: RagQA, name: str, embed: bool) -> int:
    with long_work() as (stop, progress):
        done = qa.use_retriever(name, embed=embed, progress=progress, stop=stop)
    if done is None:
        index = qa.settings.index
        show("terminal:print_note")(
            f"Index '{index}' is to be searched by retriever '{name}'. Let it: ragqa index embed {index}", quiet=quiet()
        )
        return 0
    if not quiet():
        show("show_indexes:print_embedded")(done)
    return EXIT_INTERRUPTED if done.stopped else 0


@model.command("rm")
@name_argument
@yes_option
@click.option("--force", is_flag=True, help="Even if indexes use it: the default reader takes over.")
@edge
def model_rm(name: str, yes: bool, force: bool) -> int:
    """Delete a trained reader, or a retriever that no index uses."""
    from ragqa.engine import model_info, remove_model

    home = root_settings().home
    info = model_info(home, name)
    if not agreed(f"Delete {info.kind} '{name}' in {info.path}?", yes):
        return EXIT_FAILED
    fallen_back = remove_model(home, name, force)
    show("terminal:print_note")(f"Deleted {info.kind} '{name}'.", quiet=quiet())
    if fallen_back:
        show("terminal:print_note")(f"The default reader now answers for: {', '.join(fallen_back)}.", quiet=quiet())
    return 0


@model.command("export")
@name_argument
@click.argument("file", type=click.Path(path_type=Path))
@edge
def model_export(name: str, file: Path) -> int:
    """Write a reader or retriever to one FILE (.tar.gz) that `ragqa model import` takes; a reader's is a Hugging Face model."""
    from ragqa.engine import export_reader

    with show("progress:waiting")("Exporting", quiet=quiet()):
        written = export_reader(root_settings().home, name, file)
    show("terminal:print_note")(f"Wrote {written} ({written.stat().st_size / 1e6:.1f} MB).", quiet=quiet())
    return 0


@model.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the new model. [default: the exported one's]")
@edge
def model_import(source: Path, name: str | None) -> int:
    """Make a reader or retriever of an exported file, or of a folder that holds one, with safetensors weights."""
    from ragqa.engine import import_reader

    left: list[str] = []
    with show("progress:waiting")("Importing", quiet=quiet()):
        info = import_reader(root_settings().home, source, name, left.append)
    for note in left:
        show("terminal:print_note")(note, quiet=quiet())
    show("terminal:print_note")(
        f"{info.kind.capitalize()} '{info.name}' ({info.bytes / 1e6:.1f} MB). Use it: ragqa model use {info.name}", quiet=quiet()
    )
    return 0
