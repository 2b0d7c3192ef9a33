from __future__ import annotations

from dataclasses import replace

import pytest

from ragqa.errors import IndexDamaged, IndexMismatch
from ragqa.indexing.manifest import Manifest


def test_a_manifest_survives_its_json(manifest: Manifest) -> None:
    assert Manifest.from_json(manifest.to_json()) == manifest


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", "{", '{"embedder": "x"}'])
def test_what_is_no_manifest_is_damage(text: str) -> None:
    with pytest.raises(IndexDamaged):
        Manifest.from_json(text)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"embedder": "other", "fingerprint": "f" * 32}, "embedder fake, not other"),
        ({"fingerprint": "f" * 32}, r"embedder fake.*another version.*ffffffff"),
        ({"chunk_tokens": 99}, "chunk_tokens 40, not 99"),
        ({"chunk_overlap": 9}, "chunk_overlap 8, not 9"),
        ({"heading_tokens": 9}, "heading_tokens 12, not 9"),
        ({"analyser": 99}, "text analysis version"),
    ],
)
def test_a_mismatch_names_both_values_and_the_command(manifest: Manifest, change: dict[str, object], named: str) -> None:
    with pytest.raises(IndexMismatch, match=named) as caught:
        manifest.refuse_mismatch(replace(manifest, **change), "shelf")  # type: ignore[arg-type]
    assert "'shelf'" in caught.value.message
    assert "ragqa index rm shelf" in caught.value.hint


def test_the_same_settings_are_no_mismatch(manifest: Manifest) -> None:
    manifest.refuse_mismatch(manifest, "shelf")
    manifest.refuse_mismatch(replace(manifest, vector_index="ivf"), "shelf")  # derived: does not change the vectors
