"""Blocks that stand on many pages of a host are its furniture, and leave its pages; pure.

Extraction drops most of what frames a page by its mark-up. What is left looks like text, and only
the other pages of the host tell that it is not: a note on cookies, an invitation to subscribe, the
publisher's address. Not all that repeats is furniture, though. A legal formula, a label such as
"Parameters" or a warning stand among text of the page's own, so there a block must be on half of
the pages; furniture mostly stands before or after that text, where a fifth is enough. Headings,
code, tables and footnotes always stay.

Every page that a build reads votes, also one that a newer copy replaces: it stood on the host, and
of two copies of a page one counts. Pages that earlier builds put into the index do not vote: they
are not read again.

What is counted does not depend on the order of pages, nor on how they are shared out among
counters that are merged, as long as all of them fit in memory. Of a large host a sample of pages
chosen by their ids is kept. Where hosts are too many, those with the fewest pages are forgotten,
and the same pages in the same order always come to the same.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest

from corpora.document import Block, BlockKind, Document, DocumentKind

FURNITURE_VERSION = "furniture-1"
"""Raised by whatever changes which blocks are dropped."""

MAX_PAGES = 400
"""Pages kept of a host; shares are then known to about 5 points."""
FEWEST_SAMPLED = 50
"""Pages that are kept of a large host however many hosts there are."""
MAX_PAGES_IN_ALL = 200_000
"""Pages kept of all hosts: about 140 MB as pages usually are, 600 MB if all are very long."""
MAX_BLOCKS = 200
"""Blocks kept of a page, from both of its ends."""
MIN_PAGES = 5
"""On fewer pages nothing is furniture."""
EDGE_SHARE = 0.2
"""Of a host's pages, for blocks before or after the text of the page's own."""
INNER_SHARE = 0.5
"""Of a host's pages, for blocks among that text, and for labels."""
_OWN_SHARE = 0.2
"""Of a page's characters that no other pages have, or few: copies of a page do not count twice."""
_LABEL_WORDS = 4
_NEVER = frozenset({BlockKind.HEADING, BlockKind.CODE, BlockKind.TABLE, BlockKind.FOOTNOTE})
_CHARS_BITS = 16
_MOST_CHARS = (1 << _CHARS_BITS) - 1

_FREED = 0.25
"""Of the pages that may be kept, what is forgotten at once, so that it costs little a page."""

Key = int
"""48 bits of a hash of a block's text."""
PageKey = int
"""64 bits of a document's id."""


@dataclass(frozen=True, slots=True)
class Furniture:
    """What is furniture on the pages of a host.

    Attributes:
        edge: keys of blocks that are before or after a page's own text.
        anywhere: keys of blocks that are wherever they stand.
    """

    edge: frozenset[Key] = frozenset()
    anywhere: frozenset[Key] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.edge or self.anywhere)


