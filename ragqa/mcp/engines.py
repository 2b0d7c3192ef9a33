"""What the tools need of whoever holds the engines, which is the service that `ragqa serve` has too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from ragqa.config import Settings
from ragqa.engine import RagQA

Given = TypeVar("Given")


class Engines(Protocol):
    """Engines by index, and threads to ask them in. Its coroutines are for one event loop; cancelled, they return at once."""

    settings: Settings

    def engine(self, index: str | None = None) -> RagQA:
        """The engine on an index, None: on the one of the settings. Raises IndexMissing, or UsageError for what is no name."""

    def asking(self, index: str | None = None, *, answers: int | None = None) -> RagQA:
        """The engine that gives so many answers, None: as many as the settings say. Raises as `engine`."""

    async def run(self, function: Callable[..., Given], *arguments: object) -> Given:
        """What a function gives that may block, but computes little. Raises what it raises, and RagqaError where too many wait
        or it takes too long."""

    async def compute(self, function: Callable[..., Given], *arguments: object) -> Given:
        """The same of one that computes."""
