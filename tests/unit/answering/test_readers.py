from __future__ import annotations

import json
import math
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from ragqa.answering.reader_settings import Calibration, ReaderSettings
from ragqa.answering.readers import GraphReader, TransformerReader, load_reader, load_trainable
from ragqa.answering.spans import Reading
from ragqa.answering.windows import Passage, make_windows
from ragqa.errors import ModelError
from ragqa.inference.encoder import load_encoder
from ragqa.inference.weights import Int8Rows

QUESTION = "What does E-24 mean?"
TEXT = "The kettle boils 1.7 litres. E-24: the lid is open. Keep the lid closed while it heats!"
LONG = " ".join(f"Step {number}: press MENU for {number} seconds." for number in range(80))
SETTINGS = ReaderSettings(window_tokens=96, stride=32, max_answer_tokens=6)


@pytest.fixture
def reader(reader_folder: Path) -> TransformerReader:
    return TransformerReader("tiny", str(reader_folder), SETTINGS)


def spans_of(reading: Reading) -> list[tuple[int, int, int]]:
    return [(span.passage, span.start, span.end) for span in reading.spans]


def test_every_kind_of_model_reads(reader: TransformerReader) -> None:
    reading = reader.read(QUESTION, [Passage(TEXT, "Kettle K1"), Passage(LONG)])
    assert {span.passage for span in reading.spans} == {0, 1}
    margins = [span.margin for span in reading.spans]
    assert margins == sorted(margins, reverse=True) and all(map(math.isfinite, margins))
    assert reading.null < 0
    for span in reading.spans:
        text = (TEXT, LONG)[span.passage][span.start : span.end]
        assert text and text == text.strip()


def test_segment_numbers_reach_the_model_exactly_when_the_tokenizer_makes_them(
    reader: TransformerReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[set[str]] = []
    forward = type(reader.model).forward
    monkeypatch.setattr(type(reader.model), "forward", lambda self, **inputs: seen.append(set(inputs)) or forward(self, **inputs))
    reader.read(QUESTION, [Passage(TEXT)])
    assert seen == [set(reader.tokenizer.model_input_names)]
    assert ("token_type_ids" in seen[0]) == (type(reader.model).__name__ == "BertForQuestionAnswering")


def test_reading_is_repeatable_and_does_not_depend_on_neighbours(reader: TransformerReader) -> None:
    alone = reader.read(QUESTION, [Passage(TEXT)])
    assert reader.read(QUESTION, [Passage(TEXT)]) == alone
    among = reader.read(QUESTION, [Passage(LONG), Passage(TEXT)])
    mine = [span for span in among.spans if span.passage == 1]
    assert max(span.margin for span in mine) == pytest.approx(alone.spans[0].margin, abs=0.05)


def test_many_windows_are_read_in_parts(reader: TransformerReader, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reader.read(QUESTION, [Passage(LONG)])
    monkeypatch.setattr("ragqa.answering.readers.WINDOWS_AT_ONCE", 2)
    parts = reader.read(QUESTION, [Passage(LONG)])
    assert parts.null == pytest.approx(whole.null, rel=0.05)
    assert parts.spans[0].margin == pytest.approx(whole.spans[0].margin, abs=0.05)


def test_spans_keep_to_their_segments(reader: TransformerReader) -> None:
    text = "Code: E-24 | Cause: The lid is open | Remedy: Close it"
    segments = ((6, 10), (20, 35), (46, 54))
    reading = reader.read(QUESTION, [Passage(text, "Kettle K1 > Errors", segments)])
    assert reading.spans
    for _, start, end in spans_of(reading):
        assert any(first <= start < end <= last for first, last in segments), text[start:end]


def test_no_span_is_longer_than_allowed(reader: TransformerReader) -> None:
    for most in (1, 3):
        reader.settings = replace(SETTINGS, max_answer_tokens=most)
        for span in reader.read(QUESTION, [Passage(TEXT)]).spans:
            assert len(TEXT[span.start : span.end].split()) <= most  # tokens, which are parts of words


def test_headings_are_read_unless_the_reader_was_trained_without(reader: TransformerReader) -> None:
    with_headings = Passage(TEXT, "Kettle K1 > Errors > What E-24 means")
    reader.settings = replace(SETTINGS, read_headings=False)
    assert reader.read(QUESTION, [with_headings]) == reader.read(QUESTION, [Passage(TEXT)])
    reader.settings = SETTINGS
    assert reader.read(QUESTION, [with_headings]) != reader.read(QUESTION, [Passage(TEXT)])


def test_nothing_to_read(reader: TransformerReader) -> None:
    assert reader.read(QUESTION, []) == Reading((), 0.0)
    assert reader.read(QUESTION, [Passage("Errors", "", ((0, 0),))]) == Reading((), 0.0)


def test_settings_survive_their_file(tmp_path: Path) -> None:
    settings = ReaderSettings(max_answer_tokens=9, threshold=0.25, calibration=Calibration(bias=-1.5, near=2.0))
    settings.save(tmp_path)
    assert ReaderSettings.load(tmp_path) == settings


def test_a_plain_model_has_the_default_settings(tmp_path: Path, reader_folders: dict[str, Path]) -> None:
    assert ReaderSettings.load(tmp_path) == ReaderSettings()
    assert load_reader(str(reader_folders["bert"])).settings == ReaderSettings()


def test_missing_settings_are_the_defaults_and_unknown_ones_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "ragqa.json").write_text(json.dumps({"threshold": 0.75, "trained_on": "squad"}))
    assert ReaderSettings.load(tmp_path) == ReaderSettings(threshold=0.75)


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"calibration": {"colour": 1}}', '{"calibration": [1]}'])
def test_a_bad_settings_file_is_named(content: str, tmp_path: Path) -> None:
    (tmp_path / "ragqa.json").write_text(content)
    with pytest.raises(ModelError, match=r"ragqa\.json"):
        ReaderSettings.load(tmp_path)


