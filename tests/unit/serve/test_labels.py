"""What documents are labelled with, over HTTP: asked of alone, listed, changed by who may, and limited in size."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from serve_clients import bridge, document_id, token

import ragqa.client
from ragqa import RagQA, connect
from ragqa.cli.main import ragqa as command
from ragqa.client import RemoteRagQA
from ragqa.client.wire import Wire
from ragqa.config import IngestSettings, Settings, WatchSettings
from ragqa.errors import UsageError
from ragqa.serve import job_child
from ragqa.serve.job_work import Outcome, Task, Work
from ragqa.serve.orders import read_order, write_order
from ragqa.types import Verdict

QUESTION = "How many months is the warranty?"
LABELS = [("kettle.md", {"brand": "Aqua", "model": ["K1", "K2"]}), ("lamp.html", {"brand": "Bora"}), ("fan.txt", {"brand": ""})]
URL = "http://127.0.0.1:8321"


@pytest.fixture
def labelled(served: Settings) -> Settings:
    RagQA(settings=served).label(LABELS)
    return served


def paths(client: Any, *meta: str) -> list[str]:
    return [one["path"] for one in client.get("/v1/documents", params={"meta": list(meta)}).json()["documents"]]


def documents_in(given: dict[str, Any]) -> set[str]:
    return {one["document"] for one in (*given["answers"], *given["passages"])}


def test_only_documents_with_the_metadata_are_asked(labelled: Settings, client: Any) -> None:
    for metadata, found in (
        ({"brand": "aqua"}, {"kettle.md"}),
        ({"brand": ["Aqua", "Bora"]}, {"kettle.md", "lamp.html"}),
        ({"brand": "*", "model": "K*"}, {"kettle.md"}),
        ({"brand": "Bora", "model": "K1"}, set()),
    ):
        body = {"question": QUESTION, "metadata": metadata}
        asked = client.post("/v1/ask", json=body).json()
        assert documents_in(asked) == found
        assert client.post("/v1/ask/batch", json={"questions": [QUESTION], "metadata": metadata}).json()["responses"] == [asked]
        assert {one["document"] for one in client.post("/v1/search", json=body).json()["passages"]} == found
        meta = [f"{key}={one}" for key, value in metadata.items() for one in ([value] if isinstance(value, str) else value)]
        assert client.get("/v1/ask", params={"q": QUESTION, "meta": meta}).json() == asked
        assert set(paths(client, *meta)) == found
    assert documents_in(client.post("/v1/ask", json={"question": QUESTION}).json()) > {"kettle.md"}


@pytest.mark.parametrize(
    ("metadata", "status", "code"),
    [
        ({"br and": "x"}, 400, "usage"),
        ({"brand": ""}, 400, "usage"),
        ({"brand": "a\u202eb"}, 400, "usage"),
        ({"brand": []}, 422, "malformed"),
        ({"brand": 3}, 422, "malformed"),
        ({"brand": {"a": "b"}}, 422, "malformed"),
        ({"": "x"}, 422, "malformed"),
        ("brand=Aqua", 422, "malformed"),
        ({"brand": "x" * 201}, 422, "malformed"),
        ({"brand": ["x"] * 51}, 422, "malformed"),
        ({f"k{number}": "x" for number in range(21)}, 422, "malformed"),
    ],
)
def test_what_is_no_metadata_is_told(client: Any, metadata: object, status: int, code: str) -> None:
    places = {
        "/v1/ask": {"question": "What?"}, "/v1/search": {"question": "What?"}, "/v1/ask/batch": {"questions": ["What?"]},
        "/v1/feedback": {"question": "What?", "verdict": "right"},
        "/v1/evaluate": {"pairs": [{"question": "What?", "answer": "x"}]},
    }  # fmt: skip
    for place, body in places.items():
        response = client.post(place, json={**body, "metadata": metadata})
        assert (response.status_code, response.json()["error"]["code"]) == (status, code), place
        assert response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("meta", "status"), [(["brand"], 400), (["brand="], 400), (["=x"], 400), (["a=b"] * 21, 422), (["a=" + "x" * 300], 422)]
)
def test_what_is_no_metadata_in_an_address_is_told(client: Any, meta: list[str], status: int) -> None:
    assert client.get("/v1/documents", params={"meta": meta}).status_code == status
    assert client.get("/v1/ask", params={"q": "What?", "meta": meta}).status_code == status


def test_what_there_is_is_told_and_only_when_it_changed(labelled: Settings, client: Any) -> None:
    given = client.get("/v1/metadata")
    assert given.json() == {
        "metadata": {"brand": {"Aqua": 1, "Bora": 1}, "model": {"K1": 1, "K2": 1}}, "index": "shelf",
        "generation": RagQA(settings=labelled).opened.generation,
    }  # fmt: skip
    tag = {"If-None-Match": given.headers["etag"]}
    assert client.get("/v1/metadata", headers=tag).status_code == 304
    first = client.get("/v1/metadata", params={"key": "Model", "value": "k*", "limit": 1}).json()
    assert first["metadata"] == {"model": {"K1": 1}}
    assert client.get("/v1/metadata", params={"value": "zither"}).json()["metadata"] == {}
    RagQA(settings=labelled).label([("fan.txt", {"Größe": "Klein"})])
    for key in (
        "größe",
        "Größe",
        "GRÖSSE",
        "gro\u0308ße",
    ):  # folded as it is kept, by lower case and composed: ss is another word
        found = {"größe": {"Klein": 1}} if key != "GRÖSSE" else {}
        assert client.get("/v1/metadata", params={"key": key, "value": "KLEIN"}).json()["metadata"] == found, key
    tag["If-None-Match"] = client.get("/v1/metadata").headers["etag"]
    RagQA(settings=labelled).label([("fan.txt", {"brand": "Aqua"})])
    assert client.get("/v1/metadata", headers=tag).json()["metadata"]["brand"] == {"Aqua": 2, "Bora": 1}
    assert client.get("/v1/metadata", params={"index": "none"}).status_code == 404


def test_a_document_is_labelled_and_what_was_known_of_it_holds_no_more(labelled: Settings, client: Any) -> None:
    place = f"/v1/documents/{document_id(client, 'kettle.md')}"
    before = client.get(place)
    assert before.json()["metadata"] == {"brand": ["Aqua"], "model": ["K1", "K2"]}
    told = client.patch(f"{place}/metadata", json={"metadata": {"Brand": " Cima ", "model": [], "year": ["2024", "2025"]}})
    assert told.json()["metadata"] == {"brand": ["Cima"], "year": ["2024", "2025"]}
    after = client.get(place, headers={"If-None-Match": before.headers["etag"]})
    assert after.json() == told.json() and after.headers["etag"] != before.headers["etag"]
    assert paths(client, "brand=Aqua") == [] and paths(client, "brand=Cima") == ["kettle.md"]
    assert client.patch("/v1/documents/99/metadata", json={"metadata": {"a": "b"}}).status_code == 404


def test_many_are_labelled_or_none(labelled: Settings, client: Any) -> None:
    fan = document_id(client, "fan.txt")
    many = [{"document": "*", "metadata": {"line": "home"}}, {"document": fan, "metadata": {"brand": ["Aqua"]}}]
    told = client.patch("/v1/metadata", json={"labels": many}).json()
    assert (told["changed"], told["index"]) == (3, "shelf") and told["generation"] == RagQA(settings=labelled).opened.generation
    assert paths(client, "brand=Aqua", "line=home") == ["fan.txt", "kettle.md"]
    for wrong in ({"document": "none", "metadata": {"line": "x"}}, {"document": 99, "metadata": {"a": "b"}}):
        failed = client.patch("/v1/metadata", json={"labels": [{"document": "*", "metadata": {"line": "garden"}}, wrong]})
        assert failed.status_code == 400 and paths(client, "line=garden") == []
    for body in ({"labels": []}, {"labels": many * 5_001}, {"labels": [{"document": True, "metadata": {}}]}, {}):
        assert client.patch("/v1/metadata", json=body).status_code == 422
    assert client.patch("/v1/metadata", json={"labels": [{**many[0], "more": "x" * (4 << 20)}]}).status_code == 413
    text = client.patch("/v1/metadata", content=json.dumps({"labels": many}), headers={"Content-Type": "text/plain"})
    assert (text.status_code, text.json()["error"]["code"]) == (422, "malformed")
    assert client.patch("/v1/metadata", json={"labels": many, "index": "none"}).status_code == 404


def test_what_is_only_tried_changes_nothing(labelled: Settings, client: Any) -> None:
    labels = [{"document": "*", "metadata": {"brand": "Aqua"}}, {"document": "kettle.md", "metadata": {"brand": "aqua"}}]
    before = client.get("/v1/metadata").json()
    told = client.patch("/v1/metadata", json={"labels": labels, "dry_run": True}).json()
    assert told == {
        "changed": 3,
        "index": "shelf",
        "generation": before["generation"],
    }  # the kettle's was Aqua, and would be aqua
    assert client.get("/v1/metadata").json() == before
    assert client.patch("/v1/metadata", json={"labels": labels}).json()["changed"] == 3
    nothing = {"labels": labels[1:], "dry_run": True}
    assert client.patch("/v1/metadata", json=nothing).json()["changed"] == 0


def test_more_are_labelled_at_once_than_any_other_body_may_hold(labelled: Settings, client: Any) -> None:
    labels = [{"document": "fan.txt", "metadata": {"model": f"F{number}", "note": "x" * 180}} for number in range(1_500)]
    assert len(json.dumps(labels)) > labelled.serve.body_kb << 10
    assert client.patch("/v1/metadata", json={"labels": labels}).json()["changed"] == 1
    assert paths(client, "model=F1499") == ["fan.txt"]


def test_a_document_of_a_name_that_ends_another_is_labelled_alone_by_its_id(served: Settings, client: Any, manuals: Path) -> None:
    (manuals / "more").mkdir()
    (manuals / "more" / "fan.txt").write_text("FAN F9\n======\n\nThe fan hums.\n")
    RagQA(settings=served).ingest(manuals)
    (fan,) = [one.id for one in RagQA(settings=served).documents() if one.path == "fan.txt"]
    client.patch(f"/v1/documents/{fan}/metadata", json={"metadata": {"brand": "Aqua"}})
    assert paths(client, "brand=Aqua") == ["fan.txt"]


def test_only_who_may_manage_labels(labelled: Settings, serve: Any) -> None:
    client = serve(keys=True)
    body = {"labels": [{"document": "*", "metadata": {"line": "home"}}]}
    for role, status in (("read", 403), ("judge", 403), ("manage", 200)):
        assert client.patch("/v1/metadata", json=body, headers=token(role)).status_code == status
        one = client.patch("/v1/documents/1/metadata", json={"metadata": {"line": "home"}}, headers=token(role))
        assert one.status_code == status
    assert client.get("/v1/metadata", headers=token("read")).status_code == 200
    assert client.get("/v1/metadata").status_code == 401


def test_an_index_that_is_written_is_told(labelled: Settings, client: Any) -> None:
    from ragqa.indexing.lock import WriteLock

    with WriteLock(RagQA(settings=labelled).folder):
        response = client.patch("/v1/documents/1/metadata", json={"metadata": {"line": "home"}})
    assert (response.status_code, response.json()["error"]["code"]) == (409, "index_busy")


def test_a_verdict_is_of_the_question_as_it_was_asked(labelled: Settings, client: Any) -> None:
    asked = {"question": QUESTION, "metadata": {"brand": "Bora"}}
    best = client.post("/v1/ask", json=asked).json()["answers"][0]
    place = {"verdict": "right", **{name: best[name] for name in ("document_id", "start", "end")}}
    assert client.post("/v1/feedback", json={**asked, **place}).json()["document"] == "lamp.html"
    elsewhere = client.post("/v1/feedback", json={**asked, **place, "metadata": {"brand": "Aqua"}})
    assert (elsewhere.status_code, elsewhere.json()["error"]["code"]) == (409, "changed")


# Jobs


def _order(settings: Settings, asked: dict[str, Any]) -> Settings:
    read, order = read_order(write_order(settings, "ingest", "shelf", [], asked))
    return job_child._labelling(read, order["asked"].get("metadata"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What jobs were asked for, which do nothing."""
    found: list[dict[str, Any]] = []

    def keep(task: Task) -> Outcome:
        found.append(dict(task.job.asked))
        return Outcome({})

    works = {"ingest": Work(keep), "evaluate": Work(keep, writes=False)}
    monkeypatch.setattr("ragqa.serve.service.works_of", lambda *given: works)
    monkeypatch.setattr("ragqa.serve.jobs.LOOK_SECONDS", 0.02)
    return found


