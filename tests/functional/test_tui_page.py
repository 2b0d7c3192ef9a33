"""The page that an answer stands on, shown in the terminal UI."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from functional_helpers import pdf
from PIL import Image
from tui_helpers import ask, opened, press, screen_text

from ragqa.engine import RagQA
from ragqa.types import Spot
from tui.screens.dialogs import ErrorDialog
from tui.screens.page import PageScreen
from tui.widgets.page_view import GLYPHS, PageView, quadrants
from tui.widgets.source_view import SourceView

CORAL = "When does the coral lamp blink?"


def lamps(canvas: Any) -> None:
    for colour in ("amber", "beige", "coral", "denim"):
        canvas.drawString(72, 300, f"The {colour} lamp blinks while the pump is running.")
        canvas.showPage()


@pytest.fixture
def shelf(tmp_path: Path, fake_models: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An index of a PDF and a text, settings of its own, and no system clipboard."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr("tui.app.copy_to_system", lambda text: None)
    manuals = tmp_path / "manuals"
    manuals.mkdir()
    (manuals / "lamps.pdf").write_bytes(pdf(lamps))
    (manuals / "note.txt").write_text("The crimson siren howls when the tank is empty.\n")
    RagQA("shelf").ingest(manuals)
    return manuals


@pytest.mark.asyncio
async def test_a_key_shows_the_page_with_the_words(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, CORAL)
        await press(pilot, "p")
        assert isinstance(app.screen, PageScreen)
        view = app.screen.query_one(PageView)
        assert view.picture.page == 3 and view.picture.words and app.focused is view
        assert "lamps.pdf › page 3" in screen_text(app)
        marked = view.picture.words[0][1] * view.virtual_size.height
        assert view.scroll_y <= marked <= view.scroll_y + view.size.height, "it begins at the words"
        assert any(glyph in screen_text(app) for glyph in GLYPHS[1:])
        await press(pilot, "escape")
        assert not isinstance(app.screen, PageScreen)


@pytest.mark.asyncio
async def test_it_is_made_larger_and_smaller(shelf: Path) -> None:
    async with opened(size=(80, 24)) as (app, pilot):
        await ask(pilot, CORAL)
        await press(pilot, "p")
        view = app.screen.query_one(PageView)
        width = view.virtual_size.width
        await press(pilot, "plus")
        assert view.virtual_size.width > width
        await press(pilot, "minus", "minus", "minus", "minus")
        whole = view.virtual_size
        assert whole.height <= view.size.height and whole.width <= view.size.width
        await press(pilot, *["plus"] * 10)
        await press(pilot, "right", "l", "down", "j", "left", "up")
        await press(pilot, "0")
        assert view.virtual_size == whole
        await press(pilot, "p")
        assert not isinstance(app.screen, PageScreen)


@pytest.mark.asyncio
async def test_the_source_shows_the_page_of_the_cursor(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, CORAL)
        app.screen.query_one(SourceView).focus()
        await press(pilot, "p")
        assert app.screen.query_one(PageView).picture.page == 3
        assert app.screen.query_one(PageView).picture.words
        await press(pilot, "escape")
        await press(pilot, "g", "p")
        picture = app.screen.query_one(PageView).picture
        assert (picture.page, picture.words) == (1, ()) and picture.box is not None


@pytest.mark.asyncio
async def test_a_text_has_no_page_to_show(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, "When does the crimson siren howl?")
        await press(pilot, "p")
        assert any("has no pages to show" in notice.message for notice in app._notifications)
        assert not isinstance(app.screen, PageScreen)


@pytest.mark.asyncio
async def test_a_file_that_is_gone_is_a_dialog(shelf: Path) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, CORAL)
        (shelf / "lamps.pdf").unlink()
        await press(pilot, "p")
        assert isinstance(app.screen, ErrorDialog) and "not there any more" in screen_text(app).replace("\n", " ")
        await press(pilot, "escape")
        assert not isinstance(app.screen, PageScreen)


@pytest.mark.asyncio
async def test_the_picture_is_closed_before_it_is_drawn(shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened() as (app, pilot):
        await ask(pilot, CORAL)
        await pilot.press("p", "escape")
        await press(pilot, "down")
        assert not isinstance(app.screen, PageScreen)


def test_a_cell_has_the_two_colours_of_its_points() -> None:
    image = Image.new("RGB", (4, 2), "white")
    image.putpixel((0, 0), (0, 0, 0))
    image.putpixel((3, 1), (255, 0, 0))
    made = io.BytesIO()
    image.save(made, "PNG")
    masks, dark, light = quadrants(made.getvalue(), 2, 1)
    assert "".join(GLYPHS[mask] for mask in masks[0]) == "▘▗"
    assert dark[0].tolist() == [[0, 0, 0], [255, 0, 0]] and light[0].tolist() == [[255] * 3] * 2


def test_a_flat_cell_is_empty() -> None:
    made = io.BytesIO()
    Image.new("RGB", (40, 40), (200, 210, 205)).save(made, "PNG")
    masks, _, light = quadrants(made.getvalue(), 10, 5)
    assert masks.max() == 0 and light[0, 0].tolist() == [204, 204, 204]


def test_an_engine_draws_what_it_is_asked_for(shelf: Path) -> None:
    drawn = RagQA("shelf").picture(Spot("lamps.pdf", 2, "beige"))
    assert (drawn.document, drawn.page, len(drawn.words)) == ("lamps.pdf", 2, 1)
