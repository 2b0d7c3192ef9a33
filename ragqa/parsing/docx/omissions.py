"""What is left out of a Word file on purpose, gathered into few lines of warnings."""

from __future__ import annotations

from ragqa.parsing.cleaning import clean_line

_MOST_QUOTES = 20
_LONGEST_QUOTE = 80


class Omissions:
    """Counts what is left out by its kind. Set `section` to the heading that is being read under."""

    def __init__(self) -> None:
        self.section = ""
        self._quotes: dict[str, dict[str, int]] = {}

    def add(self, kind: str, quote: str = "") -> None:
        """One more of a kind ("hidden text"), with the words that were there."""
        quoted = clean_line(quote)[:_LONGEST_QUOTE]
        place = f" under \u201c{self.section[:_LONGEST_QUOTE]}\u201d" if self.section else ""
        text = f"\u201c{quoted}\u201d{place}" if quoted else place.strip()
        found = self._quotes.setdefault(kind, {})
        found[text] = found.get(text, 0) + 1

    def warnings(self) -> list[str]:
        """A line for each kind."""
        return [_line(kind, found) for kind, found in self._quotes.items()]


def _line(kind: str, found: dict[str, int]) -> str:
    quotes = [quote for quote in found if quote][:_MOST_QUOTES]
    total = sum(found.values())
    more = total - sum(found[quote] for quote in quotes)
    times = f" ({total} times)" if total > 1 else ""
    told = "; ".join(quotes) + (f"; and {more} more" if quotes and more else "")
    return f"not read: {kind}{times}{': ' if told else ''}{told}"
