"""The pages as the server sends them: what they hold, who sees what of them, and that nothing of a document is markup."""

from __future__ import annotations

import re
import threading
import time
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from serve_clients import KEYS, document_id

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.serve.page import shelf

QUESTION = "How many litres does the kettle boil?"
PAGES = Path(shelf.__file__).parent


class Page(HTMLParser):
    """A page's elements with their attributes, and the text of each."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of elements that have these, and these classes."""
        return [
            given for name, given in self.found
            if name == tag and all(value in given.get(key.rstrip("_"), "").split() for key, value in wanted.items())
        ]  # fmt: skip


def page_of(client: Any, address: str, **given: Any) -> Page:
    response = client.get(address, params=given or None)
    assert response.status_code == 200, response.text
    return Page(response.text)


def test_a_question_in_the_address_is_answered_without_javascript(client: Any) -> None:
    page = page_of(client, "/", q=QUESTION)
    best = client.post("/v1/ask", json={"question": QUESTION}).json()["answers"][0]
    first, *_ = page.all("article", class_="card")
    assert (first["data-document"], first["data-start"], first["data-end"]) == tuple(
        str(best[name]) for name in ("document_id", "start", "end")
    )
    assert best["text"] in page.text and "kettle.md" in page.text
    assert first["data-reply"] == f"“{best['text']}”\n— kettle.md › Kettle K1"
    assert page.all("mark", class_="answer")
    assert [one["value"] for one in page.all("input", name="q")] == [QUESTION]


def test_a_link_opens_the_answer_that_was_shared(client: Any) -> None:
    links = [one["href"] for one in page_of(client, "/", q="E-24", document="kettle").all("a", class_="open")]
    assert "document=kettle" in links[1]
    page = page_of(client, links[1])
    shown = page.all("article", class_="chosen")
    assert [page.all("article").index(one) for one in shown] == [1]
    (manual,) = page.all("section", class_="manual")
    assert (manual["data-start"], manual["data-end"]) == (shown[0]["data-start"], shown[0]["data-end"])
    far = page_of(client, "/", q="E-24", answer="99").all("article", class_="chosen")
    assert len(far) == 1  # the first, where there are not as many


def test_where_the_manuals_do_not_say_it_is_said_first(client: Any) -> None:
    response = client.get("/", params={"q": "Does it have a zither?"})
    page = Page(response.text)
    assert "The manuals do not say" in page.text and "The nearest passages" in page.text
    body = response.text
    assert body.index('class="refusal"') < body.index('class="card')
    assert not page.all("mark", class_="answer") or 'class="cards unsure"' in body
    (results,) = page.all("div", class_="results")
    assert results["data-answered"] == "no"


def test_a_filter_narrows_and_stays(client: Any) -> None:
    page = page_of(client, "/", q="How many months is the warranty?", document="lamp", section="Warranty")
    assert {one["data-document"] for one in page.all("article")} == {str(document_id(client, "lamp.html"))}
    (results,) = page.all("div", class_="results")
    assert (results["data-document"], results["data-section"], results["data-effort"]) == ("*lamp*", "Warranty", "auto")
    assert [one["value"] for one in page.all("input", name="document")] == ["lamp"]


def test_a_manual_is_read_and_searched(client: Any) -> None:
    kettle = document_id(client, "kettle.md")
    page = page_of(client, "/manual", id=kettle)
    assert {"Kettle K1", "Fill in vinegar"} <= {word for word in ("Kettle K1", "Fill in vinegar") if word in page.text}
    assert page.all("table", class_="headed") or page.all("table")
    found = page_of(client, "/manual", id=kettle, find="boil IT")
    (manual,) = found.all("section", class_="manual")
    text = client.get(f"/v1/documents/{kettle}/text").json()["text"]
    assert text[int(manual["data-start"]) : int(manual["data-end"])] == "Boil it"
    assert found.all("mark", class_="answer")
    assert "“zither” is not in this document." in page_of(client, "/manual", id=kettle, find="zither").text


