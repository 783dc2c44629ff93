"""Tables as lines of text that read well alone, whatever the format they come from.

A passage may be cut between any two rows, so each row says its column names itself:
"Country: France | Capital: Paris". A row of a table without column names is "France | Paris".
"""

from collections.abc import Sequence
from dataclasses import dataclass

MAX_COLUMNS = 200
MAX_ROW_SPAN = 1_000
MAX_CELLS = 500_000
"""Cells beyond, spans counted, are left out of a table."""
_MAX_GROWTH = 6
"""Where names would make a large table grow more than this, they stand in its first row only."""
_LARGE_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        text: may be empty.
        is_header: whether it names a column or a row.
        columns: how many columns it spans.
        rows: how many rows it spans.
    """

    text: str
    is_header: bool = False
    columns: int = 1
    rows: int = 1


def span_of(value: object) -> int:
    """A stated span as a number; 1 where it is none."""
    text = str(value or "").strip()
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def table_text(rows: Sequence[Sequence[Cell]], header_rows: int | None = None) -> str:
    """The table as lines, one a row; empty where no cell has text.

    Args:
        rows: of cells, as they stand in the source.
        header_rows: how many rows at the top name the columns; None takes those that consist of
            header cells.
    """
    grid = _expand(rows)
    head = header_rows if header_rows is not None else _count_header_rows(rows)
    if head >= len(grid):
        head = 0
    names = _column_names(grid[:head])
    body = grid[head:]
    if not any(names) or _grows_too_much(names, body):
        return "\n".join(filter(None, (" | ".join(_distinct(row)) for row in grid)))
    return "\n".join(filter(None, (_line(row, names) for row in body)))


def _expand(rows: Sequence[Sequence[Cell]]) -> list[list[Cell | None]]:
    """A cell in every place that it spans."""
    grid: list[list[Cell | None]] = []
    waiting: dict[int, tuple[Cell, int]] = {}  # column -> cell from above, rows it still takes
    room = MAX_CELLS
    for row in rows:
        line: list[Cell | None] = []

        def take_waiting(line: list[Cell | None] = line) -> None:
            while (held := waiting.get(len(line))) is not None:
                cell, left = held
                if left > 1:
                    waiting[len(line)] = (cell, left - 1)
                else:
                    del waiting[len(line)]
                line.append(cell)

        for cell in row:
            take_waiting()
            for _ in range(min(cell.columns, MAX_COLUMNS - len(line))):
                if cell.rows > 1:
                    waiting[len(line)] = (cell, min(cell.rows, MAX_ROW_SPAN) - 1)
                line.append(cell)
        take_waiting()
        room -= len(line)
        if room < 0:
            break
        grid.append(line)
    return grid


def _count_header_rows(rows: Sequence[Sequence[Cell]]) -> int:
    count = 0
    for row in rows:
        if not row or not all(cell.is_header or not cell.text for cell in row):
            break
        if not any(cell.is_header for cell in row):
            break
        count += 1
    return count


def _column_names(head: Sequence[Sequence[Cell | None]]) -> list[str]:
    """One name a column; names above each other are joined: "Women / Age"."""
    names: list[str] = []
    for column in range(max(map(len, head), default=0)):
        parts: list[str] = []
        for row in head:
            cell = row[column] if column < len(row) else None
            # A title over the whole table names no column.
            is_title = len(row) > 1 and len({id(each) for each in row}) == 1
            if cell is None or not cell.text or (is_title and len(head) > 1):
                continue
            if cell.text not in parts:
                parts.append(cell.text)
        names.append(" / ".join(parts).rstrip(":"))
    return names


def _line(row: Sequence[Cell | None], names: Sequence[str]) -> str:
    if len(_distinct(row)) == 1 and len({id(cell) for cell in row}) == 1:
        return _distinct(row)[0]  # it heads the rows below
    parts: list[str] = []
    at = 0
    while at < len(row):
        cell, end = row[at], at + 1
        while end < len(row) and row[end] is cell:
            end += 1
        covered = list(dict.fromkeys(name for name in names[at:end] if name))
        if cell is not None and cell.text:
            named = covered and not (at == 0 and cell.is_header) and covered[0] != cell.text
            parts.append(f"{', '.join(covered)}: {cell.text}" if named else cell.text)
        at = end
    return " | ".join(parts)


def _distinct(row: Sequence[Cell | None]) -> list[str]:
    """The texts of a row, that of a cell over several columns once."""
    texts: list[str] = []
    last: Cell | None = None
    for cell in row:
        if cell is not None and cell is not last and cell.text:
            texts.append(cell.text)
        last = cell
    return texts


def _grows_too_much(names: Sequence[str], body: Sequence[Sequence[Cell | None]]) -> bool:
    own = sum(len(cell.text) for row in body for cell in row if cell is not None)
    named = sum(map(len, names)) * len(body)
    return named + own > max(_LARGE_CHARS, _MAX_GROWTH * own)
