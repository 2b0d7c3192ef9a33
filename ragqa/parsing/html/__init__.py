"""html files."""

from ragqa.parsing.html.parser import PARSER

__all__ = ["PARSER"]
