"""Documents over HTTP: lists, texts, pages and files, and nothing that was not ingested."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from serve_clients import document_id

from ragqa import RagQA
from ragqa.config import Settings


def test_the_list_has_pages(client: Any) -> None:
    found: list[str] = []
    cursor = None
    for _ in range(3):
        page = client.get("/v1/documents", params={"limit": 1, **({"cursor": cursor} if cursor else {})}).json()
        assert page["total"] == 3 and len(page["documents"]) == 1
        found += [one["path"] for one in page["documents"]]
        cursor = page["next"]
    assert cursor is None and found == ["fan.txt", "kettle.md", "lamp.html"]
    assert client.get("/v1/documents", params={"document": "*.md"}).json()["total"] == 1
    assert client.get("/v1/documents", params={"document": "nothing*"}).json() == {"documents": [], "next": None, "total": 0}


@pytest.mark.parametrize("cursor", ["é", "a", "////", "%ff"])
def test_a_cursor_that_is_none_is_told(client: Any, cursor: str) -> None:
    assert client.get("/v1/documents", params={"cursor": cursor}).status_code in (200, 422)


def test_a_document_and_its_text(client: Any, served: Settings) -> None:
    kettle = document_id(client, "kettle.md")
    told = client.get(f"/v1/documents/{kettle}").json()
    assert (told["path"], told["title"], told["present"]) == ("kettle.md", "Kettle K1", True)
    assert "source" not in told  # the server's own affair
    whole = client.get(f"/v1/documents/{kettle}/text").json()
    assert whole["length"] == told["characters"] == len(whole["text"])
    found = client.get(f"/v1/documents/{kettle}/find", params={"q": "e-24"}).json()
    assert whole["text"][found["start"] : found["end"]] == "E-24"
    part = client.get(f"/v1/documents/{kettle}/text", params=found).json()
    assert [one["kind"] for one in part["blocks"]] == ["table_row"] and "E-24" in part["text"]
    assert client.get(f"/v1/documents/{kettle}/find", params={"q": "nothing of it"}).json() is None


def test_one_document_is_not_looked_for_among_all(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list asks the disk for every document's file, and counts the chunks of all."""
    kettle = document_id(client, "kettle.md")

    def listed(*given: object) -> None:
        raise AssertionError("all documents were listed")

    monkeypatch.setattr("ragqa.library.Library.documents", listed)
    assert client.get(f"/v1/documents/{kettle}").json()["path"] == "kettle.md"


@pytest.mark.parametrize("place", ["", "/text", "/find?q=x", "/pages/1.png", "/file"])
def test_what_is_not_there_is_told(client: Any, place: str) -> None:
    response = client.get(f"/v1/documents/999{place}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


def test_who_has_it_already_is_only_told_so(client: Any, served: Settings, manuals: Path) -> None:
    kettle = document_id(client, "kettle.md")
    places = ("/v1/documents", f"/v1/documents/{kettle}", f"/v1/documents/{kettle}/text", "/v1/indexes", "/v1/indexes/shelf")
    tags = {place: client.get(place).headers["etag"] for place in places}
    for place, tag in tags.items():
        again = client.get(place, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    (manuals / "fan.txt").write_text("FAN F3\n======\n\nThe fan turns at 900 rpm.\n")
    RagQA(settings=served).ingest(manuals)
    for place, tag in tags.items():
        assert client.get(place, headers={"If-None-Match": tag}).status_code == 200


def test_the_openapi_says_where_304_is_answered(client: Any, pages: Path) -> None:
    pump = document_id(client, "pump.pdf")
    for address, told in client.get("/openapi.json").json()["paths"].items():
        given = client.get(address.format(document_id=pump, page=1, name="shelf", id="none", verdict_id=1), params={"q": "a"})
        assert ("304" in told.get("get", {}).get("responses", {})) is ("etag" in given.headers), address


def test_an_index_made_anew_is_read_and_has_other_tags(client: Any, served: Settings, manuals: Path) -> None:
    before = client.get("/v1/documents")
    engine = RagQA(settings=served)
    engine.remove()
    assert client.get("/v1/documents").status_code == 404
    (manuals / "lamp.html").unlink()
    engine.ingest(manuals)
    after = client.get("/v1/documents", headers={"If-None-Match": before.headers["etag"]})
    assert after.status_code == 200 and after.json()["total"] == 2


def test_a_page_is_a_picture_with_words_boxed(client: Any, pages: Path) -> None:
    pump = document_id(client, "pump.pdf")
    plain = client.get(f"/v1/documents/{pump}/pages/2.png")
    assert plain.headers["content-type"] == "image/png" and plain.content.startswith(b"\x89PNG")
    boxed = client.get(f"/v1/documents/{pump}/pages/2.png", params={"highlight": "fuse"})
    assert boxed.content != plain.content
    found = client.get(f"/v1/documents/{pump}/find", params={"q": "fuse"}).json()
    assert client.get(f"/v1/documents/{pump}/pages/2.png", params=found).content != plain.content
    small = client.get(f"/v1/documents/{pump}/pages/2.png", params={"width": 100})
    assert int.from_bytes(small.content[16:20], "big") == 100
    again = client.get(f"/v1/documents/{pump}/pages/2.png", headers={"If-None-Match": plain.headers["etag"]})
    assert again.status_code == 304
    assert client.get(f"/v1/documents/{pump}/pages/3.png").status_code == 400
    assert client.get(f"/v1/documents/{document_id(client, 'fan.txt')}/pages/1.png").status_code == 400


def test_a_file_is_given_as_it_was_ingested(client: Any, manuals: Path) -> None:
    given = client.get(f"/v1/documents/{document_id(client, 'kettle.md')}/file")
    assert given.content == (manuals / "kettle.md").read_bytes()
    assert given.headers["content-disposition"] == "attachment; filename*=UTF-8''kettle.md"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert given.headers["content-type"] == "application/octet-stream"


def test_nothing_but_what_was_ingested_is_given(client: Any, manuals: Path, tmp_path: Path) -> None:
    kettle, file = document_id(client, "kettle.md"), manuals / "kettle.md"
    secret = tmp_path / "secret.md"
    secret.write_text("x" * file.stat().st_size)
    file.unlink()
    for other in (lambda: os.symlink(secret, file), lambda: file.write_text("x" * 500), lambda: os.mkfifo(file), lambda: None):
        other()
        response = client.get(f"/v1/documents/{kettle}/file")
        assert (response.status_code, response.json()["error"]["code"]) == (409, "changed")
        file.unlink(missing_ok=True)


@pytest.mark.parametrize(
    "path", ["/v1/documents/../../etc/passwd", "/v1/documents/%2e%2e%2fetc%2fpasswd/file", "/v1/documents/1/pages/../../x.png"]
)
def test_no_path_leads_out(client: Any, path: str) -> None:
    assert client.get(path).status_code in (404, 422)


def test_a_document_is_taken_out(client: Any, manuals: Path) -> None:
    kettle = document_id(client, "kettle.md")
    assert client.delete(f"/v1/documents/{kettle}").json() == {"removed": 1, "document": "kettle.md"}
    assert client.get("/v1/documents").json()["total"] == 2 and (manuals / "kettle.md").exists()


def test_indexes_are_listed(client: Any) -> None:
    listed = client.get("/v1/indexes").json()
    assert listed["default"] == "shelf" and [one["name"] for one in listed["indexes"]] == ["shelf"]
    assert client.get("/v1/indexes/shelf").json()["documents"] == 3
    assert client.get("/v1/indexes/none").status_code == 404
