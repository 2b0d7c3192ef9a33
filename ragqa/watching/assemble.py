"""From settings to what keeps indexes in step with the sources that they name."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ragqa.config import Settings, WatchSettings, override
from ragqa.engine import RagQA
from ragqa.errors import UsageError
from ragqa.metadata import parsed, told
from ragqa.paths import checked_name, indexes_folder, models_folder, sources_folder, watching_folder
from ragqa.watching.events import Event
from ragqa.watching.follower import Follower
from ragqa.watching.http_list import HttpList
from ragqa.watching.keeper import Keeper, Working
from ragqa.watching.mirror import Mirror
from ragqa.watching.remote_folder import SCHEMES, RemoteFolder
from ragqa.watching.retries import Retries
from ragqa.watching.sources import LocalFolder, Source
from ragqa.watching.state import StateFile
from ragqa.watching.watcher import Watcher

Tell = Callable[[str, Event], None]
"""Hears of what happens to an index, by its name."""


def watchers(
    settings: Settings,
    watched: Sequence[WatchSettings],
    tell: Tell = lambda index, event: None,
    working: Working = lambda: nullcontext(lambda step: None),
    engine: Callable[[str], RagQA] | None = None,
) -> dict[str, Watcher]:
    """What keeps each index that is named in step, by its name.

    `engine` gives the engine of an index, which may not be there yet; None makes one. Raises UsageError for a source that
    makes no sense.
    """
    _refuse_shared_names([*watched, *settings.watch])
    made = {}
    for index, some in by_index(settings, watched).items():
        hear = partial(tell, index)
        followers = [_follower(one, settings, hear) for one in some]
        _refuse_twice(followers)
        qa = RagQA(index, settings=settings) if engine is None else engine(index)
        kept = StateFile(settings.home, index)
        before = kept.read()
        here = (failure for failure in before.failing if Path(failure.path).is_absolute()) if before is not None else ()
        made[index] = Watcher(Keeper(qa, followers, Retries(here), kept, hear, working), hear)
    return made


def by_index(settings: Settings, watched: Sequence[WatchSettings]) -> dict[str, list[WatchSettings]]:
    """What each index is kept in step with, by its name. Raises UsageError for a name that is none."""
    found: dict[str, list[WatchSettings]] = {}
    for one in watched:
        found.setdefault(checked_name(one.index or settings.index), []).append(one)
    return found


def named(sources: Sequence[str], settings: Settings, **options: Any) -> list[WatchSettings]:
    """The settings of sources that are named outright, or else those of `[[watch]]`; `options` that are not None change them.

    Raises UsageError where there are none, or a value is out of range.
    """
    plain = [WatchSettings(source=source) for source in sources] or list(settings.watch)
    if not plain:
        raise UsageError(
            "there is nothing to watch", hint="Name a folder, or write a table [[watch]] with source = … to ragqa.toml."
        )
    return [override(one, **options) for one in plain]


def _follower(one: WatchSettings, settings: Settings, tell: Callable[[Event], None]) -> Follower:
    include, exclude = one.include or settings.ingest.include, one.exclude or settings.ingest.exclude
    one = replace(one, metadata=told(parsed(one.metadata or settings.ingest.metadata)))
    if "://" not in one.source:
        root = Path(one.source).expanduser().absolute()
        ours = [folder for folder in _own_folders(settings) if not root.is_relative_to(folder)]
        return Follower(one, LocalFolder(root, include, exclude, ours), None, tell)
    source = _elsewhere(one.source, settings.ingest.max_file_mb * 1_000_000)
    folder = (sources_folder(settings.home) / _name_of(one)).absolute()
    fetched = LocalFolder(folder, include, exclude)
    return Follower(one, fetched, Mirror(source, folder, Retries(), fetched.includes), tell)


def _elsewhere(address: str, most_bytes: int) -> Source:
    scheme = address.partition("://")[0].lower()
    try:
        _ = urlsplit(address).port
    except ValueError as error:  # which may tell a password
        told = f"{scheme}://… is no address of a source: its host or its port makes no sense"
        raise UsageError(told, hint="Such as: https://host:8443/list") from error
    if scheme in ("http", "https"):
        return HttpList(address, most_bytes)
    if scheme in SCHEMES:
        return RemoteFolder(address, most_bytes)
    known = ", ".join(f"{name}://" for name in ("http", "https", *SCHEMES))
    raise UsageError(f"nothing here reads {scheme}://", hint=f"Besides folders: {known}.")


def _name_of(one: WatchSettings) -> str:
    """The name of the folder that a source is fetched to: one that tells what it is, and no other source has."""
    if one.name:
        return checked_name(one.name, "a source")
    parts = urlsplit(one.source)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", f"{parts.hostname}{parts.path}").strip("-")[:60]
    return f"{plain or 'source'}-{hashlib.blake2b(one.source.encode(), digest_size=3).hexdigest()}"


def _own_folders(settings: Settings) -> list[Path]:
    """Where ragqa keeps what it makes: none of that is a manual."""
    kept = (indexes_folder, models_folder, sources_folder, watching_folder)
    return [folder(settings.home).absolute() for folder in kept] + [
        Path(settings.home, name).absolute() for name in ("jobs", "uploads")
    ]


def _refuse_shared_names(watched: Sequence[WatchSettings]) -> None:
    """Raises UsageError where two sources would be fetched to one folder: each would remove what the other has."""
    addresses: dict[str, str] = {}
    for one in watched:
        if one.name and "://" in one.source and addresses.setdefault(one.name, one.source) != one.source:
            told = f"two sources have the name '{one.name}'"
            raise UsageError(told, hint="Each is fetched to a folder of its own: name one otherwise.")


def _refuse_twice(followers: Sequence[Follower]) -> None:
    seen: set[Path] = set()
    for one in followers:
        if one.folder.root in seen:
            raise UsageError(f"{one.name} is named twice for one index")
        seen.add(one.folder.root)
