"""The web page in a real browser: asked, read, judged and kept in order with the mouse, with keys, by touch, and by ear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from functional_helpers import pdf
from page_browser import BROWSER, browsing, opened, serving, until

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.serve.job_store import JobStore, State

pytestmark = [pytest.mark.skipif(BROWSER is None, reason="there is no Chromium here"), pytest.mark.enable_socket]

CORAL = "When does the coral lamp blink?"
KETTLE = "How many litres does the kettle boil?"
NOTHING = "Does it have a zither?"
EVIL = "<img src=x onerror=alert(1)>\u202e\"'><script>alert(2)</script>"


def lamps(canvas: Any) -> None:
    for colour in ("amber", "beige", "coral", "denim"):
        canvas.drawString(72, 300, f"The {colour} lamp blinks while the pump is running.")
        canvas.showPage()


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, fake_models_of_module: Any) -> Settings:
    """An index of a PDF, a Markdown file with a table, and a manual that is as hostile as it can be; stand-ins for the models."""
    folder = tmp_path_factory.mktemp("page")
    manuals = folder / "manuals"
    manuals.mkdir()
    (manuals / "lamps.pdf").write_bytes(pdf(lamps))
    (manuals / "kettle.md").write_text(
        "# Kettle K1\n\nThe kettle boils 1.7 litres 🫖 of water.\n\n## Errors\n\n| Code | Cause | Remedy |\n|---|---|---|\n"
        "| E-24 | The lid is open | Close it |\n| E-25 | The base is wet | Dry it |\n\n## Descaling\n\n1. Fill in vinegar.\n"
        "2. Boil it twice.\n"
    )
    told = EVIL.replace("<", "&lt;")
    (manuals / f"zorbler {EVIL.replace('/', '')}.html").write_text(
        f"<html><head><title>Zorbler {told}</title></head><body><h1>Zorbler {told}</h1><p>It frobs {told} well.</p></body></html>"
    )
    settings = Settings(home=str(folder / "home"), index="shelf")
    RagQA(settings=settings).ingest(manuals)
    RagQA(settings=settings).label([("kettle.md", {"brand": "Aqua", "model": ["K1", "K2"]}), ("lamps.pdf", {"brand": "Bora"})])
    return settings


@pytest.fixture(scope="module")
def base(shelf: Settings) -> Iterator[str]:
    with serving(shelf) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with browsing() as one:
        yield one


@pytest.fixture
def page(browser: Any, base: str) -> Iterator[Any]:
    with opened(browser, base, permissions=["clipboard-read", "clipboard-write"]) as one:
        yield one


def ask(page: Any, question: str) -> None:
    page.goto("/")
    page.fill("#q", question)
    page.press("#q", "Enter")
    page.wait_for_selector(".results")


def verdicts(shelf: Settings) -> list[tuple[str, str]]:
    return [(one.verdict.value, one.answer) for one in RagQA(settings=shelf).journal.verdicts()]


def pictured(page: Any, at_least: int = 100) -> None:
    until(page, f"(document.querySelector('#manual img')?.naturalWidth ?? 0) > {at_least}")


def test_a_question_is_asked_and_its_page_is_shown(page: Any) -> None:
    ask(page, CORAL)
    assert "q=When" in page.url and page.title().startswith(CORAL)
    assert "coral lamp" in page.text_content(".card.chosen .text")
    pictured(page)
    assert page.input_value("#page-number") == "3"
    assert "start=" in page.get_attribute("#manual img", "src")
    page.click("#manual a[rel=next]")
    until(page, "document.querySelector('#page-number').value === '4'")
    pictured(page)
    assert "start=" not in page.get_attribute("#manual img", "src")
    page.fill("#page-number", "1")
    page.press("#page-number", "Enter")
    until(page, "document.querySelector('#manual').dataset.address.includes('page=1')")
    assert page.locator("#manual a[rel=prev]").count() == 0
    page.fill("#find", "DENIM lamp")
    page.press("#find", "Enter")
    until(page, "document.querySelector('#page-number').value === '4'")
    assert page.evaluate("document.activeElement.id") == "find"
    page.click("#manual a[data-view=text]")
    page.wait_for_selector(".words mark")
    assert page.text_content(".words mark") == "denim lamp"


def test_keys_lead_through_the_answers(page: Any) -> None:
    ask(page, CORAL)
    pictured(page)
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.closest('.card').id") == "answer-2"
    page.keyboard.press("Enter")
    until(page, "location.search.includes('answer=2')")
    assert page.get_attribute(".card.chosen", "id") == "answer-2"
    page.reload()
    assert page.get_attribute(".card.chosen", "id") == "answer-2"
    before = page.input_value("#page-number")
    page.keyboard.press("]")
    until(page, f"document.querySelector('#page-number').value !== '{before}'")
    width = page.evaluate("document.querySelector('#manual img').clientWidth")
    page.keyboard.press("+")
    assert page.evaluate("document.querySelector('#manual img').clientWidth") > width
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.uncheck("#keys-on")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"  # single keys were switched off
    page.keyboard.press("Control+/")


def test_what_was_asked_is_remembered_in_this_browser_alone(page: Any) -> None:
    ask(page, CORAL)
    page.goto("/")
    page.wait_for_selector("#history li a")
    page.click("#history li a")
    page.wait_for_selector(".results")
    assert page.input_value("#q") == CORAL
    page.goto("/")
    page.click("#forget")
    page.reload()
    assert not page.locator("#history").is_visible()


def test_only_labelled_manuals_are_asked_and_that_is_shared_remembered_and_taken_away(page: Any, shelf: Settings) -> None:
    before = len(verdicts(shelf))
    page.goto("/")
    page.click(".filters summary")
    page.get_by_label("brand").select_option("brand=Aqua")
    page.fill("#q", CORAL)
    page.press("#q", "Enter")
    page.wait_for_selector(".results")
    assert page.url.endswith("&meta=brand%3DAqua") and page.text_content("#tags li span") == "brand: Aqua"
    assert {one.split(" ")[0] for one in page.locator(".card .document").all_inner_texts()} == {"kettle.md"}
    page.keyboard.press("m")  # is asked again, in the same manuals
    page.wait_for_selector("#whole-verdict.unanswerable")
    assert [one for one, _ in verdicts(shelf)[before:]] == ["unanswerable"]
    page.locator(".card a.open").nth(1).click()
    until(page, "location.search.includes('answer=') || location.search.includes('passage=')")
    page.reload()  # as a link that was passed on
    assert page.text_content("#tags li span") == "brand: Aqua" and "kettle.md" in page.inner_text(".card.chosen")
    page.get_by_label("Look not only where brand: Aqua").focus()
    page.keyboard.press("Enter")
    until(page, "!location.search.includes('meta=')")
    assert page.evaluate("document.activeElement.id") == "answers-title" and not page.locator("#tags").is_visible()
    assert "lamps.pdf" in page.inner_text(".card.chosen")
    page.go_back()
    page.wait_for_selector("#tags li")
    page.goto("/")
    page.click("#history a:has(small)")
    page.wait_for_selector(".results")
    assert page.text_content("#tags li span") == "brand: Aqua"


def test_labels_are_chosen_one_after_the_other(page: Any) -> None:
    page.goto(f"/?q={CORAL}&meta=brand=Aqua")
    page.click(".filters summary")
    page.locator("select:has([value='brand=Bora'])").select_option("brand=Bora")
    page.click("#ask button.main")
    until(page, "document.querySelectorAll('#tags li').length === 2")
    assert "lamps.pdf" in page.inner_text(".card.chosen")
    assert page.locator("#ask select").count() == 1  # that of models: there is no other brand to be chosen
    page.goto("/?meta=brand=Aqua")
    page.get_by_label("Look not only where brand: Aqua").click()
    until(page, "document.querySelector('#said').textContent.includes('not only brand: Aqua')")
    assert page.evaluate("document.activeElement.id") == "q" and "meta" not in page.url


def test_documents_are_labelled_in_the_library(page: Any, shelf: Settings) -> None:
    def labels(name: str) -> dict[str, list[str]]:
        (found,) = RagQA(settings=shelf).documents(name)
        return {key: list(values) for key, values in found.metadata.items()}

    page.goto("/library")
    page.fill("#label", "line=home")
    page.press("#label", "Enter")
    until(page, "document.querySelector('#said').textContent === 'Choose documents first.'")
    page.check("#choose-all")
    page.click("#labelling [value=add]")
    until(page, "document.querySelector('#said').textContent === 'Added to 3 documents: line=home.'")
    assert labels("kettle.md") == {"brand": ["Aqua"], "line": ["home"], "model": ["K1", "K2"]}
    assert page.evaluate("document.activeElement.id") == "label" and page.locator(".choose:checked").count() == 3
    page.fill("#label", "nothing")
    page.press("#label", "Enter")
    until(page, "document.querySelector('#said').textContent.includes('KEY=VALUE')")
    page.fill("#label", "line=")
    page.click("#labelling [value=take]")
    until(page, "document.querySelector('#said').textContent.startsWith('Taken off')")
    page.get_by_label("Take model: K2 off kettle.md").focus()
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#said').textContent.startsWith('Done')")
    assert labels("kettle.md") == {"brand": ["Aqua"], "model": ["K1"]} and labels("lamps.pdf") == {"brand": ["Bora"]}
    assert page.evaluate("document.activeElement.textContent") == "kettle.md"
    RagQA(settings=shelf).label([("kettle.md", {"model": ["K1", "K2"]})])


def test_an_answer_is_copied_as_a_reply(page: Any) -> None:
    ask(page, KETTLE)
    page.keyboard.press("c")
    until(page, "document.querySelector('#said').textContent.includes('copied')")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("“The kettle boils 1.7 litres 🫖") and copied.endswith("— kettle.md › Kettle K1")


def test_answers_are_judged(page: Any, shelf: Settings) -> None:
    before = len(verdicts(shelf))
    ask(page, KETTLE)
    page.keyboard.press("r")
    page.wait_for_selector(".card.chosen .verdict.right")
    page.keyboard.press("w")
    page.wait_for_selector(".card.chosen .verdict.wrong")
    page.click("[data-act=unanswerable]")
    page.wait_for_selector("#whole-verdict.unanswerable")
    assert [one for one, _ in verdicts(shelf)[before:]] == ["right", "wrong", "unanswerable"]


def test_a_verdict_is_taken_back(page: Any, shelf: Settings) -> None:
    before = verdicts(shelf)
    ask(page, KETTLE)
    for key, word in (("r", "right"), ("w", "wrong"), ("m", "unanswerable")):
        page.keyboard.press(key)
        page.wait_for_selector(f".verdict.{word}")
    page.click(".card.chosen [data-act=undo]")
    page.wait_for_selector(".card.chosen .verdict.right")  # what was said before it holds again
    assert [one for one, _ in verdicts(shelf)[len(before) :]] == ["right", "unanswerable"]
    page.keyboard.press("u")
    until(page, "document.querySelector('#whole-verdict').textContent === ''")
    page.focus(".card.chosen [data-act=undo]")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('.card.chosen [data-verdict]').textContent === ''")
    assert page.evaluate("document.activeElement.className") == "open"
    page.keyboard.press("u")
    until(page, "document.querySelector('#said').textContent.startsWith('There is no verdict')")
    assert verdicts(shelf) == before


def test_the_right_words_are_marked_with_the_mouse_or_typed(page: Any, shelf: Settings) -> None:
    before = len(verdicts(shelf))
    ask(page, KETTLE)
    page.click(".card.chosen [data-act=correct]")
    page.wait_for_selector("#correcting:not([hidden])")
    page.evaluate(
        """() => {
          const walker = document.createTreeWalker(document.querySelector(".words"), NodeFilter.SHOW_TEXT);
          const range = document.createRange();
          while (walker.nextNode()) {
            const at = walker.currentNode.data.indexOf("🫖");
            if (at >= 0) range.setStart(walker.currentNode, at);
            const end = walker.currentNode.data.indexOf("water.");
            if (end >= 0) range.setEnd(walker.currentNode, end + 5);
          }
          getSelection().removeAllRanges();
          getSelection().addRange(range);
        }"""
    )
    until(page, "document.querySelector('#right-words').value !== ''")
    page.click("#correcting button.main")
    page.wait_for_selector(".card.chosen .verdict.corrected")
    page.keyboard.press("e")
    page.fill("#right-words", "fill in   VINEGAR")
    page.press("#right-words", "Enter")
    until(page, "document.querySelector('.words mark')?.textContent === 'Fill in vinegar'")
    assert verdicts(shelf)[before:] == [("corrected", "🫖 of water"), ("corrected", "Fill in vinegar")]
    page.keyboard.press("e")
    page.fill("#right-words", "a zither")
    page.press("#right-words", "Enter")
    until(page, "document.querySelector('#said').textContent.includes('not in this document')")
    page.keyboard.press("Escape")
    assert not page.locator("#correcting").is_visible()


def test_where_the_manuals_do_not_say_nothing_looks_like_an_answer(page: Any) -> None:
    ask(page, NOTHING)
    assert page.locator(".refusal h2").inner_text() == "The manuals do not say"
    first = page.locator(".card").first
    assert first.get_attribute("id") == "passage-1" and page.locator(".card.chosen").get_attribute("id") == "passage-1"
    assert page.evaluate("document.activeElement.id") == "answers-title"  # where a screen reader goes on, and what it says:
    assert page.text_content("#answers-title") == "The manuals do not say"


def test_nothing_of_a_manual_is_run_or_turned_around(page: Any) -> None:
    for address in ("/?q=What+does+the+zorbler+frob%3F", "/library", "/manual?id=3"):
        page.goto(address)
        assert "<script>alert(2)" in page.text_content("main")
        assert "\u202e" not in page.text_content("body")
        assert page.locator("img[src=x], script:not([src])").count() == 0


def test_it_works_without_javascript(browser: Any, base: str) -> None:
    with opened(browser, base, java_script_enabled=False) as page:
        page.goto("/")
        page.fill("#q", CORAL)
        page.press("#q", "Enter")
        page.locator(".card a.open").nth(1).click()
        assert page.locator(".card.chosen").get_attribute("id") == "answer-2"
        page.click("#manual a[data-view=text]")
        page.fill("#find", "denim lamp")
        page.press("#find", "Enter")
        assert page.locator("mark.answer").first.inner_text() == "denim lamp"
        assert not page.locator(".needs-js").first.is_visible()
        page.goto("/library")
        page.get_by_label("Choose kettle.md").check()
        page.fill("#label", "line=home")
        page.press("#label", "Enter")
        with page.expect_navigation():
            page.click("text=line: home")
        assert page.locator(".documents tbody tr").count() == 1
        with page.expect_navigation():
            page.click("[aria-label='Take line: home off kettle.md']")
        assert page.locator("text=line: home").count() == 1  # what is looked for
        with page.expect_navigation():
            page.click("[aria-label='Look not only where line: home']")
        assert page.locator(".documents tbody tr").count() == 3


@pytest.mark.parametrize("looks", ["light", "dark"])
def test_axe_finds_nothing(browser: Any, base: str, looks: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    kettle = f"/?q={KETTLE}&document=kettle&meta=brand=Aqua"
    addresses = (
        "/",
        f"/?q={CORAL}",
        kettle,
        f"/?q={NOTHING}",
        "/manual?id=1",
        "/manual?id=2&view=text",
        "/library",
        "/login",
        "/library?meta=brand=Aqua",
    )
    with opened(browser, base, color_scheme=looks, reduced_motion="reduce") as page:
        for address in (*addresses, "/manual?id=99"):
            page.goto(address)
            if address == kettle:
                page.click(".card.chosen [data-act=correct]")
                page.wait_for_selector("#correcting:not([hidden])")
            found = Axe().run(page).response["violations"]
            assert found == [], (address, json.dumps([(one["id"], [node["html"] for node in one["nodes"]]) for one in found]))
        page.goto("/")
        page.keyboard.press("Escape")
        page.locator("#help-button").click()
        assert Axe().run(page).response["violations"] == []


def test_it_fits_a_telephone(browser: Any, base: str) -> None:
    with opened(browser, base, viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True) as page:
        for address in (
            "/",
            f"/?q={CORAL}&document=*&meta=brand=Aqua&meta=brand=Bora",
            f"/?q={NOTHING}",
            "/manual?id=1&view=text",
            "/library",
            "/login",
        ):
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, address
        page.goto(f"/?q={CORAL}")
        page.locator(".card a.open").nth(1).tap()
        until(page, "location.search.includes('answer=2')")
        until(page, "document.querySelector('#manual').getBoundingClientRect().top < innerHeight / 2")


def test_light_and_dark_can_be_switched_and_stay(page: Any) -> None:
    page.goto("/")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.click("#looks")
    dark = page.evaluate(ground)
    page.goto("/library")
    assert page.evaluate(ground) == dark != light


def test_on_paper_there_is_the_answer_and_no_button(page: Any) -> None:
    ask(page, KETTLE)
    page.emulate_media(media="print")
    assert page.locator(".card.chosen .text").is_visible() and not page.locator(".card.chosen .acts").is_visible()
    assert page.evaluate("getComputedStyle(document.body).overflow") == "visible"


def test_files_are_uploaded_and_watched(page: Any, tmp_path: Path) -> None:
    """The server's part of it is canned: a job reads with the real models."""
    sent = []

    def take(route: Any) -> None:
        sent.append(route.request.post_data_buffer)
        route.fulfill(status=202, json={"job": "j-1", "index": "shelf", "state": "waiting"})

    told = {"stage": "ingest", "done": 1, "total": 2, "detail": "fan.txt", "items": 0, "items_total": 1, "left": 7.0}
    job = {"id": "j-1", "state": "running", "progress": told, "error": None, "result": None}
    page.route("**/v1/ingest", take)
    page.route("**/v1/jobs/j-1", lambda route: route.fulfill(json=job))
    (tmp_path / "fan.txt").write_text("The fan turns.")
    page.goto("/library")
    page.fill("#upload-labels", "brand")
    page.set_input_files("#files", tmp_path / "fan.txt")
    until(page, "document.querySelector('#said').textContent.includes('no label')")
    assert sent == []
    page.fill("#upload-labels", "brand=Aqua; model=K1; model = K2")
    page.set_input_files("#files", tmp_path / "fan.txt")
    until(page, "document.querySelector('#jobs .detail')?.textContent.includes('fan.txt · 7 s left')")
    assert page.evaluate("document.querySelector('#jobs progress').value") == 50
    job.update(state="done", result={"counts": {"added": 1}})
    until(page, "document.querySelector('#jobs .detail')?.textContent === '1 added'")
    assert b'name="metadata"\r\n\r\n{"brand":["Aqua"],"model":["K1"," K2"]}' in sent[0]
    assert b'name="index"\r\n\r\nshelf' in sent[0] and b'name="files"; filename="fan.txt"' in sent[0]


