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

    async def read(self, work: Callable[[RagQA], Given], index: str | None = None) -> Given:
        """What work with the engine of an index, None: of the one of the settings, gives that may block, but computes little.
        Raises what it raises, IndexMissing, UsageError for what is no name, and RagqaError where too much waits or it takes too
        long."""

    async def compute(self, work: Callable[[RagQA], Given], index: str | None = None) -> Given:
        """The same of work that computes."""

    async def run(self, function: Callable[..., Given], *arguments: object) -> Given:
        """What any other function gives that may block."""
