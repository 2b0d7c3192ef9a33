"""The models that come with ragqa, and what can take their place."""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from ragqa import RagQA
from ragqa.answering.readers import GraphReader, load_reader, load_trainable
from ragqa.answering.windows import Passage
from ragqa.demo.tour import sample_pairs
from ragqa.errors import ModelError
from ragqa.indexing.index import Index
from ragqa.inference.adapter import About, Adapter, write_adapter
from ragqa.inference.embedder import DEFAULT_PACKAGE, DEFAULT_WEIGHTS_SHA256, GraphEmbedder, default_adapter, load_embedder

TEXT = "The tank of the espresso machine holds 2.4 litres of water. The machine weighs 12 kg and is 30 cm wide."


def embedder_folder() -> Path:
    package = importlib.util.find_spec(DEFAULT_PACKAGE)
    assert package is not None and package.origin is not None
    return Path(package.origin).parent / "model"


def reader_folder() -> Path:
    return Path(str(files("ragqa.models") / "default"))


def test_the_default_embedders_weights_are_the_known_ones() -> None:
    weights = (embedder_folder() / "model.safetensors").read_bytes()
    assert hashlib.sha256(weights).hexdigest() == DEFAULT_WEIGHTS_SHA256
    assert DEFAULT_WEIGHTS_SHA256.startswith("53aa51172d142c89")


def test_our_vectors_are_those_of_sentence_transformers_in_full_precision(demo: RagQA) -> None:
    import torch
    from sentence_transformers import SentenceTransformer

    with Index(demo.folder) as index:
        texts = [stored.chunk.text for row in index.documents() for stored in index.document_chunks(row.id)[:8]]
    plain = SentenceTransformer(str(embedder_folder()), device="cpu")
    with torch.inference_mode():
        reference = plain.encode(texts, normalize_embeddings=True, show_progress_bar=False)
    ours = load_embedder(str(embedder_folder())).embed_passages(texts)
    assert ours.shape == reference.shape == (len(texts), 384) and ours.dtype == np.float32
    assert np.linalg.norm(ours, axis=1) == pytest.approx(1.0, abs=1e-3)
    cosines = (ours * reference).sum(axis=1)
    assert cosines.mean() >= 0.99 and cosines.min() >= 0.97


def test_the_vectors_of_a_text_do_not_depend_on_its_neighbours() -> None:
    embedder = load_embedder()
    alone = embedder.embed_passages([TEXT])[0]
    among = embedder.embed_passages(["short", TEXT, "a much longer text " * 40])[1]
    assert float(alone @ among) >= 0.999
    assert embedder.embed_passages([]).shape == (0, 384)


def test_tokens_are_counted_as_the_model_cuts_them() -> None:
    from sentence_transformers import SentenceTransformer

    tokenizer = SentenceTransformer(str(embedder_folder()), device="cpu").tokenizer
    texts = ["", "E-24", TEXT, "x" * 300, "日本語 café 😀", TEXT * 30]
    expected = [len(tokenizer(text, add_special_tokens=False, truncation=False)["input_ids"]) for text in texts]
    embedder = load_embedder()
    assert embedder.count_tokens(texts) == expected
    assert (embedder.dimension, embedder.max_tokens) == (384, 254)


def test_a_local_folder_can_be_the_embedder(tmp_path: Path) -> None:
    shutil.copytree(embedder_folder(), tmp_path / "mine")
    mine = load_embedder(str(tmp_path / "mine"))
    assert mine.fingerprint != load_embedder().fingerprint
    plain = load_embedder(str(embedder_folder()))
    assert float(mine.embed_passages([TEXT])[0] @ plain.embed_passages([TEXT])[0]) == pytest.approx(1.0, abs=1e-4)


def test_what_the_default_embedder_was_taught_is_small_and_of_the_known_weights() -> None:
    adapter = Adapter(default_adapter())
    assert adapter.about.base == DEFAULT_WEIGHTS_SHA256 and adapter.about.taught_with
    assert sum(path.stat().st_size for path in default_adapter().iterdir()) < 6_000_000
    assert (default_adapter() / "README.md").is_file()
    plain, taught = load_embedder(str(embedder_folder())), load_embedder()
    assert plain.count_tokens([TEXT]) == taught.count_tokens([TEXT])
    same = float(plain.embed_passages([TEXT])[0] @ taught.embed_passages([TEXT])[0])
    assert 0.3 < same < 0.999


@pytest.mark.parametrize("content", [{}, {"config.json": "{}"}, {"notes.txt": "no model"}])
def test_a_folder_that_is_no_embedder_is_a_model_error(content: dict[str, str], tmp_path: Path) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(ModelError) as caught:
        load_embedder(str(tmp_path)).embed_passages([TEXT])
    assert caught.value.hint


