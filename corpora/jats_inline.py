"""Running text of JATS: what stands inside a paragraph, a title or a cell, with its citations."""

from collections.abc import Mapping

from corpora.citations import UNKNOWN, Reference
from corpora.document import Citation
from corpora.formula import formula_text
from corpora.inline_text import TextBuilder
from corpora.xml_records import Element, walk

FORMULAS = frozenset(("inline-formula", "disp-formula", "chem-struct", "tex-math", "math"))
_SILENT = frozenset(("fn", "index-term", "graphic", "inline-graphic", "object-id", "permissions",
                     "processing-meta", "alt-text", "long-desc", "private-char", "address"))  # fmt: skip
_GAPS = frozenset(("p", "title", "td", "th", "list-item", "break", "label", "def", "table", "tr"))
_BARE_NOTES = frozenset(("fn", "aff", "corresp", "author-notes", "table-fn"))


class InlineWriter:
    """Writes elements of running text into a builder, as a walk meets their starts and ends.

    Args:
        builder: is written to.
        references: the reference list by its ids.
        is_title: whether footnote marks are left out.
    """

    def __init__(
        self,
        builder: TextBuilder,
        references: Mapping[str, Reference],
        *,
        is_title: bool = False,
    ) -> None:
        self._builder = builder
        self._references = references
        self._is_title = is_title
        self._open: list[tuple[Element, int, str]] = []  # element, position, what closes it

    def start(self, element: Element) -> bool:
        """Whether what the element holds is to be walked."""
        tag = element.tag
        if tag in _SILENT:
            return False
        if tag in FORMULAS:
            self._builder.add(f" {formula_text(element)} ")
            return False
        if tag == "xref":
            return self._start_reference(element)
        if tag == "sup":
            self._start_raised(element)
        elif tag in _GAPS:
            self._builder.add(" ")
        self._builder.add(element.text)
        return True

    def end(self, element: Element) -> None:
        """Writes what closes the element; not what follows it."""
        if self._open and self._open[-1][0] is element:
            _, start, closing = self._open.pop()
            if element.tag == "xref":
                self._builder.cite(start, self._cited(element))
            self._builder.add(closing)
        elif element.tag in _GAPS:
            self._builder.add(" ")

    def _start_reference(self, element: Element) -> bool:
        kind = element.get("ref-type")
        if kind in _BARE_NOTES and self._is_title:
            return False
        if kind == "bibr":
            # A raised number would melt into the word before it.
            is_raised = element.find("sup") is not None and not self._in_raised()
            self._builder.add("[" if is_raised else "")
            self._open.append((element, self._builder.position, "]" if is_raised else ""))
        self._builder.add(element.text)
        return True

    def _start_raised(self, element: Element) -> None:
        if any(xref.get("ref-type") == "bibr" for xref in element.iterchildren("xref")):
            self._builder.add("[")
            self._open.append((element, self._builder.position, "]"))
        elif self._builder.last.isdigit() and (element.text or "").strip()[:1] in "0123456789-−–+":
            self._builder.add("^" if (element.text or "").strip() else "")

    def _in_raised(self) -> bool:
        return bool(self._open) and self._open[-1][0].tag == "sup"

    def _cited(self, element: Element) -> list[Reference]:
        ids = (element.get("rid") or "").split()
        return [self._references.get(each, UNKNOWN) for each in ids] or [UNKNOWN]


def inline_text(
    element: Element, references: Mapping[str, Reference], *, is_title: bool = False
) -> tuple[str, tuple[Citation, ...]]:
    """All that an element holds as one line, with its citations."""
    builder = TextBuilder()
    writer = InlineWriter(builder, references, is_title=is_title)
    builder.add(element.text)
    walker = walk(element)
    for event, each in walker:
        if each is element:
            continue
        if event == "start":
            if not writer.start(each):
                walker.skip_subtree()
        else:
            writer.end(each)
            builder.add(each.tail)
    return builder.take()


def title_text(element: Element | None) -> str:
    """A title without footnote marks; empty where there is none."""
    return "" if element is None else inline_text(element, {}, is_title=True)[0]
