"""ragqa: exact answers from large manuals, on your own machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragqa.client import connect
    from ragqa.engine import RagQA

    __version__: str

__all__ = ["RagQA", "__version__", "connect"]


def __getattr__(name: str) -> Any:
    """The engine and the version, when they are first asked for: `ragqa --help` needs neither and should not wait for them."""
    if name == "RagQA":
        from ragqa.engine import RagQA

        return RagQA
    if name == "connect":
        from ragqa.client import connect

        return connect
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("ragqa")
        except PackageNotFoundError:  # run from a checkout that was never installed
            return "0+unknown"
    raise AttributeError(f"module 'ragqa' has no attribute '{name}'")
