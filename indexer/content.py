"""Which pieces of a page are its content; only user of trafilatura.

trafilatura chooses well among running text, but loses lists of definitions, tables, code and
short sections. So its choice shows where the content stands, and what stands among it in the
same part of the page is content too unless it looks like furniture.
"""

import logging
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy

import trafilatura

from corpora.document import BlockKind, LinkRegion
from indexer.pieces import Piece
from indexer.runs import Body, Element

TRAFILATURA_VERSION: str = trafilatura.__version__

MAX_ELEMENTS = 60_000
MAX_DEPTH = 150
"""Beyond these trafilatura, which walks the page many times, is not asked."""
_SHINGLE = 4
_COVERED = 0.6
_MOST_LINKS = 0.5
_MOST_LINKS_LIST = 0.3
_MOST_LINKS_CHOSEN = 0.8
_LEAST_SHARE = 0.5
_LEAST_RUNNING = 0.3
_SENTENCE_CHARS = 60
_SENTENCE = re.compile(r"[.!?;:…。！？।؟۔][\"'”’»)\]」』]*\s*$")
_LETTER = re.compile(r"\w")
_WORD = re.compile(r"\w+")

# What these libraries have to say of a page is said in its `Rejected`, not on the terminal.
for _name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def chosen_text(tree: Element, body: Body, url: str | None) -> str:
    """What trafilatura takes for the page's text; empty where it finds none.

    Args:
        tree: of the page without hidden elements; stays as it is.
        body: the walk of it.
        url: its address.
    """
    if len(body.parents) > MAX_ELEMENTS or body.depth > MAX_DEPTH:
        return ""
    tree = deepcopy(tree)
    for cell in tree.iter("td", "th"):  # it would fill in every place that a cell spans
        cell.attrib.pop("colspan", None)
        cell.attrib.pop("rowspan", None)
    found = trafilatura.bare_extraction(
        tree, url=url, include_comments=False, fast=True, favor_recall=True
    )
    if found is None or isinstance(found, dict) or found.body is None:
        return ""
    return "\n".join(found.body.itertext())


def content_of(pieces: Sequence[Piece], body: Body, text: str) -> list[Piece]:
    """The pieces that count, in their order.

    Args:
        pieces: of the page.
        body: the walk they come from.
        text: what trafilatura chose.
    """
    chosen = _chosen(pieces, body, text)
    plausible = _plausible(pieces)
    area = chosen
    if _size(pieces, chosen) < _LEAST_SHARE * _size(pieces, plausible):
        area = [a or b for a, b in zip(chosen, plausible, strict=True)]
    inside = _inside(pieces, body, area)
    # Where there is little text, what is chosen holds a banner or two.
    chosen = [
        is_chosen and (is_inside or not piece.hint)
        for piece, is_chosen, is_inside in zip(pieces, chosen, inside, strict=True)
    ]
    shown = chosen if any(chosen) else area
    near = {piece.place for piece, is_shown in zip(pieces, shown, strict=True) if is_shown}
    running = [
        is_chosen and (piece.kind is BlockKind.HEADING or piece.link_share <= _MOST_LINKS_CHOSEN)
        for piece, is_chosen in zip(pieces, chosen, strict=True)
    ]
    if _size(pieces, running) < _LEAST_RUNNING * _size(pieces, chosen):
        running = chosen  # links are what this page is about
    seen: set[str] = set()
    kept = []
    for at, piece in enumerate(pieces):
        if chosen[at]:
            keeps = running[at]
        elif not inside[at] or piece.raw in seen:
            keeps = False
        else:
            keeps = plausible[at] or _is_beside(piece, near, body)
        kept.append(keeps and _LETTER.search(piece.raw) is not None)
        seen.add(piece.raw)
    if not any(kept):
        kept = _last_resort(pieces)
    return _with_headings(pieces, kept, inside)


def _last_resort(pieces: Sequence[Piece]) -> list[bool]:
    """What a page has that nobody takes for content: notices of a line, lists of links."""
    is_shown = [
        not piece.hint and piece.kind is not BlockKind.HEADING and bool(_LETTER.search(piece.raw))
        for piece in pieces
    ]
    running = [
        shown and piece.link_share <= _MOST_LINKS
        for piece, shown in zip(pieces, is_shown, strict=True)
    ]
    return running if any(running) else is_shown


def _chosen(pieces: Sequence[Piece], body: Body, text: str) -> list[bool]:
    """Which pieces trafilatura chose; takes away hints that prove wrong by that."""
    words = [_Words(piece.raw) for piece in pieces]
    whole = _Words(text)
    lines = Counter("".join(_WORD.findall(line)) for line in text.split("\n"))
    numbers = range(len(pieces))
    first = _covered(words, whole, lines, sorted(numbers, key=lambda at: bool(pieces[at].hint)))
    _ignore_wrong_hints(pieces, first)
    inside = _inside(pieces, body, first)
    return _covered(words, whole, lines, sorted(numbers, key=lambda at: not inside[at]))


def _plausible(pieces: Sequence[Piece]) -> list[bool]:
    """Which pieces look like content, wherever they stand."""
    result = []
    is_teaser = False  # a heading that leads elsewhere, and what follows it, tell of other pages
    for piece in pieces:
        if piece.kind is BlockKind.HEADING:
            is_teaser = piece.link_share > _MOST_LINKS
        is_candidate = not is_teaser and not piece.hint and piece.link_share <= _MOST_LINKS
        result.append(is_candidate and _reads_alone(piece))
    return result


