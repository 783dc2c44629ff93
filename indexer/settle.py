"""Which copy of a document counts: the one that was fetched last.

An event is a document, or the news that a page is gone (404, 410). Of all events of one identity
the latest counts; of several at the same moment, the one that stands last. Where that is a
document it is live, everything else is not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document, DocumentId, Rejected, identify
from corpora.urls import identity_key
from indexer.lookup import ID_BYTES
from indexer.records import NEVER

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Fate(IntEnum):
    """What became of an event."""

    LIVE = 0
    """It is the document that counts."""
    SUPERSEDED = 1
    """A later copy counts."""
    GONE = 2
    """The page is gone; so is the news itself."""


@dataclass(frozen=True, slots=True)
class Events:
    """What happened to documents, in order.

    Attributes:
        ids: 16 bytes each [n].
        moments: int64 [n], microseconds since 1970 in UTC; NEVER where unknown.
        is_document: bool [n], false where a page is gone.
    """

    ids: NDArray[np.void]
    moments: NDArray[np.int64]
    is_document: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.moments)

    @classmethod
    def join(cls, parts: Sequence["Events"]) -> "Events":
        """One after the other."""
        if not parts:
            return cls.of_documents(np.zeros(0, dtype=f"V{ID_BYTES}"), np.zeros(0, dtype=np.int64))
        return cls(
            np.concatenate([part.ids for part in parts]),
            np.concatenate([part.moments for part in parts]),
            np.concatenate([part.is_document for part in parts]),
        )

    def part(self, start: int, stop: int) -> "Events":
        """Some of them."""
        chosen = slice(start, stop)
        return Events(self.ids[chosen], self.moments[chosen], self.is_document[chosen])

    @classmethod
    def of_documents(cls, ids: NDArray[np.void], moments: NDArray[np.int64]) -> "Events":
        """Documents as they are stored."""
        return cls(ids, moments, np.ones(len(ids), dtype=bool))

    @classmethod
    def of_unit(cls, documents: Iterable[Document], gone: Iterable["Gone"]) -> "Events":
        """Documents as they were read, then pages that are gone."""
        found = [(each.document_id, moment_of(each.source.fetched_at)) for each in documents]
        missing = [(each.document_id, each.moment) for each in gone]
        raw = bytes.fromhex("".join(key for key, _ in [*found, *missing]))
        return cls(
            np.frombuffer(raw, dtype=f"V{ID_BYTES}"),
            np.array([moment for _, moment in [*found, *missing]], dtype=np.int64),
            np.repeat([True, False], [len(found), len(missing)]),
        )

    def live(self) -> NDArray[np.bool_]:
        """Bool [n], true for the document that counts of each identity."""
        return np.asarray(self.fates() == Fate.LIVE, dtype=bool)

    def fates(self) -> NDArray[np.int8]:
        """What became of each event, int8 [n] of `Fate`."""
        halves = np.ascontiguousarray(self.ids).view(np.uint64).reshape(-1, 2)
        order = np.lexsort((np.arange(len(self)), self.moments, halves[:, 0], halves[:, 1]))
        ordered = halves[order]
        is_last = np.ones(len(self), dtype=bool)
        is_last[:-1] = np.any(ordered[1:] != ordered[:-1], axis=1)
        # The last of each run decides what became of the run.
        lasts = np.flatnonzero(is_last)
        deciding = order[lasts[np.searchsorted(lasts, np.arange(len(self)))]]
        fates = np.empty(len(self), dtype=np.int8)
        fates[order] = np.where(self.is_document[deciding], Fate.SUPERSEDED, Fate.GONE)
        winners = order[is_last]
        fates[winners[self.is_document[winners]]] = Fate.LIVE
        return fates


@dataclass(frozen=True, slots=True)
class Gone:
    """A page that its server said is gone.

    Attributes:
        document_id: of the page.
        url: normalised.
        file: where that was read.
        moment: when, microseconds since 1970 in UTC.
        sequence: of the build that read it.
        collection: that it was read into.
    """

    document_id: DocumentId
    url: str
    file: str
    moment: int
    sequence: int
    collection: str


def gone_of(rejected: Rejected, sequence: int, collection: str) -> Gone | None:
    """The page that a rejected record says is gone; None where it says nothing of the kind."""
    if not rejected.gone or rejected.url is None or rejected.source.fetched_at is None:
        return None
    key = identify(identity_key(rejected.url))
    moment = moment_of(rejected.source.fetched_at)
    return Gone(key, rejected.url, rejected.source.file, moment, sequence, collection)


def moment_of(fetched_at: datetime | None) -> int:
    """Microseconds since 1970 in UTC; NEVER where it is not known."""
    if fetched_at is None:
        return NEVER
    since = fetched_at - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds
