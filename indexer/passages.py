"""The passage table of a shard.

passages.arrow    one row a passage: document row, ordinal, span, heading, language, id, vector row
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from corpora.document import PassageId
from indexer.columns import PASSAGE_SCHEMA
from indexer.lookup import ID_BYTES, ids_lookup
from indexer.passage import HEADING_SEPARATOR, Passage
from indexer.tables import Cells, TableWriter, fixed_bytes, open_table

_ROWS = 16_384
"""Rows held in memory."""


class PassagesWriter(TableWriter):
    """Writes passages.arrow."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PASSAGE_SCHEMA, _ROWS)

    def add(self, passage: Passage, document: int, vector: int, language: str | None) -> None:
        """Appends a passage.

        Args:
            passage: its text is not stored: the document's is.
            document: row of its document in this shard.
            vector: row of its vector in this shard.
            language: ISO 639-1 code; None when unknown.
        """
        self.append(
            {
                "passage_id": bytes.fromhex(passage.passage_id),
                "copy_key": copy_key(passage.text),
                "document": document,
                "ordinal": passage.ordinal,
                "start_char": passage.start_char,
                "end_char": passage.end_char,
                "vector": vector,
                "heading": HEADING_SEPARATOR.join(passage.heading_path) or None,
                "language": language,
            }
        )

    def copy(
        self,
        passages: "Passages",
        rows: NDArray[np.int64],
        documents: NDArray[np.int64],
        vectors: NDArray[np.uint32],
    ) -> None:
        """Adds passages of another shard.

        Args:
            passages: of the other shard.
            rows: there.
            documents: row of each one's document in this shard.
            vectors: row of each one's vector in this shard.
        """
        table = passages.table.take(pa.array(rows))
        for name, values in (("document", documents.astype(np.uint32)), ("vector", vectors)):
            place = table.schema.get_field_index(name)
            table = table.set_column(place, table.schema.field(name), pa.array(values))
        self.extend(table)


class Passages:
    """A reader of passages.arrow.

    Attributes:
        document: uint32 [n], document row of each passage.
        start_char, end_char: uint32 [n].
        vector: uint32 [n], vector row of each passage.
        all_ids: 16 bytes each [n].
        all_copy_keys: 16 bytes each [n], equal for equal texts.
        live: bool [n], false for passages of tombstones, which are never found by a vector or
            id; None where there are none.
    """

    def __init__(self, path: Path, live_documents: NDArray[np.bool_] | None = None) -> None:
        """Maps the file.

        Args:
            path: the file.
            live_documents: bool [documents], false for tombstones; None where all are live.

        Raises:
            CorruptIndex: it is missing or broken.
        """
        table = self._table = open_table(path, PASSAGE_SCHEMA)
        self._cells = Cells(table)
        self.document: NDArray[np.uint32] = table.column("document").to_numpy()
        self.start_char: NDArray[np.uint32] = table.column("start_char").to_numpy()
        self.end_char: NDArray[np.uint32] = table.column("end_char").to_numpy()
        self.vector: NDArray[np.uint32] = table.column("vector").to_numpy()
        self.live = None if live_documents is None else live_documents[self.document]
        self.all_ids = fixed_bytes(table.column("passage_id"), ID_BYTES)
        self.all_copy_keys = fixed_bytes(table.column("copy_key"), ID_BYTES)
        self._by_id = ids_lookup(table, "passage_id")
        # Passages of each vector: passage rows sorted by vector, and where each vector starts.
        self._by_vector = self._only_live(np.argsort(self.vector, kind="stable"))
        self._vector_starts = np.searchsorted(
            self.vector[self._by_vector], np.arange(int(self.vector.max(initial=0)) + 2)
        )

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def find(self, passage_id: PassageId) -> int | None:
        """The row of a passage; None where this shard does not hold it."""
        key = bytes.fromhex(passage_id)
        rows = self._by_id.candidates(key)
        return next(
            (row for row in rows if self.all_ids[row].tobytes() == key and self._is_live(row)), None
        )

    def _is_live(self, row: int) -> bool:
        return self.live is None or bool(self.live[row])

    def _only_live(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return rows if self.live is None else rows[self.live[rows]]

    @property
    def table(self) -> Any:  # noqa: ANN401 - untyped library
        """All rows, as a pyarrow Table."""
        return self._table

    def of_document(self, document: int) -> range:
        """Rows of the passages of a document, in reading order."""
        wanted = np.uint32(document)  # of the column's own type, or numpy would convert it all
        start, end = (np.searchsorted(self.document, wanted, side) for side in ("left", "right"))
        return range(int(start), int(end))

    def of_vector(self, vector: int) -> list[int]:
        """Rows of the passages that share a vector, in order."""
        start, end = self._vector_starts[vector : vector + 2].tolist()
        return list(self._by_vector[start:end].tolist())

    def first_of_vectors(self, vectors: Sequence[int]) -> list[int]:
        """The row of the first passage of each vector."""
        return list(
            self._by_vector[self._vector_starts[np.asarray(vectors, dtype=np.int64)]].tolist()
        )

    def ids(self, rows: Sequence[int]) -> list[PassageId]:
        """Passage ids of some rows."""
        digits = self.all_ids[rows].tobytes().hex()
        return [PassageId(digits[i : i + 32]) for i in range(0, len(digits), 32)]

    def copy_keys(self, rows: Sequence[int] | NDArray[np.int64]) -> list[bytes]:
        """What equal texts share, of some rows."""
        keys = self.all_copy_keys[rows].tobytes()
        return [keys[i : i + ID_BYTES] for i in range(0, len(keys), ID_BYTES)]

    def heading(self, row: int) -> str | None:
        """The heading path of one passage as a line."""
        value: str | None = self._cells.scalar(row, "heading").as_py()
        return value

    def ordinal(self, row: int) -> int:
        """Position of a passage in its document."""
        return int(self._cells.scalar(row, "ordinal").as_py())


def copy_key(text: str) -> bytes:
    """What exact copies have in common: the text but for white space."""
    return hashlib.blake2b(" ".join(text.split()).encode(), digest_size=16).digest()
