"""rtf files."""

from ragqa.parsing.rtf.parser import PARSER

__all__ = ["PARSER"]
