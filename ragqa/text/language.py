"""What the project knows of one language: its words, and the regular expressions of its manners of speaking."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Language:
    """A language that manuals are written in. Every field but the first four may be left out, and then the language has none.

    Words are in lower case with their accents. What is named a pattern is the inside of a regular expression; patterns are
    compiled without regard to case, and where a field says so they meet folded text (see `ragqa.text.analysis.fold`).

    For analysis: `stemmer` is the Snowball stemmer of the words in Latin letters, None to leave them whole. `stems_accents` says
    that its stemmer knows accents ("configuração"): such words are then indexed by their stem with and without. `stop_words` are
    left out of questions: of a language with `spaces` between its words they are words, else pairs of characters, or single ones.

    For the detector: `letters` hardly occur in other languages here, and words with these `endings` seldom do.

    For questions and sentences: `how_to` is the pattern, over a folded question, of one that asks how something is done: where
    words have spaces, at the beginning of a sentence and after `conjunctions`, a pattern of what joins a second question to the
    first; anywhere else. After `abbreviations`, written without their full stop, no sentence ends; after `number_abbreviations`
    none ends before a number ("sec. 4", "12 in. (30 cm)"), and a "#" in one stands for a number before it.

    For parsing: `warning_labels` stand before warnings; `page_words` before page numbers and `page_counters` after them,
    `page_totals` between a page's number and that of all. `sentence_openers` begin a sentence and no heading; `unfinished` words
    end no heading. `empty_titles` are patterns of titles that say nothing of a document. `captions` stand before the numbers of
    figures and tables, `chapters` before those of chapters, `pictures` name pictures without saying what they show. Of word
    processors' styles there are the names of a `title_styles`, and the patterns `heading_styles` and `contents_styles`, before a
    level, `bullet_styles` and `number_styles`.

    For which product is meant: `product_kinds` are what people call products, all names of one kind together; `manual_words` are
    what manuals call themselves, and name no product.
    """

    code: str
    name: str
    stemmer: str | None
    stop_words: frozenset[str]
    stems_accents: bool = True
    spaces: bool = True
    letters: str = ""
    endings: tuple[str, ...] = ()
    how_to: str = ""
    conjunctions: str = ""
    abbreviations: tuple[str, ...] = ()
    number_abbreviations: tuple[str, ...] = ()
    warning_labels: tuple[str, ...] = ()
    page_words: tuple[str, ...] = ()
    page_counters: tuple[str, ...] = ()
    page_totals: tuple[str, ...] = ()
    sentence_openers: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    empty_titles: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    chapters: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()
    title_styles: tuple[str, ...] = ()
    heading_styles: tuple[str, ...] = ()
    contents_styles: tuple[str, ...] = ()
    bullet_styles: tuple[str, ...] = ()
    number_styles: tuple[str, ...] = ()
    product_kinds: tuple[tuple[str, ...], ...] = ()
    manual_words: frozenset[str] = frozenset()


def words(text: str) -> frozenset[str]:
    """The words of a text between white space."""
    return frozenset(text.split())


def phrases(text: str) -> tuple[str, ...]:
    """The entries of a text, parted by commas or line ends, in order."""
    return tuple(entry.strip() for entry in text.replace("\n", ",").split(",") if entry.strip())


def kinds(text: str) -> tuple[tuple[str, ...], ...]:
    """The kinds of a text, one a line, each with its names parted by commas."""
    return tuple(phrases(line) for line in text.splitlines() if line.strip())
