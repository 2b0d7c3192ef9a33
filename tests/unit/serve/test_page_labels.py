"""What documents are labelled with, on pages: chosen, shown, shared by the address, taken away, and changed by who may."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from serve_clients import KEYS, document_id
from test_page import Page, page_of

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.serve.page import labels
from ragqa.serve.page.asked import Asked, labels_of
from ragqa.serve.page.labels import choice_of

QUESTION = "How many months is the warranty?"


@pytest.fixture
def labelled(served: Settings) -> Settings:
    RagQA(settings=served).label(
        [
            ("kettle.md", {"brand": "Aqua", "model": ["K1", "K2"]}),
            ("lamp.html", {"brand": "Bora"}),
            ("fan.txt", {"brand": "Aqua"}),
        ]
    )
    return served


def meta_of(address: str) -> list[str]:
    return parse_qs(urlsplit(address).query).get("meta", [])


def known(settings: Settings) -> dict[str, dict[str, list[str]]]:
    return {one.path: {key: list(found) for key, found in one.metadata.items()} for one in RagQA(settings=settings).documents()}


def test_a_label_narrows_stays_and_can_be_taken_away(labelled: Settings, client: Any) -> None:
    page = page_of(client, "/", q=QUESTION, meta=["brand=aqua", "", "model=K*"], document="k")
    assert {one["data-document"] for one in page.all("article")} == {str(document_id(client, "kettle.md"))}
    (results,) = page.all("div", class_="results")
    assert json.loads(results["data-metadata"]) == {"brand": ["aqua"], "model": ["K*"]}
    kept = [one["value"] for one in page.all("input", name="meta", type="hidden")]
    assert kept == ["brand=aqua", "model=K*"] and "brand: aqua" in page.text
    off = [one["href"] for one in page.all("a", class_="off")]
    assert [meta_of(one) for one in off] == [["model=K*"], ["brand=aqua"]]
    assert all("q=How+many" in one and "document=k" in one for one in off)
    assert {tuple(meta_of(one["href"])) for one in page.all("a", class_="open")} == {("brand=aqua", "model=K*")}
    assert len({one["data-document"] for one in page_of(client, "/", q=QUESTION).all("article")}) > 1


def test_what_can_be_chosen_is_what_there_is(labelled: Settings, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = page_of(client, "/")
    assert len(page.all("select", name="meta")) == 2 and "Aqua (2)" in page.text and "Bora (1)" in page.text
    assert {one["value"] for one in page.all("option")} == {"", "brand=Aqua", "brand=Bora", "model=K1", "model=K2"}
    chosen = page_of(client, "/", meta="brand=AQUA")
    assert "brand=Aqua" not in {one["value"] for one in chosen.all("option")} and "or also" in chosen.text
    monkeypatch.setattr(labels, "MOST_OPTIONS", 1)
    many = page_of(client, "/")
    assert not many.all("select", name="meta") and {one["value"] for one in many.all("option")} >= {"brand=Aqua", "model=K2"}
    assert many.all("input", id="other-label", name="meta", list="labels-known")


def test_where_nothing_is_labelled_there_is_nothing_to_choose(client: Any) -> None:
    page = page_of(client, "/", q=QUESTION)
    assert not page.all("select", name="meta") and not page.all("input", id="other-label")
    assert not page.all("input", name="meta") and not page_of(client, "/", index="later").all("select", name="meta")


@pytest.mark.parametrize("address", ["/?q=What", "/library"])
@pytest.mark.parametrize("meta", ["brand", "brand=", "a b=c"])
def test_what_is_no_label_is_told_and_not_looked_past(client: Any, address: str, meta: str) -> None:
    response = client.get(address, params={"q": "What?", "meta": meta})
    assert response.status_code == 400 and response.headers["content-type"].startswith("text/html")


def test_an_address_has_labels_in_one_form() -> None:
    assert labels_of(["model=B", " ", "Brand =  Aqua ", "model=A=1", "model=B"]) == ("brand=Aqua", "model=B", "model=A=1")
    asked = Asked("?", labels=("brand=A&B", "model=é"))
    assert Asked.of({"q": "?"}, meta_of(asked.address())).labels == asked.labels


def test_of_many_values_a_label_is_typed() -> None:
    counts = {"brand": {"A": 1}, "serial": {str(number): 1 for number in range(1000)}}
    found = choice_of(counts, ("serial=7",), lambda rest: f"{rest}")
    assert [one.key for one in found.facets] == ["brand"] and len(found.known) == labels.MOST_KNOWN
    assert [(one.words, one.address) for one in found.tags] == [("serial: 7", "[]")]


def test_the_library_shows_labels_and_finds_by_them(labelled: Settings, client: Any) -> None:
    page = page_of(client, "/library")
    assert {"brand: Aqua", "model: K2"} <= {one for one in ("brand: Aqua", "model: K2") if one in page.text}
    (lead, *_) = [one["href"] for one in page.all("a") if meta_of(one.get("href", "")) == ["brand=Aqua"]]
    only = page_of(client, lead)
    assert "fan.txt" in only.text and "lamp.html" not in only.text
    (off,) = [one["href"] for one in only.all("a", class_="off")]
    assert meta_of(off) == [] and "lamp.html" in page_of(client, off).text
    found = page_of(client, "/library", find="bora").text
    assert "lamp.html" in found and "fan.txt" not in found
    assert "No document is labelled so." in page_of(client, "/library", meta="brand=Cima").text


def test_documents_are_labelled_without_javascript(labelled: Settings, client: Any) -> None:
    ids = [document_id(client, name) for name in ("fan.txt", "kettle.md")]
    given = {"index": "shelf", "find": "a", "meta": ["brand=Aqua"], "first": "0"}
    added = {**given, "id": ids, "label": "model=F3; Model=k1 ;year=2024", "act": "add"}
    response = client.post("/library/label", data=added, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (
        303, "/library?index=shelf&find=a&meta=brand%3DAqua&first=0#documents-title",
    )  # fmt: skip
    assert known(labelled)["fan.txt"] == {"brand": ["Aqua"], "model": ["F3", "k1"], "year": ["2024"]}
    assert sorted(known(labelled)["kettle.md"]["model"]) == ["F3", "K2", "k1"]
    client.post("/library/label", data={**given, "id": ids, "label": "model=f3;year=", "act": "take"})
    assert known(labelled)["fan.txt"] == {"brand": ["Aqua"], "model": ["k1"]}
    client.post("/library/label", data={**given, "off": f"{ids[0]} brand=Aqua", "id": ids, "label": "x=y"})
    assert known(labelled)["fan.txt"] == {"model": ["k1"]} and known(labelled)["kettle.md"]["brand"] == ["Aqua"]
    assert "x" not in known(labelled)["kettle.md"]


@pytest.mark.parametrize(
    "given",
    [
        {"id": "1", "label": "brand"},
        {"id": "1", "label": "brand="},
        {"label": "a=b"},
        {"id": "99", "label": "a=b"},
        {"off": "x"},
        {},
    ],
)
def test_what_cannot_be_labelled_is_told_on_a_page(labelled: Settings, client: Any, given: dict[str, str]) -> None:
    before = known(labelled)
    response = client.post("/library/label", data={"index": "shelf", "act": "add", **given})
    assert response.status_code == 400 and Page(response.text).all("h1") and known(labelled) == before


def test_only_who_may_manage_is_offered_to_label(labelled: Settings, serve: Any) -> None:
    client = serve(keys=True)
    for role in ("read", "judge", "manage"):
        client.headers["Authorization"] = f"Bearer {KEYS[role]}"
        page = page_of(client, "/library")
        manages = role == "manage"
        assert "brand: Aqua" in page.text
        for found in (page.all("form", id="labelling"), page.all("input", class_="choose"), page.all("button", name="off")):
            assert bool(found) == manages
        told = client.post("/library/label", data={"id": "1", "label": "a=b", "act": "add"}, follow_redirects=False)
        assert told.status_code == (303 if manages else 403)


def test_a_whole_page_of_the_library_is_labelled_at_once(labelled: Settings, client: Any) -> None:
    given = {"id": [document_id(client, "fan.txt")] * 50, "label": "line=home", "act": "add", "meta": ["brand=Aqua"] * 20}
    assert client.post("/library/label", data=given, follow_redirects=False).status_code == 303
    assert known(labelled)["fan.txt"]["line"] == ["home"]


def test_a_label_is_no_markup(served: Settings, client: Any) -> None:
    evil = "\"><script>alert(1)</script>' onmouseover=x"
    RagQA(settings=served).label([("*", {"brand": evil})])
    for address in ("/", "/library", f"/?q={QUESTION}"):
        response = client.get(address, params={"meta": f"brand={evil}", **({"q": QUESTION} if "q=" in address else {})})
        page = Page(response.text)
        assert f"brand: {evil}" in page.text
        assert all(given["src"].startswith("/static/") for given in page.all("script"))
        assert not [name for _, given in page.found for name in given if name.startswith("on")]
