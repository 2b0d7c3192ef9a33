"""Pages as sites really make them: each case is a kind of markup that was once read wrongly."""

from __future__ import annotations

import pytest
from parsing_reading import groups, section_of, texts
from selectolax.lexbor import LexborHTMLParser

from ragqa.errors import SkippedFile
from ragqa.parsing.html.unread import unread
from ragqa.parsing.registry import parse
from ragqa.types import BlockKind, Document


def body(markup: str) -> Document:
    return parse(f"<html><body>{markup}</body></html>".encode(), "a.html")


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        ("<dl><dt>-q</dt><dt>--quiet</dt><dd>Says <code>nothing</code>.</dd></dl>", ["-q, --quiet: Says nothing."]),
        (
            "<dl><dt>-k</dt><dd><pre>kit -k 4</pre></dd><dt>-m</dt><dd><pre>kit -m 5</pre></dd></dl>",
            ["-k: kit -k 4", "-m: kit -m 5"],
        ),
        ("<dl><dt>Lamp</dt><dd><ul><li>on: ready</li><li>off: idle</li></ul></dd></dl>", ["Lamp:\n• on: ready\n• off: idle"]),
        (
            "<dl><div><dt>A</dt><dd><p>One.</p><p>Two.</p></dd></div><div><dt>B</dt><dd>C</dd></div></dl>",
            ["A: One.\nTwo.", "B: C"],
        ),
        ("<ul><li>Keys<dl><dt>F1</dt><dd>Help</dd></dl></li></ul>", ["• Keys", "F1: Help"]),
        ("<dl><dt>net</dt><dd><dl><dt>ip</dt><dd>number</dd></dl></dd></dl>", ["net:\nip: number"]),
        ("<dt>Lonely</dt><dd>Word</dd>", ["Lonely: Word"]),
        ("<dl><dt>Last</dt></dl>", ["Last"]),
    ],
)
def test_terms_stay_with_their_definitions(markup: str, lines: list[str]) -> None:
    assert texts(body(markup), BlockKind.LIST_ITEM) == lines


def test_a_definition_with_a_table_or_a_listing_stands_under_its_term() -> None:
    document = body(
        "<dl><dt>fuse</dt><dd><table><tr><th>Size</th><th>A</th></tr><tr><td>S</td><td>5</td></tr></table></dd>"
        "<dt>run</dt><dd><pre>a\n  b</pre></dd></dl><p>After.</p>"
    )
    assert section_of(document, "S | 5") == ("fuse",)
    assert section_of(document, "a\n  b") == ("run",)
    assert section_of(document, "After.") == ()


@pytest.mark.parametrize(
    ("markup", "label", "words"),
    [
        (
            "<h2>Set</h2><div role=tablist><button role=tab>Mac</button><button role=tab>BSD</button></div>"
            "<div role=tabpanel><p>Drag it.</p></div><div role=tabpanel hidden><p>Copy it.</p></div>",
            "BSD",
            "Copy it.",
        ),
        (
            "<h2>Set</h2><button class=accordion>Why so loud?</button><div class=panel style='display:none'><p>Dust in it.</p></div>",  # noqa: E501
            "Why so loud?",
            "Dust in it.",
        ),
        ("<h2>Set</h2><details><summary>Reset code</summary>Type 0000.</details>", "Reset code", "Type 0000."),
        (
            "<h2>Set</h2><div class=tabbed-set><input type=radio id=a><input type=radio id=b><div class=tabbed-labels>"
            "<label for=a>Gas</label><label for=b>Oil</label></div><div class=tabbed-content>"
            "<div class=tabbed-block><p>2 bar</p></div><div class=tabbed-block><p>3 bar</p></div></div></div>",
            "Oil",
            "3 bar",
        ),
        (
            "<h2>Set</h2><ul><li><a href='#p' data-toggle=tab>Steam</a></li></ul><div id=p class=tab-pane><p>Wait.</p></div>",
            "Steam",
            "Wait.",
        ),
    ],
)
def test_what_a_click_shows_is_read_under_its_label(markup: str, label: str, words: str) -> None:
    document = body(f"{markup}<p>Behind it.</p>")
    assert section_of(document, words) == ("Set", label)
    assert section_of(document, "Behind it.") == ("Set",)


def test_hidden_texts_are_content_once_and_icons_are_not() -> None:
    document = body(
        "<p>The fuse is slow and rated 5 A here.</p><div hidden><p>The fuse is slow and rated 5 A here.</p></div>"
        "<p hidden>Only the hidden part says this.</p><span aria-hidden=true>glyph</span>"
    )
    assert document.text.count("rated 5 A") == 1
    assert "Only the hidden part" in document.text
    assert "glyph" not in document.text


