"""What one walk over a page finds: runs of text, with the list or table each lies in."""

from dataclasses import dataclass, field
from typing import Any

from corpora.document import BlockKind, LinkRegion

Element = Any
"""Of lxml, which has no types."""


@dataclass(slots=True)
class Item:
    """An entry of a list.

    Attributes:
        group: number of the outermost list it lies in.
        marker: "-", or "3." in a numbered list; empty for a term and its definition.
        depth: lists around its own.
        is_term: whether it is a term that definitions follow.
        is_definition: whether it defines the term before it.
    """

    group: int
    marker: str
    depth: int
    is_term: bool = False
    is_definition: bool = False


@dataclass(slots=True)
class Cell:
    """A cell of a table.

    Attributes:
        columns, rows: how many it spans.
        is_header: whether it names a column or row.
    """

    columns: int
    rows: int
    is_header: bool


@dataclass(slots=True)
class Table:
    """A table as it is read.

    Attributes:
        rows: cells as they are written, in order.
        is_layout: whether it says that it only arranges, or holds what no table of data holds.
        claims_data: whether it has a caption, header cells or a role that tables of data have.
        head_rows: rows inside `<thead>`.
    """

    rows: list[list[Cell]] = field(default_factory=list)
    is_layout: bool = False
    claims_data: bool = False
    head_rows: int = 0


@dataclass(slots=True)
class Anchor:
    """A link.

    Attributes:
        element: `<a>` with an address.
        region: where on the page it stands.
        parts: (number of a run, start, end in code points of its text): what is to be clicked.
    """

    element: Element
    region: LinkRegion
    parts: list[tuple[int, int, int]] = field(default_factory=list)


@dataclass(slots=True)
class Run:
    """Text between two borders of blocks.

    Attributes:
        text: white space collapsed, line breaks kept; code as it is.
        kind: by the innermost element that gives one.
        level: of a heading, else 0.
        place: number of the element around it, in document order.
        region: where on the page.
        hint: number of the element that made it furniture; 0 where none did.
        item: list entry around it.
        cell, table: around it; tables that lie in it are its own.
        link_chars: characters of it that are links.
    """

    text: str
    kind: BlockKind
    level: int
    place: int
    region: LinkRegion
    hint: int
    item: Item | None
    cell: Cell | None
    table: Table | None
    link_chars: int


@dataclass(slots=True)
class Body:
    """What the walk found.

    Attributes:
        runs: in document order.
        anchors: in document order, those without text too.
        parents: number of each element's parent, by number; 0 is the root, its own parent.
        depth: elements inside each other at most.
    """

    runs: list[Run]
    anchors: list[Anchor]
    parents: list[int]
    depth: int
