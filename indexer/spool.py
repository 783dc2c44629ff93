"""A temporary file of records between two stages of a build."""

import pickle
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

Record = TypeVar("Record")


class Spool(Generic[Record]):
    """Records on disk, appended once and read back in any order.

    The file is private to one build and never outlives it, so pickle is safe here.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._offsets: list[int] = []

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, record: Record) -> int:
        """Stores a record and returns its number."""
        self._offsets.append(self._file.tell())
        pickle.dump(record, self._file, protocol=pickle.HIGHEST_PROTOCOL)
        return len(self._offsets) - 1

    def read(self, numbers: Iterable[int]) -> Iterator[Record]:
        """Records by number; nothing may be appended any more."""
        self._file.close()
        with self._path.open("rb") as file:
            for number in numbers:
                file.seek(self._offsets[number])
                yield pickle.load(file)  # our own bytes, written a moment ago
