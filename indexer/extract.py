"""Pages to blocks with their heading path; only user of trafilatura and py3langid.

trafilatura decides which text counts; `indexer.page` reads the rest of the page.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import py3langid
import trafilatura

from corpora.document import Block, BlockKind, Document, Rejected, normalise_text
from indexer.page import read_page

EXTRACTOR_VERSION = f"auctor-1/trafilatura-{trafilatura.__version__}"

MIN_LANGUAGE_CHARS = 40
"""Below this, identification is a guess and the page's own claim is taken."""
_LANGUAGE_SAMPLE_CHARS = 4_000
_LINE = "\u2028"  # marks a line break while other white space is collapsed


def extract(document: Document) -> Document | Rejected:
    """Fills blocks, title, language, date and links of a page; identifies a text's language.

    Args:
        document: as a reader yields it, with `html` or with blocks.

    Returns:
        The document with blocks and without HTML, or why it has no text.
    """
    claimed = None
    if document.html is not None:
        page = read_page(document.html, document.url, document.source.fetched_at)
        blocks = tuple(_blocks_of_page(page.html, document.url))
        claimed = page.language
        document = replace(
            document,
            html=None,
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


def _blocks_of_page(html: str, url: str | None) -> Iterator[Block]:
    extracted = trafilatura.bare_extraction(
        html, url=url, include_comments=False, include_tables=True, with_metadata=False
    )
    if extracted is None or isinstance(extracted, dict) or extracted.body is None:
        return
    path: list[tuple[int, str]] = []
    for element in extracted.body:
        kind, text = _read_element(element)
        if not text:
            continue
        if kind is BlockKind.HEADING:
            level = _heading_level(element)
            while path and path[-1][0] >= level:
                path.pop()
            yield Block(text, kind, tuple(heading for _, heading in path))
            path.append((level, text))
        else:
            yield Block(text, kind, tuple(heading for _, heading in path))


def _heading_level(element: Any) -> int:  # noqa: ANN401 - lxml element
    rend = str(element.get("rend") or "")
    return int(rend[1]) if re.fullmatch(r"h[1-6]", rend) else 2


def _read_element(element: Any) -> tuple[BlockKind, str]:  # noqa: ANN401 - lxml element
    match element.tag:
        case "head":
            return BlockKind.HEADING, _inline(element).rstrip("¶# ")
        case "code":
            return BlockKind.CODE, normalise_text("".join(element.itertext())).strip("\n ")
        case "list":
            items = (_inline(item) for item in element.iterchildren("item"))
            return BlockKind.LIST, "\n".join(f"- {item}" for item in items if item)
        case "table":
            return BlockKind.TABLE, "\n".join(_rows(element))
        case _:
            return BlockKind.PARAGRAPH, _inline(element)


def _rows(table: Any) -> Iterator[str]:  # noqa: ANN401 - lxml element
    for row in table.iter("row"):
        cells = [_inline(cell) for cell in row.iter("cell")]
        if any(cells):
            yield " | ".join(cells)


def _inline(element: Any) -> str:  # noqa: ANN401 - lxml element
    """The text of an element, white space collapsed, line breaks and nested items kept."""
    for node in element.iter("lb"):
        node.tail = _LINE + (node.tail or "")
    for node in element.iterdescendants("item", "p"):
        node.text = _LINE + (node.text or "")
    lines = normalise_text("".join(element.itertext())).split(_LINE)
    return "\n".join(filter(None, (" ".join(line.split()) for line in lines)))
