"""The settings an index was made with, kept in it, and refused where others are asked for."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from typing import Any

from ragqa.errors import IndexDamaged, IndexMismatch
from ragqa.paths import is_plain_name
from ragqa.text.analysis import ANALYSER_VERSION

_VECTOR_INDEXES = ("auto", "flat", "ivf")
MOST_NUMBERS = 65_536
"""Of a vector."""

_NAME = re.compile(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,1000}")
_FINGERPRINT = re.compile(r"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,128}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The settings an index was made with; a chunk made with others would not be comparable.

    `retriever` is the trained retriever that the embedder is, by its name in the home folder; empty: the embedder as it comes.
    """

    embedder: str
    fingerprint: str
    dimension: int
    chunk_tokens: int
    chunk_overlap: int
    heading_tokens: int
    vector_index: str = "auto"
    analyser: int = ANALYSER_VERSION
    retriever: str = ""

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Manifest:
        """Raises IndexDamaged when the stored manifest is not one, or says what no index can have been made with."""
        try:
            stored = {"retriever": "", **json.loads(text)}  # indexes made before there were any do not name one
            values = {item.name: stored[item.name] for item in fields(cls)}
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise IndexDamaged("the index's manifest cannot be read", hint="Make the index again.") from error
        wrong = [name for name, value in values.items() if not _may_be(name, value)]
        if wrong:
            raise IndexDamaged(f"the index's manifest says nonsense of {', '.join(wrong)}", hint="Make the index again.")
        return cls(**values)

    def refuse_mismatch(self, asked: Manifest, name: str) -> None:
        """Raises IndexMismatch, naming the fixing command, when this index's chunks and `asked`'s would not be comparable."""
        what = {
            "fingerprint": ("embedder", self.embedder, asked.embedder),
            "chunk_tokens": ("chunk_tokens", self.chunk_tokens, asked.chunk_tokens),
            "chunk_overlap": ("chunk_overlap", self.chunk_overlap, asked.chunk_overlap),
            "heading_tokens": ("heading_tokens", self.heading_tokens, asked.heading_tokens),
            "analyser": ("text analysis version", self.analyser, asked.analyser),
        }
        for key, (label, has, wants) in what.items():
            if getattr(self, key) != getattr(asked, key):
                same = f" (another version: {self.fingerprint[:8]}, now {asked.fingerprint[:8]})" if has == wants else ""
                hint = f"Use the same setting, another --index, or make it anew: ragqa index rm {name} and ingest again."
                if same:
                    hint = f"Give it this version's vectors: ragqa index embed {name}. Or make it anew: ragqa index rm {name}."
                raise IndexMismatch(f"index '{name}' was made with {label} {has}, not {wants}{same}", hint=hint)


def _may_be(name: str, value: Any) -> bool:
    """Whether a manifest may say this of what goes by that name."""
    if name in ("embedder", "fingerprint"):
        return isinstance(value, str) and (_NAME if name == "embedder" else _FINGERPRINT).fullmatch(value) is not None
    if name == "retriever":
        return isinstance(value, str) and (not value or is_plain_name(value))
    if name == "vector_index":
        return value in _VECTOR_INDEXES
    least, most = {"dimension": (1, MOST_NUMBERS), "analyser": (0, MOST_NUMBERS)}.get(name, (0, 10**6))
    return type(value) is int and least <= value <= most
