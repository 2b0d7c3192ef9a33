"""man pages."""

from ragqa.parsing.man.parser import PARSER

__all__ = ["PARSER"]