def test_a_folder_is_loaded_with_its_settings_at_the_first_question(reader_folder: Path) -> None:
    for reader in (load_reader(str(reader_folder)), load_trainable(str(reader_folder))):
        assert "model" not in vars(reader) and "tokenizer" not in vars(reader)
        assert reader.read(QUESTION, [Passage(TEXT)]).spans
        assert "tokenizer" in vars(reader)


def test_every_architecture_with_a_graph_is_read_without_torch(reader_folder: Path) -> None:
    assert type(load_reader(str(reader_folder))) is GraphReader
    assert type(load_trainable(str(reader_folder))) is TransformerReader


def test_other_architectures_are_read_with_torch(tmp_path: Path) -> None:
    from tiny_readers import save_reader

    save_reader("electra", tmp_path / "electra")
    reader = load_reader(str(tmp_path / "electra"))
    assert type(reader) is TransformerReader and reader.read(QUESTION, [Passage(TEXT)]).spans


def test_a_model_without_a_head_is_no_reader(reader_folder: Path, tmp_path: Path) -> None:
    from tiny_readers import save_model

    save_model(reader_folder.name, tmp_path / "encoder", head=False)
    with pytest.raises(ModelError, match="head"):
        load_reader(str(tmp_path / "encoder")).read(QUESTION, [Passage(TEXT)])


@pytest.mark.parametrize("load", [load_reader, load_trainable])
def test_threads_read_what_one_would(load: Any, reader_folder: Path) -> None:
    """Also the first readings, which load the model."""
    questions = [f"{QUESTION} And {word}?" for word in ("why", "where", "how often", "since when", "who says so", "which lid")]
    passages = [[Passage(LONG[40 * first :]), Passage(TEXT, "Kettle K1")] for first in range(6)]
    alone, shared = load(str(reader_folder)), load(str(reader_folder))
    alone.settings = shared.settings = SETTINGS
    expected = [alone.read(question, some) for question, some in zip(questions, passages, strict=True)]
    together = Barrier(6)

    def read(number: int) -> list[Reading]:
        together.wait()
        return [shared.read(questions[number], passages[number]) for _ in range(4)]

    with ThreadPoolExecutor(6) as threads:
        for number, readings in enumerate(threads.map(read, range(6))):
            assert readings == [expected[number]] * 4


def test_a_folder_whose_tokenizer_cannot_be_read_is_a_model_error(reader_folder: Path, tmp_path: Path) -> None:
    import shutil

    folder = Path(shutil.copytree(reader_folder, tmp_path / "broken"))
    (folder / "tokenizer.json").write_text("{")
    with pytest.raises(ModelError, match="broken"):
        load_reader(str(folder)).read(QUESTION, [Passage(TEXT)])


