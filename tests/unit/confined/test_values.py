"""What the processes say to each other arrives as it was, or is told to be nonsense; it is never more than data."""

from __future__ import annotations

import random
import struct
from dataclasses import replace

import pytest

from ragqa.confined import values
from ragqa.confined.wire import Malformed, blob, number, text, texts
from ragqa.errors import ModelError, ParseError, RagqaError, SkippedFile, StorageError, UsageError
from ragqa.parsing.builder import DEEPEST_HEADING, DocumentBuilder
from ragqa.types import Document, FileAudit, PagePicture, PagesRecognised, Spot, Unread

PNG = b"\x89PNG\r\n\x1a\n"


def document() -> Document:
    builder = DocumentBuilder("a/saw.md")
    builder.page, builder.box = 3, (0.1, 0.25, 0.5, 1 / 3)
    builder.heading("Saw", 1)
    builder.heading("Cleaning", 2)
    builder.paragraph("The hub \ud800 weighs 3 kg.")
    group = builder.new_group()
    builder.list_item("Oil it", group)
    builder.page, builder.box = None, None
    builder.heading("Cleaning", 2)
    builder.table_row("Part | 5", builder.new_group())
    builder.warnings.append("page 4 is empty")
    return replace(builder.build(pages=4), language="de", recognised_by="auto rapidocr")


def test_a_document_arrives_as_it_was() -> None:
    whole = document()
    assert values.read_document(values.pack_document(whole), whole.path) == whole
    empty = Document("b.md", "", "", ())
    assert values.read_document(values.pack_document(empty), "b.md") == empty


def test_so_do_the_others() -> None:
    whole = document()
    audit = FileAudit(whole.warnings, 40, 10, (Unread("page 2", "Oil the hub"),), "why")
    assert values.read_audit(values.pack_audit(audit), whole) == audit
    pages = PagesRecognised(3, 5, 60.5)
    assert values.read_pages(values.pack_pages(pages)) == pages
    spot = Spot("saw.pdf", 3, "hub", (0.1, 0.2, 0.3, 0.4))
    picture = PagePicture("saw.pdf", 3, PNG + b"x", 30, 20, ((0.1, 0.2, 0.3, 0.4),), spot.box)
    assert values.read_picture(values.pack_picture(picture), spot) == picture
    order = values.ParseOrder(b"abc", "saw.pdf", "auto", 3, True, 60.0, ("/home", ""))
    assert values.read_parse_order(b"".join(values.pack_parse_order(order))) == order
    drawn = values.DrawOrder(b"abc", spot, 60.0)
    assert values.read_draw_order(b"".join(values.pack_draw_order(drawn))) == drawn


@pytest.mark.parametrize("kind", [RagqaError, ParseError, SkippedFile, ModelError, UsageError])
def test_errors_arrive_in_one_line(kind: type[RagqaError]) -> None:
    arrived = values.read_error(values.pack_error(kind("no\ntext " + "x" * 5000, hint="Fetch\nit.")))
    assert type(arrived) is kind and arrived.hint == "Fetch it." and len(arrived.message) <= 2000
    assert arrived.message.startswith("no text x")


def test_an_error_that_a_process_may_not_tell_of_is_the_nearest_one() -> None:
    assert type(values.read_error(values.pack_error(StorageError("full")))) is RagqaError


def nonsense() -> dict[str, bytes]:
    head = text("Saw") + text("The hub") + texts([]) + text("en") + text("") + number(-1)
    form = struct.Struct("<BQQIIQ4d")
    nan = float("nan")

    def block(*fields: float) -> bytes:
        return blob(form.pack(*fields))

    return {
        "nothing": b"",
        "a length beyond the end": number(10**12),
        "a kind that is none": head + number(0) + block(200, 0, 3, 0, 0, 0, nan, nan, nan, nan),
        "an end beyond the text": head + number(0) + block(1, 0, 99, 0, 0, 0, nan, nan, nan, nan),
        "an end before the start": head + number(0) + block(1, 3, 2, 0, 0, 0, nan, nan, nan, nan),
        "a heading that is none": head + number(0) + block(1, 0, 3, 7, 0, 0, nan, nan, nan, nan),
        "a page beyond all": head + number(0) + block(1, 0, 3, 0, 2**32 - 1, 0, nan, nan, nan, nan),
        "half a box": head + number(0) + block(1, 0, 3, 0, 1, 0, 0.1, nan, nan, nan),
        "an endless box": head + number(0) + block(1, 0, 3, 0, 1, 0, 0.1, float("inf"), 0.2, 0.3),
        "half a block": head + number(0) + blob(b"x" * 30),
        "blocks that overlap": head + number(0) + blob(form.pack(1, 0, 5, 0, 0, 0, *[nan] * 4) * 2),
        "a heading above that comes later": head + number(1) + number(1) + number(1) + text("A") + blob(b""),
        "headings without end": head + number(40) + b"".join(number(n) + number(n) + text("A") for n in range(40)) + blob(b""),
        "more than a document": head + number(0) + blob(b"") + b"more",
        "no text": number(2) + b"\xff\xff",
        "too many texts": text("Saw") + text("") + number(2**40),
    }


@pytest.mark.parametrize("what", nonsense())
def test_nonsense_is_told(what: str) -> None:
    with pytest.raises(Malformed):
        values.read_document(nonsense()[what], "saw.md")


def test_whatever_is_changed_on_the_way_is_a_document_or_nonsense() -> None:
    chance, whole = random.Random(7), values.pack_document(document())
    for _ in range(3000):
        changed = bytearray(whole)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.choice((0, 1, 127, 255, chance.randrange(256)))
        try:
            arrived = values.read_document(
                bytes(changed[: chance.choice((len(changed), chance.randrange(len(changed))))]), "a.md"
            )
        except Malformed:
            continue
        assert all(0 <= block.start <= block.end <= len(arrived.text) for block in arrived.blocks)
        assert all(len(block.levels) == len(block.section) <= DEEPEST_HEADING for block in arrived.blocks)


def test_a_picture_that_is_none() -> None:
    with pytest.raises(Malformed):
        values.read_picture(blob(b"GIF8") + number(1) + number(1) + number(0), Spot("a.pdf", 1))


def test_headings_are_only_so_deep() -> None:
    builder = DocumentBuilder("a.xml")
    for level in range(200):
        builder.heading(f"Part {level}", level)
        builder.paragraph("It is.")
    blocks = builder.build().blocks
    assert max(len(block.section) for block in blocks) == DEEPEST_HEADING
    assert blocks[-1].section[-1] == "Part 199" and len(blocks) == 400
