"""No command opens a socket: an audit hook in a process that runs them all, and in each that they start, proves it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from machine_manual import lines, write_manual, write_pairs

CHILD, ROOT = Path(__file__).parent / "child_commands.py", Path(__file__).parents[2]


def test_no_command_opens_a_socket(tmp_path: Path, tiny: Path) -> None:
    shutil.copytree(tiny, tmp_path / "models" / "tiny")
    write_manual(tmp_path / "manual")
    for name, pairs in (("few", lines()[:3]), ("qa", lines())):
        shutil.copy(write_pairs(pairs), tmp_path / f"{name}.jsonl")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "XDG_CONFIG_HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    environment.pop("HF_HUB_OFFLINE", None)  # as a user has it

    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["sockets"] == []
    assert {command: code for command, code in told["codes"].items() if code not in (0, 3)} == {}, done.stderr


def test_the_hook_sees_a_socket(tmp_path: Path) -> None:
    """Here, and in a process that is started with a path of its own."""
    sys.path.insert(0, str(CHILD.parent))
    from child_commands import WATCH

    (tmp_path / "sitecustomize.py").write_text(WATCH)
    seen = tmp_path / "seen"
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "SOCKETS_SEEN": str(seen)}
    code = "import socket; socket.socketpair(); socket.socket(); socket.getaddrinfo('localhost', 1)"
    subprocess.run([sys.executable, "-c", f"import sys; sys.path[:] = sys.path; {code}"], env=environment, check=True)
    assert [line.split()[0] for line in seen.read_text().splitlines()] == ["socket.__new__", "socket.getaddrinfo"]
