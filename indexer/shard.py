"""A shard: the writers and the readers of its files, side by side."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from corpora.errors import CorruptIndex
from indexer.analyse import terms
from indexer.arrays import map_array, write_array
from indexer.dense import Dense, write_dense
from indexer.generation import Shard, ShardId, describe_files
from indexer.lexical import Lexical, LexicalRow, LexicalWriter
from indexer.passage import Passage
from indexer.records import Documents, DocumentsWriter, Passages, PassagesWriter
from indexer.tokens import Tokens, TokensWriter
from indexer.vectors import Int8Vectors, write_vectors

_LEXICAL, _TOKENS, _DENSE = "lexical", "tokens", "dense"
_CANDIDATES = "candidates.faiss"
_GATHERED = "gathered.npy"
_CHUNK = 65_536
"""Vectors gathered at once."""


@dataclass(frozen=True, slots=True)
class ShardSettings:
    """How a shard is written.

    Attributes:
        collection: name that its documents carry.
        writer_threads: threads of the lexical engine.
        flat_max: most vectors that are searched exhaustively.
    """

    collection: str
    writer_threads: int
    flat_max: int


class ShardWriter:
    """Writes the files of one shard, document by document. Use it as a context manager."""

    def __init__(self, shard_id: ShardId, folder: Path, settings: ShardSettings) -> None:
        self._shard_id = shard_id
        self._folder = folder
        self._settings = settings
        for name in (_TOKENS, _DENSE):
            (folder / name).mkdir()
        self._documents = DocumentsWriter(folder / "documents.arrow", settings.collection)
        self._passages = PassagesWriter(folder / "passages.arrow")
        self._tokens = TokensWriter(folder / _TOKENS)
        self._lexical = LexicalWriter(folder / _LEXICAL, settings.writer_threads)
        # Vector row in the build -> vector row in this shard, in order of first use.
        self._vectors: dict[int, int] = {}

    @property
    def passages(self) -> int:
        """Passages so far."""
        return self._passages.count

    def add(self, document: Document, passages: Sequence[Passage], vectors: Iterable[int]) -> None:
        """Adds a document.

        Args:
            document: extracted.
            passages: all of its passages, in order.
            vectors: for each passage, the row of its vector in the build.
        """
        row = self._documents.count
        self._documents.add(document)
        for passage, vector in zip(passages, vectors, strict=True):
            local = self._vectors.setdefault(vector, len(self._vectors))
            passage_terms = terms(passage.indexed_text)
            self._lexical.add(
                LexicalRow(
                    terms=passage_terms,
                    row=self._passages.count,
                    kind=document.kind.value,
                    collection=self._settings.collection,
                    host=document.host,
                    language=document.language,
                    published=document.published,
                )
            )
            self._tokens.add(passage_terms)
            self._passages.add(passage, row, local)

    def finish(self, vectors: NDArray[np.float32]) -> Shard:
        """Writes the vectors and closes all files.

        Args:
            vectors: float32 [rows of the build, dimension], L2-normalised; may be a memmap.
        """
        for part in (self._documents, self._passages, self._tokens, self._lexical):
            part.finish()
        own = self._own(vectors)
        dense = write_dense(self._folder / _DENSE / _CANDIDATES, own, self._settings.flat_max)
        write_vectors(self._folder / _DENSE, own)
        (self._folder / _GATHERED).unlink(missing_ok=True)
        return Shard(
            shard_id=self._shard_id,
            documents=self._documents.count,
            passages=self._passages.count,
            vectors=len(self._vectors),
            tokens=self._tokens.total,
            dense=dense,
            files=describe_files(self._folder),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Lets go of all files; without `finish` the shard is not whole."""
        for part in (self._documents, self._passages, self._tokens, self._lexical):
            part.close()

    def _own(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """The shard's vectors in its own order, never all of them in memory."""
        count = len(self._vectors)
        rows = np.fromiter(self._vectors, dtype=np.int64, count=count)
        first = int(rows[0]) if count else 0
        if np.array_equal(rows, np.arange(first, first + count)):
            return vectors[first : first + count]
        path = self._folder / _GATHERED
        parts = (vectors[rows[start : start + _CHUNK]] for start in range(0, count, _CHUNK))
        write_array(path, (count, vectors.shape[1]), np.float32, parts)
        return map_array(path)


@dataclass(frozen=True, slots=True)
class ShardReader:
    """The open files of one shard.

    Attributes:
        shard: its manifest entry.
        lexical, tokens, dense, vectors, documents, passages: its parts.
    """

    shard: Shard
    lexical: Lexical
    tokens: Tokens
    dense: Dense
    vectors: Int8Vectors
    documents: Documents
    passages: Passages

    @classmethod
    def open(cls, index: Path, shard: Shard) -> "ShardReader":
        """Opens a shard.

        Raises:
            CorruptIndex: a file is broken, or the parts do not belong together.
        """
        folder = index / "shards" / shard.shard_id
        try:
            reader = cls(
                shard=shard,
                lexical=Lexical(folder / _LEXICAL),
                tokens=Tokens(folder / _TOKENS),
                dense=Dense(folder / _DENSE / _CANDIDATES),
                vectors=Int8Vectors(folder / _DENSE),
                documents=Documents(folder / "documents.arrow"),
                passages=Passages(folder / "passages.arrow"),
            )
        except (OSError, ValueError) as error:
            raise CorruptIndex(f"{folder}: {error}; build the index again") from error
        counts = (
            (len(reader.documents), shard.documents),
            (len(reader.passages), shard.passages),
            (reader.tokens.passages, shard.passages),
            (reader.tokens.total, shard.tokens),
            (reader.dense.count, shard.vectors),
            (reader.vectors.count, shard.vectors),
        )
        if any(found != expected for found, expected in counts):
            raise CorruptIndex(f"{folder}: its parts differ in length; build the index again")
        return reader
