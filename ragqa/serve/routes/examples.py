"""What the OpenAPI shows as examples, of the sample manuals."""

from __future__ import annotations

from typing import Any

ASK: dict[str, Any] = {"question": "What does E-24 mean on the espresso machine?"}

_ROW = "Code: E-24 | Meaning: Water tank empty or not seated | What to do: Fill the tank and press it down"

ANSWERED: dict[str, Any] = {
    "question": ASK["question"],
    "answered": True,
    "reason": None,
    "threshold": 0.5,
    "meant": [],
    "answers": [
        {
            "text": "Water tank empty or not seated",
            "confidence": 0.93,
            "document": "aurora-x2-espresso-machine.pdf",
            "page": 31,
            "pages": [31],
            "section": ["Troubleshooting", "Error codes"],
            "start": 52_314,
            "end": 52_344,
            "passage": _ROW,
            "passage_start": 52_293,
            "context": {"kind": "table_row", "text": _ROW, "start": 52_293, "end": 52_293 + len(_ROW)},
            "box": [0.1, 0.32, 0.9, 0.35],
            "table": {"heads": ["Code", "Meaning", "What to do"], "row": ["E-24", "…", "…"], "column": 1},
            "document_id": 1,
        }
    ],
    "passages": [],
    "embedded": None,
    "fallback": None,
    "index": "demo",
    "generation": 3,
    "effort": "auto",
}

JUDGE: dict[str, Any] = {**ASK, "verdict": "right", "document_id": 1, "start": 52_314, "end": 52_344}
