"""What stands on a page and is no content: scripts, navigation, cookie banners, signs to copy a link, lists of links."""

from __future__ import annotations

import re
from collections import Counter

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.cleaning import clean_line
from ragqa.parsing.html.nodes import HEADINGS, TEXT, meaningful_alt, remove, to_elements
from ragqa.parsing.html.site import remove_site

_NEVER_CONTENT = (
    "script, style, template, nav, [role='navigation'], head, link, meta, datalist, meter, progress, col, colgroup, map"
)
_NOT_READ = {
    "iframe": "embedded pages",
    "object": "embedded objects",
    "embed": "embedded objects",
    "canvas": "drawings made by a script",
    "video": "videos",
    "audio": "sound recordings",
}
_BANNER = (
    "[class*='cookie' i], [id*='cookie' i], [class*='consent' i], [id*='consent' i], [id^='onetrust'], [class*='gdpr' i], "
    "[class*='skip-' i], [class*='skipnav' i]"
)
_BANNER_NAME = re.compile(
    r"(?:cookie|consent|gdpr)s?[-_]?(?:banner|bar|box|consent|notice|notification|popup|modal|dialog|overlay|law|policy-bar|"
    r"message|alert|toast|wall|manager|container|wrapper|root)|^onetrust|cybotcookie|^skip[-_]?(?:link|to|nav)|skipnav",
    re.IGNORECASE,
)
_LINK_SIGN = (
    "a.headerlink, a.anchor, a.header-anchor, a.hash-link, a.anchorjs-link, a.heading-link, a.heading-anchor, a.permalink, "
    "a.anchor-link, a.direct-link, a.sl-anchor-link, a.heading-permalink, a.header-link, a.toclink, a.self-link, a.selflink, "
    "a.footnote-backref, a.footnote-back, a.reversefootnote, a.fn-backref, "
    ".mw-editsection, .editsection, h1 a, h2 a, h3 a, h4 a, h5 a, h6 a, dt a, caption a, figcaption a, summary a, "
    "h1 button, h2 button, h3 button, h4 button"
)
_SIGN_ONLY = re.compile(
    r"[\W_]*|\[?\s*(?:edit|edit source|bearbeiten|modifier|editar)\s*\]?|(?:perma)?link|anchor"
    r"|copy(?: (?:the )?(?:perma)?link.*)?"
    r"|(?:perma|direct )?link to (?:this|the|section|heading|definition).{0,120}|(?:direct link|permalink|link) to .{1,120}"
    r"|section titled .{1,160}|anchor link.{0,80}|navigate to .{0,120}|edit this section",
    re.IGNORECASE,
)
_LINK_LISTS = (
    ", ".join(
        f"{tag}[{name}*='{hint}' i]"
        for tag in ("div", "ul", "ol", "section", "form", "footer", "header", "aside")
        for name in ("class", "id")
        for hint in ("toc", "breadcrumb", "nav", "menu")
    )
    + ", div[id^='table of contents' i], div.contents, div.related-articles, section.related-articles, div.related-topics"
)
_CONTENTS_TITLE = re.compile(
    r"\W*(?:table of contents|contents|on this page|in this (?:article|topic)|page contents)\W*", re.IGNORECASE
)
_LONGEST_CONTENTS_TITLE = 30
_LINK_SHARE = 0.8
_STEPS_BACK = 2000
_LARGEST_JUDGED = 50_000_000
# What LibreOffice keeps of each sheet, and the name of a listing's language that VitePress sets in its corner.
_OF_THE_PAPER = "body > div[title='header'], body > div[title='footer'], div[class*='language-'] > span.lang, button.copy"
_SCRIPT_NOTICE = re.compile(r"java\s*script|browser|cookies", re.IGNORECASE)


def remove_furniture(tree: LexborHTMLParser) -> list[str]:
    """Take everything out that is never content. What cannot be read is returned as warnings."""
    for page in tree.css("noscript"):
        _judge_noscript(page)
    remove(to_elements(tree, f"{_NEVER_CONTENT}, noscript"))
    warnings = _unreadable(tree)
    remove(to_elements(tree, ", ".join(_NOT_READ)))
    for drawing in reversed(to_elements(tree, "svg")):
        drawing.replace_with(_drawing_name(drawing))
    remove([banner for banner in to_elements(tree, _BANNER) if _is_banner(banner)])
    remove([sign for sign in to_elements(tree, _LINK_SIGN) if _is_link_sign(sign)])
    remove(to_elements(tree, _OF_THE_PAPER))
    remove_site(tree)
    return warnings


