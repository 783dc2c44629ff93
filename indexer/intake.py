"""Reading: sources to documents on disk, the newest of each identity known, the rest counted."""

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from corpora.document import Document, DocumentId, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.sources import Sources, read
from indexer.extract import extract
from indexer.spool import Spool

MAX_FAILURES = 100
"""Lines kept for a person; all are counted, and logged where they have a place in a file."""

SUPERSEDED = "superseded by a newer copy"

Advance = Callable[[str, int, int | None, str], None]
"""Told of progress: stage, units done, units in all (None while unknown), name of the unit."""


@dataclass(frozen=True, slots=True)
class Winner:
    """The newest document of its identity so far, and its number in the spool."""

    number: int
    fetched_at: datetime
    source: SourceRef
    host: str | None


class Intake:
    """What reading found: documents kept on disk, everything else counted and logged.

    Attributes:
        documents: everything that was extracted, losers included.
        winners: identity -> the newest document of it.
        rejected: reason -> records left out.
        failures: lines for a person, at most MAX_FAILURES.
        damaged: broken records and unreadable sources, also those without a line.
        read: records read.
    """

    def __init__(self, documents: Spool[Document], log: TextIO) -> None:
        self.documents = documents
        self.winners: dict[DocumentId, Winner] = {}
        self.rejected: Counter[str] = Counter()
        self.failures: list[str] = []
        self.damaged = 0
        self.read = 0
        self._log = log

    def take(self, item: Document | Rejected) -> None:
        """Counts a record; keeps it unless it is rejected or superseded."""
        self.read += 1
        extracted = extract(item) if isinstance(item, Document) else item
        rejected = self._keep(extracted) if isinstance(extracted, Document) else extracted
        if rejected is None:
            return
        self.rejected[rejected.reason] += 1
        self._log.write(json.dumps(_loggable(rejected)) + "\n")  # ASCII: any file name fits
        if rejected.damaged:
            self.fail(_describe_damage(rejected))

    def fail(self, line: str) -> None:
        """Notes input that could not be read."""
        self.damaged += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(line)

    def describe_nothing(self) -> str:
        """One line that says why there is nothing to index."""
        reasons = ", ".join(f"{count} {reason}" for reason, count in self.rejected.most_common())
        found = f"{self.read} records read ({reasons})" if self.read else "no record read"
        failed = "".join(f"; {failure}" for failure in self.failures[:3])
        return f"nothing to index: {found}{failed}; the index is unchanged"

    def _keep(self, document: Document) -> Rejected | None:
        """Spools a document; returns the loser where its identity was seen before."""
        fetched_at = document.source.fetched_at or datetime.min.replace(tzinfo=UTC)
        earlier = self.winners.get(document.document_id)
        if earlier is not None and earlier.fetched_at > fetched_at:
            return Rejected(document.source, SUPERSEDED, "", document.url)
        number = self.documents.append(document)
        winner = Winner(number, fetched_at, document.source, document.host)
        self.winners[document.document_id] = winner
        return Rejected(earlier.source, SUPERSEDED, "", document.url) if earlier else None


def read_all(sources: Sources, intake: Intake, advance: Advance) -> None:
    """Reads and extracts everything; a source that cannot be read is noted, not fatal.

    Args:
        sources: what to read, in order, and what was found that cannot be.
        intake: takes every record.
        advance: told of progress, in bytes of the files.
    """
    for unrecognised in sources.unrecognised:
        intake.take(unrecognised)
    for failure in sources.failures:
        intake.fail(failure)
    total = sum(source.size_bytes for source in sources.found)
    done = 0
    for source in sources.found:

        def progress(used: int, start: int = done) -> None:
            advance("read", start + used, total, "B")

        try:
            for item in read(source, progress):
                intake.take(item)
        except CorpusError as error:
            intake.fail(str(error))
        done += source.size_bytes
        advance("read", done, total, "B")


def _describe_damage(rejected: Rejected) -> str:
    source = rejected.source
    detail = f" ({rejected.detail})" if rejected.detail else ""
    return f"{source.file}: {rejected.reason} at byte {source.offset}{detail}"


def _loggable(rejected: Rejected) -> dict[str, object]:
    return {
        "file": rejected.source.file,
        "offset": rejected.source.offset,
        "base": rejected.source.base.value,
        "reason": rejected.reason,
        "detail": rejected.detail,
        "url": rejected.url,
    }
