"""What a model wants to read before a text, so that a question and the passage that answers it get vectors that are near."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Prefixes:
    """Put before every question, and before every passage."""

    query: str = ""
    passage: str = ""


KNOWN: tuple[tuple[re.Pattern[str], Prefixes], ...] = (
    (re.compile(r"\be5-(small|base|large)\b(?!.*instruct)"), Prefixes("query: ", "passage: ")),
    (re.compile(r"\bbge-(small|base|large)-en\b"), Prefixes("Represent this sentence for searching relevant passages: ")),
)
"""By name, the models that were trained with prefixes and do not declare them; from the model card of
intfloat/e5-base-v2 (multilingual-e5 as well), and from the model list of FlagEmbedding."""

QUERY = "query"
PASSAGE = ("document", "passage", "corpus")
"""What a passage is called among the prompts of sentence-transformers models; the first that is there counts."""


def prefixes_of(declared: Mapping[str, Any], *names: str) -> Prefixes:
    """The prefixes that a sentence-transformers model declares (`prompts` and `default_prompt_name`), or that its names tell.

    An empty prompt declares nothing: the library writes one for each that a model does not have.
    """
    prompts = declared.get("prompts")
    given = {key: text for key, text in prompts.items() if isinstance(text, str)} if isinstance(prompts, Mapping) else {}
    default = declared.get("default_prompt_name")
    anything = given.get(default, "") if isinstance(default, str) and default not in (QUERY, *PASSAGE) else ""
    passage = next((given[name] for name in PASSAGE if given.get(name)), anything)
    found = Prefixes(given.get(QUERY) or anything, passage)
    if found != Prefixes():
        return found
    known = (prefixes for name in names for pattern, prefixes in KNOWN if pattern.search(name.lower()))
    return next(known, Prefixes())
