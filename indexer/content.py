"""Which pieces of a page are its content; pure.

trafilatura chooses well among running text, but loses lists of definitions, tables, code and
short sections. So its choice (`indexer.choice`) shows where the content stands, and what stands
among it in the same part of the page is content too unless it looks like furniture.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from corpora.document import BlockKind, LinkRegion
from indexer.choice import Choice, Words, covered, lines_of
from indexer.pieces import Piece
from indexer.runs import Body

_MOST_LINKS = 0.5
_MOST_LINKS_OF = {
    **dict.fromkeys(BlockKind, _MOST_LINKS),
    BlockKind.LIST: 0.3,
    BlockKind.TABLE: 0.8,
}
_MOST_LINKS_CHOSEN = 0.8
"""Characters of links among those of a piece: in general, by kind, and where it was chosen."""
_MOST_IN_BOX = 3
"""Pieces of an entry that is a box of its own."""
_LEAST_SHARE = 0.5
"""Of all that looks like content: where less was chosen, the rest shows where to look too."""
_LEAST_RUNNING = 0.3
"""Of what was chosen: where less is running text, links are what the page is about."""
_SENTENCE_BYTES = 60
"""Of UTF-8: a Han character, of three bytes, says as much as so many letters."""
_SENTENCE = re.compile(r"[.!?;:…。！？।؟۔][\"'”’»)\]」』]*\s*$")
_LETTER = re.compile(r"\w")


def content_of(pieces: Sequence[Piece], body: Body, choice: Choice) -> list[Piece]:
    """The pieces that count, in their order.

    Args:
        pieces: of the page.
        body: the walk they come from.
        choice: of trafilatura.
    """
    chosen = _chosen(pieces, body, choice)
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
    kept = _with_names(pieces, kept)
    if not any(kept):
        kept = _last_resort(pieces)
    return _with_headings(pieces, kept, inside, body)


def _with_names(pieces: Sequence[Piece], kept: Sequence[bool]) -> list[bool]:
    """Adds the name of an entry, often a link, to what is said of it: both are a box of their own."""
    sizes = Counter(piece.place for piece in pieces)
    result = list(kept)
    for at, (piece, after) in enumerate(pairwise(pieces)):
        is_box = piece.place == after.place and sizes[piece.place] <= _MOST_IN_BOX
        if is_box and kept[at + 1] and not piece.hint and piece.kind is BlockKind.PARAGRAPH:
            result[at] = True
    return result


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


def _chosen(pieces: Sequence[Piece], body: Body, choice: Choice) -> list[bool]:
    """Which pieces trafilatura chose; takes away hints that prove wrong by that."""
    words = [Words(piece.raw) for piece in pieces]
    whole = Words(choice.text)
    lines = lines_of(choice.text.split("\n")) | lines_of(choice.paragraphs)
    numbers = range(len(pieces))
    first = covered(words, whole, lines, sorted(numbers, key=lambda at: bool(pieces[at].hint)))
    if _is_menu(pieces, first):
        return [False] * len(pieces)
    _ignore_wrong_hints(pieces, first)
    inside = _inside(pieces, body, first)
    return covered(words, whole, lines, sorted(numbers, key=lambda at: not inside[at]))


def _is_menu(pieces: Sequence[Piece], chosen: Sequence[bool]) -> bool:
    """Whether nothing but menus was chosen: of a notice of one line there is more of them."""
    taken = [piece for piece, is_chosen in zip(pieces, chosen, strict=True) if is_chosen]
    return all(piece.hint and piece.link_share > _MOST_LINKS for piece in taken) and any(
        not piece.hint and piece.link_share <= _MOST_LINKS for piece in pieces
    )


def _plausible(pieces: Sequence[Piece]) -> list[bool]:
    """Which pieces look like content, wherever they stand."""
    result = []
    is_teaser = False  # a heading that leads elsewhere, and what follows it, tell of other pages
    for piece in pieces:
        if piece.kind is BlockKind.HEADING:
            is_teaser = piece.link_share > _MOST_LINKS
        result.append(not is_teaser and not piece.hint and _reads_alone(piece))
    return result


def _reads_alone(piece: Piece) -> bool:
    if piece.kind is BlockKind.HEADING or piece.link_share > _MOST_LINKS_OF[piece.kind]:
        return False
    if piece.kind in (BlockKind.PARAGRAPH, BlockKind.LIST):
        is_long = len(piece.raw.encode()) >= _SENTENCE_BYTES
        return is_long and _SENTENCE.search(piece.raw) is not None
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
    pieces: Sequence[Piece], kept: Sequence[bool], inside: Sequence[bool], body: Body
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
        after = pieces[at + 1] if at + 1 < len(pieces) else None
        follows_heading = bool(result) and result[-1] is after
        leads = piece.level < above or (follows_heading and piece.level == above)
        is_of_page = inside[at] and not piece.hint and piece.link_share <= _MOST_LINKS
        if leads and (kept[at] or is_of_page) and not _is_of_box(piece, after, result, body):
            result.append(piece)
            above = piece.level
    return result[::-1]


def _is_of_box(heading: Piece, after: Piece | None, kept: Sequence[Piece], body: Body) -> bool:
    """Whether a heading names a box among the text of which nothing is kept: "Related articles"."""
    if after is None or not kept or after is kept[-1]:
        return False
    box = heading.place
    return _is_within(after.place, box, body) and not _is_within(kept[-1].place, box, body)


def _is_within(place: int, box: int, body: Body) -> bool:
    while place > box:
        place = body.parents[place]
    return place == box
