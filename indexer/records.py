"""The document table of a shard; with `columns`, `tables` and `lookup` only user of pyarrow.

documents.arrow   one row a document: metadata, source, links, text (zstd, one frame a row)
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from corpora.document import (
    BLOCK_SEPARATOR,
    Document,
    DocumentId,
    DocumentKind,
    OffsetBase,
    PaperMetadata,
    SourceRef,
    identify,
)
from corpora.urls import identity_key
from indexer.columns import DOCUMENT_SCHEMA, METADATA
from indexer.lookup import ID_BYTES, ids_lookup, papers_lookup
from indexer.tables import Cells, TableWriter, fixed_bytes, open_table, storable

_DOCUMENT_ROWS = 256
"""Rows held in memory; a document with its text and links may weigh megabytes."""
_CODEC = "zstd"

NEVER = -(2**63)
"""When a document was fetched of which that is not known: before all others."""

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
    authors: tuple[str, ...]

    @property
    def address(self) -> str:
        """Where a person can read it: its URL, else its DOI's; empty with neither."""
        if self.url is not None:
            return self.url
        return f"https://doi.org/{quote(self.doi, safe='/:;()')}" if self.doi else ""


class DocumentsWriter(TableWriter):
    """Writes documents.arrow."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, DOCUMENT_SCHEMA, _DOCUMENT_ROWS)
        self._codec = pa.Codec(_CODEC)

    def add(self, document: Document, collection: str) -> None:
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
                "collection": collection,
                "language": document.language,
                "published": document.published,
                "canonical_url": document.canonical_url,
                "source_file": storable(source.file),
                "source_offset": source.offset,
                "source_length": source.length,
                "source_base": source.base.value,
                "source_digest": source.digest,
                "source_via": storable(source.via) if source.via is not None else None,
                "fetched_at": source.fetched_at,
                "links": msgspec.to_builtins(document.links),
                "authors": list(document.authors),
                "citations": list(_citation_rows(document)),
                "paper": _paper_row(paper) if paper is not None else None,
                "text": self._codec.compress(text, asbytes=True),
                "text_bytes": len(text),
            }
        )

    def copy(self, documents: "Documents", rows: NDArray[np.int64]) -> None:
        """Adds some rows of another shard as they are."""
        self.extend(documents.table.take(pa.array(rows)))


class Documents:
    """A reader of documents.arrow.

    Attributes:
        live: bool [n], false for tombstones; None where there are none.
    """

    def __init__(self, path: Path, live: NDArray[np.bool_] | None = None) -> None:
        """Maps the file.

        Args:
            path: the file.
            live: bool [n], false for rows that must not be found; None where all are live.

        Raises:
            CorruptIndex: it is missing or broken.
        """
        self._table = open_table(path, DOCUMENT_SCHEMA)
        self.live = live
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
        return next((row for row in rows if ids[row].as_py() == key and self._is_live(row)), None)

    def find_paper(self, url: str) -> int | None:
        """The row of a paper by its normalised URL, http or https; no id follows from that."""
        key = identity_key(url)
        rows = self._by_address.candidates(bytes.fromhex(identify(key)))
        urls = ((row, self.url(row) or "") for row in rows if self._is_live(row))
        return next((row for row, found in urls if identity_key(found) == key), None)

    def _is_live(self, row: int) -> bool:
        return self.live is None or bool(self.live[row])

    @property
    def table(self) -> Any:  # noqa: ANN401 - untyped library
        """All rows, as a pyarrow Table."""
        return self._table

    def ids(self) -> NDArray[np.void]:
        """The id of every document, 16 bytes each."""
        return fixed_bytes(self._table.column("document_id"), ID_BYTES)

    def fetched_at(self) -> NDArray[np.int64]:
        """When every document was fetched, microseconds since 1970 in UTC; NEVER where unknown."""
        moments = pc.fill_null(self._table.column("fetched_at").cast(pa.int64()), NEVER)
        return np.asarray(moments.to_numpy(), dtype=np.int64)

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
                via=values["source_via"],
            ),
            paper=_paper(paper) if paper is not None else None,
            authors=tuple(values["authors"]),
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


def _paper_row(paper: PaperMetadata) -> dict[str, Any]:
    pairs = [{"scheme": scheme, "value": value} for scheme, value in paper.identifiers]
    return asdict(paper) | {"identifiers": pairs}


def _paper(row: dict[str, Any]) -> PaperMetadata:
    pairs = tuple((pair["scheme"], pair["value"]) for pair in row["identifiers"])
    return PaperMetadata(**row | {"authors": tuple(row["authors"]), "identifiers": pairs})


def _citation_rows(document: Document) -> Iterator[dict[str, Any]]:
    """Citations at their place in the document's text."""
    start = 0
    for block in document.blocks:
        for citation in block.citations:
            yield {
                "start_char": start + citation.start,
                "end_char": start + citation.end,
                "cited": bytes.fromhex(citation.cited) if citation.cited else None,
                "title": citation.title,
            }
        start += len(block.text) + len(BLOCK_SEPARATOR)
