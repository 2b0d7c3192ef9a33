"""The benchmarks in five minutes, on the sample manuals or on your own: one table, kept in results/ with machine and versions.

    make bench [MANUALS=FOLDER QUESTIONS=FILE.jsonl] [REFERENCE_PYTHON=PATH]
    python tests/benchmarks/bench.py [--manuals FOLDER --questions FILE.jsonl] [--reference-python PATH] [--out FOLDER]

Ingest and questions as whole processes, questions asked warm, the runtime beside torch, and an index grown to 10,000 and 100,000
chunks. With the Python of an environment that has Haystack, that too (see against_reference.py).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from against_reference import INDEX, Ragqa, run, tell

from ragqa.demo.tour import manuals_folder

HERE = Path(__file__).parent
SAMPLE_QUESTIONS = HERE.parents[1] / "ragqa" / "demo" / "qa.jsonl"
ASKED, COLD_RUNS, SIZES = 60, 5, (10_000, 100_000)
PACKAGES = ("ragqa", "openvino", "torch", "faiss-cpu", "numpy", "tokenizers")

Row = tuple[str, float, str]
"""What was measured, its value, and the form in which it is shown."""


def machine() -> dict[str, Any]:
    """What a result depends on."""
    name = platform.processor() or platform.machine()
    described = Path("/proc/cpuinfo")
    if described.is_file():
        models = [line.split(":", 1)[1].strip() for line in described.read_text().splitlines() if line.startswith("model name")]
        name = models[0] if models else name
    versions = {package: version(package) for package in PACKAGES}
    return {"cpu": name, "cores": os.cpu_count(), "system": platform.system(), "python": platform.python_version(), **versions}


def ingest_and_ask(manuals: Path, questions: list[str], work: Path) -> Iterator[Row]:
    system, home = Ragqa([manuals]), work / "home"
    ran = system.ingest(home, work)
    report = json.loads(ran.output)
    yield "ingest, whole process, s", ran.seconds, "{:.1f}"
    yield "ingest, chunks embedded a second", report["chunks_embedded"] / ran.seconds, "{:.0f}"
    yield "ingest, memory, MB", ran.megabytes, "{:.0f}"
    again = system.ingest(home, work)
    yield "ingest of the same again, s", again.seconds, "{:.2f}"
    asked = work / "questions.txt"
    asked.write_text("\n".join(questions), encoding="utf-8")
    times = sorted(json.loads(system.ask_warm(home, asked).output)["seconds"])
    yield "ask, warm, p50, ms", 1000 * statistics.median(times), "{:.0f}"
    yield "ask, warm, p95, ms", 1000 * times[int(0.95 * len(times))], "{:.0f}"
    cold = []
    for question in questions[:COLD_RUNS]:
        asked.write_text(question, encoding="utf-8")
        cold.append(system.ask_cold(home, asked))
    yield "ask, new process, s", statistics.median(one.seconds for one in cold), "{:.2f}"
    yield "ask, new process, memory, MB", statistics.median(one.megabytes for one in cold), "{:.0f}"


def runtime(work: Path) -> Iterator[Row]:
    figures = work / "runtimes.json"
    run([sys.executable, HERE / "runtimes.py", "--quick", "--json", figures])
    measured = json.loads(figures.read_text())
    for name in ("torch fp32", "torch bf16", "OpenVINO, its choice"):
        yield f"{name}, tokens/s at 8 x 128", measured[name]["8 x 128"], "{:,.0f}"
    yield "OpenVINO, its choice, cosine to fp32", measured["OpenVINO, its choice"]["cosine"], "{:.5f}"


def growth(work: Path, questions: Path) -> Iterator[Row]:
    figures = work / "scale.json"
    sizes = [str(size) for size in SIZES]
    run([sys.executable, HERE / "scale.py", work / "home", questions, "--index", INDEX, "--json", figures, "--sizes", *sizes])
    for row in json.loads(figures.read_text()):
        for name, form in (
            ("search p95 ms", "{:.1f}"),
            ("recall@10", "{:.3f}"),
            ("open s", "{:.3f}"),
            ("RAM KB/chunk", "{:.2f}"),
            ("added/s", "{:,.0f}"),
            ("change one manual s", "{:.2f}"),
        ):
            yield f"{row['chunks']:,} chunks: {name}", row[name], form


def reference(manuals: Path, questions: Path, python: Path, work: Path) -> str:
    options = ["--runs", "1", "--questions", "30", "--reference-python", python]
    return run([sys.executable, HERE / "against_reference.py", manuals, questions, *options]).output


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manuals", type=Path)
    parser.add_argument("--questions", type=Path, default=SAMPLE_QUESTIONS)
    parser.add_argument("--reference-python", type=Path)
    parser.add_argument("--out", type=Path, default=HERE / "results")
    options = parser.parse_args()
    began = time.monotonic()
    asked = [json.loads(line)["question"] for line in options.questions.read_text(encoding="utf-8").splitlines()]
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, manuals_folder() as samples:
        work, manuals = Path(folder), options.manuals or samples
        for name, measured in (
            ("ingest and questions", ingest_and_ask(manuals, asked[:: max(1, len(asked) // ASKED)], work)),
            ("runtime", runtime(work)),
            ("growth", growth(work, options.questions)),
        ):
            tell(f"{name} …")
            rows += measured
        told = reference(manuals, options.questions, options.reference_python, work) if options.reference_python else ""
    about, now = machine(), datetime.now(UTC)
    print(f"{about['cpu']}, {about['cores']} cores; {time.monotonic() - began:.0f} s\n\n| | |\n|---|---|")
    print("\n".join(f"| {name} | {form.format(value)} |" for name, value, form in rows))
    if told:
        print(f"\n{told}")
    options.out.mkdir(exist_ok=True)
    kept = {"date": f"{now:%Y-%m-%d}", "machine": about, "manuals": "the sample manuals" if options.manuals is None else "others"}
    kept |= {"figures": {name: value for name, value, _ in rows}, "reference": told.splitlines()}
    file = options.out / f"{now:%Y-%m-%d-%H%M}.json"
    file.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    tell(f"kept in {file}")


if __name__ == "__main__":
    main()
