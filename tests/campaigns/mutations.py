"""Files changed as accidents and attackers change them: where the format has its joints, not only in bytes anywhere."""

from __future__ import annotations

import base64
import io
import json
import random
import re
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any

Mutate = Callable[[bytes, random.Random], bytes]

_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"-2147483648", b"4294967296", b"99999999999999999999", b"1e999", b"0.0000001", b"nan")  # fmt: skip
_HOSTILE = (
    b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\x1b[31m", "\u202e".encode(), "\ud7ff\uffff".encode(), b"\xed\xa0\x80", b"<![CDATA[", b"]]>", b"-->",
    b"<!--", b"&#0;", b"&#x110000;", b"&nbsp", b"%s%n", b"../../etc/passwd", b"http://127.0.0.1/", b"{{", b"}}", b"[[", b"```", b"| - |", b"\\", b"$$",
    b"(" * 300, b"[" * 300, b"<div>" * 300, b"> " * 300, b"* " * 300, b"{" * 300, b"A" * 3000, b"\n" * 500, b"\t" * 500, b"\xc3", "é" .encode("utf-16"),
)  # fmt: skip
_TAG = re.compile(rb"<[^<>]{1,400}>")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
_OBJECT = re.compile(rb"\d+ \d+ obj\b.*?endobj", re.DOTALL)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_CONTROL = re.compile(rb"\\[a-z]{1,30}-?\d*|[{}]")
_ENCODINGS = ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1251", "shift_jis", "gb18030", "utf-7", "koi8-r", "utf-8-sig")


def mutated(data: bytes, suffix: str, chance: random.Random) -> bytes:
    """The file after one to four changes, most of them of its own kind."""
    for _ in range(chance.choice((1, 1, 2, 2, 3, 4))):
        kinds = _OF_SUFFIX.get(suffix, (lines, tags))
        change = chance.choice((*kinds, *kinds, numbers, raw))
        with suppress(
            ValueError,
            IndexError,
            KeyError,
            LookupError,
            zipfile.BadZipFile,
            zlib.error,
            RecursionError,
            OSError,
            NotImplementedError,
            RuntimeError,
        ):
            data = change(data, chance)
    return data


def raw(data: bytes, chance: random.Random) -> bytes:
    """Bytes anywhere: turned, cut, doubled, moved, put in."""
    at, until = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    until = min(until, at + 4000)
    kind = chance.randrange(6)
    if kind == 0:
        changed = bytearray(data)
        for _ in range(chance.randint(1, 30)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        return bytes(changed)
    if kind == 1:
        return data[:at]
    if kind == 2:
        return data[:until] + data[at:until] * chance.randint(1, 40) + data[until:]
    if kind == 3:
        return data[:at] + data[until:]
    if kind == 4:
        return data[at:until] + data[:at] + data[until:]
    return data[:at] + chance.choice(_HOSTILE) * chance.randint(1, 3) + data[at:]


def numbers(data: bytes, chance: random.Random) -> bytes:
    """Some numbers become others that nobody expects."""
    found = list(_NUMBER.finditer(data))
    for match in sorted(chance.sample(found, min(len(found), chance.randint(1, 5))), key=lambda one: -one.start()):
        data = data[: match.start()] + chance.choice(_NUMBERS) + data[match.end() :]
    return data


def tags(data: bytes, chance: random.Random) -> bytes:
    """Elements: tags taken away, doubled, exchanged, nested in themselves, with other attributes."""
    found = list(_TAG.finditer(data))
    one, other = chance.choice(found), chance.choice(found)
    kind = chance.randrange(6)
    if kind == 0:
        return data[: one.start()] + data[one.end() :]
    if kind == 1:
        return data[: one.start()] + one[0] * chance.choice((2, 10, 200)) + data[one.end() :]
    if kind == 2:
        return data[: one.start()] + other[0] + data[one.end() :]
    if kind == 3:
        first, last = sorted((one, other), key=lambda match: match.start())
        inside = data[first.start() : last.end()][:5000]
        return data[: first.start()] + inside * chance.choice((2, 5, 30)) + data[first.start() :]
    if kind == 4:
        value = chance.choice((*_NUMBERS, *_HOSTILE[:12]))
        return (
            data[: one.start()]
            + re.sub(rb"=([\"'])[^\"']*\1", b'="' + value.replace(b"\\", b"") + b'"', one[0], count=1)
            + data[one.end() :]
        )
    doctype = b'<!DOCTYPE x [<!ENTITY a "water"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c SYSTEM "file:///etc/passwd">]>'
    return doctype + data[: one.end()] + b"&b;&c;" + data[one.end() :]


def lines(data: bytes, chance: random.Random) -> bytes:
    """Lines: doubled, moved, indented, joined, quoted, with signs in them."""
    parts = data.split(b"\n")
    at = chance.randrange(len(parts))
    kind = chance.randrange(7)
    if kind == 0:
        parts[at : at + 1] = [parts[at]] * chance.choice((2, 20, 300))
    elif kind == 1:
        chance.shuffle(parts)
    elif kind == 2:
        parts = [b"  " * chance.randrange(30) + part for part in parts]
    elif kind == 3:
        parts = [chance.choice((b"> ", b"- ", b"# ", b"| ", b"    ", b"")) + part for part in parts]
    elif kind == 4:
        parts[at] = parts[at] * chance.choice((2, 30))
    elif kind == 5:
        parts.insert(at, chance.choice(_HOSTILE))
    else:
        return b" ".join(parts[:at]) + b"\n".join(parts[at:])
    return b"\n".join(parts)


def encodings(data: bytes, chance: random.Random) -> bytes:
    """The text in another encoding, cut within a sign, or in two encodings at once."""
    text = data.decode("utf-8", "replace")
    other = text.encode(chance.choice(_ENCODINGS), "replace")
    return chance.choice((other, other[: chance.randrange(len(other))], data[: len(data) // 2] + other[len(other) // 2 :]))


def members(data: bytes, chance: random.Random) -> bytes:
    """The parts of a zip file: changed inside, renamed, doubled, taken away, with directories that lie."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = [(name, archive.read(name)) for name in archive.namelist()]
    at = chance.randrange(len(parts))
    name, content = parts[at]
    kind = chance.randrange(8)
    if kind < 4:
        parts[at] = name, mutated(content, ".xml" if content.lstrip()[:1] == b"<" else "", chance)
    elif kind == 4:
        del parts[at]
    elif kind == 5:
        parts[at] = chance.choice((f"../{name}", name.upper(), name * 20, f"{name}\x00", parts[0][0])), content
    elif kind == 6:
        parts.append((chance.choice(parts)[0], content * chance.choice((1, 3))))
    else:
        parts[at] = name, chance.choice((b"", b" " * 3_000_000, content[: len(content) // 2], chance.choice(parts)[1]))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED))) as archive:
        for part, inside in parts:
            archive.writestr(part, inside)
    made = out.getvalue()
    return raw(made, chance) if chance.random() < 0.1 else made


def objects(data: bytes, chance: random.Random) -> bytes:
    """The objects of a PDF: changed inside their streams, exchanged, doubled, taken away, leading elsewhere."""
    found = list(_OBJECT.finditer(data))
    one, other = chance.choice(found), chance.choice(found)
    kind = chance.randrange(7)
    if kind == 0:
        return data[: one.start()] + data[one.end() :]
    if kind == 1:
        head, inside = one[0].split(b"obj", 1)[0], other[0].split(b"obj", 1)[1]
        return data[: one.start()] + head + b"obj" + inside + data[one.end() :]
    if kind == 2:
        return data[: one.end()] + b"\n" + other[0] * chance.choice((1, 20)) + data[one.end() :]
    if kind == 3:
        led = re.sub(
            rb"\b\d+ 0 R",
            lambda match: b"%d 0 R" % chance.randrange(len(found) + 3) if chance.random() < 0.3 else match[0],
            one[0],
        )
        return data[: one.start()] + led + data[one.end() :]
    if kind == 4:
        return (
            data[: one.start()]
            + re.sub(rb"/[A-Z]\w+", lambda match: match[0] if chance.random() < 0.8 else b"/Kids", one[0])
            + data[one.end() :]
        )
    return _changed_stream(data, chance)


def _changed_stream(data: bytes, chance: random.Random) -> bytes:
    """What a stream says, unpacked, changed and packed again; of its length nothing is told anew."""
    stream = chance.choice(list(_STREAM.finditer(data)))
    content, packed, in_letters = stream[1], True, False
    with suppress(ValueError):
        content, in_letters = base64.a85decode(content.rstrip().removesuffix(b"~>")), True
    try:
        content = zlib.decompress(content)
    except zlib.error:
        packed = False
    changed = chance.choice((numbers, raw, _operators))(content, chance)
    changed = zlib.compress(changed) if packed else changed
    changed = base64.a85encode(changed) + b"~>" if in_letters else changed
    return data[: stream.start(1)] + changed + data[stream.end(1) :]


def _operators(content: bytes, chance: random.Random) -> bytes:
    """Operators of a page's content: moved, doubled, nested."""
    parts = content.split(b"\n")
    at = chance.randrange(len(parts))
    more = chance.choice(
        (
            b"q",
            b"Q",
            b"BT",
            b"ET",
            b"W n",
            b"0 0 0 0 re f",
            b"/P BMC",
            b"EMC",
            b"1e9 0 0 1e9 0 0 cm",
            b"0 0 0 0 0 0 cm",
            b"[(w) -1e9] TJ",
        )
    )
    parts[at : at + 1] = [parts[at], *[more] * chance.choice((1, 50, 3000))]
    return b"\n".join(parts)


def groups(data: bytes, chance: random.Random) -> bytes:
    """RTF's groups and control words: taken away, doubled, nested, with other numbers."""
    found = list(_CONTROL.finditer(data))
    one, other = chance.choice(found), chance.choice(found)
    kind = chance.randrange(4)
    if kind == 0:
        return data[: one.start()] + data[one.end() :]
    if kind == 1:
        return data[: one.start()] + other[0] * chance.choice((1, 30, 2000)) + data[one.end() :]
    if kind == 2:
        return data[: one.start()] + re.sub(rb"-?\d*$", chance.choice(_NUMBERS[:8]), one[0]) + b" " + data[one.end() :]
    return (
        data[: one.start()]
        + chance.choice((rb"\bin99999999 ", rb"\u-70000?", rb"\ucN0", rb"\'zz", rb"{\*\foo ", rb"\trowd\cellx-5"))
        + data[one.start() :]
    )


def values(data: bytes, chance: random.Random) -> bytes:
    """JSON: values of other kinds, doubled, deep, without end."""
    root = json.loads(data)
    places: list[tuple[Any, Any]] = []
    waiting = [root]
    while waiting:
        one = waiting.pop()
        for key in one if isinstance(one, dict) else range(len(one)):
            places.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    holder, key = chance.choice(places)
    holder[key] = chance.choice(
        (None, True, -1, 1e308, "", [], {}, [[[]]], "w" * 5000, [holder[key]] * 30, {"source": 5}, ["a", 5, None])
    )
    return json.dumps(root).encode()


def mails(data: bytes, chance: random.Random) -> bytes:
    """The headers and parts of a mail: other encodings and boundaries, parts within parts."""
    headers = list(re.finditer(rb"^[\w-]+:.*$", data, re.MULTILINE))
    one = chance.choice(headers)
    new = chance.choice(
        (
            b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: message/rfc822", b"Content-Transfer-Encoding: base64",
            b"Content-Transfer-Encoding: quoted-printable", b"Content-Transfer-Encoding: x-uuencode", b"Content-Type: text/html; charset=\"\xff\"",
            b"Content-Type: text/plain; charset=utf-7", b"Subject: =?utf-8?b?/////w==?= =?x?q?=ZZ?=", b"Content-Disposition: attachment; filename=\"../a.pdf\"",
            b"Content-Type", b"Date: 99 Foo 99999", one[0] * 50,
        )
    )  # fmt: skip
    return data[: one.start()] + new + data[one.end() :]


_ZIPPED = (members, members, members, raw)
_TEXTS = (lines, encodings)
_OF_SUFFIX: dict[str, tuple[Mutate, ...]] = {
    ".pdf": (objects, objects, objects, raw),
    ".html": (tags, tags, encodings, lines),
    ".xml": (tags, tags, encodings),
    ".dita": (tags, tags, encodings),
    ".md": (lines, lines, encodings, tags),
    ".txt": _TEXTS, ".rst": _TEXTS, ".adoc": _TEXTS, ".1": _TEXTS, ".csv": _TEXTS,
    ".rtf": (groups, groups, groups, encodings),
    ".ipynb": (values, values, lines),
    ".eml": (mails, mails, lines, encodings),
    ".mht": (mails, tags, lines),
    **dict.fromkeys((".docx", ".epub", ".xlsx", ".pptx", ".odt", ".ods", ".odp"), _ZIPPED),
}  # fmt: skip
