"""What office files of all kinds become: blocks under their headings."""

from collections.abc import Callable, Collection, Mapping, Sequence

from lxml import etree

from corpora.document import Block, BlockKind, normalise_text
from corpora.table_rows import Cell, table_text
from indexer.office_package import Element

MAX_TEXT_CHARS = 5_000_000
"""Text after which nothing more is read."""
MAX_BLOCKS = 200_000
_HEADING_CHARS = 300
_MAX_HEADER_CHARS = 80


class Outline:
    """Collects blocks in order.

    Attributes:
        is_full: whether the limit is reached, so that reading on is of no use.
    """

    def __init__(self) -> None:
        self.is_full = False
        self._blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._lines: list[str] = []  # of the list or the code that is open
        self._open = BlockKind.LIST
        self._room = MAX_TEXT_CHARS
        self._notes: list[str] = []

    def finish(self) -> tuple[Block, ...]:
        """All blocks."""
        self._close()
        return tuple(self._blocks)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was left out."""
        if not self.is_full:
            return tuple(self._notes)
        chars = MAX_TEXT_CHARS - self._room
        return (*self._notes, f"read up to {len(self._blocks)} blocks, {chars} characters")

    def note(self, text: str) -> None:
        """Says what was left out."""
        self._notes.append(text)

    def heading(self, level: int, text: str) -> None:
        """A heading; one too long to be one is a paragraph.

        What stands at level 0 is the whole text's title, under which nothing is said to stand.
        """
        if len(text) > _HEADING_CHARS:
            self.add(text)
            return
        self._close()
        text = " ".join(text.split())
        if not text:
            return
        while self._path and self._path[-1][0] >= level:
            self._path.pop()
        self._append(text, BlockKind.HEADING)
        if level:
            self._path.append((level, text))

    def leave(self, level: int) -> None:
        """What follows stands under no heading of this level or a deeper one."""
        self._close()
        self._path = [each for each in self._path if each[0] < level]

    def add(self, text: str, kind: BlockKind = BlockKind.PARAGRAPH) -> None:
        """A block of its own."""
        self._close()
        self._append(text.strip(), kind)

    def item(self, text: str, depth: int = 0) -> None:
        """An item of a list; those that follow each other are one block."""
        if text.strip():
            self._add_line(f"{'  ' * min(depth, 8)}- {' '.join(text.split())}", BlockKind.LIST)

    def code(self, text: str) -> None:
        """A line of code; those that follow each other are one block."""
        self._add_line(text.rstrip(), BlockKind.CODE)

    def table(self, rows: Sequence[Sequence[Cell]]) -> None:
        """A table; its first row names the columns where it looks as if it did."""
        marked = any(cell.is_header for row in rows for cell in row)
        head = None if marked else int(_is_header(rows))
        self.add(table_text(rows, head), BlockKind.TABLE)

    def _add_line(self, line: str, kind: BlockKind) -> None:
        if self._lines and self._open is not kind:
            self._close()
        self._open = kind
        self._lines.append(line)

    def _close(self) -> None:
        lines, self._lines = self._lines, []
        if lines:
            self._append("\n".join(lines).strip("\n"), self._open)

    def _append(self, text: str, kind: BlockKind) -> None:
        text = normalise_text(text).strip()
        if not text or self.is_full:
            return
        self._blocks.append(Block(text, kind, tuple(title for _, title in self._path)))
        self._room -= len(text)
        self.is_full = self._room < 0 or len(self._blocks) >= MAX_BLOCKS


def _is_header(rows: Sequence[Sequence[Cell]]) -> bool:
    """Whether a first row can be nothing but names of columns."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    names = [cell.text for cell in rows[0]]
    are_names = all(
        0 < len(name) <= _MAX_HEADER_CHARS and any(map(str.isalpha, name)) for name in names
    )
    return are_names and len(set(names)) == len(names)


def inline_text(
    element: Element,
    marks: Mapping[str, str],
    skipped: Collection[str] = (),
    only: Collection[str] | None = None,
    is_hidden: Callable[[Element], bool] = lambda element: False,
) -> str:
    """The text of an element, white space collapsed, line breaks kept.

    Args:
        element: is looked into.
        marks: what stands for elements of these names, such as line breaks.
        skipped: names of elements that are passed over.
        only: names of elements whose text counts; None takes all text.
        is_hidden: says of an element whether nobody sees it.
    """
    parts: list[str] = []
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, node in walk:
        if event == "start":
            if node is not element and (node.tag in skipped or is_hidden(node)):
                walk.skip_subtree()
                continue
            if node is not element:
                parts.append(marks.get(node.tag, ""))
            if node.text and (only is None or node.tag in only):
                parts.append(node.text)
        elif node is not element and only is None and node.tail:
            parts.append(node.tail)
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(filter(None, lines))
