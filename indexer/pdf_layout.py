"""Lines of a PDF to paragraphs: what repeats on every page dropped, broken words made whole."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from indexer.pdf_lines import Line

_EDGE_LINES = 3
"""So many lines at the top and bottom of a page may be its header and footer."""
_SAME_HEIGHT = 6.0
_DIGITS = re.compile(r"\d+|\b[ivxlc]{1,6}\b")
_SENTENCE_END = re.compile(r"[.!?:;。！？：][\"'”’)\]]*\d{0,3}$")
_ITEM = re.compile(r"(?:[•▪◦‣●○■□➢✓*·–—-]|\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)])\s+\S")
_BULLET = re.compile(r"[•▪◦‣●○■□➢✓·]")
CAPTION = re.compile(
    r"(?:fig(?:ure|\.)?|tab(?:le|\.)?|algorithm|listing|scheme|chart|plate|box|exhibit|abbildung|"
    r"tabelle|figura|tabla|tableau|рис\.|табл\.|图|表)\s*[A-Z]?\.?\d{1,3}(?:\.\d{1,2})?[a-z]?\s*[.:|—–]",
    re.IGNORECASE,
)
"""How the caption of a figure or a table begins."""
_CJK = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+|[^\W\d_]+")

# In units of the font's size.
_NEW_SIZE = 0.12
_INDENT = 0.8
_MAX_INDENT = 6.0
_MIN_LEADING, _MAX_LEADING = 0.9, 2.2
_SPACE_ABOVE = 1.3  # of the usual distance of lines


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Lines that belong together.

    Attributes:
        text: its lines joined.
        first, last: its first and last line.
        size: of its font.
        is_bold: whether all of it is.
        lines: how many.
    """

    text: str
    first: Line
    last: Line
    size: float
    is_bold: bool
    lines: int

    @property
    def is_finished(self) -> bool:
        """Whether it ends as sentences do."""
        return _SENTENCE_END.search(self.text) is not None

    @property
    def is_item(self) -> bool:
        """Whether it is an item of a list."""
        return _BULLET.match(self.text) is not None


