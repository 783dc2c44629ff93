"""Inputs to documents that count: everything that is given is read, the newest copies are kept."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document, Rejected
from corpora.errors import CorpusError
from corpora.sources import Source
from indexer.assemble import Selected
from indexer.furniture import FurnitureCounter, FurnitureDropper
from indexer.inputs import Input, Plan, is_unchanged
from indexer.intake import UNIT_DOCUMENTS, Advance, Extractors, count, prepare, read_units
from indexer.ledger import Ledger
from indexer.settle import Events, Fate, Gone, gone_of
from indexer.work import Unit, WorkFolder

MAX_FAILURES = 100
"""Lines kept for a person; all are counted, and in the ledger."""

MAX_REVISITS = 200_000
"""Revisits of a build whose originals are looked for in other inputs; about 1 KB each."""

SUPERSEDED = "superseded by another copy"
GONE_SINCE = "gone since (404 or 410 in a newer crawl)"
UNUSABLE = "file changed while it was read"


@dataclass(slots=True)
class Gathered:
    """An input that was read.

    Attributes:
        source: where it is.
        given: what was in it.
        units: how many it has.
        events: of all its documents, unit by unit, and then of all pages it says are gone.
        gone: those pages.
        number: in the ledger.
        fates: of its documents, int8 of `Fate`; empty before they are settled.
        usable: whether it was the same file from beginning to end.
        sizes: documents of each unit.
        revisits: those of its revisits that another input may resolve, MAX_REVISITS of a build
            at most.
        late: documents made of them, between those of the units and the pages that are gone.
    """

    source: Source
    given: Input
    units: int
    events: Events
    gone: list[Gone]
    number: int
    fates: NDArray[np.int8]
    usable: bool
    sizes: tuple[int, ...]
    revisits: tuple[Rejected, ...]
    late: int = 0

    @property
    def late_key(self) -> str:
        """Names the documents made of its revisits."""
        return f"{self.given.key}-revisits"


class Failures:
    """Lines for a person, at most MAX_FAILURES, and how many there were."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def add(self, line: str) -> None:
        """Notes input that could not be read."""
        self.count += 1
        if len(self.lines) < MAX_FAILURES:
            self.lines.append(line)