class FurnitureCounter:
    """Counts on how many pages of each host a block stands."""

    def __init__(self, most_pages: int = MAX_PAGES_IN_ALL) -> None:
        """Has counted nothing yet.

        Args:
            most_pages: kept of all hosts together.
        """
        # host -> page -> its blocks in order: key and number of characters in one integer
        self._pages: dict[str, dict[PageKey, array[int]]] = {}
        self._count = 0
        self._most_pages = most_pages
        self._most_of_host = MAX_PAGES

    def add(self, document: Document) -> None:
        """Takes a page into account; what is no page of a host has no furniture."""
        if _is_page(document) and document.host is not None:
            page = int(document.document_id[:16], 16)
            self._keep(document.host, page, _packed(document.blocks))

    def merge(self, other: "FurnitureCounter") -> None:
        """Takes what another counter has counted into account."""
        for host, pages in other._pages.items():
            for page, blocks in pages.items():
                self._keep(host, page, blocks)

    def hosts(self) -> list[str]:
        """All hosts, sorted."""
        return sorted(self._pages)

    def furniture(self, host: str) -> Furniture:
        """What is furniture on a host, as far as its pages so far tell."""
        pages = [blocks for blocks in self._pages.get(host, {}).values() if blocks]
        if len(pages) < MIN_PAGES:
            return Furniture()
        counts = Counter(key for blocks in pages for key in set(_keys(blocks)))
        rare = max(MIN_PAGES, EDGE_SHARE * len(pages))
        voters = [blocks for blocks in pages if _has_own_text(blocks, counts, rare)]
        votes = Counter(key for blocks in voters for key in set(_keys(blocks)))
        edge, inner = (max(MIN_PAGES, share * len(voters)) for share in (EDGE_SHARE, INNER_SHARE))
        return Furniture(
            edge=frozenset(key for key, count in votes.items() if count >= edge),
            anywhere=frozenset(key for key, count in votes.items() if count >= inner),
        )

    def result(self) -> dict[str, Furniture]:
        """The furniture of every host that has some."""
        found = ((host, self.furniture(host)) for host in self.hosts())
        return {host: furniture for host, furniture in found if furniture}

    def _keep(self, host: str, page: PageKey, blocks: "array[int]") -> None:
        pages = self._pages.setdefault(host, {})
        known = pages.get(page)
        # Of two versions of a page one counts, whichever came first.
        pages[page] = blocks if known is None else max(known, blocks)
        self._count += known is None
        self._thin(pages)
        if self._count > self._most_pages:
            self._make_room()

    def _thin(self, pages: "dict[PageKey, array[int]]") -> None:
        """Leaves the sample of a host's pages that may be kept."""
        surplus = len(pages) - self._most_of_host
        for page in nlargest(surplus, pages):  # hashes: the smallest are a fair sample
            del pages[page]
            self._count -= 1

    def _make_room(self) -> None:
        """Forgets hosts too small for furniture, then pages of large hosts, then small hosts."""
        enough = int((1 - _FREED) * self._most_pages)
        self._forget([host for host, pages in self._pages.items() if len(pages) < MIN_PAGES])
        while self._count > enough and self._most_of_host > FEWEST_SAMPLED:
            self._most_of_host = max(FEWEST_SAMPLED, self._most_of_host // 2)
            for pages in self._pages.values():
                self._thin(pages)
        by_size = iter(sorted(self._pages, key=lambda host: (len(self._pages[host]), host)))
        while self._count > enough:
            self._forget([next(by_size)])

    def _forget(self, hosts: Iterable[str]) -> None:
        for host in hosts:
            self._count -= len(self._pages.pop(host))


class FurnitureDropper:
    """Takes furniture out of pages, and counts what it took.

    Attributes:
        blocks: dropped so far.
        pages: that they were dropped from.
    """

    def __init__(self, furniture: Mapping[str, Furniture]) -> None:
        """Has dropped nothing yet.

        Args:
            furniture: of every host that has some.
        """
        self.blocks = 0
        self.pages = 0
        self._furniture = furniture

    @property
    def key(self) -> str:
        """What this drops, as hex: two that agree in it drop the same."""
        state = hashlib.blake2b(FURNITURE_VERSION.encode(), digest_size=16)
        for host, furniture in sorted(self._furniture.items()):
            state.update(repr((host, sorted(furniture.edge), sorted(furniture.anywhere))).encode())
        return state.hexdigest()

    def drop(self, document: Document) -> Document:
        """The document without its host's furniture."""
        furniture = self._furniture.get(document.host) if document.host is not None else None
        if furniture is None:
            return document
        kept = drop_furniture(document, furniture)
        if kept is not document:
            self.pages += 1
            self.blocks += len(document.blocks) - len(kept.blocks)
        return kept


def drop_furniture(document: Document, furniture: Furniture) -> Document:
    """The document without its host's furniture.

    Args:
        document: with its blocks.
        furniture: of its host.

    Returns:
        The same document where it has none, and where it has nothing else: what was read does
        not vanish for looking like other pages.
    """
    if not furniture or not _is_page(document):
        return document
    found = [_is_candidate(block) and key_of(block) in furniture.edge for block in document.blocks]
    if not any(found):
        return document
    own = [
        at
        for at, block in enumerate(document.blocks)
        if block.kind is not BlockKind.HEADING and not found[at]
    ]
    if not own:
        return document
    kept = [
        block
        for at, block in enumerate(document.blocks)
        if not found[at] or _stays(block, own[0] < at < own[-1], furniture)
    ]
    return document if len(kept) == len(found) else replace(document, blocks=tuple(kept))


def key_of(block: Block) -> Key:
    """The key of a block: the same for texts that differ in case and white space only."""
    text = " ".join(block.text.casefold().split())
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=6).digest(), "big")


def _stays(block: Block, is_inside: bool, furniture: Furniture) -> bool:
    if is_inside and _is_label(block):
        return True
    needs_more = is_inside or _is_label(block)
    return needs_more and key_of(block) not in furniture.anywhere


def is_droppable(document: Document, block: Block) -> bool:
    """Whether a block may be dropped from a document at all, whatever other pages hold."""
    return _is_page(document) and _is_candidate(block)


def _is_page(document: Document) -> bool:
    """Whether it is of a site: papers may have the host of a publisher, but not its frame."""
    return document.kind is DocumentKind.WEB and document.host is not None


def _is_candidate(block: Block) -> bool:
    return block.kind not in _NEVER


def _is_label(block: Block) -> bool:
    """Whether a block may be the name of what follows: a few words without an end."""
    text = block.text
    return text.endswith(":") or (len(text.split()) <= _LABEL_WORDS and text[-1].isalnum())


def _packed(blocks: Sequence[Block]) -> "array[int]":
    """The blocks of a page in order, without headings: key and number of characters."""
    if len(blocks) > MAX_BLOCKS:
        blocks = (*blocks[: MAX_BLOCKS // 2], *blocks[-MAX_BLOCKS // 2 :])
    return array(
        "Q",
        (
            key_of(block) << _CHARS_BITS | min(len(block.text), _MOST_CHARS)
            for block in blocks
            if block.kind is not BlockKind.HEADING
        ),
    )


def _keys(blocks: Iterable[int]) -> Iterable[Key]:
    return (packed >> _CHARS_BITS for packed in blocks)


def _has_own_text(blocks: Sequence[int], counts: Counter[Key], rare: float) -> bool:
    """Whether a page is more than what other pages have too."""
    sizes = [(packed >> _CHARS_BITS, packed & _MOST_CHARS) for packed in blocks]
    own = sum(chars for key, chars in sizes if counts[key] < rare)
    return own >= _OWN_SHARE * sum(chars for _, chars in sizes)