def wait_for(client: Any, response: Any) -> None:
    assert response.status_code == 202, response.text
    client.get(f"/v1/jobs/{response.json()['job']}/events")


def test_what_is_ingested_is_labelled(serve: Any, asked: list[dict[str, Any]], manuals: Path) -> None:
    client = serve(roots=(str(manuals),))
    labels = {"brand": "Aqua", "model": ["K1"], "draft": []}
    wait_for(client, client.post("/v1/ingest", json={"paths": [str(manuals)], "metadata": labels}))
    file = ("file", ("pot.md", b"# Pot\n"))
    wait_for(client, client.post("/v1/ingest", files=[file], data={"metadata": json.dumps(labels)}))
    wait_for(client, client.post("/v1/ingest", files=[file]))
    assert [one["metadata"] for one in asked] == [labels, labels, None]
    before = Settings(index="shelf", ingest=IngestSettings(metadata=("line=home",)))
    assert _order(before, asked[0]).ingest.metadata == ("brand=Aqua", "model=K1", "draft=")
    assert _order(before, asked[2]) == before
    for wrong in ("brand=Aqua", "[" * 5_000, '["brand"]', '{"brand": null}', '{"a b": "c"}'):
        told = client.post("/v1/ingest", files=[file], data={"metadata": wrong})
        assert told.status_code in (400, 422) and told.json()["error"]["message"], wrong
    assert client.post("/v1/ingest", json={"paths": [str(manuals)], "metadata": {"a b": "c"}}).status_code == 400


