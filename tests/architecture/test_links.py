"""Pages lead somewhere: every link within the project arrives, and README leads to every page in docs/."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "tests").rglob("README.md"))]
PAGES += [ROOT / "indexes" / "README.md", *sorted((ROOT / "ragqa" / "models").rglob("*.md"))]
LINK = re.compile(r"\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)*)\)")
NAMED = re.compile(r"`((?:docs|deploy)/[\w./-]+)`")
CODE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def prose(page: Path) -> str:
    """A page without its blocks of code, where brackets mean something else."""
    return CODE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """What its headings are reached by: lower case, without punctuation, hyphens for spaces; the second of a name has "-1"."""
    found: set[str] = set()
    for title in re.findall(r"^#{1,6} +(.+?) *$", prose(page), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()).replace(" ", "-")
        found.add(next(one for one in (name, *(f"{name}-{number}" for number in range(1, 99))) if one not in found))
    return found


def broken(page: Path, root: Path = ROOT) -> list[str]:
    """The links of a page that do not arrive; an address elsewhere is not asked, but must be one that a browser may follow."""
    wrong = []
    for link in LINK.findall(prose(page)):
        if "://" in link or link.startswith("mailto:"):
            wrong += [] if re.match(r"https://[\w.-]+(?:/|$)", link) else [link]
            continue
        path, _, anchor = link.partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or not there.is_relative_to(root) or (anchor and anchor not in anchors(there)):
            wrong.append(link)
    return wrong


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_arrive(page: Path) -> None:
    assert broken(page) == []
    assert [name for name in NAMED.findall(prose(page)) if not (ROOT / name).exists()] == []


def test_readme_leads_to_every_page() -> None:
    (section,) = re.findall(r"^## Documentation\n(.*?)(?=^## )", README.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    pages = {page.relative_to(ROOT).as_posix() for page in (ROOT / "docs").rglob("*.md")}
    assert pages - set(LINK.findall(section)) == set(), "README's ## Documentation lists every page of docs/"


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# It's here\n[a](#its-here) [b](#nowhere) [c](gone.md) [d](http://example.com/) [e](https://example.com/x)\n"
    )
    assert broken(page, tmp_path) == ["#nowhere", "gone.md", "http://example.com/"]


def test_dask_serves_its_figures_on_this_machine_alone() -> None:
    """`--host` does not reach them: what a page tells to type names their address too."""
    typed = [
        line
        for page in PAGES
        for line in page.read_text(encoding="utf-8").splitlines()
        if re.match(r"\$ dask (scheduler|worker)", line)
    ]
    assert typed
    assert [line for line in typed if "--dashboard-address 127.0.0.1:" not in line] == []
