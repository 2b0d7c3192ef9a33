"""xlsx files."""

from ragqa.parsing.xlsx.parser import PARSER

__all__ = ["PARSER"]
