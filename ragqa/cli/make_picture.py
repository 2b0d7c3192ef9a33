"""Draws the README's picture from the real program: `python -m ragqa.cli.make_picture` (after `ragqa demo`)."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from rich.console import Console

from ragqa import RagQA
from ragqa.cli import show_answers, terminal
from ragqa.demo.tour import INDEX, QUESTIONS


def main(target: Path) -> None:
    qa = RagQA(INDEX, answers=1)
    terminal.OUT = Console(record=True, force_terminal=True, width=104, highlight=False, markup=False, emoji=False)
    for question in QUESTIONS:
        show_answers.print_question(question)
        show_answers.print_response(qa.ask(question))
    picture = terminal.OUT.export_svg(title="ragqa")
    target.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "demo" / "ask.svg")