def without_furniture(pages: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of all pages but running headers and footers and the numbers of pages."""
    if len(pages) < 2:
        return [line for page in pages for line in page]
    edges = [_edges(page) for page in pages]
    places: dict[str, list[float]] = {}
    for lines in edges:
        for line in lines:
            places.setdefault(_key(line), []).append(line.middle)
    needed = 2 if len(pages) < 6 else 3
    repeated = {
        (key, round(height / _SAME_HEIGHT))
        for key, heights in places.items()
        for height in heights
        if sum(abs(height - other) < _SAME_HEIGHT for other in heights[:1000]) >= needed
    }
    return [
        line
        for page, lines in zip(pages, edges, strict=True)
        for line in page
        if not (line in lines and (_key(line), round(line.middle / _SAME_HEIGHT)) in repeated)
    ]


def _edges(page: Sequence[Line]) -> list[Line]:
    heights = sorted(page, key=lambda line: line.middle)
    is_small = len(heights) <= 2 * _EDGE_LINES
    return heights if is_small else [*heights[:_EDGE_LINES], *heights[-_EDGE_LINES:]]


def _key(line: Line) -> str:
    return _DIGITS.sub("#", " ".join(line.text.lower().split()))


def body_size(lines: Sequence[Line]) -> float:
    """The size in which most of the text is set; 0 without text."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 4) / 4] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def paragraphs(lines: Sequence[Line]) -> list[Paragraph]:
    """The paragraphs of lines in reading order.

    One that is interrupted by a caption or by the end of a column goes on where its text does.
    """
    edges = _column_edges(lines)
    leading = _leading(lines)
    words = Counter(word.lower() for line in lines for word in _WORD.findall(line.text))
    groups: list[list[Line]] = []
    for at, line in enumerate(lines):
        after = lines[at + 1] if at + 1 < len(lines) else None
        if groups and not _begins(groups[-1], line, after, edges, leading):
            groups[-1].append(line)
        else:
            groups.append([line])
    return _rejoined([_paragraph(group, words) for group in groups], words)


_Edges = dict[tuple[int, int], tuple[float, float]]


def _column_edges(lines: Sequence[Line]) -> _Edges:
    """Left and right edge of the text, for each page and column."""
    edges: dict[tuple[int, int], tuple[list[float], list[float]]] = {}
    for line in lines:
        lefts, rights = edges.setdefault((line.page, line.column), ([], []))
        lefts.append(line.left)
        rights.append(line.right)
    return {
        place: (min(lefts), sorted(rights)[int(len(rights) * 0.9)])
        for place, (lefts, rights) in edges.items()
    }


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance of two lines, in units of the font's size."""
    found = [
        (before.middle - line.middle) / line.size
        for before, line in pairwise(lines)
        if line.size > 0 and (before.page, before.column) == (line.page, line.column)
    ]
    usual = [each for each in found if _MIN_LEADING <= each <= _MAX_LEADING]
    return median(usual) if usual else 1.2


def _begins(
    group: list[Line], line: Line, after: Line | None, edges: _Edges, leading: float
) -> bool:
    """Whether a line begins a new paragraph."""
    before = group[-1]
    size = max(before.size, line.size, 1)
    if before.is_broken:
        return False
    if abs(before.size - line.size) > _NEW_SIZE * size and not _is_fragment(before, line):
        return True
    if before.is_bold != line.is_bold and not _is_fragment(before, line):
        return _changes_weight(group, line)
    if (before.page, before.column) != (line.page, line.column):
        return _begins_column(before, line, edges)
    if before.middle - line.middle > _SPACE_ABOVE * leading * size or CAPTION.match(line.text):
        return True
    if line.text[:1].islower() and not _SENTENCE_END.search(before.text):
        return False
    if _ITEM.match(line.text) and (_BULLET.match(line.text) or _SENTENCE_END.search(before.text)):
        return True
    return _is_indented(group, line, after, edges) or _ends_short(before, edges)


def _is_fragment(before: Line, line: Line) -> bool:
    """Whether two lines stand on one height: a formula's parts, a term and its explanation."""
    return abs(before.middle - line.middle) < 0.5 * max(before.size, line.size)


def _changes_weight(group: list[Line], line: Line) -> bool:
    """Bold lines are headings, unless a sentence goes on from one to the other."""
    goes_on = line.text[:1].islower() and not _SENTENCE_END.search(group[-1].text)
    return not goes_on


def _begins_column(before: Line, line: Line, edges: _Edges) -> bool:
    if line.text[:1].islower() and not CAPTION.match(line.text):
        return False
    return _missing(before, edges) > 0.15 or _SENTENCE_END.search(before.text) is not None


def _is_indented(group: list[Line], line: Line, after: Line | None, edges: _Edges) -> bool:
    """Whether a line's indent begins a paragraph: its first line's, or the next one's hanging."""
    before = group[-1]
    is_full = _SENTENCE_END.search(before.text) is None and _missing(before, edges) < 0.1
    indent = (line.left - before.left) / max(line.size, 1)
    if is_full or abs(indent) > _MAX_INDENT:
        return False
    if indent > _INDENT:
        is_alone = after is None or (after.page, after.column) != (line.page, line.column)
        return is_alone or (after is not None and after.left < line.left - 0.5 * line.size)
    return indent < -_INDENT and len(group) > 1


def _ends_short(before: Line, edges: _Edges) -> bool:
    """Whether the line before ends long before the edge, as last lines of paragraphs do."""
    missing = _missing(before, edges)
    return missing > 0.5 or (missing > 0.1 and _SENTENCE_END.search(before.text) is not None)


def _missing(line: Line, edges: _Edges) -> float:
    """The share of its column that a line leaves empty at its end."""
    left, right = edges[line.page, line.column]
    return (right - line.right) / max(right - left, 1)


def _paragraph(lines: Sequence[Line], words: Counter[str]) -> Paragraph:
    text = lines[0].text
    for before, line in pairwise(lines):
        text = _join(text, line.text, words, is_broken=before.is_broken)
    sizes = sorted(line.size for line in lines)
    return Paragraph(
        text=text,
        first=lines[0],
        last=lines[-1],
        size=sizes[len(sizes) // 2],
        is_bold=all(line.is_bold for line in lines),
        lines=len(lines),
    )


def _join(text: str, more: str, words: Counter[str], *, is_broken: bool) -> str:
    """Two lines as one text: a word broken at the end is made whole again."""
    is_broken = is_broken or (text[-1:] in "-\u00ad\u2010" and text[-2:-1].isalpha())
    if not is_broken:
        is_cjk = _CJK.match(text[-1:]) and _CJK.match(more[:1])
        return f"{text}{more}" if is_cjk else f"{text} {more}"
    text = text.rstrip("-\u00ad\u2010")
    return f"{text}{more}" if _is_one_word(text, more, words) else f"{text}-{more}"


def _is_one_word(text: str, more: str, words: Counter[str]) -> bool:
    """Whether a hyphen at a line's end only broke a word, by how the text writes it elsewhere."""
    head = _WORD.findall(text[-60:])
    tail = _WORD.match(more[:60])
    if not head or tail is None:
        return False
    first, second = head[-1].lower(), tail[0].lower()
    whole, parted = words[first + second], words[f"{first}-{second}"]
    if whole or parted:
        return whole >= parted
    return more[:1].islower() and "-" not in first  # "state-of-the-" and "art"


def _rejoined(found: Sequence[Paragraph], words: Counter[str]) -> list[Paragraph]:
    """Paragraphs, those that were interrupted put together again."""
    joined: list[Paragraph] = []
    waiting: int | None = None  # where the unfinished one is
    for paragraph in found:
        before = joined[waiting] if waiting is not None else None
        if before is not None and _goes_on(before, paragraph) and waiting is not None:
            joined[waiting] = _merged(before, paragraph, words)
            continue
        joined.append(paragraph)
        if paragraph.lines > 1 and not paragraph.is_bold:
            waiting = None if paragraph.is_finished else len(joined) - 1
    return joined


def _goes_on(before: Paragraph, paragraph: Paragraph) -> bool:
    is_same = abs(before.size - paragraph.size) <= _NEW_SIZE * before.size and not paragraph.is_bold
    is_elsewhere = (before.last.page, before.last.column) != (
        paragraph.first.page,
        paragraph.first.column,
    )
    is_near = paragraph.first.page - before.last.page <= 1
    return is_same and is_elsewhere and is_near and _continues(paragraph.text)


def _continues(text: str) -> bool:
    """Whether a text can only be the rest of another."""
    return text[:1].islower() or (
        text[:1] in "0123456789(" and text[:40].count(")") > text[:40].count("(")
    )


def _merged(before: Paragraph, paragraph: Paragraph, words: Counter[str]) -> Paragraph:
    return Paragraph(
        text=_join(before.text, paragraph.text, words, is_broken=before.last.is_broken),
        first=before.first,
        last=paragraph.last,
        size=before.size,
        is_bold=False,
        lines=before.lines + paragraph.lines,
    )


def items(found: Sequence[Paragraph]) -> Iterator[list[Paragraph]]:
    """Paragraphs one by one, but the items of a list together."""
    group: list[Paragraph] = []
    for paragraph in found:
        if paragraph.is_item:
            group.append(paragraph)
            continue
        if group:
            yield group
            group = []
        yield [paragraph]
    if group:
        yield group
