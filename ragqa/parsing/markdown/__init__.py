"""Markdown files."""

from ragqa.parsing.markdown.parser import PARSER

__all__ = ["PARSER"]
