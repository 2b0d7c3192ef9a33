"""Runs ragqa's commands one after the other in this process, with the real models and a tiny reader to train from, and notes
every socket that is opened here or in a Python process that this one starts.

python child_commands.py FOLDER: prints the sockets as JSON, and each command's exit code. FOLDER holds models/tiny and manual/.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from ragqa.confined import children

WATCH = """
import os, socket, sys
def watch(event, arguments):
    if event == "socket.__new__":
        family = arguments[1]
    elif event in ("socket.bind", "socket.connect", "socket.sendto"):
        family = arguments[0].family
    else:
        family = socket.AF_UNIX if event == "socket.gethostname" or not event.startswith("socket.") else None
    if family != socket.AF_UNIX:
        with open(os.environ["SOCKETS_SEEN"], "a") as seen:
            seen.write(f"{event} {arguments[1:]} by {sys.argv[:3]}\\n")
sys.addaudithook(watch)
"""
"""Notes what is not between processes of this machine, in a file that a variable names."""

SETTINGS = ("--base", "tiny", "--val", "0.4", "--epochs", "1", "--batch-size", "4", "--promote", "never")
COMMANDS = [
    ("ingest", "manual"), ("ingest", "manual"), ("search", "How many watts does the pump draw?"),
    ("ask", "How many watts does the pump draw?", "--json"), ("eval", "few.jsonl"), ("triplets", "few.jsonl"),
    ("finetune", "qa.jsonl", *SETTINGS), ("model", "list"), ("model", "use", "default"),
    ("index", "list"), ("index", "info"), ("index", "verify"), ("index", "rebuild"), ("index", "export", "manuals", "out.zip"),
    ("index", "import", "out.zip", "--name", "again"), ("index", "rm", "again", "--yes"), ("feedback", "list"),
    ("completion", "bash"),
]  # fmt: skip


def run(*arguments: str) -> int:
    """The exit code of a command."""
    from ragqa.cli.main import ragqa

    try:
        ragqa(["--threads", "1", "-q", *arguments], prog_name="ragqa")
    except SystemExit as left:
        return int(left.code or 0)
    return 0


async def look() -> None:
    """Open the terminal UI, ask, and leave."""
    from ragqa.engine import RagQA
    from tui.app import RagqaApp

    app = RagqaApp(RagQA("manuals"))
    async with app.run_test() as pilot:
        for _ in range(600):
            await pilot.pause(0.05)
            if app.readiness.is_ready:
                break
        assert app.readiness.is_ready
        app.ask("How many watts does the pump draw?")
        for _ in range(100):
            await pilot.pause(0.05)
            if app.jobs.idle:
                break


def main() -> None:
    os.chdir(sys.argv[1])
    site = Path("site").absolute()
    site.mkdir()
    (site / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    seen = Path("sockets").absolute()
    seen.touch()
    os.environ.update(SOCKETS_SEEN=str(seen), PYTHONPATH=os.pathsep.join((str(site), os.environ.get("PYTHONPATH", ""))))
    exec(WATCH, {})
    children._WORKER = WATCH.replace("{", "{{").replace("}", "}}") + children._WORKER  # they look at no PYTHONPATH
    out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    codes = {" ".join(command[:2]): run(*command) for command in COMMANDS}
    asyncio.run(look())
    print(json.dumps({"codes": codes, "sockets": seen.read_text().splitlines()}), file=out)


if __name__ == "__main__":
    main()
