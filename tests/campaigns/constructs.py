"""For each format what can be nested in itself or repeated without end, as files of about so many bytes: what growth.py measures."""

from __future__ import annotations

import io
import json
import sys
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "unit" / "parsing"))

from office_samples import mail, open_document, presentation, shape, slide_line, workbook
from parsing_samples import manual_epub
from word_samples import p, tbl, tr, word

Make = Callable[[int], bytes]
"""A file of about so many bytes."""


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct of one format."""

    name: str
    suffix: str
    make: Make


def _text(before: str, opening: str, closing: str, after: str, middle: str, size: int) -> str:
    number = max(1, size // len(opening + closing))
    opened = "".join(opening.replace("%d", str(n)) for n in range(number)) if "%d" in opening else opening * number
    return before + opened + middle + closing * number + after


def _plain(before: str, opening: str, closing: str, after: str, size: int) -> bytes:
    return _text(before, opening, closing, after, "water", size).encode()


# Each: what comes before, what is repeated before the middle, what is repeated after it, what ends the file.
_MARKED: dict[str, dict[str, tuple[str, str, str, str]]] = {
    ".html": {
        name: ("<html><body>", *pieces, "</body></html>")
        for name, pieces in {
            "nested div": ("<div>", "</div>"), "nested div with text": ("<div>a pump ", "</div>"), "nested span": ("<span>", "</span>"),
            "nested b": ("<b>w ", "</b>"), "nested b without end": ("<b>w ", ""), "nested list": ("<ul><li>w", "</li></ul>"),
            "nested ordered list": ("<ol><li>w", "</li></ol>"), "nested table": ("<table><tr><td>w", "</td></tr></table>"),
            "nested quote": ("<blockquote>w", "</blockquote>"), "nested section": ("<section><h2>w</h2>", "</section>"),
            "nested details": ("<details><summary>w</summary>", "</details>"), "nested dl": ("<dl><dt>a</dt><dd>w", "</dd></dl>"),
            "nested figure": ("<figure><figcaption>w</figcaption>", "</figure>"), "nested aside": ("<aside>w", "</aside>"),
            "nested pre": ("<pre>w", "</pre>"), "nested code": ("<code>w", "</code>"), "nested a": ("<a href='#x'>w", "</a>"),
            "nested form": ("<form><label>w<input type='checkbox'>", "</label></form>"), "nested sup": ("<sup>w", "</sup>"),
            "nested font": ("<font color='red'>w", "</font>"), "nested math": ("<math><msqrt>w", "</msqrt></math>"),
            "nested mfrac": ("<mfrac><mi>x</mi><mi>", "</mi></mfrac>"), "nested svg": ("<svg><g><text>w", "</text></g></svg>"),
            "nested template": ("<template><p>w", "</template>"), "nested iframe": ("<iframe srcdoc='w'>", "</iframe>"),
            "nested select": ("<select><option>w", "</select>"), "nested nav": ("<nav>w", "</nav>"),
            "nested role": ("<div role='table'><div role='row'><div role='cell'>w", "</div></div></div>"),
            "nested admonition": ("<div class='warning'><p>w</p>", "</div>"), "p without end": ("<p>w ", ""), "li": ("<li>w", ""),
            "br": ("w<br>", ""), "hr": ("w<hr>", ""), "td": ("<td>w", ""), "tr": ("<tr><td>w", ""), "rows": ("<tr><td>w<td>x", ""),
            "tables": ("<table><tr><td>w<td>5</tr></table>", ""), "lists": ("<ul><li>w</ul>", ""), "images": ("<img alt='w'>", ""),
            "headings": ("<h2>Part %d</h2>", ""), "headings 6": ("<h6>w</h6><h1>x</h1>", ""), "anchors": ("<a name='x%d'></a>", ""),
            "links to anchors": ("<a href='#x%d' id='x%d'>1</a> ", ""), "footnotes": ("<sup><a href='#n%d'>1</a></sup>w<p id='n%d'>a", ""),
            "entities": ("&amp;", ""), "bad entities": ("&amp", ""), "less than": ("< ", ""), "tags opened": ("<a ", ""),
            "comments": ("<!-- w -->", ""), "comments opened": ("<!--", ""), "attributes": ("<p a='1' b=2 c>w", ""),
            "one paragraph": ("water pump ", ""), "one word": ("w", ""), "spaces": (" ", ""), "lines": ("w\n", ""),
            "hidden": ("<p hidden>w</p>", ""), "styles": ("<style>p{display:none}</style>", ""), "scripts": ("<script>w</script>", ""),
            "inputs": ("<label>w<input type=checkbox checked></label>", ""), "class names": ("<p class='a%d b c'>w</p>", ""),
            "rowspans": ("<tr><td rowspan=99>w</td></tr>", ""), "definition": ("<dt>w<dd>x", ""), "tabs": ("<div role=tab>w</div>", ""),
            "noscript": ("<noscript>w</noscript>", ""), "mathml": ("<math><mi>x</mi><mo>+</mo></math>", ""), "tex": (r"\(x^2\) ", ""),
            "tex opened": (r"\(x", ""), "tex groups": (r"\frac{", "}"), "dollars": ("$x", ""), "captions": ("<caption>w</caption>", ""),
        }.items()
    }
    | {
        "wide span": ("<table><tr>", "<td colspan=1000>w</td>", "", "</tr></table>"),
        "one row": ("<table><tr>", "<td>w</td>", "", "</tr></table>"),
        "one column": ("<table>", "<tr><td>w</td></tr>", "", "</table>"),
        "square": ("<table><tr>" + "<td>w" * 100 + "</tr>", "<tr>" + "<td>w" * 50 + "</tr>", "", "</table>"),
        "rowspan in one table": ("<table>", "<tr><td rowspan=1000>w<td>x</tr>", "", "</table>"),
        "header rows": ("<table>", "<tr><th>w<th>x</tr>", "", "</table>"),
        "one list": ("<ul>", "<li>water</li>", "", "</ul>"),
        "one pre": ("<pre>", "x = 1\n", "", "</pre>"),
        "one select": ("<select>", "<option>w", "", "</select>"),
        "one math": ("<math>", "<mi>x</mi>", "", "</math>"),
        "tex in math": (r"<p>\[", r"\sqrt{", "}", r"\]</p>"),
        "superscripts": (r"<p>\[x", "^{2_{", "}}", r"\]</p>"),
    },
    ".md": {
        name: ("", *pieces)
        for name, pieces in {
            "[[": ("[", "", ""), "[](": ("[](", "", ""), "]]": ("]", "", ""), "![": ("![", "", ""), "nested links": ("[", "](x)", ""),
            "quotes": (">", "", ""), "quotes with spaces": ("> ", "", ""), "quoted lines": ("> w\n", "", ""), "quote levels": (">> w\n> x\n", "", ""),
            "stars": ("*", "", ""), "stars and letters": ("*a ", "", ""), "stars around": ("*a", "*", ""), "stars two": ("**a", "**", ""),
            "underscores": ("_a ", "", ""), "under and star": ("*_", "_*", ""), "stars mixed": ("a**b*c ", "", ""), "tildes": ("~~a ", "", ""),
            "backticks": ("`", "", ""), "backticks growing": ("` `` ", "", ""), "code spans": ("`a` ", "", ""), "code opened": ("`a ", "", ""),
            "fences": ("```\nx\n```\n", "", ""), "fences opened": ("```x\n\n", "", ""), "fence tildes": ("~~~\n", "", ""),
            "html opened": ("<a ", "", ""), "html comments": ("<!-- ", "", ""), "html inline": ("<b>w</b> ", "", ""), "less": ("<", "", ""),
            "html blocks": ("<div>\n\n", "</div>\n\n", ""), "html tables": ("<table><tr><td>w</td></tr></table>\n\n", "", ""), "cdata": ("<![CDATA[", "", ""),
            "nested html": ("<div>", "</div>", ""), "processing": ("<?", "", ""), "declarations": ("<!A ", "", ""),
            "entities": ("&amp;", "", ""), "ampersands": ("&", "", ""), "backslashes": ("\\", "", ""), "escapes": ("\\*", "", ""),
            "links": ("[a](b) ", "", ""), "links named": ("[a%d] ", "", ""), "definitions": ("[a%d]: /b\n", "", ""), "links opened": ("[a](<b", "", ""),
            "footnotes": ("w[^%d]\n\n[^%d]: a\n\n", "", ""), "footnotes one": ("[^1] ", "", "\n\n[^1]: a\n"), "footnotes inline": ("^[", "]", ""),
            "list items": ("- w\n", "", ""), "lists loose": ("- w\n\n", "", ""), "ordered": ("1. w\n", "", ""), "list markers": ("- ", "", ""),
            "tasks": ("- [ ] w\n", "", ""), "headings": ("# w\n", "", ""), "setext": ("w\n=\n", "", ""), "paragraphs": ("w\n\n", "", ""),
            "one paragraph": ("w\n", "", ""), "rules": ("---\n", "", ""), "pipes": ("|", "", ""), "tables": ("|a|b|\n|-|-|\n|c|d|\n\n", "", ""),
            "words": ("water ", "", ""), "one word": ("w", "", ""), "spaces": (" ", "", ""), "tabs": ("\t", "", ""), "newlines": ("\n", "", ""),
            "admonitions": ("!!! note\n    w\n\n", "", ""), "boxes": ("::: note\nw\n:::\n\n", "", ""), "boxes nested": ("::: note\n", ":::\n", ""),
            "alerts": ("> [!NOTE]\n> w\n\n", "", ""), "jinja": ("{% raw %}", "", ""), "jinja opened": ("{% ", "", ""), "braces": ("{{", "}}", ""), "braces opened": ("{", "", ""),
            "components": ("<Tabs>\n", "</Tabs>\n", ""), "components opened": ("<Tab label='w'>\n\n", "", ""), "directives": (":::{note}\nw\n:::\n\n", "", ""),
            "dollars": ("$a ", "", ""), "dollars two": ("$$\nx\n$$\n", "", ""), "images": ("![a](b) ", "", ""), "autolinks": ("http://a.b ", "", ""),
            "definition lists": ("w\n: x\n\n", "", ""), "attributes": ("# w {#x%d}\n", "", ""), "imports": ("import x from 'y'\n", "", ""), "colons": (":", "", ""),
            "front matter": ("", "", ""), "smart quotes": ("\"'", "", ""), "crosses": ("]( [", "", ""), "percent": ("%%", "", ""), "shortcodes": ("{{< a >}}w", "{{< /a >}}", ""),
        }.items()
    }
    | {
        "one table": ("|a|b|\n|-|-|\n", "|c|d|\n", "", ""),
        "wide table": ("|a|\n|-|\n", "|c", "", "|\n"),
        "yaml": ("---\n", "a%d: b\n", "", "---\n# w\n"),
        "yaml lists": ("---\na: ", "[", "]", "\n---\n# w\n"),
        "yaml anchors": ("---\na0: &a0 [x]\n", "b%d: [*a0, *a0]\n", "", "---\n# w\n"),
        "toml": ("+++\n", "a%d = 1\n", "", "+++\n# w\n"),
    },
    ".txt": {
        name: ("", *pieces, "")
        for name, pieces in {
            "words": ("water ", ""), "one word": ("w", ""), "lines": ("water\n", ""), "paragraphs": ("water\n\n", ""), "spaces": (" ", ""), "numbers": ("1.1 ", ""),
            "numbered": ("%d. water\n", ""), "numbered deep": ("1.%d water\n", ""), "items": ("- water\n", ""), "columns": ("a    b    c\n", ""), "rules": ("-----\n", ""), "drawn": ("+--+--+\n|a |b |\n", ""),
            "pipes": ("| a | b |\n", ""), "headings": ("WATER\n=====\n\n", ""), "capitals": ("WATER\n\n", ""), "overstrike": ("_\bw", ""), "form feeds": ("w\f", ""), "pages": ("Page %d\n\nwater\n\f", ""),
            "records": ("Name: w\n", ""), "records apart": ("Name: w\nSize: 3\n\n", ""), "dots": (".", ""), "dots led": ("water ..... %d\n", ""), "colons": (":", ""), "tabs": ("a\tb\tc\n", ""), "indented": ("    water\n", ""),
            "mojibake": ("Ã¤", ""), "zero width": ("​", ""), "combining": ("é", ""), "dashes": ("-", ""), "hyphenated": ("wa-\nter ", ""), "crs": ("w\r", ""), "brackets": ("[", "]"), "boxes": ("┌─┐\n│w│\n└─┘\n", ""),
            "growing indents": ("", ""), "quotes": ("> ", ""), "urls": ("http://a/ ", ""), "headers": ("Manual\n\nwater\n\n\n", ""), "arabic": ("ماء ", ""), "chinese": ("水", ""), "lone figures": ("5\n", ""),
        }.items()
    },
    ".rst": {
        name: ("Saw\n===\n\n", *pieces, "\n")
        for name, pieces in {
            "words": ("water ", ""), "stars": ("*", ""), "stars and letters": ("*a ", ""), "strong": ("**a** ", ""), "backticks": ("`", ""), "roles": (":a:`b` ", ""), "literals": ("``", ""), "references": ("a_ ", ""), "targets": (".. _a%d: b\n", ""),
            "substitutions": ("|a| ", ""), "substitution definitions": (".. |a%d| replace:: |a|\n", ""), "footnotes": ("[#]_ ", ""), "footnote definitions": (".. [#] a\n", ""), "items": ("- w\n", ""), "enumerated": ("#. w\n", ""), "options": ("-a  w\n", ""), "fields": (":a: w\n", ""), "quotes": ("> ", ""),
            "titles": ("Part\n----\n\nw\n\n", ""), "notes": (".. note:: w\n\n", ""), "tables": ("== ==\na  b\n== ==\nc  d\n== ==\n\n", ""), "grid": ("+-+\n|a|\n+-+\n\n", ""), "comments": (".. w\n\n", ""), "literal blocks": ("w::\n\n  x\n\n", ""), "paragraphs": ("w\n\n", ""), "line blocks": ("| w\n", ""),
            "unknown directives": (".. foo:: w\n\n", ""), "transitions": ("w\n\n----\n\n", ""), "definitions": ("w\n  x\n", ""), "list tables": (".. list-table::\n\n   * - a\n     - b\n\n", ""), "csv tables": (".. csv-table::\n\n   a,b\n\n", ""), "rubrics": (".. rubric:: a\n\n", ""), "includes": (".. include:: a\n\n", ""),
            "errors": ("*a\n\n", ""), "duplicate targets": (".. _a:\n\nw a_\n\n", ""), "only": (".. only:: html\n\n   w\n\n", ""),
        }.items()
    }
    | {"one grid": ("+--+--+\n", "|a |b |\n+--+--+\n", "", "\n"), "one simple table": ("== ==\n", "a  b\n", "", "== ==\n")},
    ".adoc": {
        name: ("= Saw\n\n", *pieces, "\n")
        for name, pieces in {
            "words": ("water ", ""), "stars": ("*a ", ""), "stars alone": ("*", ""), "underscores": ("_a ", ""), "backticks": ("`a ", ""), "attributes": (":a%d: w\n", ""), "references": ("{a} ", ""), "braces": ("{", "}"), "items": ("* w\n", ""), "numbered": (". w\n", ""), "labels": ("a:: w\n", ""), "cross references": ("<<a,b>> ", ""),
            "angle": ("<<", ""), "footnotes": ("footnote:[a] ", ""), "macros": ("link:a[b] ", ""), "macros opened": ("link:a[", ""), "kbd": ("kbd:[", "]"), "titles": ("== Part\n\nw\n\n", ""), "blocks": ("----\nx\n----\n\n", ""), "examples": ("====\nw\n====\n\n", ""), "blocks opened": ("====\nw\n\n", ""), "blocks longer": ("", ""),
            "tables": ("|===\n|a |b\n|===\n\n", ""), "admonitions": ("NOTE: w\n\n", ""), "continuations": ("* w\n+\nx\n\n", ""), "conditions": ("ifdef::a[]\n", "endif::[]\n"), "conditions opened": ("ifdef::a[]\n", ""), "comments": ("// w\n", ""), "anchors": ("[[a%d]]\n", ""), "passes": ("+++a+++ ", ""), "pluses": ("+", ""), "subscripts": ("~a~ ", ""),
            "lists": ("* w\n\n//\n\n", ""), "callouts": ("<1> w\n", ""), "paragraphs": ("w\n\n", ""), "images": ("image::a[b]\n\n", ""), "includes": ("include::a[]\n", ""), "quotes": ("____\nw\n____\n\n", ""), "block attributes": ("[a,b]\n", ""), "entities": ("&#8217;", ""), "counters": ("{counter:a} ", ""),
        }.items()
    }
    | {
        "one table": ("= Saw\n\n|===\n", "|a |b\n\n", "", "|===\n"),
        "one wide row": ("= Saw\n\n|===\n", "|a ", "", "\n|===\n"),
        "attributes of attributes": (":a: water water\n", ":a: {a} {a}\n", "", "\n= Saw\n\n{a}\n"),
        "attributes in a chain": (":b0: w\n", ":c%d: {b0} {b0}\n", "", "\n{c1}\n"),
    },
    ".rtf": {
        name: (r"{\rtf1\ansi ", *pieces, "}")
        for name, pieces in {
            "groups": ("{", "}"), "groups with text": ("{w ", "}"), "groups opened": ("{", ""), "groups closed": ("}", ""), "bold": (r"{\b w", "}"), "paragraphs": (r"w\par ", ""), "footnotes": (r"{\footnote w", "}"), "fields": (r"{\field{\*\fldinst w}{\fldrslt w", "}}"), "tables": (r"\trowd\cellx1\intbl w\cell\row ", ""), "cells": (r"\cell ", ""),
            "nested tables": (r"\itap2 w\nestcell{\nesttableprops\trowd\cellx1\nestrow}", ""), "fonts": (r"{\fonttbl{\f%d w;}}", ""), "styles": (r"{\stylesheet{\s%d w;}}", ""), "unicode": (r"\u1234?", ""), "hex": (r"\'e4", ""), "control words": (r"\foo", ""), "control symbols": (r"\~", ""), "binary": (r"\bin1 x", ""), "pictures": (r"{\pict 00}", ""),
            "ignored": (r"{\*\foo w", "}"), "lists": (r"{\listtext w}x\par ", ""), "words": ("water ", ""), "hidden": (r"{\v w}", ""), "upr": (r"{\upr{w}{\*\ud{w", "}}}"), "pard": (r"\pard w", ""), "revisions": (r"{\deleted w}", ""), "tabs": (r"\tab w", ""), "sections": (r"\sect w", ""), "shapes": (r"{\shp{\*\shpinst{\shptxt w", "}}}"), "rows open": (r"\trowd\cellx1 w\cell ", ""),
        }.items()
    },
    ".1": {
        name: (".TH SAW 1\n.SH NAME\n", *pieces, "\n")
        for name, pieces in {
            "words": ("water ", ""), "lines": ("water\n", ""), "fonts": (r"\fBw\fR ", ""), "escapes": (r"\(em", ""), "backslashes": ("\\", ""), "strings": (".ds a%d w\n", ""), "string uses": (r"\*a", ""), "macros": (".de A%d\nw\n..\n", ""), "macro calls": (".B w\n", ""), "tagged": (".TP\na\nw\n", ""), "indents": (".RS\n", ".RE\n"), "sections": (".SH A\nw\n", ""),
            "conditions": (".if n w\n", ""), "conditions nested": (".if n \\{\\\n", ".\\}\n"), "ignored": (".ig\nw\n..\n", ""), "tables": (".TS\nl l.\na\tb\n.TE\n", ""), "equations": (".EQ\nw\n.EN\n", ""), "comments": (".\\\" w\n", ""), "sizes": (r"\s1w", ""), "widths": (r"\w'", ""), "quotes": ('"', ""), "registers": (r"\n(.x", ""), "includes": (".so w\n", ""), "empty": (".\n", ""), "no fill": (".nf\nw\n.fi\n", ""),
            "definitions nested": (".de A%d\n", "..\n"), "brackets": (r"\[", "]"), "renames": (".als a%d b\n", ""), "appends": (".am A\nw\n..\n.as b w\n", ""), "whiles": (".while 1 w\n", ""),
        }.items()
    }
    | {
        "strings of strings": (".ds a water\n", r".as a \*a" + "\n", "", "\\*a\n"),
        "macro that calls itself": (".de A\n.A\n..\n", ".A\n", "", "\n"),
        "macro that calls others": (".de A0\nwater\n..\n", ".de A1\n.A0\n.A0\n..\n.A1\n", "", "\n"),
        "one table": (".TH SAW 1\n.TS\nl l.\n", "a\tb\n", "", ".TE\n"),
        "mdoc": (".Dd a\n.Dt SAW 1\n.Sh NAME\n", ".Bl -tag\n.It a\nw\n", ".El\n", "\n"),
        "mdoc items": (".Dd a\n.Dt SAW 1\n.Sh NAME\n.Bl -tag\n", ".It Fl a Ar b\nw\n", "", ".El\n"),
        "mdoc words": (".Dd a\n.Dt SAW 1\n.Sh NAME\n.Op ", "Fl a Oo ", "Oc ", "\n"),
        "mdoc blocks": (".Dd a\n.Dt SAW 1\n.Sh NAME\n", ".Oo\n", ".Oc\n", "\n"),
    },
    ".xml": {
        name: ("<book><title>Saw</title>", *pieces, "</book>")
        for name, pieces in {
            "sections": ("<section><title>w</title>", "</section>"), "paras": ("<para>w</para>", ""), "nested paras": ("<para>w", "</para>"), "nested lists": ("<itemizedlist><listitem>w", "</listitem></itemizedlist>"), "nested emphasis": ("<emphasis>w", "</emphasis>"), "notes": ("<note><para>w</para>", "</note>"), "unknown": ("<foo>w", "</foo>"), "unknown beside": ("<foo>w</foo>", ""),
            "footnotes": ("<footnote><para>w", "</para></footnote>"), "tables": ("<informaltable><tgroup cols='1'><tbody><row><entry>w</entry></row></tbody></tgroup></informaltable>", ""), "nested tables": ("<informaltable><tgroup><tbody><row><entry>w", "</entry></row></tbody></tgroup></informaltable>"), "variable lists": ("<variablelist><varlistentry><term>w</term><listitem>x", "</listitem></varlistentry></variablelist>"),
            "cross references": ("<xref linkend='a%d'/><para id='a%d'>w</para>", ""), "comments": ("<!-- w -->", ""), "entities": ("&lt;", ""), "procedures": ("<procedure><step>w", "</step></procedure>"), "examples": ("<example><title>w</title>", "</example>"), "screens": ("<screen>w</screen>", ""), "figures": ("<figure><title>w</title></figure>", ""), "instructions": ("<?w x?>", ""),
            "attributes": ("<para a='1' b='2'>w</para>", ""), "parts": ("<part><title>w</title></part>", ""), "inline": ("<para><guimenu>w</guimenu></para>", ""),
        }.items()
    }
    | {
        "one table": ("<book><informaltable><tgroup cols='2'><tbody>", "<row><entry>w</entry><entry>5</entry></row>", "", "</tbody></tgroup></informaltable></book>"),
        "one row": ("<book><informaltable><tgroup cols='2'><tbody><row>", "<entry>w</entry>", "", "</row></tbody></tgroup></informaltable></book>"),
        "one list": ("<book><itemizedlist>", "<listitem><para>w</para></listitem>", "", "</itemizedlist></book>"),
        "entities defined": ("<!DOCTYPE book [", "<!ENTITY a%d 'w'>", "", "]><book><para>&a1;</para></book>"),
        "topics": ("<topic><title>w</title><body>", "<section><p>w</p>", "</section>", "</body></topic>"),
        "topics nested": ("", "<topic><title>w</title><body><p>w</p></body>", "</topic>", ""),
        "spans": ("<book><informaltable><tgroup cols='9'>", "<colspec colname='c%d'/>", "", "<tbody><row><entry namest='c1' nameend='c9'>w</entry></row></tbody></tgroup></informaltable></book>"),
        "row spans": ("<book><informaltable><tgroup cols='2'><tbody>", "<row><entry morerows='900'>w</entry><entry>5</entry></row>", "", "</tbody></tgroup></informaltable></book>"),
    },
    ".csv": {
        name: (*pieces, "")
        for name, pieces in {
            "rows": ("Part,Weight\n", "w,5\n", ""), "one row": ("", "w,", ""), "quotes": ("", '"', ""), "quoted": ("", '"w","x"\n', ""), "quote opened": ("", '"w\n', ""), "lines": ("", "w\n", ""), "blank": ("", "\n", ""), "semicolons": ("", ";", ""), "long cells": ("a,b\n", "w" * 500 + ",1\n", ""), "tables": ("", "Part,Weight\nw,5\n\n", ""), "growing": ("", "w,5,x,,\n", ""), "commas": ("", ",", ""), "tabs": ("", "a\tb\n", ""),
        }.items()
    },
}  # fmt: skip


def _ipynb(kind: str, size: int) -> bytes:
    cell = {"cell_type": "markdown", "source": ["w\n"], "metadata": {}}
    if kind == "cells":
        return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell] * (size // 70)}).encode()
    if kind == "lines":
        return json.dumps({"nbformat": 4, "metadata": {}, "cells": [cell | {"source": ["w\n"] * (size // 8)}]}).encode()
    if kind == "outputs":
        output = {"output_type": "stream", "text": ["w\n"]}
        code = {"cell_type": "code", "source": "x", "outputs": [output] * (size // 50), "metadata": {}}
        return json.dumps({"nbformat": 4, "metadata": {}, "cells": [code]}).encode()
    return b'{"nbformat": 4, "cells": ' + b"[" * (size // 2) + b"]" * (size // 2) + b"}"


def _mail(kind: str, size: int) -> bytes:
    if kind == "parts":
        part = b"--b\nContent-Type: text/plain\n\nwater\n"
        return b"Subject: w\nContent-Type: multipart/mixed; boundary=b\n\n" + part * (size // len(part)) + b"--b--\n"
    if kind == "nested parts":
        return b"Subject: w\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(size // 60)
        )
    if kind == "nested messages":
        return b"Subject: w\n" + b"Content-Type: message/rfc822\n\n" * (size // 30) + b"\nwater\n"
    if kind == "headers":
        return b"".join(b"X-%d: w\n" % n for n in range(size // 9)) + b"\nwater\n"
    if kind == "encoded words":
        return b"Subject: " + b"=?utf-8?q?w?= " * (size // 14) + b"\n\nwater\n"
    if kind == "folded":
        return b"Subject: w" + b"\n w" * (size // 3) + b"\n\nwater\n"
    if kind == "addresses":
        return b"To: " + b"a <b@c>, " * (size // 9) + b"\nSubject: w\n\nwater\n"
    if kind == "parameters":
        return b"Content-Type: text/plain" + b"; a=b" * (size // 5) + b"\n\nwater\n"
    if kind == "quotes":
        return b"Subject: w\n\n" + b"> " * (size // 2) + b"w\n"
    if kind == "quoted lines":
        return b"Subject: w\n\n" + b"> w\n" * (size // 4)
    return mail(text="water " * (size // 6), html="<div>" * (size // 11) + "w" + "</div>" * (size // 11))


MAILS = ("parts", "nested parts", "nested messages", "headers", "encoded words", "folded", "addresses", "parameters", "quotes", "quoted lines", "html")  # fmt: skip

_WORD: dict[str, tuple[str, str]] = {
    "paragraphs": (p("w"), ""), "nested tables": ("<w:tbl><w:tr><w:tc>", "<w:p/></w:tc></w:tr></w:tbl>"), "tables": (tbl(tr("w", "5")), ""),
    "numbered": (p("w", number=(1, 0)), ""), "nested content controls": ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
    "text boxes": ('<w:p><w:r><w:txbxContent>', "</w:txbxContent></w:r></w:p>"), "fields": ('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>', ""),
    "nested insertions": ("<w:ins>", "</w:ins>"), "equations": ("<w:p><m:oMath><m:r><m:t>x</m:t></m:r></m:oMath></w:p>", ""),
    "nested equations": ("<m:rad><m:e>", "</m:e></m:rad>"), "nested fractions": ("<m:f><m:num><m:r><m:t>x</m:t></m:r></m:num><m:den>", "</m:den></m:f>"),
    "footnote references": ('<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>', ""), "bookmarks": ('<w:bookmarkStart w:id="1" w:name="a"/>', ""),
    "hyperlinks": ("<w:p><w:hyperlink><w:r><w:t>w</w:t></w:r></w:hyperlink></w:p>", ""), "smart tags": ("<w:smartTag>", "</w:smartTag>"), "headings": (p("w", style="Heading1"), ""),
    "alternates": ("<mc:AlternateContent><mc:Choice>", "</mc:Choice></mc:AlternateContent>"), "merged": (tbl('<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>'), ""),
}  # fmt: skip


def _word(kind: str, size: int) -> bytes:
    opening, closing = _WORD[kind]
    number = max(1, size // len(opening + closing))
    middle = p("water")
    if kind in ("nested equations", "nested fractions"):
        return word(f"<w:p><m:oMath>{opening * number}<m:r><m:t>x</m:t></m:r>{closing * number}</m:oMath></w:p>")
    return word(f"{opening * number}{middle}{closing * number}{middle}")


def _word_one(kind: str, size: int) -> bytes:
    if kind == "one table":
        return word(tbl(*[tr("w", "5")] * (size // 120)))
    if kind == "one row":
        return word(tbl(tr(*["w"] * (size // 60))))
    if kind == "one paragraph":
        return word(p(*["w"] * (size // 60)))
    if kind == "spans":
        return word(tbl(*['<w:tr><w:tc><w:tcPr><w:gridSpan w:val="60"/></w:tcPr><w:p/></w:tc></w:tr>'] * (size // 80)))
    if kind == "styles in a chain":
        styles = "".join(
            f'<w:style w:styleId="s{n}"><w:name w:val="s{n}"/><w:basedOn w:val="s{n + 1}"/></w:style>' for n in range(size // 80)
        )
        return word("".join(p("w", style=f"s{n}") for n in range(size // 100)), styles=styles)
    numbering = "".join(
        f'<w:abstractNum w:abstractNumId="{n}"><w:lvl w:ilvl="0"><w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>'
        for n in range(size // 200)
    )
    return word("".join(p("w", number=(n, 0)) for n in range(size // 100)), numbering=numbering)


def _open(kind: str, inside: tuple[str, str, str, str], size: int) -> bytes:
    return open_document(kind, _text(*inside, "", size))


_OPEN = {
    ".odt": ("text", {
        "paragraphs": ("", "<text:p>w</text:p>", "", ""), "nested lists": ("", "<text:list><text:list-item><text:p>w</text:p>", "</text:list-item></text:list>", ""),
        "nested sections": ("", "<text:section><text:p>w</text:p>", "</text:section>", ""), "nested spans": ("<text:p>", "<text:span>w", "</text:span>", "</text:p>"),
        "nested tables": ("", "<table:table><table:table-row><table:table-cell><text:p>w</text:p>", "</table:table-cell></table:table-row></table:table>", ""),
        "notes": ("", "<text:p><text:note text:note-class='footnote'><text:note-body><text:p>w</text:p></text:note-body></text:note></text:p>", "", ""),
        "frames": ("<text:p>", "<draw:frame><draw:text-box><text:p>w", "</text:p></draw:text-box></draw:frame>", "</text:p>"), "spaces": ("<text:p>", "<text:s text:c='900'/>", "", "</text:p>"),
        "headings": ("", "<text:h text:outline-level='2'>w</text:h>", "", ""),
        "repeated rows": ("<table:table>", "<table:table-row table:number-rows-repeated='1000'><table:table-cell><text:p>w</text:p></table:table-cell></table:table-row>", "", "</table:table>"),
    }),
    ".ods": ("spreadsheet", {
        "rows": ("<table:table>", "<table:table-row><table:table-cell><text:p>w</text:p></table:table-cell></table:table-row>", "", "</table:table>"),
        "cells": ("<table:table><table:table-row>", "<table:table-cell><text:p>w</text:p></table:table-cell>", "", "</table:table-row></table:table>"),
        "repeated cells": ("<table:table>", "<table:table-row><table:table-cell table:number-columns-repeated='1000'><text:p>w</text:p></table:table-cell></table:table-row>", "", "</table:table>"),
        "repeated rows": ("<table:table>", "<table:table-row table:number-rows-repeated='1000'><table:table-cell><text:p>w</text:p></table:table-cell></table:table-row>", "", "</table:table>"),
        "tables": ("", "<table:table><table:table-row><table:table-cell><text:p>w</text:p></table:table-cell></table:table-row></table:table>", "", ""),
        "spans": ("<table:table>", "<table:table-row><table:table-cell table:number-columns-spanned='900' table:number-rows-spanned='900'><text:p>w</text:p></table:table-cell></table:table-row>", "", "</table:table>"),
        "groups": ("<table:table>", "<table:table-row-group>", "</table:table-row-group>", "</table:table>"),
    }),
    ".odp": ("presentation", {
        "pages": ("", "<draw:page><draw:frame><draw:text-box><text:p>w</text:p></draw:text-box></draw:frame></draw:page>", "", ""),
        "frames": ("<draw:page>", "<draw:frame><draw:text-box><text:p>w</text:p></draw:text-box></draw:frame>", "", "</draw:page>"),
        "groups": ("<draw:page>", "<draw:g>", "</draw:g>", "</draw:page>"),
    }),
}  # fmt: skip


def _slides(kind: str, size: int) -> bytes:
    if kind == "slides":
        return presentation(*[shape("w")] * (size // 600))
    if kind == "shapes":
        return presentation("".join(shape("w", at=(n % 7, n // 7, 1, 1)) for n in range(size // 250)))
    if kind == "lines":
        return presentation(shape(*["w"] * (size // 60)))
    if kind == "runs":
        return presentation(shape(slide_line("w") + "<a:p>" + "<a:r><a:t>w</a:t></a:r>" * (size // 30) + "</a:p>"))
    return presentation("<p:grpSp>" * (size // 20) + shape("w") + "</p:grpSp>" * (size // 20))


def _sheets(kind: str, size: int) -> bytes:
    if kind == "rows":
        return workbook({"A": "<row><c t='inlineStr'><is><t>w</t></is></c><c><v>5</v></c></row>" * (size // 70)})
    if kind == "cells":
        return workbook({"A": "<row>" + "<c><v>5</v></c>" * (size // 16) + "</row>"})
    if kind == "sheets":
        return workbook({f"S{n}": "<row><c><v>5</v></c></row>" for n in range(size // 400)})
    if kind == "shared":
        return workbook({"A": "".join(f"<row><c t='s'><v>{n}</v></c></row>" for n in range(size // 60))}, shared="<si><t>w</t></si>" * (size // 60))  # fmt: skip
    if kind == "merged":
        merged = "".join(f"<mergeCell ref='A{n}:ZZ{n + 900}'/>" for n in range(1, size // 40))
        return workbook({"A": f"<sheetData><row r='1'><c r='A1'><v>5</v></c></row></sheetData><mergeCells>{merged}</mergeCells>"})
    return workbook({"A": "".join(f"<row r='{n * 1000}'><c r='XFD{n * 1000}'><v>5</v></c></row>" for n in range(1, size // 60))})


def _book(kind: str, size: int) -> bytes:
    if kind == "chapter":
        return manual_epub(
            **{"OEBPS/text/one a.xhtml": f"<html><body>{'<div>' * (size // 11)}w{'</div>' * (size // 11)}</body></html>"}
        )
    if kind == "items":
        number = size // 100
        items = "".join(f'<item id="i{n}" href="text/two.xhtml" media-type="application/xhtml+xml"/>' for n in range(number))
        spine = "".join(f'<itemref idref="i{n}"/>' for n in range(number))
        package = f'<package xmlns="http://www.idpf.org/2007/opf"><metadata/><manifest>{items}</manifest><spine>{spine}</spine></package>'
        return manual_epub(**{"OEBPS/book.opf": package})
    return manual_epub(
        **{"OEBPS/nav.xhtml": f"<html><body><nav>{'<ol><li>w' * (size // 20)}{'</li></ol>' * (size // 20)}</nav></body></html>"}
    )


# PDF.


def pdf(objects: list[bytes]) -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, content))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))
    return out.getvalue()


def stream(content: bytes, more: bytes = b"", packed: bool = False) -> bytes:
    """A stream object, with the entries `more`."""
    if packed:
        content, more = zlib.compress(content), more + b" /Filter /FlateDecode"
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(content), more, content)


FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def page_pdf(
    content: bytes, resources: bytes = b"", more: list[bytes] | None = None, packed: bool = False, page: bytes = b""
) -> bytes:
    """A PDF of one page; the objects `more` have numbers from 6."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> %s >> %s >>"
            % (resources, page),
            stream(content, packed=packed), FONT, *(more or []),
        ]
    )  # fmt: skip


