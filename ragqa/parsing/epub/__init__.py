"""epub files."""

from ragqa.parsing.epub.parser import PARSER

__all__ = ["PARSER"]
