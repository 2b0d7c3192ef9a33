"""Things to operate: those that a sentence names become their words, tabs and accordions name their panels, widgets go."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ragqa.parsing.html.nodes import BLOCKS, HEADINGS, TEXT, meaningful_alt, remove, to_elements, walk

_CONTROLS = "button, input, select, textarea"
_CONTROL_TAGS = frozenset({"button", "input", "select", "textarea"})
_PROSE = HEADINGS | {"p", "li", "table", "pre", "dl"}
_NAMES_OF_PLACES = HEADINGS | {"td", "th", "dt", "dd", "summary", "legend", "caption", "figcaption"}
_WORDLESS = frozenset({"checkbox", "radio", "hidden", "file", "color", "range", "search", "password"})
_OPENERS = (
    "[role='tab'], button[aria-controls], [aria-expanded][aria-controls], [data-bs-target], "
    "[data-toggle='tab'], [data-toggle='collapse'], [data-bs-toggle='tab'], [data-bs-toggle='collapse']"
)
_LABELS_BEFORE_PANELS = "input[type='radio'] + label + div, input[type='checkbox'] + label + div"
_BUTTONS_BEFORE_PANELS = (
    "button.accordion + div, button.collapsible + div, button[class*='accordion' i] + div, button[class*='collaps' i] + div, "
    "button[class*='toggle' i] + div, button + div[style*='display' i], button + div[hidden]"
)
_FOLDS = ("accordion", "spoiler", "collaps", "toggle", "expand", "dropdown", "faq", "question")
_AFTER_TITLES = ", ".join(f"[class*='{word}' i] + *" for word in _FOLDS) + ", [role='button'] + *, p + .droptext"
_IS_TITLE = re.compile(r"(?:title|head(?:er|ing)?|control|question|trigger|hot-?spot|summary|label)(?:[-_\s]|$)", re.IGNORECASE)
_IS_PANEL = re.compile(r"(?:content|body|answer|panel|inner|droptext)(?:[-_\s]|$)", re.IGNORECASE)
_TITLE_TAGS = frozenset({"div", "span", "a", "p", "strong", "b", "button"})
_POPUPS = ".MCTextPopupBody, .popupBody, .glossaryTermPopupBody, .glosstext"
_NODES_TO_JUDGE = 400
_MOST_OPTIONS = 20
_LONGEST_LABEL = 120


def name_panels(tree: LexborHTMLParser) -> None:
    """Set the label of every tab and accordion at the head of its panel, as a summary."""
    panels: dict[int, tuple[LexborNode, str]] = {}
    spent: list[LexborNode] = []
    _panels_of_tabs(tree, panels, spent)
    _panels_of_sets(tree, panels, spent)
    _panels_after_titles(tree, panels, spent)
    for panel in to_elements(tree, f"{_LABELS_BEFORE_PANELS}, {_BUTTONS_BEFORE_PANELS}"):
        opener = _element_before(panel)
        if opener is not None and panel.mem_id not in panels:
            panels[panel.mem_id] = (panel, _label_of(opener))
            spent.append(opener)
    for panel, label in panels.values():
        if label and panel.child is not None and not _has_own_name(panel, label):
            summary = tree.create_node("summary")
            summary.insert_child(label)
            panel.child.insert_before(summary)
    remove(sorted_by_order(tree, spent))


def sorted_by_order(tree: LexborHTMLParser, nodes: list[LexborNode]) -> list[LexborNode]:
    """`nodes` as they stand in the tree, each once."""
    wanted = {node.mem_id for node in nodes}
    return [
        node
        for node in to_elements(tree, "button, a, label, li, div, span, p, strong, b, h1, h2, h3, h4, h5, h6")
        if node.mem_id in wanted
    ]


def write_popups(tree: LexborHTMLParser) -> None:
    """Set what pops up over a word in brackets behind it, as it would run into the word; a number made by a style apart."""
    for popup in reversed(to_elements(tree, _POPUPS)):
        said = " ".join(popup.text().split())
        popup.replace_with(f" ({said}) " if said else " ")
    for number in to_elements(tree, "span.autonumber, a.sdfootnotesym"):
        number.insert_after(" ")


def write_controls(tree: LexborHTMLParser) -> None:
    """Put a control's words in its place where a text, a cell or a heading names it; take all others out."""
    controls = to_elements(tree, _CONTROLS)
    if not controls:
        return
    _remove_widgets(controls)
    said: dict[int, bool] = {}
    for control in reversed(to_elements(tree, _CONTROLS)):
        block = _block_around(control)
        place = block.mem_id if block is not None else 0
        if place not in said:
            said[place] = block is not None and _is_named_in(block)
        known = said[place]
        words = _words(control) if known else ""
        if control.tag == "textarea" and not known and "\n" in control.text().strip():
            _as_listing(tree, control)
        elif words:
            control.replace_with(words)
        else:
            control.replace_with(" ")


