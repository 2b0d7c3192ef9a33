"""A manual with a section for each part of a machine, and a question about each: enough to train a tiny reader on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PARTS = [
    "pump", "valve", "boiler", "grinder", "hopper", "burr", "tray", "spout", "wand", "gasket", "filter", "basket", "motor",
    "fan", "heater", "probe", "relay", "fuse", "switch", "lamp", "display", "buzzer", "drawer", "hose",
]  # fmt: skip
UNKNOWN = ("Who painted the ceiling of the chapel?", "When does the museum open on Sundays?")


def write_manual(folder: Path) -> Path:
    """The manual, in a folder of its own."""
    folder.mkdir()
    sections = [f"## The {part}\n\nThe {part} draws {watts(part)}. Wipe it dry." for part in PARTS]
    (folder / "machine.md").write_text("# Machine\n\n" + "\n\n".join(sections) + "\n")
    return folder


def watts(part: str) -> str:
    """What a part draws."""
    return f"{40 + 3 * PARTS.index(part)} watts"


def question(part: str) -> dict[str, Any]:
    """A line of a QA file."""
    return {"question": f"How many watts does the {part} draw?", "answer": watts(part), "document": "machine.md"}


def lines() -> list[dict[str, Any]]:
    """A line for every part, and two that the manual does not answer."""
    return [*map(question, PARTS), *({"question": one, "answer": None} for one in UNKNOWN)]


def write_pairs(given: list[Any], name: str = "qa.jsonl") -> Path:
    """A QA file of these lines; texts are written as they are."""
    path = Path(name)
    path.write_text("".join((one if isinstance(one, str) else json.dumps(one)) + "\n" for one in given))
    return path