def test_banners_go_and_sections_about_their_matter_stay() -> None:
    document = body(
        "<div class='cookie-banner'><p>We like cookies.</p></div><a class='skip-link' href='#m'>Skip to content</a>"
        "<section id='delete-cookies'><h2>Delete cookies</h2><p>Open the menu.</p></section>"
    )
    assert document.text == "Delete cookies\n\nOpen the menu."


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Press <button>Go</button> twice, then <button>Keep</button>.</p>", "Press Go twice, then Keep."),
        ("<p>Press <button><img alt=Power></button> now.</p>", "Press [Power] now."),
        ("<p>Choose <select><option>Eco<option>Boost</select>.</p>", "Choose Eco / Boost."),
        ("<p>Type <input value='10.0.0.1'> here.</p>", "Type 10.0.0.1 here."),
        ("<p>Press <kbd>Ctrl</kbd><kbd>C</kbd>.</p>", "Press Ctrl C."),
        ("<div>Press <button>A</button> or <button>B</button> to go on.</div>", "Press A or B to go on."),
        ("<h3>The <button>Go</button> key</h3>", "The Go key"),
        (
            "<table><tr><th>Key</th><th>Use</th></tr><tr><td><button>Go</button></td><td>Begins</td></tr></table>",
            "Key | Use\nGo | Begins",
        ),
        ("<p>Tap <i role=img aria-label=Gear></i> now.</p>", "Tap [Gear] now."),
        ("<p>x</p><div><button>Copy</button><button>Share</button></div>", "x"),
    ],
)
def test_words_of_controls_in_sentences_and_cells(markup: str, text: str) -> None:
    assert body(markup).text == text


@pytest.mark.parametrize(
    ("markup", "code"),
    [
        ("<pre><code><span class=token-line>a 1<br></span><span class=token-line>b 2<br></span></code></pre>", "a 1\nb 2"),
        ("<pre><div>a</div><div>  b</div></pre>", "a\n  b"),
        ("<pre><ol><li>a</li><li>b</li></ol></pre>", "a\nb"),
        ("<pre><code><span class=line>a</span>\n<span class=line></span>\n<span class=line>b</span></code></pre>", "a\n\nb"),
        ("<pre><code><span class=line>a</span><span class=line>  b</span></code></pre>", "a\n  b"),
        ("<pre><span class=lineno>1 </span>a\n<span class=lineno>2 </span>b</pre>", "a\nb"),
        (
            "<table class=highlighttable><tr><td class=linenos><pre>1\n2</pre></td><td class=code><pre>a\n  b</pre></td></tr></table>",  # noqa: E501
            "a\n  b",
        ),
        (
            "<table class=highlight><tr><td class=blob-num>1</td><td class=blob-code>a</td></tr>"
            "<tr><td class=blob-num>2</td><td class=blob-code>  b</td></tr></table>",
            "a\n  b",
        ),
        ("<div><code>a<br>b</code></div>", "a\nb"),
        ("<pre>a<button>Copy</button></pre>", "a"),
    ],
)
def test_listings_keep_their_lines_and_lose_their_numbers(markup: str, code: str) -> None:
    assert texts(body(markup), BlockKind.CODE) == [code]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<pre>ctl -z</pre>", "ctl -z"),
        ("<h4>Jam</h4>in the chute", "Jam in the chute"),
        ("<p>Hot.</p><p>Very.</p>", "Hot. Very."),
        ("<ul><li>Cool</li><li>Wait</li></ul>", "Cool • Wait"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "a, b; c, d"),
        ("<dl><dt>T</dt><dd>D</dd></dl>", "T D"),
        ("<img alt=Bell>", "[Bell]"),
        ("5 m<sup>2</sup>", "5 m²"),
    ],
)
def test_a_table_with_anything_in_its_cells_stays_a_table(cell: str, text: str) -> None:
    rows = f"<tr><th>Task</th><th>Cell</th><th>Level</th></tr><tr><td>Reset</td><td>{cell}</td><td>admin</td></tr>"
    expected = ["Task | Cell | Level", f"Task: Reset | Cell: {text} | Level: admin"]
    assert texts(body(f"<table>{rows}</table>"), BlockKind.TABLE_ROW) == expected


def test_heads_in_bold_feet_and_spans_without_end() -> None:
    bold = body(
        "<table><tr><td><b>A</b></td><td><b>B</b></td><td><b>C</b></td></tr><tr><td>x</td><td>y</td><td>z</td></tr></table>"
    )
    assert texts(bold)[1] == "A: x | B: y | C: z"
    foot = body(
        "<table><tfoot><tr><td>Sum</td><td>3</td></tr></tfoot><tr><th>a</th><th>b</th></tr><tr><td>q</td><td>1</td></tr></table>"
    )
    assert texts(foot) == ["a | b", "q | 1", "Sum | 3"]
    span = body("<table><tr><td rowspan=0>X</td><td>1</td></tr><tr><td>2</td></tr></table>")
    assert texts(span) == ["X | 1", "X | 2"]