def test_the_process_of_an_ingest_labels(served: Settings, manuals: Path) -> None:
    """As job_child does it, with the stand-ins for the models."""
    (manuals / "pot.md").write_text("# Pot P9\n\nThe pot holds 3 litres.\n")
    engine = RagQA(settings=_order(served, {"metadata": {"brand": ["Aqua"]}}))
    order = {"paths": [str(manuals / "pot.md")], "asked": {"metadata": {"brand": ["Aqua"]}}}
    job_child._ingest(engine, order, (lambda step: None, lambda: False))
    assert [one.path for one in engine.documents(metadata={"brand": "Aqua"})] == ["pot.md"]


def test_an_evaluation_asks_documents_with_the_metadata(asked: list[dict[str, Any]], serve: Any, labelled: Settings) -> None:
    client = serve()
    pairs = [{"question": QUESTION, "answer": "24 months"}]
    wait_for(client, client.post("/v1/evaluate", json={"pairs": pairs, "metadata": {"brand": "Bora"}}))
    file = ("file", ("qa.jsonl", json.dumps(pairs[0]).encode()))
    wait_for(client, client.post("/v1/evaluate", files=[file], data={"metadata": '{"brand": ["Bora"]}'}))
    assert [one["metadata"] for one in asked] == [{"brand": "Bora"}, {"brand": ["Bora"]}]


