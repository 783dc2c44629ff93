"""A temporary file of records between two stages of a build."""

import pickle
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, Self, TypeVar

Record = TypeVar("Record")


class Spool(Generic[Record]):
    """Records on disk: all appended, then read back in any order.

    Only where each record starts is held in memory, 8 bytes a record. The file is private to one
    build and never outlives it, so pickle is safe here. Use it as a context manager.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._offsets = array("Q")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, record: Record) -> int:
        """Stores a record and returns its number.

        Raises:
            ValueError: reading has begun.
        """
        self._offsets.append(self._file.tell())
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        return len(self._offsets) - 1

    def read(self, numbers: Iterable[int]) -> Iterator[Record]:
        """Records by number, in the order asked for; ends the appending."""
        self._file.close()
        with self._path.open("rb") as file:
            for number in numbers:
                file.seek(self._offsets[number])
                yield pickle.load(file)  # our own bytes, written a moment ago
