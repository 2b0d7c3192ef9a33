from __future__ import annotations

from typing import Any

import pytest

from ragqa.inference.prefixes import Prefixes, prefixes_of

E5 = Prefixes("query: ", "passage: ")
BGE = Prefixes("Represent this sentence for searching relevant passages: ")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({}, Prefixes()),
        ({"prompts": {"query": "q: ", "document": "d: "}}, Prefixes("q: ", "d: ")),
        ({"prompts": {"query": "q: ", "passage": "p: "}}, Prefixes("q: ", "p: ")),
        ({"prompts": {"query": "q: ", "document": "", "passage": "p: "}}, Prefixes("q: ", "p: ")),
        ({"prompts": {"query": "q: ", "corpus": "c: "}}, Prefixes("q: ", "c: ")),
        ({"prompts": {"query": "q: "}, "default_prompt_name": "query"}, Prefixes("q: ")),
        ({"prompts": {"query": "q: "}, "default_prompt_name": None}, Prefixes("q: ")),
        ({"prompts": {"search": "s: ", "cluster": "c: "}, "default_prompt_name": "search"}, Prefixes("s: ", "s: ")),
        ({"prompts": {"search": "s: ", "query": "q: "}, "default_prompt_name": "search"}, Prefixes("q: ", "s: ")),
        ({"prompts": {"search": "s: "}, "default_prompt_name": "cluster"}, Prefixes()),
        ({"prompts": {"query": None, "document": None}}, Prefixes()),
        ({"prompts": ["query"], "default_prompt_name": {}}, Prefixes()),
        ({"prompts": {"query": 3, "document": ["d"]}}, Prefixes()),
    ],
)
def test_declared_prompts_are_followed(declared: dict[str, Any], expected: Prefixes) -> None:
    assert prefixes_of(declared, "somebody/model") == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("intfloat/e5-base-v2", E5),
        ("intfloat/multilingual-e5-small", E5),
        ("E5-Large", E5),
        ("BAAI/bge-small-en-v1.5", BGE),
        ("bge-large-en", BGE),
        ("intfloat/multilingual-e5-large-instruct", Prefixes()),
        ("intfloat/e5-mistral-7b-instruct", Prefixes()),
        ("BAAI/bge-m3", Prefixes()),
        ("thenlper/gte-base", Prefixes()),
        ("sentence-transformers/all-mpnet-base-v2", Prefixes()),
    ],
)
def test_models_that_declare_none_are_known_by_name(name: str, expected: Prefixes) -> None:
    assert prefixes_of({}, name) == prefixes_of({}, "models", name) == expected
    assert prefixes_of({"prompts": {"query": "", "document": ""}}, name) == expected


def test_what_is_declared_counts_more_than_a_name() -> None:
    assert prefixes_of({"prompts": {"query": "Q "}}, "intfloat/e5-base-v2") == Prefixes("Q ")
