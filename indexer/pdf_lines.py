"""Words of a PDF page to its lines in reading order, columns kept apart."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.pdf_words import Word

# In units of the font's size.
_LINE_SHIFT = 0.6  # further up or down is another line; indices and powers are nearer
_GAP = 1.0  # a wider gap may part two columns
_GUTTER_STEPS = 48
_MIN_COLUMN_SHARE = 0.2
_MAX_CROSSING_SHARE = 0.25
_MAX_DISORDER = 0.2
_MIN_SEGMENTS = 8
_MAX_LOOKED_AT = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """Words that stand beside each other.

    Attributes:
        text: its words, parted by spaces.
        left, right: of its first and its last word, in points.
        middle: height of its middle.
        size: of most of its characters.
        is_bold: whether all its words are.
        is_broken: whether it ends in the middle of a word.
        page: its number, from 0.
        column: 0 for the left or only one, 1 for the right one, -1 for a line across both.
    """

    text: str
    left: float
    right: float
    middle: float
    size: float
    is_bold: bool
    is_broken: bool
    page: int = 0
    column: int = 0


def line_of(words: Sequence[Word], page: int = 0, column: int = 0) -> Line:
    """The line that these words make."""
    sizes = sorted((word.size, len(word.text)) for word in words)
    half, at = sum(length for _, length in sizes) / 2, 0
    while at < len(sizes) - 1 and (half := half - sizes[at][1]) > 0:
        at += 1
    return Line(
        text=" ".join(word.text for word in words),
        left=min(word.left for word in words),
        right=max(word.right for word in words),
        middle=median((word.bottom + word.top) / 2 for word in words),
        size=sizes[at][0],
        is_bold=all(word.is_bold for word in words),
        is_broken=words[-1].is_broken,
        page=page,
        column=column,
    )


def page_lines(words: Sequence[Word], page: int) -> list[Line]:
    """The lines of a page in reading order.

    The order of the page's content is kept where it is a reader's: producers of PDF mostly write
    column by column. Where it runs across the columns or up and down, it is made anew.
    """
    segments = _segments(words)
    gutter = _gutter(segments)
    if _is_disordered(segments, gutter):
        segments = _sorted(segments, gutter)
    return [
        line_of(segment, page, _column(segment, gutter)) for segment in _joined(segments, gutter)
    ]


_Segment = tuple[Word, ...]


def _segments(words: Iterable[Word]) -> list[_Segment]:
    """Words that follow each other closely on one line."""
    segments: list[_Segment] = []
    current: list[Word] = []
    for word in words:
        if current and not _follows(current[-1], word, current[0]):
            segments.append(tuple(current))
            current = []
        current.append(word)
    return [*segments, tuple(current)] if current else segments


def _follows(before: Word, word: Word, first: Word) -> bool:
    size = max(before.size, word.size, first.size, 1)
    is_near = -0.5 * size <= _gap(before, word) <= _GAP * size
    return is_near and _is_beside(before, word) and not before.is_broken


def _gap(before: Word, word: Word) -> float:
    """How far a word begins behind another, in the direction it is read."""
    if unicodedata.bidirectional(word.text[:1]) in ("R", "AL"):
        return before.left - word.right
    return word.left - before.right


def _is_beside(one: Word, other: Word) -> bool:
    shift = abs((one.bottom + one.top) - (other.bottom + other.top)) / 2
    return shift < _LINE_SHIFT * max(one.size, other.size, 1)


def _extent(segment: _Segment) -> tuple[float, float]:
    return min(word.left for word in segment), max(word.right for word in segment)


def _gutter(segments: Sequence[_Segment]) -> float | None:
    """Where the gap between two columns is; None on a page of one column."""
    if len(segments) < _MIN_SEGMENTS:
        return None
    extents = [_extent(segment) for segment in segments[:: len(segments) // _MAX_LOOKED_AT + 1]]
    left, right = min(each[0] for each in extents), max(each[1] for each in extents)
    best: tuple[float, float] | None = None
    for step in range(_GUTTER_STEPS // 4, _GUTTER_STEPS * 3 // 4 + 1):
        at = left + (right - left) * step / _GUTTER_STEPS
        crossing = sum(end - start for start, end in extents if start < at < end)
        before = sum(end - start for start, end in extents if end <= at)
        after = sum(end - start for start, end in extents if start >= at)
        total = crossing + before + after or 1
        if min(before, after) < _MIN_COLUMN_SHARE * total:
            continue
        if crossing <= _MAX_CROSSING_SHARE * total and (best is None or crossing < best[0]):
            best = crossing, at
    return best[1] if best and _stand_beside(segments, best[1]) else None


def _stand_beside(segments: Sequence[_Segment], gutter: float) -> bool:
    """Whether the two sides have lines at the same heights, rather than one above the other."""
    sides: tuple[list[float], list[float]] = ([], [])
    for segment in segments:
        column = _column(segment, gutter)
        if column >= 0:
            sides[column].append((segment[0].bottom + segment[0].top) / 2)
    low = max(min(side) for side in sides)
    high = min(max(side) for side in sides)
    between = sum(low - 1 <= height <= high + 1 for side in sides for height in side)
    return between >= 0.5 * sum(map(len, sides))


def _column(segment: _Segment, gutter: float | None) -> int:
    if gutter is None:
        return 0
    left, right = _extent(segment)
    return 0 if right <= gutter else 1 if left >= gutter else -1


def _is_disordered(segments: Sequence[_Segment], gutter: float | None) -> bool:
    """Whether the content's order runs across the columns or jumps up within one."""
    if len(segments) < _MIN_SEGMENTS:
        return False
    jumps = 0
    for before, after in pairwise(segments):
        columns = _column(before, gutter), _column(after, gutter)
        height = (after[0].bottom + after[0].top) - (before[0].bottom + before[0].top)
        if _is_beside(before[0], after[0]):
            jumps += columns in ((0, 1), (1, 0))
        elif height > 0:
            jumps += columns[0] == columns[1] or -1 in columns
    return jumps > _MAX_DISORDER * len(segments)


