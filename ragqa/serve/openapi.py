"""The description of the API, with its examples as they are: FastAPI takes every null out of what it describes, also of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute


def openapi_of(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The OpenAPI of an app over these routers."""
    if app.openapi_schema is None:
        made = FastAPI.openapi(app)  # which keeps it
        for route in (route for router in routers for route in router.routes):
            if isinstance(route, APIRoute) and route.include_in_schema and route.path_format in made["paths"]:
                for method in route.methods or ():
                    _put_back(made["paths"][route.path_format][method.lower()], route)
    return FastAPI.openapi(app)


def _put_back(told: dict[str, Any], route: APIRoute) -> None:
    """Give a route's description the examples of what it takes and gives."""
    for status, response in route.responses.items():
        _put_content(told["responses"][str(status)], response)
    extra = route.openapi_extra or {}
    for media_type, given in extra.get("requestBody", {}).get("content", {}).items():
        if "examples" in given["schema"]:
            told["requestBody"]["content"][media_type]["schema"]["examples"] = given["schema"]["examples"]


def _put_content(told: dict[str, Any], response: Mapping[str, Any]) -> None:
    for media_type, given in response.get("content", {}).items():
        told["content"][media_type] |= {name: given[name] for name in ("example", "examples") if name in given}
