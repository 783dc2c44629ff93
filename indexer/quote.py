"""A passage found again in a document's text, or where the two part; pure.

A build may have dropped blocks of a page that are furniture of its site, so that a passage is a
run of slices of the page's text, in order. Nothing else may be missing between them.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from corpora.document import BLOCK_SEPARATOR, Block, Document
from indexer.furniture import is_droppable

Span = tuple[int, int]
"""First code point, and one past the last."""

_BEFORE_CHARS = 20
_AFTER_CHARS = 40
_TRIED_BLOCKS = 100


@dataclass(frozen=True, slots=True)
class Quote:
    """Where a passage stands.

    Attributes:
        spans: in the document's text; their slices, one after the other, are the passage.
        is_whole: whether all the text that was stored of the document is found so.
    """

    spans: tuple[Span, ...]
    is_whole: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """Where a passage and a document's text part.

    Attributes:
        at: the first code point of the passage that differs.
        found_at: what it was compared with, in the document's text.
        expected: the passage around there.
        found: the document around there.
    """

    at: int
    found_at: int
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A text as a run of a document's blocks.

    Attributes:
        pieces: (first code point in the text, the same in the document's, length) of each.
        end: code points of the text that they take up.
        passed: where the blocks begin in the document that did not fit there.
    """

    pieces: tuple[tuple[int, int, int], ...]
    end: int
    passed: tuple[int, ...]

    def spans(self, start: int, end: int) -> tuple[Span, ...]:
        """A slice of the text as slices of the document's."""
        spans: list[Span] = []
        for at, place, length in self.pieces:
            first, last = max(start, at), min(end, at + length)
            if first >= last:
                continue
            begin = place + first - at
            if spans and spans[-1][1] == begin:
                spans[-1] = (spans[-1][0], begin + last - first)
            else:
                spans.append((begin, begin + last - first))
        return tuple(spans)


def find_quote(stored: str, start: int, end: int, document: Document) -> Quote | Difference:
    """Finds a passage in a document as it was read again.

    Args:
        stored: the text that the index holds of the document.
        start: first code point of the passage in it.
        end: one past the last.
        document: extracted, nothing dropped.
    """
    text, passage = document.text, stored[start:end]
    is_cut = end < len(stored)
    found = _align(stored[:end], document, 0, is_cut)
    if found.end == end:
        is_whole = _align(stored, document, 0, is_cut=False).end == len(stored)
        return Quote(found.spans(start, end), is_whole)
    at = text.find(passage)
    if at >= 0:
        return Quote(((at, at + len(passage)),), is_whole=False)
    for number in _beginnings(passage, document.blocks):
        part = _align(passage, document, number, is_cut)
        if part.end == len(passage):
            return Quote(part.spans(0, len(passage)), is_whole=False)
    return _difference(stored, start, end, text, found)


def _align(wanted: str, document: Document, first: int, is_cut: bool) -> _Aligned:
    """As many blocks as fit, one after the other, from a block on.

    Args:
        wanted: text to be found.
        document: whose blocks.
        first: number of the first block.
        is_cut: whether the text may end inside a block.
    """
    pieces: list[tuple[int, int, int]] = []
    passed: list[int] = []
    blocks = document.blocks
    at = 0
    place = sum(len(block.text) + len(BLOCK_SEPARATOR) for block in blocks[:first])
    for block in blocks[first:]:
        length = _fitting(wanted, at, block.text, is_cut)
        if length:
            pieces.append((at, place, length))
            passed.clear()
            at += length
        else:
            passed.append(place)
            if not is_droppable(document, block):
                break
        place += len(block.text) + len(BLOCK_SEPARATOR)
    return _Aligned(tuple(pieces), at, tuple(passed))


def _fitting(wanted: str, at: int, block: str, is_cut: bool) -> int:
    """How much of a text, from a place on, is a block with what parts it from the next; 0 for none."""
    end = at + len(block)
    if wanted.startswith(block, at):
        if end == len(wanted):
            return len(block)
        if wanted.startswith(BLOCK_SEPARATOR, end):
            return len(block) + len(BLOCK_SEPARATOR)
    rest = wanted[at : end + len(BLOCK_SEPARATOR)]
    is_last = at + len(rest) == len(wanted)
    return len(rest) if is_cut and is_last and f"{block}{BLOCK_SEPARATOR}".startswith(rest) else 0


def _beginnings(passage: str, blocks: Sequence[Block]) -> Iterator[int]:
    return (number for number, block in enumerate(blocks) if passage.startswith(block.text))


def _difference(stored: str, start: int, end: int, text: str, upto: _Aligned) -> Difference:
    if start <= upto.end:
        # Of the blocks that may stand in its place, the one that is most like it.
        places = upto.passed[:_TRIED_BLOCKS] or (len(text),)
        rest = stored[upto.end : end]
        found_at = max(places, key=lambda place: _common(rest, text, place))
        common = _common(rest, text, found_at)
        return _described(stored, start, upto.end + common, end, text, found_at + common)
    passage = stored[start:end]
    # Texts that begin alike: whatever is missing of the longer is missing of the shorter.
    common = bisect_left(range(1, len(passage)), True, key=lambda size: passage[:size] not in text)
    found_at = text.find(passage[:common]) + common
    return _described(stored, start, start + common, end, text, found_at)


def _common(rest: str, text: str, place: int) -> int:
    """Characters that a text and another have in common, from a place in the latter on."""
    there = text[place : place + len(rest)]
    pairs = enumerate(zip(rest, there, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(rest), len(there)))


def _described(stored: str, start: int, at: int, end: int, text: str, found_at: int) -> Difference:
    return Difference(
        at=at - start,
        found_at=found_at,
        expected=stored[max(start, at - _BEFORE_CHARS) : min(end, at + _AFTER_CHARS)],
        found=text[max(0, found_at - _BEFORE_CHARS) : found_at + _AFTER_CHARS],
    )
