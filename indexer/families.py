"""Which passages and documents of a generation are copies of one another, found when it is published.

families-<shard>.npy            uint32 [passages], the family of each passage: equal for a text and
                                its exact and near copies in any shard, 0 for what is there once
                                and for the dead
document-families-<shard>.npy   uint32 [documents], the same of documents: equal where all passages
                                are copies, one by one

They are a function of the live passages alone: any way to the same content ends with the same
numbers. See `indexer.twins` for what a near copy is and what it costs.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.errors import CorruptIndex
from indexer.arrays import map_array
from indexer.manifest import ShardId
from indexer.shard import ShardReader
from indexer.signature import VALUES, Signatures
from indexer.twins import Judge, cluster, families

Uint32s = NDArray[np.uint32]
Int64s = NDArray[np.int64]

_AT_ONCE = 1 << 17
"""Signatures copied at once."""

# Odd constants without a pattern: the fractional parts of the square roots of three and five.
_FACTORS = (np.uint64(0xBB67AE8584CAA73B), np.uint64(0x3C6EF372FE94F82B))


@dataclass(frozen=True, slots=True)
class ShardFamilies:
    """The families of one shard.

    Attributes:
        passages: uint32 [passages].
        documents: uint32 [documents].
    """

    passages: Uint32s
    documents: Uint32s


def find_families(
    shards: Sequence[ShardReader],
    live: Sequence[NDArray[np.bool_]],
    scratch: Path | None = None,
) -> list[ShardFamilies]:
    """Compares all live passages.

    Args:
        shards: in any order.
        live: for each of them bool [documents].
        scratch: folder on a disk with room for all signatures, 128 bytes a passage; None for
            the system's.
    """
    rows = _Rows(shards, live)
    keys = rows.copy_keys()
    with tempfile.TemporaryFile(dir=scratch) as file:
        if rows.count:
            rows.write_signatures(file.fileno())
            signatures: Signatures = np.memmap(file, np.uint16, "r", shape=(rows.count, VALUES))
        else:
            signatures = np.zeros((0, VALUES), dtype=np.uint16)
        groups = cluster(signatures, keys, rows.lengths(), Judge(rows.text), rows.ids())
        del signatures
    numbers = families(groups, keys)
    return rows.by_shard(numbers, _of_documents(numbers, rows.documents()))


def write_families(
    folder: Path,
    shards: Sequence[ShardReader],
    live: Sequence[NDArray[np.bool_]],
    scratch: Path,
) -> None:
    """Finds the families and writes them.

    Args:
        folder: of the generation.
        shards: see `find_families`.
        live: see there.
        scratch: see there.
    """
    for shard, found in zip(shards, find_families(shards, live, scratch), strict=True):
        for name, numbers in _files(shard.shard.shard_id, found).items():
            np.save(folder / name, numbers)


def read_families(folder: Path, shards: Sequence[ShardReader]) -> list[ShardFamilies]:
    """Maps the families of a generation.

    Args:
        folder: of the generation.
        shards: of it.

    Raises:
        CorruptIndex: a file is missing or broken.
    """
    read = []
    for shard in shards:
        nothing = np.zeros(0, dtype=np.uint32)
        passages, documents = _files(shard.shard.shard_id, ShardFamilies(nothing, nothing))
        try:
            found = ShardFamilies(map_array(folder / passages), map_array(folder / documents))
        except (OSError, ValueError) as error:
            raise CorruptIndex(f"{folder}: {error}; build the index again") from error
        shapes = (found.passages.shape, found.documents.shape)
        if shapes != ((shard.shard.passages,), (shard.shard.documents,)):
            raise CorruptIndex(
                f"{folder / passages}: of another length than its shard; build the index again"
            )
        read.append(found)
    return read


def _files(shard_id: ShardId, found: ShardFamilies) -> Mapping[str, Uint32s]:
    return {
        f"families-{shard_id}.npy": found.passages,
        f"document-families-{shard_id}.npy": found.documents,
    }


class _Rows:
    """The live passages of all shards, one after another."""

    def __init__(self, shards: Sequence[ShardReader], live: Sequence[NDArray[np.bool_]]) -> None:
        self._shards = shards
        self._rows = [
            np.flatnonzero(mask[shard.passages.document])
            for shard, mask in zip(shards, live, strict=True)
        ]
        self._starts = np.cumsum([0, *(len(rows) for rows in self._rows)])
        self.count = int(self._starts[-1])

    def copy_keys(self) -> NDArray[np.void]:
        """Of all rows, 16 bytes each."""
        return self._gathered([shard.passages.all_copy_keys for shard in self._shards])

    def ids(self) -> NDArray[np.void]:
        """Passage ids of all rows, 16 bytes each."""
        return self._gathered([shard.passages.all_ids for shard in self._shards])

    def _gathered(self, columns: Sequence[NDArray[np.void]]) -> NDArray[np.void]:
        parts = [column[rows] for column, rows in zip(columns, self._rows, strict=True)]
        return np.concatenate(parts) if parts else np.zeros(0, dtype="V16")

    def lengths(self) -> Int64s:
        """Characters of all rows."""
        parts = [
            shard.passages.end_char[rows].astype(np.int64) - shard.passages.start_char[rows]
            for shard, rows in zip(self._shards, self._rows, strict=True)
        ]
        return np.concatenate([*parts, np.zeros(0, dtype=np.int64)])

    def documents(self) -> Int64s:
        """The document of all rows, numbered through all shards; never falls."""
        first = np.cumsum([0, *(len(shard.documents) for shard in self._shards)])
        parts = [
            shard.passages.document[rows].astype(np.int64) + start
            for shard, rows, start in zip(self._shards, self._rows, first, strict=False)
        ]
        return np.concatenate([*parts, np.zeros(0, dtype=np.int64)])

    def write_signatures(self, descriptor: int) -> None:
        """Writes those of all rows, one after another."""
        with open(descriptor, "wb", closefd=False) as file:
            for shard, rows in zip(self._shards, self._rows, strict=True):
                for start in range(0, len(rows), _AT_ONCE):
                    file.write(shard.signatures[rows[start : start + _AT_ONCE]].tobytes())

    def text(self, row: int) -> str:
        """The text of a row."""
        number = int(np.searchsorted(self._starts, row, side="right")) - 1
        shard = self._shards[number]
        at = int(self._rows[number][row - int(self._starts[number])])
        start, end = int(shard.passages.start_char[at]), int(shard.passages.end_char[at])
        return shard.documents.slice(int(shard.passages.document[at]), start, end)

    def by_shard(self, numbers: Uint32s, documents: tuple[Int64s, Uint32s]) -> list[ShardFamilies]:
        """Numbers of rows, and of some documents, for each shard."""
        found = []
        of_document = np.zeros(sum(len(shard.documents) for shard in self._shards), np.uint32)
        of_document[documents[0]] = documents[1]
        first = 0
        for number, (shard, rows) in enumerate(zip(self._shards, self._rows, strict=True)):
            of_passage = np.zeros(len(shard.passages), dtype=np.uint32)
            of_passage[rows] = numbers[self._starts[number] : self._starts[number + 1]]
            last = first + len(shard.documents)
            found.append(ShardFamilies(of_passage, of_document[first:last]))
            first = last
        return found


def _of_documents(numbers: Uint32s, documents: Int64s) -> tuple[Int64s, Uint32s]:
    """Documents whose passages all have copies, and the family of each.

    Two are of one family if their passages are, one by one, in the same order.

    Args:
        numbers: family of each passage [n].
        documents: of each passage [n], never falling.
    """
    if not len(numbers):
        return documents, numbers
    starts = np.flatnonzero(np.diff(documents, prepend=-1))
    sizes = np.diff(np.append(starts, len(numbers)))
    place = (np.arange(len(numbers)) - np.repeat(starts, sizes)).astype(np.uint64)
    halves = np.empty((len(starts), 2), dtype=np.uint64)
    for half, factor in enumerate(_FACTORS):
        # A sum over passages, each mixed with its place: an order has one sum but for chance.
        mixed = (numbers.astype(np.uint64) << np.uint64(32) | place) * factor
        mixed = (mixed ^ (mixed >> np.uint64(29))) * factor
        halves[:, half] = np.add.reduceat(mixed ^ (mixed >> np.uint64(32)), starts)
    whole = np.flatnonzero(np.logical_and.reduceat(numbers > 0, starts))
    keys = halves[whole].view("V16").reshape(-1)
    return documents[starts[whole]], families(np.zeros(len(whole), dtype=np.uint32), keys)
