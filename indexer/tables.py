"""Arrow IPC files, written batch by batch and memory-mapped; with `records` and `lookup` only user of pyarrow."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpora.errors import CorruptIndex


class TableWriter:
    """Appends rows to an Arrow IPC file, a batch at a time.

    Attributes:
        count: rows so far.
    """

    def __init__(self, path: Path, schema: pa.Schema, batch_rows: int) -> None:
        """Creates the file.

        Args:
            path: file to write.
            schema: of the table.
            batch_rows: rows held in memory before they are written.
        """
        self._schema = schema
        self._batch_rows = batch_rows
        self._file = pa.OSFile(str(path), "wb")
        self._writer = pa.ipc.new_file(self._file, schema)
        self._rows: list[dict[str, Any]] = []
        self.count = 0

    def append(self, row: dict[str, Any]) -> None:
        """Adds a row: a value for each column of the schema."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= self._batch_rows:
            self._flush()

    def extend(self, table: Any) -> None:  # noqa: ANN401 - untyped library
        """Adds the rows of a table of the same schema."""
        self._flush()
        for batch in table.to_batches(max_chunksize=self._batch_rows):
            self._writer.write_batch(batch)
        self.count += table.num_rows

    def finish(self) -> None:
        """Writes what is left and closes the file."""
        self._flush()
        self._writer.close()
        self._file.close()

    def close(self) -> None:
        """Lets go of the file, finished or not."""
        self._file.close()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_batch(pa.RecordBatch.from_pylist(self._rows, schema=self._schema))
            self._rows = []


def open_table(path: Path, schema: pa.Schema) -> Any:  # noqa: ANN401 - untyped library
    """A memory-mapped table.

    Raises:
        CorruptIndex: the file is missing, broken, or has other columns.
    """
    try:
        table = pa.ipc.open_file(pa.memory_map(str(path))).read_all()
    except (OSError, pa.ArrowException) as error:
        raise CorruptIndex(f"{path}: {error}; build the index again") from error
    if table.schema != schema:
        raise CorruptIndex(f"{path}: columns are not those of this version; build the index again")
    return table


_BATCHES = 1_024
"""Whose columns are kept as objects, some kilobytes each."""


class Cells:
    """Single cells of a table: several times cheaper than through its chunked columns."""

    def __init__(self, table: Any) -> None:  # noqa: ANN401 - untyped library
        """Remembers where each batch starts.

        Args:
            table: a pyarrow Table.
        """
        self._batches = table.to_batches()
        self._starts = [0, *accumulate(len(batch) for batch in self._batches)]
        # Columns of the batches that were asked for, which may be few of many.
        self._columns: dict[int, dict[str, Any]] = {}

    def scalar(self, row: int, column: str) -> Any:  # noqa: ANN401 - untyped library
        """One cell, as pyarrow's scalar."""
        batch, place = self._find(row)
        return batch[column][place]

    def values(self, row: int, columns: Sequence[str]) -> dict[str, Any]:
        """Some cells of one row, as Python values."""
        batch, place = self._find(row)
        return {column: batch[column][place].as_py() for column in columns}

    def _find(self, row: int) -> tuple[dict[str, Any], int]:
        number = bisect_right(self._starts, row) - 1
        columns = self._columns.get(number)
        if columns is None:
            batch = self._batches[number]
            columns = dict(zip(batch.schema.names, batch.columns, strict=True))
            if len(self._columns) >= _BATCHES:
                self._columns.clear()
            self._columns[number] = columns
        return columns, row - self._starts[number]


def fixed_bytes(column: Any, size: int) -> NDArray[np.void]:  # noqa: ANN401 - untyped library
    """A column of values of `size` bytes as an array."""
    width = np.dtype(f"V{size}")
    parts = [
        np.frombuffer(chunk.buffers()[1], dtype=width, count=len(chunk), offset=chunk.offset * size)
        for chunk in column.chunks
    ]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=width)


def storable(text: str) -> str:
    """Text that Arrow can hold: what a file name holds beyond Unicode is spelled out."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
