"""Test collections in BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels/<split>.tsv`.

Each file may be gzipped. Documents of a collection are papers unless they state a web address;
the collection's own id of a document is its `paper.paper_id`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from corpora.document import (
    Document,
    DocumentKind,
    PaperMetadata,
    Rejected,
    SourceRef,
    identify,
    normalise_text,
)
from corpora.errors import CorpusError
from corpora.json_head import first_object
from corpora.json_records import read_json_records
from corpora.plain_text import paragraph_blocks
from corpora.reader import Head, Progress, Reader
from corpora.trec import Judgement, read_judgements
from corpora.urls import host_of, normalise_url

CORPUS_NAME = "corpus.jsonl"
QUERIES_NAME = "queries.jsonl"
QRELS_FOLDER = "qrels"


@dataclass(frozen=True, slots=True)
class Query:
    """A question of a test collection."""

    query_id: str
    text: str


def read_corpus(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """The documents of a collection.

    Args:
        path: the collection's folder, or its corpus file.
        progress: as for every reader.

    Raises:
        CorpusError: the file is missing, empty or cannot be read.
    """
    file = corpus_path(path) if path.is_dir() else path
    collection = file.resolve().parent.name
    for record in read_json_records(file, progress):
        yield record if isinstance(record, Rejected) else _document(collection, *record)


def corpus_path(folder: Path) -> Path:
    """The corpus file of a collection.

    Raises:
        CorpusError: there is none.
    """
    return _find(folder, CORPUS_NAME)


def read_queries(folder: Path) -> tuple[Query, ...]:
    """All queries of a collection in file order.

    Raises:
        CorpusError: the file is missing or a line is no query; says where.
    """
    path = _find(folder, QUERIES_NAME)
    queries: dict[str, Query] = {}
    for number, record in enumerate(read_json_records(path), start=1):
        if isinstance(record, Rejected):
            raise CorpusError(f"{path}, query {number}: {record.reason}: {record.detail}")
        _, value = record
        query_id, text = _id(value), normalise_text(_string(value, "text")).strip()
        if not query_id or not text:
            raise CorpusError(f"{path}, query {number}: needs an _id and a text")
        if query_id in queries:
            raise CorpusError(f"{path}, query {number}: _id {query_id!r} is there twice")
        queries[query_id] = Query(query_id, text)
    return tuple(queries.values())


def read_qrels(folder: Path, split: str) -> tuple[Judgement, ...]:
    """All judgements of a split in file order.

    Args:
        folder: the collection's folder.
        split: file name without ending, such as "test".

    Raises:
        CorpusError: the file is missing or a line is no judgement; says where.
    """
    return read_judgements(_find(folder / QRELS_FOLDER, f"{split}.tsv"))


def _document(
    collection: str, source: SourceRef, value: Mapping[str, object]
) -> Document | Rejected:
    paper_id = _id(value)
    if not paper_id:
        return Rejected(source, "no _id", damaged=True)
    title = normalise_text(_string(value, "title")).strip()
    blocks = paragraph_blocks(_string(value, "text")) or paragraph_blocks(title)
    if not blocks:
        return Rejected(source, "no text", paper_id)
    metadata = value.get("metadata")
    address = _string(metadata, "url") if isinstance(metadata, dict) else ""
    url = normalise_url(address) if address else None
    return Document(
        document_id=identify(f"beir:{collection}/{paper_id}"),
        url=url,
        doi=None,
        host=host_of(url) if url else None,
        title=title or None,
        kind=DocumentKind.WEB if url else DocumentKind.PAPER,
        source=source,
        blocks=blocks,
        paper=PaperMetadata(paper_id, (), None, None, ()),
    )


def _find(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise CorpusError(f"{folder}: has neither {name} nor {name}.gz")


def _id(value: Mapping[str, object]) -> str:
    found = value.get("_id")
    return str(found) if isinstance(found, str | int) else ""


def _string(value: Mapping[str, object], field: str) -> str:
    found = value.get(field)
    return found if isinstance(found, str) else ""


def _recognise(head: Head) -> bool:
    return {"_id", "text"} <= first_object(head.start).keys() and head.name != QUERIES_NAME


READER = Reader("beir", _recognise, read_corpus)