def remove_link_lists(tree: LexborHTMLParser) -> None:
    """Take out contents lists, breadcrumbs and menus: blocks called so that hold almost nothing but links."""
    doomed, budget = [], _LARGEST_JUDGED
    for block in to_elements(tree, _LINK_LISTS):
        text = "".join(block.text().split())
        budget -= len(text)
        if budget > 0 and _is_link_list(block, len(text)):
            doomed.append(block)
    remove(doomed)


def place_of(node: LexborNode) -> str:
    """The heading that an element stands under, nothing where there is none."""
    place: LexborNode | None = node
    for _ in range(_STEPS_BACK):
        if place is None or place.tag in ("body", "html"):
            return ""
        before = place.prev
        if before is None:
            place = place.parent
            continue
        place = before
        headings = [place] if place.tag in HEADINGS else place.css("h1, h2, h3, h4, h5, h6") if place.tag != TEXT else []
        if headings:
            return clean_line(headings[-1].text())[:80]
    return ""


def _unreadable(tree: LexborHTMLParser) -> list[str]:
    found = [node for node in to_elements(tree, ", ".join(_NOT_READ)) if not _is_hidden_frame(node)]
    if not found:
        return []
    counts = Counter(_NOT_READ[node.tag or ""] for node in found)
    place = place_of(found[0])
    where = f", the first under \u201c{place}\u201d" if place else ""
    return ["not read: " + ", ".join(f"{kind} ({count})" for kind, count in counts.items()) + where]


def _is_hidden_frame(node: LexborNode) -> bool:
    attributes = node.attributes
    return "hidden" in attributes or "display:none" in (attributes.get("style") or "").replace(" ", "")


def _judge_noscript(page: LexborNode) -> None:
    """What a page says where no script runs is content, unless it asks for scripts."""
    text = " ".join(page.text().split())
    if len(text.split()) >= 4 and not _SCRIPT_NOTICE.search(text):
        page.unwrap()


def _drawing_name(drawing: LexborNode) -> str:
    """The title of an icon, in brackets where a text is around it."""
    title = drawing.css_first("title")
    name = drawing.attributes.get("aria-label") or (title.text() if title is not None else "")
    around = drawing.parent
    alone = around is None or not around.text(strip=True).replace(drawing.text(strip=True), "").strip()
    in_heading = around is not None and (around.tag in HEADINGS or around.tag == "a")
    if not name or (alone and (around is None or around.tag not in ("td", "button", "dt"))) or in_heading:
        return " "
    return f"\n[{clean_line(name)[:60]}]\n"


def _is_banner(node: LexborNode) -> bool:
    names = f"{node.attributes.get('id') or ''} {node.attributes.get('class') or ''}".split()
    return any(_BANNER_NAME.search(name) for name in names) and node.tag not in ("body", "html", "main", "article")


def _is_link_sign(node: LexborNode) -> bool:
    text = " ".join(node.text().split()).strip("\u200b\u2060\ufeff ")
    if node.tag == "button" or "editsection" in (node.attributes.get("class") or ""):
        return not text or _SIGN_ONLY.fullmatch(text) is not None
    href = node.attributes.get("href") or ""
    if not text and any(meaningful_alt(picture) for picture in node.css("img")):
        return False
    own_class = bool(node.attributes.get("class"))
    return _SIGN_ONLY.fullmatch(text) is not None and ("#" in href or own_class or not text or "edit" in href)


def _is_link_list(node: LexborNode, length: int) -> bool:
    if length <= _LONGEST_CONTENTS_TITLE and _CONTENTS_TITLE.fullmatch(" ".join(node.text().split())):
        return True
    title = _CONTENTS_TITLE.match(" ".join(node.text().split()))
    length -= len("".join(title[0].split())) if title is not None else 0
    links = sum(len("".join(link.text().split())) for link in node.css("a"))
    return (length > 0 or title is None) and links >= _LINK_SHARE * length
