"""What recognises: RapidOCR where it is installed, else Tesseract where the system has it, else nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from ocr_samples import PAGE, drawn_page

from ragqa.errors import ModelError
from ragqa.parsing.ocr import engine, tesseract
from ragqa.parsing.ocr.engine import engine_name, load_recognizer
from ragqa.parsing.ocr.tesseract import TesseractRecognizer, lines_of

ROWS = [
    "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext",
    "1\t1\t0\t0\t0\t0\t0\t0\t1240\t1754\t-1\t",
    "5\t1\t1\t1\t1\t1\t100\t200\t60\t30\t96.5\tFill",
    "5\t1\t1\t1\t1\t2\t170\t198\t50\t32\t91\tin",
    "5\t1\t1\t1\t1\t3\t600\t200\t90\t30\t80\t12 kg",
    "5\t1\t1\t1\t2\t1\t100\t260\t60\t30\t-1\tWater",
    "5\t1\t1\t1\t2\t2\tx\t260\t60\t30\t50\tbroken",
    "5\t1\t1\t1\t2\t3\t170\t260\t60\t30\t50\t   ",
    "nonsense",
]


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """What was found and loaded is looked for anew."""
    for function in (engine_name, load_recognizer):
        function.cache_clear()
    yield
    for function in (engine_name, load_recognizer):
        function.cache_clear()


def there(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(engine, "find_spec", lambda name: name if name in names else None)
    monkeypatch.setattr(engine.shutil, "which", lambda name: name if name in names else None)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (("rapidocr", "openvino", "tesseract"), "rapidocr"),
        (("openvino", "tesseract"), "tesseract"),
        (("rapidocr",), ""),
        ((), ""),
    ],
)
def test_the_first_that_is_there_is_taken(names: tuple[str, ...], found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, *names)
    assert engine_name() == found
    if not found:
        assert load_recognizer(0) is None


def test_one_that_does_not_work_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, "tesseract")
    monkeypatch.setattr(tesseract.subprocess, "run", lambda *_, **__: (_ for _ in ()).throw(OSError("no such program")))
    with pytest.raises(ModelError, match="tesseract is installed but does not work: no such program"):
        load_recognizer(0)
    there(monkeypatch, "rapidocr", "openvino")
    engine_name.cache_clear()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(ModelError, match="rapidocr is installed but does not work"):
        load_recognizer(0)


def test_lines_of_tesseract_are_parted_where_words_stand_apart() -> None:
    lines = list(lines_of("\n".join(ROWS)))
    assert [(line.text, line.box) for line in lines] == [
        ("Fill in", (100, 198, 220, 230)),
        ("12 kg", (600, 200, 690, 230)),
        ("Water", (100, 260, 160, 290)),
    ]
    assert [line.confidence for line in lines] == pytest.approx([(4 * 0.965 + 2 * 0.91) / 6, 0.8, 0.0])
    assert list(lines_of("")) == []


@pytest.mark.skipif(sys.platform == "win32", reason="the double is a script for a POSIX shell")
def test_tesseract_is_asked_with_the_languages_it_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "tesseract"
    table = "\n".join(ROWS)
    program.write_text(
        "#!/bin/sh\n"
        'case "$1" in\n'
        "--version) echo 'tesseract 5.3.0';;\n"
        "--list-langs) printf 'List of languages (3):\\neng\\nosd\\ndeu\\n';;\n"
        f'*) cat > "{tmp_path}/asked.png"; echo "$@" > "{tmp_path}/asked"; cat <<\'EOF\'\n{table}\nEOF\n;;\n'
        "esac\n"
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    recognizer = TesseractRecognizer(2)
    assert recognizer.version == "tesseract 5.3.0"
    assert [line.text for line in recognizer.recognise(drawn_page())] == ["Fill in", "12 kg", "Water"]
    assert (tmp_path / "asked").read_text().split() == ["stdin", "stdout", "-l", "deu+eng", "--psm", "3", "tsv"]
    assert (tmp_path / "asked.png").read_bytes().startswith(b"\x89PNG")


RECOGNISE = """
import json, sys
import numpy as np
from ragqa.parsing.ocr.engine import load_recognizer
recognizer = load_recognizer(1)
lines = [[line.text, line.confidence, list(line.box), list(line.centres)] for line in recognizer.recognise(np.load(sys.argv[1]))]
blank = recognizer.recognise(np.full((200, 300), 255, np.uint8))
print(json.dumps({"name": recognizer.name, "version": recognizer.version, "lines": lines, "blank": len(blank)}, default=float))
"""


def test_rapidocr_reads_a_page_offline(tmp_path: Path) -> None:
    # In a process of its own, as an ingest does it: after its libraries a signal that is raised in the process ends it.
    pytest.importorskip("rapidocr")
    np.save(tmp_path / "page.npy", drawn_page(mark=False))
    done = subprocess.run([sys.executable, "-c", RECOGNISE, str(tmp_path / "page.npy")], capture_output=True, check=True)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["name"] == "rapidocr" and said["version"]
    lines = sorted(said["lines"], key=lambda line: line[2][1])
    assert [text for text, *_ in lines] == [text for text, *_ in PAGE]
    for (_, confidence, box, centres), (text, left, base, _) in zip(lines, PAGE, strict=True):
        assert confidence > 0.9
        assert box[0] == pytest.approx(left, abs=12) and box[1] < base < box[3] + 3
        assert len(centres) == len(text.replace(" ", "")) and centres == sorted(centres)
    assert said["blank"] == 0
