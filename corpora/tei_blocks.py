"""The text of a TEI document as paragraphs that name their section, in one walk."""

from collections.abc import Iterator, Mapping

from corpora.citations import UNKNOWN, Reference
from corpora.document import BlockKind, Citation, normalise_text
from corpora.formula import formula_text
from corpora.inline_text import TextBuilder
from corpora.sections import Paragraph
from corpora.table_rows import Cell, span_of, table_text
from corpora.xml_records import Element, walk

_DIVISIONS = frozenset(("div", *(f"div{level}" for level in range(8)), "front", "back"))
_BREAKS = frozenset(("p", "ab", "lg", "sp", "quote", "q", "cit", "opener", "closer", "byline", "l",
                     "speaker", "stage", "body", "epigraph", "titlePart", "dateline", "signed",
                     "salute", "argument", "trailer", "docAuthor", "listBibl"))  # fmt: skip
_SILENT = frozenset(("figure", "graphic", "fw", "del", "listBibl", "index", "figDesc", "gap", "teiHeader",
                     "titlePage", "divGen"))  # fmt: skip
_REPLACED = frozenset(("sic", "orig", "abbr"))
_LEFT_OUT = frozenset(("references", "acknowledgement", "acknowledgment", "bibliography", "toc",
                       "contents", "index", "funding"))  # fmt: skip
_GAPS = frozenset(("lb", "s", "cell", "row", "head", "label", "item", "pb", "cb", "milestone", "p"))
_SECTION_MARK = "::"


def tei_paragraphs(
    root: Element, references: Mapping[str, Reference], heading: str = ""
) -> Iterator[Paragraph]:
    """Paragraphs, lists, tables, captions and footnotes below an element, in order.

    Args:
        root: an abstract or a text.
        references: the reference list by its ids.
        heading: of what stands in no section; may be empty.
    """
    return _Walk(references, heading).paragraphs(root)


def inline_tei(
    element: Element, references: Mapping[str, Reference]
) -> tuple[str, tuple[Citation, ...]]:
    """All that an element holds as one line, with its citations."""
    builder = TextBuilder()
    writer = _InlineWriter(builder, references)
    walker = walk(element)
    for event, each in walker:
        if each is element:
            builder.add(each.text if event == "start" else None)
        elif event == "start":
            if not writer.start(each):
                walker.skip_subtree()
        else:
            writer.end(each)
            builder.add(each.tail)
    return builder.take()


class _InlineWriter:
    """Writes elements of running text as a walk meets their starts and ends."""

    def __init__(self, builder: TextBuilder, references: Mapping[str, Reference]) -> None:
        self._builder = builder
        self._references = references
        self._open: list[tuple[Element, int]] = []

    def start(self, element: Element) -> bool:
        """Whether what the element holds is to be walked."""
        tag = element.tag
        parent = element.getparent()
        if tag in _SILENT or tag == "note":
            return False
        if tag in _REPLACED and parent is not None and parent.tag == "choice":
            return False
        if tag == "formula":
            self._builder.add(f" {formula_text(element)} ")
            return False
        if tag == "ref" and element.get("type") == "bibr":
            self._open.append((element, self._builder.position))
        elif tag in _GAPS:
            self._builder.add(" ")
        self._builder.add(element.text)
        return True

    def end(self, element: Element) -> None:
        """Writes what closes the element; not what follows it."""
        if self._open and self._open[-1][0] is element:
            _, start = self._open.pop()
            ids = [each.removeprefix("#") for each in (element.get("target") or "").split()]
            known = [self._references.get(each, UNKNOWN) for each in ids]
            self._builder.cite(start, known or [UNKNOWN])
        elif element.tag in _GAPS:
            self._builder.add(" ")


