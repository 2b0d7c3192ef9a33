"""How the terminal UI feels: start-up, keys while an ingest runs, the first answer after Enter, memory after many questions.

    python tests/benchmarks/tui_feel.py --index INDEX --home HOME --manuals FOLDER [--questions 200]

The app runs in a pseudo-terminal, as a user's would; a key counts from its writing until its letter comes back.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import pty
import select
import shlex
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from fcntl import ioctl
from pathlib import Path
from termios import TIOCSWINSZ

START_RUNS, WARM = 5, 10
WORDS = ("reset", "button", "boiler", "pressure", "filter", "battery", "code", "display", "water", "charge")


class Screen:
    """The app in a pseudo-terminal of 120 × 40."""

    def __init__(self, *arguments: str) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
        environment |= {"TERM": "xterm-256color", "XDG_CONFIG_HOME": tempfile.mkdtemp()}
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ragqa", *arguments], stdin=slave, stdout=slave, stderr=slave, env=environment, close_fds=True
        )
        os.close(slave)

    def wait_for(self, *texts: str, seconds: float = 120) -> float:
        """Seconds until the app writes one of the texts."""
        began, seen = time.monotonic(), ""
        while time.monotonic() - began < seconds:
            ready, _, _ = select.select([self.master], [], [], 0.5)
            if ready:
                seen = seen[-20_000:] + os.read(self.master, 1 << 16).decode("utf-8", "replace")
                if any(text in seen for text in texts):
                    return time.monotonic() - began
        raise TimeoutError(f"none of {texts} came; the last written was: {seen[-3000:]!r}")

    def drain(self, seconds: float) -> None:
        """Let the app write for a while."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.02)[0]:
                os.read(self.master, 1 << 16)

    def press(self, keys: str) -> None:
        os.write(self.master, keys.encode())

    def key_times(self, count: int) -> list[float]:
        """Milliseconds from each of `count` letters typed until it shows."""
        times = []
        for number in range(count):
            self.drain(0.12)
            letter = "qxzvkwyj"[number % 8]
            self.press(letter)
            times.append(1000 * self.wait_for(letter, seconds=10))
        return times

    def __enter__(self) -> Screen:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.master)


def start_in_tmux(*arguments: str) -> float:
    """Milliseconds from the command until its input shows, in a terminal that answers what the app asks it, as real ones do."""
    with tempfile.TemporaryDirectory() as folder:

        def tmux(*given: str) -> str:
            command = ["tmux", "-f", "/dev/null", "-S", f"{folder}/socket", *given]
            return subprocess.run(command, capture_output=True, text=True, check=False).stdout

        tmux("new-session", "-d", "-x", "120", "-y", "40", "sleep 60")
        time.sleep(0.3)
        began = time.monotonic()
        tmux("respawn-window", "-k", shlex.join([sys.executable, "-m", "ragqa", *arguments]))
        while "Ask the manuals" not in tmux("capture-pane", "-p"):
            time.sleep(0.01)
        taken = 1000 * (time.monotonic() - began)
        tmux("kill-server")
        return taken


async def ask_many(home: str, index: str, count: int) -> None:
    """Ask in the app itself: from Enter until the first answer is drawn, and the memory that many questions take."""
    from ragqa import RagQA
    from tui.app import RagqaApp, collect_seldom
    from tui.widgets.answers import AnswerList
    from tui.widgets.question_input import QuestionInput

    collect_seldom()
    app, times = RagqaApp(RagQA(index, home=home)), []
    async with app.run_test(size=(120, 40)) as pilot:
        while app.readiness.models == "loading":
            await pilot.pause(0.1)
        box, answers = app.screen.query_one(QuestionInput), app.screen.query_one(AnswerList)
        for number in range(count + WARM):
            if number == WARM:
                before = resident()
            box.focus()
            one, other = WORDS[number % len(WORDS)], WORDS[(number // len(WORDS)) % len(WORDS)]
            box.value = f"What about the {one} and the {other} {number}?"
            last = answers.card
            await pilot.pause()
            began = time.monotonic()
            app.screen.post_message(QuestionInput.Submitted(box, box.value))
            while answers.card is None or answers.card is last:
                await asyncio.sleep(0.005)
            times.append(1000 * (time.monotonic() - began))
            while not app.jobs.idle:
                await pilot.pause(0.01)
        told("from Enter to the first answer", times[WARM:])
        print(f"| memory before and after {count} questions | {before:.0f} MB | {resident():.0f} MB |", flush=True)


def resident() -> float:
    """Megabytes of this process in memory."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def percentile(times: list[float], share: float) -> float:
    return sorted(times)[min(len(times) - 1, int(share * len(times)))]


def told(what: str, times: list[float], unit: str = "ms") -> None:
    print(f"| {what} | {statistics.median(times):.0f} {unit} | {percentile(times, 0.95):.0f} {unit} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--index", required=True)
    parser.add_argument("--home", default=".")
    parser.add_argument("--manuals", required=True, help="what to ingest while keys are pressed")
    parser.add_argument("--questions", type=int, default=200)
    options = parser.parse_args()
    open_it = ("--home", options.home, "tui", "--index", options.index)
    print("| | median | 95 % |\n|---|---|---|")
    told("start until the input shows, in tmux", [start_in_tmux(*open_it) for _ in range(START_RUNS)])

    with Screen(*open_it) as screen:
        screen.wait_for("Ask the manuals")
        told("a key while the models load", screen.key_times(20))
        screen.drain(15)
        told("a key at rest", screen.key_times(60))
    asyncio.run(ask_many(options.home, options.index, options.questions))
    with tempfile.TemporaryDirectory() as home, Screen("--home", home, "tui", "--index", "new") as screen:
        screen.wait_for("no index yet")
        screen.press("\x1bOR")  # F3
        screen.drain(1)
        screen.press("a")
        screen.drain(1)
        screen.press(f"{options.manuals}\r")
        screen.drain(12)  # until it embeds
        screen.press("\x1bOQ")  # F2
        screen.drain(1)
        told("a key while an ingest runs", screen.key_times(120))


if __name__ == "__main__":
    main()
