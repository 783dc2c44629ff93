"""What a part of a list, a table or a code sample needs beside it to be read alone.

A passage is a slice of its document, so nothing can be put into it. What introduces a list, a
caption, and the first row of a table that does not name its columns in each row stand above such a
passage as a heading does.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from corpora.document import Block, BlockKind
from indexer.sentences import sentence_spans

STRUCTURED = (BlockKind.LIST, BlockKind.TABLE, BlockKind.CODE)
"""Blocks of lines that belong together: entries, rows, code."""
_LEAD_CHARS = 160
"""What is longer is cut, at a word."""
_COLONS = (":", "：")
# A line that begins an entry of a list; other lines that are indented belong to the one above.
_ENTRY = re.compile(r"\n(?=\S|[ ]*(?:[-•*–]|\(?(?:\d{1,4}|[A-Za-z]|[ivxlcIVXLC]{1,7})[.)])\s)")
_LINE = re.compile(r"\n")
_MARKER = re.compile(r"[ ]{0,40}\(?([-•*–]|(?:\d{1,4}|[A-Za-z]|[ivxlcIVXLC]{1,7})[.)])\s")
_CELL_BORDER = " | "
_MAX_TITLES = 4
"""Rows of one cell at the top of a table, and the two below them."""
_NAME_CHARS = 40
_DIGIT = re.compile(r"\d")
_LETTER = re.compile(r"[^\W\d_]")
# A match begins at a border and ends before the next one: linear, as every pattern here has to be.
_NAMED_CELL = re.compile(r"(?:^| \| )[^|]*?\S: ")


def introductions(blocks: Sequence[Block]) -> list[int | None]:
    """For each block the number of the one that introduces it; None where none does.

    Lists are introduced by a paragraph that ends in a colon, and so are tables and code; these
    also by a caption. A list that is several blocks has one introduction; a list of another kind
    behind it is another list.
    """
    found: list[int | None] = []
    for number, block in enumerate(blocks):
        before = blocks[number - 1] if number else None
        introduction = None
        if before is not None and block.kind in STRUCTURED:
            if before.kind is BlockKind.LIST and block.kind is BlockKind.LIST:
                if _marker(before) == _marker(block):
                    introduction = found[-1]
            elif _introduces(before, block):
                introduction = number - 1
        found.append(introduction)
    return found


def _marker(block: Block) -> str:
    """What kind of list a block is: of numbers, of bullets, or of neither, as of terms."""
    match = _MARKER.match(block.text)
    return "" if match is None else "1" if match[1][0].isalnum() else match[1]


def _introduces(before: Block, block: Block) -> bool:
    if before.kind is BlockKind.CAPTION:
        return block.kind is not BlockKind.LIST
    return before.kind is BlockKind.PARAGRAPH and before.text.endswith(_COLONS)


def lead_of(introduction: Block) -> str:
    """An introduction as one short line: its last sentence, or a caption from its beginning on."""
    text = " ".join(introduction.text.split())
    if introduction.kind is BlockKind.PARAGRAPH:
        start, end = sentence_spans(text)[-1]
        text = text[start:end]
    return _shorten(text)


class LinesAbove:
    """The lines of a table or list that its later parts need above them; found once a block."""

    def __init__(self, block: Block) -> None:
        self._starts: list[int] = []
        self._above: list[tuple[str, ...]] = []
        lines = block.text.split("\n")
        if block.kind is BlockKind.TABLE:
            self._above = list(_rows_above(lines, first_row(block)))
        elif block.kind is BlockKind.LIST:
            self._above = list(_entries_above(lines))
        start = 0
        for line in lines:
            self._starts.append(start)
            start += len(line) + 1

    def of(self, offset: int) -> tuple[str, ...]:
        """The lines for what begins at an offset in the text of the block."""
        if not offset or not self._above:
            return ()
        return self._above[bisect_right(self._starts, offset) - 1]


def _rows_above(lines: Sequence[str], names: str | None) -> Iterator[tuple[str, ...]]:
    """For each row the names of the columns, and the row of one cell that heads it; short."""
    group: str | None = None
    for line in lines:
        is_group = _CELL_BORDER not in line
        yield tuple(filter(None, (group if not is_group else None, names)))
        if is_group:
            group = None if _NAMED_CELL.search(line) else _shorten(line)


def _entries_above(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """For each line the entry in which it stands deeper; short."""
    parents: list[tuple[int, str]] = []
    for line in lines:
        indent = len(line) - len(line.lstrip(" "))
        while parents and parents[-1][0] >= indent:
            parents.pop()
        yield (parents[-1][1],) if parents else ()
        parents.append((indent, _shorten(line)))


def first_row(table: Block) -> str | None:
    """The row that names the columns for those below, titles of the table passed over.

    None where each row names them itself.

    Where nothing marks it as such it is told by what is below: words above a number, or short words
    in a table of words.
    """
    rows = table.text.split("\n", _MAX_TITLES)
    titles = next((at for at, row in enumerate(rows) if _CELL_BORDER in row), None)
    if titles is None or titles + 1 >= len(rows) or _NAMED_CELL.search(rows[titles]):
        return None
    row = rows[titles]
    names, values = row.split(_CELL_BORDER), rows[titles + 1].split("\n", 1)[0].split(_CELL_BORDER)
    are_words = [not _is_number(name) for name in names]
    above_number = any(
        is_word and _is_number(value) for is_word, value in zip(are_words, values, strict=False)
    )
    all_short = max(map(len, names)) <= _NAME_CHARS and len(set(names)) == len(names)
    return _shorten(row) if above_number or (all(are_words) and all_short) else None


def _is_number(cell: str) -> bool:
    """Whether a cell has digits, and signs, but no letter."""
    return _DIGIT.search(cell) is not None and _LETTER.search(cell) is None


def entry_spans(text: str, kind: BlockKind) -> list[tuple[int, int]]:
    """Cuts a structured block into entries, rows or lines, each with the line end behind it."""
    border = _ENTRY if kind is BlockKind.LIST else _LINE
    stripped = len(text.rstrip("\n"))
    borders = [match.end() for match in border.finditer(text, 0, stripped)]
    starts = [0, *borders]
    return list(zip(starts, [*borders, len(text)], strict=True)) if text else []


def _shorten(text: str) -> str:
    line = " ".join(text.split())
    if len(line) <= _LEAD_CHARS:
        return line
    border = line.rfind(" ", _LEAD_CHARS // 2, _LEAD_CHARS)
    return f"{line[: border if border > 0 else _LEAD_CHARS - 1].rstrip()}…"
