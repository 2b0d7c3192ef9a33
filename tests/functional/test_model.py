"""The commands that look after readers, and the reader that `ask` takes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ragqa.cli import terminal
from ragqa.cli.main import ragqa

QUESTION = "How many watts does the lamp draw?"


def run(*arguments: object, stdin: str | None = None) -> Result:
    """The command's result; whatever it does, it ends without a traceback."""
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments], input=stdin)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)


@pytest.fixture(autouse=True)
def shop(manuals: Path, fake_models: Any, tiny: Path) -> Path:
    """The folder of a trained reader, beside an index of the manuals."""
    assert run("ingest", manuals).exit_code == 0
    folder = Path("models/shop")
    shutil.copytree(tiny, folder)
    (folder / "metrics.json").write_text('{"summary": {"F1": 0.75}}')
    (folder / "training.json").write_text('{"base": "default", "date": "2024-05-01T10:00:00+00:00"}')
    return folder


@pytest.mark.parametrize("command", [(), ("list",), ("info",), ("use",), ("rm",), ("export",), ("import",)], ids=" ".join)
def test_every_command_has_help(command: tuple[str, ...]) -> None:
    result = run("model", *command, "--help")
    assert result.exit_code == 0 and "Usage:" in result.stdout and result.stderr == ""


def test_list_and_info() -> None:
    listed = run("model", "list")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == ["model", "default", "shop"]
    assert "F1 0.75" in listed.stdout and "manuals" in listed.stdout.splitlines()[1]
    assert "0.75" in run("model", "info", "shop").stdout


def test_json_of_list_and_info(shop: Path) -> None:
    default, listed = json.loads(run("model", "list", "--json").stdout)
    assert default["name"] == "default" and default["used_by"] == ["manuals"]
    assert listed == json.loads(run("model", "info", "shop", "--json").stdout)
    size = sum(path.stat().st_size for path in shop.iterdir())
    assert listed == {
        "name": "shop", "path": str(shop), "bytes": size, "base": "default", "created": "2024-05-01T10:00:00+00:00",
        "summary": {"F1": 0.75}, "used_by": [], "problem": "", "limits": {}, "kind": "reader",
    }  # fmt: skip


def test_a_broken_reader_is_shown_and_fails(shop: Path) -> None:
    (shop / "tokenizer.json").unlink()
    info = run("model", "info", "shop")
    assert info.exit_code == 1 and "there is no tokenizer" in info.stdout
    assert run("model", "list").exit_code == 0
    assert run("model", "use", "shop").exit_code == 1
    assert run("model", "rm", "shop", "-y").exit_code == 0


def test_use_changes_who_answers(monkeypatch: pytest.MonkeyPatch, fake_models: Any) -> None:
    names: list[str] = []
    monkeypatch.setattr(
        "ragqa.answering.effort.load_reader_for", lambda effort, name, threads=0: names.append(name) or fake_models[1]
    )
    used = run("model", "use", "shop")
    assert used.exit_code == 0 and used.stdout == "" and "Index 'manuals' is answered by reader 'shop'" in used.stderr
    run("ask", QUESTION)
    run("ask", QUESTION, "--reader", "default")
    assert run("model", "use", "default", "--index", "manuals").exit_code == 0
    run("ask", QUESTION)
    assert names == ["models/shop", "default", "default"]


def test_use_tells_when_the_settings_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAGQA_ASK_READER", "default")
    result = run("model", "use", "shop")
    assert result.exit_code == 0 and "RAGQA_ASK_READER" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("info", "lab"), 1, "there is no reader 'lab'"),
        (("use", "lab"), 1, "ragqa model list"),
        (("use", "shop", "-i", "other"), 1, "there is no index 'other'"),
        (("use", "../shop"), 2, "'../shop' is not a name for a reader"),
        (("rm", "lab", "-y"), 1, "there is no reader 'lab'"),
        (("rm", "default", "-y"), 2, "cannot be removed"),
        (("export", "lab", "x.tar.gz"), 1, "there is no reader 'lab'"),
        (("export", "shop", "."), 2, "it is a folder"),
        (("import", "nowhere"), 2, "there is no file or folder nowhere"),
        (("import", "models/shop"), 2, "there is a reader 'shop' already"),
        (("import", "models/shop", "--name", "a b"), 2, "not a name for a reader"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_cannot_be_done_is_told(arguments: tuple[str, ...], code: int, told: str, shop: Path) -> None:
    result = run("model", *arguments)
    assert result.exit_code == code and told in result.stderr and result.stdout == ""
    assert shop.is_dir()


def test_rm_spares_a_reader_in_use(shop: Path) -> None:
    run("model", "use", "shop")
    refused = run("model", "rm", "shop", "--yes")
    assert refused.exit_code == 1 and "answers for: manuals" in refused.stderr and shop.is_dir()
    forced = run("model", "rm", "shop", "--yes", "--force")
    assert forced.exit_code == 0 and "default reader now answers for: manuals" in forced.stderr
    assert not shop.exists() and run("ask", QUESTION).exit_code == 0


def test_rm_asks_in_a_terminal(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda stream: True)
    refused = run("model", "rm", "shop", stdin="n\n")
    assert refused.exit_code == 1 and "Delete reader 'shop' in models/shop?" in refused.output and shop.is_dir()
    assert run("model", "rm", "shop", stdin="y\n").exit_code == 0 and not shop.exists()


def test_export_and_import(tmp_path: Path) -> None:
    target = tmp_path / "shop.tar.gz"
    assert str(target) in run("model", "export", "shop", target).stderr
    imported = run("--home", tmp_path, "model", "import", target)
    assert imported.exit_code == 0 and "ragqa model use shop" in imported.stderr
    assert json.loads(run("--home", tmp_path, "model", "info", "shop", "--json").stdout)["summary"] == {"F1": 0.75}
    assert run("-q", "--home", tmp_path, "model", "import", target, "--name", "copy").stderr == ""
    assert (tmp_path / "models" / "copy" / "config.json").is_file()


def test_the_index_commands_keep_working_beside_a_readers_choice(tmp_path: Path) -> None:
    run("model", "use", "shop")
    assert run("index", "verify").exit_code == 0
    assert run("index", "export", "manuals", tmp_path / "out.zip").exit_code == 0
    assert run("index", "rm", "manuals", "--yes").exit_code == 0
    assert not Path("indexes/manuals").exists()
    assert run("index", "import", tmp_path / "out.zip", "--embedder", "fake").exit_code == 0
    assert json.loads(run("model", "info", "default", "--json").stdout)["used_by"] == ["manuals"]


@pytest.mark.parametrize("words", ["ragqa model use ", "ragqa model info ", "ragqa ask --reader "])
def test_completion_of_reader_names(words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    result = CliRunner().invoke(ragqa, [], prog_name="ragqa", env={"_RAGQA_COMPLETE": "bash_complete"})
    assert [line.rpartition(",")[2] for line in result.output.split()] == ["default", "shop"]
