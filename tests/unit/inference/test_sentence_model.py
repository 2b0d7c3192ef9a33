from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ragqa.inference.prefixes import Prefixes
from ragqa.inference.sentence_model import PoolingKind, SentenceModel, folder_prefixes, read_sentence_model

MEAN = {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": False}
CLS = {"pooling_mode_mean_tokens": False, "pooling_mode_cls_token": True}
WRITTEN = {
    "transformer_task": "feature-extraction",
    "modality_config": {"text": {"method": "forward", "method_output_name": "last_hidden_state"}},
    "module_output_name": "token_embeddings",
}


def write(
    folder: Path,
    pooling: Any = MEAN,
    transformer: Any = None,
    kinds: tuple[str, ...] = ("Transformer", "Pooling", "Normalize"),
    **files: Any,
) -> Path:
    """A folder as sentence-transformers writes it, without the model; `files` by the name without .json."""
    folder.mkdir(exist_ok=True)
    modules = [
        {"path": f"{number}_{kind}" if number else "", "type": f"sentence_transformers.models.{kind}"}
        for number, kind in enumerate(kinds)
    ]
    contents = {"modules": modules, "1_Pooling/config": pooling, "sentence_bert_config": transformer or {}, "tokenizer": {}}
    for name, content in {**contents, **files}.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize("kinds", [("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize")])
@pytest.mark.parametrize(
    ("pooling", "kind"),
    [
        (MEAN, PoolingKind.MEAN),
        (CLS, PoolingKind.CLS),
        ({"pooling_mode": "mean", "include_prompt": True}, PoolingKind.MEAN),
        ({"pooling_mode": "cls", "embedding_dimension": 32}, PoolingKind.CLS),
    ],
)
def test_mean_and_first_token_are_known_in_the_keys_of_all_versions(
    pooling: dict[str, Any], kind: PoolingKind, kinds: tuple[str, ...], tmp_path: Path
) -> None:
    assert read_sentence_model(write(tmp_path, pooling, kinds=kinds)) == SentenceModel(kind, 0, False)


@pytest.mark.parametrize(
    "pooling",
    [
        {},
        {"pooling_mode": "max"},
        {"pooling_mode": ["mean", "cls"]},
        {"pooling_mode": "mean", "include_prompt": False},
        {"pooling_mode_mean_tokens": True, "pooling_mode_cls_token": True},
        {"pooling_mode_max_tokens": True},
        {"pooling_mode_mean_sqrt_len_tokens": True},
        [],
    ],
)
def test_other_pooling_is_not(pooling: Any, tmp_path: Path) -> None:
    assert read_sentence_model(write(tmp_path, pooling)) is None


@pytest.mark.parametrize(
    "kinds",
    [(), ("Transformer",), ("Router", "Pooling"), ("Transformer", "Pooling", "Dense"), ("Transformer", "Pooling", "Pooling")],
)
def test_other_modules_are_not(kinds: tuple[str, ...], tmp_path: Path) -> None:
    assert read_sentence_model(write(tmp_path, kinds=kinds)) is None


@pytest.mark.parametrize(
    ("transformer", "tokenizer", "most", "lower"),
    [
        ({"max_seq_length": 128, "do_lower_case": True}, {"model_max_length": 512}, 128, True),
        ({"max_seq_length": 128, "do_lower_case": False}, {}, 128, False),
        ({"max_seq_length": None}, {"model_max_length": 512}, 512, False),
        (WRITTEN, {"model_max_length": 48}, 48, False),
        (WRITTEN, {"model_max_length": 1e30}, 0, False),
        ({"max_seq_length": "all"}, {}, 0, False),
    ],
)
def test_how_much_of_a_text_is_seen(
    transformer: dict[str, Any], tokenizer: dict[str, Any], most: int, lower: bool, tmp_path: Path
) -> None:
    folder = write(tmp_path, transformer=transformer, tokenizer_config=tokenizer)
    assert read_sentence_model(folder) == SentenceModel(PoolingKind.MEAN, most, lower)


def test_early_versions_named_the_settings_after_the_architecture(tmp_path: Path) -> None:
    folder = write(tmp_path, sentence_roberta_config={"max_seq_length": 128})
    (folder / "sentence_bert_config.json").unlink()
    assert read_sentence_model(folder) == SentenceModel(PoolingKind.MEAN, 128, False)


@pytest.mark.parametrize(
    "setting",
    [
        {"transformer_task": "fill-mask"},
        {"module_output_name": "sentence_embedding"},
        {"tokenizer_args": {"strip_accents": True}},
        {"query_length": 32},
        {"unheard_of": 1},
    ],
)
def test_settings_that_are_not_known_are_left_to_the_library(setting: dict[str, Any], tmp_path: Path) -> None:
    assert read_sentence_model(write(tmp_path, transformer={**WRITTEN, **setting})) is None


def test_only_the_vector_itself_is_normalised(tmp_path: Path) -> None:
    names = {"module_input_name": "sentence_embedding", "module_output_name": "sentence_embedding"}
    assert read_sentence_model(write(tmp_path, **{"2_Normalize/config": names})) is not None
    names["module_input_name"] = "token_embeddings"
    assert read_sentence_model(write(tmp_path, **{"2_Normalize/config": names})) is None


@pytest.mark.parametrize("name", ["modules", "1_Pooling/config", "sentence_bert_config"])
@pytest.mark.parametrize("content", ["", "{", "null", "[1]", '"x"', "[" * 100_000])
def test_a_forged_file_is_no_surprise(name: str, content: str, tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / f"{name}.json").write_text(content)
    found = read_sentence_model(folder)
    assert found is None or name == "sentence_bert_config"


def test_without_a_fast_tokenizer_there_is_none(tmp_path: Path) -> None:
    folder = write(tmp_path)
    (folder / "tokenizer.json").unlink()
    assert read_sentence_model(folder) is None


def test_prefixes_come_from_what_is_declared_or_from_any_name_of_the_folder(tmp_path: Path) -> None:
    e5 = Prefixes("query: ", "passage: ")
    plain = write(tmp_path / "plain")
    assert folder_prefixes(plain, str(plain)) == Prefixes()
    assert folder_prefixes(write(tmp_path / "e5-small-v2"), "x") == e5
    assert folder_prefixes(write(tmp_path / "named", config={"_name_or_path": "intfloat/e5-base"}), "x") == e5
    cached = tmp_path / "models--intfloat--e5-base-v2" / "snapshots" / "0123abcd"
    cached.parent.mkdir(parents=True)
    assert folder_prefixes(write(cached), str(cached)) == e5
    told = write(tmp_path / "e5-large", config_sentence_transformers={"prompts": {"query": "Q: ", "document": "D: "}})
    assert folder_prefixes(told, str(told)) == Prefixes("Q: ", "D: ")
