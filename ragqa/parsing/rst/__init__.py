"""rst files."""

from ragqa.parsing.rst.parser import PARSER

__all__ = ["PARSER"]