def test_layout_tables_with_raised_numbers_lose_nothing() -> None:
    document = body("<table><tr><td><h2>A</h2><p>5 m<sup>2</sup></p></td><td><h2>B</h2><p>x</p></td></tr></table>")
    assert section_of(document, "5 m²") == ("A",)


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<mi>p</mi><mo>=</mo><mn>4.2</mn><mi>q</mi>", "p = 4.2 q"),
        ("<mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac>", "(a + b)/2"),
        ("<msup><mi>x</mi><mn>2</mn></msup>", "x²"),
        ("<msub><mi>v</mi><mi>max</mi></msub>", "v_max"),
        ("<msqrt><mn>2</mn></msqrt>", "√2"),
        ("<semantics><mi>E</mi><annotation encoding='application/x-tex'>E</annotation></semantics>", "E"),
        ("<semantics><mrow></mrow><annotation>\\frac{a}{b} \\times 2</annotation></semantics>", "a/b × 2"),
        ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><mi>i</mi>", "∑_i^n i"),
    ],
)
def test_formulas_are_written_in_words_and_signs(formula: str, text: str) -> None:
    assert body(f"<p>It is <math>{formula}</math> here.</p>").text == f"It is {text} here."


@pytest.mark.parametrize(
    "drawn",
    [
        "<span class=katex><span class=katex-mathml>{0}</span><span class=katex-html aria-hidden=true>p=2</span></span>",
        "<mjx-container><mjx-math aria-hidden=true>p=2</mjx-math><mjx-assistive-mml>{0}</mjx-assistive-mml></mjx-container>",
        "<span class=MathJax><nobr>p=2</nobr><span class=MJX_Assistive_MathML>{0}</span></span>",
        "<span class=mwe-math-element><span class=mwe-math-mathml-inline style='display: none'>{0}</span>"
        "<img class=mwe-math-fallback-image-inline aria-hidden=true alt='p=2'></span>",
        "<span class=MathJax>p2</span><script type='math/tex'>p = 2</script>",
    ],
)
def test_drawn_formulas_are_read_once(drawn: str) -> None:
    formula = "<math><mi>p</mi><mo>=</mo><mn>2</mn></math>"
    assert body(f"<p>So {drawn.format(formula)} bar.</p>").text == "So p = 2 bar."


@pytest.mark.parametrize(
    "heading",
    [
        "Care<a class=headerlink href='#c' title='Permalink'>¶</a>",
        "<a class=anchor aria-hidden=true href='#c'><svg></svg></a>Care",
        "Care <a class=hash-link href='#c' aria-label='Direct link to Care'>\u200b</a>",
        "Care <a href='#c'>#</a>",
        "Care <a href='#c'>Link to this heading</a>",
        "Care <a href='/edit?page'>[edit]</a>",
        "<span>Care</span><span class=mw-editsection>[<a href='/w'>edit</a>]</span>",
        "<a class=header href='#c'>Care</a>",
    ],
)
def test_signs_to_copy_a_link_are_no_part_of_a_heading(heading: str) -> None:
    assert texts(body(f"<h2>{heading}</h2><p>Wipe it.</p>"), BlockKind.HEADING) == ["Care"]


@pytest.mark.parametrize(
    "box",
    [
        "<div class='note'><h3 class=title>Note</h3><p>Hot.</p></div>",
        "<div class='theme-admonition alert alert--warning'><h5>Steam</h5><p>Hot.</p></div>",
        "<aside class='callout callout-danger'>Hot.</aside>",
        "<p class=warning>Hot.</p>",
        "<div class='admonitionblock caution'><table><tr><td class=icon>Caution</td><td>Hot.</td></tr></table></div>",
        "<div role=note>Hot.</div>",
        "<div class='markdown-alert markdown-alert-important'><p>Important</p><p>Hot.</p></div>",
    ],
)
def test_boxes_of_many_themes_are_warnings(box: str) -> None:
    document = body(box)
    assert texts(document, BlockKind.WARNING)[-1] == "Hot."
    assert set(groups(document, BlockKind.WARNING)) == {document.blocks[-1].group}
    assert not texts(document, BlockKind.PARAGRAPH)


