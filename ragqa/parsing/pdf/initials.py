"""Drop capitals: the large first letter of a text, set into two or three of its lines."""

from __future__ import annotations

from collections.abc import Sequence

from ragqa.parsing.pdf.spans import PageSpans, Span

_LARGER = 1.8
_WIDEST_GAP = 0.8
_MOST_LINES = 5


def join_initials(pages: Sequence[PageSpans]) -> None:
    """Give drop capitals back to the words that they begin."""
    for page in pages:
        for initial in [span for span in page.spans if _may_be_initial(span)]:
            beside = [span for span in page.spans if span is not initial and _stands_beside(span, initial)]
            if not beside or max(beside, key=lambda span: span.base).base - initial.base < 0.5 * beside[0].size:
                continue
            first = max(beside, key=lambda span: span.base)
            joint = "" if first.text[0].islower() else " "
            first.text = f"{initial.text}{joint}{first.text}"
            first.gaps = tuple((space + 1 + len(joint), right, left) for space, right, left in first.gaps)
            first.x0 = initial.x0
            page.spans.remove(initial)


def _may_be_initial(span: Span) -> bool:
    return len(span.text) == 1 and span.text.isalpha() and span.text.isupper()


def _stands_beside(span: Span, initial: Span) -> bool:
    """Whether the initial is set into the line: it begins where the letter ends, and the letter reaches as high as it."""
    if initial.size < _LARGER * span.size or not -1 <= span.x0 - initial.x1 <= _WIDEST_GAP * span.size + 2:
        return False
    return initial.base - 0.3 * span.size <= span.base <= initial.base + min(initial.size, _MOST_LINES * 1.4 * span.size)