def _panels_of_tabs(tree: LexborHTMLParser, panels: dict[int, tuple[LexborNode, str]], spent: list[LexborNode]) -> None:
    openers = to_elements(tree, _OPENERS)
    roles = to_elements(tree, "[role='tabpanel']")
    if not openers:
        return
    by_id = {element.attributes.get("id") or "": element for element in to_elements(tree, "[id]")}
    named: set[int] = set()
    for panel in roles:
        for name in (panel.attributes.get("aria-labelledby") or "").split()[:1]:
            if name in by_id:
                panels[panel.mem_id] = (panel, _label_of(by_id[name]))
                named.add(by_id[name].mem_id)
    for opener in openers:
        target = by_id.get(_target(opener))
        if target is not None and target.mem_id != opener.mem_id and opener.attributes.get("aria-haspopup") is None:
            panels.setdefault(target.mem_id, (target, _label_of(opener)))
            named.add(opener.mem_id)
    _by_position(tree, panels, named)
    spent.extend(opener for opener in openers if _may_go(opener, named))


def _by_position(tree: LexborHTMLParser, panels: dict[int, tuple[LexborNode, str]], named: set[int]) -> None:
    """Tabs and panels that are not tied to each other go together by their order."""
    tabs: list[LexborNode] = []
    for element in to_elements(tree, "[role='tablist'], [role='tab'], [role='tabpanel']"):
        role = element.attributes.get("role")
        if role == "tablist":
            tabs = []
        elif role == "tab" and element.mem_id not in named:
            tabs.append(element)
        elif role == "tabpanel" and element.mem_id not in panels and tabs:
            tab = tabs.pop(0)
            panels[element.mem_id] = (element, _label_of(tab))
            named.add(tab.mem_id)


def _panels_of_sets(tree: LexborHTMLParser, panels: dict[int, tuple[LexborNode, str]], spent: list[LexborNode]) -> None:
    """Tab sets whose labels stand together before their blocks; where each stands before its own, that tells."""
    for tab_set in to_elements(tree, ".tabbed-set"):
        labels = to_elements(tab_set, ".tabbed-labels > label")
        blocks = to_elements(tab_set, ".tabbed-block")
        if labels and len(labels) == len(blocks):
            for label, block in zip(labels, blocks, strict=True):
                panels[block.mem_id] = (block, _label_of(label))
            spent.extend(labels)
    for group in to_elements(tree, ".vp-code-group"):
        labels, blocks = to_elements(group, ".tabs > label"), to_elements(group, ".blocks > div")
        if len(labels) == len(blocks):
            panels.update((block.mem_id, (block, _label_of(label))) for label, block in zip(labels, blocks, strict=True))
            spent.extend(labels)


def _panels_after_titles(tree: LexborHTMLParser, panels: dict[int, tuple[LexborNode, str]], spent: list[LexborNode]) -> None:
    """Panels that only a script tells: their class says so, that of the element before them that it is the title."""
    for panel in to_elements(tree, _AFTER_TITLES):
        opener = _element_before(panel)
        if opener is None or panel.mem_id in panels or not _IS_PANEL.search(panel.attributes.get("class") or ""):
            continue
        if panel.tag == "span" and opener.parent is not None and opener.parent.tag in ("span", "a", "p"):
            continue  # words that unfold within a sentence
        if _is_title(opener) and _label_of(opener):
            panels[panel.mem_id] = (panel, _label_of(opener))
            spent.append(opener)


def _is_title(opener: LexborNode) -> bool:
    spot = opener.css_first("a.dropspot")
    if spot is not None:
        return spot.text(strip=True) == opener.text(strip=True)
    if opener.tag not in _TITLE_TAGS or opener.css_first("h1, h2, h3, h4, h5, h6") is not None:
        return False
    return opener.attributes.get("role") == "button" or _IS_TITLE.search(opener.attributes.get("class") or "") is not None


def _target(opener: LexborNode) -> str:
    attributes = opener.attributes
    target = (
        attributes.get("aria-controls")
        or attributes.get("data-bs-target")
        or attributes.get("data-target")
        or attributes.get("href")
        or ""
    )
    return target.split()[0].removeprefix("#") if target.split() else ""