def test_tips_are_no_warnings_and_tables_in_boxes_keep_their_rows() -> None:
    assert not texts(body("<div class='admonition tip'><p>Tip</p><p>Use both.</p></div>"), BlockKind.WARNING)
    box = body("<div class=warning><p>Limits:</p><table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table></div>")
    assert texts(box, BlockKind.WARNING) == ["Limits:", "a | b", "1 | 2"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<ruby>漢<rp>(</rp><rt>かん</rt><rp>)</rp>字<rt>じ</rt></ruby>", "漢字(かんじ)"),
        ("su<wbr>per co&shy;op <bdi>x</bdi>", "super coop x"),
        ("10<sup>−3</sup> m, H<sub>2</sub>O, log<sub>10</sub>100, 1<sup>st</sup>", "10⁻³ m, H2O, log₁₀100, 1st"),
        ("3<sup>1</sup>/<sub>2</sub> in", "3¹/₂ in"),
        ("<div role=heading aria-level=2>Care</div>Wipe.", "Care\n\nWipe."),
        ("<ol type=i start=3><li>a</li><li value=9>b</li></ol>", "iii. a\nix. b"),
        ("<ol reversed><li>a</li><li>b</li></ol>", "2. a\n1. b"),
        ("<ol type=A start=27><li>a</li></ol>", "AA. a"),
        ("<ol><li><pre>go</pre></li><li><h4>Stop</h4></li></ol>", "1. go\n\n2. Stop"),
        ("<div role=table><div role=row><b role=cell>a</b><b role=cell>b</b></div></div>", "a | b"),
    ],
)
def test_smaller_kinds(markup: str, text: str) -> None:
    assert body(markup).text == text


def test_a_long_text_for_a_picture_is_read_where_it_is_all_there_is() -> None:
    alt = "The reset pin is under the left cover, three millimetres from the edge of the board."
    assert body(f"<figure><img alt='{alt}'></figure>").text == f"[{alt}]"
    assert body(f"<figure><img alt='{alt}'><figcaption>Board</figcaption></figure>").text == "Board"


def test_what_cannot_be_read_is_said_with_its_place() -> None:
    document = body("<h2>Films</h2><p>x</p><iframe src=a></iframe><video></video><noscript>The valve opens at 4 bar.</noscript>")
    assert document.warnings == ("not read: embedded pages (1), videos (1), the first under “Films”",)
    assert "opens at 4 bar" in document.text
    with pytest.raises(SkippedFile, match=r"only frames in it.*a\.html"):
        parse(b"<html><frameset cols='1,2'><frame src='a.html'></frameset></html>", "f.html")


@pytest.mark.parametrize(
    ("label", "codec"), [("ISO-8859-1", "cp1252"), ("Shift_JIS", "cp932"), ("gb2312", "gb18030"), ("euc-kr", "cp949")]
)
def test_encodings_are_what_browsers_take_them_for(label: str, codec: str) -> None:
    words = {"cp1252": "It’s “on”", "cp932": "電源①", "gb18030": "开关镕", "cp949": "전원똠"}[codec]
    page = f"<html><head><meta http-equiv=Content-Type content='text/html; charset={label}'></head><body><p>{words}</p></body></html>"  # noqa: E501
    assert parse(page.encode(codec), "a.html").text == words


def test_what_only_xml_has_is_understood() -> None:
    page = (
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY unit "Hub 3"><!ENTITY a "&unit;&unit;">]><html xmlns="http://www.w3.org/1999/xhtml">'
        '<head><title/><script src="x"/></head><body><p>The &unit; <a id="q"/>runs <![CDATA[if a < b]]>, &a;.</p></body></html>'
    )
    assert parse(page.encode(), "a.xht").text == "The Hub 3 runs if a < b, &unit;&unit;."


def test_unread_texts_are_named_with_their_place() -> None:
    page = (
        b"<html><body><h2>Care</h2><p>Wipe it, and say <b>nothing</b>.</p><span hidden>glyph</span><nav>menu</nav></body></html>"
    )
    missing = unread(page, parse(page, "a.html"))
    assert [(text.place, text.text) for text in missing] == [("Care", "glyph")]


@pytest.mark.parametrize(
    "page",
    [
        "<dl><dt>a<dd>" * 2000 + "x",
        "<table><tr><th>" * 1000 + "x",
        "<math>" + "<mfrac>" * 2000 + "<mi>x</mi>",
        "<p>" + " \n" * 50_000 + "x",
        "<div>" + "<button>a</button>" * 3000 + "x",
        "<p hidden>The very same text is here</p>" * 2000 + "x",
        "<details><summary>a</summary>" * 2000 + "x",
        "<div role=banner><h1>a</h1></div>" * 20_000 + "x",
        "<p>" + "<a>back to top</a>" * 20_000 + "x",
    ],
    ids=range(9),
)
@pytest.mark.timeout(30)
def test_hostile_pages_are_read_in_time(page: str) -> None:
    assert "x" in parse(page.encode(), "a.html").text


