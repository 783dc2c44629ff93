"""EPUB books to blocks: their chapters in the order of the spine."""

import posixpath
from collections.abc import Iterator

from lxml import etree, html

from corpora.document import BlockKind
from corpora.table_rows import Cell, span_of
from indexer.office_outline import Outline, inline_text
from indexer.office_package import Element, Package, resolve
from indexer.parsed import Unreadable

_MAX_CHAPTERS = 5_000
_SKIPPED = frozenset({"script", "style", "head", "template", "svg", "noscript", "rt", "rp"})
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_BLOCKS = _HEADINGS | {
    "p", "div", "section", "article", "aside", "header", "footer", "main", "nav", "blockquote",
    "ul", "ol", "dl", "li", "dt", "dd", "figure", "figcaption", "pre", "body", "hr", "address",
}  # fmt: skip


def read_epub(package: Package, outline: Outline) -> Element | None:
    """Reads the chapters into the outline.

    Returns:
        The element that holds the book's metadata; None without one.

    Raises:
        Unreadable: the book does not say where its parts are.
    """
    container = package.xml("META-INF/container.xml")
    paths = (
        [str(each.get("full-path")) for each in container.iter("rootfile")]
        if container is not None
        else []
    )
    book = package.xml(paths[0]) if paths else None
    if book is None:
        raise Unreadable("broken office file", "the book has no list of its parts", damaged=True)
    folder = posixpath.dirname(paths[0])
    parts = {str(item.get("id")): item for item in book.iter("item")}
    for entry in list(book.iter("itemref"))[:_MAX_CHAPTERS]:
        item = parts.get(str(entry.get("idref")))
        is_contents = item is None or "nav" in str(item.get("properties") or "").split()
        if item is None or is_contents or outline.is_full:
            continue
        _chapter(package.bytes_of(resolve(folder, str(item.get("href")))), outline)
    return book.find("metadata")


def _chapter(content: bytes, outline: Outline) -> None:
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(content, parser) if content.strip() else None
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return
    for tag, text, depth in _texts(root) if root is not None else ():
        if outline.is_full:
            return
        if isinstance(text, str):
            _add(outline, tag, text, depth)
        else:
            outline.table([list(_cells(row)) for row in text.iter("tr")])


def _add(outline: Outline, tag: str, text: str, depth: int) -> None:
    if tag in _HEADINGS:
        outline.heading(int(tag[1]), text)
    elif tag == "li":
        outline.item(text, depth)
    elif tag == "pre":
        outline.add(text, BlockKind.CODE)
    elif tag == "figcaption":
        outline.add(" ".join(text.split()), BlockKind.CAPTION)
    else:
        outline.add(" ".join(text.split()))


def _texts(root: Element) -> Iterator[tuple[str, str | Element, int]]:
    """(name of the block, text or table, depth in lists) between the borders of blocks."""
    parts: list[str] = []
    open_blocks = ["p"]
    lists = 0
    walk = etree.iterwalk(root, events=("start", "end"))
    for event, node in walk:
        is_skipped = node.tag in _SKIPPED or node.tag == "table"
        is_block = node.tag in _BLOCKS
        if (is_block or node.tag == "table") and "".join(parts).strip():
            yield open_blocks[-1], "".join(parts), lists - 1
        parts = [] if is_block or node.tag == "table" else parts
        lists += (node.tag in ("ul", "ol")) * (1 if event == "start" else -1)
        if event == "end":
            if is_block and len(open_blocks) > 1:
                open_blocks.pop()
            parts.append(node.tail or "")
        elif is_skipped:
            walk.skip_subtree()
            if node.tag == "table":
                yield "table", node, 0
        else:
            if is_block:
                open_blocks.append(_meaning(node.tag, open_blocks[-1]))
            parts += ["\n" if node.tag == "br" else "", node.text or ""]
    if "".join(parts).strip():
        yield open_blocks[-1], "".join(parts), 0


def _meaning(tag: str, above: str) -> str:
    """What a block is: a paragraph in an item of a list is still the item."""
    return above if tag in ("p", "div") and above in ("li", "figcaption") else tag


def _cells(row: Element) -> Iterator[Cell]:
    for cell in row.iterchildren("td", "th"):
        text = " ".join(inline_text(cell, {"br": " ", "p": " "}, _SKIPPED).split())
        spans = span_of(cell.get("colspan")), span_of(cell.get("rowspan"))
        yield Cell(text, cell.tag == "th", *spans)
