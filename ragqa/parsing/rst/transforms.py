"""What docutils does not cope with: substitutions that name others that are nowhere defined, or themselves, or grow without end;
many lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Parser
from docutils.transforms import Transform

_MAY_GROW = 5_000_000
"""By how many characters all substitutions together may make a text longer."""

_NESTED = 1000
"""How many characters a substitution within another counts for: docutils looks it up anew wherever the other one is put in."""

_DEEPEST = 50


class LeaveUndefined(Transform):
    """Leaves a substitution that is not there, or leads back to itself, as it is written within the text of another one."""

    default_priority = 210
    """Just before those that are there are put in, whose priority is 220."""

    def apply(self, **_: Any) -> None:
        """Change the definitions of the document."""
        for definition in self.document.substitution_defs.values():
            for named in list(definition.findall(nodes.substitution_reference)):
                if named["refname"].lower() not in self.document.substitution_names:
                    _leave(named)
        for back in self._leading_back():
            _leave(back)

    def _leading_back(self) -> list[nodes.Element]:
        """Those within definitions without which none leads to itself: what names a definition that is being followed."""
        found: list[nodes.Element] = []
        followed: dict[str, bool] = {}  # whether it is being followed, or has been
        for first in self.document.substitution_defs:
            if first in followed:
                continue
            ways = [(first, self._named_in(first))]
            followed[first] = True
            while ways:
                name, within = ways[-1]
                named = next(within, None)
                if named is None:
                    followed[name] = False
                    ways.pop()
                elif (leads_to := _definition_of(self.document, named)) not in followed:
                    followed[leads_to] = True
                    ways.append((leads_to, self._named_in(leads_to)))
                elif followed[leads_to]:
                    found.append(named)
        return found

    def _named_in(self, definition: str) -> Iterator[nodes.Element]:
        found: Iterator[nodes.Element] = self.document.substitution_defs[definition].findall(nodes.substitution_reference)
        return found


class LeaveEndless(Transform):
    """Leaves substitutions as they are written once they would make the text too long, and adds to the document's settings, as
    `left_substitutions`, how many those are."""

    default_priority = 211
    """After what is undefined was left, and before the others are put in."""

    def apply(self, **_: Any) -> None:
        """Change the document."""
        grown: dict[str, int] = {}
        may_grow, left = _MAY_GROW, 0
        for named in list(self.document.findall(nodes.substitution_reference)):
            growth = self._growth(named, grown)
            if growth > may_grow:
                _leave(named)
                left += 1
            else:
                may_grow -= growth
        self.document.settings.left_substitutions = left

    def _growth(self, named: nodes.Element, grown: dict[str, int], depth: int = 0) -> int:
        """What a substitution adds to the text; `grown` keeps what is known of each definition."""
        definitions, name = self.document.substitution_defs, _definition_of(self.document, named)
        if depth > _DEEPEST:
            return _MAY_GROW
        if name in grown or not name:
            return grown.get(name, 0)
        inner = list(definitions[name].findall(nodes.substitution_reference))
        grown[name] = len(definitions[name].astext()) + sum(_NESTED + self._growth(one, grown, depth + 1) for one in inner)
        return grown[name]


class LeaveOutTransitions(Transform):
    """Takes away the lines between parts, which say nothing: docutils looks for each of them among all that stands beside it."""

    default_priority = 820
    """Before their places are looked at, whose priority is 830."""

    def apply(self, **_: Any) -> None:
        """Change the document."""
        for parent in {id(line.parent): line.parent for line in self.document.findall(nodes.transition)}.values():
            kept = [child for child in parent.children if not isinstance(child, nodes.transition)]
            parent.clear()
            parent.extend(kept)


def _definition_of(document: nodes.document, named: nodes.Element) -> str:
    """The name by which a document defines what is named; none where it does not."""
    name: str = named["refname"]
    return name if name in document.substitution_defs else document.substitution_names.get(name.lower(), "")


def _leave(named: nodes.Element) -> None:
    named.replace_self(nodes.Text(f"|{named['refname']}|"))


class RstSource(Parser):
    """docutils' parser, for documents with substitutions of what is missing or endless, or with many transitions."""

    def get_transforms(self) -> list[type[Transform]]:
        """What is done to the tree once it is read."""
        return [*super().get_transforms(), LeaveUndefined, LeaveEndless, LeaveOutTransitions]