@pytest.mark.parametrize("opening", ["<ul><li>w ", "<div>w ", "<blockquote>w ", "<section><h2>w</h2>", "<table><tr><td>w "])
@pytest.mark.timeout(60)
def test_what_is_nested_without_end_is_read_as_text_in_time(opening: str) -> None:
    """400,000 characters: each of them used to be looked at anew for each element around it."""
    document = parse((opening * (400_000 // len(opening)) + "<p>last").encode(), "a.html")
    assert "last" in document.text and document.text.count("w") > 10_000
    assert "elements nested more than 120 deep are read as plain text" in document.warnings


def test_what_is_nested_as_deeply_as_on_real_pages_is_read_as_it_is() -> None:
    document = parse(("<div>" * 90 + "<ul><li>Oil<li>Water</ul>" + "</div>" * 90).encode(), "a.html")
    assert document.text == "• Oil\n• Water" and document.warnings == ()


@pytest.mark.timeout(60)
def test_lists_of_endless_choices_are_read_in_time() -> None:
    document = parse(f"<p>Choose: <select>{'<option>w' * 100_000}</select> and go on.</p>".encode(), "a.html")
    assert "go on" in document.text


@pytest.mark.timeout(60)
def test_cells_that_hang_down_without_end_are_limited() -> None:
    rows = "<tr><td rowspan=1000>w<td>x</tr>" * 10_000
    document = parse(f"<table>{rows}<tr><td>last<td>row</table>".encode(), "a.html")
    assert "last | row" in document.text and len(document.text) < 5_000_000


@pytest.mark.parametrize(
    "around",
    [
        "<ul id=assistive-skip-links><li><a href='#m'>Skip to breadcrumbs</a></ul>",
        "<header role=banner><h1>Docs of Acme</h1>Spaces</header>",
        "<div class=page-metadata><ul><li>Created by Jo<li>Last updated: May</ul></div>",
        "<aside class=article-sidebar><span>Articles in this section</span><ul><li><a href=1>Lamp</a></ul>See more</aside>",
        "<div class=article-more-questions>Have more questions? <a href=n>Submit a request</a></div>",
        "<div class='theme-doc-version-banner alert alert--warning' role=alert>This is documentation for 1.x.</div>",
        "<div><a class=skipToContent_x href='#m'>Skip to main content</a></div>",
        "<div class=announcementBar_x>Star us!</div><aside class=md-banner>New release out!</aside>",
        "<div class=MCBreadcrumbsBox_0><span>You are here: </span>Home</div>",
        "<form action=s><label><span>Search for articles...</span><input placeholder='Search for articles...'></label></form>",
        "<footer><p>Copyright 2020 Acme. Built with Sphinx.</p></footer>",
        "<footer><a href=a>Imprint</a> <a href=b>Privacy</a> | 2020</footer>",
        "<p><a href='#top'>Back to top</a></p>",
        "<div class=toc><p>Table of Contents</p><nav><a href='#a'>A</a></nav></div>",
        "<div class='contents local'><ul><li><a href='#a'>Options</a></ul></div>",
        "<div class=comment-respond><h3>Leave a Reply</h3><form><p>Required fields are marked</form></div>",
    ],
)
def test_what_a_site_puts_around_its_pages_goes(around: str) -> None:
    assert body(f"{around}<h1>Lamp</h1><p>Hold it.</p>{around}").text == "Lamp\n\nHold it."


@pytest.mark.parametrize(
    "kept",
    [
        "<header role=banner><h1>Lamp</h1></header>",
        "<footer><p>Call 0800 55 for help with your lamp.</p></footer>",
        "<p>Use <a href='#t'>Back to top</a> to rise.</p>",
        "<form><p>Hold it for ten seconds, then look at the light: red is old, green is new, and blue is neither of the two.</p>"
        "<p>Then let go of it and wait.</p><p>Search the list below.</p><input type=search></form>",
    ],
)
def test_what_only_looks_like_a_part_of_the_site_stays(kept: str) -> None:
    words = LexborHTMLParser(kept).text(separator=" ").split()
    assert body(f"<h2>Care</h2>{kept}").text.split()[1:] == words


def test_the_name_of_a_file_above_a_listing_with_numbers_is_no_row_of_a_table() -> None:
    document = body(
        "<table class=highlighttable><tr><th colspan=2 class=filename><span class=filename>fan.yml</span></th></tr>"
        "<tr><td class=linenos><pre>1\n2</pre></td><td class=code><pre>a: 1\nb: 2</pre></td></tr></table>"
    )
    assert texts(document) == ["fan.yml", "a: 1\nb: 2"]
    assert texts(document, BlockKind.CODE) == ["a: 1\nb: 2"]


def test_the_title_of_a_box_that_is_no_warning_is_none() -> None:
    box = "<div class='admonition seealso'><p class='admonition-title'>See also</p><p>The other page.</p></div>"
    assert texts(body(box), BlockKind.WARNING) == []


@pytest.mark.parametrize(
    "markup",
    [
        "<div class=expand-container><div class=expand-control><span class=expand-control-text>Weight</span></div>"
        "<div class='expand-content expand-hidden'><p>14 kg</p></div></div>",
        "<div class=su-spoiler><div class=su-spoiler-title role=button>Weight</div><div class=su-spoiler-content>14 kg</div>"
        "</div>",
        "<div><strong class=schema-faq-question>Weight</strong> <p class=schema-faq-answer>14 kg</p></div>",
        "<p><a class=dropspot href='javascript:TextPopup(this)'>Weight</a></p>"
        "<div class=droptext style='display:none'>14 kg</div>",
    ],
)
def test_what_only_a_script_unfolds_is_read_under_its_title(markup: str) -> None:
    document = body(f"<h2>Pump</h2>{markup}<p>Behind it.</p>")
    assert section_of(document, "14 kg") == ("Pump", "Weight")
    assert section_of(document, "Behind it.") == ("Pump",)
    assert document.text.count("Weight") == 1


@pytest.mark.parametrize(
    "popup",
    [
        "<a class=MCTextPopup>HEPA<span class='MCTextPopupBody popupBody'><span></span>fine filter</span></a>",
        "<a class=glossterm>HEPA</a><span class=glosstext style='display: none'>&nbsp;fine filter</span>",
    ],
)
def test_what_pops_up_over_a_word_does_not_run_into_it(popup: str) -> None:
    assert body(f"<p>The {popup} is new.</p>").text == "The HEPA (fine filter) is new."


def test_items_that_word_writes_as_paragraphs_are_items() -> None:
    def item(mark: str, level: int, words: str) -> str:
        ignored = f"<![if !supportLists]><span style='mso-list:Ignore'>{mark}<span>&nbsp;&nbsp; </span></span><![endif]>"
        return f"<p class=MsoListParagraph style='text-indent:-18.0pt;mso-list:l0 level{level} lfo1'>{ignored}{words}</p>\n"

    document = body(item("·", 1, "Close the tap.") + item("o", 2, "Slowly.") + item("2)", 1, "Call us.") + "<p>After.</p>")
    assert document.text == "• Close the tap.\n  • Slowly.\n2) Call us.\n\nAfter."


@pytest.mark.parametrize(
    "unsaid",
    [
        "<p class=MsoToc1><a href='#a'>1 Safety<span style='mso-tab-count:1 dotted'>. </span>3</a></p>",
        "<del cite='mailto:jo'>Never</del>",
        "<span class=MsoCommentReference><a class=msocomanchor href='#_msocom_1'>[JD1]</a></span>",
        "<div style='mso-element:comment-list'><div class=msocomtxt><p class=MsoCommentText>Is it so?</p></div></div>",
    ],
)
def test_what_word_notes_beside_a_text_is_no_text(unsaid: str) -> None:
    assert body(f"<p class=MsoNormal>Close it.</p>{unsaid}").text == "Close it."


def test_a_table_for_presentation_that_names_its_columns_in_bold_is_one_of_data() -> None:
    head = "<tr><td><p><b>Model</b></p></td><td><p><b>Cell</b></p></td><td><p><b>Life</b></p></td></tr>"
    row = "<tr><td><p>D1</p></td><td><p>CR2</p></td><td><p>1 year</p></td></tr>"
    assert texts(body(f"<table role=presentation>{head}{row}</table>"))[1] == "Model: D1 | Cell: CR2 | Life: 1 year"
    assert texts(body(f"<table role=presentation>{row}{row}</table>"), BlockKind.TABLE_ROW) == []


def test_what_kind_of_thing_a_term_is_does_not_run_into_it() -> None:
    markup = "<dl><dt>size<span class=classifier>number</span></dt><dd>In mm.</dd></dl>"
    assert body(markup).text == "size: number: In mm."


def test_tabs_whose_labels_stand_each_before_its_block() -> None:
    document = body(
        '<div class="tabbed-set"><input checked id="a" name="s" type="radio"><label for="a">Gas</label>'
        '<div class="tabbed-content"><p>2 bar.</p></div><input id="b" name="s" type="radio"><label for="b">Oil</label>'
        '<div class="tabbed-content"><p>3 bar.</p></div></div>'
    )
    assert (section_of(document, "2 bar."), section_of(document, "3 bar.")) == (("Gas",), ("Oil",))


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (
            '<div class="confluence-information-macro confluence-information-macro-note"><div><p>Keep shut.</p></div></div>',
            ["Keep shut."],
        ),
        ('<blockquote class="book-hint warning"><p>Hot lid.</p></blockquote>', ["Hot lid."]),
        ('<div class="hint hint-danger"><p>Hot lid.</p></div><div class="hint hint-info"><p>Fine.</p></div>', ["Hot lid."]),
        ('<figure class="callout"><div>Hot lid.</div></figure>', ["Hot lid."]),
        ('<details class="danger"><summary>Fumes</summary><p>Air it.</p></details>', ["Fumes", "Air it."]),
        ("<table><tr><td><p>Note</p></td><td><p>Dry it.</p></td></tr></table>", ["Note", "Dry it."]),
        ('<table><tr><td><img alt="Caution"></td><td>Dry it.</td></tr></table>', ["[Caution]", "Dry it."]),
        (
            '<div class="warning"><table><tr><td rowspan="2"><img alt="[Warning]" src="w.png"></td><th>Warning</th></tr>'
            "<tr><td><p>Hot glass.</p></td></tr></table></div>",
            ["Warning", "Hot glass."],
        ),
        ("<table><tr><th>Note</th><th>Pitch</th></tr><tr><td>A</td><td>440</td></tr></table>", []),
    ],
)
def test_boxes_of_many_programs(markup: str, lines: list[str]) -> None:
    assert texts(body(markup), BlockKind.WARNING) == lines


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ('<p>Pick <b>File</b>&#160;<i class="fa fa-angle-right caret"></i> <b>Save</b>.</p>', "Pick File > Save."),
        ('<p>Tap Tools <i class="material-icons">chevron_right</i> Log</p>', "Tap Tools > Log"),
        ('<p><i class="fa fa-arrow-right"></i> Next</p>', "Next"),
        ("<p><span style='font-family:Wingdings'>\u00e0</span> Next</p>", "\u2192 Next"),
        ('<p>5 <font face="Symbol">m</font>m</p>', "5 \u03bcm"),
        (
            "<p>Heat to 80<sup>o</sup>C or 176 <sup><font>0</font></sup>F, n<sup>o</sup> 3</p>",
            "Heat to 80\u00b0C or 176 \u00b0F, no 3",
        ),
    ],
)
def test_signs_that_a_page_draws_are_written(markup: str, text: str) -> None:
    assert body(markup).text == text


