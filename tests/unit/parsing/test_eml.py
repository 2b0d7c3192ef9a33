from __future__ import annotations

from email.message import EmailMessage

import pytest
from office_samples import attached, mail, manual_eml, manual_xlsx
from parsing_reading import section_of, texts
from parsing_samples import JPEG, manual_docx, zipped

from ragqa.errors import ParseError
from ragqa.parsing import eml
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def read(data: bytes) -> Document:
    return parse(data, "a.eml")


def raw(headers: str, body: str | bytes = "Words of the body.\r\n") -> Document:
    return read(headers.encode("latin-1") + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body))


def test_subject_sender_date_and_text() -> None:
    document = read(manual_eml())
    assert document.title == "Pump school"
    assert texts(document) == [
        "Pump school",
        "From: Ada Müller <ada@example.org>\nTo: bo@example.org\nDate: Tue, 05 Mar 2024 10:00:00 +0100",
        "Open the lid of the pump first.",
        "Wash the filter with water and put it back when it is dry.",
    ]
    assert section_of(document, "Wash") == ("Pump school",)


def test_of_two_forms_of_a_text_the_plain_one_is_read_unless_it_says_nothing() -> None:
    page = "<html><body><p>The hose is <b>red</b> and long.</p></body></html>"
    assert "plain hose" in read(mail(text="The plain hose is long.", html=page)).text
    stub = read(mail(text="See HTML.", html=page.replace("long", "long " * 40)))
    assert "The hose is red" in stub.text and "See HTML" not in stub.text
    assert "The hose is red" in read(mail(html=page)).text


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ("Subject: =?utf-8?q?S=C3=A4ge?= =?utf-8?b?IGt1cno=?=", "x y", "Säge kurz"),
        ("Subject: =?nonsense?q?S=C3=A4ge?=", "x y", "Säge"),
        ("Subject: =?utf-8?b?broken", "x y", "broken"),
        ("Subject: Säge", "x y", "Säge"),
        ("subject: a\r\n b", "x y", "a b"),
        ("Subject: x\r\nContent-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable",
         "S=E4ge =\r\nda", "Säge da"),
        ("Subject: x\r\nContent-Type: text/plain; charset=koi8-r", "Насос чист".encode("koi8-r"), "Насос чист"),
        ("Subject: x\r\nContent-Type: text/plain; charset=unheard-of", "Säge", "Säge"),
        ("Subject: x\r\nContent-Type: text/plain; charset=us-ascii", "Säge gut".encode("cp1252"), "Säge gut"),
        ("Subject: x\r\nContent-Transfer-Encoding: base64", "V29yZHMgaGVyZS4", "Words here."),
        ("Subject: x\r\nContent-Type: ;;;", "Words here.", "Words here."),
        ("Subject: x\r\nContent-Type: multipart/mixed", "Words here.", "Words here."),
        ("Subject: x\r\nContent-Type: multipart/mixed; boundary=B", "--B\r\n\r\nCut words.", "Cut words."),
        ("From MAILER Tue Mar  5\r\nSubject: x", "Words here.", "Words here."),
    ],
)  # fmt: skip
def test_headers_and_encodings_of_every_make(headers: str, body: str | bytes, words: str) -> None:
    assert words in raw(headers, body).text


def test_attachments_that_something_reads_are_read() -> None:
    data = mail(
        attached(manual_docx(), "guide.docx"),
        attached(manual_xlsx(), "pumps.xlsx"),
        attached(b"1. outer\n   - inner\n", "list.md", "text/markdown"),
        attached(b"Code,Meaning\nE-1,Lid open\nE-2,No water\n", "codes.csv", "text/csv"),
        text="See what is attached.",
    )
    document = read(data)
    assert section_of(document, "Fill the tank") == ("Pump school", "guide.docx", "Setup")
    assert section_of(document, "Model: X1 | Weight: 12.0 kg")[:2] == ("Pump school", "pumps.xlsx")
    assert "Code: E-1 | Meaning: Lid open" in texts(document, BlockKind.TABLE_ROW)
    assert "1. outer\n  • inner" in document.text
    assert document.warnings == ()


def test_attachments_that_nothing_reads_are_said() -> None:
    data = mail(
        attached(zipped({"a": "b"}), "data.zip"),
        attached(JPEG, "photo.jpg", "image/jpeg"),
        attached(b"broken", "guide.docx"),
        attached(b"secret", "smime.p7m", "application/pkcs7-mime"),
        text="See what is attached.",
    )
    assert read(data).warnings == (
        "pictures are not read: 1",
        "the attachment data.zip was not read: nothing here reads a .zip file",
        "the attachment guide.docx was not read: guide.docx is not a Word document",
        "a part is encrypted and was not read: save the message decrypted",
    )


@pytest.mark.parametrize(
    ("body", "held"),
    [
        ("---", []),
        ("ID3 chip is on the board of the pump.", ["ID3 chip is on the board of the pump."]),
        ("%PDF-1.7 it is.", ["%PDF-1.7 it is."]),
    ],
)
def test_a_text_without_words_or_that_begins_like_another_format_hides_no_attachment(body: str, held: list[str]) -> None:
    document = read(mail(attached(b"Open the lid first.", "manual.txt", "text/plain"), text=body))
    assert texts(document)[2:] == [*held, "manual.txt", "Open the lid first."]
    assert document.warnings == ()


def inner_message(depth: int) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = f"Level {depth}"
    message.set_content(f"Words of level {depth}.")
    if depth < 6:
        message.add_attachment(inner_message(depth + 1))
    return message


def test_messages_inside_messages_are_read_to_a_depth() -> None:
    document = read(inner_message(0).as_bytes())
    assert section_of(document, "Words of level 1") == ("Level 0", "Level 1")
    assert "level 3" in document.text and "level 4" not in document.text
    assert document.warnings == ("a message inside messages inside messages was not read",)
    nested = read(mail(attached(mail(text="Inner words.", subject="Inner"), "inner.eml"), text="Outer words."))
    assert section_of(nested, "Inner words") == ("Pump school", "Inner")


def test_limits_of_attachments_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(eml, "_MOST_ATTACHMENTS", 1)
    monkeypatch.setattr(eml, "_LARGEST_ATTACHED", 2)
    parts = [attached(b"long words", f"{number}.txt", "text/plain") for number in range(3)]
    assert read(mail(*parts, text="Words.")).warnings == (
        "the attachment 0.txt was not read: with the others it is larger than 0 MB",
        "only the first 1 attachments were read",
    )


def test_a_name_is_no_path() -> None:
    document = read(mail(attached(b"Words in a file.", "../../etc/notes.txt", "text/plain"), text="Words."))
    assert section_of(document, "in a file") == ("Pump school", "notes.txt")


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (zipped({"a": "b"}), "a.eml is a zip archive, not an e-mail"),
        (b"<html><body>x</body></html>", "a.eml is an HTML page, not an e-mail"),
        (b"only some words\n", "it is not an e-mail: it begins with no header"),
    ],
)
def test_what_is_no_mail_is_told(data: bytes, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        read(data)


def test_hostile_mail_ends() -> None:
    nested = "".join(f'Content-Type: multipart/mixed; boundary="{n}"\r\n\r\n--{n}\r\n' for n in range(3000))
    for data in (
        f"Subject: x\r\n{nested}\r\nwords",
        "Subject: x\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n" + "--B\r\n\r\nw\r\n" * 20_000,
    ):
        try:
            assert read(data.encode()).blocks
        except ParseError as error:
            assert error.message
