"""Which documents of a shard a generation no longer shows, and what that takes off BM25's counts.

shards/<id>/tombstones/<generation>/
  dead.npy      uint8, a bit a document (little end first), set for the dead
  terms.npy     uint32 [m], terms that dead passages hold
  counts.npy    uint32 [m], how many of them hold each
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.errors import CorruptIndex
from indexer.arrays import map_array
from indexer.generation import TOMBSTONES
from indexer.manifest import FileRecord, GenerationId, Shard, Tombstones
from indexer.tokens import Tokens

_CHUNK = 4_096
"""Dead passages counted at once."""


@dataclass(frozen=True, slots=True)
class Dead:
    """The tombstones of one shard, read.

    Attributes:
        documents: bool [documents], true for the dead.
        terms, counts: uint32 [m], passages to take off each term's frequency.
        passages, tokens: to take off the shard's.
    """

    documents: NDArray[np.bool_]
    terms: NDArray[np.uint32]
    counts: NDArray[np.uint32]
    passages: int
    tokens: int

    def frequency(self, term: int) -> int:
        """Dead passages that hold a term."""
        place = int(np.searchsorted(self.terms, np.uint32(term)))
        found = place < len(self.terms) and int(self.terms[place]) == term
        return int(self.counts[place]) if found else 0


def write_tombstones(
    folder: Path,
    name: GenerationId,
    dead: NDArray[np.bool_],
    tokens: Tokens,
    document_of_passage: NDArray[np.uint32],
) -> Tombstones:
    """Writes the tombstones of a shard.

    Args:
        folder: where the files go; is made.
        name: of the generation that writes them.
        dead: bool [documents].
        tokens: the shard's forward index.
        document_of_passage: uint32 [passages].
    """
    passages = np.flatnonzero(dead[document_of_passage])
    frequency: NDArray[np.uint32] = np.zeros(tokens.terms, dtype=np.uint32)
    total = 0
    for start in range(0, len(passages), _CHUNK):
        ids, lengths = tokens.gather(passages[start : start + _CHUNK].tolist())
        total += len(ids)
        # Each passage once for each of its terms.
        rows = np.repeat(np.arange(len(lengths), dtype=np.uint64), lengths)
        pairs = np.unique(rows << np.uint64(32) | ids.astype(np.uint64))
        np.add.at(frequency, (pairs & np.uint64(0xFFFFFFFF)).astype(np.int64), 1)
    terms = np.flatnonzero(frequency).astype(np.uint32)
    folder.mkdir(parents=True)
    np.save(folder / "dead.npy", np.packbits(dead, bitorder="little"))
    np.save(folder / "terms.npy", terms)
    np.save(folder / "counts.npy", frequency[terms])
    return Tombstones(
        name=name,
        documents=int(np.count_nonzero(dead)),
        passages=len(passages),
        tokens=total,
        files={path.name: FileRecord.of(path) for path in sorted(folder.iterdir())},
    )


def read_tombstones(index_shard: Path, shard: Shard) -> Dead | None:
    """The tombstones that a manifest names for a shard; None where it names none.

    Args:
        index_shard: the shard's folder.
        shard: its manifest entry.

    Raises:
        CorruptIndex: a file is missing or broken, or they are not of this shard.
    """
    entry = shard.tombstones
    if entry is None:
        return None
    folder = index_shard / TOMBSTONES / entry.name
    try:
        bits = map_array(folder / "dead.npy")
        terms, counts = map_array(folder / "terms.npy"), map_array(folder / "counts.npy")
    except (OSError, ValueError) as error:
        raise CorruptIndex(f"{folder}: {error}; build the index again") from error
    documents = np.unpackbits(bits, bitorder="little", count=None).astype(bool)
    dead = documents[: shard.documents]
    if len(dead) < shard.documents or np.count_nonzero(dead) != entry.documents:
        raise CorruptIndex(f"{folder}: is not of this shard; build the index again")
    return Dead(dead, terms, counts, entry.passages, entry.tokens)
