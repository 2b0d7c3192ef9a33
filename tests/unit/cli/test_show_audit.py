from __future__ import annotations

import pytest

from ragqa.cli import show_indexes, terminal
from ragqa.types import FileAudit, FileReport, FileState, IngestReport, Unread

Captured = pytest.CaptureFixture[str]
EVIL = "\x1b[2J[red]\n\x07\u202e"


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal.OUT, "width", 200)


def printed(capsys: Captured, *audits: FileAudit | None) -> str:
    """What is printed of files 0.pdf, 1.pdf... with these audits, from the audit's table on."""
    files = tuple(FileReport(f"{number}.pdf", FileState.ADDED, audit=audit) for number, audit in enumerate(audits))
    show_indexes.print_ingest(IngestReport("shelf", files, 0, 1.0, 1, 1, dry_run=True, audited=True))
    return capsys.readouterr().out.partition("Nothing was written (--dry-run).\n")[2]


def lacking(places: int) -> FileAudit:
    return FileAudit((), 900, 100, tuple(Unread(f"page {number}", "Oil " * 60) for number in range(1, places + 1)))


def test_each_file_has_a_line_its_remarks_and_a_part_in_the_totals(capsys: Captured) -> None:
    sound = FileAudit(("page 3: a picture is not read",), 2000)
    other = FileAudit(("a sheet is hidden",), 50, unmeasured="there is no yardstick for xlsx")
    lines = printed(capsys, lacking(7), sound, other, None).splitlines()
    assert lines[1].split() == ["audit", "read", "unread", "share", "places", "warnings"]
    assert lines[2].split() == ["0.pdf", "900", "100", "10.0", "%", "7", "0"]
    assert lines[3].split() == ["1.pdf", "2,000", "0", "0", "%", "0", "1"]
    assert lines[4].split() == ["2.pdf", "50", "?", "?", "?", "1"]
    assert lines[5] == "0.pdf" and lines[6].startswith("  unread, page 1: Oil Oil") and lines[6].endswith("…")
    assert lines[11] == "  … and 2 more unread; --json has them all"
    assert lines[12:14] == ["1.pdf", "  left out: page 3: a picture is not read"]
    assert lines[16] == (
        "Audit: 100 of 3,000 characters (3.3 %) in 7 places unread in 2 files; "
        "1 file not measured: there is no yardstick for xlsx; 2 warnings."
    )


def test_where_all_is_read_that_is_said(capsys: Captured) -> None:
    assert printed(capsys, FileAudit((), 10)).splitlines()[-1] == "Audit: nothing unread in 1 file; 0 warnings."
    assert printed(capsys, None) == "Audit: no file was read.\n"


def test_a_share_too_small_to_show_is_not_nothing(capsys: Captured) -> None:
    assert "under 0.1 %" in printed(capsys, FileAudit((), 1_000_000, 3, (Unread("", "abc"),)))


def test_among_many_files_those_that_lack_most_are_shown(capsys: Captured) -> None:
    out = printed(capsys, *[FileAudit((), 5)] * 80, lacking(1))
    assert "80.pdf" in out and "0.pdf" in out and "… and 21 more files; --json has them all" in out


def test_what_files_say_never_reaches_the_terminal_as_an_escape(capsys: Captured) -> None:
    out = printed(capsys, FileAudit((EVIL,), 1, 1, (Unread(EVIL, EVIL),)), FileAudit(unmeasured=EVIL))
    assert not set(out) & {"\x1b", "\x07", "\u202e"} and "[red]" in out


def test_without_an_audit_nothing_of_it_is_printed(capsys: Captured) -> None:
    show_indexes.print_ingest(IngestReport("shelf", (FileReport("a.pdf", FileState.ADDED),), 0, 1.0, 1, 1))
    assert "udit" not in capsys.readouterr().out
