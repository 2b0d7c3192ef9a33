from __future__ import annotations

from pathlib import Path

import pytest

from ragqa.config import AskSettings, IngestSettings, RetrieverSettings, Settings, TrainSettings
from ragqa.errors import UsageError
from ragqa.settings import load_settings

TOML = """
index = "phones"
[ask]
top_k = 5
threshold = 0.25
[ingest]
chunk_tokens = 100
include = ["*.pdf"]
[train]
epochs = 5
"""


def write(text: str) -> None:
    Path("ragqa.toml").write_text(text)


def test_without_file_and_variables_the_defaults_hold() -> None:
    assert load_settings() == Settings()


def test_the_file_in_the_working_folder_is_read() -> None:
    write(TOML)
    assert load_settings() == Settings(
        index="phones",
        ask=AskSettings(top_k=5, threshold=0.25),
        ingest=IngestSettings(chunk_tokens=100, include=("*.pdf",)),
        train=TrainSettings(epochs=5.0),
    )


def test_a_file_in_another_folder_is_read_when_asked_for(tmp_path: Path) -> None:
    (tmp_path / "ragqa.toml").write_text('index = "there"')
    assert load_settings(tmp_path).index == "there"
    assert load_settings().index == "manuals"


def test_variables_go_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    write(TOML)
    monkeypatch.setenv("RAGQA_INDEX", "lamps")
    monkeypatch.setenv("RAGQA_ASK_TOP_K", "7")
    settings = load_settings()
    assert (settings.index, settings.ask.top_k) == ("lamps", 7)
    assert (settings.ask.threshold, settings.ingest.chunk_tokens) == (0.25, 100)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("RAGQA_HOME", "/somewhere", Settings(home="/somewhere")),
        ("RAGQA_THREADS", "2", Settings(threads=2)),
        ("RAGQA_INGEST_CHUNK_TOKENS", "99", Settings(ingest=IngestSettings(chunk_tokens=99))),
        ("RAGQA_INGEST_MAX_TEXT_MB", "3", Settings(ingest=IngestSettings(max_text_mb=3))),
        ("RAGQA_INGEST_EMBEDDER", "folder", Settings(ingest=IngestSettings(embedder="folder"))),
        ("RAGQA_ASK_LEXICAL_WEIGHT", "0", Settings(ask=AskSettings(lexical_weight=0.0))),
        ("RAGQA_ASK_READER", "mine", Settings(ask=AskSettings(reader="mine"))),
        ("RAGQA_TRAIN_BATCH_SIZE", "4", Settings(train=TrainSettings(batch_size=4))),
        ("RAGQA_RETRIEVER_RANK", "8", Settings(retriever=RetrieverSettings(rank=8))),
    ],
)
def test_every_kind_of_variable(variable: str, value: str, expected: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    assert load_settings() == expected


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("colour = 1", "colour"),
        ("[ask]\ntopk = 5", "topk"),
        ("[ingest]\nchunk_size = 5", "chunk_size"),
        ("[ask]\ntop_k = 'many'", "top_k"),
        ("[ask]\ntop_k = 0", "top_k"),
        ("[train]\nepochs = 0", "epochs"),
        ("[train]\nspeed = 1", "speed"),
        ("[ingest]\nchunk_overlap = 500", "chunk_overlap"),
        ("threads = -1", "threads"),
        ("[search]\ntop_k = 1", "search"),
    ],
)
def test_a_bad_key_or_value_is_named(text: str, named: str) -> None:
    write(text)
    with pytest.raises(UsageError, match=named):
        load_settings()


@pytest.mark.parametrize(
    ("variable", "value", "named"),
    [
        ("RAGQA_ASK_TOP_K", "many", "top_k"),
        ("RAGQA_ASK_TOPK", "5", "topk"),
        ("RAGQA_THREADS", "-1", "threads"),
    ],
)
def test_a_bad_variable_is_named(variable: str, value: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(UsageError, match=named):
        load_settings()


def test_a_file_that_is_no_toml_is_named() -> None:
    write("[ask\ntop_k = 5")
    with pytest.raises(UsageError, match=r"ragqa\.toml") as caught:
        load_settings()
    assert "TOML" in caught.value.hint


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
@pytest.mark.parametrize("setting", ["ask]\nlexical_weight", "train]\nepochs", "train]\nwarmup", "ask]\nthreshold"])
def test_numbers_that_are_none_are_refused(setting: str, value: str, tmp_path: Path) -> None:
    (tmp_path / "ragqa.toml").write_text(f"[{setting} = {value}\n")
    with pytest.raises(UsageError, match="but must"):
        load_settings(tmp_path)
