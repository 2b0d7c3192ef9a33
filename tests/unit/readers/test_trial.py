"""A reader from elsewhere is refused unless it answers; one that is damaged later says so in one line."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tiny_readers import byte_pairs, wordpiece

from ragqa.answering.reader_settings import ReaderSettings
from ragqa.answering.readers import load_reader
from ragqa.answering.windows import Passage
from ragqa.confined import children
from ragqa.errors import ModelError, UsageError
from ragqa.readers import trial
from ragqa.readers.archive import import_reader
from ragqa.readers.trial import trial_problem


@pytest.fixture
def folder(reader_folders: dict[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(reader_folders["bert"], tmp_path / "source" / "shop"))


def header_of(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def write_weights(path: Path, header: dict[str, Any], data: bytes) -> None:
    told = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(told)) + told + data)


def change(**values: Any) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **values}))

    return act


def misshape(folder: Path) -> None:
    header, data = header_of(folder / "model.safetensors")
    name = next(name for name in header if name.endswith("query.weight"))
    rows, columns = header[name]["shape"]
    header[name]["shape"] = [rows * 2, columns // 2]
    write_weights(folder / "model.safetensors", header, data)


def exchange(folder: Path) -> None:
    """Two weights, of which one fits texts that are as long as it is wide."""
    header, data = header_of(folder / "model.safetensors")
    one = next(name for name in header if name.endswith("embeddings.LayerNorm.weight"))
    other = next(name for name in header if header[name].get("shape") == header[one]["shape"] * 2)
    header[one], header[other] = header[other], header[one]
    write_weights(folder / "model.safetensors", header, data)


def overreach(folder: Path) -> None:
    header, data = header_of(folder / "model.safetensors")
    name = next(name for name in header if name.endswith("query.weight"))
    header[name]["data_offsets"] = [number + 10**12 for number in header[name]["data_offsets"]]
    write_weights(folder / "model.safetensors", header, data)


def not_a_number(folder: Path) -> None:
    header, data = header_of(folder / "model.safetensors")
    write_weights(folder / "model.safetensors", header, struct.pack("<f", float("nan")) * (len(data) // 4))


@pytest.mark.parametrize("tokenizer", [wordpiece, byte_pairs])
def test_what_readers_are_tried_on_here_is_the_same_each_time(tokenizer: Callable[[], Any]) -> None:
    assert tokenizer().to_str() == tokenizer().to_str()


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), 1e30])
def test_one_wild_weight_of_a_word_that_the_trial_does_not_ask_about_is_found(folder: Path, number: float) -> None:
    """It would pass, and give an error at the first question that has the word."""
    header, data = header_of(folder / "model.safetensors")
    name = next(name for name in header if name.endswith("word_embeddings.weight"))
    words = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    (rows, width), start = header[name]["shape"], header[name]["data_offsets"][0] + 4 * words["%"] * header[name]["shape"][1]
    assert words["%"] < rows
    assert width > 1
    write_weights(folder / "model.safetensors", header, data[:start] + struct.pack("<f", number) + data[start + 4 :])
    assert "numbers that are no weights" in trial_problem(folder)


def cut(name: str, share: float) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = (folder / name).read_bytes()
        (folder / name).write_bytes(data[: int(len(data) * share)])

    return act


def endless_header(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 2**63) + b"{}")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "layers": change(num_hidden_layers=10**9),
    "width": change(hidden_size=2**24),
    "words": change(vocab_size=9_999_999),
    "heads": change(num_attention_heads=0),
    "text": change(num_hidden_layers="2"),
    "nan": change(layer_norm_eps=float("nan")),
    "code": change(auto_map={"AutoModel": "evil.Evil"}),
    "misshapen": misshape,
    "out of reach": overreach,
    "no numbers": not_a_number,
    "cut weights": cut("model.safetensors", 0.5),
    "exchanged weights": exchange,
    "cut tokenizer": cut("tokenizer.json", 0.5),
    "endless header": endless_header,
    "no list": lambda folder: (folder / "config.json").write_text("[]") and None,
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_reader_is_not_imported_and_never_a_traceback(damage: str, folder: Path, tmp_path: Path) -> None:
    DAMAGES[damage](folder)
    with pytest.raises(UsageError, match="is no reader: ") as caught:
        import_reader(tmp_path / "home", folder)
    assert "\n" not in caught.value.message and ".import-" not in caught.value.message
    assert list((tmp_path / "home" / "models").iterdir()) == []


@pytest.mark.parametrize("damage", ["misshapen", "no numbers", "cut weights", "cut tokenizer"])
def test_a_reader_damaged_later_says_so_when_it_is_asked(damage: str, folder: Path) -> None:
    DAMAGES[damage](folder)
    with pytest.raises(ModelError) as caught:
        load_reader(str(folder)).read("What?", [Passage("That.")])
    assert "\n" not in caught.value.message and caught.value.hint


def test_a_sound_reader_passes(folder: Path) -> None:
    assert trial_problem(folder) == ""


@pytest.mark.skipif(sys.platform == "win32", reason="limits no memory")
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("time.sleep(300)", "takes it longer than 5 seconds (0 of them computing)"),
        ("len(bytearray(2_000_000_000))", "needs more memory than it may take"),
        ("os.kill(os.getpid(), 11)", "crashed (SIGSEGV)"),
        ("__import__('socket').socket()", "asks for the network: refused"),
    ],
)
def test_it_is_tried_by_a_process_with_limits(what: str, told: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = "import os, sys, time; sys.path[:] = {path!r}; from ragqa.readers import on_trial\n"
    worker += f"on_trial.load_reader = lambda folder: {what}\non_trial.serve({{memory}}, {{parent}})"
    monkeypatch.setattr(children, "_WORKER", worker)
    monkeypatch.setattr(trial, "SECONDS", 1.0 if "sleep" in what else 60.0)
    monkeypatch.setattr(trial, "MEMORY_MB", 1000)
    assert told in trial_problem(folder)


@pytest.mark.parametrize(
    "settings",
    [
        {"threshold": float("nan")}, {"threshold": -1}, {"threshold": "0.5"}, {"threshold": True}, {"window_tokens": -5},
        {"window_tokens": 1e9}, {"stride": None}, {"max_answer_tokens": 0}, {"join_blocks": "yes"}, {"passage_characters": 10**9},
        {"calibration": {"slope": float("inf")}}, {"calibration": {"bias": "x"}}, {"calibration": {"evil": 1}},
        {"calibration": []},
    ],
    ids=json.dumps,
)  # fmt: skip
def test_settings_that_no_reader_can_have_are_refused(settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "ragqa.json").write_text(json.dumps(settings))
    with pytest.raises(ModelError, match=r"ragqa\.json cannot be read"):
        ReaderSettings.load(tmp_path)
