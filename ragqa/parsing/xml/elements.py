"""The elements of DocBook and DITA by what they are. Both are in one table: where they share a name, they share its sense."""

from __future__ import annotations

DOCBOOK_ROOTS = frozenset(
    [
        "set",
        "book",
        "part",
        "chapter",
        "appendix",
        "preface",
        "article",
        "section",
        "sect1",
        "sect2",
        "sect3",
        "sect4",
        "sect5",
        "refentry",
        "refsection",
        "refsect1",
        "reference",
        "glossary",
        "topic",
        "dedication",
        "colophon",
        "acknowledgements",
        "partintro",
        "simplesect",
        "qandaset",
        "procedure",
        "variablelist",
        "itemizedlist",
        "orderedlist",
        "table",
        "informaltable",
        "para",
    ]
)
DITA_ROOTS = frozenset(
    [
        "topic",
        "concept",
        "task",
        "reference",
        "troubleshooting",
        "glossentry",
        "glossgroup",
        "dita",
        "learningcontent",
        "generaltask",
    ]
)
ROOTS = DOCBOOK_ROOTS | DITA_ROOTS

SECTIONS = frozenset(
    [
        "set",
        "book",
        "part",
        "chapter",
        "appendix",
        "preface",
        "article",
        "section",
        "sect1",
        "sect2",
        "sect3",
        "sect4",
        "sect5",
        "simplesect",
        "refentry",
        "refsection",
        "refsect1",
        "refsect2",
        "refsect3",
        "refsynopsisdiv",
        "reference",
        "glossary",
        "glossdiv",
        "bibliography",
        "bibliodiv",
        "dedication",
        "colophon",
        "acknowledgements",
        "partintro",
        "topic",
        "concept",
        "task",
        "troubleshooting",
        "glossgroup",
        "example-section",
        "learningcontent",
        "qandadiv",
        "generaltask",
    ]
)
TITLES = frozenset({"title", "glossterm", "refentrytitle"})
INFO = frozenset(
    [
        "info",
        "bookinfo",
        "articleinfo",
        "chapterinfo",
        "sectioninfo",
        "sect1info",
        "sect2info",
        "sect3info",
        "refentryinfo",
        "setinfo",
        "partinfo",
        "appendixinfo",
        "prefaceinfo",
        "objectinfo",
        "blockinfo",
        "refsectioninfo",
        "refsect1info",
        "glossaryinfo",
    ]
)
UNREAD = INFO | frozenset(
    [
        "prolog",
        "metadata",
        "indexterm",
        "index",
        "toc",
        "lot",
        "lof",
        "tocchap",
        "remark",
        "draft-comment",
        "required-cleanup",
        "titlealts",
        "titleabbrev",
        "related-links",
        "refmeta",
        "colspec",
        "spanspec",
        "imagedata",
        "videodata",
        "audiodata",
        "videoobject",
        "audioobject",
        "anchor",
        "co",
        "coref",
        "areaspec",
        "data",
        "data-about",
        "resourceid",
        "foreign",
        "unknown",
        "navtitle",
        "searchtitle",
        "linktext",
        "corpauthor",
        "releaseinfo",
        "pubdate",
        "mediaobjectco",
    ]
)
PARAGRAPHS = frozenset(
    [
        "para",
        "simpara",
        "p",
        "shortdesc",
        "cmd",
        "stepresult",
        "info",
        "stepxmp",
        "tutorialinfo",
        "steptroubleshooting",
        "abstract-para",
        "refpurpose",
        "attribution",
        "cmdsynopsis",
        "funcprototype",
        "arg-group",
        "bridge",
        "linkdesc",
        "msgexplan",
        "figcaption",
        "caption",
        "subtitle",
        "responsibleparty",
        "lq",
        "blockquote",
        "syntaxdiagram-line",
    ]
)
PREFORMATTED = frozenset(
    ["programlisting", "screen", "literallayout", "codeblock", "msgblock", "pre", "lines", "synopsis", "funcsynopsisinfo"]
)
BULLETED = frozenset(["itemizedlist", "ul", "sl", "simplelist", "steps-unordered", "choices", "choicelist", "calloutlist"])
NUMBERED = frozenset(["orderedlist", "ol", "steps", "substeps", "procedure", "stepalternatives-list"])
ITEMS = frozenset(["listitem", "li", "sli", "member", "step", "substep", "choice", "callout", "stepsection"])
DEFINITIONS = frozenset(["variablelist", "dl", "glosslist", "parml", "qandaset", "segmentedlist"])
TERMS = frozenset(["term", "dt", "glossterm", "pt", "question", "dthd"])
MEANINGS = frozenset(["dd", "glossdef", "pd", "answer", "ddhd", "glosssee", "glossseealso"])
TABLES = frozenset(["table", "informaltable", "simpletable", "choicetable", "properties", "relcolspec"])
ADMONITIONS = {
    **{name: name for name in ("note", "tip", "important", "warning", "caution", "danger")},
    "hazardstatement": "warning",
}
NO_WARNING = frozenset({"tip", "fastpath", "remember", "other"})
"""Kinds of notes that warn of nothing."""

FORMAL = frozenset(
    [
        "table",
        "figure",
        "example",
        "equation",
        "procedure",
        "fig",
        "informalfigure",
        "variablelist",
        "itemizedlist",
        "orderedlist",
        "calloutlist",
        "qandaset",
    ]
)
"""What may have a title that heads no section."""

JOINED_BY_ARROW = frozenset({"menuchoice", "menucascade"})
JOINED_BY_PLUS = frozenset({"keycombo"})
REFERENCES = ("conref", "conkeyref", "conrefend")
