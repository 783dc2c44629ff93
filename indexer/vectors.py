"""int8 vectors with a scale each, memory-mapped: what candidates are rescored with.

vectors.npy    int8 [n, dimension]
scales.npy     float32 [n], so that vectors[i] * scales[i] has length 1
keys.npy       16 bytes [n], hash of the text that was embedded, so that it need not be again

Everything dense is made from these: a vector that was quantised once stays the same through every
copy and every compaction.
"""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from indexer.arrays import RowsWriter, map_array
from indexer.lookup import Lookup

KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Quantised:
    """Some vectors, quantised.

    Attributes:
        codes: int8 [n, dimension].
        scales: float32 [n].
    """

    codes: NDArray[np.int8]
    scales: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.scales)


def text_key(text: str) -> bytes:
    """What identifies an embedded text, KEY_BYTES long."""
    return hashlib.blake2b(text.encode(), digest_size=KEY_BYTES).digest()


class VectorsWriter:
    """Collects distinct vectors by the key of their text; codes are spilled to disk as they come.

    Use `close` in any case.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: dict[bytes, int] = {}
        self._scales = array("f")
        self._codes = RowsWriter(folder / "vectors.npy", np.int8)

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: bytes) -> bool:
        return key in self._rows

    def add(self, key: bytes, code: NDArray[np.int8], scale: float) -> int:
        """The row of a text's vector, which is stored unless that text has one already."""
        row = self._rows.get(key)
        if row is None:
            row = self._rows[key] = len(self._rows)
            self._scales.append(scale)
            self._codes.add(code)
        return row

    def row(self, key: bytes) -> int:
        """The row of a text that is here already."""
        return self._rows[key]

    def finish(self) -> None:
        """Writes the files, and forgets what was in memory."""
        self._codes.finish()
        np.save(self._folder / "scales.npy", np.asarray(self._scales, dtype=np.float32))
        keys = np.frombuffer(b"".join(self._rows), dtype=np.uint8)
        np.save(self._folder / "keys.npy", keys.reshape(-1, KEY_BYTES))
        self._rows = {}

    def close(self) -> None:
        """Lets go of the files, finished or not."""
        self._codes.close()


def quantise(vectors: NDArray[np.float32]) -> Quantised:
    """Rounds each vector to int8 on its own scale.

    The scale is the inverse length of the rounded vector, not the rounding step: a product with
    it is then the exact cosine to the rounded direction.

    Args:
        vectors: float32 [n, dimension], none of them zero.
    """
    step = np.abs(vectors).max(axis=1, keepdims=True) / np.float32(127)
    codes = np.rint(vectors / step).astype(np.int8)
    lengths = np.linalg.norm(codes.astype(np.float32), axis=1)
    return Quantised(codes, (1 / lengths).astype(np.float32))


class Int8Vectors:
    """A reader of one shard's vectors."""

    def __init__(self, folder: Path) -> None:
        """Maps the files.

        Raises:
            OSError, ValueError: a file is missing or broken, or they do not belong together.
        """
        self._codes: NDArray[np.int8] = map_array(folder / "vectors.npy")
        self._scales: NDArray[np.float32] = np.array(map_array(folder / "scales.npy"))
        self._keys: NDArray[np.uint8] = map_array(folder / "keys.npy")
        # It refers to the keys, not to this reader: a cycle would keep old generations open.
        self._by_key = Lookup(partial(_read_keys, self._keys))
        if (
            self._codes.ndim != 2
            or self._codes.shape[:1] != self._scales.shape
            or self._keys.shape != (len(self._scales), KEY_BYTES)
        ):
            raise ValueError("vectors.npy, scales.npy and keys.npy do not belong together")

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

    def find(self, key: bytes) -> int | None:
        """The row of an embedded text by its key; None where it is not here."""
        rows = self._by_key.candidates(key)
        return next((row for row in rows if self._keys[row].tobytes() == key), None)

    def key(self, row: int) -> bytes:
        """The key of the text that a vector was made of."""
        return bytes(self._keys[row])

    def quantised(self, rows: Sequence[int]) -> Quantised:
        """Some vectors as they are stored."""
        index = np.asarray(rows, dtype=np.int64)
        return Quantised(self._codes[index], self._scales[index])

    @property
    def shape(self) -> tuple[int, int]:
        """Vectors and components."""
        return self.count, self.dimension

    def __getitem__(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float32]:
        """Some vectors decoded: float32 [n, dimension], of length 1."""
        return np.asarray(self._codes[rows] * self._scales[rows, None], dtype=np.float32)

    def decode(self) -> NDArray[np.float32]:
        """All vectors, float32 [n, dimension], of length 1."""
        return self[:]


def _read_keys(keys: NDArray[np.uint8]) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
    halves = np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()
    return halves, np.arange(len(halves), dtype=np.uint32)
