"""The forward index: the terms of each passage in order, memory-mapped.

    terms.bin      UTF-8 terms, sorted by their bytes, concatenated
    terms.npy      uint64 [terms + 1], where each term starts in terms.bin, in bytes
    df.npy         uint32 [terms], passages that hold the term
    tokens.npy     uint32 [tokens], term ids of all passages in row order
    starts.npy     uint64 [passages + 1], where each passage starts in tokens.npy

The lexical engine only proposes; exact BM25 is computed from these files, so that no score
depends on a segment, a shard or a filter.
"""

import mmap
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import map_array, write_array

TermIds = NDArray[np.uint32]

_REMEMBERED_TERMS = 16_384
"""Questions use the same words again and again."""

_REMAP_CHUNK = 1 << 22
"""Tokens renumbered at once."""


class TokensWriter:
    """Collects passages and writes the five files.

    Token ids are spilled to disk as they come; only the vocabulary is held in memory.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._vocabulary: dict[str, int] = {}
        self._document_frequency = array("L")
        self._starts = array("Q", [0])
        self._spill_path = folder / "tokens.spill"
        self._spill = self._spill_path.open("wb")

    @property
    def total(self) -> int:
        """Tokens so far."""
        return self._starts[-1]

    def add(self, terms: Sequence[str]) -> None:
        """Appends the next passage."""
        vocabulary, frequency = self._vocabulary, self._document_frequency
        ids = array("I")
        for term in terms:
            number = vocabulary.get(term)
            if number is None:
                number = vocabulary[term] = len(vocabulary)
                frequency.append(0)
            ids.append(number)
        for number in set(ids):
            frequency[number] += 1
        ids.tofile(self._spill)
        self._starts.append(self._starts[-1] + len(ids))

    def finish(self) -> None:
        """Sorts the vocabulary, renumbers the tokens and writes the files; forgets it all."""
        self._spill.close()
        encoded = sorted((term.encode(), number) for term, number in self._vocabulary.items())
        self._vocabulary = {}
        offsets = np.zeros(len(encoded) + 1, dtype=np.uint64)
        np.cumsum([len(term) for term, _ in encoded], out=offsets[1:])
        (self._folder / "terms.bin").write_bytes(b"".join(term for term, _ in encoded))
        np.save(self._folder / "terms.npy", offsets)
        old_of_new = np.fromiter((number for _, number in encoded), dtype=np.int64)
        new_of_old = np.empty(len(encoded), dtype=np.uint32)
        new_of_old[old_of_new] = np.arange(len(encoded), dtype=np.uint32)
        frequency = np.asarray(self._document_frequency, dtype=np.uint32)
        np.save(self._folder / "df.npy", frequency[old_of_new])
        np.save(self._folder / "starts.npy", np.asarray(self._starts, dtype=np.uint64))
        path = self._folder / "tokens.npy"
        write_array(path, (self.total,), np.uint32, self._renumbered(new_of_old))
        self._spill_path.unlink()

    def close(self) -> None:
        """Lets go of the files, finished or not."""
        self._spill.close()

    def _renumbered(self, new_of_old: TermIds) -> Iterator[TermIds]:
        with self._spill_path.open("rb") as spill:
            for _ in range(0, self.total, _REMAP_CHUNK):
                yield new_of_old[np.fromfile(spill, dtype=np.uint32, count=_REMAP_CHUNK)]


class Tokens:
    """A reader of one shard's forward index.

    Attributes:
        passages: rows.
        terms: distinct terms.
        total: tokens of all rows.
    """

    def __init__(self, folder: Path) -> None:
        """Maps the files.

        Raises:
            OSError, ValueError: a file is missing or broken, or they do not belong together.
        """
        self._offsets: NDArray[np.uint64] = map_array(folder / "terms.npy")
        self._frequency: NDArray[np.uint32] = map_array(folder / "df.npy")
        self._tokens: TermIds = map_array(folder / "tokens.npy")
        # The starts are read for every candidate: plain memory is faster than the mapped file.
        self._starts: NDArray[np.uint64] = np.array(map_array(folder / "starts.npy"))
        self._terms = _map(folder / "terms.bin")
        if not (
            len(self._offsets) == len(self._frequency) + 1
            and int(self._offsets[-1]) == len(self._terms)
            and len(self._starts) > 0
            and int(self._starts[-1]) == len(self._tokens)
        ):
            raise ValueError(f"the files of {folder.name} do not belong together")
        self._found: dict[str, tuple[int, int] | None] = {}
        self.terms = len(self._frequency)
        self.passages = len(self._starts) - 1
        self.total = int(self._starts[-1])

    def find(self, term: str) -> tuple[int, int] | None:
        """(term id, passages holding it), or None where the shard has no such term."""
        if term in self._found:
            return self._found[term]
        if len(self._found) >= _REMEMBERED_TERMS:
            self._found.clear()
        self._found[term] = found = self._search(term.encode())
        return found

    def _search(self, wanted: bytes) -> tuple[int, int] | None:
        low, high = 0, len(self._frequency)
        while low < high:
            middle = (low + high) // 2
            if self._term(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        if low == len(self._frequency) or self._term(low) != wanted:
            return None
        return low, int(self._frequency[low])

    def frequency(self, term: int) -> int:
        """Passages that hold a term, by its id."""
        return int(self._frequency[term])

    def row(self, passage: int) -> list[str]:
        """The terms of one passage in order."""
        start, end = int(self._starts[passage]), int(self._starts[passage + 1])
        return [self._term(number).decode() for number in self._tokens[start:end].tolist()]

    def gather(self, passages: Sequence[int]) -> tuple[TermIds, NDArray[np.int64]]:
        """The tokens of some passages, concatenated.

        Returns:
            Term ids uint32 [sum of lengths], and lengths int64 [len(passages)].
        """
        rows = np.asarray(passages, dtype=np.int64)
        starts, ends = self._starts[rows].tolist(), self._starts[rows + 1].tolist()
        tokens = self._tokens
        slices = [tokens[a:b] for a, b in zip(starts, ends, strict=True)]
        lengths = np.asarray([len(part) for part in slices], dtype=np.int64)
        if not slices:
            return np.zeros(0, dtype=np.uint32), lengths
        return np.concatenate(slices), lengths

    def _term(self, number: int) -> bytes:
        return self._terms[int(self._offsets[number]) : int(self._offsets[number + 1])]


def _map(path: Path) -> mmap.mmap | bytes:
    if path.stat().st_size == 0:
        return b""  # an empty file cannot be mapped
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
