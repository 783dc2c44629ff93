"""From a 128-bit id to the rows that may have it, without a scan."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.document import DocumentKind, identify
from corpora.urls import identity_key
from indexer.tables import fixed_bytes

ID_BYTES = 16

Halves = NDArray[np.uint64]
Rows = NDArray[np.uint32]


class Lookup:
    """Rows by the first half of their id: 12 bytes a row.

    Nothing is read before the first question; the first thread that asks builds the table, those
    that ask meanwhile wait for it.
    """

    def __init__(self, read: Callable[[], tuple[Halves, Rows]]) -> None:
        """Reads nothing yet.

        Args:
            read: gives the first half of some ids (`first_halves`) and the row of each.
        """
        self._read = read
        self._building = threading.Lock()
        self._table: tuple[Halves, Rows] | None = None

    def candidates(self, key: bytes) -> list[int]:
        """The rows whose id begins like this one: one at most, but for chance and forgery.

        Args:
            key: an id of ID_BYTES; the caller compares it whole.
        """
        halves, rows = self._table or self._build()
        # Of the table's own type: numpy would convert the whole table to that of another.
        half = first_halves(np.frombuffer(key, dtype=f"V{ID_BYTES}"))[0]
        start, end = (int(np.searchsorted(halves, half, side)) for side in ("left", "right"))
        return [int(row) for row in rows[start:end]]

    def _build(self) -> tuple[Halves, Rows]:
        with self._building:
            if self._table is None:
                halves, rows = self._read()
                order = np.argsort(halves, kind="stable")
                self._table = halves[order], rows[order]
            return self._table


def first_halves(ids: NDArray[np.void]) -> Halves:
    """The first eight bytes of each id as a number: uint64 [n]."""
    halves: Halves = np.ascontiguousarray(ids).view(np.uint64)[::2]
    return halves


def ids_lookup(table: Any, column: str) -> Lookup:  # noqa: ANN401 - untyped library
    """Rows of a table by a column of ids."""

    # It refers to the table, not to who reads that: a cycle would keep old generations open.
    def read() -> tuple[Halves, Rows]:
        halves = first_halves(fixed_bytes(table.column(column), ID_BYTES))
        return halves, np.arange(len(halves), dtype=np.uint32)

    return Lookup(read)


def papers_lookup(table: Any) -> Lookup:  # noqa: ANN401 - untyped library
    """Rows of papers by the id that a page at the same URL would have."""

    def read() -> tuple[Halves, Rows]:
        urls = table.column("url")
        is_paper = pc.equal(table.column("kind"), DocumentKind.PAPER.value)
        rows = np.flatnonzero(np.asarray(pc.and_(is_paper, pc.is_valid(urls)), dtype=bool))
        ids = (identify(identity_key(url)) for url in urls.take(pa.array(rows)).to_pylist())
        joined = np.frombuffer(bytes.fromhex("".join(ids)), dtype=f"V{ID_BYTES}")
        return first_halves(joined), rows.astype(np.uint32)

    return Lookup(read)
