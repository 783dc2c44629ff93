"""Pages to blocks with their heading path; only user of trafilatura and py3langid.

trafilatura decides which text counts; `indexer.page` reads the rest of the page.
"""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import py3langid
import trafilatura

from corpora.charset import decode
from corpora.document import Block, BlockKind, Document, Rejected, normalise_text
from corpora.media import Media
from corpora.plain_text import paragraph_blocks
from indexer.page import read_page

EXTRACTOR_VERSION = f"auctor-3/trafilatura-{trafilatura.__version__}"

MIN_LANGUAGE_CHARS = 40
"""Below this, identification is a guess and the page's own claim is taken."""
_LANGUAGE_SAMPLE_CHARS = 4_000
_DETAIL_CHARS = 200
_CONTAINERS = ("div", "quote", "body", "main", "section", "article")
_LINE = "\u2028"  # marks a line break while other white space is collapsed

# What these libraries have to say of a page is said in its `Rejected`, not on the terminal.
for _name in ("trafilatura", "htmldate", "courlan", "justext", "readability"):
    logging.getLogger(_name).addHandler(logging.NullHandler())


def extract(document: Document) -> Document | Rejected:
    """Fills blocks, title, language, date and links of a page; identifies a text's language.

    Args:
        document: as a reader yields it, with a payload or with blocks.

    Returns:
        The document with blocks and without payload, or why it has no text.
    """
    claimed = None
    if document.payload is not None and document.payload.media is Media.TEXT:
        text = decode(document.payload.content, document.payload.charset)
        document = replace(document, payload=None, blocks=paragraph_blocks(text))
    elif document.payload is not None:
        try:
            html = decode(document.payload.content, document.payload.charset)
            page = read_page(html, document.url, document.source.fetched_at)
            body = _body_of_page(page.html, document.url)
            blocks = tuple(_blocks_of_body(body)) if body is not None else ()
        except Exception as error:  # noqa: BLE001 - hostile input may raise anything in there
            detail = f"{type(error).__name__}: {error}"[:_DETAIL_CHARS]
            return Rejected(document.source, "extraction failed", detail, document.url)
        claimed = page.language
        document = replace(
            document,
            payload=None,
            blocks=blocks,
            title=document.title or page.title,
            published=document.published or page.published,
            canonical_url=page.canonical_url,
            links=page.links,
        )
    if not document.blocks:
        return Rejected(document.source, "no text", "nothing left after extraction", document.url)
    language = document.language or identify_language(document.text, claimed)
    return replace(document, language=language)


def identify_language(text: str, claimed: str | None = None) -> str | None:
    """ISO 639-1 code of a text.

    Args:
        text: the document's text.
        claimed: what the page declares; believed only where the text is too short to tell.
    """
    sample = text[:_LANGUAGE_SAMPLE_CHARS]
    if sum(character.isalpha() for character in sample) < MIN_LANGUAGE_CHARS:
        return claimed
    return str(py3langid.classify(sample)[0])


def _body_of_page(html: str, url: str | None) -> Any:  # noqa: ANN401 - lxml element
    """What trafilatura takes for the page's text; None where it finds none."""
    extracted = trafilatura.bare_extraction(
        html, url=url, include_comments=False, include_tables=True, with_metadata=False
    )
    return None if extracted is None or isinstance(extracted, dict) else extracted.body


def _blocks_of_body(body: Any) -> Iterator[Block]:  # noqa: ANN401 - lxml element
    path: list[tuple[int, str]] = []
    for level, kind, text in _read_children(body):
        if not text:
            continue
        if kind is BlockKind.HEADING:
            while path and path[-1][0] >= level:
                path.pop()
        yield Block(text, kind, tuple(heading for _, heading in path))
        if kind is BlockKind.HEADING:
            path.append((level, text))


def _read_children(parent: Any) -> Iterator[tuple[int, BlockKind, str]]:  # noqa: ANN401 - lxml
    """(heading level, kind, text) of all that an element holds, text between elements too."""
    yield 0, BlockKind.PARAGRAPH, _lines(parent.text or "")
    for element in parent:
        if element.tag in _CONTAINERS:
            yield from _read_children(element)
        elif isinstance(element.tag, str):  # not a comment
            yield _heading_level(element), *_read_element(element)
        yield 0, BlockKind.PARAGRAPH, _lines(element.tail or "")


def _heading_level(element: Any) -> int:  # noqa: ANN401 - lxml element
    rend = str(element.get("rend") or "")
    return int(rend[1]) if re.fullmatch(r"h[1-6]", rend) else 2


def _read_element(element: Any) -> tuple[BlockKind, str]:  # noqa: ANN401 - lxml element
    match element.tag:
        case "head":
            return BlockKind.HEADING, _inline(element).rstrip("¶# \n")
        case "code":
            return BlockKind.CODE, normalise_text("".join(element.itertext())).strip("\n ")
        case "list":
            return BlockKind.LIST, "\n".join(_items(element))
        case "table":
            return BlockKind.TABLE, "\n".join(_rows(element))
        case _:
            return BlockKind.PARAGRAPH, _inline(element)


def _items(element: Any) -> Iterator[str]:  # noqa: ANN401 - lxml element
    """The lines of a list: its items, and what stands between them."""
    yield from filter(None, [_lines(element.text or "")])
    for child in element:
        text = _inline(child)
        if text:
            yield f"- {text}" if child.tag == "item" else text
        yield from filter(None, [_lines(child.tail or "")])


def _rows(table: Any) -> Iterator[str]:  # noqa: ANN401 - lxml element
    for row in table.iter("row"):
        cells = [_inline(cell) for cell in row.iter("cell")]
        if any(cells):
            yield " | ".join(cells)


def _inline(element: Any) -> str:  # noqa: ANN401 - lxml element
    """The text of an element, white space collapsed, line breaks and nested items kept."""
    for node in element.iter("lb"):
        node.tail = _LINE + (node.tail or "")
    for node in element.iterdescendants("item", "p", "row", "head"):
        node.text = _LINE + (node.text or "")
        node.tail = _LINE + (node.tail or "")
    return _lines("".join(element.itertext()))


def _lines(text: str) -> str:
    lines = normalise_text(text).split(_LINE)
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
