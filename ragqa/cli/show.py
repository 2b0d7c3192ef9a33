"""The command that shows an answer on its page."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from ragqa.cli.options import complete_shown, index_option, json_option, server_options
from ragqa.cli.support import edge, engine, print_json, quiet
from ragqa.cli.support import show as shown
from ragqa.errors import StorageError, UsageError

if TYPE_CHECKING:
    from ragqa.types import PagePicture, Spot

LAST = "last"


@click.command()
@click.argument("what", metavar="ANSWER|DOCUMENT:PAGE", default=LAST, shell_complete=complete_shown)
@index_option
@server_options
@click.option("--words", metavar="TEXT", default="", help="With DOCUMENT:PAGE: the words to be boxed there.")
@click.option("--out", type=click.Path(path_type=Path), metavar="FILE", help="The PNG to write. [default: page.png]")
@json_option
@edge
def show(what: str, index: str | None, words: str, out: Path | None, as_json: bool) -> int:
    """Draw the page that an answer stands on, with its words boxed.

    ANSWER is the number of an answer to the last question, or `last` for the best one; DOCUMENT:PAGE is any page of a PDF, such
    as manual.pdf:12. The paragraph, row or figure that holds the answer is framed. Without --out, a page.png that is there
    already is left alone, and the next free name taken.
    """
    qa = engine(index)
    number, document, page = _named(what)
    if out is not None and out.suffix.lower() != ".png":
        raise UsageError(f"{out} is no name for a PNG", hint="Give --out a name that ends in .png.")
    if not document and words:
        raise UsageError("--words go with DOCUMENT:PAGE", hint=f'ragqa show manual.pdf:12 --words "{words}"')
    spot = qa.spot_of_page(document, page, words) if document else qa.spot_of_answer(number)
    picture = qa.picture(spot)
    target, told = _write(picture, out)
    shown("terminal:print_note")(_note(picture, spot, told), quiet=quiet())
    if as_json:
        from ragqa.schema import picture_json

        print_json(picture_json(picture, str(target)))
    else:
        click.echo(str(target))
    return 0


def _named(what: str) -> tuple[int, str, int]:
    """The number of an answer, or a document and its page. Raises UsageError."""
    if what == LAST:
        return 1, "", 0
    if what.isdecimal():
        return int(what), "", 0
    document, mark, page = what.rpartition(":")
    if not mark or not document or not page.isdecimal():
        raise UsageError(f"'{what}' is neither an answer nor a page", hint="Write last, 2, or manual.pdf:12.")
    return 0, document, int(page)


def _write(picture: PagePicture, out: Path | None) -> tuple[Path, str]:
    """Write the picture, and return where to and what is to be said of it. Raises StorageError."""
    names = (Path("page.png" if number == 1 else f"page-{number}.png") for number in count(1))
    target = out or next(name for name in names if not name.exists())
    told = ", over the file that was there" if target.exists() else ""
    try:
        target.write_bytes(picture.png)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}") from error
    return target, told


def _note(picture: PagePicture, spot: Spot, told: str) -> str:
    if picture.words:
        seen = "the words are boxed"
    elif spot.words and picture.box is not None:
        seen = "the words were not found there as they are, the place that they stand in is framed"
    elif spot.words:
        seen = "the words were not found there"
    else:
        seen = "nothing is marked" if picture.box is None else "the place is framed"
    return f"Wrote {picture.document}, page {picture.page}{told}: {seen}."
