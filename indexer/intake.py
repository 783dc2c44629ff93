"""Reading: an input to units of extracted records on disk, whatever is in it."""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from dataclasses import replace

from corpora.canonical import choose_address
from corpora.document import Document, DocumentKind, Rejected, SourceRef, identify
from corpora.errors import CorpusError
from corpora.sources import Source, read
from corpora.urls import host_of, identity_key
from indexer.extract import extract
from indexer.inputs import Input
from indexer.tables import storable
from indexer.work import Complete, InputWork, Unit
from indexer.workers import Failure, Workers

UNIT_DOCUMENTS = 256
UNIT_RECORDS = 8_192
UNIT_BYTES = 64 * 1024 * 1024
"""A unit ends after so many documents, records, or bytes of their payloads: what a kill costs."""

Advance = Callable[[str, int, int | None, str], None]
"""Told of progress: stage, units done, units in all (None while unknown), name of the unit.

Records that were rejected while reading are the stage "rejected"."""

Used = Callable[[int], None]
"""Told of the bytes of an input that were read so far."""


class Extractors(Workers[Document | None, Document | Rejected | None]):
    """Processes that extract."""


def prepare(document: Document | None) -> Document | Rejected | None:
    """What a worker does with a document; None only marks that a unit is full."""
    if document is None:
        return None
    found = extract(document)
    return _with_address(found) if isinstance(found, Document) else found


def _with_address(document: Document) -> Document:
    """A page under the address that it may claim for itself."""
    if document.kind is not DocumentKind.WEB or document.url is None:
        return document
    if document.canonical_url is None:
        return document
    url = choose_address(document.url, document.canonical_url)
    if url == document.url:
        return document
    return replace(document, url=url, host=host_of(url), document_id=identify(identity_key(url)))


def read_units(source: Source, work: InputWork, workers: Extractors, used: Used) -> Iterator[Unit]:
    """The units of an input: those that are there, then those that are missing.

    Args:
        source: to read.
        work: where its units are kept.
        workers: that extract.
        used: told of progress.
    """
    complete = work.complete()
    passed = units = 0
    for unit in work.whole():
        passed += unit.records
        units += 1
        yield unit
    if complete is not None and complete.units == units:
        used(source.size_bytes)
        return
    reading = _Reading(source, passed, workers, used)
    for unit in reading.units():
        work.write(units, unit)
        units += 1
        yield unit
    work.finish(Complete(units, reading.failure))


class _Reading:
    """An input on its way through the workers; units end at the same records in every run.

    Attributes:
        failure: why reading ended early; None where it did not.
    """

    def __init__(self, source: Source, passed: int, workers: Extractors, used: Used) -> None:
        self.failure: str | None = None
        self._source = source
        self._passed = passed
        self._workers = workers
        self._used = used
        # Units that are read, not all of whose documents have come back yet.
        self._open: deque[_Draft] = deque([_Draft()])

    def units(self) -> Iterator[Unit]:
        """All that was not passed over."""
        owners: deque[_Draft] = deque()
        for document, result in self._workers.map(self._documents(owners)):
            draft = owners.popleft()
            while self._open[0] is not draft:
                yield self._open.popleft().unit()
            if document is not None:
                draft.take(_outcome(document, result))
        while self._open:
            draft = self._open.popleft()
            if draft.records:
                yield draft.unit()

    def _documents(self, owners: deque["_Draft"]) -> Iterator[Document | None]:
        try:
            for item in read(self._source, self._used, self._passed):
                draft = self._open[-1]
                if draft.is_full():
                    # Without documents on their way nothing else would ask for what is full.
                    owners.append(draft)
                    yield None
                    draft = _Draft()
                    self._open.append(draft)
                draft.records += 1
                if isinstance(item, Document):
                    draft.weigh(item)
                    owners.append(draft)
                    yield item
                else:
                    draft.take(item)
        except CorpusError as error:
            self.failure = str(error)


class _Draft:
    """A unit that is being read."""

    def __init__(self) -> None:
        self.records = 0
        self._sent = 0
        self._bytes = 0
        self._documents: list[Document] = []
        self._rejected: list[Rejected] = []

    def is_full(self) -> bool:
        return (
            self._sent >= UNIT_DOCUMENTS
            or self.records >= UNIT_RECORDS
            or self._bytes >= UNIT_BYTES
        )

    def weigh(self, document: Document) -> None:
        self._sent += 1
        self._bytes += sum(len(block.text) for block in document.blocks)
        self._bytes += len(document.payload.content) if document.payload else 0

    def take(self, item: Document | Rejected) -> None:
        item = replace(item, source=_storable(item.source))
        if isinstance(item, Document):
            self._documents.append(item)
        else:
            self._rejected.append(item)

    def unit(self) -> Unit:
        return Unit(self.records, tuple(self._documents), tuple(self._rejected))


def _outcome(
    document: Document, result: Document | Rejected | Failure | None
) -> Document | Rejected:
    if isinstance(result, Document | Rejected):
        return result
    assert result is not None
    return Rejected(document.source, f"extraction {result.reason}", result.detail, document.url)


def _storable(source: SourceRef) -> SourceRef:
    return replace(source, file=storable(source.file))


def count(given: Input, unit: Unit) -> Input:
    """An input with one more unit counted."""
    reasons = Counter(given.rejected) + Counter(each.reason for each in unit.rejected)
    return replace(
        given,
        read=given.read + unit.records,
        kept=given.kept + len(unit.documents),
        rejected=dict(sorted(reasons.items())),
        damaged=given.damaged
        + sum(each.damaged for each in unit.rejected)
        + sum(bool(each.notes) for each in unit.documents),
    )
