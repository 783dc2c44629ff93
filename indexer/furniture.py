"""Blocks that stand on many pages of a host are its furniture, and leave its pages; pure.

Extraction drops most of what frames a page by its mark-up. What is left looks like text, and only
the other pages of the host tell that it is not: a note on cookies, an invitation to subscribe, the
publisher's address. Not all that repeats is furniture, though. A legal formula, a label such as
"Parameters" or a warning stand among text of the page's own, so there a block must be on half of
the pages; furniture mostly stands before or after that text, where a fifth is enough. Headings,
code, tables and footnotes always stay.

What is counted does not depend on the order of pages, nor on how they are shared out among
counters that are merged. A host costs a bounded amount of memory: of a larger one, a sample of
pages chosen by their ids is kept.
"""

import hashlib
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from corpora.document import Block, BlockKind, Document, DocumentId, Rejected

MAX_PAGES = 400
"""Pages kept of a host; shares are then known to about 5 points."""
MAX_BLOCKS = 400
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

Key = int
"""48 bits of a hash of a block's text."""


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

    def __init__(self) -> None:
        # host -> page -> its blocks in order: key and number of characters in one integer
        self._pages: dict[str, dict[DocumentId, array[int]]] = {}

    def add(self, document: Document) -> None:
        """Takes a page into account; a document without a host has no furniture."""
        if document.host is not None:
            self._keep(document.host, document.document_id, _packed(document.blocks))

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

    def _keep(self, host: str, page: DocumentId, blocks: "array[int]") -> None:
        pages = self._pages.setdefault(host, {})
        known = pages.get(page)
        # Of two versions of a page one counts, whichever came first.
        pages[page] = blocks if known is None else max(known, blocks)
        if len(pages) > MAX_PAGES:
            del pages[max(pages)]  # ids are hashes: the smallest are a fair sample


def drop_furniture(document: Document, furniture: Furniture) -> Document | Rejected:
    """The document without its host's furniture.

    Args:
        document: with its blocks.
        furniture: of its host.

    Returns:
        The same document where it has none; `Rejected` where it has nothing else.
    """
    if not furniture:
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
        return Rejected(document.source, "no text", "nothing but site furniture", document.url)
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
