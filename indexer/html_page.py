"""An HTML page to blocks, links and metadata: the chain from source to `Parsed`.

`page` hides, `body` walks, `pieces` puts together, `content` decides what counts.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from lxml import etree
from lxml.html import HtmlElement

from corpora.document import Block, BlockKind
from indexer.body import walk
from indexer.byline import byline
from indexer.choice import choose
from indexer.content import content_of
from indexer.inline import LINK_END, LINK_START
from indexer.links import links_of
from indexer.markup import MAX_DEPTH
from indexer.page import Page, read_page
from indexer.parsed import Parsed
from indexer.pieces import Piece, put_together
from indexer.runs import Body, Element

_DEEPEST = 2 * MAX_DEPTH
"""Deeper pages are flattened; shallower ones may be as deep as elements left open make them."""


def read_html(html: str, url: str | None, fetched_at: datetime | None) -> Parsed:
    """Reads a page.

    Args:
        html: decoded, however broken.
        url: its address; None leaves relative links out.
        fetched_at: no page was published after it was fetched.
    """
    # These mark links while text is put together; icon fonts use them, words do not.
    html = html.replace(LINK_START, " ").replace(LINK_END, " ")
    page = read_page(html, url)
    tree, body = _walk(page)
    if body.depth > _DEEPEST:
        page = read_page(html, url, is_deep=True)
        tree, body = _walk(page)
    pieces = put_together(body.runs)
    choice = choose(tree, body, url)
    authors, published = byline(tree, url, fetched_at)
    return Parsed(
        blocks=tuple(_blocks(content_of(pieces, body, choice))),
        title=page.title,
        language=page.language,
        published=published,
        authors=authors,
        canonical_url=page.canonical_url,
        links=links_of(body, url, page.base),
    )


def _walk(page: Page) -> tuple[Element, Body]:
    parser = etree.HTMLParser(
        huge_tree=True, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    # As lxml.html has them, but not chosen by name, which takes longer than all else.
    parser.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))
    # lexbor always writes a whole document, so that there is a root.
    tree = etree.fromstring(page.html.encode(), parser)
    return tree, walk(tree)


def _blocks(pieces: Sequence[Piece]) -> Iterator[Block]:
    path: list[tuple[int, str]] = []
    for piece in pieces:
        if piece.kind is BlockKind.HEADING:
            while path and path[-1][0] >= piece.level:
                path.pop()
        yield Block(piece.text, piece.kind, tuple(heading for _, heading in path))
        if piece.kind is BlockKind.HEADING:
            path.append((piece.level, piece.text))
