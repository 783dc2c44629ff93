"""The text of a JATS article: sections, paragraphs, lists, tables, captions and footnotes.

One walk over the tree, without recursion. Whatever is no block is running text of the block
around it. References and acknowledgements are left out.
"""

import re
from collections.abc import Iterator, Mapping

from corpora.citations import Reference
from corpora.document import Block, BlockKind, Citation, normalise_text
from corpora.inline_text import TextBuilder
from corpora.jats_inline import FORMULAS, InlineWriter, inline_text, title_text
from corpora.table_rows import Cell, span_of, table_text
from corpora.xml_records import Element, walk

_LEFT_OUT = frozenset(("ref-list", "ack", "bio", "sub-article", "response", "sec-meta", "notes-group",
                       "title-group", "object-id", "graphic", "kwd-group", "permissions",
                       "history", "floats-wrap"))  # fmt: skip
_SECTIONS = frozenset(("sec", "abstract", "trans-abstract", "app", "boxed-text", "glossary", "notes",
                       "fn-group", "app-group", "statement", "appendix"))  # fmt: skip
_PARAGRAPHS = frozenset(("p", "disp-quote", "verse-group", "verse-line", "speech", "attrib",
                         "disp-formula-group", "body", "back", "floats-group", "front"))  # fmt: skip
_FLOATS = frozenset(("fig", "table-wrap", "supplementary-material", "media", "chem-struct-wrap",
                     "fig-group", "table-wrap-group", "array"))  # fmt: skip
_LISTS = frozenset(("list", "def-list"))
_ITEMS = frozenset(("list-item", "def-item"))
_THANKS = re.compile(
    r"acknowledge?ments?\b|acknowledging\b|danksagung|remerciements|agradecimientos|"
    r"agradecimentos|ringraziamenti|благодарност|致谢|致謝|謝辞",
    re.IGNORECASE,
)
_CLICK = re.compile(r"Click here [\w ]{0,80}\.?", re.IGNORECASE)
_MAX_INDENT = 8


def jats_blocks(
    root: Element, references: Mapping[str, Reference], heading: str = ""
) -> Iterator[Block]:
    """The blocks below an element, in order.

    Args:
        root: an abstract, body, back or floats group.
        references: the reference list by its ids.
        heading: for a root that has no title of its own; empty for none.
    """
    return _Walk(references).blocks(root, heading)


