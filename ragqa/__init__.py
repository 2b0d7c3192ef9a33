"""ragqa: exact answers from large manuals, on your own machine."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

from ragqa.engine import RagQA

try:
    __version__ = version("ragqa")
except PackageNotFoundError:  # run from a checkout that was never installed
    __version__ = "0+unknown"

__all__ = ["RagQA", "__version__"]
