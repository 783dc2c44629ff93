"""Revisits whose original is in another input: a crawler's next file, or its next crawl.

A revisit becomes a page of its own address and date, with the text and the place of its original,
where that is read in the same build. Where the index holds the original already, under the same
address and live, the page is unchanged, and nothing needs to be stored. Only an original that is
named by address and date is believed, or the last one of its address where the server said
"not modified": a digest alone is not kept with a document.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from corpora.canonical import choose_address
from corpora.document import Document, Rejected, identify
from corpora.errors import CorpusError
from corpora.revisits import NOT_HERE
from corpora.urls import host_of, identity_key
from indexer.gather import Gathered
from indexer.intake import UNIT_DOCUMENTS
from indexer.ledger import Ledger
from indexer.lookup import first_halves
from indexer.settle import Events, moment_of
from indexer.work import Unit, WorkFolder

UNCHANGED = "revisit of a page that is indexed"


class _Origin(NamedTuple):
    """Where the original of a revisit is: input, unit, document of the unit."""

    given: int
    unit: int
    place: int


@dataclass(frozen=True, slots=True)
class _Found:
    """A revisit and its original.

    Attributes:
        given: number of the input that holds the revisit.
        revisit: as it was rejected.
        origin: None where the index holds the original.
    """

    given: int
    revisit: Rejected
    origin: _Origin | None


def resolve_revisits(
    work: WorkFolder, ledger: Ledger, run: int, old: Events, intakes: Sequence[Gathered]
) -> list[Gathered]:
    """The inputs, with a document more for each revisit that another input resolves.

    Args:
        work: holds their units; the documents are written there too.
        ledger: told what became of the revisits.
        run: of the ledger.
        old: what the index holds.
        intakes: all inputs of a build, read.
    """
    if not any(each.revisits for each in intakes):
        return list(intakes)
    found = list(_find(old, intakes))
    made = _make(work, intakes, found)
    by_input: defaultdict[int, dict[Rejected, _Found]] = defaultdict(dict)
    for each in found:
        by_input[each.given][each.revisit] = each
    resolved = []
    for number, given in enumerate(intakes):
        own = by_input[number]
        if given.revisits:
            _note(ledger, run, given, own)
        unchanged = sum(each.origin is None for each in own.values())
        resolved.append(_resolved(given, unchanged, made[number]))
    return resolved


def _find(old: Events, intakes: Sequence[Gathered]) -> Iterator[_Found]:
    events = Events.join([old, *(each.events for each in intakes)])
    captures = _captures(events, [each for given in intakes for each in given.revisits])
    live = old.live()
    starts = np.cumsum([len(old), *(len(each.events) for each in intakes)])
    borders = [np.cumsum([0, *each.sizes]) for each in intakes]
    for number, given in enumerate(intakes):
        for revisit in given.revisits:
            at = _original(captures, revisit)
            if at is None:
                continue
            if at < len(old):
                own = bytes.fromhex(identify(identity_key(str(revisit.url))))
                if live[at] and events.ids[at].tobytes() == own:
                    yield _Found(number, revisit, None)
                continue
            source = int(np.searchsorted(starts, at, side="right")) - 1
            place = at - int(starts[source])
            unit = int(np.searchsorted(borders[source], place, side="right")) - 1
            yield _Found(number, revisit, _Origin(source, unit, place - int(borders[source][unit])))


_Captures = dict[bytes, list[tuple[int, int]]]
"""Document id -> moment and place of each of its events, in order."""


def _captures(events: Events, revisits: Iterable[Rejected]) -> _Captures:
    """The documents that revisits may mean."""
    wanted = b"".join(
        bytes.fromhex(identify(identity_key(each.original.url)))
        for each in revisits
        if each.original is not None
    )
    halves = first_halves(np.frombuffer(wanted, dtype=events.ids.dtype))
    places = np.flatnonzero(np.isin(first_halves(events.ids), halves) & events.is_document)
    captures: _Captures = defaultdict(list)
    for place in places.tolist():
        captures[events.ids[place].tobytes()].append((int(events.moments[place]), place))
    return {key: sorted(found) for key, found in captures.items()}


def _original(captures: _Captures, revisit: Rejected) -> int | None:
    """Place of the event that a revisit means."""
    assert revisit.original is not None
    key = bytes.fromhex(identify(identity_key(revisit.original.url)))
    found = captures.get(key, [])
    if revisit.original.fetched_at is None:
        last = moment_of(revisit.source.fetched_at)
        places = [place for moment, place in found if moment <= last]
    else:
        wanted = moment_of(revisit.original.fetched_at)
        places = [place for moment, place in found if moment == wanted]
    return places[-1] if places else None


def _make(work: WorkFolder, intakes: Sequence[Gathered], found: Sequence[_Found]) -> list[Events]:
    """Writes the documents, input by input; the events that they are."""
    by_origin = sorted(
        ((each.origin, number) for number, each in enumerate(found) if each.origin is not None)
    )
    writers = [_Writer(work, each.late_key) for each in intakes]
    unit: Unit | None = None
    known: tuple[int, int] | None = None
    for origin, number in by_origin:
        if known != origin[:2]:
            place = work.input(intakes[origin.given].given.key)
            known, unit = origin[:2], place.read(origin.unit)
            if unit is None:
                raise CorpusError(f"{place.path(origin.unit)} was lost; build again")
        assert unit is not None
        document = _as_revisited(unit.documents[origin.place], found[number].revisit)
        writers[found[number].given].add(document)
    return [writer.finish() for writer in writers]


class _Writer:
    """Writes the documents of one input as units."""

    def __init__(self, work: WorkFolder, key: str) -> None:
        self._work = work
        self._key = key
        self._number = 0
        self._documents: list[Document] = []
        self._events: list[Events] = []

    def add(self, document: Document) -> None:
        self._documents.append(document)
        if len(self._documents) == UNIT_DOCUMENTS:
            self._flush()

    def finish(self) -> Events:
        if self._documents:
            self._flush()
        return Events.join(self._events)

    def _flush(self) -> None:
        unit = Unit(len(self._documents), tuple(self._documents), ())
        self._work.input(self._key).write(self._number, unit)
        self._events.append(Events.of_unit(unit.documents, ()))
        self._number += 1
        self._documents = []


def _as_revisited(original: Document, revisit: Rejected) -> Document:
    """The original under the address and date of a revisit."""
    url = choose_address(str(revisit.url), original.canonical_url)
    return replace(
        original,
        url=url,
        host=host_of(url),
        document_id=identify(identity_key(url)),
        source=replace(original.source, fetched_at=revisit.source.fetched_at),
    )


def _resolved(given: Gathered, unchanged: int, made: Events) -> Gathered:
    reasons = Counter(given.given.rejected)
    reasons[NOT_HERE] -= unchanged + len(made)
    reasons[UNCHANGED] += unchanged
    counted = replace(
        given.given,
        kept=given.given.kept + len(made),
        rejected=dict(sorted((+reasons).items())),
    )
    documents, end = sum(given.sizes), len(given.events)
    events = (given.events.part(0, documents), made, given.events.part(documents, end))
    return replace(given, given=counted, events=Events.join(events), late=len(made))


def _note(ledger: Ledger, run: int, given: Gathered, found: Mapping[Rejected, _Found]) -> None:
    """Tells the ledger what became of the revisits of an input."""
    ledger.forget_records(given.number, given.revisits, (NOT_HERE, UNCHANGED))
    left = (
        replace(each, reason=UNCHANGED) if each in found else each
        for each in given.revisits
        if each not in found or found[each].origin is None
    )
    ledger.add_rejections(run, left, given.number)