def test_the_process_of_an_evaluation_looks_there(labelled: Settings, tmp_path: Path) -> None:
    file = tmp_path / "qa.jsonl"
    file.write_text(json.dumps({"question": "How many litres does the kettle boil?", "answer": "1.7 litres"}) + "\n")
    hits = []
    for brand in ("Aqua", "Bora"):
        order = {"paths": [str(file)], "asked": {"metadata": {"brand": brand}}}
        report, _ = job_child._evaluate(RagQA(settings=labelled), order, (lambda step: None, lambda: False))
        hits.append(report["metrics"]["retrieval"]["recall@20"])
    assert hits == [1.0, 0.0]


def test_what_a_watched_folder_is_labelled_with_arrives(tmp_path: Path) -> None:
    """The process that keeps folders in step is told all of the settings."""
    settings = Settings(home=str(tmp_path), watch=(WatchSettings(str(tmp_path), metadata=("brand=Aqua", "model=K1")),))
    assert read_order(write_order(settings, "watch", "", [], {}))[0] == settings


# The client


@pytest.fixture
def remote(serve: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., RemoteRagQA]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("RAGQA_TOKEN", raising=False)
    return lambda **options: connect(URL, transport=bridge(serve()), **options)


def test_an_engine_on_a_server_does_the_same(labelled: Settings, remote: Any) -> None:
    here, there = RagQA(settings=labelled), remote()
    assert there.metadata() == here.metadata() and there.info().metadata == {"brand": 2, "model": 2}
    aqua = {"brand": "Aqua"}
    assert there.documents(metadata=aqua) == [replace(one, source="") for one in here.documents(metadata=aqua)] != []
    assert there.documents("lamp*", aqua) == []
    found = there.ask(QUESTION, metadata={"brand": ["Bora"]})
    assert [one.document for one in found] == [one.document for one in here.ask(QUESTION, metadata={"brand": "Bora"})]
    assert {hit.document for hit in there.search(QUESTION, metadata=aqua)} == {"kettle.md"}
    assert there.judge(found, Verdict.RIGHT, found[0]).document == "lamp.html"  # asked again in the same documents
    with pytest.raises(UsageError):
        there.ask(QUESTION, metadata={"a b": "c"})


