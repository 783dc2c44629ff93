"""A shard: the writers and the readers of its files, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from corpora.errors import CorruptIndex
from indexer.analyse import terms
from indexer.arrays import RowsWriter, map_array
from indexer.dense import Dense, write_dense
from indexer.generation import SHARDS, describe_files
from indexer.lexical import Lexical, LexicalRow, LexicalWriter
from indexer.manifest import Shard, ShardId
from indexer.passage import Passage
from indexer.passages import Passages, PassagesWriter
from indexer.records import Documents, DocumentsWriter
from indexer.signature import VALUES, Signatures, sign_all
from indexer.tokens import Tokens, TokensWriter
from indexer.tombstones import Dead, read_tombstones
from indexer.vectors import Int8Vectors, Quantised, VectorsWriter

_LEXICAL, _TOKENS, _DENSE = "lexical", "tokens", "dense"
_CANDIDATES = "candidates.faiss"
_SIGNATURES = "signatures.npy"
_COPIED_VECTORS = 1_024
"""Vectors read at once from the shard that is copied from."""
_COPIED_SIGNATURES = 65_536


@dataclass(frozen=True, slots=True)
class ShardSettings:
    """How a shard is written.

    Attributes:
        writer_threads: threads of the lexical engine.
        flat_max: most vectors that are searched exhaustively.
    """

    writer_threads: int
    flat_max: int


@dataclass(frozen=True, slots=True)
class Embedded:
    """The passages of a document, ready to be stored.

    Attributes:
        passages: all of them, in order.
        languages: ISO 639-1 code of each; None when unknown.
        keys: of each embedded text (`indexer.vectors.text_key`).
        vectors: of each passage.
    """

    passages: Sequence[Passage]
    languages: Sequence[str | None]
    keys: Sequence[bytes]
    vectors: Quantised


class ShardWriter:
    """Writes the files of one shard, document by document. Use it as a context manager."""

    def __init__(self, shard_id: ShardId, folder: Path, settings: ShardSettings) -> None:
        self._shard_id = shard_id
        self._folder = folder
        self._settings = settings
        for name in (_TOKENS, _DENSE):
            (folder / name).mkdir()
        self._documents = DocumentsWriter(folder / "documents.arrow")
        self._passages = PassagesWriter(folder / "passages.arrow")
        self._tokens = TokensWriter(folder / _TOKENS)
        self._lexical = LexicalWriter(folder / _LEXICAL, settings.writer_threads)
        self._signatures = RowsWriter(folder / _SIGNATURES, np.uint16, VALUES)
        self.vectors = VectorsWriter(folder / _DENSE)

    @property
    def documents(self) -> int:
        """Documents so far."""
        return self._documents.count

    @property
    def passages(self) -> int:
        """Passages so far."""
        return self._passages.count

    def add(self, document: Document, embedded: Embedded, collection: str) -> None:
        """Adds a document.

        Args:
            document: extracted.
            embedded: its passages.
            collection: name that it carries.
        """
        row = self._documents.count
        self._documents.add(document, collection)
        self._signatures.add(sign_all(passage.text for passage in embedded.passages))
        for number, passage in enumerate(embedded.passages):
            code, scale = embedded.vectors.codes[number], float(embedded.vectors.scales[number])
            vector = self.vectors.add(embedded.keys[number], code, scale)
            language = embedded.languages[number]
            passage_terms = terms(passage.indexed_text)
            self._lexical.add(
                LexicalRow(
                    terms=passage_terms,
                    row=self._passages.count,
                    kind=document.kind.value,
                    collection=collection,
                    host=document.host,
                    language=document.language,
                    published=document.published,
                )
            )
            self._tokens.add(passage_terms)
            self._passages.add(passage, row, vector, language)

    def copy(self, shard: "ShardReader", documents: NDArray[np.int64]) -> None:
        """Adds documents of another shard as they are stored there.

        Args:
            shard: to read.
            documents: rows, ascending.
        """
        first = self._documents.count
        number = np.full(len(shard.documents), -1, dtype=np.int64)
        number[documents] = np.arange(first, first + len(documents))
        rows = np.flatnonzero(number[shard.passages.document] >= 0)
        self._documents.copy(shard.documents, documents)
        start = self._passages.count
        for part in np.array_split(rows, 1 + len(rows) // _COPIED_SIGNATURES):
            self._signatures.add(shard.signatures[part])
        vectors = self._copy_vectors(shard, rows)
        self._passages.copy(shard.passages, rows, number[shard.passages.document[rows]], vectors)
        facts, known = None, -1
        for place, row in enumerate(rows.tolist()):
            document = int(shard.passages.document[row])
            if facts is None or document != known:
                facts, known = shard.documents.get(document), document
            passage_terms = shard.tokens.row(row)
            self._lexical.add(
                LexicalRow(
                    terms=passage_terms,
                    row=start + place,
                    kind=facts.kind.value,
                    collection=facts.collection,
                    host=facts.host,
                    language=facts.language,
                    published=facts.published,
                )
            )
            self._tokens.add(passage_terms)

    def _copy_vectors(self, shard: "ShardReader", rows: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The vectors of some passages: their rows here, uint32 [n]."""
        found = np.empty(len(rows), dtype=np.uint32)
        for start in range(0, len(rows), _COPIED_VECTORS):
            wanted = shard.passages.vector[rows[start : start + _COPIED_VECTORS]].tolist()
            vectors = shard.vectors.quantised(wanted)
            for place, row in enumerate(wanted):
                code, scale = vectors.codes[place], float(vectors.scales[place])
                found[start + place] = self.vectors.add(shard.vectors.key(row), code, scale)
        return found

    def finish(self, sequence: int) -> Shard:
        """Closes all files and makes the candidate index.

        Args:
            sequence: of the shard, see `indexer.manifest.Shard`.
        """
        for part in self._parts():
            part.finish()
        vectors = Int8Vectors(self._folder / _DENSE)
        dense = write_dense(self._folder / _DENSE / _CANDIDATES, vectors, self._settings.flat_max)
        return Shard(
            shard_id=self._shard_id,
            sequence=sequence,
            documents=self._documents.count,
            passages=self._passages.count,
            vectors=vectors.count,
            tokens=self._tokens.total,
            dense=dense,
            files=describe_files(self._folder),
            tombstones=None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Lets go of all files; without `finish` the shard is not whole."""
        for part in self._parts():
            part.close()

    def _parts(self) -> tuple["_Writer", ...]:
        return (
            self._documents,
            self._passages,
            self._tokens,
            self._lexical,
            self._signatures,
            self.vectors,
        )


class _Writer(Protocol):
    """Writes one part of a shard."""

    def finish(self) -> None:
        """Closes its files, whole."""

    def close(self) -> None:
        """Lets go of its files, whole or not."""


@dataclass(frozen=True, slots=True)
class ShardReader:
    """The open files of one shard.

    Attributes:
        shard: its manifest entry.
        lexical, tokens, dense, vectors, documents, passages: its parts.
        signatures: uint16 [passages, VALUES], see `indexer.signature`.
        dead: its tombstones; None while all documents are live.
    """

    shard: Shard
    lexical: Lexical
    tokens: Tokens
    dense: Dense
    vectors: Int8Vectors
    documents: Documents
    passages: Passages
    signatures: Signatures
    dead: Dead | None

    @classmethod
    def open(cls, index: Path, shard: Shard) -> "ShardReader":
        """Opens a shard.

        Raises:
            CorruptIndex: a file is broken, or the parts do not belong together.
        """
        folder = index / SHARDS / shard.shard_id
        dead = read_tombstones(folder, shard)
        live = None if dead is None else ~dead.documents
        try:
            reader = cls(
                shard=shard,
                lexical=Lexical(folder / _LEXICAL),
                tokens=Tokens(folder / _TOKENS),
                dense=Dense(folder / _DENSE / _CANDIDATES),
                vectors=Int8Vectors(folder / _DENSE),
                documents=Documents(folder / "documents.arrow", live),
                passages=Passages(folder / "passages.arrow", live),
                signatures=map_array(folder / _SIGNATURES),
                dead=dead,
            )
        except (OSError, ValueError) as error:
            raise CorruptIndex(f"{folder}: {error}; build the index again") from error
        counts = (
            (len(reader.documents), shard.documents),
            (len(reader.passages), shard.passages),
            (reader.tokens.passages, shard.passages),
            (len(reader.signatures), shard.passages),
            (reader.tokens.total, shard.tokens),
            (reader.dense.count, shard.vectors),
            (reader.vectors.count, shard.vectors),
        )
        if any(found != expected for found, expected in counts):
            raise CorruptIndex(f"{folder}: its parts differ in length; build the index again")
        return reader

    @property
    def live_passages(self) -> int:
        """Passages that may be found."""
        return len(self.passages) - (self.dead.passages if self.dead else 0)

    @property
    def live_tokens(self) -> int:
        """Terms of those passages."""
        return self.tokens.total - (self.dead.tokens if self.dead else 0)

    def live_frequency(self, term: int) -> int:
        """Live passages that hold a term, by its id in this shard."""
        frequency = self.tokens.frequency(term)
        return frequency - (self.dead.frequency(term) if self.dead else 0)