def test_the_default_reader_comes_with_the_package_and_answers() -> None:
    reader = load_reader()
    assert isinstance(reader, GraphReader)
    assert {path.name for path in reader_folder().iterdir()} >= {
        "model.safetensors",
        "config.json",
        "tokenizer.json",
        "README.md",
    }
    for question, answer in (("How much water does the tank hold?", "2.4 litres"), ("How heavy is the machine?", "12 kg")):
        best = reader.read(question, [Passage(TEXT, "Espresso machine")]).spans[0]
        assert answer in TEXT[best.start : best.end] and best.end - best.start < 30


def test_the_default_readers_threshold_is_a_probability() -> None:
    assert 0 < load_reader().settings.threshold < 1


def test_the_reader_prefers_the_passage_that_answers() -> None:
    other = "The filter is replaced every two months. Order it from a dealer."
    spans = load_reader().read("How much water does the tank hold?", [Passage(other), Passage(TEXT)]).spans
    assert spans[0].passage == 1


def test_a_local_folder_can_be_the_reader(demo: RagQA, tmp_path: Path) -> None:
    shutil.copytree(reader_folder(), tmp_path / "mine")
    question = "How tight should the shower screen screw be?"
    mine = RagQA(settings=demo.settings, reader=str(tmp_path / "mine"))
    assert mine.ask(question).answers == demo.using(effort="fast").ask(question).answers
    mine.close()


@pytest.mark.parametrize("content", [{}, {"config.json": "{}"}, {"config.json": '{"model_type": "bert"}'}])
def test_a_folder_that_is_no_reader_is_a_model_error(content: dict[str, str], demo: RagQA, tmp_path: Path) -> None:
    for name, text in content.items():
        (tmp_path / name).write_text(text)
    wrong = RagQA(settings=demo.settings, reader=str(tmp_path))
    with pytest.raises(ModelError) as caught:
        wrong.ask("How tight should the shower screen screw be?")
    assert str(tmp_path) in caught.value.message and caught.value.hint
    wrong.close()


def test_a_model_without_a_question_answering_head_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        load_reader(str(embedder_folder())).read("How much?", [Passage(TEXT)])


def test_a_question_is_answered_without_torch(demo: RagQA) -> None:
    """The libraries that take seconds to load are for training, and for models that have no graph here."""
    code = (
        "import sys; from ragqa import RagQA; from ragqa.config import Settings;"
        "qa = RagQA('demo', settings=Settings(home=sys.argv[1])); print(len(qa.ask('How heavy is the espresso machine?')));"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'scipy', 'sklearn', 'onnx'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", code, str(demo.settings.home)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    assert result.stdout.split("\n")[:2] == ["3", "[]"]


def test_the_fast_reader_reads_like_torch(demo: RagQA) -> None:
    """Both in what precision this CPU is fast in, eight-bit numbers and bf16: the same best spans, but for near ties.

    What that costs in F1, which is nothing, test_quality.py holds.
    """
    fast, torch = load_reader(), load_trainable()
    assert type(fast) is not type(torch)
    same, pairs = 0, [pair for pair in sample_pairs() if pair.answers][:60:5]
    for pair in pairs:
        hits = demo.search(pair.question)
        passages = [Passage(hit.chunk.text, hit.title) for hit in hits]
        one, other = fast.read(pair.question, passages), torch.read(pair.question, passages)
        assert one.null == pytest.approx(other.null, abs=0.2 * len(passages))  # a sum over them
        assert one.spans[0].margin == pytest.approx(other.spans[0].margin, abs=0.75)
        same += (one.spans[0].passage, one.spans[0].start, one.spans[0].end) == (
            other.spans[0].passage, other.spans[0].start, other.spans[0].end,
        )  # fmt: skip
    assert same >= 0.8 * len(pairs)


def test_many_passages_at_once_get_vectors_near_those_of_full_precision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packed, by eight-bit products: also with another adapter than the one that the inputs' reaches were taken with."""
    monkeypatch.setattr("ragqa.inference.embedder.MANY_TOKENS", 1)
    texts = [f"{pair.question} {pair.answers[0] if pair.answers else ''}" for pair in sample_pairs()[:24]]
    nothing = {name: (0 * down, up) for name, (down, up) in Adapter(default_adapter()).deltas().items()}
    write_adapter(tmp_path, nothing, About(DEFAULT_WEIGHTS_SHA256, Adapter(default_adapter()).about.rank))
    for adapter in (None, tmp_path):
        embedder = load_embedder(adapter=adapter)
        assert isinstance(embedder, GraphEmbedder) and embedder._packed is not None
        embedder._packed.pays = True
        cosines = (embedder.embed_passages(texts) * embedder._embed(texts, "")).sum(axis=1)
        assert cosines.mean() > 0.99 and cosines.min() > 0.98