def test_items_of_a_page_that_word_saved_filtered() -> None:
    gap = "<span style='font:7.0pt \"Times New Roman\"'>&nbsp;&nbsp; </span>"
    document = body(
        f"<p class=MsoListParagraphCxSpFirst style='text-indent:-.25in'>1.{gap}Open it.</p>\n"
        f"<p class=MsoListParagraph style='margin-left:1.0in'><span style='font-family:Symbol'>\u00b7{gap}</span>Softly.</p>\n"
        f"<h2><span>1.1{gap}</span>Fill</h2><p class=MsoNormal>Text{gap}</p>"
    )
    assert texts(document, BlockKind.LIST_ITEM) == ["1. Open it.", "\u2022 Softly."]
    assert document.text.startswith("1. Open it.\n  \u2022 Softly.")
    assert texts(document, BlockKind.HEADING) == ["1.1 Fill"]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        (r'<p>So <span class="math inline">\(\alpha = 20^\circ\)</span>.</p>', "So \u03b1 = 20\u00b0."),
        (r'<div class="arithmatex">\[ p = \frac{F}{A} \]</div>', "p = F/A"),
        (r'<div class="math">$$x^2$$</div>', "x\u00b2"),
        (r'<script src="MathJax.js"></script><p>So \(x^2\) in <code>\(y^2\)</code>.</p>', r"So x² in \(y^2\)."),
        (r"<p>Type \(x\) here.</p>", r"Type \(x\) here."),
    ],
)
def test_formulas_that_only_a_script_would_set(markup: str, text: str) -> None:
    assert body(markup).text == text


