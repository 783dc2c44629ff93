"""int8 vectors with a scale each, memory-mapped: what candidates are rescored with.

vectors.npy    int8 [n, dimension]
scales.npy     float32 [n], so that vectors[i] * scales[i] has length 1
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import map_array, write_array

_CHUNK = 65_536
"""Vectors quantised at once."""


def write_vectors(folder: Path, vectors: NDArray[np.float32]) -> None:
    """Quantises and writes.

    Args:
        folder: existing.
        vectors: float32 [n, dimension], L2-normalised; may be a memmap, is read in chunks.
    """
    rows = len(vectors)
    scales = np.empty(rows, dtype=np.float32)

    def codes() -> Iterator[NDArray[np.int8]]:
        for start in range(0, rows, _CHUNK):
            part, scales[start : start + _CHUNK] = quantise(vectors[start : start + _CHUNK])
            yield part

    write_array(folder / "vectors.npy", vectors.shape, np.int8, codes())
    np.save(folder / "scales.npy", scales)


def quantise(vectors: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Rounds each vector to int8 on its own scale.

    The scale is the inverse length of the rounded vector, not the rounding step: a product with
    it is then the exact cosine to the rounded direction.

    Args:
        vectors: float32 [n, dimension], none of them zero.

    Returns:
        int8 [n, dimension] and float32 [n].
    """
    step = np.abs(vectors).max(axis=1, keepdims=True) / np.float32(127)
    codes = np.rint(vectors / step).astype(np.int8)
    lengths = np.linalg.norm(codes.astype(np.float32), axis=1)
    return codes, (1 / lengths).astype(np.float32)


class Int8Vectors:
    """A reader of one shard's vectors."""

    def __init__(self, folder: Path) -> None:
        """Maps the files.

        Raises:
            OSError, ValueError: a file is missing or broken, or they do not belong together.
        """
        self._codes: NDArray[np.int8] = map_array(folder / "vectors.npy")
        self._scales: NDArray[np.float32] = np.array(map_array(folder / "scales.npy"))
        if self._codes.ndim != 2 or self._codes.shape[:1] != self._scales.shape:
            raise ValueError("vectors.npy and scales.npy do not belong together")

    @property
    def count(self) -> int:
        """Vectors held."""
        return len(self._scales)

    @property
    def dimension(self) -> int:
        """Components of a vector."""
        return int(self._codes.shape[1])

    def cosine(
        self, rows: Sequence[int] | NDArray[np.integer], query: NDArray[np.float32]
    ) -> NDArray[np.float64]:
        """Cosine of some vectors with a query.

        Args:
            rows: vector rows [n].
            query: float32 [dimension], L2-normalised.

        Returns:
            float64 [n].
        """
        index = np.asarray(rows, dtype=np.int64)
        # Row by row: BLAS rounds differently by the number of rows, and no score may depend on
        # which other candidates there are.
        products = np.einsum("ij,j->i", self._codes[index].astype(np.float32), query)
        return np.asarray(products * self._scales[index], dtype=np.float64)

    def decode(self) -> NDArray[np.float32]:
        """All vectors, float32 [n, dimension], of length 1."""
        return np.asarray(self._codes * self._scales[:, None], dtype=np.float32)
