"""Arrays on disk: written as a stream, read through a memory map.

Written through plain files rather than a writable map: on a full disk a map kills the process
with a bus error, a file raises OSError.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_SPILL_BYTES = 1 << 25
"""Copied at once."""


def write_array(
    path: Path, shape: tuple[int, ...], dtype: DTypeLike, parts: Iterable[NDArray[Any]]
) -> None:
    """Writes a .npy file part by part.

    Args:
        path: file to write.
        shape: of the whole array.
        dtype: of the whole array; parts are converted to it.
        parts: consecutive along the first axis, together exactly `shape`.

    Raises:
        ValueError: the parts do not fill the shape.
    """
    kind = np.dtype(dtype)
    header = {"descr": kind.str, "fortran_order": False, "shape": shape}
    written = 0
    with path.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for part in parts:
            if part.shape[1:] != shape[1:]:
                raise ValueError(f"{path.name}: a part of shape {part.shape} in one of {shape}")
            np.ascontiguousarray(part, dtype=kind).tofile(file)
            written += len(part)
    if written != shape[0]:
        raise ValueError(f"{path.name}: {written} rows written instead of {shape[0]}")


class RowsWriter:
    """A two-dimensional .npy file, written row by row; memory does not grow with it.

    Until `finish` the rows lie beside it; use `close` in any case.
    """

    def __init__(self, path: Path, dtype: DTypeLike, columns: int = 0) -> None:
        """Begins a file.

        Args:
            path: of the file to come.
            dtype: of its values.
            columns: values of a row; 0 takes as many as the first one has.
        """
        self.count = 0
        self._path = path
        self._dtype = np.dtype(dtype)
        self._columns = columns
        self._spill_path = path.with_suffix(".spill")
        self._spill = self._spill_path.open("wb")

    def add(self, rows: NDArray[Any]) -> None:
        """Appends rows.

        Args:
            rows: [n, columns], or one row [columns].

        Raises:
            ValueError: they have another width.
        """
        rows = np.atleast_2d(np.ascontiguousarray(rows, dtype=self._dtype))
        self._columns = self._columns or rows.shape[1]
        if rows.shape[1] != self._columns:
            raise ValueError(
                f"{self._path.name}: {rows.shape[1]} columns in one of {self._columns}"
            )
        rows.tofile(self._spill)
        self.count += len(rows)

    def finish(self) -> None:
        """Writes the file."""
        self._spill.close()
        write_array(self._path, (self.count, self._columns), self._dtype, self._parts())
        self._spill_path.unlink()

    def close(self) -> None:
        """Lets go of the files, finished or not."""
        self._spill.close()

    def _parts(self) -> Iterator[NDArray[Any]]:
        at_once = max(1, _SPILL_BYTES // max(1, self._columns * self._dtype.itemsize))
        with self._spill_path.open("rb") as spill:
            for start in range(0, self.count, at_once):
                rows = min(at_once, self.count - start)
                part = np.fromfile(spill, self._dtype, rows * self._columns)
                yield part.reshape(rows, self._columns)


def map_array(path: Path) -> NDArray[Any]:
    """A .npy file, mapped; as a plain array, since slicing a np.memmap costs ten times as much.

    Raises:
        OSError, ValueError: the file is missing or broken.
    """
    try:
        return np.asarray(np.load(path, mmap_mode="r"))
    except (EOFError, SyntaxError) as error:  # how numpy says "empty" and "garbled header"
        raise ValueError(f"{path.name} is not an array") from error