class _Walk:
    """One pass; what is ready waits in `_ready`."""

    def __init__(self, references: Mapping[str, Reference]) -> None:
        self._references = references
        self._builder = TextBuilder()
        self._writer = InlineWriter(self._builder, references)
        self._path: list[str] = []
        self._sections: list[tuple[Element, int]] = []  # element, length of the path around it
        self._list_depth = 0
        self._label = ""  # of a heading or item that is still to come
        self._is_fresh_item = False
        self._notes: list[Block] = []  # footnotes inside the open block
        self._ready: list[Block] = []

    def blocks(self, root: Element, heading: str) -> Iterator[Block]:
        if heading and root.find("title") is None:
            self._heading(heading)
        walker = walk(root)
        for event, element in walker:
            if event == "start":
                if not self._start(element):
                    walker.skip_subtree()
            else:
                self._end(element)
                if element is not root:
                    self._builder.add(element.tail)
            if self._ready:
                yield from self._ready
                self._ready.clear()
        self._flush()
        yield from self._ready

    def _start(self, element: Element) -> bool:
        tag = element.tag
        if tag in _LEFT_OUT or (tag == "sec" and _is_thanks(element)):
            return False
        if tag in _SECTIONS:
            self._flush()
            self._sections.append((element, len(self._path)))
            return True
        if tag in ("title", "label") and not self._start_title(element):
            return False
        if tag in _FLOATS:
            self._flush()
            self._float(element)
            return False
        if tag == "fn":
            self._footnote(element)
            return False
        if tag in ("preformat", "code"):
            self._flush()
            self._emit(normalise_text("".join(element.itertext())), BlockKind.CODE)
            return False
        return self._start_text(element)

    def _start_text(self, element: Element) -> bool:
        """Lists, paragraphs and what runs inside them."""
        tag = element.tag
        if tag in _LISTS:
            if not self._list_depth:
                self._flush()
            self._list_depth += 1
        elif tag in _ITEMS:
            self._start_item(element)
        elif tag == "def":
            self._builder.add(": " if self._builder.last != ":" else " ")
        elif tag in _PARAGRAPHS:
            self._start_paragraph()
        elif tag not in ("term", "caption", "alternatives"):
            return self._writer.start(element)
        self._builder.add(element.text)
        return True

    def _start_item(self, element: Element) -> None:
        label = element.find("label")
        mark = title_text(label) if label is not None else ""
        indent = "  " * (min(self._list_depth, _MAX_INDENT) - 1)
        self._builder.start_line(f"{indent}{mark or '-'} ")
        self._is_fresh_item = True

    def _start_paragraph(self) -> None:
        if not self._list_depth:
            self._flush()
        elif not self._is_fresh_item:
            self._builder.add(" ")
        self._is_fresh_item = False
        if self._label and not self._list_depth:
            self._builder.add(f"{self._label} ")
            self._label = ""

    def _start_title(self, element: Element) -> bool:
        """Whether the title or label is running text rather than a heading or an item's mark."""
        parent = element.getparent()
        above = parent.getparent() if parent is not None and parent.tag == "caption" else parent
        tag = above.tag if above is not None else ""
        if tag in _SECTIONS:
            text = title_text(element)
            if element.tag == "label":
                self._label = text
            elif text:
                self._heading(f"{self._label} {text}" if self._label else text)
                self._label = ""
            return False
        if tag in _LISTS and element.tag == "title":
            self._flush()
            self._builder.add(title_text(element))
            self._flush_as(BlockKind.PARAGRAPH)
            return False
        return str(element.tag) == "title"

    def _end(self, element: Element) -> None:
        tag = element.tag
        if tag in _SECTIONS:
            if self._sections and self._sections[-1][0] is element:
                self._flush()
                del self._path[self._sections.pop()[1] :]
                self._label = ""
        elif tag in _LISTS:
            if self._list_depth == 1:
                self._flush()
            self._list_depth = max(0, self._list_depth - 1)
        elif tag in _PARAGRAPHS:
            if not self._list_depth:
                self._flush()
        elif tag not in FORMULAS:
            self._writer.end(element)

    def _heading(self, text: str) -> None:
        self._flush()
        if self._sections:
            del self._path[self._sections[-1][1] :]
        self._emit(text, BlockKind.HEADING)
        self._path.append(text)

    def _float(self, element: Element) -> None:
        """A figure or table and those inside it: captions, rows and notes, each once."""
        for each in element.iter(*_FLOATS, "table", "table-wrap-foot"):
            if next(each.iterancestors("table", "caption"), None) is not None:
                continue  # it is text of the cell or caption around it
            if each.tag == "table":
                self._emit(self._table(each), BlockKind.TABLE)
            elif each.tag == "table-wrap-foot":
                for note in list(each.iterchildren("fn", "fn-group", "p")) or [each]:
                    self._emit(*_swap(inline_text(note, self._references), BlockKind.FOOTNOTE))
            else:
                self._caption(each)
                for text in each.iterchildren("p"):
                    self._emit(*_swap(inline_text(text, self._references), BlockKind.PARAGRAPH))

    def _caption(self, element: Element) -> None:
        parts = [title_text(label) for label in element.iterchildren("label")]
        builder = TextBuilder()
        for part in parts:
            builder.add(part if part.endswith((".", ":")) else f"{part}.")
            builder.add(" ")
        lead, _ = builder.take()
        for caption in element.iterchildren("caption"):
            text, citations = inline_text(caption, self._references)
            shift = len(lead) + 1 if lead else 0
            moved = tuple(
                Citation(each.start + shift, each.end + shift, each.cited, each.title)
                for each in citations
            )
            if text and not _CLICK.fullmatch(text):
                self._emit(f"{lead} {text}" if lead else text, BlockKind.CAPTION, moved)

    def _table(self, table: Element) -> str:
        rows: list[list[Cell]] = []
        head = 0
        for row in table.iter("tr"):
            if next(row.iterancestors("table"), None) is not table:
                continue
            parent = row.getparent()
            head += parent is not None and parent.tag == "thead"
            rows.append(
                [
                    Cell(
                        inline_text(cell, self._references)[0],
                        cell.tag == "th",
                        span_of(cell.get("colspan")),
                        span_of(cell.get("rowspan")),
                    )
                    for cell in row.iterchildren("td", "th")
                ]
            )
        return table_text(rows, head or None)

    def _footnote(self, element: Element) -> None:
        text, citations = inline_text(element, self._references)
        if text:
            self._notes.append(Block(text, BlockKind.FOOTNOTE, tuple(self._path), citations))
        if not self._builder.position:
            self._release_notes()

    def _flush(self) -> None:
        self._flush_as(BlockKind.LIST if self._list_depth else BlockKind.PARAGRAPH)

    def _flush_as(self, kind: BlockKind) -> None:
        text, citations = self._builder.take()
        if text.strip("- \n"):
            self._emit(text, kind, citations)
        self._release_notes()

    def _release_notes(self) -> None:
        self._ready += self._notes
        self._notes.clear()

    def _emit(self, text: str, kind: BlockKind, citations: tuple[Citation, ...] = ()) -> None:
        if text := text.strip():
            self._ready.append(Block(text, kind, tuple(self._path), citations))


def _swap(
    text: tuple[str, tuple[Citation, ...]], kind: BlockKind
) -> tuple[str, BlockKind, tuple[Citation, ...]]:
    return text[0], kind, text[1]


def _is_thanks(section: Element) -> bool:
    title = section.find("title")
    return section.get("sec-type") == "ack" or (
        title is not None and _THANKS.match(title_text(title)) is not None
    )
