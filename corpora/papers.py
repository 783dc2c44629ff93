"""Papers from the records of a JSON dump, and a paper's document from its parts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from corpora.document import (
    Block,
    Document,
    DocumentKind,
    PaperMetadata,
    Rejected,
    SourceRef,
    identify,
)
from corpora.json_records import read_json_records
from corpora.json_values import BadShape
from corpora.paper_ids import PaperIds
from corpora.reader import Progress
from corpora.urls import host_of, normalise_url


@dataclass(frozen=True, slots=True)
class Facts:
    """What a dump says of a paper beside its text.

    Attributes:
        title: may be empty.
        authors: full names in order.
        venue: journal or conference; may be empty.
        year: None when unknown.
        published: None when unknown.
        language: ISO 639-1 code; None when the dump does not say.
        url: where the text is from, where that is not what its identifiers lead to.
        notes: further (scheme, value) pairs beside the identifiers.
    """

    title: str
    authors: tuple[str, ...] = ()
    venue: str = ""
    year: int | None = None
    published: date | None = None
    language: str | None = None
    url: str | None = None
    notes: tuple[tuple[str, str], ...] = ()


def paper_document(
    source: SourceRef, ids: PaperIds, facts: Facts, blocks: Iterable[Block]
) -> Document | Rejected:
    """The document of a paper; rejected where it has no text."""
    text = tuple(blocks)
    url = normalise_url(facts.url) if facts.url else ids.url
    if not text:
        return Rejected(source, "no text", ids.paper_id, url)
    return Document(
        document_id=identify(ids.key),
        url=url,
        doi=ids.by_scheme.get("doi"),
        host=host_of(url) if url else None,
        title=facts.title or None,
        kind=DocumentKind.PAPER,
        source=source,
        blocks=text,
        published=facts.published,
        language=facts.language,
        paper=PaperMetadata(
            paper_id=ids.paper_id,
            authors=facts.authors,
            venue=facts.venue or None,
            year=facts.year or (facts.published.year if facts.published else ids.acl_year),
            identifiers=tuple(sorted({*ids.by_scheme.items(), *facts.notes})),
        ),
    )


def read_papers(
    path: Path,
    make: Callable[[SourceRef, Mapping[str, object]], Document | Rejected],
    progress: Progress | None = None,
    inside: str | None = None,
) -> Iterator[Document | Rejected]:
    """The papers of a JSON file.

    Args:
        path: the file.
        make: one record's document; may raise `BadShape`.
        progress: as for every reader.
        inside: as for `read_json_records`.

    Raises:
        CorpusError: the file cannot be read or is empty.
    """
    for record in read_json_records(path, progress, inside):
        if isinstance(record, Rejected):
            yield record
            continue
        try:
            yield make(*record)
        except BadShape as bad:
            yield Rejected(record[0], "wrong shape", str(bad), damaged=True)
