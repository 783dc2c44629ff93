"""Tables of data to rows that read well alone: every value with the names of its column."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from indexer.runs import Cell, Table

MAX_COLUMNS = 200
MAX_GRID_CELLS = 200_000
"""Places a table may fill with cells that span; beyond them it is read as it is written."""
_MAX_NAME_CHARS = 80
_MAX_CELL_CHARS = 1_500
_MEAN_CELL_CHARS = 120


@dataclass(frozen=True, slots=True)
class Place:
    """What stands at a row and column; a cell that spans stands at several.

    Attributes:
        text: of the cell.
        is_header: whether it names its column or row.
        scope: "row", "col" or what the page says.
        is_first: whether the cell begins here rather than spans to here.
    """

    text: str
    is_header: bool
    scope: str
    is_first: bool


_EMPTY = Place("", is_header=False, scope="", is_first=True)


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
    is_regular = widths.count(max(widths)) >= 0.6 * len(widths)
    return len(filled) >= 2 and is_regular and sum(map(len, cells)) <= _MEAN_CELL_CHARS * len(cells)


def table_rows(table: Table, texts: dict[int, str]) -> list[str]:
    """A line a row: "Name: value; Name: value", or "a | b" where nothing names the columns.

    Args:
        table: a table of data.
        texts: by the `id` of the cell.
    """
    grid = _grid(table.rows, texts)
    grid = [row for row in grid if any(place.text for place in row)]
    head = _head_rows(grid, table.head_rows)
    names = _names(grid[:head])
    lines = [line for row in grid[head:] if (line := _line(row, names))]
    return lines or [" | ".join(_distinct(row)) for row in grid if _distinct(row)]


def _grid(rows: Sequence[Sequence[Cell]], texts: dict[int, str]) -> list[list[Place]]:
    """Cells at their rows and columns, spans resolved."""
    budget = MAX_GRID_CELLS
    grid: list[list[Place]] = []
    hanging: dict[int, tuple[int, Place]] = {}  # column -> rows left, what hangs down
    for row in rows:
        places: list[Place] = []
        for cell in row:
            _hang(places, hanging)
            text = texts.get(id(cell), "")
            columns = cell.columns if budget > 0 and len(places) < MAX_COLUMNS else 1
            columns = min(columns, MAX_COLUMNS)
            budget -= columns
            for offset in range(columns):
                is_first = offset == 0
                place = Place(text, cell.is_header, cell.scope, is_first)
                if cell.rows > 1 and budget > 0:
                    below = Place(text, cell.is_header, cell.scope, is_first=False)
                    hanging[len(places)] = (cell.rows - 1, below)
                places.append(place)
        _hang(places, hanging)
        budget -= len(places)
        grid.append(places)
    return grid


def _hang(places: list[Place], hanging: dict[int, tuple[int, Place]]) -> None:
    """Fills in the cells of rows above that span down to the next column."""
    while (column := len(places)) in hanging:
        left, place = hanging.pop(column)
        places.append(place)
        if left > 1:
            hanging[column] = (left - 1, place)


def _head_rows(grid: Sequence[Sequence[Place]], declared: int) -> int:
    """How many rows at the top name columns."""
    count = 0
    for row in grid:
        cells = [place for place in row if place.text]
        is_head = all(place.is_header and place.scope not in ("row", "rowgroup") for place in cells)
        if not is_head or (len(row) > 1 and len(set(map(_text, cells))) < 2 and count):
            break
        count += 1
    count = max(count, min(declared, len(grid)))
    return count if count < len(grid) else 0


def _text(place: Place) -> str:
    return place.text


def _names(head: Sequence[Sequence[Place]]) -> list[str]:
    """The name of each column: what stands above it, each different word once."""
    width = max(map(len, head), default=0)
    names = []
    for column in range(width):
        above = [row[column].text for row in head if column < len(row) and row[column].text]
        name = " ".join(text for text, _ in groupby(above))
        names.append(name.rstrip(":") if len(name) <= _MAX_NAME_CHARS else "")
    # A title across all columns names none of them.
    return [] if len(names) > 1 and len(set(names)) == 1 else names


def _line(row: Sequence[Place], names: Sequence[str]) -> str:
    values = [
        (names[column] if column < len(names) else "", place)
        for column, place in enumerate(row)
        if place.text and (place.is_first or column == 0 or not _spans_left(row, column))
    ]
    if not values:
        return ""
    leads = [place.text for _, place in values if place.is_header]
    if not any(name for name, _ in values):
        named = len(leads) == 1 and values[0][1].is_header and len(values) > 1
        if named:
            rest = " | ".join(place.text for _, place in values[1:])
            return f"{leads[0].rstrip(':')}: {rest}"
        return " | ".join(place.text for _, place in values)
    return "; ".join(
        f"{name}: {place.text}" if name and name != place.text else place.text
        for name, place in values
    )


def _spans_left(row: Sequence[Place], column: int) -> bool:
    """Whether the place repeats the cell to its left, which spans columns."""
    return not row[column].is_first and row[column - 1].text == row[column].text


def _distinct(row: Sequence[Place]) -> list[str]:
    return [place.text for place in row if place.text and place.is_first]
