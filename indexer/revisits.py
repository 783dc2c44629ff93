"""Revisits whose original is in another input: a crawler's next file, or its next crawl.

A revisit becomes a page of its own address and date, with the text and the place of its original,
where that is read in the same build. Where the index holds the original already, under the same
address, the page is unchanged, and nothing needs to be stored; a 404 in between no longer counts.
Only an original that is named by address and date is believed, or the last one of its address
where the server said "not modified": a digest alone is not kept with a document.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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
from indexer.settle import Events, Gone, moment_of
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


@dataclass(frozen=True, slots=True)
class Resolved:
    """Inputs with what their revisits have become.

    Attributes:
        intakes: the inputs, with a document more for each revisit that another input resolves.
        seen: id of each page that the index holds and that was seen again -> the last time, in
            microseconds since 1970.
    """

    intakes: list[Gathered]
    seen: Mapping[bytes, int]

    def still_gone(self, gone: Iterable[Gone]) -> tuple[Gone, ...]:
        """The lost pages that were not seen again afterwards."""
        return tuple(each for each in gone if not _was_seen(each, self.seen))


def resolve_revisits(
    work: WorkFolder, ledger: Ledger, run: int, old: Events, intakes: Sequence[Gathered]
) -> Resolved:
    """Finds the originals of revisits in other inputs and in the index.

    Args:
        work: holds the units of the inputs; the documents are written there too.
        ledger: told what became of the revisits.
        run: of the ledger.
        old: what the index holds.
        intakes: all inputs of a build, read.
    """
    if not any(each.revisits for each in intakes):
        return Resolved(list(intakes), {})
    by_input: defaultdict[int, dict[Rejected, _Found]] = defaultdict(dict)
    seen: dict[bytes, int] = {}
    for each in _find(old, intakes):
        by_input[each.given][each.revisit] = each
        if each.origin is None:
            key, moment = _key(each.revisit.url), moment_of(each.revisit.source.fetched_at)
            seen[key] = max(moment, seen.get(key, moment))
    resolved = []
    for number, given in enumerate(intakes):
        found = by_input[number]
        if given.revisits:
            _note(ledger, run, given, found)
        made = _make(work, intakes, given, found.values())
        resolved.append(_resolved(given, intakes, found.values(), made, seen))
    return Resolved(resolved, seen)


def _was_seen(gone: Gone, seen: Mapping[bytes, int]) -> bool:
    last = seen.get(bytes.fromhex(gone.document_id))
    return last is not None and last >= gone.moment


def _key(url: str | None) -> bytes:
    """The id of the page at an address, which a revisit always has."""
    assert url is not None
    return bytes.fromhex(identify(identity_key(url)))


def _find(old: Events, intakes: Sequence[Gathered]) -> Iterator[_Found]:
    events = Events.join([old, *(each.events for each in intakes)])
    captures = _captures(events, [each for given in intakes for each in given.revisits])
    starts = np.cumsum([len(old), *(len(each.events) for each in intakes)])
    borders = [np.cumsum([0, *each.sizes]) for each in intakes]
    for number, given in enumerate(intakes):
        for revisit in given.revisits:
            at = _original(captures, revisit)
            if at is None:
                continue
            if at < len(old):
                if _is_unchanged(captures, revisit, at):
                    yield _Found(number, revisit, None)
                continue
            source = int(np.searchsorted(starts, at, side="right")) - 1
            place = at - int(starts[source])
            unit = int(np.searchsorted(borders[source], place, side="right")) - 1
            yield _Found(number, revisit, _Origin(source, unit, place - int(borders[source][unit])))


def _is_unchanged(captures: "_Captures", revisit: Rejected, at: int) -> bool:
    """Whether the original is the page of the revisit's own address, as it was last seen."""
    last = moment_of(revisit.source.fetched_at)
    until = [place for moment, place in captures.get(_key(revisit.url), []) if moment <= last]
    return until[-1:] == [at]


_Captures = dict[bytes, list[tuple[int, int]]]
"""Document id -> moment and place of each of its events, in order."""


def _captures(events: Events, revisits: Iterable[Rejected]) -> _Captures:
    """The documents that revisits may mean."""
    wanted = b"".join(_key(each.original.url) for each in revisits if each.original is not None)
    halves = first_halves(np.frombuffer(wanted, dtype=events.ids.dtype))
    places = np.flatnonzero(np.isin(first_halves(events.ids), halves) & events.is_document)
    captures: _Captures = defaultdict(list)
    for place in places.tolist():
        captures[events.ids[place].tobytes()].append((int(events.moments[place]), place))
    return {key: sorted(found) for key, found in captures.items()}


def _original(captures: _Captures, revisit: Rejected) -> int | None:
    """Place of the event that a revisit means."""
    assert revisit.original is not None
    found = captures.get(_key(revisit.original.url), [])
    if revisit.original.fetched_at is None:
        last = moment_of(revisit.source.fetched_at)
        places = [place for moment, place in found if moment <= last]
    else:
        wanted = moment_of(revisit.original.fetched_at)
        places = [place for moment, place in found if moment == wanted]
    return places[-1] if places else None


def _make(
    work: WorkFolder, intakes: Sequence[Gathered], given: Gathered, found: Iterable[_Found]
) -> Events:
    """Writes the documents that an input's revisits make; the events that they are."""
    pairs = sorted(
        ((each.origin, each.revisit) for each in found if each.origin is not None),
        key=lambda pair: pair[0],
    )
    writer = _Writer(work, given.late_key)
    unit: Unit | None = None
    known: tuple[int, int] | None = None
    for origin, revisit in pairs:
        if known != origin[:2]:
            place = work.input(intakes[origin.given].given.key)
            known, unit = origin[:2], place.read(origin.unit)
            if unit is None:
                raise CorpusError(f"{place.path(origin.unit)} was lost; build again")
        assert unit is not None
        writer.add(_as_revisited(unit.documents[origin.place], revisit))
    return writer.finish()


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
    assert revisit.url is not None
    url = choose_address(revisit.url, original.canonical_url)
    source = replace(original.source, fetched_at=revisit.source.fetched_at, via=revisit.source.file)
    key = identify(identity_key(url))
    return replace(original, url=url, host=host_of(url), document_id=key, source=source)


def _resolved(
    given: Gathered,
    intakes: Sequence[Gathered],
    found: Collection[_Found],
    made: Events,
    seen: Mapping[bytes, int],
) -> Gathered:
    unchanged = sum(each.origin is None for each in found)
    reasons = Counter(given.given.rejected)
    reasons[NOT_HERE] -= len(found)
    reasons[UNCHANGED] += unchanged
    linked = {intakes[each.origin.given].given.file for each in found if each.origin is not None}
    counted = replace(
        given.given,
        kept=given.given.kept + len(made),
        rejected=dict(sorted((+reasons).items())),
        linked=tuple(sorted(linked - {given.given.file})),
    )
    gone = [each for each in given.gone if not _was_seen(each, seen)]
    documents = given.events.part(0, sum(given.sizes))
    events = Events.join([documents, made, Events.of_unit((), gone)])
    return replace(given, given=counted, events=events, gone=gone, late=len(made))


def _note(ledger: Ledger, run: int, given: Gathered, found: Mapping[Rejected, _Found]) -> None:
    """Tells the ledger what became of the revisits of an input."""
    ledger.forget_records(given.number, given.revisits, (NOT_HERE, UNCHANGED))
    left = (
        replace(each, reason=UNCHANGED) if each in found else each
        for each in given.revisits
        if each not in found or found[each].origin is None
    )
    ledger.add_rejections(run, left, given.number)
