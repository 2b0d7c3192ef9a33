"""The command that reads manuals into an index."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED, EXIT_INTERRUPTED
from ragqa.cli.options import (
    audit_option,
    backend_option,
    backend_uri_option,
    complete_path,
    exclude_option,
    include_option,
    index_option,
    json_option,
    label_option,
    new_embedder_option,
    ocr_option,
    server_options,
    timeout_option,
    together,
)
from ragqa.cli.support import edge, engine, long_work, present, quiet, root_settings, server_url
from ragqa.errors import UsageError

if TYPE_CHECKING:
    from ragqa.types import Cluster

LOCAL = "local"
MOST_WORKERS = 256


def _file_option(name: str, told: str) -> Any:
    return click.option(name, type=click.Path(path_type=Path), metavar="FILE", help=told)


cluster_options = together(
    click.option(
        "--scheduler", metavar="WHERE",
        help="Read and embed on a Dask cluster: tcp://HOST:PORT, tls://HOST:PORT, or local:N for N processes of this machine.",
    ),
    click.option("--shared-storage", is_flag=True, help="Its workers open files by their paths; without it they are sent."),
    _file_option("--tls-ca", "For tls://: who certifies its scheduler. [default: Dask's settings]"),
    _file_option("--tls-cert", "The certificate to show it. [default: Dask's settings]"),
    _file_option("--tls-key", "The key of that certificate. [default: Dask's settings]"),
)  # fmt: skip


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", shell_complete=complete_path)
@index_option
@server_options
@include_option
@exclude_option
@label_option
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
@cluster_options
@json_option
@edge
def ingest(
    paths: tuple[str, ...],
    index: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    metadata: tuple[str, ...],
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
    **cluster: Any,
) -> int:
    """Read manuals into an index: files, folders (recursively) or globs.

    PDF, HTML, Markdown, text, CSV, Office, OpenDocument, EPUB, RTF, DocBook, DITA, reStructuredText and AsciiDoc files,
    notebooks, man pages, e-mails and saved web pages; older formats where LibreOffice or Calibre is installed; scans
    as PDF or pictures with ragqa[ocr]. Only what changed since last time is read again.

    Manuals can be asked by their words as soon as they are read, while their vectors follow: first of those that were
    asked for most. Ctrl-C keeps what there is; the same command, or ragqa index embed, goes on. With --backend milvus
    they are searched in a Milvus of yours: pip install 'ragqa[milvus]'.
    """
    elsewhere = _cluster(**cluster)
    options = {} if elsewhere is None else {"cluster": elsewhere}
    qa = engine(
        index, embedder=embedder, include=include or None, exclude=exclude or None, metadata=metadata or None, ocr=ocr,
        parse_seconds=parse_seconds, backend=backend, backend_uri=backend_uri,
    )  # fmt: skip
    with long_work(silent=as_json) as (stop, progress):
        report = qa.ingest(
            *paths, prune=prune, dry_run=dry_run, audit=audit, check=check, embed=embed, progress=progress, stop=stop,
            **options,
        )  # fmt: skip
    if as_json or not quiet():
        present(report, as_json, "ingest_json", "show_indexes:print_ingest")
    return EXIT_INTERRUPTED if report.interrupted else EXIT_FAILED if report.failed else 0


def _cluster(scheduler: str | None, shared_storage: bool, **tls: Path | None) -> Cluster | None:
    """The cluster that these options name, if any. Raises UsageError."""
    from ragqa.types import Cluster

    named = [f"--{name.replace('_', '-')}" for name, path in tls.items() if path is not None]
    if scheduler is None:
        for option in ["--shared-storage"] * shared_storage + named:
            raise UsageError(f"{option} is for --scheduler")
        return None
    if server_url() is not None:
        hint = "Leave --scheduler out, or --server and RAGQA_SERVER."
        raise UsageError("--scheduler is for an index of this machine, not of a server", hint=hint)
    scheme, _, rest = scheduler.partition(":")
    if scheme == LOCAL:
        workers = _workers(rest, scheduler) if rest or scheduler != LOCAL else root_settings().threads or os.cpu_count() or 1
        address = ""
    elif scheme in ("tcp", "tls") and re.fullmatch(r"//(\[[0-9a-fA-F:.]+\]|[\w.-]+):\d{1,5}", rest):
        workers, address = 0, scheduler
    else:
        raise UsageError(f"'{scheduler}' names no scheduler", hint="Write tcp://HOST:PORT, tls://HOST:PORT, local or local:N.")
    if named and scheme != "tls":
        raise UsageError(f"{named[0]} is for a scheduler at tls://")
    for option, path in zip(named, filter(None, tls.values()), strict=True):
        if not path.is_file():
            raise UsageError(f"{option}: there is no file {path}")
    return Cluster(address, workers, shared_storage, **{name: str(path) for name, path in tls.items() if path is not None})


def _workers(given: str, scheduler: str) -> int:
    if given.isascii() and given.isdigit() and 1 <= int(given) <= MOST_WORKERS:
        return int(given)
    raise UsageError(f"'{scheduler}' names no number of processes", hint=f"Write local:N with N from 1 to {MOST_WORKERS}.")
