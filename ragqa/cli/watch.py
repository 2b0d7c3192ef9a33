"""The command that keeps indexes in step with folders, and with documents elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import rich_click as click

from ragqa.cli.exits import EXIT_FAILED
from ragqa.cli.options import (
    complete_folder,
    exclude_option,
    include_option,
    index_option,
    json_option,
    label_option,
    ocr_option,
    setting_option,
    share_of,
    timeout_option,
)
from ragqa.cli.support import edge, print_json, quiet, root_settings, show
from ragqa.config import Settings, WatchSettings

if TYPE_CHECKING:
    from ragqa.watching.events import Event

every_option = setting_option("--every", of=WatchSettings, setting="every", metavar="SECONDS", default="60, elsewhere 600")
rest_option = setting_option("--rest", of=WatchSettings, setting="rest", metavar="SECONDS")


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...", shell_complete=complete_folder)
@index_option
@include_option
@exclude_option
@label_option
@ocr_option
@timeout_option
@every_option
@rest_option
@click.option("--max-deletions", metavar="P%", help="Documents of a source that may go without asking; 100%: all. [default: 25%]")
@click.option("--once", is_flag=True, help="Look once, take in what changed, and end: for cron.")
@click.option("--status", is_flag=True, help="Say how far the indexes are in step; exit code 1: one is not.")
@click.option(
    "--confirm", is_flag=True, help="Agree that documents leave whose files are gone: those of SOURCE, or all that wait."
)
@json_option
@edge
def watch(
    sources: tuple[str, ...],
    index: str | None,
    include: tuple[str, ...],
    exclude: tuple[str, ...],
    metadata: tuple[str, ...],
    ocr: str | None,
    parse_seconds: float | None,
    every: float | None,
    rest: float | None,
    max_deletions: str | None,
    once: bool,
    status: bool,
    confirm: bool,
    as_json: bool,
) -> int:
    """Keep an index in step with folders: files that are added, changed, renamed or deleted follow within seconds.

    A SOURCE is a folder; or a list of documents at http(s)://… (a text file, a page of links, a sitemap); or, with
    ragqa[remote], a folder at s3://…, webdav://… or webdavs://…, which are fetched to sources/ of the home folder.
    Without one: those of the tables [[watch]] in ragqa.toml.

    Files that are still being written are waited for; one that cannot be read is tried again, and listed by --status.
    If many documents are gone at once, or all, as when a disk is not mounted, they stay until --confirm.
    Ctrl-C ends when what is under way is finished.
    """
    from ragqa.config import apply_options
    from ragqa.watching.assemble import named

    settings = apply_options(root_settings(), index=index, ocr=ocr, parse_seconds=parse_seconds)
    if status:
        return _status(settings, sources, index, as_json)
    if confirm:
        return _confirm(settings, sources, index)
    share = None if max_deletions is None else 1.0 if max_deletions.strip() == "100%" else share_of(max_deletions)
    watched = named(
        sources, settings, index=index, include=include or None, exclude=exclude or None, metadata=metadata or None, every=every,
        rest=rest, max_deletions=share,
    )  # fmt: skip
    return _watch(settings, watched, once, as_json)


def _watch(settings: Settings, watched: list[WatchSettings], once: bool, as_json: bool) -> int:
    from ragqa.cli.interrupt import stop_on_interrupt
    from ragqa.watching.assemble import watchers
    from ragqa.watching.ears import refuse_deafness
    from ragqa.watching.state import StateFile
    from ragqa.watching.together import run_all

    if not once:
        refuse_deafness()
    silent = quiet() or as_json
    made = watchers(settings, watched, _teller(as_json), lambda: show("progress:progress")(quiet=silent))
    with stop_on_interrupt() as stop:
        if once:
            for one in made.values():
                one.once(stop)
        elif len(made) == 1:
            next(iter(made.values())).run(stop)
        else:
            run_all(made, stop)
    if not once:
        return 0
    states = [StateFile(settings.home, index).read() for index in made]
    return EXIT_FAILED if any(state is None or state.needs_somebody for state in states) else 0


def _teller(as_json: bool) -> Callable[[str, Event], None]:
    """What is told of each event as it happens: a line of JSON, or one for people."""
    if not as_json:
        return lambda index, event: show("show_watch:print_event")(index, event, quiet())
    import json

    from ragqa.files import now
    from ragqa.watching.events import event_json

    return lambda index, event: click.echo(json.dumps(event_json(event, index, now())))


def _known(settings: Settings, index: str | None) -> list[str]:
    """The index that was named, or all that are, or once were, kept in step."""
    from ragqa.watching.state import watched_indexes

    return [index] if index is not None else watched_indexes(settings.home)


def _status(settings: Settings, sources: tuple[str, ...], index: str | None, as_json: bool) -> int:
    from ragqa.errors import UsageError
    from ragqa.watching.state import StateFile, status_json

    if sources:
        raise UsageError("--status takes no SOURCE", hint="It tells of all indexes, or of --index NAME.")
    told: list[dict[str, Any]] = []
    for name in _known(settings, index):
        kept = StateFile(settings.home, name)
        told.append(status_json(kept.read(), name, kept.is_running()))
    if as_json:
        print_json(told)
    else:
        show("show_watch:print_status")(told)
    return 0 if told and all(one["in_step"] for one in told) else EXIT_FAILED


def _confirm(settings: Settings, sources: tuple[str, ...], index: str | None) -> int:
    import os

    from ragqa.errors import UsageError
    from ragqa.watching.state import StateFile

    wanted = {source if "://" in source else os.path.abspath(os.path.expanduser(source)) for source in sources}
    found = 0
    for name in _known(settings, index):
        kept = StateFile(settings.home, name)
        state = kept.read()
        for source in () if state is None else state.sources:
            if source.held is not None and (not wanted or source.name in wanted):
                kept.agree(source.name, source.held.paths)
                found += 1
                when = "in some seconds" if kept.is_running() else "when ragqa watch runs next"
                print_note = show("terminal:print_note")
                leave = "document of {} leaves" if source.held.count == 1 else "documents of {} leave"
                print_note(f"{source.held.count:,} {leave.format(source.name)} index '{name}' {when}.")
    if not found:
        raise UsageError("no documents wait for that", hint="ragqa watch --status tells which do.")
    return 0
