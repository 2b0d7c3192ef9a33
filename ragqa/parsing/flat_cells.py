"""The words of a table's cell without the blocks they stand in, for formats that are read by way of HTML."""

from __future__ import annotations

import re

_OPENS = re.compile(r"<tr>|<p>|<dt>|<pre>|<div[^>]*>|<br>")
_TAG = re.compile(r"</?(?!su[bp]>)\w[^>]*>")


def flat_cell(markup: str) -> str:
    """A cell's markup as one text: the items of a list behind bullets, so that the table stays one of data."""
    markup = markup.replace("<li>", " \u2022 ").replace("</dt>", ": ")
    return _TAG.sub("", _OPENS.sub(" ", markup))