@pytest.mark.parametrize(
    ("markup", "headings"),
    [
        ('<h1>Axle</h1><p class="Heading2">Rear <b>axle</b></p><p class="Body">Use 20 g.</p>', ["Axle", "Rear axle"]),
        ('<p class="chapter-title">Axle</p><div class="x \u00dcberschrift-2">Rear</div><p>Text</p>', ["Axle", "Rear"]),
        ('<p class="h2">This one is a sentence.</p><div class="heading1"><p>Holds more</p></div>', []),
    ],
)
def test_headings_that_are_such_by_their_class_alone(markup: str, headings: list[str]) -> None:
    assert texts(body(markup), BlockKind.HEADING) == headings


@pytest.mark.parametrize(
    "markup",
    [
        '<div class="summary-table three-column-summary"><div class="table-header col-first">Key</div>'
        '<div class="table-header">Use</div><div class="table-header">No</div><div class="col-first"><code>F1</code></div>'
        '<div>Help</div><div><div class="block">3</div></div></div>',
        '<div class="divTable"><div class="divTableRow"><div class="divTableHead">Key</div><div class="divTableHead">Use</div>'
        '<div class="divTableHead">No</div></div><div class="divTableRow"><div class="divTableCell">F1</div>'
        '<div class="divTableCell">Help</div><div class="divTableCell">3</div></div></div>',
    ],
)
def test_tables_of_boxes(markup: str) -> None:
    assert texts(body(markup), BlockKind.TABLE_ROW) == ["Key | Use | No", "Key: F1 | Use: Help | No: 3"]


