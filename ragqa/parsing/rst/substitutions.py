"""Substitutions within substitutions that are nowhere defined: docutils cannot read a file that has one."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.parsers.rst import Parser
from docutils.transforms import Transform


class LeaveUndefined(Transform):
    """Leaves a substitution that is not there as it is written, within the text of another one."""

    default_priority = 210
    """Just before those that are there are put in, whose priority is 220."""

    def apply(self, **_: Any) -> None:
        """Change the definitions of the document."""
        for definition in self.document.substitution_defs.values():
            for named in list(definition.findall(nodes.substitution_reference)):
                if named["refname"].lower() not in self.document.substitution_names:
                    named.replace_self(nodes.Text(f"|{named['refname']}|"))


class RstSource(Parser):
    """docutils' parser, for documents whose substitutions name others that are missing."""

    def get_transforms(self) -> list[type[Transform]]:
        """What is done to the tree once it is read."""
        return [*super().get_transforms(), LeaveUndefined]
