"""The dense engine: proposes vectors near the query; only user of faiss.

Flat up to `FLAT_MAX` vectors, then inverted lists over 8-bit codes. Candidates are rescored
from `indexer.vectors`, so the codes need not be exact.
"""

import os
import struct
import threading
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from corpora.errors import CorruptIndex, InstallationError

FLAT_MAX = 20_000
"""Most vectors that are searched exhaustively: up to here that costs less than lists save."""
NPROBE = 64
"""Inverted lists that a query looks into."""
_TRAIN_PER_LIST = 64
_MIN_PER_LIST = 39
"""With fewer training vectors a list, FAISS warns; with less than one it refuses."""
_CHUNK = 65_536
"""Vectors added at once."""

_HEADER = struct.Struct("<4xiq")
"""What each index of FAISS begins with: its kind, the dimension, how many vectors it holds."""

# Every distribution that installs the module `faiss`.
_BUILDS = ("faiss-cpu", "faiss-gpu", "faiss-gpu-cu11", "faiss-gpu-cu12")


def check_builds() -> None:
    """Refuses two FAISS builds; looks at metadata only and loads nothing.

    Raises:
        InstallationError: two are installed, which overwrite each other.
    """
    builds = [name for name in _BUILDS if _is_installed(name)]
    if len(builds) > 1:
        raise InstallationError(
            f"{' and '.join(builds)} are both installed and overwrite each other's files; "
            f"uninstall both, then install one: pip install 'auctor[cpu]' or 'auctor[gpu]'"
        )


def load_faiss() -> ModuleType:
    """The one FAISS build that is installed.

    Raises:
        InstallationError: none is installed, or two that overwrite each other.
    """
    check_builds()
    try:
        import faiss
    except ImportError as error:
        raise InstallationError(
            f"FAISS cannot be loaded ({error}); pip install 'auctor[cpu]' or 'auctor[gpu]'"
        ) from error
    return faiss


class Rows(Protocol):
    """Vectors that are read in parts: an array, a mapped one, or decoded as they are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Vectors and components."""

    def __getitem__(self, rows: Any, /) -> NDArray[np.float32]:  # noqa: ANN401 - as numpy's
        """float32 [n, dimension]."""


def write_dense(path: Path, vectors: Rows, flat_max: int = FLAT_MAX) -> str:
    """Builds and writes the candidate index.

    Args:
        path: file to write.
        vectors: float32 [n, dimension], L2-normalised; is read in chunks.
        flat_max: most vectors that are searched exhaustively.

    Returns:
        The FAISS factory name of what was built.
    """
    faiss = load_faiss()
    rows, dimension = vectors.shape
    name = "Flat" if rows <= max(flat_max, _MIN_PER_LIST) else f"IVF{_lists(rows)},SQ8"
    index = faiss.index_factory(dimension, name, faiss.METRIC_INNER_PRODUCT)
    if not index.is_trained:
        sample = min(rows, _lists(rows) * _TRAIN_PER_LIST)
        # Evenly spread rows: deterministic, and no worse a sample than a random one.
        index.train(np.ascontiguousarray(vectors[np.linspace(0, rows - 1, sample, dtype=int)]))
    for start in range(0, rows, _CHUNK):
        index.add(np.ascontiguousarray(vectors[start : start + _CHUNK]))
    faiss.write_index(index, os.fspath(path))
    return name


class Dense:
    """A reader of one shard's candidate index, which is read when it is first searched.

    Attributes:
        count: vectors held.
    """

    def __init__(self, path: Path, nprobe: int = NPROBE) -> None:
        """Reads the beginning of the file: who builds or maintains an index needs no more.

        Raises:
            CorruptIndex: the file is missing or too short.
        """
        self._path = path
        self._most_probed = nprobe
        self._loading = threading.Lock()
        self._index: Any = None
        try:
            with path.open("rb") as file:
                self.count = int(_HEADER.unpack(file.read(_HEADER.size))[1])
        except (OSError, struct.error) as error:
            raise self._corrupt() from error

    def load(self) -> None:
        """Reads the index into memory, unless that was done.

        Raises:
            CorruptIndex: the file is missing or broken.
            InstallationError: see `load_faiss`.
        """
        with self._loading:
            if self._index is not None:
                return
            self._faiss = load_faiss()
            try:
                index = self._faiss.read_index(os.fspath(self._path))
            except RuntimeError as error:
                raise self._corrupt() from error
            self._lists = getattr(index, "nlist", 0)
            self._nprobe = min(self._most_probed, self._lists)
            if self._lists:
                index.nprobe = self._nprobe
            self._index = index

    def _corrupt(self) -> CorruptIndex:
        return CorruptIndex(f"{self._path}: FAISS cannot read it; build the index again")

    def propose(
        self,
        query: NDArray[np.float32],
        depth: int,
        allowed: NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Rows of up to `depth` vectors nearest to the query, nearest first.

        Args:
            query: float32 [dimension], L2-normalised.
            depth: most rows returned.
            allowed: bool [vectors]; only these rows are returned, as many as exist: with inverted
                lists more of them are looked into, until there are enough.
        """
        if self._index is None:
            self.load()
        depth = min(depth, self.count if allowed is None else int(np.count_nonzero(allowed)))
        if depth <= 0:
            return []
        if allowed is None:
            _, rows = self._index.search(query.reshape(1, -1), depth)
            return [row for row in rows[0].tolist() if row >= 0]
        bits = np.packbits(allowed, bitorder="little")
        # Survivors are spread thinner over the lists than all vectors are.
        share = np.count_nonzero(allowed) / len(allowed)
        nprobe = min(self._lists, int(self._nprobe / np.sqrt(share)))
        while True:
            found = self._search_allowed(query, depth, bits, nprobe)
            if len(found) >= depth or nprobe >= self._lists:
                return found
            nprobe = min(self._lists, nprobe * 4)

    def _search_allowed(
        self, query: NDArray[np.float32], depth: int, bits: NDArray[np.uint8], nprobe: int
    ) -> list[int]:
        selector = self._faiss.IDSelectorBitmap(bits)
        if self._lists:
            parameters = self._faiss.SearchParametersIVF(sel=selector, nprobe=nprobe)
        else:
            parameters = self._faiss.SearchParameters(sel=selector)
        _, rows = self._index.search(query.reshape(1, -1), depth, params=parameters)
        return [row for row in rows[0].tolist() if row >= 0]


def _lists(rows: int) -> int:
    """About 4 * sqrt(n) inverted lists (FAISS guidelines), a power of two, each with members."""
    wanted = 2 ** round(np.log2(4 * np.sqrt(rows)))
    most = 2 ** int(np.log2(max(1, rows // _MIN_PER_LIST)))
    return int(min(wanted, most))


def _is_installed(distribution: str) -> bool:
    try:
        version(distribution)
    except PackageNotFoundError:
        return False
    return True