def _pdf(kind: str, size: int) -> bytes:
    shown = b"BT /F1 9 Tf 50 700 Td (water) Tj ET\n"
    if kind == "words":
        return page_pdf(b"BT /F1 9 Tf 50 700 Td " + b"(water ) Tj " * (size // 12) + b"ET")
    if kind == "words anywhere":
        return page_pdf(b"".join(b"BT /F1 5 Tf %d %d Td (w) Tj ET\n" % (n * 37 % 590, n * 59 % 840) for n in range(size // 34)))
    if kind == "words on one place":
        return page_pdf(shown * (size // len(shown)))
    if kind == "rules":
        return page_pdf(
            shown + b"".join(b"%d %d m %d %d l S\n" % (n % 590, n * 7 % 840, n % 590 + 5, n * 7 % 840) for n in range(size // 24))
        )
    if kind == "boxes":
        return page_pdf(shown + b"".join(b"%d %d 9 9 re S\n" % (n * 11 % 590, n * 13 % 840) for n in range(size // 17)))
    if kind == "grid":
        lines = size // 40
        grid = b"".join(b"%.2f 0 m %.2f 840 l S\n" % (n * 590 / lines, n * 590 / lines) for n in range(lines))
        return page_pdf(
            shown + grid + b"".join(b"0 %.2f m 590 %.2f l S\n" % (n * 840 / lines, n * 840 / lines) for n in range(lines))
        )
    if kind == "cells":
        return page_pdf(
            b"".join(
                b"%d %d 20 10 re S BT /F1 5 Tf %d %d Td (w) Tj ET\n"
                % (n % 28 * 20, n // 28 * 10 % 830, n % 28 * 20 + 2, n // 28 * 10 % 830 + 2)
                for n in range(size // 50)
            )
        )
    if kind == "one path":
        return page_pdf(
            shown + b"0 0 m\n" + b"".join(b"%d %d l\n" % (n * 37 % 590, n * 59 % 840) for n in range(size // 10)) + b"S"
        )
    if kind == "saved states":
        return page_pdf(b"q " * (size // 4) + shown + b"Q " * (size // 4))
    if kind == "marked content":
        return page_pdf(b"/P BMC " * (size // 11) + shown + b"EMC " * (size // 11))
    if kind == "forms":
        return page_pdf(b"/X1 Do " * (size // 7), b"/XObject << /X1 6 0 R >>", [stream(shown, _FORM % 0)])
    if kind == "nested forms":
        number = size // 200
        forms = [stream(b"/X1 Do", _FORM % (n + 7)) for n in range(number)]
        return page_pdf(
            b"/X1 Do",
            b"/XObject << /X1 6 0 R >>",
            [*forms, stream(shown, b"/Type /XObject /Subtype /Form /BBox [0 0 500 800]" + _FONTS)],
        )
    if kind == "forms of forms":
        forms = [stream(b"/X1 Do " * 8 + shown, _FORM % (n + 7)) for n in range(size // 280)]
        return page_pdf(
            b"/X1 Do",
            b"/XObject << /X1 6 0 R >>",
            [*forms, stream(shown, b"/Type /XObject /Subtype /Form /BBox [0 0 500 800]" + _FONTS)],
        )
    if kind == "form in itself":
        return page_pdf(b"/X1 Do " * (size // 7), b"/XObject << /X1 6 0 R >>", [stream(shown + b"/X1 Do /X1 Do", _FORM % 6)])
    if kind == "fonts":
        number = size // 160
        named = b" ".join(b"/G%d %d 0 R" % (n, n + 6) for n in range(number))
        text = b"".join(b"BT /G%d 9 Tf 50 %d Td (w) Tj ET\n" % (n, 800 - n % 80 * 10) for n in range(number))
        return page_pdf(text, b"/Font << %s >>" % named, [FONT] * number)
    if kind == "annotations":
        number = size // 110
        notes = b"<< /Type /Annot /Subtype /Text /Rect [10 10 20 20] /Contents (water) >>"
        return page_pdf(
            shown, b"", [notes] * number, page=b"/Annots [%s]" % b" ".join(b"%d 0 R" % (n + 6) for n in range(number))
        )
    if kind == "links":
        number = size // 130
        link = b"<< /Type /Annot /Subtype /Link /Rect [10 10 20 20] /Dest [3 0 R /Fit] >>"
        return page_pdf(shown, b"", [link] * number, page=b"/Annots [%s]" % b" ".join(b"%d 0 R" % (n + 6) for n in range(number)))
    if kind == "pictures":
        picture = stream(
            b"\x00" * 9, b"/Type /XObject /Subtype /Image /Width 3 /Height 3 /ColorSpace /DeviceGray /BitsPerComponent 8"
        )
        return page_pdf(shown + b"q 9 0 0 9 50 50 cm /X1 Do Q\n" * (size // 28), b"/XObject << /X1 6 0 R >>", [picture])
    if kind == "inline pictures":
        return page_pdf(shown + b"BI /W 1 /H 1 /CS /G /BPC 8 ID x EI\n" * (size // 35))
    if kind == "arrays":
        return page_pdf(b"BT /F1 9 Tf [" + b"[" * (size // 2) + b"]" * (size // 2) + b"] TJ ET\n" + shown)
    if kind == "kerned":
        return page_pdf(b"BT /F1 9 Tf 50 700 Td [" + b"(w) -9000 " * (size // 10) + b"] TJ ET")
    if kind == "packed page":
        return page_pdf(shown + b" " * (size * 500), packed=True)
    if kind == "packed words":
        return page_pdf(shown * (size * 20 // len(shown)), packed=True)
    if kind == "filters":
        return page_pdf(shown, b"", [stream(b"x", b"/Filter [" + b"/ASCIIHexDecode " * (size // 16) + b"]")])
    return _pdf_whole(kind, size)


_FONTS = b" /Resources << /Font << /F1 5 0 R >> >>"
_FORM = b"/Type /XObject /Subtype /Form /BBox [0 0 500 800] /Resources << /Font << /F1 5 0 R >> /XObject << /X1 %d 0 R >> >>"


def _pdf_whole(kind: str, size: int) -> bytes:
    """What concerns pages and the file as a whole."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
    head = [b"<< /Type /Catalog /Pages 2 0 R >>", b"", page, stream(b"BT /F1 9 Tf 50 700 Td (water pump) Tj ET"), FONT]
    if kind == "same page":
        number = size // 6
        head[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b"3 0 R " * number, number)
        return pdf(head)
    if kind == "pages":
        number = size // 150
        head[1] = b"<< /Type /Pages /Kids [3 0 R %s] /Count %d >>" % (
            b" ".join(b"%d 0 R" % (n + 6) for n in range(number)),
            number + 1,
        )
        return pdf(head + [page] * number)
    head[1] = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    if kind == "bookmarks":
        number = size // 90
        head[0] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
        marks = [b"<< /Title (w) /Parent 6 0 R /Next %d 0 R /Dest [3 0 R /Fit] >>" % (n + 8) for n in range(number)]
        return pdf(
            [*head, b"<< /Type /Outlines /First 7 0 R /Last %d 0 R >>" % (number + 6), *marks, b"<< /Title (w) /Parent 6 0 R >>"]
        )
    if kind == "nested bookmarks":
        number = size // 90
        head[0] = b"<< /Type /Catalog /Pages 2 0 R /Outlines 6 0 R >>"
        marks = [b"<< /Title (w) /First %d 0 R /Last %d 0 R /Dest [3 0 R /Fit] >>" % (n + 8, n + 8) for n in range(number)]
        return pdf([*head, b"<< /Type /Outlines /First 7 0 R /Last 7 0 R >>", *marks, b"<< /Title (w) >>"])
    if kind == "page tree":
        number = size // 60
        head[1] = b"<< /Type /Pages /Kids [6 0 R] /Count 1 >>"
        tree = [b"<< /Type /Pages /Kids [%d 0 R] /Count 1 >>" % (n + 7) for n in range(number)]
        return pdf([*head, *tree, b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"])
    if kind == "attachments":
        number = size // 140
        names = b" ".join(b"(a%d.txt) %d 0 R" % (n, 7) for n in range(number))
        head[0] = b"<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [%s] >> >> >>" % names
        return pdf(
            [*head, stream(b"water in the pump", b"/Type /EmbeddedFile"), b"<< /Type /Filespec /F (a.txt) /EF << /F 6 0 R >> >>"]
        )
    if kind == "fields":
        number = size // 150
        head[0] = b"<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [%s] >> >>" % b" ".join(
            b"%d 0 R" % (n + 6) for n in range(number)
        )
        field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (water) /Rect [10 10 90 20] >>"
        head[2] = page.replace(b">> >> >>", b">> >> /Annots [%s] >>" % b" ".join(b"%d 0 R" % (n + 6) for n in range(number)))
        return pdf(head + [field] * number)
    whole = pdf(head)
    if kind == "xref loop":
        start = whole.rindex(b"startxref\n")
        table = whole.rindex(b"xref\n0")
        return (
            whole[:start].replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % table) + b"% " + b"w" * size + b"\n" + whole[start:]
        )
    if kind == "updates":
        table = whole.rindex(b"xref\n0")
        more = b""
        for _ in range(size // 90):
            at = len(whole) + len(more)
            more += b"xref\n0 0\ntrailer << /Size 6 /Root 1 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n" % (table, at)
            table = at
        return whole + more
    return whole[: whole.rindex(b"xref\n0")] + b"7 0 obj\n<< >>\nendobj\n" * (size // 22)


PDFS = (
    "words", "words anywhere", "words on one place", "rules", "boxes", "grid", "cells", "one path", "saved states", "marked content", "forms", "nested forms",
    "forms of forms", "form in itself", "fonts", "annotations", "links", "pictures", "inline pictures", "arrays", "kerned", "packed page", "packed words",
    "filters", "same page", "pages", "bookmarks", "nested bookmarks", "page tree", "attachments", "fields", "xref loop", "updates", "no xref",
)  # fmt: skip


def _bomb(name: str, size: int) -> bytes:
    """A zip with a member that grows a thousandfold."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml" if name == ".docx" else "META-INF/container.xml", b" " * (size * 900))
    return out.getvalue()


def _growing_indents(opening: str, size: int) -> bytes:
    """Lines each of which is indented by two spaces more."""
    lines, length = [], 0
    while length < size:
        lines.append("  " * len(lines) + opening)
        length += len(lines[-1])
    return "\n".join(lines).encode()


def all_constructs() -> list[Construct]:
    """Every construct of every format."""
    found = [
        Construct(name, suffix, partial(_plain, *pieces))
        for suffix, constructs in _MARKED.items()
        for name, pieces in constructs.items()
        if pieces[1]
    ]
    for suffix, opening in {".md": "- w", ".txt": "- w", ".rst": "- w", ".adoc": "* w"}.items():
        found.append(Construct("growing indents", suffix, partial(_growing_indents, opening)))
    found.append(Construct("growing indents of quotes", ".rst", partial(_growing_indents, "w\n")))
    found += [Construct(kind, ".ipynb", partial(_ipynb, kind)) for kind in ("cells", "lines", "outputs", "deep")]
    found += [Construct(kind, ".eml", partial(_mail, kind)) for kind in MAILS]
    found += [Construct(kind, ".docx", partial(_word, kind)) for kind in _WORD]
    kinds = ("one table", "one row", "one paragraph", "spans", "styles in a chain", "lists")
    found += [Construct(kind, ".docx", partial(_word_one, kind)) for kind in kinds]
    for suffix, (kind, constructs) in _OPEN.items():
        found += [Construct(name, suffix, partial(_open, kind, inside)) for name, inside in constructs.items()]
    found += [Construct(kind, ".pptx", partial(_slides, kind)) for kind in ("slides", "shapes", "lines", "runs", "groups")]
    found += [Construct(kind, ".xlsx", partial(_sheets, kind)) for kind in ("rows", "cells", "sheets", "shared", "merged", "far")]
    found += [Construct(kind, ".epub", partial(_book, kind)) for kind in ("chapter", "items", "contents")]
    found += [Construct(kind, ".pdf", partial(_pdf, kind)) for kind in PDFS]
    found += [Construct("bomb", suffix, partial(_bomb, suffix)) for suffix in (".docx", ".epub")]
    return found
