"""Document to chunks: stretches of whole blocks that fit the embedder, never across a heading of level 1 or 2."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, reduce

from ragqa.config import IngestSettings
from ragqa.types import Block, BlockKind, Chunk, Document

CountTokens = Callable[[Sequence[str]], list[int]]

HARD_LEVEL = 2
"""A heading of this level or above always begins a new chunk."""

SMALLEST_SECTION = 64
"""A deeper heading begins a new chunk once the running one has this many tokens; tiny sections stay together."""

CHARACTERS_PER_TOKEN_AT_MOST = 10
"""WordPiece makes one unknown token of any very long word: what looks short in tokens must still be bounded in characters."""

_LONG_RUN = re.compile(r"[^\s。！？；，、]{400}")
_SEPARATORS = ["\n\n", "\n", ". ", "! ", "? ", "。", "！", "？", "; ", "；", ", ", "，", "、", " ", ""]
"""Where a block longer than a chunk is cut, best first; those of scripts without spaces stand among their like."""


@dataclass(frozen=True, slots=True)
class _Atom:
    """A block, or a piece of one that alone exceeds a chunk."""

    block: Block
    start: int
    end: int
    tokens: int


def chunk_document(document: Document, settings: IngestSettings, count_tokens: CountTokens) -> list[Chunk]:
    """The document's chunks, in order: at most `chunk_tokens` each, consecutive ones of a section overlapping.

    Every non-heading character of every block is in some chunk. A heading stands at the head of the chunk with its text.
    """
    chunks: list[Chunk] = []
    for section in _sections(_atoms(document, settings, count_tokens)):
        has_text = any(_is_text(atom) for atom in section)
        chunks.extend(_chunk(document, run) for run in _runs(section, settings) if not has_text or any(map(_is_text, run)))
    return chunks


def embedded_text(title: str, section: Sequence[str], text: str, settings: IngestSettings, count_tokens: CountTokens) -> str:
    """What is embedded for a chunk: title and heading path, cut to `heading_tokens`, before its text."""
    headings = [heading for heading in dict.fromkeys([title, *section]) if heading]
    while len(headings) > 1 and count_tokens([" > ".join(headings)])[0] > settings.heading_tokens:
        headings.pop(1 if len(headings) > 2 else 0)
    line = " > ".join(headings)
    if count_tokens([line])[0] > settings.heading_tokens:
        line = line[: settings.heading_tokens * 4]
    return f"{line}\n{text}" if line else text


def _atoms(document: Document, settings: IngestSettings, count_tokens: CountTokens) -> list[_Atom]:
    blocks = document.blocks
    lengths = _bounded(count_tokens)([document.text[block.start : block.end] for block in blocks])
    atoms: list[_Atom] = []
    headings = 0  # tokens of the headings right before a block, which go with it
    for block, tokens in zip(blocks, lengths, strict=True):
        room = settings.chunk_tokens - (headings if headings <= settings.chunk_tokens // 2 else 0)
        if tokens <= room:
            atoms.append(_Atom(block, block.start, block.end, tokens))
        else:
            atoms.extend(_pieces(document.text, block, settings.chunk_overlap or room, count_tokens))
        headings = headings + tokens if block.kind is BlockKind.HEADING else 0
    return atoms


def _is_text(atom: _Atom) -> bool:
    return atom.block.kind is not BlockKind.HEADING


def _bounded(count_tokens: CountTokens) -> CountTokens:
    def count(texts: Sequence[str]) -> list[int]:
        lengths = count_tokens(texts)
        return [max(tokens, len(text) // CHARACTERS_PER_TOKEN_AT_MOST) for text, tokens in zip(texts, lengths, strict=True)]

    return count


def _pieces(text: str, block: Block, most_tokens: int, count_tokens: CountTokens) -> Iterator[_Atom]:
    """A block longer than a chunk, cut at sentences where possible, then at words; a piece can be the next chunk's overlap."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    bounded = _bounded(count_tokens)
    length = cache(lambda piece: bounded([piece])[0])
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=most_tokens,
        chunk_overlap=0,
        length_function=length,
        separators=_SEPARATORS,
        keep_separator="end",
        strip_whitespace=False,
    )
    start = block.start
    for stretch in _unbroken_runs_cut(text[block.start : block.end]):
        for piece in splitter.split_text(stretch):
            lead, trail = len(piece) - len(piece.lstrip()), len(piece) - len(piece.rstrip())
            if lead < len(piece):
                yield _Atom(block, start + lead, start + len(piece) - trail, length(piece))
            start += len(piece)


