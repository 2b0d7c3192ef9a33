"""`ragqa show`: an answer on its page, or any page of a manual, as a picture."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from functional_helpers import pdf

from ragqa import showing
from ragqa.cli import terminal
from ragqa.cli.main import ragqa
from ragqa.confined import children
from ragqa.paths import LAST_ANSWERS

CORAL = "When does the coral lamp blink?"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def wide_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 400)
    monkeypatch.setattr(terminal.ERR, "width", 400)


@pytest.fixture(autouse=True)
def models(fake_models: Any) -> Any:
    return fake_models


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(ragqa, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
    assert "Traceback" not in result.output
    return result


def lamps(canvas: Any) -> None:
    for colour in ("amber", "beige", "coral", "denim"):
        canvas.drawString(72, 700, f"The {colour} lamp blinks while the pump is running.")
        canvas.showPage()


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of a PDF and a text beside it; the folder is the working folder."""
    monkeypatch.chdir(tmp_path)
    manuals = tmp_path / "manuals"
    manuals.mkdir()
    (manuals / "lamps.pdf").write_bytes(pdf(lamps))
    (manuals / "note.txt").write_text("The crimson siren howls when the tank is empty.\n")
    assert run("ingest", manuals).exit_code == 0
    return tmp_path


def test_the_best_answer_is_shown_on_its_page(filled: Path) -> None:
    answer = json.loads(run("ask", CORAL, "--json").stdout)["answers"][0]
    shown = run("show")

    assert (shown.exit_code, shown.stdout) == (0, "page.png\n")
    assert shown.stderr == "Wrote lamps.pdf, page 3: the words are boxed.\n"
    assert (filled / "page.png").read_bytes().startswith(PNG)
    told = json.loads(run("show", "last", "--json", "--out", "b.png").stdout)
    assert (told["file"], told["document"], told["page"]) == ("b.png", "lamps.pdf", 3)
    assert told["box"] == answer["box"] and len(told["words"]) == 1
    left, top, right, bottom = told["words"][0]
    assert answer["box"][0] - 0.01 <= left < right <= answer["box"][2] + 0.01 and top < bottom


def test_other_answers_have_numbers(filled: Path) -> None:
    answers = json.loads(run("ask", CORAL, "--json", "--threshold", "0").stdout)["answers"]

    for number, answer in enumerate(answers, start=1):
        assert json.loads(run("show", number, "--json").stdout)["page"] == answer["page"]
    assert run("show", len(answers) + 1).exit_code == 2


def test_pictures_are_never_written_over_unsaid(filled: Path) -> None:
    run("ask", CORAL)
    names = [run("show").stdout.strip() for _ in range(3)]
    again = run("show", "--out", "page.png")

    assert names == ["page.png", "page-2.png", "page-3.png"]
    assert again.exit_code == 0 and "over the file that was there" in again.stderr


@pytest.mark.parametrize("name", ["lamps.pdf", "LAMPS.pdf", "*lamps*", "*.pdf"])
def test_any_page_is_shown(name: str, filled: Path) -> None:
    told = json.loads(run("show", f"{name}:2", "--words", "beige lamp", "--json").stdout)

    assert (told["document"], told["page"], told["box"], len(told["words"])) == ("lamps.pdf", 2, None, 1)


def test_words_that_are_not_on_the_page(filled: Path) -> None:
    shown = run("show", "lamps.pdf:2", "--words", "nowhere at all")

    assert shown.exit_code == 0 and "the words were not found there" in shown.stderr
    assert "nothing is marked" in run("show", "lamps.pdf:2").stderr


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("lamps.pdf:9",), "has no page 9"),
        (("lamps.pdf:0",), "has no page 0"),
        (("lamps.pdf:x",), "neither an answer nor a page"),
        (("lamps.pdf",), "neither an answer nor a page"),
        (("",), "neither an answer nor a page"),
        ((":3",), "neither an answer nor a page"),
        (("fan.pdf:1",), "no document called 'fan.pdf'"),
        (("*:1",), "2 documents are called '*'"),
        (("note.txt:1",), "has no pages to show"),
        (("last",), "no question was answered last"),
        (("0",), "there is no answer 0"),
        (("last", "--words", "x"), "--words go with"),
        (("lamps.pdf:1", "--out", "page.jpg"), "no name for a PNG"),
    ],
)
def test_what_makes_no_sense_is_told(arguments: tuple[str, ...], told: str, filled: Path) -> None:
    result = run("show", *arguments)

    assert result.exit_code == 2 and told in result.stderr and result.stdout == ""
    assert not list(filled.glob("*.png"))


def test_an_answer_of_a_text_has_no_page(filled: Path) -> None:
    assert json.loads(run("ask", "When does the crimson siren howl?", "--json").stdout)["answers"][0]["document"] == "note.txt"
    result = run("show")

    assert result.exit_code == 2 and "note.txt has no pages to show" in result.stderr