def test_a_long_manual_is_read_in_stretches(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.serve.page.manual.BEFORE", 10)
    monkeypatch.setattr("ragqa.serve.page.manual.AFTER", 20)
    address, read = f"/manual?id={document_id(client, 'kettle.md')}", []
    for _ in range(20):
        page = page_of(client, address)
        read += [int(one["data-start"]) for one in page.all("span", class_="piece")]
        onward = [one["href"] for one in page.all("a") if "at=" in one.get("href", "")]
        if not onward or "Go on reading" not in page.text:
            break
        address = onward[-1]
    assert sorted(set(read)) == sorted(read) and len(read) > 8
    assert "Boil it twice" in page.text and "Earlier" in page.text


@pytest.mark.parametrize("address", ["/manual?id=99", "/manual", "/?q=x&index=nowhere", "/?q=x&index=../x"])
def test_what_is_not_there_is_told_on_a_page(client: Any, address: str) -> None:
    response = client.get(address)
    assert response.status_code in (400, 404) and response.headers["content-type"].startswith("text/html")
    assert Page(response.text).all("h1")


@pytest.mark.parametrize(
    ("address", "told"),
    [("/manual?id=99", "The library lists those there are."), ("/?q=x&index=nowhere", "Those there are: shelf.")],
)
def test_what_to_do_is_told_to_who_reads_a_page(client: Any, address: str, told: str) -> None:
    page = client.get(address).text
    assert told in page and "GET /" not in page and 'href="/library' in page.partition("<main")[2]


def test_nothing_stands_inline_and_all_comes_from_here(client: Any) -> None:
    for address in ("/", f"/?q={QUESTION}", "/library", "/manual?id=1", "/login"):
        response = client.get(address)
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        page = Page(response.text)
        for tag, given in page.found:
            assert "style" not in given and not [name for name in given if name.startswith("on")]
            assert tag != "style" and (tag != "script" or given["src"].startswith("/static/"))
            for name in ("href", "src", "action"):
                assert name not in given or given[name].startswith(("/", "#")), given
    for script in (PAGES / "static").glob("*.js"):
        text = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?:", text), script.name


def test_the_files_of_pages_are_kept_by_browsers_as_long_as_they_are_the_same(client: Any) -> None:
    page = page_of(client, "/")
    sources = [one["src"] for one in page.all("script")] + [one["href"] for one in page.all("link")]
    for source in sources:
        response = client.get(source)
        assert response.status_code == 200 and "immutable" in response.headers["cache-control"], source
    assert client.get("/static/older/page.css").headers["cache-control"] == "no-cache"
    for name in ("../routes.py", "..%2Froutes.py", "ask.html", "nothing.js"):
        assert client.get(f"/static/x/{name}").status_code == 404


# What a document may hold

EVIL = '\u202e<script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)\' {{ 7*7 }} &amp; \x1b]0;x\x07'


@pytest.fixture
def hostile(served: Settings, tmp_path: Path) -> Settings:
    """The index with a manual whose every part would be markup, if it could."""
    from html import escape

    folder = tmp_path / "hostile"
    folder.mkdir()
    told = escape(EVIL.replace("\x1b", "").replace("\x07", ""), quote=False)
    (folder / "<b onclick=x>'\"zorbler.html").write_text(
        f"<html><head><title>{told}</title></head><body><h1>Zorbler {told}</h1><p>The zorbler frobs {told} quickly.</p>"
        f"<table><tr><th>Zorbler {told}</th><th>Frobs</th><th>C</th></tr><tr><td>frobbing {told}</td><td>{told}</td>"
        f"<td>3</td></tr></table><ul><li>frob {told}</li></ul><pre>zorbler --frob {told}</pre></body></html>",
        encoding="utf-8",
    )
    RagQA(settings=served).ingest(folder)
    return served


def test_nothing_of_a_document_or_a_question_is_markup(hostile: Settings, client: Any) -> None:
    number = document_id(client, "*zorbler*")
    addresses = [
        ("/", {"q": f"What does the zorbler frob? {EVIL}", "document": EVIL[:50], "section": EVIL[:40]}),
        ("/", {"q": "What does the zorbler frob?"}),
        ("/", {"q": "zither zorbler"}),
        ("/manual", {"id": number, "find": EVIL}),
        ("/manual", {"id": number, "start": 1, "end": 60}),
        ("/library", {"find": "zorbler"}),
        ("/login", {"next": EVIL}),
        ("/", {"q": "x", "index": EVIL[:20]}),
    ]
    for address, given in addresses:
        response = client.get(address, params=given)
        page = Page(response.text)
        for tag, attributes in page.found:
            assert tag not in ("img", "b") or attributes.get("src", "").startswith("/v1/"), address
            assert tag != "script" or attributes["src"].startswith("/static/")
            assert not [name for name in attributes if name.startswith("on")], attributes
        assert not {"\u202e", "\x1b"} & set(page.text), (address, given, page.text[:300])
        assert "49" not in page.text.replace("{{ 7*7 }}", "")
    assert "<script>alert(1)</script>" in page_of(client, "/manual", id=number).text


# Who may see what


def test_who_shows_no_token_is_asked_for_one_and_goes_on(serve: Any) -> None:
    client = serve(keys=True)
    asked = client.get("/library?index=shelf", follow_redirects=False)
    assert asked.status_code == 303 and asked.headers["location"] == "/login?next=%2Flibrary%3Findex%3Dshelf"
    page = page_of(client, asked.headers["location"])
    assert [one["value"] for one in page.all("input", name="next")] == ["/library?index=shelf"]
    assert not page.all("nav")
    origin = {"Origin": "http://127.0.0.1:8321"}
    wrong = client.post("/login", data={"token": "wrong", "next": "/"}, headers=origin)
    assert wrong.status_code == 401 and Page(wrong.text).all("input", name="token") and "set-cookie" not in wrong.headers
    right = client.post(
        "/login", data={"token": KEYS["read"], "next": "/library?index=shelf"}, headers=origin, follow_redirects=False
    )
    assert (right.status_code, right.headers["location"]) == (303, "/library?index=shelf")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=strict" in cookie and KEYS["read"].lower() not in cookie
    assert "kettle.md" in page_of(client, "/library").text
    client.post("/logout", headers=origin)
    assert client.get("/library", follow_redirects=False).status_code == 303


def test_a_link_from_elsewhere_is_opened_once_more_from_here(serve: Any) -> None:
    """Browsers keep the session's cookie to themselves where a link on another site was followed."""
    client = serve(keys=True)
    from_elsewhere = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    response = client.get("/?q=a&index=shelf", headers=from_elsewhere, follow_redirects=False)
    (refresh,) = Page(response.text).all("meta", http_equiv="refresh") or [
        one for one in Page(response.text).all("meta") if "http-equiv" in one
    ]
    assert response.status_code == 200 and refresh["content"] == "0;url=/?q=a&index=shelf"


@pytest.mark.parametrize(("role", "acts"), [("read", {"copy"}), ("judge", {"copy", "right", "wrong", "correct", "unanswerable"})])
def test_only_who_may_judge_is_offered_to(serve: Any, role: str, acts: set[str]) -> None:
    client = serve(keys=True)
    client.headers["Authorization"] = f"Bearer {KEYS[role]}"
    page = page_of(client, "/", q=QUESTION)
    assert {one["data-act"] for one in page.all("button") if "data-act" in one} - {"leave"} == acts
    library = page_of(client, "/library")
    assert not library.all("form", id="upload") and not library.all("button", **{"data-act": "remove"})
    assert client.post("/library/audit", data={"id": "1"}).status_code == 403


# The library


def test_the_library_lists_what_there_is(client: Any, served: Settings, tmp_path: Path) -> None:
    bad = tmp_path / "broken.pdf"
    bad.write_bytes(b"%PDF-1.4 nothing")
    RagQA(settings=served).ingest(bad)
    page = page_of(client, "/library")
    for name in ("kettle.md", "lamp.html", "fan.txt", "3 documents", "Left out", "broken.pdf"):
        assert name in page.text
    assert len(page.all("button", class_="quiet")) and page.all("form", id="upload")


def test_the_library_is_paged_and_searched(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "AT_ONCE", 2)
    first = page_of(client, "/library")
    (later,) = [one["href"] for one in first.all("a", rel="next")]
    second = page_of(client, later)
    assert "fan.txt" in first.text and "lamp.html" not in first.text
    assert "lamp.html" in second.text and "fan.txt" not in second.text and second.all("a", rel="prev")
    assert "lamp.html" in page_of(client, "/library", find="LAMP l2").text
    assert "No document is called that." in page_of(client, "/library", find="zither").text


def test_an_index_that_is_not_there_yet_is_empty(client: Any) -> None:
    assert "is empty or not there yet" in page_of(client, "/library", index="later").text
    assert "There are no manuals in this index yet" in page_of(client, "/", index="later").text


def test_an_audit_says_what_was_not_read(client: Any) -> None:
    response = client.post("/library/audit", data={"id": str(document_id(client, "lamp.html")), "index": "shelf"})
    assert response.status_code == 200 and "What was not read" in response.text and "lamp.html" in response.text
    assert client.post("/library/audit", data={"id": "99"}).status_code == 400


def test_while_the_models_are_loaded_a_page_says_so_and_looks_again(
    serve: Any, served: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded, plain = threading.Event(), RagQA.warm_up

    def warm_up(qa: RagQA) -> None:
        assert loaded.wait(60)
        plain(qa)

    monkeypatch.setattr(RagQA, "warm_up", warm_up)
    monkeypatch.setattr("ragqa.serve.page.routes.PATIENCE", 0.2)
    RagQA("words", settings=served).ingest(Path(served.home).parent / "manuals", embed=False)
    client, opened = serve(), {"Sec-Fetch-Mode": "navigate"}
    try:
        assert "models are being loaded: the first answer takes a moment" in page_of(client, "/").text
        waiting = client.get("/", params={"q": QUESTION}, headers=opened)
        assert (waiting.status_code, waiting.headers["refresh"]) == (503, "2") and QUESTION in waiting.text
        script = client.get("/", params={"q": QUESTION}, headers={"Sec-Fetch-Mode": "cors"})
        assert (
            page_of(client, "/", q=QUESTION).all("article", class_="card")
            == Page(script.text).all("article", class_="card")
            != []
        )
        other = page_of(client, "/", index="words").text  # of whose models nobody knows
        assert "By words only so far: 0 % of the passages have vectors" in other and "being loaded" not in other
    finally:
        loaded.set()
    until = time.monotonic() + 60
    while not client.app.state.service.warm and time.monotonic() < until:
        time.sleep(0.01)
    answered = client.get("/", params={"q": QUESTION}, headers=opened)
    assert answered.status_code == 200 and "refresh" not in answered.headers and Page(answered.text).all("article", class_="card")
    assert "being loaded" not in page_of(client, "/").text
