"""odt, ods and odp files."""

from ragqa.parsing.odf.parser import PARSER

__all__ = ["PARSER"]
