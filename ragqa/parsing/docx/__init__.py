"""docx files."""

from ragqa.parsing.docx.parser import PARSER

__all__ = ["PARSER"]
