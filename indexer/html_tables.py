"""Tables of a page: whether they hold data, and their rows as text that reads well alone."""

from collections.abc import Sequence

from corpora.table_rows import MAX_CELLS, MAX_COLUMNS, table_text
from corpora.table_rows import Cell as TextCell
from indexer.runs import Cell, Table

_MAX_CELL_CHARS = 1_500
_MEAN_CELL_CHARS = 120
_REGULAR_SHARE = 0.6


def is_data(table: Table, texts: dict[int, str]) -> bool:
    """Whether a table holds data rather than arranges a page.

    Args:
        table: as it was walked.
        texts: by the `id` of the cell.
    """
    filled = [[texts.get(id(cell), "") for cell in row] for row in table.rows]
    filled = [row for row in filled if any(row)]
    cells = [text for row in filled for text in row if text]
    if table.is_layout or not cells or max(map(len, cells)) > _MAX_CELL_CHARS:
        return False
    widths = [len(row) for row in filled]
    if max(widths) < 2:
        return table.claims_data and len(filled) > 1
    if table.claims_data:
        return True
    is_regular = widths.count(max(widths)) >= _REGULAR_SHARE * len(widths)
    return len(filled) >= 2 and is_regular and sum(map(len, cells)) <= _MEAN_CELL_CHARS * len(cells)


def table_lines(table: Table, texts: dict[int, str]) -> str:
    """A line a row: "Name: value | Name: value", or "a | b" where nothing names the columns.

    Args:
        table: a table of data.
        texts: by the `id` of the cell.
    """
    rows = [row for row in table.rows if row]
    if all(_is_pair(row) for row in rows):
        pairs = [[texts.get(id(cell), "") for cell in row] for row in rows]
        return "\n".join(f"{name.rstrip(':')}: {value}" for name, value in pairs if name or value)
    # A span over more columns than any row has cells says "all of them".
    widest = max(map(len, rows), default=0)
    cells = [[_cell(cell, texts, widest) for cell in row] for row in rows]
    if not _fits(cells):
        lines = (" | ".join(filter(None, (cell.text for cell in row))) for row in cells)
        return "\n".join(filter(None, lines))
    head = sum(1 for row in table.rows[: table.head_rows] if row)
    return table_text(cells, head or None)


def _fits(rows: Sequence[Sequence[TextCell]]) -> bool:
    """Whether the table, spans counted, is small enough for every cell to have its place."""
    hanging: list[tuple[int, int]] = []  # rows left and columns of cells that span down
    total = 0
    for row in rows:
        hanging = [(left - 1, columns) for left, columns in hanging if left > 1]
        width = sum(columns for _, columns in hanging) + sum(cell.columns for cell in row)
        total += width
        if width > MAX_COLUMNS or total > MAX_CELLS:
            return False
        hanging += [(cell.rows, cell.columns) for cell in row if cell.rows > 1]
    return True


def _is_pair(row: Sequence[Cell]) -> bool:
    """Whether a row is a name with its value."""
    return len(row) == 2 and row[0].is_header and not row[1].is_header


def _cell(cell: Cell, texts: dict[int, str], widest: int) -> TextCell:
    columns = min(cell.columns, widest)
    return TextCell(texts.get(id(cell), ""), cell.is_header, columns, cell.rows)
