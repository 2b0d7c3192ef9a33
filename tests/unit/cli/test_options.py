from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from ragqa.cli.main import COMMANDS, ragqa
from ragqa.cli.options import share_of
from ragqa.config import AskSettings, IngestSettings, Settings, TrainSettings
from ragqa.errors import UsageError

SETTINGS = {item.name: item for section in (Settings, IngestSettings, AskSettings, TrainSettings) for item in fields(section)}
FILTERS = [("metadata", name) for name in ("ask", "search", "eval", "check")]
"""Options that say which documents are asked, where the setting of that name says what documents get."""


@pytest.mark.parametrize("name", COMMANDS)
def test_an_option_for_a_setting_says_what_the_setting_says(name: str) -> None:
    for option in COMMANDS[name].load().params:
        is_setting = option.name in SETTINGS and (option.name, name) not in FILTERS
        told = SETTINGS[option.name].metadata.get("told", "") if is_setting else ""
        if told:
            assert (getattr(option, "help", "") or "").startswith(told)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--epochs", "0"), "epochs is 0.0, but must be more than 0"),
        (("--val", "0.95"), "validation is 0.95, but must lie between 0.01 and 0.9"),
        (("--batch-size", "0"), "batch_size is 0, but must be at least 1"),
        (("--lr", "nan"), "learning_rate is nan, but must be a finite number"),
        (("--objective", "window, or both"), "objective"),
        (("--max-answer-tokens", "257"), "max_answer_tokens is 257, but must lie between 0 and 256"),
    ],
)
def test_training_settings_out_of_range_are_told(arguments: tuple[str, ...], told: str) -> None:
    result = CliRunner().invoke(ragqa, ["finetune", "qa.csv", *arguments], env={"COLUMNS": "200"})
    assert result.exit_code == 2 and told in result.stderr


def completed(typed: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What bash is told of a line that ends where it is to be completed."""
    monkeypatch.setenv("COMP_WORDS", f"ragqa {typed}")
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" "))))
    result = CliRunner().invoke(ragqa, [], prog_name="ragqa", env={"_RAGQA_COMPLETE": "bash_complete"})
    assert result.exit_code == 0, result.exception
    return result.output.strip()


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("ingest zm", "file"), ("ingest a zm", "file"), ("ask --embedder zm", "file"), ("ingest --embedder zm", "file"),
        ("ingest --backend-uri zm", "file"), ("serve --token-file zm", "file"), ("mcp --token-file zm", "file"),
        ("index import --embedder zm", "file"), ("index move --backend-uri zm", "file"), ("watch zm", "dir"),
        ("serve --root zm", "dir"), ("serve --watch zm", "dir"),
    ],
)  # fmt: skip
def test_paths_are_completed_by_the_shell(typed: str, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(typed, monkeypatch) == f"{kind},zm"


@pytest.mark.parametrize("typed", ["eval --compare d", "eval --compare own d"])
def test_readers_to_compare_are_completed(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert completed(typed, monkeypatch) == "plain,default"


def test_help_tells_what_a_retriever_begins_with_too() -> None:
    told = {option.name: getattr(option, "help", "") or "" for option in COMMANDS["finetune"].load().params}
    for name, default in (
        ("epochs", "3.0; with --retriever: 4.0"), ("learning_rate", "0.0001; with --retriever: 0.0005"),
        ("negatives", "2; with --retriever: 4"), ("validation", "0.2"), ("seed", "13"),
    ):  # fmt: skip
        assert told[name].endswith(f"[default: {default}]")


@pytest.mark.parametrize("typed", ["index info ", "finetune --base ", "model use ", "show "])
def test_nothing_is_completed_where_the_settings_are_broken(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("ragqa.toml").write_text("index = [")
    monkeypatch.setenv("COMP_WORDS", f"ragqa {typed}")
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split()) + 1))
    result = CliRunner().invoke(ragqa, [], prog_name="ragqa", env={"_RAGQA_COMPLETE": "bash_complete"})
    assert (result.exit_code, result.output.strip()) == (0, "plain,last" if typed == "show " else ""), result.exception


@pytest.mark.parametrize(("text", "share"), [("5%", 0.05), (" 0.05 ", 0.05), ("12.5 %", 0.125)])
def test_shares(text: str, share: float) -> None:
    assert share_of(text) == pytest.approx(share)


@pytest.mark.parametrize("text", ["", "5", "0", "100%", "-1%", "nan", "few"])
def test_what_is_no_share_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="share between 0 and 1"):
        share_of(text)
