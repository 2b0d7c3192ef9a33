"""Tables show their cells whole, whenever they were drawn first."""

from __future__ import annotations

import asyncio

from textual.app import App, ComposeResult

from tui.widgets.lists import VimTable

NAME = "tavelin-hatch40-router.html"


class OneTable(App[None]):
    CSS = "VimTable { height: 1fr; }"

    def compose(self) -> ComposeResult:
        yield VimTable()


def test_rows_drawn_before_the_columns_grew_are_drawn_again() -> None:
    async def shown() -> str:
        app = OneTable()
        async with app.run_test() as pilot:
            table = app.query_one(VimTable)
            table.add_columns("Document", "Pages")
            await pilot.pause()
            table.add_row(NAME, "44")
            early = table.render_line(1).text  # as a busy machine does: the widths follow when it is idle
            assert NAME not in early
            await pilot.pause()
            return table.render_line(1).text

    assert NAME in asyncio.run(shown())