def _sorted(segments: Sequence[_Segment], gutter: float | None) -> list[_Segment]:
    """From top to bottom; between lines across the page the left column before the right one."""
    rows = sorted(segments, key=lambda segment: -(segment[0].bottom + segment[0].top))
    if gutter is None:
        return _left_to_right(rows)
    found: list[_Segment] = []
    columns: tuple[list[_Segment], list[_Segment]] = ([], [])
    for segment in rows:
        column = _column(segment, gutter)
        if column >= 0:
            columns[column].append(segment)
            continue
        found += [*_left_to_right(columns[0]), *_left_to_right(columns[1]), segment]
        columns = ([], [])
    return [*found, *_left_to_right(columns[0]), *_left_to_right(columns[1])]


def _left_to_right(rows: Sequence[_Segment]) -> list[_Segment]:
    """Segments from top to bottom, those on one line by where they begin."""
    found: list[_Segment] = []
    line: list[_Segment] = []
    for segment in rows:
        if line and not _is_beside(line[0][0], segment[0]):
            found += sorted(line, key=_extent)
            line = []
        line.append(segment)
    return [*found, *sorted(line, key=_extent)]


def _joined(segments: Sequence[_Segment], gutter: float | None) -> list[_Segment]:
    """Segments that follow each other on one line and in one column become one."""
    joined: list[_Segment] = []
    for segment in segments:
        before = joined[-1] if joined else None
        is_same = (
            before is not None
            and not before[-1].is_broken
            and _is_beside(before[-1], segment[0])
            and _gap(before[-1], segment[0]) >= -0.5 * segment[0].size
            and _column(before, gutter) == _column(segment, gutter)
        )
        if is_same and before is not None:
            joined[-1] = before + segment
        else:
            joined.append(segment)
    return joined
