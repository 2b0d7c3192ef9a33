"""The command that reads manuals into an index."""

from __future__ import annotations

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_INTERRUPTED
from ragqa.cli.options import (
    audit_option,
    backend_option,
    backend_uri_option,
    exclude_option,
    include_option,
    index_option,
    json_option,
    new_embedder_option,
    ocr_option,
    server_options,
    timeout_option,
)
from ragqa.cli.support import edge, engine, long_work, present, quiet


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@index_option
@server_options
@include_option
@exclude_option
@ocr_option
@timeout_option
@click.option("--prune", is_flag=True, help="Take documents out whose files are gone from the folders given.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@audit_option
@click.option("--check", is_flag=True, help="Hash every file, also those that look unchanged by size, times and inode.")
@click.option(
    "--no-embed", "embed", is_flag=True, flag_value=False, default=True,
    help="Only the words: leave the vectors to the next ingest or ragqa index embed.",
)  # fmt: skip
@new_embedder_option
@backend_option
@backend_uri_option
@json_option
@edge
def ingest(
    paths: tuple[str, ...],
    index: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    ocr: str | None,
    parse_seconds: float | None,
    prune: bool,
    dry_run: bool,
    audit: bool,
    check: bool,
    embed: bool,
    embedder: str | None,
    backend: str | None,
    backend_uri: str | None,
    as_json: bool,
) -> int:
    """Read manuals into an index: files, folders (recursively) or globs.

    PDF, HTML, Markdown, text, CSV, Office, OpenDocument, EPUB, RTF, DocBook, DITA, reStructuredText and AsciiDoc files,
    notebooks, man pages, e-mails and saved web pages; older formats where LibreOffice or Calibre is installed; scans
    as PDF or pictures with ragqa[ocr]. Only what changed since last time is read again.

    Manuals can be asked by their words as soon as they are read, while their vectors follow: first of those that were
    asked for most. Ctrl-C keeps what there is; the same command, or ragqa index embed, goes on. With --backend milvus
    they are searched in a Milvus of yours: pip install 'ragqa[milvus]'.
    """
    qa = engine(
        index, embedder=embedder, include=include or None, exclude=exclude or None, ocr=ocr, parse_seconds=parse_seconds,
        backend=backend, backend_uri=backend_uri,
    )  # fmt: skip
    with long_work(silent=as_json) as (stop, progress):
        report = qa.ingest(
            *paths, prune=prune, dry_run=dry_run, audit=audit, check=check, embed=embed, progress=progress, stop=stop
        )
    if as_json or not quiet():
        present(report, as_json, "ingest_json", "show_indexes:print_ingest")
    return EXIT_INTERRUPTED if report.interrupted else EXIT_FAILED if report.failed else 0
