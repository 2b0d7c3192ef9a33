"""pptx files."""

from ragqa.parsing.pptx.parser import PARSER

__all__ = ["PARSER"]