def test_the_fast_reader_reads_as_torch_does(reader_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.inference.torch_runtime.cpu_has_bf16", lambda: False)
    folder = reader_folder
    encoder = load_encoder(folder, INFERENCE_PRECISION_HINT="f32")
    assert encoder is not None
    fast, torch = GraphReader("fast", folder, SETTINGS, encoder), TransformerReader("torch", str(folder), SETTINGS)
    passages = [Passage(TEXT, "Kettle K1"), Passage(LONG), Passage("", "Only a heading"), Passage("日本語 café")]
    windows = [make_windows(one.tokenizer, QUESTION, passages, 96, 32) for one in (fast, torch)]
    for name, values in windows[1].inputs.items():
        assert np.array_equal(windows[0].inputs[name], values)
    one, other = fast.read(QUESTION, passages), torch.read(QUESTION, passages)
    assert one.null == pytest.approx(other.null, abs=1e-3)
    assert spans_of(one) == spans_of(other)
    assert [span.margin for span in one.spans] == pytest.approx([span.margin for span in other.spans], abs=1e-3)


def test_no_window_is_filled_up_to_the_length_of_another(reader_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter of what was computed was padding; and so a reading is the same to the last bit whatever else is read."""
    encoder = load_encoder(reader_folder)
    assert encoder is not None
    reader, given = GraphReader("fast", reader_folder, SETTINGS, encoder), []
    run_each = encoder.run_each
    monkeypatch.setattr(encoder, "run_each", lambda batches: given.extend(batches) or run_each(batches))
    passages = [Passage(TEXT, "Kettle K1"), Passage(LONG), Passage("short"), Passage("Keep the lid closed.")]
    together = reader.read(QUESTION, passages)
    assert len(given) > len(passages) and all(mask.all() for _, mask, _ in given)
    for number, passage in enumerate(passages):
        alone = reader.read(QUESTION, [passage])
        assert [replace(span, passage=number) for span in alone.spans] == [one for one in together.spans if one.passage == number]


def test_a_reader_is_named_after_its_folder(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    assert [load_reader(name).name for name in (str(tmp_path / "shop"), "default", "somebody/reader")] == [
        "shop", "default", "somebody/reader",
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["/no/such/folder", "./missing", "~/missing"])
def test_a_missing_folder_is_refused_at_once(name: str) -> None:
    with pytest.raises(ModelError, match="no folder") as caught:
        load_reader(name)
    assert "hub name" in caught.value.hint


def test_a_folder_without_a_model_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_reader(str(tmp_path)).read(QUESTION, [Passage(TEXT)])


def test_pickled_weights_are_refused(tmp_path: Path, reader_folders: dict[str, Path]) -> None:
    import shutil

    import torch

    folder = tmp_path / "pickled"
    shutil.copytree(reader_folders["bert"], folder)
    (folder / "model.safetensors").unlink()
    torch.save({}, folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="cannot be loaded") as caught:
        load_reader(str(folder)).read(QUESTION, [Passage(TEXT)])
    assert "safetensors" in caught.value.hint


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_a_hub_name_without_network_is_a_model_error() -> None:
    with pytest.raises(ModelError, match="somebody/some-reader"):
        load_reader("somebody/some-reader").read(QUESTION, [Passage(TEXT)])


def test_a_reader_reads_its_own_folder_only(tmp_path: Path, reader_folders: dict[str, Any]) -> None:
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text("{}")
    with pytest.raises(ModelError):
        load_reader(str(tmp_path / "bert")).read(QUESTION, [Passage(TEXT)])


def test_weights_of_eight_bit_numbers_read_the_same_on_both_runtimes(reader_folder: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file, save_file

    folder = tmp_path / reader_folder.name
    shutil.copytree(reader_folder, folder)
    tensors = load_file(folder / "model.safetensors")
    for name, matrix in list(tensors.items()):
        if name.endswith(("dense.weight", "word_embeddings.weight")):
            rows = Int8Rows.of(matrix.astype(np.float32))
            tensors[name], tensors[f"{name}.scale"] = rows.numbers, rows.scales
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    plain, fast, torch = (
        kind(str(path)) for kind, path in ((load_reader, reader_folder), (load_reader, folder), (load_trainable, folder))
    )
    margins = [max(span.margin for span in reader.read(QUESTION, [Passage(TEXT)]).spans) for reader in (plain, fast, torch)]
    assert margins[1] == pytest.approx(margins[2], abs=0.05) and margins[1] == pytest.approx(margins[0], abs=0.2)
