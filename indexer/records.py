"""Document and passage tables of a shard; with `tables` and `lookup` only user of pyarrow.

documents.arrow   one row a document: metadata, source, links, text (zstd, one frame a row)
passages.arrow    one row a passage: document row, ordinal, span, heading, id, vector row
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.document import (
    Document,
    DocumentId,
    DocumentKind,
    OffsetBase,
    PaperMetadata,
    PassageId,
    SourceRef,
    identify,
)
from corpora.urls import identity_key
from indexer.columns import DOCUMENT_SCHEMA, METADATA, PASSAGE_SCHEMA
from indexer.lookup import ID_BYTES, first_halves, ids_lookup, papers_lookup
from indexer.passage import HEADING_SEPARATOR, Passage
from indexer.tables import Cells, TableWriter, fixed_bytes, open_table, storable

_DOCUMENT_ROWS = 256
_PASSAGE_ROWS = 16_384
"""Rows held in memory; a document with its text and links may weigh megabytes."""
_CODEC = "zstd"

UNDATED = -(2**31)
"""The day of a document without a date."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A row of documents.arrow without its text and links; fields as in `Document`."""

    document_id: DocumentId
    url: str | None
    doi: str | None
    host: str | None
    title: str | None
    kind: DocumentKind
    collection: str
    language: str | None
    published: date | None
    source: SourceRef
    paper: PaperMetadata | None

    @property
    def address(self) -> str:
        """Where a person can read it: its URL, else its DOI's; empty with neither."""
        if self.url is not None:
            return self.url
        return f"https://doi.org/{quote(self.doi, safe='/:;()')}" if self.doi else ""


class DocumentsWriter(TableWriter):
    """Writes documents.arrow."""

    def __init__(self, path: Path, collection: str) -> None:
        super().__init__(path, DOCUMENT_SCHEMA, _DOCUMENT_ROWS)
        self._collection = collection
        self._codec = pa.Codec(_CODEC)

    def add(self, document: Document) -> None:
        """Appends an extracted document."""
        text = document.text.encode()
        source, paper = document.source, document.paper
        self.append(
            {
                "document_id": bytes.fromhex(document.document_id),
                "url": document.url,
                "doi": document.doi,
                "host": document.host,
                "title": document.title,
                "kind": document.kind.value,
                "collection": self._collection,
                "language": document.language,
                "published": document.published,
                "canonical_url": document.canonical_url,
                "source_file": storable(source.file),
                "source_offset": source.offset,
                "source_length": source.length,
                "source_base": source.base.value,
                "source_digest": source.digest,
                "fetched_at": source.fetched_at,
                "links": [
                    {"url": link.url, "anchor": link.anchor, "nofollow": link.nofollow}
                    for link in document.links
                ],
                "paper": _paper_row(paper) if paper is not None else None,
                "text": self._codec.compress(text, asbytes=True),
                "text_bytes": len(text),
            }
        )


class PassagesWriter(TableWriter):
    """Writes passages.arrow."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, PASSAGE_SCHEMA, _PASSAGE_ROWS)

    def add(self, passage: Passage, document: int, vector: int) -> None:
        """Appends a passage.

        Args:
            passage: its text is not stored: the document's is.
            document: row of its document in this shard.
            vector: row of its vector in this shard.
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
            }
        )