def _may_go(opener: LexborNode, named: set[int]) -> bool:
    """An opener whose panel bears its label goes, unless it is a heading or the words of one."""
    around = opener.parent
    in_heading = opener.tag in HEADINGS or (around is not None and around.tag in HEADINGS | {"summary"})
    return opener.mem_id in named and not in_heading


def _has_own_name(panel: LexborNode, label: str) -> bool:
    """Whether the panel, or the heading right before it, says the label already."""
    before = _element_before(panel)
    if before is not None and before.tag in HEADINGS and " ".join(before.text().split()) == label:
        return True
    start = " ".join(panel.text().split())[: len(label) + 1]
    first = panel.css_first("h1, h2, h3, h4, h5, h6, summary")
    return first is not None and start.strip() == label and " ".join(first.text().split()) == label


def _element_before(node: LexborNode) -> LexborNode | None:
    before = node.prev
    while before is not None and (before.tag == TEXT or before.is_comment_node):
        before = before.prev
    return before


def _label_of(opener: LexborNode) -> str:
    label = " ".join(opener.text().split()) or opener.attributes.get("aria-label") or ""
    return label if len(label) <= _LONGEST_LABEL else ""


def _remove_widgets(controls: list[LexborNode]) -> None:
    """Take out blocks such as "Was this helpful? Yes No"."""
    doomed: dict[int, LexborNode] = {}
    kept_blocks: set[int] = set()
    for control in controls:
        around = control.parent
        while around is not None and around.tag not in ("div", "form", "body") and around.tag not in _PROSE:
            around = around.parent
        while (
            around is not None and around.tag in ("div", "form") and not (around.mem_id in kept_blocks or around.mem_id in doomed)
        ):
            if not _is_widget(around):
                kept_blocks.add(around.mem_id)
                break
            doomed[around.mem_id] = around
            around = around.parent
    kept = [node for node in doomed.values() if node.parent is None or node.parent.mem_id not in doomed]
    for node in kept:
        node.replace_with(" ")


def _is_widget(node: LexborNode) -> bool:
    """Whether a block holds two controls and no prose, and nothing is said after the first of them."""
    controls = inside = 0
    before: list[str] = []
    after: list[str] = []
    for count, (child, entering) in enumerate(walk(node)):
        if child.tag in _PROSE or count > _NODES_TO_JUDGE:
            return False
        if child.tag in _CONTROL_TAGS and child.tag != "input" and child.child is not None:
            inside += 1 if entering else -1
        controls += entering and child.tag in _CONTROL_TAGS
        if entering and child.tag == TEXT and not inside:
            (after if controls else before).append(child.text_content or "")
    asks = "".join(before).rstrip().endswith("?")
    return controls >= 2 and (asks or not any(map(str.isalnum, "".join(after))))


def _block_around(node: LexborNode) -> LexborNode | None:
    around = node.parent
    while around is not None and around.tag not in BLOCKS:
        around = around.parent
    return around


def _is_named_in(block: LexborNode) -> bool:
    """Whether a block says something besides its controls, or is one where a control's name is what it says."""
    if block.tag in _NAMES_OF_PLACES:
        return True
    inside = 0
    for count, (child, entering) in enumerate(walk(block)):
        if count > _NODES_TO_JUDGE:
            return True
        if child.tag in _CONTROL_TAGS and child.child is not None:
            inside += 1 if entering else -1
        elif entering and child.tag == TEXT and not inside and any(map(str.isalnum, child.text_content or "")):
            around = _block_around(child)
            if around is not None and around.mem_id == block.mem_id:
                return True
    return False


def _words(control: LexborNode) -> str:
    attributes = control.attributes
    if control.tag == "select":
        options = [" ".join(option.text().split()) for option in control.css("option")]
        chosen = control.css_first("option[selected]")
        if len(options) > _MOST_OPTIONS:
            return " ".join(chosen.text().split()) if chosen is not None else ""
        return " / ".join(option for option in options if option)
    if control.tag == "input":
        kind = (attributes.get("type") or "text").lower()
        if kind == "image":
            return f"[{meaningful_alt(control)}]" if meaningful_alt(control) else ""
        return "" if kind in _WORDLESS else attributes.get("value") or attributes.get("placeholder") or ""
    text = " ".join(control.text().split())
    if text:
        return text
    names = [meaningful_alt(picture) for picture in control.css("img")]
    name = next((name for name in names if name), "") or attributes.get("aria-label") or attributes.get("title") or ""
    return f"[{name}]" if name else ""


def _as_listing(tree: LexborHTMLParser, control: LexborNode) -> None:
    listing = tree.create_node("pre")
    listing.insert_child(control.text())
    control.replace_with(listing)
