"""Runs of text put together: paragraphs, headings, lists and tables, each a candidate block."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from corpora.document import BlockKind, LinkRegion
from indexer.html_tables import is_data, table_lines
from indexer.runs import Run, Table

_LONG_ENTRY_CHARS = 300
"""Entries longer than this on average are paragraphs that happen to stand in a list."""
_MAX_LIST_CHARS = 4_000
_MAX_INDENT = 8


@dataclass(slots=True)
class Piece:
    """A candidate block.

    Attributes:
        text: as it is indexed.
        raw: its words without what was added to them: bullets, names of columns.
        kind: what it is.
        level: of a heading, else 0.
        place: number of the element around it.
        region: where on the page.
        hint: number of the element that made it furniture; 0 where none did.
        link_chars: characters of it that are links.
        entries: list entries or rows; 1 for all else.
        is_entry: whether it stands in an entry of a list.
    """

    text: str
    raw: str
    kind: BlockKind
    level: int
    place: int
    region: LinkRegion
    hint: int
    link_chars: int
    entries: int = 1
    is_entry: bool = False

    @property
    def link_share(self) -> float:
        """Share of its characters that are links."""
        return self.link_chars / len(self.raw)


def put_together(runs: Sequence[Run]) -> list[Piece]:
    """The candidate blocks of a page, in its order.

    A table of data stands where its first cell does; a table that arranges is taken apart.
    """
    cells: dict[int, list[Run]] = {}
    cells_of: dict[int, list[Run]] = {}
    tables: dict[int, Table] = {}
    for run in runs:
        if run.table is not None and run.cell is not None:
            cells.setdefault(id(run.cell), []).append(run)
            cells_of.setdefault(id(run.table), []).append(run)
            tables[id(run.table)] = run.table
            if run.kind in (BlockKind.CODE, BlockKind.HEADING) and not run.cell.is_header:
                run.table.is_layout = True
    texts = {cell: _cell_text(parts) for cell, parts in cells.items()}
    data = {number for number, table in tables.items() if is_data(table, texts)}

    def key(run: Run) -> tuple[str, int]:
        if run.cell is not None and id(run.table) in data:
            return "table", id(run.table)
        is_entry = run.item is not None and run.kind is BlockKind.PARAGRAPH
        return ("list", run.item.group) if is_entry and run.item else ("run", id(run))

    pieces: list[Piece] = []
    seen: set[int] = set()
    done: set[int] = set()
    for (kind, number), group in groupby(runs, key):
        parts = list(group)
        if kind == "table":
            if number not in done:
                pieces += _table(tables[number], cells_of[number], texts)
            done.add(number)
        elif kind == "list":
            pieces += _list(parts, seen)
        else:
            is_note = parts[0].kind is BlockKind.FOOTNOTE  # its number is what the text names
            text = _marked(parts[0], seen, keeps_bullet=False) if is_note else parts[0].text
            pieces.append(_piece(text, parts, parts[0].kind))
    return pieces


def _cell_text(runs: Sequence[Run]) -> str:
    parts: list[str] = []
    for run in runs:
        joint = ", " if parts and run.item is not None and not parts[-1].endswith(":") else " "
        parts += [joint if parts else "", " ".join(run.text.split())]
    return "".join(parts)


def _table(table: Table, runs: Sequence[Run], texts: dict[int, str]) -> Iterable[Piece]:
    text = table_lines(table, texts)
    yield _piece(text, runs, BlockKind.TABLE, text.count("\n") + 1)


def _list(runs: Sequence[Run], seen: set[int]) -> Iterable[Piece]:
    """A list as one block, or in several where it is long; long entries as paragraphs.

    Args:
        runs: of its entries and of those of lists inside it.
        seen: ids of the entries that have their marker already; grows.
    """
    entries = [list(group) for _, group in groupby(runs, lambda run: id(run.item))]
    if sum(len(run.text) for run in runs) > _LONG_ENTRY_CHARS * len(entries):
        for run in runs:
            yield _piece(_marked(run, seen, keeps_bullet=False), [run], BlockKind.PARAGRAPH)
        return
    waiting: list[Run] = []
    lines: list[str] = []
    for text, parts in _lines(entries, seen):
        if waiting and sum(map(len, lines)) + len(text) > _MAX_LIST_CHARS:
            yield _piece("\n".join(lines), waiting, BlockKind.LIST, len(lines))
            waiting, lines = [], []
        lines.append(text)
        waiting += parts
    yield _piece("\n".join(lines), waiting, BlockKind.LIST, len(lines))


def _lines(entries: Sequence[Sequence[Run]], seen: set[int]) -> Iterable[tuple[str, Sequence[Run]]]:
    """Entries, each with its runs; a short definition goes on the line of its term."""
    at = 0
    while at < len(entries):
        entry = entries[at]
        text = _entry(entry, seen)
        after = entries[at + 1] if at + 1 < len(entries) else None
        if after and _is_term(entry) and _is_definition(after) and len(after) == 1:
            yield f"{text.rstrip(':')}: {_entry(after, seen).strip()}", [*entry, *after]
            at += 2
        else:
            yield text, entry
            at += 1


def _is_term(entry: Sequence[Run]) -> bool:
    return entry[0].item is not None and entry[0].item.is_term


def _is_definition(entry: Sequence[Run]) -> bool:
    return entry[0].item is not None and entry[0].item.is_definition


def _entry(entry: Sequence[Run], seen: set[int]) -> str:
    depth = entry[0].item.depth if entry[0].item is not None else 0
    indent = "  " * min(depth, _MAX_INDENT)
    lines = [line for run in entry for line in _marked(run, seen).split("\n")]
    return f"{indent}{f'{chr(10)}{indent}  '.join(lines)}"


def _marked(run: Run, seen: set[int], *, keeps_bullet: bool = True) -> str:
    """The text of a run, after its entry's marker where it is the first of the entry."""
    item = run.item
    if item is None or id(item) in seen:
        return run.text
    seen.add(id(item))
    has_marker = item.marker and (keeps_bullet or item.marker != "-")
    return f"{item.marker} {run.text}" if has_marker else run.text


def _piece(text: str, runs: Sequence[Run], kind: BlockKind, entries: int = 1) -> Piece:
    first = runs[0]
    return Piece(
        text=text.strip(),
        raw=" ".join(run.text for run in runs),
        kind=kind,
        level=first.level,
        place=first.place,
        region=first.region,
        hint=first.hint,
        link_chars=sum(run.link_chars for run in runs),
        entries=entries,
        is_entry=first.item is not None,
    )
