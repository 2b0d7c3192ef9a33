"""Draws the pictures of the web page in docs/ from the real program, over the sample manuals:

python tests/functional/make_page_pictures.py [FOLDER]
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from page_browser import browsing, opened, serving, until
from PIL import Image

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.demo.tour import INDEX, QUESTIONS, read_samples

DESKTOP = {"viewport": {"width": 1280, "height": 760}, "color_scheme": "light"}
TELEPHONE = {
    "viewport": {"width": 390, "height": 760}, "color_scheme": "dark", "is_mobile": True, "has_touch": True,
    "device_scale_factor": 2,
}  # fmt: skip


def main(folder: Path) -> None:
    """Draw them into a folder."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings(home=home, index=INDEX)
        read_samples(RagQA(settings=settings))
        with serving(settings) as base, browsing() as browser:
            with opened(browser, base, **DESKTOP) as page:
                _ask(page, QUESTIONS[0])
                page.click(".card.chosen [data-act=right]")
                page.wait_for_selector(".card.chosen .verdict.right")
                page.evaluate("document.querySelector('#said').classList.remove('seen')")
                _draw(page, folder / "page-ask.png")
                page.goto("/library")
                _draw(page, folder / "page-library.png")
            with opened(browser, base, **TELEPHONE) as page:
                _ask(page, QUESTIONS[1])
                _draw(page, folder / "page-telephone.png")


def _ask(page: Any, question: str) -> None:
    page.goto(f"/?{urlencode({'q': question})}")
    until(page, "(document.querySelector('#manual img')?.naturalWidth ?? 0) > 100")


def _draw(page: Any, file: Path) -> None:
    with Image.open(io.BytesIO(page.screenshot(animations="disabled"))) as shot:
        few = shot.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        few.save(file, optimize=True)
    print(f"{file}: {file.stat().st_size >> 10} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[2] / "docs")