class _Walk:
    """One pass; what is ready waits in `_ready`."""

    def __init__(self, references: Mapping[str, Reference], heading: str) -> None:
        self._references = references
        self._builder = TextBuilder()
        self._writer = _InlineWriter(self._builder, references)
        # (element, title, number) of the divisions around, outermost first
        self._divisions: list[tuple[Element | None, str, str]] = [(None, heading, "")]
        self._list_depth = 0
        self._notes: list[Paragraph] = []
        self._ready: list[Paragraph] = []

    def paragraphs(self, root: Element) -> Iterator[Paragraph]:
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
        if tag in _DIVISIONS:
            self._flush()
            if (element.get("type") or "").lower() in _LEFT_OUT:
                return False
            self._divisions.append((element, "", ""))
            return True
        if tag == "head" and element.getparent() is self._divisions[-1][0]:
            self._head(element)
            return False
        if tag == "figure":
            self._flush()
            self._figure(element)
            return False
        if tag == "table":
            self._flush()
            self._table(element)
            return False
        if tag == "note":
            self._note(element)
            return False
        return self._start_text(element)

    def _start_text(self, element: Element) -> bool:
        tag = element.tag
        if tag == "list":
            if not self._list_depth:
                self._flush()
            self._list_depth += 1
        elif tag == "item":
            self._builder.start_line("  " * (min(self._list_depth, 8) - 1) + "- ")
        elif tag in _BREAKS and tag not in _SILENT:
            self._break()
        else:
            return self._writer.start(element)
        self._builder.add(element.text)
        return True

    def _end(self, element: Element) -> None:
        tag = element.tag
        if tag in _DIVISIONS:
            if self._divisions[-1][0] is element:
                self._flush()
                self._divisions.pop()
        elif tag == "list":
            if self._list_depth == 1:
                self._flush()
            self._list_depth = max(0, self._list_depth - 1)
        elif tag in _BREAKS:
            self._break()
        else:
            self._writer.end(element)

    def _break(self) -> None:
        if self._list_depth:
            self._builder.add(" ")
        else:
            self._flush()

    def _head(self, element: Element) -> None:
        self._flush()
        title = inline_tei(element, {})[0].replace(_SECTION_MARK, ":")
        division, above, number = self._divisions[-1]
        if title:
            title = f"{above} {title}" if above else title
            self._divisions[-1] = (division, title, element.get("n") or number)
            self._emit("", BlockKind.PARAGRAPH)

    def _figure(self, element: Element) -> None:
        """The captions, rows and notes of a figure or table and of those inside it."""
        for figure in element.iter("figure"):
            parts = [inline_tei(each, {})[0] for each in figure.iterchildren("head")]
            parts += [inline_tei(each, {})[0] for each in figure.iterchildren("figDesc", "p")]
            self._emit(" ".join(filter(None, parts)), BlockKind.CAPTION)
            for table in figure.iterchildren("table"):
                self._table(table)
            for note in figure.iterchildren("note"):
                self._emit(inline_tei(note, {})[0], BlockKind.FOOTNOTE)

    def _table(self, table: Element) -> None:
        for head in table.iterchildren("head"):
            self._emit(inline_tei(head, {})[0], BlockKind.CAPTION)
        rows = [
            [
                Cell(
                    inline_tei(cell, self._references)[0],
                    "label" in (cell.get("role"), row.get("role")),
                    span_of(cell.get("cols")),
                    span_of(cell.get("rows")),
                )
                for cell in row.iterchildren("cell")
            ]
            for row in table.iterchildren("row")
        ]
        self._emit(table_text(rows), BlockKind.TABLE)

    def _note(self, element: Element) -> None:
        text, citations = inline_tei(element, self._references)
        if text:
            self._notes.append(self._paragraph(text, BlockKind.FOOTNOTE, citations))
        if not self._builder.position:
            self._release_notes()

    def _flush(self) -> None:
        text, citations = self._builder.take()
        if text.strip("- \n"):
            kind = BlockKind.LIST if self._list_depth else BlockKind.PARAGRAPH
            self._ready.append(self._paragraph(text, kind, citations))
        self._release_notes()

    def _release_notes(self) -> None:
        self._ready += self._notes
        self._notes.clear()

    def _emit(self, text: str, kind: BlockKind) -> None:
        self._ready.append(self._paragraph(normalise_text(text).strip(), kind, ()))

    def _paragraph(self, text: str, kind: BlockKind, citations: tuple[Citation, ...]) -> Paragraph:
        titles = [title for _, title, _ in self._divisions if title]
        number = self._divisions[-1][2]
        return Paragraph(text, _SECTION_MARK.join(titles), number, kind, citations)