def test_what_is_said_of_vectors_goes_once_they_are_made(page: Any, shelf: Settings, tmp_path: Path) -> None:
    """The server's part of it is canned: a job embeds with the real models."""
    (tmp_path / "bell.txt").write_text("The bell rings at noon.\n")
    engine = RagQA(settings=shelf)
    engine.ingest(tmp_path / "bell.txt", embed=False)
    told = {"stage": "embed", "done": 1, "total": 2, "detail": "", "items": 1, "items_total": 2, "left": None}
    job = {"id": "j-1", "kind": "embed", "state": "running", "progress": told, "error": None, "result": None}
    page.route("**/v1/jobs?*", lambda route: route.fulfill(json={"jobs": [job], "next": None}))
    page.route("**/v1/jobs/j-1", lambda route: route.fulfill(json=job))
    page.goto("/")
    assert "passages have vectors" in page.inner_text(".note")
    page.goto("/library")
    until(page, "document.querySelector('#jobs .detail')?.textContent.includes('1 of 2')")
    assert "passages have vectors" in page.inner_text("#notes") and page.inner_text("#jobs .title") == "Making vectors"
    engine.embed()
    job.update(state="done", result={})
    until(page, "document.querySelector('#notes').textContent === ''")
    engine.remove_documents("bell.txt")


