"""text files."""

from ragqa.parsing.text.parser import PARSER

__all__ = ["PARSER"]
