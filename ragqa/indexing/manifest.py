"""The settings an index was made with, kept in it, and refused where others are asked for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from ragqa.errors import IndexDamaged, IndexMismatch
from ragqa.text.analysis import ANALYSER_VERSION


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
        """Raises IndexDamaged when the stored manifest is not one."""
        try:
            stored = {"retriever": "", **json.loads(text)}  # indexes made before there were any do not name one
            return cls(**{item.name: stored[item.name] for item in fields(cls)})
        except (ValueError, KeyError, TypeError) as error:
            raise IndexDamaged("the index's manifest cannot be read", hint="Make the index again.") from error

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
