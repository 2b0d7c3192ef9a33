"""A group of commands whose modules are imported when one of them is called; until then it knows their names and first words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import rich_click as click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is defined, as module:attribute, and what the list of commands says of it: its help's first sentence."""

    place: str
    told: str

    def load(self) -> click.Command:
        """The command itself."""
        module, _, attribute = self.place.partition(":")
        return getattr(import_module(module), attribute)


class LazyGroup(click.RichGroup):
    """Lists (help, completion, a misspelt name) are made from `entries` alone; a command is loaded when it is called or when
    its own options are completed."""

    def __init__(self, *arguments: Any, entries: Mapping[str, Entry], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The name and first words of a command, for lists."""
        entry = self.entries.get(cmd_name)
        return None if entry is None else click.RichCommand(name=cmd_name, help=entry.told)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """The command itself, for calls."""
        name, command, rest = super().resolve_command(ctx, args)
        return name, command if name is None or command is None else self.entries[name].load(), rest