class Gatherer:
    """Reads the new inputs of a run, and finds out which of their documents count.

    Attributes:
        furniture: drops what all pages that were read show to be furniture of their hosts.
    """

    def __init__(
        self,
        work: WorkFolder,
        ledger: Ledger,
        run: int,
        failures: Failures,
        advance: Advance,
    ) -> None:
        self._work = work
        self._ledger = ledger
        self._run = run
        self._failures = failures
        self._advance = advance
        self._counter = FurnitureCounter()
        self._revisits = 0
        self._rejected = 0
        self.furniture = FurnitureDropper({})

    def read(self, plan: Plan, sequence: int, workers: int) -> list[Gathered]:
        """Reads all that is new.

        Args:
            plan: names it.
            sequence: of the shards to come.
            workers: processes that extract.
        """
        total = sum(source.size_bytes for source, _ in plan.new)
        done = 0
        intakes: list[Gathered] = []
        with Extractors(prepare, workers) as extractors:
            for source, given in plan.new:
                intakes.append(self._read_one(source, given, sequence, extractors, done, total))
                done += source.size_bytes
                self._advance("read", done, total, "B")
        self.furniture = FurnitureDropper(self._counter.result())
        self._counter = FurnitureCounter()
        return intakes

    def _read_one(
        self,
        source: Source,
        given: Input,
        sequence: int,
        extractors: Extractors,
        done: int,
        total: int,
    ) -> Gathered:
        number = self._ledger.begin_input(self._run, given)
        place = self._work.input(given.key)
        if not place.resume():
            self._ledger.restart_input(number)
        noted = self._ledger.units(number)
        given = replace(given, sequence=sequence)
        parts: list[Events] = []
        gone: list[Gone] = []
        sizes: list[int] = []
        revisits: list[Rejected] = []

        def used(read: int) -> None:
            self._advance("read", done + read, total, "B")

        units = read_units(source, place, extractors, used)
        for unit_number, unit in enumerate(units):
            given = count(given, unit)
            self._rejected += len(unit.rejected)
            self._advance("rejected", self._rejected, None, "records")
            parts.append(Events.of_unit(unit.documents, ()))
            for document in unit.documents:
                self._counter.add(document)
            self._tell(unit)
            lost = (gone_of(each, sequence, given.collection) for each in unit.rejected)
            gone.extend(each for each in lost if each is not None)
            sizes.append(len(unit.documents))
            revisits += self._open_revisits(unit)
            if unit_number not in noted:
                self._ledger.add_unit(self._run, number, unit_number, unit)
        complete = place.complete()
        assert complete is not None
        given = replace(given, failure=complete.failure)
        if complete.failure is not None:
            self._failures.add(complete.failure)
        usable = is_unchanged(source.path, given)
        if not usable:
            self._failures.add(f"{given.file}: changed while it was read; build again")
            place.clear()
        usable = usable and (given.read > 0 or complete.failure is None)
        self._ledger.finish_input(number, given)
        events = Events.join([*parts, Events.of_unit((), gone)])
        return Gathered(
            source=source,
            given=given,
            units=complete.units,
            events=events,
            gone=gone,
            number=number,
            fates=np.zeros(0, dtype=np.int8),
            usable=usable,
            sizes=tuple(sizes),
            revisits=tuple(revisits),
        )

    def _tell(self, unit: Unit) -> None:
        """Notes for a person what was read in part, and what is broken."""
        for each in (*unit.in_part(), *unit.rejected):
            if each.damaged:
                self._failures.add(_describe_damage(each))

    def _open_revisits(self, unit: Unit) -> list[Rejected]:
        """The revisits of a unit that another input may resolve."""
        found = [each for each in unit.rejected if each.original is not None]
        found = found[: MAX_REVISITS - self._revisits]
        self._revisits += len(found)
        return found

    def settle(
        self, old: Events, intakes: Sequence[Gathered]
    ) -> tuple[list[Gathered], list[NDArray[np.bool_]]]:
        """What of each input counts: its counts corrected, and a mask over its documents."""
        fates = Events.join([old, *(each.events for each in intakes)]).fates()[len(old) :]
        settled: list[Gathered] = []
        kept: list[NDArray[np.bool_]] = []
        start = 0
        for each in intakes:
            own = fates[start : start + len(each.events)][each.events.is_document]
            start += len(each.events)
            kept.append(own == Fate.LIVE)
            reasons = Counter(each.given.rejected)
            reasons[SUPERSEDED] += int(np.count_nonzero(own == Fate.SUPERSEDED))
            reasons[GONE_SINCE] += int(np.count_nonzero(own == Fate.GONE))
            given = replace(
                each.given,
                kept=int(np.count_nonzero(kept[-1])),
                rejected=dict(sorted((+reasons).items())),
            )
            settled.append(replace(each, given=given, fates=own))
        return settled, kept

    def selected(self, settled: Sequence[Gathered]) -> Iterator[Selected]:
        """The documents that count, without their hosts' furniture, unit by unit."""
        for each in settled:
            self._ledger.forget(each.number, (SUPERSEDED, GONE_SINCE))
            start = 0
            for documents in self._documents(each):
                stop = start + len(documents)
                pairs = list(zip(documents, each.fates[start:stop].tolist(), strict=True))
                losers = (_loser(document, fate) for document, fate in pairs if fate != Fate.LIVE)
                self._ledger.add_rejections(self._run, losers, each.number)
                live = (document for document, fate in pairs if fate == Fate.LIVE)
                start = stop
                kept = [self.furniture.drop(document) for document in live]
                yield Selected(kept, each.given.collection)

    def _documents(self, given: Gathered) -> Iterator[tuple[Document, ...]]:
        """The documents of an input, some at a time; those of its revisits come last."""
        late = -(-given.late // UNIT_DOCUMENTS)
        for key, units in ((given.given.key, given.units), (given.late_key, late)):
            place = self._work.input(key)
            for number in range(units):
                unit = place.read(number)
                if unit is None:
                    raise CorpusError(
                        f"{place.path(number)} was lost while it was needed; build again"
                    )
                yield unit.documents


def _loser(document: Document, fate: int) -> Rejected:
    reason = SUPERSEDED if fate == Fate.SUPERSEDED else GONE_SINCE
    return Rejected(document.source, reason, "", document.url)


def _describe_damage(rejected: Rejected) -> str:
    source = rejected.source
    detail = f" ({rejected.detail})" if rejected.detail else ""
    return f"{source.file}: {rejected.reason} at byte {source.offset}{detail}"
