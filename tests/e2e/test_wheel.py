"""The built wheel, installed elsewhere, holds all that the demo needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "ragqa", "tui")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy of the sources, so that no build leaves anything in the checkout, nor takes anything from one before."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        if (ROOT / name).exists():
            copy(ROOT / name, source / name)
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    (path,) = out.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the wheel alone was installed into."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target), str(wheel)]
    done = subprocess.run([*command, "--disable-pip-version-check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return target


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in an empty folder, with the installed wheel before everything else."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "HF_HUB_OFFLINE": "1",
        "COLUMNS": "200",
        "PYTHONIOENCODING": "utf-8",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


def test_the_wheel_holds_weights_manuals_pairs_and_both_packages(wheel: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    wanted = {"ragqa/py.typed", "ragqa/demo/qa.jsonl", "ragqa/__main__.py", "tui/__init__.py"}
    for folder in ("ragqa/models/accurate", "ragqa/models/default", "ragqa/models/retriever", "ragqa/demo/manuals"):
        wanted |= {f"{folder}/{path.name}" for path in (ROOT / folder).iterdir()}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "tui").rglob("*") if path.suffix in {".py", ".tcss"}}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "ragqa").rglob("*.py")}
    assert wanted - held == set()
    assert "ragqa/models/default/model.safetensors" in wanted
    assert len([name for name in wanted if name.startswith("ragqa/demo/manuals/")]) == 5


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    held = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0].split("-")[0] for name in held} == {"ragqa", "tui"}
    assert not [name for name in held if "__pycache__" in name or name.startswith("tests")]
    assert wheel.stat().st_size < 120_000_000


def test_the_wheel_names_its_command_licence_and_needs(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    (entry_points,) = [name for name in archive.namelist() if name.endswith("entry_points.txt")]
    assert "ragqa = ragqa.cli.main:main" in archive.read(entry_points).decode()
    (metadata,) = [name for name in archive.namelist() if name.endswith("METADATA")]
    text = archive.read(metadata).decode()
    assert "License-Expression: Apache-2.0" in text and "Requires-Dist: torch" in text
    assert [name for name in archive.namelist() if name.endswith("licenses/LICENSE")]


def test_the_installed_package_is_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    found = run(installed, tmp_path, "-c", "import ragqa, tui; print(ragqa.__file__); print(tui.__file__)")
    assert found.returncode == 0, found.stderr
    assert [Path(line).parents[1] for line in found.stdout.splitlines()] == [installed, installed]


def test_the_demo_runs_from_the_wheel_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    done = run(installed, folder, "-m", "ragqa", "demo")
    assert done.returncode == 0, done.stderr
    assert "5 added" in done.stdout
    assert "Earth leakage" in done.stdout and "aurora-x2-espresso-machine.pdf › page 34" in done.stdout
    assert "The manuals do not say" in done.stdout and "Try next" in done.stdout
    assert [path.name for path in folder.iterdir()] == ["indexes"]
    asked = run(installed, folder, "-m", "ragqa", "ask", "How tight should the shower screen screw be?", "--index", "demo")
    assert asked.returncode == 0, asked.stderr
    assert "\n2.5 Nm" in f"\n{asked.stdout}" and "page 28" in asked.stdout
