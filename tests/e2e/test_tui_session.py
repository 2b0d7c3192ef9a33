"""A whole session in a real terminal, keys only: ingest two manuals, ask, correct, train for half an epoch, promote, ask."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from ragqa import RagQA
from ragqa.config import Settings
from ragqa.engine import reader_names
from ragqa.types import Verdict

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")
MANUALS = ("aurora-x2-espresso-machine.pdf", "tavelin-hatch40-router.html")
QUESTIONS = (
    "What does E-24 mean?",
    "How long do I hold the reset button for factory settings?",
    "How much water does the tank hold?",
)


class Terminal:
    """A terminal of its own, driven by keys and read as a person reads it."""

    def __init__(self, folder: Path, command: str) -> None:
        self._socket = str(folder / "tmux")
        self._run("new-session", "-d", "-x", "120", "-y", "40", "-c", str(folder), command)
        self._run("set", "-g", "escape-time", "0")

    def _run(self, *arguments: str) -> str:
        command = ["tmux", "-f", "/dev/null", "-S", self._socket, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout

    def keys(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        for key in keys:
            self._run("send-keys", key)
            # An escape and a key at once would be another key; a command key bubbles up to the app, letters would overtake it.
            time.sleep(0.4 if key == "Escape" or key.startswith("C-") else 0.25)

    def type(self, text: str) -> None:
        self._run("send-keys", "-l", text)

    def screen(self) -> str:
        return self._run("capture-pane", "-p")

    def wait_for(self, *texts: str, seconds: float = 60) -> str:
        """The screen, once one of the texts stands on it."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            shown = self.screen()
            if any(text in shown for text in texts):
                return shown
            time.sleep(0.1)
        raise AssertionError(f"none of {texts} came within {seconds} s; the screen shows:\n{self.screen()}")

    def fill(self, text: str) -> None:
        """Empty a field and write into it; once more where the letters came before the emptying."""
        for _ in range(30):
            self.keys("C-u")
            time.sleep(1)
            self.type(text)
            time.sleep(1)
            if text in self.screen():
                return
        raise AssertionError(f"{text} was not taken; the screen shows:\n{self.screen()}")

    def empty_question(self) -> None:
        """Back to the question, and empty it; until the keys of the answers are gone, which go a moment after the focus."""
        end = time.monotonic() + 120
        while time.monotonic() < end:
            self.keys("i", "C-u")
            time.sleep(1)
            shown = self.screen()
            if "Ask the manuals" in shown and "y Right" not in shown:
                return
        raise AssertionError(f"the question is not empty; the screen shows:\n{self.screen()}")

    def close(self) -> None:
        self._run("kill-server")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with two manuals and the question/answer pairs on them."""
    samples = files("ragqa.demo") / "manuals"
    (tmp_path / "manuals").mkdir()
    for name in MANUALS:
        (tmp_path / "manuals" / name).write_bytes((samples / name).read_bytes())
    pairs = (files("ragqa.demo") / "qa.jsonl").read_text(encoding="utf-8").splitlines()
    ours = [line for line in pairs if json.loads(line).get("document") in MANUALS]
    assert len(ours) >= 40
    (tmp_path / "qa.jsonl").write_text("\n".join(ours[:40]) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def terminal(home: Path) -> Iterator[Terminal]:
    environment = ("env", "-u", "COLUMNS", "-u", "LINES", f"XDG_CONFIG_HOME={home}/config")
    command = shlex.join([*environment, sys.executable, "-m", "ragqa", "--home", str(home), "tui"])
    made = Terminal(home, command)
    yield made
    made.close()


@pytest.mark.timeout(1800)
def test_a_whole_session(terminal: Terminal, home: Path) -> None:
    terminal.wait_for("no index yet")
    terminal.keys("F3")
    terminal.wait_for("a adds manuals")
    terminal.keys("a")
    terminal.wait_for("Add manuals")
    terminal.type("manu")
    terminal.keys("Tab", "Enter")
    terminal.wait_for("2 added", seconds=240)
    shown = terminal.wait_for(MANUALS[1])
    assert all(name in shown for name in MANUALS)

    terminal.keys("F2")
    terminal.wait_for("· ready", seconds=120)
    for question in QUESTIONS:
        terminal.type(question)
        terminal.keys("Enter")
        assert "%" in terminal.wait_for("y Right")  # the keys of the answers
        terminal.empty_question()
    qa = RagQA("manuals", settings=Settings(home=str(home)))
    assert qa.journal.questions() == list(reversed(QUESTIONS))

    terminal.type(QUESTIONS[0])
    terminal.keys("Enter")
    terminal.wait_for("y Right")
    terminal.keys("n")
    terminal.wait_for("Where is the right answer?")
    terminal.keys("v", *["l"] * 12, "Enter")
    terminal.wait_for("✎ corrected")
    wrong, corrected = qa.journal.verdicts()
    assert wrong.verdict is Verdict.WRONG and corrected.verdict is Verdict.CORRECTED
    assert corrected.answer and corrected.context[corrected.answer_start :].startswith(corrected.answer)

    terminal.keys("F4")
    terminal.wait_for("Verdicts from Ask (1)")
    terminal.type("qa.jsonl")
    terminal.keys("Tab", "Tab", "Tab")  # past the verdicts and the base, to the epochs
    terminal.fill("0.5")
    terminal.keys("C-s")
    terminal.wait_for("Training", "Looking for the answers")
    shown = terminal.wait_for("Use the new one", seconds=1200)
    assert "before" in shown and "Keep the old one" in shown
    terminal.keys("C-p")
    terminal.wait_for("Search")
    terminal.type("use the new")
    terminal.keys("Enter")
    terminal.wait_for("manuals-1 answers from now on")
    assert reader_names(str(home)) == ["default", "manuals-1"]
    terminal.wait_for("· ready", seconds=60)

    terminal.keys("F2")
    terminal.wait_for("This is the answer", "Read on")
    terminal.keys("Escape", "Escape", "C-u")
    terminal.wait_for("Ask the manuals")
    terminal.type(QUESTIONS[2])
    terminal.keys("Enter")
    assert "%" in terminal.wait_for("y Right")
    assert RagQA("manuals", settings=Settings(home=str(home))).reader_name == "manuals-1"
    terminal.keys("C-q")
