"""The attributes over a block, such as "[source,sh]" or "[%header,cols=2]"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PART = re.compile(r"(?:[^,\"']|\"[^\"]*\"|'[^']*')+")
_STYLE = re.compile(r"\s*([\w-]*)")
_OPTION = re.compile(r"%([\w-]+)")


@dataclass(slots=True)
class Attributes:
    """What the lines over a block have said so far."""

    style: str = ""
    named: dict[str, str] = field(default_factory=dict)
    options: set[str] = field(default_factory=set)

    def read(self, line: str) -> None:
        """Take in one line in brackets; an anchor says nothing."""
        if line.startswith("[["):
            return
        for index, part in enumerate(_PART.findall(line[1:-1])):
            name, equals, value = part.partition("=")
            if equals:
                self.named[name.strip()] = value.strip().strip("\"'")
            elif index == 0:
                style = _STYLE.match(part)
                self.style = style.group(1) if style else ""
                self.options |= set(_OPTION.findall(part))
        said = (option.strip() for key in ("options", "opts") for option in self.named.get(key, "").split(","))
        self.options |= set(filter(None, said))
