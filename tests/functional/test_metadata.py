"""Metadata by the command line: documents labelled, questions asked of some of them, and what is said of mistakes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ragqa.cli import terminal
from ragqa.cli.main import ragqa

WATTS = "How many watts does the lamp draw?"
WARRANTY = "How long does the warranty last?"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch, fake_models: Any) -> None:
    """Lines that are not folded, so that they can be compared."""
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)


def run(*arguments: object, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments])
    assert "Traceback" not in result.output and result.exit_code == exit_code, result.output
    return result


@pytest.fixture
def filled(manuals: Path) -> Path:
    """The manuals, of which the lamp's has a brand and two models."""
    run("ingest", manuals, "--meta", "brand=Aqua")
    run("index", "label", "lamp.html", "brand=Bora", "model=L2", "model=L 3")
    return manuals


def documents_found(*filters: str) -> set[str]:
    result = CliRunner().invoke(ragqa, ["search", "lamp kettle fan", "--json", *filters])
    return {hit["document"] for hit in json.loads(result.stdout)}


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("filters", "documents"),
    [
        (["brand=aqua"], {"kettle.md", "fan.txt"}), (["brand=Bora"], {"lamp.html"}), (["model=L *"], {"lamp.html"}),
        (["brand=Bora", "brand=Aqua"], {"kettle.md", "fan.txt", "lamp.html"}), (["brand=Aqua", "model=L2"], set()),
    ],
)  # fmt: skip
def test_only_what_is_labelled_so_is_searched(filters: list[str], documents: set[str]) -> None:
    assert documents_found(*(part for one in filters for part in ("--meta", one))) == documents


@pytest.mark.usefixtures("filled")
def test_questions_are_asked_of_what_is_labelled_so(tmp_path: Path) -> None:
    assert json.loads(run("ask", WATTS, "--meta", "brand=Bora", "--json").stdout)["answers"][0]["document"] == "lamp.html"
    assert "matches the question and the filters" in run("ask", WATTS, "--meta", "brand=None", exit_code=3).stdout
    pairs = tmp_path / "qa.jsonl"
    pairs.write_text(json.dumps({"question": WARRANTY, "answer": "30 months", "document": "lamp.html"}) + "\n")
    ranks = [
        json.loads(run("eval", pairs, "--json", "--meta", f"brand={brand}").stdout)["results"][0]["gold_rank"]
        for brand in ("Bora", "Aqua")
    ]
    assert ranks[0] is not None and ranks[1] is None
    answered = tmp_path / "out.jsonl"
    run("ask", "--file", pairs, "--out", answered, "--meta", "brand=Aqua")
    assert all(answer["document"] != "lamp.html" for answer in json.loads(answered.read_text())["answers"])


@pytest.mark.usefixtures("filled")
def test_labels_are_shown_and_taken_away() -> None:
    shown = run("index", "label").stdout
    assert "brand=Bora, model=L 3, model=L2" in shown and shown.count("brand=Aqua") == 2
    assert "brand (2 values), model (2 values)" in run("index", "info").stdout
    told = json.loads(run("index", "label", "*", "model=", "year=2024", "--json").stdout)
    assert told == {"index": "manuals", "changed": 3}
    (lamp,) = json.loads(run("index", "label", "lamp.html", "--json").stdout)
    assert lamp["metadata"] == {"brand": ["Bora"], "year": ["2024"]}


@pytest.mark.usefixtures("filled")
def test_a_file_labels_many(tmp_path: Path) -> None:
    table = tmp_path / "labels.csv"
    table.write_text("document,brand,room\nfan.txt,Cool,office\nkettle.md,,kitchen\n")
    assert "2 documents are labelled otherwise" in run("index", "label", "--file", table).stderr
    assert documents_found("--meta", "room=kitchen", "--meta", "brand=Aqua") == {"kettle.md"}
    table.write_text("document,brand\nfan.txt,Cool\nnobody.pdf,Aqua\n")
    assert "there is no document called 'nobody.pdf'" in run("index", "label", "--file", table, exit_code=2).stderr


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["ask", WATTS, "--meta", "brand"], "'brand' is no KEY=VALUE"),
        (["ask", WATTS, "--meta", "brand="], "no value of 'brand' to look for"),
        (["search", WATTS, "--meta", "a b=c"], "'a b' is no key of metadata"),
        (["ingest", ".", "--meta", "brand"], "'brand' is no KEY=VALUE"),
        (["index", "label", "lamp.html", "brand"], "'brand' is no KEY=VALUE"),
        (["index", "label", "lamp.html", "--file", "labels.csv"], "give a DOCUMENT or --file, not both"),
    ],
)
def test_mistakes_are_told(arguments: list[str], told: str) -> None:
    assert told in run(*arguments, exit_code=2).stderr


@pytest.mark.usefixtures("filled")
def test_the_shell_completes_what_there_is() -> None:
    from ragqa.cli.ask import ask
    from ragqa.cli.options import complete_metadata

    option = next(one for one in ask.params if one.name == "metadata")
    with ragqa.make_context("ragqa", ["ask", "x"]) as context:
        assert complete_metadata(context, option, "mod") == ["model=L 3", "model=L2"]