def _unbroken_runs_cut(text: str) -> Iterator[str]:
    """The text, cut after every 400 characters without a place to cut: splitting such runs letter by letter takes minutes."""
    first = 0
    for match in _LONG_RUN.finditer(text):
        yield text[first : match.end()]
        first = match.end()
    yield text[first:]


def _sections(atoms: list[_Atom]) -> Iterator[list[_Atom]]:
    """The atoms between headings of level 1 and 2. Consecutive headings stay with the text that follows them."""
    section: list[_Atom] = []
    for atom in atoms:
        if section and _is_hard_break(section[-1].block, atom.block):
            yield section
            section = []
        section.append(atom)
    if section:
        yield section


def _is_hard_break(before: Block, block: Block) -> bool:
    if _hard_path(before) == _hard_path(block):
        # Two headings of the same name in a row are two sections all the same.
        return block.kind is BlockKind.HEADING and block.levels[-1] <= HARD_LEVEL and before.kind is not BlockKind.HEADING
    return not (before.kind is BlockKind.HEADING and before.section == block.section[: len(before.section)])


def _hard_path(block: Block) -> tuple[str, ...]:
    return tuple(name for name, level in zip(block.section, block.levels, strict=True) if level <= HARD_LEVEL)


def _runs(section: list[_Atom], settings: IngestSettings) -> Iterator[list[_Atom]]:
    """Consecutive atoms up to `chunk_tokens`, each run beginning with the last atoms of the one before, as far as
    `chunk_overlap` allows. A deeper heading begins a run of its own, without overlap, once the running one is not tiny."""
    run: list[_Atom] = []
    tokens = 0
    for atom in section:
        is_new_topic = atom.block.kind is BlockKind.HEADING and tokens >= SMALLEST_SECTION
        if run and (is_new_topic or tokens + atom.tokens > settings.chunk_tokens):
            headings: list[_Atom] = []
            while run and run[-1].block.kind is BlockKind.HEADING:  # a heading goes with what follows it
                headings.insert(0, run.pop())
            if run:
                yield run
            run = headings or ([] if is_new_topic else _overlap(run, settings, atom))
            tokens = sum(kept.tokens for kept in run)
            if run and tokens + atom.tokens > settings.chunk_tokens:  # headings that fill a chunk by themselves
                yield run
                run, tokens = [], 0
        run.append(atom)
        tokens += atom.tokens
    if run:
        yield run


def _overlap(run: list[_Atom], settings: IngestSettings, following: _Atom) -> list[_Atom]:
    kept: list[_Atom] = []
    room = min(settings.chunk_overlap, settings.chunk_tokens - following.tokens)
    for atom in reversed(run[1:]):
        if atom.tokens > room or atom.block.kind is BlockKind.HEADING:
            break
        kept.insert(0, atom)
        room -= atom.tokens
    return kept


def _chunk(document: Document, run: list[_Atom]) -> Chunk:
    start, end = run[0].start, run[-1].end
    pages = [atom.block.page for atom in run if atom.block.page is not None]
    paths = [atom.block.section for atom in run if _is_text(atom)] or [run[-1].block.section]
    return Chunk(
        text=document.text[start:end],
        start=start,
        end=end,
        section=reduce(_common, paths),
        page_first=min(pages, default=None),
        page_last=max(pages, default=None),
    )


def _common(one: tuple[str, ...], other: tuple[str, ...]) -> tuple[str, ...]:
    shared = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        shared += 1
    return one[:shared]
