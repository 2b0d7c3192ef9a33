"""How well scans are read: the sample PDF drawn as pictures, clean and spoilt in the ways that scanners spoil, and recognised.

    python tests/benchmarks/ocr_scans.py [--pages 6 12 20 30] [--variants clean tilted …]

Prints for each variant the character error rate against the text that the PDF itself gives, the seconds that a page takes by
the clock and of the processor, and how many of the sample questions whose answers stand on these pages are answered as from the
PDF itself: with the same words, but for spaces, case and signs. Nothing is taken from or left in the cache of the user.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
import pypdfium2 as pdfium
from PIL import Image
from rapidfuzz.distance import Levenshtein

from ragqa import RagQA
from ragqa.parsing.registry import parse

DEMO = Path(__file__).parents[2] / "ragqa/demo"
MANUAL = DEMO / "manuals/aurora-x2-espresso-machine.pdf"
PAGES = (6, 12, 20, 30)
POINTS = 72
TILT = 1.5


def noisy(image: Image.Image) -> Image.Image:
    """Grain, specks of dust and paper that is not quite white, and is darker to the right."""
    generator = np.random.default_rng(7)
    shades = np.asarray(image, np.float32) * 0.85 + 20
    shades -= np.linspace(0, 25, image.width)[None]
    shades += generator.normal(0, 18, shades.shape)
    specks = generator.random(shades.shape)
    shades[specks < 0.001], shades[specks > 0.999] = 0, 255
    return Image.fromarray(np.clip(shades, 0, 255).astype(np.uint8))


VARIANTS: dict[str, tuple[int, Callable[[Image.Image], Image.Image]]] = {
    "clean": (300, lambda image: image),
    "150 dpi": (150, lambda image: image),
    "tilted": (300, lambda image: image.rotate(TILT, Image.Resampling.BICUBIC, expand=True, fillcolor=255)),
    "noisy": (300, noisy),
    "sideways": (300, lambda image: image.transpose(Image.Transpose.ROTATE_90)),
    "upside down": (300, lambda image: image.transpose(Image.Transpose.ROTATE_180)),
}


def shortened(pages: list[int], path: Path) -> None:
    """The manual's own text, of these pages only."""
    with pdfium.PdfDocument(MANUAL) as whole, pdfium.PdfDocument.new() as part:
        part.import_pages(whole, [page - 1 for page in pages])
        part.save(path)


def scanned(text_pdf: Path, path: Path, dpi: int, spoil: Callable[[Image.Image], Image.Image]) -> None:
    """The same pages as pictures."""
    with pdfium.PdfDocument(text_pdf) as pdf:
        images = [spoil(page.render(scale=dpi / POINTS, grayscale=True).to_pil().convert("L")) for page in pdf]
    images[0].save(path, "PDF", save_all=True, append_images=images[1:], resolution=dpi)


def error_rate(read: str, meant: str) -> float:
    read, meant = (" ".join(text.split()) for text in (read, meant))
    return Levenshtein.distance(read, meant) / len(meant)


def answers(file: Path, home: Path, questions: list[str]) -> list[str]:
    """What each question gets from an index of this file alone, folded for comparison."""
    with closing(RagQA(file.stem, home=str(home))) as qa:
        qa.ingest(file)
        return [folded(response[0].text) if response.answered else "" for response in map(qa.ask, questions)]


def folded(text: str) -> str:
    return "".join(filter(str.isalnum, text)).casefold()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, nargs="+", default=PAGES)
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    options = parser.parse_args()
    pairs = [json.loads(line) for line in (DEMO / "qa.jsonl").read_text(encoding="utf-8").splitlines()]
    questions = [pair["question"] for pair in pairs if pair.get("document") == MANUAL.name and pair.get("page") in options.pages]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        os.environ["XDG_CACHE_HOME"] = str(home / "cache")
        shortened(options.pages, home / "text.pdf")
        meant = parse((home / "text.pdf").read_bytes(), "text.pdf")
        expected = answers(home / "text.pdf", home, questions)
        print(f"{len(options.pages)} pages, {len(questions)} questions")
        print("| scan | characters wrong | s/page | CPU s/page | answers as from the text |\n|---|---|---|---|---|")
        for name in options.variants:
            file = home / f"{name.replace(' ', '-')}.pdf"
            scanned(home / "text.pdf", file, *VARIANTS[name])
            began, used = time.perf_counter(), time.process_time()
            read = parse(file.read_bytes(), file.name)
            took = (time.perf_counter() - began) / len(options.pages)
            busy = (time.process_time() - used) / len(options.pages)
            same = sum(a == b for a, b in zip(answers(file, home, questions), expected, strict=True))
            wrong = error_rate(read.text, meant.text)
            print(f"| {name} | {wrong:.1%} | {took:.1f} | {busy:.1f} | {same} of {len(questions)} |", flush=True)


if __name__ == "__main__":
    main()