class Documents:
    """A reader of documents.arrow."""

    def __init__(self, path: Path) -> None:
        """Maps the file.

        Raises:
            CorruptIndex: it is missing or broken.
        """
        self._table = open_table(path, DOCUMENT_SCHEMA)
        self._cells = Cells(self._table)
        self._codec = pa.Codec(_CODEC)
        self._by_id = ids_lookup(self._table, "document_id")
        self._by_address = papers_lookup(self._table)

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def find(self, document_id: DocumentId) -> int | None:
        """The row of a document; None where this shard does not hold it."""
        key, ids = bytes.fromhex(document_id), self._table.column("document_id")
        rows = self._by_id.candidates(key)
        return next((row for row in rows if ids[row].as_py() == key), None)

    def find_paper(self, url: str) -> int | None:
        """The row of a paper by its normalised URL, http or https; no id follows from that."""
        key = identity_key(url)
        rows = self._by_address.candidates(bytes.fromhex(identify(key)))
        return next((row for row in rows if identity_key(self.url(row) or "") == key), None)

    def get(self, row: int) -> StoredDocument:
        """The metadata of one document."""
        values = self._cells.values(row, METADATA)
        paper = values["paper"]
        return StoredDocument(
            document_id=DocumentId(values["document_id"].hex()),
            url=values["url"],
            doi=values["doi"],
            host=values["host"],
            title=values["title"],
            kind=DocumentKind(values["kind"]),
            collection=values["collection"],
            language=values["language"],
            published=values["published"],
            source=SourceRef(
                file=values["source_file"],
                offset=values["source_offset"],
                length=values["source_length"],
                base=OffsetBase(values["source_base"]),
                digest=values["source_digest"],
                fetched_at=values["fetched_at"],
            ),
            paper=_paper(paper) if paper is not None else None,
        )

    def text(self, row: int) -> str:
        """The extracted text of one document."""
        return self._encoded(row).decode()

    def slice(self, row: int, start_char: int, end_char: int) -> str:
        """A part of the text of one document, in code points."""
        encoded = self._encoded(row)
        if encoded.isascii():  # a byte is a character: the rest need not be decoded
            return encoded[start_char:end_char].decode()
        return encoded.decode()[start_char:end_char]

    def _encoded(self, row: int) -> bytes:
        size = self._cells.scalar(row, "text_bytes").as_py()
        compressed = self._cells.scalar(row, "text").as_buffer()
        return bytes(self._codec.decompress(compressed, size, asbytes=True))

    def url(self, row: int) -> str | None:
        """The URL of one document."""
        value: str | None = self._cells.scalar(row, "url").as_py()
        return value

    def codes(self, column: str) -> tuple[NDArray[np.int32], list[str | None]]:
        """A column of repeated words as numbers: int32 [n], and the word of each number."""
        encoded = self._table.column(column).combine_chunks().dictionary_encode("encode")
        indices: NDArray[np.int32] = encoded.indices.to_numpy(zero_copy_only=False)
        return indices.astype(np.int32, copy=False), encoded.dictionary.to_pylist()

    def periods(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The first and the last day on which each document may have been published.

        A date is one day, a paper's year alone the whole year.

        Returns:
            int32 [n] each, days since 1970-01-01; UNDATED where nothing is known.
        """
        published = self._table.column("published").cast(pa.int32())
        years = pc.struct_field(self._table.column("paper"), "year")
        years = np.asarray(pc.fill_null(years, -1).to_numpy(), dtype=np.int64)
        days = np.asarray(pc.fill_null(published, UNDATED).to_numpy(), dtype=np.int32)
        by_year = (days == UNDATED) & (years > 0)
        first, last = days.copy(), days.copy()
        starts = (years[by_year] - 1970).astype("datetime64[Y]")
        first[by_year] = starts.astype("datetime64[D]").astype(np.int32)
        last[by_year] = (starts + 1).astype("datetime64[D]").astype(np.int32) - 1
        return first, last

    def paper_ids(self) -> list[str]:
        """The id in its source of every document; empty for pages."""
        return [row["paper_id"] if row else "" for row in self._table.column("paper").to_pylist()]


class Passages:
    """A reader of passages.arrow.

    Attributes:
        document: uint32 [n], document row of each passage.
        start_char, end_char: uint32 [n].
        vector: uint32 [n], vector row of each passage.
        may_have_copies: bool [n], false where no other passage of the shard has the same text.
    """

    def __init__(self, path: Path) -> None:
        """Maps the file.

        Raises:
            CorruptIndex: it is missing or broken.
        """
        table = self._table = open_table(path, PASSAGE_SCHEMA)
        self._cells = Cells(table)
        self.document: NDArray[np.uint32] = table.column("document").to_numpy()
        self.start_char: NDArray[np.uint32] = table.column("start_char").to_numpy()
        self.end_char: NDArray[np.uint32] = table.column("end_char").to_numpy()
        self.vector: NDArray[np.uint32] = table.column("vector").to_numpy()
        self._ids = fixed_bytes(table.column("passage_id"), ID_BYTES)
        self._copy_keys = fixed_bytes(table.column("copy_key"), ID_BYTES)
        # Copies are looked up by the first half of their key, then compared whole.
        halves = np.ascontiguousarray(self._copy_keys).view(np.uint64)[::2]
        self._by_copy_key = np.argsort(halves, kind="stable")
        self._copy_key_halves = halves[self._by_copy_key]
        equal = self._copy_key_halves[1:] == self._copy_key_halves[:-1]
        self.may_have_copies = np.zeros(len(halves), dtype=bool)
        self.may_have_copies[self._by_copy_key[1:][equal]] = True
        self.may_have_copies[self._by_copy_key[:-1][equal]] = True
        self._by_id = ids_lookup(table, "passage_id")
        # Passages of each vector: passage rows sorted by vector, and where each vector starts.
        self._by_vector = np.argsort(self.vector, kind="stable")
        self._vector_starts = np.searchsorted(
            self.vector[self._by_vector], np.arange(int(self.vector.max(initial=0)) + 2)
        )

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def find(self, passage_id: PassageId) -> int | None:
        """The row of a passage; None where this shard does not hold it."""
        key = bytes.fromhex(passage_id)
        rows = self._by_id.candidates(key)
        return next((row for row in rows if self._ids[row].tobytes() == key), None)

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
        digits = self._ids[rows].tobytes().hex()
        return [PassageId(digits[i : i + 32]) for i in range(0, len(digits), 32)]

    def copy_keys(self, rows: Sequence[int] | NDArray[np.int64]) -> list[bytes]:
        """What equal texts share, of some rows."""
        keys = self._copy_keys[rows].tobytes()
        return [keys[i : i + ID_BYTES] for i in range(0, len(keys), ID_BYTES)]

    def copies(self, keys: Sequence[bytes], most: int) -> list[int]:
        """Rows of the passages that have one of the keys, the first `most` of each key."""
        wanted = np.frombuffer(b"".join(keys), dtype=self._copy_keys.dtype)
        halves = first_halves(wanted)
        starts = np.searchsorted(self._copy_key_halves, halves, side="left")
        ends = np.searchsorted(self._copy_key_halves, halves, side="right")
        counts = np.minimum(ends - starts, most)
        # Place of each row within its own run: 0, 1, 2 ... for every key.
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = self._by_copy_key[np.repeat(starts, counts) + within]
        same = self._copy_keys[rows] == np.repeat(wanted, counts)
        return list(rows[same].tolist())

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


def _paper_row(paper: PaperMetadata) -> dict[str, Any]:
    pairs = [{"scheme": scheme, "value": value} for scheme, value in paper.identifiers]
    return asdict(paper) | {"identifiers": pairs}


def _paper(row: dict[str, Any]) -> PaperMetadata:
    pairs = tuple((pair["scheme"], pair["value"]) for pair in row["identifiers"])
    return PaperMetadata(**row | {"authors": tuple(row["authors"]), "identifiers": pairs})
