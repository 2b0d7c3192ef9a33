"""What the OpenAPI shows: every route of JSON has its example, and each example is what its schema says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

JSON = "application/json"


@pytest.fixture
def openapi(client: Any) -> dict[str, Any]:
    made: dict[str, Any] = client.get("/openapi.json").json()
    return made


def operations(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in openapi["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def shown(content: dict[str, Any]) -> list[Any]:
    """The examples of a body: beside its schema, or in it."""
    named = [one["value"] for one in content.get("examples", {}).values()]
    return [content["example"]] if "example" in content else named or list(content.get("schema", {}).get("examples", ()))


def resolved(openapi: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return {**content, "schema": openapi["components"]["schemas"][name]} if name else content


def bodies(openapi: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every body of JSON that is taken or given, by what it is of."""
    for name, operation in operations(openapi):
        asked = operation.get("requestBody", {}).get("content", {})
        if JSON in asked:
            yield f"{name} takes", resolved(openapi, asked[JSON])
        for status, response in operation["responses"].items():
            if JSON in response.get("content", {}):
                yield f"{name} gives {status}", resolved(openapi, response["content"][JSON])


def test_every_body_has_an_example_that_its_schema_allows(openapi: dict[str, Any]) -> None:
    found = dict(bodies(openapi))
    without = {name for name, content in found.items() if not shown(content)}
    assert without == set()
    wrong = [
        f"{name}: {error.message}"
        for name, content in found.items()
        for example in shown(content)
        for error in Draft202012Validator({**content["schema"], "components": openapi["components"]}).iter_errors(example)
    ]
    assert wrong == [] and len(found) > 100


def test_a_fault_is_shown_under_its_own_status(openapi: dict[str, Any]) -> None:
    ask = dict(operations(openapi))["post /v1/ask"]["responses"]
    codes = {
        status: {one["error"]["code"] for one in shown(response["content"][JSON])}
        for status, response in ask.items()
        if status != "200"
    }
    assert codes["429"] == {"busy"} and codes["503"] == {"storage", "stopping"} and codes["422"] == {"malformed"}
    assert {"400", "401", "403", "404", "409", "413", "504"} < codes.keys()


def test_the_examples_of_bodies_are_taken(client: Any, openapi: dict[str, Any]) -> None:
    """But for what they name, which is not there: no field of them is refused."""
    for name, operation in operations(openapi):
        method, _, path = name.replace("{document_id}", "1").partition(" ")
        for example in shown(resolved(openapi, operation.get("requestBody", {}).get("content", {}).get(JSON, {}))):
            given = client.request(method, path, content=json.dumps(example), headers={"Content-Type": JSON})
            assert given.status_code not in (422, 500), (name, given.text)


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from ([value["$ref"]] if isinstance(value.get("$ref"), str) else [])
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from references(one)


def test_every_name_of_a_schema_leads_to_it(openapi: dict[str, Any]) -> None:
    named = set(references(openapi))
    assert named and {one.removeprefix("#/components/schemas/") for one in named} <= set(openapi["components"]["schemas"])
