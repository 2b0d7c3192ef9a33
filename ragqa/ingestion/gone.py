"""What an ingest takes out of the index: of the documents whose files are gone, those that whoever asked for it agrees to."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from ragqa.indexing.index import StoredDocument
from ragqa.ingestion.discover import Discovery
from ragqa.ingestion.plan import Plan
from ragqa.types import Gone

Prune = bool | Callable[[Gone], bool]
"""Whether documents are taken out whose files are gone; a function is asked once for each folder that lost some."""


def to_remove(plan: Plan, discovery: Discovery, documents: Sequence[StoredDocument], prune: Prune) -> frozenset[int]:
    """The documents, by their ids, that are to be taken out."""
    if isinstance(prune, bool):
        return frozenset(document.id for document in plan.missing) if prune else frozenset()
    lost: defaultdict[Path, list[StoredDocument]] = defaultdict(list)
    for document in plan.missing:
        lost[_root_of(document, discovery.roots)].append(document)
    held = Counter(_root_of(document, discovery.roots) for document in documents) if lost else Counter[Path]()
    found = Counter(file.root for file in discovery.files)
    removed: set[int] = set()
    for root, missing in lost.items():
        sources = tuple(Path(os.fsdecode(one.source)) for one in missing)
        if prune(Gone(root, tuple(one.path for one in missing), sources, held[root], found[root])):
            removed.update(one.id for one in missing)
    return frozenset(removed)


def _root_of(document: StoredDocument, roots: Sequence[Path]) -> Path:
    """The innermost searched folder that a document's file is, or was, in; none of them: Path()."""
    source = Path(os.fsdecode(document.source))
    return max((root for root in roots if source.is_relative_to(root)), key=lambda root: len(root.parts), default=Path())
