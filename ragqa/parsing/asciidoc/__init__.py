"""asciidoc files."""

from ragqa.parsing.asciidoc.parser import PARSER

__all__ = ["PARSER"]
