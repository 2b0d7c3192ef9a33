"""Jupyter notebooks."""

from __future__ import annotations

import json

import pytest
from parsing_reading import section_of, texts
from parsing_samples import notebook

from ragqa.errors import RagqaError
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind


def test_cells_and_what_they_print() -> None:
    document = parse(notebook(), "pump.ipynb")
    assert document.title == "Pump curves"
    assert section_of(document, "Start the pump first.") == ("Pump curves", "Use")
    assert texts(document, BlockKind.CODE) == ["pump.start()\nprint(1)", "started\n1", "ValueError: no water", "plain cell"]
    assert "Model" in document.text and "12 kg" in document.text


def test_long_outputs_are_cut_and_an_open_fence_ends_with_its_cell() -> None:
    cells = [
        {"cell_type": "markdown", "source": "```\nopen code"},
        {"cell_type": "markdown", "source": ["# Next\n", "\n", "Words."]},
        {"cell_type": "code", "source": "x", "outputs": [{"output_type": "stream", "text": ["y" * 9000]}]},
    ]
    document = parse(json.dumps({"cells": cells}).encode(), "a.ipynb")
    assert section_of(document, "Words.") == ("Next",)
    assert len(document.text) < 3000
    assert "cut after" in document.warnings[0]


def test_the_third_version_of_the_format() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": "Care"}, {"cell_type": "code", "input": ["wipe()"], "outputs": []}]
    document = parse(json.dumps({"worksheets": [{"cells": cells}]}).encode(), "a.ipynb")
    assert texts(document) == ["Care", "wipe()"]


@pytest.mark.parametrize(
    "data", [b"not json", b"[1]", b'{"a": 1}', b"[" * 100_000, b'{"cells": [{"cell_type": 5, "source": {"a": 1}}]}']
)
def test_what_is_no_notebook_is_said(data: bytes) -> None:
    with pytest.raises(RagqaError, match=r"notebook|nested|no text"):
        parse(data, "a.ipynb")
