"""QA files as they are written: lines of JSON, and the layout of SQuAD."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragqa.types import QAPair


def pairs_jsonl(pairs: Sequence[QAPair]) -> str:
    """Pairs as the lines of a QA file; null for an answer says that the manuals do not answer."""
    lines = []
    for pair in pairs:
        fields = {
            "id": pair.id, "question": pair.question, "answer": pair.answers[0] if pair.answers else None,
            "document": pair.document, "page": pair.page, "section": pair.section, "context": pair.context,
            "answer_start": pair.answer_start,
        }  # fmt: skip
        kept = {name: value for name, value in fields.items() if value is not None or name == "answer"}
        lines.append(json.dumps(kept, ensure_ascii=False) + "\n")
    return "".join(lines)


def pairs_squad(pairs: Sequence[QAPair]) -> dict[str, Any]:
    """Pairs in SQuAD 2.0's layout: an article for each document, a paragraph for each passage."""
    articles: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for pair in pairs:
        answers = [{"text": text, "answer_start": pair.answer_start or 0} for text in pair.answers]
        question = {"id": pair.id, "question": pair.question, "answers": answers, "is_impossible": not pair.answers}
        articles.setdefault(pair.document or "", {}).setdefault(pair.context or "", []).append(question)
    data = [
        {"title": title, "paragraphs": [{"context": context, "qas": questions} for context, questions in paragraphs.items()]}
        for title, paragraphs in articles.items()
    ]
    return {"version": "v2.0", "data": data}