def test_after_an_abstention_there_is_nothing_to_show(filled: Path) -> None:
    assert run("ask", CORAL).exit_code == 0
    assert run("ask", "Who painted the ceiling of the chapel?").exit_code == 3
    assert "no question was answered last" in run("show").stderr


def test_a_file_that_is_gone_or_another_by_now(filled: Path) -> None:
    run("ask", CORAL)
    source = filled / "manuals" / "lamps.pdf"
    content = source.read_bytes()
    source.write_bytes(content + b"\n")
    changed = run("show")
    source.unlink()
    gone = run("show")
    source.mkdir()
    folder = run("show")
    source.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(source)  # which nobody writes to
        assert "has changed since it was ingested" in run("show").stderr

    assert (changed.exit_code, gone.exit_code, folder.exit_code) == (1, 1, 1)
    assert "has changed since it was ingested" in changed.stderr and "Ingest it again" in changed.stderr
    assert "is not there any more" in gone.stderr and "has changed since it was ingested" in folder.stderr


def test_a_manual_that_was_read_anew_since(filled: Path) -> None:
    def more(canvas: Any) -> None:
        canvas.drawString(72, 700, "A page that was put before the others.")
        canvas.showPage()
        lamps(canvas)

    run("ask", CORAL)
    (filled / "manuals" / "lamps.pdf").write_bytes(pdf(more))
    run("ingest", filled / "manuals")
    result = run("show")

    assert result.exit_code == 2 and "not in the index as it was" in result.stderr and "Ask again" in result.stderr


def test_of_two_documents_one_must_be_named(filled: Path) -> None:
    for folder in ("old", "new"):
        (filled / "more" / folder).mkdir(parents=True)
        (filled / "more" / folder / "fan.pdf").write_bytes(pdf(lamps))
    run("ingest", filled / "more")
    result = run("show", "fan.pdf:1")

    assert result.exit_code == 2 and "2 documents are called" in result.stderr and "new/fan.pdf, old/fan.pdf" in result.stderr
    assert run("show", "new/fan.pdf:1").exit_code == 0


def test_without_an_index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("show", "last").exit_code == 1
    assert "there is no index" in run("show", "a.pdf:1").stderr


def test_a_page_that_never_ends_is_given_up(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(showing, "DRAWING_SECONDS", 0.0)
    assert "takes too long to draw" in run("show", "lamps.pdf:1").stderr


def test_a_drawer_that_crashes_costs_the_picture(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    children.end_kept()
    monkeypatch.setattr(children, "_WORKER", "import os; os.abort()")
    result = run("show", "lamps.pdf:1")
    assert result.exit_code == 1 and "crashed" in result.stderr


def test_the_picture_cannot_be_written(filled: Path) -> None:
    result = run("show", "lamps.pdf:1", "--out", "nowhere/page.png")
    assert result.exit_code == 1 and "cannot be written" in result.stderr


def test_the_answers_go_with_the_index(filled: Path) -> None:
    run("ask", CORAL)
    kept = filled / "indexes" / "manuals" / LAST_ANSWERS
    assert kept.is_file()
    assert run("index", "verify").exit_code == 0
    assert run("index", "rm", "manuals", "--yes").exit_code == 0
    assert not kept.exists()


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_an_index_that_cannot_be_written_answers_all_the_same(filled: Path) -> None:
    folder = filled / "indexes" / "manuals"
    folder.chmod(0o555)
    try:
        assert run("ask", CORAL).exit_code == 0
    finally:
        folder.chmod(0o755)


def test_the_shell_completes_documents(filled: Path) -> None:
    from click.shell_completion import ShellComplete

    shutil.rmtree(filled / "manuals")
    found = [item.value for item in ShellComplete(ragqa, {}, "ragqa", "_RAGQA_COMPLETE").get_completions(["show"], "la")]
    assert found == ["last", "lamps.pdf:"]


def camera(canvas: Any) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(Image.new("RGB", (30, 20), "grey")), 100, 500, 300, 200)
    for number, line in enumerate(("Figure 1: Controls of the camera", "1 Shutter button", "2 Lens release", "3 Mode dial")):
        canvas.drawString(100, 482 - 16 * number, line)
    canvas.showPage()


def test_a_part_of_a_figure_is_shown_with_its_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "camera.pdf").write_bytes(pdf(camera))
    run("ingest", tmp_path / "camera.pdf")
    answer = json.loads(run("ask", "Where is the shutter button?", "--json", "--threshold", "0").stdout)["answers"][0]
    told = json.loads(run("show", "--json").stdout)

    assert "Shutter button" in answer["context"]["text"] and "Figure 1: Controls of the camera" in answer["context"]["text"]
    left, top, right, bottom = told["box"]
    assert left <= 0.17 and top <= 0.17 and right >= 0.67 and bottom >= 0.4
    assert told["words"]