def test_listings_signatures_and_titles_of_doxygen() -> None:
    document = body(
        '<div class="headertitle"><div class="title">Motor</div></div><table class="memname"><tr><td>int start</td><td>(</td>'
        "<td>int </td><td>rpm,</td></tr><tr><td></td><td></td><td>bool </td><td>soft</td></tr><tr><td></td><td>)</td></tr>"
        '</table><div class="fragment"><div class="line"><span class="lineno">  1</span>m.start(1);</div>'
        '<div class="line"><span class="lineno">  2</span>m.stop();</div></div>'
    )
    assert texts(document) == ["Motor", "int start ( int rpm, bool soft )", "m.start(1);\nm.stop();"]
    assert [block.kind for block in document.blocks] == [BlockKind.HEADING, BlockKind.PARAGRAPH, BlockKind.CODE]


@pytest.mark.parametrize(
    ("markup", "lines"),
    [
        (
            '<div id="Table of Contents1"><div><p>Contents</p></div><p><a href="#a">Setup 3</a></p></div><p>Text.</p>'
            "<div title=footer><p>Page 3</p></div>",
            ["Text."],
        ),
        ('<div class="toc"><p><b>Table of Contents</b></p><dl><dt><a href="#a">Bulb</a></dt></dl></div><p>Text.</p>', ["Text."]),
        ('<p><a class="sdfootnotesym" href="#a">1</a>Boiled.</p>', ["1 Boiled."]),
        ('<p><span class="autonumber"><span>3.</span></span>Wait.</p>', ["3. Wait."]),
        (
            '<p>Turn <span class="MCExpanding"><a class="MCExpandingHead">the ring</a><span class="MCExpandingBody">, size 4,'
            "</span></span> left.</p>",
            ["Turn the ring, size 4, left."],
        ),
        (
            '<div class="vp-code-group"><div class="tabs"><input type="radio" id="t"><label for="t">npm</label></div>'
            '<div class="blocks"><div class="language-sh active"><button class="copy" title="Copy"></button>'
            '<span class="lang">sh</span><pre><code>npm add</code></pre></div></div></div>',
            ["npm", "npm add"],
        ),
    ],
)
def test_what_programs_set_around_the_text(markup: str, lines: list[str]) -> None:
    assert texts(body(markup)) == lines


def test_the_numbers_of_notes_stand_before_their_words() -> None:
    note = (
        '<aside class="footnote brackets" role="doc-footnote"><span class="label"><span>[</span><a role="doc-backlink" href="#r">'
        '{0}</a><span>]</span></span><span class="backrefs">(<a href="#a">1</a>,<a href="#b">2</a>)</span><p>{1}</p></aside>'
    )
    page = f"<p>Text.</p><aside class='footnote-list brackets'>{note.format(1, 'Cold only.')}{note.format('A2', 'Hot.')}</aside>"
    assert texts(parse(page.encode(), "a.html")) == ["Text.", "[1] Cold only.", "[A2] Hot."]


def test_what_a_correction_replaces_is_gone_and_other_struck_words_stay() -> None:
    assert parse(b"<p>Fill <del>two</del> <ins>three</ins> litres.</p>", "a.html").text == "Fill three litres."
    assert parse(b"<p>Fill <ins>three</ins><del>two</del> litres.</p>", "a.html").text == "Fill three litres."
    assert parse(b"<p>Not <del>two</del> but <ins>three</ins>.</p>", "a.html").text == "Not two but three."


def test_lists_that_google_docs_writes_flat_are_nested_again() -> None:
    page = (
        '<style>.lst-kix_ab-1>li:before{content:"" counter(lst-ctn-kix_ab-1,lower-latin) ". "}</style>'
        '<ol class="lst-kix_ab-0 start" start="1"><li>Open</li></ol><ol class="lst-kix_ab-1 start" start="1"><li>Lift</li></ol>'
        '<ul class="lst-kix_ab-2 start"><li>slowly</li></ul><ol class="lst-kix_ab-1" start="2"><li>Turn</li></ol>'
        '<ol class="lst-kix_ab-0" start="2"><li>Fill</li></ol><p>Between.</p>'
        '<ol class="lst-kix_ab-0" start="3"><li>Close</li></ol>'
    )
    assert parse(page.encode(), "a.html").text == (
        "1. Open\n  a. Lift\n    \u2022 slowly\n  b. Turn\n2. Fill\n\nBetween.\n\n3. Close"
    )


def test_comments_that_google_docs_sets_at_the_end_are_left_out() -> None:
    page = (
        '<p>Turn it off.<sup><a href="#cmnt1" id="cmnt_ref1">[a]</a></sup></p><p>And wait.</p>'
        '<div><p><a href="#cmnt_ref1" id="cmnt1">[a]</a><span>Really?</span></p></div>'
    )
    assert parse(page.encode(), "a.html").text == "Turn it off.\n\nAnd wait."
