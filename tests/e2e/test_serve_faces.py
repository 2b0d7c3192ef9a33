"""A real server process with the real models, and its faces: the page in a browser, the client, commands, the terminal UI."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ragqa import connect
from ragqa.cli.main import ragqa as command
from ragqa.types import Progress, QAPair, Verdict
from tests.e2e.serving import serving

sys.path.insert(0, str(Path(__file__).parents[1] / "functional"))
from functional_helpers import pdf
from page_browser import BROWSER, browsing, opened, until
from tui_helpers import ask, press, screen_text, settle

from tui.app import RagqaApp
from tui.screens.page import PageScreen
from tui.widgets.page_view import PageView

pytestmark = pytest.mark.enable_socket

LITRES, CORAL = "How many litres does the pot hold?", "When does the coral lamp blink?"
POT = "# Pot P9\n\n## Size\n\nThe pot holds 3.2 litres of water.\n\n## Care\n\nDescale the pot every 40 days.\n"
FAN = "# Fan F3\n\n## Speed\n\nThe fan turns at 900 revolutions per minute.\n"
PAIRS = [QAPair("How often is the pot descaled?", ("every 40 days",)), QAPair(LITRES, ("3.2 litres",))]


def lamps(canvas: Any) -> None:
    for colour in ("amber", "coral"):
        canvas.drawString(72, 300, f"The {colour} lamp blinks while the pump is running.")
        canvas.showPage()


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    """What the first ingest told of itself."""
    return []


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, told: list[Progress]) -> Iterator[str]:
    """The address of a server whose index was sent to it."""
    folder = tmp_path_factory.mktemp("faces")
    (folder / "manuals").mkdir()
    (folder / "manuals" / "pot.md").write_text(POT)
    (folder / "manuals" / "lamps.pdf").write_bytes(pdf(lamps))
    with serving(folder / "home", "--seconds", "120") as server:
        address = str(server.client.base_url).rstrip("/")
        assert connect(address).ingest(folder / "manuals", progress=told.append).documents == 2
        yield address


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders of the user's own that are empty."""
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    for name in ("RAGQA_SERVER", "RAGQA_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_the_client(base: str, told: list[Progress]) -> None:
    qa = connect(base)
    assert {"send", "embed"} <= {step.stage for step in told}
    response = qa.ask(LITRES)
    assert response.answered and "3.2 litres" in response[0].text and response[0].document == "pot.md"
    kept = qa.judge(response, Verdict.RIGHT, response[0])
    assert qa.journal.verdicts() == [kept] and qa.journal.remove([kept.id]) == 1 and qa.journal.verdicts() == []
    pot = qa.document_named("pot.md")
    assert [block.section[-1] for block in qa.headings(pot.id)] == ["Pot P9", "Size", "Care"]
    assert qa.find(pot.id, "DESCALE") is not None and "every 40 days" in qa.extract(pot.id, 0, pot.characters).text
    qa.keep_answers(qa.ask(CORAL).answers)
    picture = qa.picture(qa.spot_of_answer(1))
    assert picture.png.startswith(b"\x89PNG") and picture.words
    steps: list[Progress] = []
    report = qa.evaluate(PAIRS, progress=steps.append)
    assert len(report.results) == 2 and not report.interrupted and report.problems == () and steps
    assert qa.embed().embedded.lacking == 0


def test_commands(base: str) -> None:
    def run(*words: str) -> str:
        result = CliRunner().invoke(command, [*words, "--server", base])
        assert result.exit_code == 0, result.output
        return result.stdout

    Path("qa.jsonl").write_text(json.dumps({"question": PAIRS[0].question, "answer": "every 40 days"}))
    Path("fan.txt").write_text("FAN\n===\n\nThe fan weighs 2 kg.\n")
    assert "pot.md" in run("ask", LITRES)
    assert json.loads(run("eval", "qa.jsonl", "--json"))["questions"] == 1
    assert json.loads(run("ingest", "fan.txt", "--json"))["counts"] == {"added": 1}
    assert run("show", "lamps.pdf:2", "--words", "coral lamp") == "page.png\n"
    qa = connect(base)
    kept = qa.judge(qa.ask(LITRES), Verdict.UNANSWERABLE)
    assert [one["id"] for one in json.loads(run("feedback", "list", "--json"))] == [kept.id]
    run("feedback", "rm", str(kept.id))
    assert json.loads(run("feedback", "list", "--json")) == []


@pytest.mark.asyncio
async def test_the_terminal_ui(base: str) -> None:
    qa = connect(base)
    app = RagqaApp(qa)
    async with app.run_test(size=(130, 40)) as pilot:
        await settle(pilot, 120)
        await ask(pilot, LITRES)
        assert "3.2 litres" in screen_text(app) and "pot.md › Pot P9 › Size" in screen_text(app)
        await press(pilot, "y")
        assert [one.verdict for one in qa.journal.verdicts()] == [Verdict.RIGHT]
        await press(pilot, "f5")
        app.screen.query_one("#eval-feedback").value = True  # type: ignore[attr-defined]
        await pilot.click("#eval-run")
        await settle(pilot, 120)
        assert "Retrieval: 1 answerable questions" in screen_text(app)
        await press(pilot, "f2", "u")
        assert qa.journal.verdicts() == []
        await ask(pilot, CORAL)
        await press(pilot, "p")
        assert isinstance(app.screen, PageScreen) and len(app.screen.query(PageView)) == 1
        await press(pilot, "escape", "f3")
        assert "lamps.pdf" in screen_text(app)


@pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here")
def test_the_page(base: str, tmp_path: Path) -> None:
    parts = "".join(f"\n## Part {number}\n\n" + f"Screw {number} holds plate {number}. " * 60 for number in range(40))
    (tmp_path / "fan.md").write_text(FAN + parts)  # long enough that its progress is seen
    with browsing() as browser, opened(browser, base) as page:
        page.goto(f"/library?index={tmp_path.name}")  # each run's own: in a second one the file would be there already
        page.evaluate(
            """() => {
              window.told = [];
              new MutationObserver(() => window.told.push(document.querySelector("#jobs .detail")?.textContent ?? ""))
                .observe(document.querySelector("#jobs"), { childList: true, subtree: true });
            }"""
        )
        page.set_input_files("#files", tmp_path / "fan.md")
        until(page, "document.querySelector('#jobs .detail')?.textContent === '1 added'")
        seen = page.evaluate("window.told")
        assert any(text.startswith(("Reading", "Embedding")) for text in seen), seen  # both, if not too short
        assert page.locator("#jobs progress").count() == 0
        page.click("text=Audit")
        page.wait_for_selector("h1")
        assert page.inner_text("h1") == "What was not read" and "nothing" in page.inner_text("main")
        page.click("header >> text=Ask")
        page.fill("#q", "How fast does the fan turn?")
        page.press("#q", "Enter")
        page.wait_for_selector(".results[data-answered=yes]")
        assert "900 revolutions" in page.inner_text(".card.chosen .text")
        page.select_option("#index-switch", "manuals")
        page.wait_for_selector("#ask[data-index=manuals]")
        page.fill("#q", LITRES)
        page.press("#q", "Enter")
        page.wait_for_selector(".results[data-answered=yes]")
        assert "3.2 litres" in page.inner_text(".card.chosen .text") and "index=manuals" in page.url