def _reads_alone(piece: Piece) -> bool:
    if piece.kind is BlockKind.HEADING:
        return False
    if piece.kind is BlockKind.LIST and piece.link_share > _MOST_LINKS_LIST:
        return False
    if piece.kind in (BlockKind.PARAGRAPH, BlockKind.LIST):
        return len(piece.raw) >= _SENTENCE_CHARS and _SENTENCE.search(piece.raw) is not None
    return True


def _is_beside(piece: Piece, near: set[int], body: Body) -> bool:
    """Whether a piece that would not do alone stands beside chosen ones."""
    if piece.hint or piece.link_share > _MOST_LINKS or piece.kind is BlockKind.HEADING:
        return False
    return piece.place in near or (piece.is_entry and body.parents[piece.place] in near)


def _size(pieces: Sequence[Piece], kept: Sequence[bool]) -> int:
    return sum(len(piece.raw) for piece, is_kept in zip(pieces, kept, strict=True) if is_kept)


def _ignore_wrong_hints(pieces: Sequence[Piece], chosen: Sequence[bool]) -> None:
    """Where most of the text would be furniture, what says so is wrong.

    Args:
        pieces: of the page; lose their hints here.
        chosen: the text in question; where nothing is chosen, all running text is.
    """
    nothing_chosen = not any(chosen)
    by_hint: dict[int, int] = {}
    for piece, is_chosen in zip(pieces, chosen, strict=True):
        if is_chosen or nothing_chosen:
            size = len(piece.raw) - piece.link_chars
            by_hint[piece.hint] = by_hint.get(piece.hint, 0) + size
    total = sum(by_hint.values())
    wrong = {hint for hint, size in by_hint.items() if hint and size > 0.5 * total}
    for piece in pieces:
        if piece.hint in wrong:
            piece.hint, piece.region = 0, LinkRegion.CONTENT


class _Words:
    """A text as its words: four at a time, and those of each line run together."""

    def __init__(self, text: str) -> None:
        words = _WORD.findall(text)
        self.count = len(words)
        self.shingles = Counter(zip(words, words[1:], words[2:], words[3:], strict=False))
        self.line = "".join(words) if self.count < 2 * _SHINGLE else ""


def _covered(
    words: Sequence[_Words], chosen: _Words, lines: Counter[str], order: Iterable[int]
) -> list[bool]:
    """Which pieces are in the chosen text.

    Its words are used up by the piece that has them: a headline repeated in a list of stories,
    or a summary above the text, is not chosen twice.

    Args:
        words: of each piece.
        chosen: the words of the text.
        lines: its lines, words run together.
        order: pieces, those first that are likelier to be meant where several have equal words.
    """
    shingles, lines = chosen.shingles.copy(), lines.copy()
    covered = [False] * len(words)
    for at in order:
        own = words[at]
        if own.line and lines[own.line] > 0:
            lines[own.line] -= 1
            covered[at] = True
        elif own.count >= _SHINGLE:
            found = sum(
                min(count, max(0, shingles[shingle])) for shingle, count in own.shingles.items()
            )
            if found >= _COVERED * own.shingles.total():
                shingles.subtract(own.shingles)
                covered[at] = True
    return covered


def _inside(pieces: Sequence[Piece], body: Body, chosen: Sequence[bool]) -> list[bool]:
    """Which pieces lie in the part of the page that holds most of the chosen text."""
    sizes = [0] * len(body.parents)
    all_hinted = all(piece.hint for piece, kept in zip(pieces, chosen, strict=True) if kept)
    for piece, is_chosen in zip(pieces, chosen, strict=True):
        sizes[piece.place] += len(piece.raw) * (is_chosen and (all_hinted or not piece.hint))
    for number in range(len(sizes) - 1, 0, -1):
        sizes[body.parents[number]] += sizes[number]
    root = max(
        (number for number in range(len(sizes)) if sizes[number] >= 0.9 * sizes[0]), default=0
    )
    within = [False] * len(sizes)
    within[root] = True
    for number in range(root + 1, len(sizes)):
        within[number] = within[body.parents[number]]
    return [within[piece.place] for piece in pieces]


def _with_headings(
    pieces: Sequence[Piece], kept: Sequence[bool], inside: Sequence[bool]
) -> list[Piece]:
    """What is kept, under its headings: a heading counts where text that counts follows it."""
    result: list[Piece] = []
    above = 0  # headings above this level have no text below them yet that has none of its own
    for at in range(len(pieces) - 1, -1, -1):
        piece = pieces[at]
        if piece.kind is not BlockKind.HEADING:
            if kept[at]:
                result.append(piece)
                above = 7
            continue
        follows_heading = bool(result) and result[-1] is _next(pieces, at)
        leads = piece.level < above or (follows_heading and piece.level == above)
        is_of_page = inside[at] and not piece.hint and piece.link_share <= _MOST_LINKS
        if leads and (kept[at] or is_of_page):
            result.append(piece)
            above = piece.level
    return result[::-1]


def _next(pieces: Sequence[Piece], at: int) -> Piece | None:
    return pieces[at + 1] if at + 1 < len(pieces) else None
