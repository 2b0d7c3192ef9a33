"""The terminal UI, every flow by its keys, on an index with stand-ins for the models."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input, Select
from tui_helpers import ask, opened, press, screen_text, settle, until, write

from ragqa.engine import RagQA
from ragqa.types import Verdict
from tui.app import RagqaApp
from tui.keys import keys_of
from tui.preferences import load_preferences, preferences_file
from tui.screens.dialogs import AddDialog, ChoiceDialog, ConfirmDialog, ErrorDialog, HelpDialog, JumpOverlay
from tui.screens.labels import LabelsDialog
from tui.widgets.answers import AnswerList
from tui.widgets.labels import LabelInput
from tui.widgets.question_input import QuestionInput
from tui.widgets.source_pane import SourcePane
from tui.widgets.source_view import SourceView

pytestmark = pytest.mark.asyncio


@pytest.fixture
def shelf(manuals: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of three small manuals, settings of its own, and no system clipboard."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(Path.cwd() / "config"))
    monkeypatch.setattr("tui.app.copy_to_system", lambda text: None)
    RagQA("shelf").ingest(manuals)
    return manuals


def journal() -> Any:
    return RagQA("shelf").journal


def labels_of(document: str) -> dict[str, tuple[str, ...]]:
    return dict(RagQA("shelf").document_named(document).metadata)


# Ask


async def test_a_question_is_answered_with_its_source_beside_it(shelf: Path) -> None:
    async with opened() as (app, pilot):
        assert app.focused is app.screen.query_one("#question")
        await ask(pilot, "How long does the warranty last?")
        text = screen_text(app)
        assert "The warranty lasts 30 months." in text and "lamp.html › Lamp L2 › Warranty" in text
        view = app.screen.query_one(SourceView)
        assert view.extract is not None and view.answer is not None
        start, end = (offset - view.extract.start for offset in view.answer)
        assert view.extract.text[start:end] == app.screen.query_one(AnswerList).card.answer.text
        assert isinstance(app.focused, AnswerList)
    assert journal().questions() == ["How long does the warranty last?"]


async def test_a_question_asked_while_the_models_load_keeps_saying_that_it_is_read(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads, loaded, read = threading.Event(), threading.Event(), threading.Event()
    answer = RagQA.ask

    def held(self: RagQA, question: str, **options: Any) -> Any:
        warms_up = question == "warm up"
        if warms_up:
            loads.set()
        assert (loaded if warms_up else read).wait(60)
        return answer(self, question, **options)

    monkeypatch.setattr(RagQA, "ask", held)
    app = RagqaApp(RagQA("shelf"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, loads.is_set)
        box = app.screen.query_one(QuestionInput)
        box.value = "How long does the warranty last?"
        await pilot.press("enter")
        assert "the answer follows" in str(box.border_subtitle)
        loaded.set()
        await until(pilot, lambda: app.readiness.is_ready)
        assert "Reading the manuals" in str(box.border_subtitle)
        read.set()
        await settle(pilot)
        assert not str(box.border_subtitle) and "The warranty lasts 30 months." in screen_text(app)


async def test_other_answers_are_a_key_away(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "What is the cause of E-25?")
        answers = app.screen.query_one(AnswerList)
        first = answers.card
        await press(pilot, "j")
        assert answers.card is not first
        place = app.screen.query_one(SourcePane).place
        assert place == answers.card.target
        await press(pilot, "1")
        assert answers.card is first


async def test_a_question_without_words_and_one_without_answer_say_why(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "??")
        assert "The manuals do not say" in screen_text(app) and "the question has no words" in screen_text(app)
        await ask(pilot, "Who painted the ceiling?")
        assert "The manuals do not say" in screen_text(app) and "Not sure enough" in screen_text(app)


async def test_the_history_comes_back_across_runs_and_can_be_searched(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await ask(pilot, "How fast is the fan?")
    async with opened() as (app, pilot):
        box = app.screen.query_one(QuestionInput)
        await press(pilot, "up")
        assert box.value == "How fast is the fan?"
        await press(pilot, "up")
        assert box.value == "How long does the warranty last?"
        await press(pilot, "down", "down")
        assert box.value == ""
        await write(pilot, "how f")
        await press(pilot, "up")
        assert box.value == "How fast is the fan?"
        await press(pilot, "ctrl+r")
        assert isinstance(app.screen, ChoiceDialog)
        await write(pilot, "warr")
        await press(pilot, "enter")
        assert box.value == "How long does the warranty last?" and "30 months" in screen_text(app)


async def test_answers_can_be_looked_for_in_one_document(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "ctrl+f")
        await write(pilot, "fan")
        await press(pilot, "enter")
        assert "only fan.txt" in screen_text(app)
        await ask(pilot, "How long does the warranty last?")
        documents = {card.target.document for card in app.screen.query_one(AnswerList).cards if card.target}
        assert documents == {"fan.txt"}


async def test_the_one_document_may_be_called_like_a_pattern(shelf: Path) -> None:
    (shelf / "kettle [EN].md").write_text("# Kettle\n\nThe warranty lasts 12 months.\n")
    RagQA("shelf").ingest(shelf)
    async with opened() as (app, pilot):
        await press(pilot, "ctrl+f")
        await write(pilot, "[EN]")
        await press(pilot, "enter")
        await ask(pilot, "How long does the warranty last?")
        assert "only kettle [EN].md" in screen_text(app) and "The warranty lasts 12 months." in screen_text(app)


async def test_find_goes_round_the_document(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "What is the cause of E-25?")
        await press(pilot, "right", "slash")
        await write(pilot, "VINEGAR")
        await press(pilot, "enter")
        view = app.screen.query_one(SourceView)
        assert view.match is not None and view.extract.text[slice(*view.match)].lower() == "vinegar"
        first = view.match
        await press(pilot, "n")
        assert view.match == first  # the only one: round once
        await press(pilot, "slash")
        await write(pilot, "zebra")
        await press(pilot, "enter")
        assert any("zebra" in str(note.message) for note in app._notifications)


async def test_copy_takes_the_answer_and_cite_its_place_too(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await press(pilot, "c")
        assert app.clipboard == "The warranty lasts 30 months."
        await press(pilot, "C")
        assert app.clipboard == "“The warranty lasts 30 months.”\n— lamp.html › Lamp L2 › Warranty"


async def test_the_file_is_opened_by_what_the_system_has(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    monkeypatch.setattr("tui.opening.viewer", lambda path, page: (["show", str(path)], False))
    monkeypatch.setattr("tui.opening.subprocess.Popen", lambda command, **options: begun.append(command))
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await press(pilot, "o")
        assert begun == [["show", str(shelf / "lamp.html")]]
        monkeypatch.setattr("tui.opening.viewer", lambda path, page: None)
        await press(pilot, "o")
        assert app.clipboard == str(shelf / "lamp.html")


# Correct


async def test_right_and_undo(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await press(pilot, "y")
        (kept,) = journal().verdicts()
        assert kept.verdict is Verdict.RIGHT and kept.answer == "The warranty lasts 30 months."
        assert kept.context[kept.answer_start :].startswith(kept.answer) and kept.document == "lamp.html"
        assert "✓ right" in screen_text(app)
        await press(pilot, "u")
        assert journal().verdicts() == [] and "✓ right" not in screen_text(app)
        await press(pilot, "u")
        assert any("no verdict" in str(note.message) for note in app._notifications)


async def test_a_correction_is_not_kept_for_a_question_that_was_answered_meanwhile(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, extract = threading.Event(), RagQA.extract

    def held(self: RagQA, *arguments: Any) -> Any:
        assert gate.wait(60)
        return extract(self, *arguments)

    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await press(pilot, "right", *"www", "v", *["l"] * 8)
        monkeypatch.setattr(RagQA, "extract", held)
        app.screen.ask("How fast is the fan?")  # type: ignore[attr-defined]
        answers = app.screen.query_one(AnswerList)
        await until(pilot, lambda: answers.card is not None and answers.card.target.document == "fan.txt")
        await pilot.press("enter")
        await until(pilot, lambda: any("nothing is kept" in str(note.message) for note in app._notifications))
        gate.set()
        await settle(pilot)
        assert journal().verdicts() == []
        await press(pilot, "v", "l", "l", "enter")
    (kept,) = journal().verdicts()
    assert (kept.question, kept.document) == ("How fast is the fan?", "fan.txt")


async def test_wrong_then_the_right_span_by_keys(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        await press(pilot, "n")
        assert isinstance(app.focused, SourceView) and "Where is the right answer?" in screen_text(app)
        view = app.screen.query_one(SourceView)
        await press(pilot, *"www", "v")
        assert view.extract.text[view.cursor - view.extract.start :].startswith("30 months")
        await press(pilot, *["l"] * 8, "enter")
        wrong, corrected = journal().verdicts()
        assert wrong.verdict is Verdict.WRONG and wrong.given == "The warranty lasts 30 months."
        assert corrected.verdict is Verdict.CORRECTED and corrected.answer == "30 months"
        assert corrected.context[corrected.answer_start :].startswith("30 months") and corrected.section == (
            "Lamp L2",
            "Warranty",
        )
    pairs = RagQA("shelf").feedback_pairs()
    assert [(pair.question, pair.answers) for pair in pairs] == [("How long does the warranty last?", ("30 months",))]


async def test_the_right_span_by_mouse(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        view = app.screen.query_one(SourceView)
        number = view.line_of(view.answer[0])
        y = number - int(view.scroll_y)
        (piece,) = view.lines[number].pieces
        column = 1 + piece.column + piece.text.index("30 months")
        await pilot.mouse_down(view, offset=(column, y))
        await pilot.hover(view, offset=(column + 8, y))
        await pilot.mouse_up(view, offset=(column + 8, y))
        await settle(pilot)
        assert view.selected_text() == "30 months"
        view.focus()
        await press(pilot, "enter")
    assert [one.answer for one in journal().verdicts()] == ["30 months"]


async def test_a_cell_of_a_table_by_mouse_and_by_keys(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "What does E-25 mean?")
        view = app.screen.query_one(SourceView)
        assert "Code │ Cause" in screen_text(app) and " | " not in "".join(
            piece.text for line in view.lines if line.rules for piece in line.pieces
        )
        where = view.extract.start + view.extract.text.index("The base is wet")
        number = view.line_of(where)
        code, cause = view.lines[number].pieces
        assert (code.text, cause.text) == ("E-25", "The base is wet")
        y, column = number - int(view.scroll_y), 1 + cause.column
        await pilot.mouse_down(view, offset=(column, y))
        await pilot.hover(view, offset=(column + len(cause.text) - 1, y))
        await pilot.mouse_up(view, offset=(column + len(cause.text) - 1, y))
        assert view.selected_text() == "The base is wet"
        view.focus()
        await press(pilot, "escape", "home")
        assert view.cursor == code.start
        await press(pilot, "right", "right", "right", "right")  # over the bar, which is not shown, into the next cell
        assert view.cursor == cause.start
        await press(pilot, "left")
        assert view.cursor == code.end - 1
        await press(pilot, "w", "v", "end", "enter")
    assert [one.answer for one in journal().verdicts()] == ["The base is wet"]


async def test_help_tells_the_keys_of_the_place_first(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        told = [what for _, what in keys_of(app.screen)]
        assert told.index("Document") < told.index("Right") < told.index("Help") < told.index("Cursor up")
        assert told.index("Read on") < told.index("Ask") < told.index("Library")
        await press(pilot, "f3")
        told = [what for _, what in keys_of(app.screen)]
        assert told[:3] == ["Add", "Read anew", "All changed"]
        assert told.index("Down") < told.index("Help") < told.index("Page up")


async def test_the_manuals_do_not_say_and_a_passage_is_no_answer(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "Who painted the ceiling?")
        await press(pilot, "m")
        (kept,) = journal().verdicts()
        assert kept.verdict is Verdict.UNANSWERABLE and kept.pair.answers == ()
        answers = app.screen.query_one(AnswerList)
        await press(pilot, "G")
        assert answers.card.answer is None
        await press(pilot, "y")
        assert len(journal().verdicts()) == 1 and isinstance(app.focused, SourceView)
        await press(pilot, "enter")  # nothing is marked
        assert len(journal().verdicts()) == 1


# Library


async def test_the_library_lists_documents_and_adds_with_completion(shelf: Path) -> None:
    more = shelf.parent / "more"
    more.mkdir()
    (more / "oven.md").write_text("# Oven O4\n\nThe oven heats to 250 degrees.\n")
    (more / "empty.md").write_text("")
    async with opened() as (app, pilot):
        await press(pilot, "f3")
        assert all(name in screen_text(app) for name in ("fan.txt", "kettle.md", "lamp.html"))
        await press(pilot, "a")
        assert isinstance(app.screen, AddDialog)
        box = app.screen.query_one(Input)
        await write(pilot, str(shelf.parent / "mor"))
        await press(pilot, "tab")
        assert box.value == f"{more}/"
        await press(pilot, "enter")
        text = screen_text(app)
        assert "oven.md" in text and "Left out:" in text and "empty.md" in text
        await press(pilot, "f2")
        await ask(pilot, "How hot does the oven get, in degrees?")
        assert "250 degrees" in screen_text(app)


async def test_documents_are_labelled_and_asked_alone(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f3", "space", "space", "l")
        assert isinstance(app.screen, LabelsDialog) and "Label 2 documents" in screen_text(app)
        await pilot.press(*"brand=Aqua", "space", *"line=Home", "space", *"Pro", "enter")
        await settle(pilot)
        assert labels_of("fan.txt") == labels_of("kettle.md") == {"brand": ("Aqua",), "line": ("Home Pro",)}
        assert labels_of("lamp.html") == {} and "marked" not in screen_text(app)
        await press(pilot, "j", "l")
        assert "Now:" not in screen_text(app)
        await pilot.press(*"br", "tab", *"Lum", "enter")
        await settle(pilot)
        assert labels_of("lamp.html") == {"brand": ("Lum",)} and "Labels: brand=Lum" in screen_text(app)
        await press(pilot, "f2", "ctrl+l")
        assert "brand=Aqua   2 documents" in screen_text(app)
        await pilot.press(*"brand=a", "tab", "enter")
        await settle(pilot)
        assert "only brand=Aqua" in screen_text(app)
        await ask(pilot, "How long does the warranty last?")
        documents = {card.target.document for card in app.screen.query_one(AnswerList).cards if card.target}
        assert documents == {"fan.txt", "kettle.md"}


async def test_labels_are_chosen_from_the_list_and_given_up_again(shelf: Path) -> None:
    RagQA("shelf").label([("kettle.md", {"brand": "Aqua", "model": ["K1", "K 2"]}), ("lamp.html", {"brand": "Lumo"})])
    async with opened() as (app, pilot):

        def title() -> str:
            return str(app.screen.query_one(QuestionInput).border_title)

        await press(pilot, "ctrl+l")
        await pilot.press(*"aqua", "enter")  # a part of it is enough
        await settle(pilot)
        assert title() == "only brand=Aqua"
        await press(pilot, "ctrl+l", "end", "space")
        await pilot.press(*"k", "space", *"2", "down", "enter")
        await settle(pilot)
        box = app.screen.query_one(LabelInput)
        assert box.value == "brand=Aqua model=K 2" and app.focused is box
        await press(pilot, "enter")
        assert title() == "only brand=Aqua model=K 2"
        await press(pilot, "ctrl+f")
        await write(pilot, "kettle")
        await press(pilot, "enter")
        assert title() == "only kettle.md · brand=Aqua model=K 2"
        await press(pilot, "ctrl+l", "escape")
        assert title() == "only kettle.md · brand=Aqua model=K 2"
        await press(pilot, "ctrl+l", "delete", "enter")
        assert title() == "only kettle.md"


async def test_labels_that_no_document_has_and_what_is_none_are_told_in_the_dialog(shelf: Path) -> None:
    async with opened() as (app, pilot):
        told: list[str] = []
        app.notify = lambda message, **_: told.append(message)  # type: ignore[method-assign]
        await press(pilot, "ctrl+l")
        assert "l labels" in told.pop() and not isinstance(app.screen, LabelsDialog)
        RagQA("shelf").label([("kettle.md", {"brand": "Aqua"})])
        await press(pilot, "ctrl+l")
        for typed, said in (
            ("brand=Lumo", "No document is labelled brand=Lumo"),
            ("make=Aqua", "No document is labelled make=Aqua"),
            ("brand=Z*", "No document is labelled brand=Z*"),
            ("nothing", "is no KEY=VALUE"),
        ):
            app.screen.query_one(LabelInput).put(typed)
            await press(pilot, "enter")
            assert isinstance(app.screen, LabelsDialog) and said in screen_text(app)
        app.screen.query_one(LabelInput).put("brand=?QUA")
        await press(pilot, "enter")
        assert "only brand=?QUA" in screen_text(app)


async def test_a_label_is_taken_away_again(shelf: Path) -> None:
    RagQA("shelf").label([("*", {"brand": "Aqua", "year": "2024"})])
    async with opened() as (app, pilot):
        await press(pilot, "f3", "l")
        assert "Now: brand=Aqua year=2024" in screen_text(app)
        await pilot.press(*"brand=", "enter")
        await settle(pilot)
        assert labels_of("fan.txt") == {"year": ("2024",)} and labels_of("kettle.md")["brand"] == ("Aqua",)
        await press(pilot, "l", "enter")
        assert labels_of("fan.txt") == {"year": ("2024",)}


async def test_only_the_chosen_document_is_labelled_where_others_have_its_name(shelf: Path) -> None:
    (shelf / "old").mkdir()
    (shelf / "old" / "fan.txt").write_text("FAN F2\n======\n\nThe fan turns at 800 rpm.\n")
    RagQA("shelf").ingest(shelf)
    async with opened() as (_, pilot):
        await press(pilot, "f3", "l")
        await pilot.press(*"year=2024", "enter")
        await settle(pilot)
    assert [one.path for one in RagQA("shelf").documents(metadata={"year": "2024"})] == ["fan.txt"]


async def test_several_documents_are_marked_and_removed(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f3", "asterisk")
        assert "3 marked" in screen_text(app) and screen_text(app).count("●") == 3
        await press(pilot, "space", "r")
        assert "2 unchanged" in screen_text(app) and "●" not in screen_text(app)
        await press(pilot, "asterisk", "asterisk")
        assert "●" not in screen_text(app)
        await press(pilot, "G", "space", "k", "space", "d")
        assert "Take 2 documents out" in screen_text(app)
        await press(pilot, "y")
        assert [one.path for one in RagQA("shelf").documents()] == ["fan.txt"]


async def test_a_document_is_removed_after_asking(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f3", "d")
        assert isinstance(app.screen, ConfirmDialog)
        await press(pilot, "n")
        assert len(RagQA("shelf").documents()) == 3
        await press(pilot, "d", "y")
        assert [one.path for one in RagQA("shelf").documents()] == ["kettle.md", "lamp.html"]
        assert (shelf / "fan.txt").exists()


async def test_a_changed_file_is_read_again_and_a_gone_one_is_told(shelf: Path) -> None:
    (shelf / "fan.txt").write_text("FAN F3\n======\n\nThe fan turns at 900 rpm.\n")
    (shelf / "lamp.html").unlink()
    async with opened() as (app, pilot):
        await press(pilot, "f3")
        assert "file gone" in screen_text(app)
        await press(pilot, "r")
        assert "1 changed" in screen_text(app)
        await press(pilot, "R")
        assert "2 unchanged" in screen_text(app)


async def test_another_index_is_made_and_opened(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        asked = app.screen
        await press(pilot, "f3", "i")
        await write(pilot, "garage")
        await press(pilot, "enter")
        assert app.qa.settings.index == "garage" and "garage · no index yet" in screen_text(app)
        assert asked.query_one(AnswerList).card is None  # the answers were the other index's
        await press(pilot, "a")
        await write(pilot, str(shelf / "fan.txt"))
        await press(pilot, "enter")
        assert "garage · ready" in screen_text(app)
        await press(pilot, "i")
        await write(pilot, "bad name!")
        await press(pilot, "enter")
        assert isinstance(app.screen, ErrorDialog)


@pytest.mark.usefixtures("one_text_at_a_time")
async def test_an_ingest_can_be_stopped_and_quitting_asks(shelf: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    many = shelf.parent / "many"
    many.mkdir()
    for number in range(40):
        (many / f"{number:02}.md").write_text(f"# Part {number}\n\nPart {number} weighs {number} grams.\n")
    embedder, gate, before = fake_models[0], threading.Event(), [None] * 8
    whole = embedder.embed_passages

    def embed(texts: Any) -> Any:
        if not gate.is_set():
            if before:
                before.pop()
            else:
                assert gate.wait(60)
        return whole(texts)

    monkeypatch.setattr(embedder, "embed_passages", embed)
    async with opened() as (app, pilot):
        await press(pilot, "f3")
        app.screen.ingest(str(many))  # type: ignore[attr-defined]
        await until(pilot, lambda: not before and "%" in screen_text(app))
        assert app.jobs.heavy
        await pilot.press("r")  # a second heavy job
        assert any("under way" in str(note.message) for note in app._notifications)
        await pilot.press("ctrl+q")
        await pilot.pause()
        assert isinstance(app.screen, ConfirmDialog)
        await pilot.press("n")
        assert app.jobs.heavy
        await pilot.press("x")
        gate.set()
        await settle(pilot)
        documents = len(RagQA("shelf").documents())
        assert documents > 3 and RagQA("shelf").verify() == []
        gate.clear()
        app.screen.ingest(str(many))  # type: ignore[attr-defined]
        await pilot.press("ctrl+q")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        gate.set()
        await until(pilot, lambda: not app.is_running)
    assert len(RagQA("shelf").documents()) >= documents and RagQA("shelf").verify() == []


# Evaluate and settings


async def test_an_evaluation_shows_figures_and_leads_to_the_worst(shelf: Path) -> None:
    lines = [
        {"question": "How long does the warranty last?", "answer": "30 months"},
        {"question": "How many litres does the kettle boil?", "answer": "a very large number of things"},
        {"question": "Who painted the ceiling?", "answer": None},
    ]
    Path("qa.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines) + "broken\n")
    async with opened() as (app, pilot):
        await press(pilot, "f5")
        await write(pilot, "qa.jsonl")
        await press(pilot, "enter")
        text = screen_text(app)
        assert "Reading, best span: 2 answerable questions" in text and "exact match" in text
        app.screen.query_one("#eval-tabs").active = "tab-worst"  # type: ignore[attr-defined]
        await settle(pilot)
        table = app.screen.query_one("#worst")
        assert table.row_count >= 1  # type: ignore[attr-defined]
        table.focus()
        await press(pilot, "enter")
        assert app.current_mode == "ask" and app.screen.query_one(AnswerList).cards
        question = app.screen.query_one(QuestionInput).value
        assert question in {line["question"] for line in lines}


async def test_settings_work_at_once_and_are_kept(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f6")
        box = app.screen.query_one("#top-k", Input)
        box.value = "3"
        await settle(pilot)
        assert app.qa.settings.ask.top_k == 3
        box.value = "0"
        await settle(pilot)
        assert app.qa.settings.ask.top_k == 3
        app.screen.query_one("#max-wrong", Select).value = 0.05
        app.screen.query_one("#theme", Select).value = "ragqa-light"
        await settle(pilot)
        assert app.qa.threshold == 0.95 and app.theme == "ragqa-light"
    assert load_preferences().top_k == 3 and load_preferences().max_wrong == 0.05
    async with opened() as (app, pilot):
        assert app.theme == "ragqa-light" and app.qa.settings.ask.top_k == 3
        await ask(pilot, "How long does the warranty last?")
        assert "The manuals do not say" in screen_text(app)  # the stand-in is never so sure
    preferences_file().write_text('{"theme": "nope", "top_k": "x", "split": 7}')
    async with opened() as (app, pilot):
        assert app.theme == "ragqa-dark" and app.qa.settings.ask.top_k == 12


async def test_where_the_indexs_reader_is_gone_another_can_be_chosen(shelf: Path) -> None:
    Path("indexes/shelf/reader.json").write_text('{"reader": "shop", "history": []}')
    async with opened() as (app, pilot):
        await press(pilot, "escape", "f6")
        readers = app.screen.query_one("#reader", Select)
        await settle(pilot)
        assert '"shop"' in Path("indexes/shelf/reader.json").read_text()
        assert readers.value == "" and "(the reader 'shop' of index 'shelf' is gone)" in screen_text(app)
        readers.value = "default"
        await settle(pilot)
        assert app.readiness.is_ready and "is gone" not in screen_text(app)
    assert RagQA("shelf").reader_name == "default"


# Everywhere


async def test_help_jump_and_the_palette(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f1")
        assert isinstance(app.screen, HelpDialog) and "History" in screen_text(app)
        await press(pilot, "escape", "ctrl+o")
        assert isinstance(app.screen, JumpOverlay)
        await press(pilot, "d")
        assert isinstance(app.focused, SourceView | AnswerList)
        titles = {command.title for command in app.get_system_commands(app.screen)}
        assert {"Go to Library", "Answer: copy with source", "Theme: high-contrast", "Quit"} <= titles
        for mode in ("library", "train", "evaluate", "settings", "ask"):
            await press(pilot, {"library": "f3", "train": "f4", "evaluate": "f5", "settings": "f6", "ask": "f2"}[mode])
            assert app.current_mode == mode and list(app.get_system_commands(app.screen))


async def test_an_error_of_a_job_is_a_dialog_with_its_hint(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await press(pilot, "f5")
        await write(pilot, "nowhere.csv")
        await press(pilot, "enter")
        assert isinstance(app.screen, ErrorDialog) and "nowhere.csv cannot be read" in screen_text(app)
        await press(pilot, "escape")
        assert app.current_mode == "evaluate" and app.jobs.idle


async def test_a_fault_of_ragqa_is_a_dialog_with_details_and_no_crash(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("[red]boom")

    async with opened() as (app, pilot):
        monkeypatch.setattr(RagQA, "ask", broken)
        await ask(pilot, "How long does the warranty last?")
        assert isinstance(app.screen, ErrorDialog)
        assert "ZeroDivisionError: [red]boom" in screen_text(app) and "Traceback" in screen_text(app)
        await press(pilot, "escape")
        assert app.is_running


async def test_the_inline_mode_asks_and_answers(shelf: Path) -> None:
    async with opened(inline=True) as (app, pilot):
        assert app.current_mode == "inline"
        await ask(pilot, "How long does the warranty last?")
        assert app.screen.query_one(AnswerList).size.width > 110
        assert "The warranty lasts 30 months." in screen_text(app)
        await press(pilot, "y")
    assert [one.verdict for one in journal().verdicts()] == [Verdict.RIGHT]


async def test_an_index_that_is_not_there_can_be_opened(shelf: Path) -> None:
    async with opened("nowhere") as (app, pilot):
        assert "no index yet" in screen_text(app) and "F3, then a" in screen_text(app)
        await ask(pilot, "What?")
        assert isinstance(app.screen, ErrorDialog) and "there is no index 'nowhere'" in screen_text(app)


async def test_the_panes_can_be_resized_and_stay_so(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "How long does the warranty last?")
        before = app.screen.query_one(AnswerList).size.width
        app.screen.query_one(SourceView).focus()
        await press(pilot, "ctrl+right")
        wider = app.screen.query_one(AnswerList).size.width
        assert wider > before
        await pilot.mouse_down("#splitter", offset=(0, 5))
        await pilot.hover("#ask-body", offset=(90, 5))
        await pilot.mouse_up("#ask-body", offset=(90, 5))
        await settle(pilot)
        assert app.screen.query_one(AnswerList).size.width > wider
    assert load_preferences().split > 0.5
