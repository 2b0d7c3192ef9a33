"""When a person is asked, when a file is tried again, and what documents elsewhere are called here."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from ragqa.watching.deletions import A_FEW, unconfirmed, why_ask
from ragqa.watching.retries import FIRST_SECONDS, LONGEST_SECONDS, Failure, Retries
from ragqa.watching.safe_names import LONGEST_PART, safe_name


@pytest.mark.parametrize(
    ("gone", "held", "found", "limit", "asks"),
    [
        (0, 10, 10, 0.25, False),
        (A_FEW, 8, 3, 0.25, False),
        (1, 1, 0, 0.25, True),
        (8, 8, 0, 0.99, True),
        (8, 8, 0, 1.0, False),
        (20, 100, 80, 0.25, False),
        (26, 100, 74, 0.25, True),
        (26, 100, 74, 0.5, False),
        (6, 100, 94, 0.0, True),
    ],
)
def test_many_at_once_or_all_are_not_taken_out_unasked(gone: int, held: int, found: int, limit: float, asks: bool) -> None:
    assert bool(why_ask(gone, held, found, limit)) is asks


def test_only_what_nobody_agreed_to_is_asked() -> None:
    assert unconfirmed(["a", "b"], ["b", "c"]) == {"a"}


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_pauses_grow_and_end_with_another_look() -> None:
    clock = Clock()
    retries = Retries(clock=clock)
    pauses = [retries.failed("a", "1", "bad").again - clock.now for _ in range(14)]
    assert pauses[:3] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS] and pauses[-1] == LONGEST_SECONDS
    assert retries.waits("a", "1") and not retries.waits("a", "2") and not retries.waits("b", "1")
    assert retries.failed("a", "2", "bad").tries == 1
    clock.now += FIRST_SECONDS
    assert retries.is_due() and not retries.waits("a", "2")
    retries.ended("a")
    assert retries.all == () and not retries.is_due()


def test_failures_are_taken_up_again_and_let_go_of() -> None:
    retries = Retries([Failure("a", "bad", "1", 3, 2000.0), Failure("b", "bad", "1", 1, 2000.0)], Clock())
    assert retries.failed("a", "1", "bad").tries == 4
    retries.keep_only({"a"})
    assert [failure.path for failure in retries.all] == ["a"]


@pytest.mark.parametrize("name", ["a.md", "deep/er/a b.pdf", "Übersicht (2).docx", "a.b.c.txt"])
def test_plain_names_stay_as_they_are(name: str) -> None:
    assert safe_name(name) == name


HOSTILE = [
    "../../etc/passwd.md", "/etc/passwd.md", "a/../../b.md", "..", ".", "", "a//b.md", ".hidden.md", ".git/config.md",
    "a\\..\\b.md", "c:/windows.md", "a\x00b.md", "\x1b[31mred.md", "a\u202egnp.md", "con.md", "deep/NUL.txt", "x" * 300 + ".pdf",
    "/".join("a" * 200), "trailing. ", "a\nb.md", "\udcff.md", "é" * 200 + ".md",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_leads_out_or_hides_or_is_refused(name: str) -> None:
    safe = safe_name(name)
    parts = safe.split("/")
    assert safe != name and not PurePosixPath(safe).is_absolute()
    assert all(part and not part.startswith(".") and part == part.rstrip(". ") for part in parts)
    assert all(len(part.encode()) <= LONGEST_PART + 20 for part in parts)
    assert not any(ord(letter) < 32 or letter in '\\<>:"|?*\u202e' for letter in safe)
    assert PurePosixPath(name).suffix not in (".md", ".pdf") or safe.endswith(PurePosixPath(name).suffix)


def test_two_names_never_become_one() -> None:
    names = [*HOSTILE, "a_b.md", "a?b.md", "a*b.md", "_hidden.md"]
    assert len({safe_name(name) for name in names}) == len(names)
