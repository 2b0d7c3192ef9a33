"""What the program that made a page puts around its text: menus, votes, search forms, imprints. Each program names them alike on
every page, so that the names tell them; what has no name of its own is told by what it says."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import BLOCKS, TEXT, remove, to_elements, walk

_NAMES = {
    "Confluence": "#assistive-skip-links .aui-header #breadcrumb-section #likes-and-labels-container #labels-section "
    "#likes-section .page-metadata .page-metadata-banner #com-atlassian-confluence>#footer",
    "Zendesk": ".article-sidebar .article-meta .article-author .article-votes .article-more-questions .article-return-to-top "
    ".article-relatives .article-comment-count .article-subscribe .powered-by-zendesk .language-selector .comment-callout",
    "Intercom": ".intercom-reaction-picker .related_articles .intercom-related-articles",
    "Docusaurus": ".theme-doc-version-banner .theme-doc-version-badge .theme-doc-footer .theme-edit-this-page "
    "[class^='announcementBar'] [class^='tocCollapsible'] .theme-doc-toc-mobile",
    "MkDocs": ".md-banner .md-skip .md-source-file .md-feedback .md-dialog .md-footer .md-search .md-version .rst-versions",
    "Sphinx": ".viewcode-link .sphinxsidebar .prev-next-area .bd-footer-article .related-pages .bottom-of-page",
    "GitBook": ".book-header .page-footer .search-results #book-search-input",
    "Flare, RoboHelp": "[class^='MCBreadcrumbsBox'] .MCWebHelpFramesetLink .MCWebHelpFramesetLinkTop .MCHelpControl .nocontent",
    "WordPress": ".site-header .site-footer .entry-meta .entry-footer .sharedaddy #jp-relatedposts .comment-respond .widget-area "
    ".post-navigation .addtoany_share_save_container .reply",
    "MediaWiki": "#mw-navigation #mw-head #mw-panel #catlinks .printfooter #siteSub #contentSub #jump-to-nav .mw-jump-link",
    "DocBook, Javadoc, Doxygen": ".navheader .navfooter .topNav .bottomNav .subNav .top-nav .sub-nav .table-tabs "
    "#nav-path .navpath",
    "Wayback Machine": "#wm-ipp-base #wm-ipp #donato",
}
_PROGRAMS = ", ".join(name for names in _NAMES.values() for name in names.split())
_KEPT = frozenset({"html", "body", "main", "article", "h1"})
_SEARCH = (
    "[role='search'], input[type='search'], input[name='q'], input[id*='search' i], input[class*='search' i], "
    "input[placeholder^='search' i]"
)
_LONGEST_SEARCH = 120
_SKIP = re.compile(
    r"(?:skip|jump|go) (?:to )?(?:the )?(?:main )?(?:content|navigation|breadcrumbs|search|footer|article|header menu|action menu"
    r"|quick search)|zum (?:haupt)?inhalt (?:springen|wechseln)|(?:aller|passer) au contenu(?: principal)?"
    r"|(?:saltar|ir) al contenido(?: principal)?|vai al contenuto(?: principale)?",
    re.IGNORECASE,
)
_OF_THE_SITE = re.compile(
    r"edit (?:this page|on git\w+)|improve this (?:doc|page|article)|suggest (?:an )?edits?|(?:back|return|go) to (?:the )?top"
    r"|(?:view|show) (?:page )?source|open topic with navigation|print this (?:page|topic)|report a bug",
    re.IGNORECASE,
)
_MADE_BY = re.compile(
    r"\b(?:powered|built|made|generated|created|published) (?:by|with|using)\b|\bwe run on\b|\btheme by\b", re.IGNORECASE
)
_LONGEST_IMPRINT = 1500
_SHARE_OF_LINKS = 0.6


def remove_site(tree: LexborHTMLParser) -> None:
    """Take out what a site has around the text of each of its pages."""
    remove([node for node in to_elements(tree, _PROGRAMS) if node.tag not in _KEPT])
    titles = len(tree.css("h1"))
    remove([banner for banner in to_elements(tree, "[role='banner']") if _is_beside_the_title(banner, titles)])
    for field in reversed(to_elements(tree, _SEARCH)):
        _remove_search(field)
    remove([imprint for imprint in to_elements(tree, "footer, [role='contentinfo'], body > #footer") if _is_imprint(imprint)])
    remove([link for link in to_elements(tree, "a") if _is_of_the_site(link)])


def _is_beside_the_title(banner: LexborNode, titles: int) -> bool:
    """Whether a banner is not the one place where the page, which has so many titles, is named."""
    named = len(banner.css("h1"))
    return banner.tag not in _KEPT and (not named or titles > named)


def _remove_search(field: LexborNode) -> None:
    """Take out a search form with its labels; only the field where its form is about more."""
    around: LexborNode | None = field
    while around is not None and around.tag not in ("form", "body"):
        around = around.parent
    form = around if around is not None and around.tag == "form" else field
    if len(form.text(strip=True)) <= _LONGEST_SEARCH and form.tag not in _KEPT:
        form.remove()


def _is_imprint(footer: LexborNode) -> bool:
    """Whether a footer says who made the page, or holds hardly more than links. One with other words may tell whom to call."""
    text = " ".join(footer.text().split())
    if len(text) > _LONGEST_IMPRINT or footer.tag in _KEPT:
        return False
    links = sum(len(" ".join(link.text().split())) for link in footer.css("a"))
    return _MADE_BY.search(text) is not None or (bool(text) and links >= _SHARE_OF_LINKS * len(text))


def _is_of_the_site(link: LexborNode) -> bool:
    """Whether a link leads about the page, and no sentence names it."""
    text = " ".join(link.text().split())
    if (link.attributes.get("href") or "").startswith("#") and _SKIP.fullmatch(text):
        return True
    if not _OF_THE_SITE.fullmatch(text):
        return False
    block = link.parent
    while block is not None and block.tag not in BLOCKS:
        block = block.parent
    return block is None or block.tag == "body" or not _says_more(block, link)


def _says_more(block: LexborNode, link: LexborNode) -> bool:
    """Whether a block holds a word besides those of a link."""
    inside = False
    for node, entering in walk(block):
        if node.mem_id == link.mem_id:
            inside = entering
        elif node.tag == TEXT and entering and not inside and (node.text_content or "").strip():
            return True
    return False
