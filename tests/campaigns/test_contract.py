"""The short form of contract.py, and proof that it would notice."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from ragqa.serve.refusals import Unknown
from tests.campaigns.contract import contract, malformed, serve


@pytest.fixture
def client(tmp_path: Path, fake_models: Any) -> Iterator[Any]:
    with serve(tmp_path) as made:
        yield made


def test_nothing_malformed_ends_in_a_failure(client: Any) -> None:
    figures = malformed(client, seed=2, count=60)
    assert figures["wrong"] == [] and sum(figures["statuses"].values()) == 60
    assert {"200", "404", "422"} <= set(figures["statuses"])


def test_responses_are_what_the_openapi_says(client: Any) -> None:
    import_module("schemathesis.specs.openapi.checks")  # from deep within a request Python 3.11 may fail to compile it
    figures = contract(client, seed=2, examples=2)
    assert figures["wrong"] == [] and figures["asked"] > 25


def test_failures_are_noticed(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any, **__: Any) -> None:
        raise ValueError("nobody foresaw this")

    monkeypatch.setattr(client.app.state.service, "read", fails)
    assert malformed(client, seed=2, count=40)["wrong"]


def test_a_status_that_the_openapi_does_not_name_is_noticed(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Unknown, "status", 418)
    assert "418" in contract(client, seed=2, examples=5, below="/v1/documents/{document_id}/find")["wrong"][0]