def test_many_jobs_leave_the_server_within_reach(page: Any, shelf: Settings) -> None:
    store = JobStore(shelf.home)
    with store.alone():
        jobs = [store.add("weave", "shelf", {}, True) for _ in range(10)]  # no server does such work, so that they wait
    try:
        page.goto("/library")
        until(page, "document.querySelectorAll('#jobs .detail:not(:empty)').length === 10")
        reached = "fetch('/v1/jobs', { signal: AbortSignal.timeout(30000) }).then((told) => told.status, (error) => error.name)"
        assert page.evaluate(reached) == 200
        page.locator("#jobs [data-act=cancel]").first.click()
        until(page, "document.querySelector('#jobs .detail').textContent.startsWith('Cancelled')")
    finally:
        with store.alone():
            for job in store.unfinished():
                store.end(job, State.CANCELLED)
    until(page, "document.querySelectorAll('#jobs [data-act=cancel]').length === 0")
    assert {store.get(job.id).state for job in jobs} == {State.CANCELLED}


def test_a_document_is_taken_out_after_a_question(page: Any, shelf: Settings, tmp_path: Path) -> None:
    (tmp_path / "gone.txt").write_text("The gong is struck at noon.\n")
    RagQA(settings=shelf).ingest(tmp_path / "gone.txt")
    page.goto("/library")
    button = page.locator("[data-act=remove][data-path='gone.txt']")
    button.click()
    page.click("#sure button[value=no]")
    assert button.count() == 1
    button.click()
    page.click("#sure button[value=yes]")
    until(page, "!document.querySelector(\"[data-path='gone.txt']\")")
    assert "gone.txt" not in [one.path for one in RagQA(settings=shelf).documents()]


def test_a_token_is_asked_for_and_lets_in(browser: Any, shelf: Settings) -> None:
    from ragqa.serve.access import Keys

    secret = "a-token-of-some-length"
    with serving(shelf, Keys(token=secret)) as base, opened(browser, base) as page:
        page.goto(f"/?q={CORAL}")
        page.fill("#token", "not the right token")
        page.press("#token", "Enter")
        page.wait_for_selector("[role=alert]")
        page.fill("#token", secret)
        page.press("#token", "Enter")
        page.wait_for_selector(".results")
        pictured(page)
        assert secret not in page.evaluate("document.cookie + location.href + document.documentElement.outerHTML")
        page.click("text=Leave")
        page.wait_for_selector("#token")
