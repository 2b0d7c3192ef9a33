"""Checksums of weights: remembered for files that were not touched, and for no others."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ragqa.inference import checksums
from ragqa.inference.checksums import MEMORY, checksum

pytestmark = pytest.mark.skipif(os.name != "posix", reason="nothing is remembered elsewhere")


@pytest.fixture
def memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(checksums, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(checksums, "SMALLEST_REMEMBERED", 4)
    monkeypatch.setattr(checksums, "SETTLED_SECONDS", -1.0)  # as if all files were old
    return tmp_path / "cache" / MEMORY


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    path.write_bytes(b"the weights")
    return path


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are really read."""
    names: list[str] = []
    really = checksums._read
    monkeypatch.setattr(checksums, "_read", lambda path: names.append(path.name) or really(path))
    return names


def right(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_untouched_file_is_read_once(memory: Path, weights: Path, read: list[str]) -> None:
    assert [checksum(weights) for _ in range(3)] == [right(weights)] * 3
    assert read == ["model.safetensors"] and memory.stat().st_mode & 0o777 == 0o600


def in_place(path: Path) -> None:
    """Other bytes of the same number, and the time of the content set back."""
    before = path.stat()
    with open(path, "r+b") as file:
        file.write(b"THE")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def by_another(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"THE weights")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [in_place, by_another])
def test_other_weights_are_told_though_size_and_time_are_as_before(
    change: Callable[[Path], None], memory: Path, weights: Path, read: list[str]
) -> None:
    before = checksum(weights)
    change(weights)
    assert checksum(weights) == right(weights) != before
    assert len(read) == 2


def forged(memory: Path, **changed: Any) -> None:
    held = json.loads(memory.read_text())
    (entry,) = held.values()
    memory.write_text(json.dumps(dict.fromkeys(held, entry | changed)))


@pytest.mark.parametrize("mode", [0o666, 0o620])
def test_what_others_may_write_does_not_count(mode: int, memory: Path, weights: Path) -> None:
    checksum(weights)
    forged(memory, sha256="0" * 64)
    for path in (memory, memory.parent):
        path.chmod(mode | 0o100 if path == memory.parent else mode)
        assert checksum(weights) == right(weights)
        path.chmod(0o700)


@pytest.mark.parametrize("nonsense", ["", "[]", "nonsense", '{"a": 1}', '{"a": {"sha256": 1, "at": "x"}}', "null", "\\x00"])
def test_nonsense_is_no_memory(nonsense: str, memory: Path, weights: Path) -> None:
    memory.parent.mkdir(mode=0o700)
    memory.write_text(nonsense)
    assert checksum(weights) == checksum(weights) == right(weights)


def test_what_is_old_or_of_the_future_is_read_again(memory: Path, weights: Path, read: list[str]) -> None:
    checksum(weights)
    for at in (0.0, 1e12):
        forged(memory, at=at)
        checksum(weights)
    assert len(read) == 3


def test_a_file_that_has_just_changed_is_not_remembered(
    memory: Path, weights: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checksums, "SETTLED_SECONDS", 60.0)
    assert checksum(weights) == checksum(weights)
    assert len(read) == 2 and not memory.exists()


def test_little_is_remembered(memory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checksums, "MOST_REMEMBERED", 3)
    for number in range(5):
        (tmp_path / f"{number}.safetensors").write_bytes(b"weights %d" % number)
        checksum(tmp_path / f"{number}.safetensors")
    assert len(json.loads(memory.read_text())) == 3


def test_a_disk_that_refuses_is_no_error(memory: Path, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    memory.parent.write_text("a file where the folder should be")
    assert checksum(weights) == right(weights)
