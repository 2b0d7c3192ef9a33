"""xml files."""

from ragqa.parsing.xml.parser import PARSER

__all__ = ["PARSER"]
