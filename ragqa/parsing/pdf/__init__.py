"""pdf files."""

from ragqa.parsing.pdf.parser import PARSER

__all__ = ["PARSER"]
