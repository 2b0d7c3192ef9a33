"""The commands that look after readers."""

from __future__ import annotations

import sys
from pathlib import Path

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED
from ragqa.cli.options import complete_reader, index_option, json_option, yes_option
from ragqa.cli.support import edge, engine, note_what_goes_first, present, quiet, root_settings, show


@click.group()
def model() -> None:
    """Look after trained readers: list, info, use, rm, export, import."""


name_argument = click.argument("name", shell_complete=complete_reader)


@model.command("list")
@json_option
@edge
def model_list(as_json: bool) -> int:
    """List every reader: the default one and those trained here."""
    from ragqa.engine import list_readers

    found = list(list_readers(root_settings().home))
    present(found, as_json, "reader_json", "show_readers:print_readers")
    return 0


@model.command("info")
@name_argument
@json_option
@edge
def model_info(name: str, as_json: bool) -> int:
    """Show what a reader was made from, what it scored, and which indexes it answers for."""
    from ragqa.engine import reader_info

    info = reader_info(root_settings().home, name)
    present(info, as_json, "reader_json", "show_readers:print_reader")
    return EXIT_FAILED if info.problem else 0


@model.command("use")
@name_argument
@index_option
@edge
def model_use(name: str, index: str | None) -> int:
    """Let a reader answer for an index from now on; `default` goes back to the one that comes with ragqa."""
    qa = engine(index)
    qa.use_reader(name)
    show("terminal:print_note")(f"Index '{qa.settings.index}' is answered by reader '{name}'.", quiet=quiet())
    note_what_goes_first(qa, name)
    return 0


@model.command("rm")
@name_argument
@yes_option
@click.option("--force", is_flag=True, help="Even if indexes use it: the default reader takes over.")
@edge
def model_rm(name: str, yes: bool, force: bool) -> int:
    """Delete a trained reader."""
    from ragqa.engine import reader_info, remove_reader

    home = root_settings().home
    if not yes and sys.stdin.isatty() and not click.confirm(f"Delete reader '{name}' in {reader_info(home, name).path}?"):
        return EXIT_FAILED
    fallen_back = remove_reader(home, name, force)
    show("terminal:print_note")(f"Deleted reader '{name}'.", quiet=quiet())
    if fallen_back:
        show("terminal:print_note")(f"The default reader now answers for: {', '.join(fallen_back)}.", quiet=quiet())
    return 0


@model.command("export")
@name_argument
@click.argument("file", type=click.Path(path_type=Path))
@edge
def model_export(name: str, file: Path) -> int:
    """Write a reader to one FILE (.tar.gz): `ragqa model import` takes it, and its folder is a Hugging Face model."""
    from ragqa.engine import export_reader

    with show("progress:waiting")("Exporting", quiet=quiet()):
        written = export_reader(root_settings().home, name, file)
    show("terminal:print_note")(f"Wrote {written} ({written.stat().st_size / 1e6:.1f} MB).", quiet=quiet())
    return 0


@model.command("import")
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--name", metavar="NAME", help="Name of the new reader. [default: the exported one's]")
@edge
def model_import(source: Path, name: str | None) -> int:
    """Make a reader of an exported file, or of a folder that holds a question-answering model with safetensors weights."""
    from ragqa.engine import import_reader

    with show("progress:waiting")("Importing", quiet=quiet()):
        info = import_reader(root_settings().home, source, name)
    show("terminal:print_note")(
        f"Reader '{info.name}' ({info.bytes / 1e6:.1f} MB). Use it: ragqa model use {info.name}", quiet=quiet()
    )
    return 0