def test_documents_are_labelled_from_afar(labelled: Settings, remote: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ragqa.client.labels.LABELS_AT_ONCE", 2)
    there = remote()
    lamp = there.document_named("lamp.html").id
    labels = [("*", {"line": "home"}), ("kettle.md", {"model": []}), (lamp, {"brand": ["Cima", "Dora"]})]
    assert there.label(labels) == 4  # three, and one of them in the second part again
    assert RagQA(settings=labelled).metadata() == {
        "brand": {"Aqua": 1, "Cima": 1, "Dora": 1}, "line": {"home": 3}
    } == there.metadata()  # fmt: skip
    with pytest.raises(UsageError, match="no document called 'none'"):
        there.label([("none", {"a": "b"})])
    assert there.label([]) == there.label([], dry_run=True) == 0


def behind_a_proxy(client: Any, most: int) -> httpx.MockTransport:
    """A way to the app that takes no body of more bytes, as proxies do."""
    through = bridge(client)

    def answered(request: httpx.Request) -> httpx.Response:
        return httpx.Response(413) if len(request.read()) > most else through.handle_request(request)

    return httpx.MockTransport(answered)


def test_more_labels_than_are_taken_go_in_parts(labelled: Settings, client: Any) -> None:
    there = connect(URL, transport=behind_a_proxy(client, 1_000))
    labels = [("kettle.md", {f"key{number}": "x" * 100}) for number in range(20)]
    assert there.label(labels, dry_run=True) > 1 and len(there.metadata()) == 2
    assert there.label(labels) > 1 and len(there.metadata()) == 22
    with pytest.raises(UsageError, match="does not take as much"):
        there.label([("kettle.md", {"key": "x" * 200, "other": ["y" * 190 + str(number) for number in range(5)]})])


@pytest.mark.parametrize("most", [10**9, 1_000])
def test_of_labels_that_go_in_parts_none_is_left_where_one_names_no_document(
    labelled: Settings, client: Any, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    if most > 1_000:
        monkeypatch.setattr("ragqa.client.labels.LABELS_AT_ONCE", 2)
    there, before = connect(URL, transport=behind_a_proxy(client, most)), RagQA(settings=labelled).metadata()
    labels = [("kettle.md", {f"key{number}": "x" * 100}) for number in range(20)]
    with pytest.raises(UsageError, match="no document called 'none'"):
        there.label([*labels, ("none", {"a": "b"})])
    assert RagQA(settings=labelled).metadata() == before


def test_manuals_that_are_sent_are_labelled(serve: Any, asked: list[dict[str, Any]], manuals: Path) -> None:
    there = connect(URL, transport=bridge(serve()), metadata=("brand=Aqua", "model=K1", "model=K2"))
    with pytest.raises(Exception, match="ragqa server of this version"):  # for the job that did nothing has no report
        there.ingest(manuals)
    assert asked[0]["metadata"] == {"brand": ["Aqua"], "model": ["K1", "K2"]}


def test_pairs_are_evaluated_in_documents_with_the_metadata(
    labelled: Settings, remote: Any, asked: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ragqa.types import QAPair

    with pytest.raises(Exception, match="ragqa server of this version"):
        remote().evaluate([QAPair(QUESTION, ("24 months",))], metadata={"brand": "Bora"})
    assert asked[0]["metadata"] == {"brand": ["Bora"]}


def test_commands_ask_and_label_a_server(labelled: Settings, serve: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    transport = bridge(serve())
    monkeypatch.setattr(ragqa.client, "Wire", lambda address, token, patience, _: Wire(address, token, patience, transport))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RAGQA_SERVER", URL)

    def run(*words: str) -> Any:
        result = CliRunner().invoke(command, [*words, "--json"])
        assert result.exit_code in (0, 3), result.output
        return json.loads(result.stdout)

    assert {one["document"] for one in run("search", QUESTION, "--meta", "brand=bora")} == {"lamp.html"}
    assert {one["document"] for one in run("ask", QUESTION, "--meta", "brand=Aqua")["answers"]} <= {"kettle.md"}
    assert run("index", "label", "fan.txt", "brand=Aqua", "brand=Bora") == {"index": "shelf", "changed": 1}
    assert [one["metadata"] for one in run("index", "label", "fan.txt")] == [{"brand": ["Aqua", "Bora"]}]
