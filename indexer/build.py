"""Sources to a published generation: plan, read, settle, assemble, publish.

    plan       which inputs are new, by content            indexer.inputs
    read       records to extracted units, on disk         indexer.intake
    settle     which copy of each document counts          indexer.settle
    assemble   chunk, embed, write shards                  indexer.assemble
    publish    tombstones, manifest, CURRENT               indexer.publish

Killed anywhere, the next build goes on where this one was.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.errors import AuctorError, CorpusError, IncompatibleIndex, NotAnIndex
from corpora.sources import Sources
from indexer.analyse import ANALYSER_VERSION
from indexer.assemble import Assembler, Target, plan_key
from indexer.dense import FLAT_MAX, load_faiss
from indexer.embed import DEFAULT_MODEL, Embedder
from indexer.extract import EXTRACTOR_VERSION
from indexer.furniture import FURNITURE_VERSION
from indexer.gather import GONE_SINCE, SUPERSEDED, UNUSABLE, Failures, Gathered, Gatherer
from indexer.inputs import Input, Plan, plan_inputs
from indexer.intake import Advance
from indexer.ledger import Ledger
from indexer.manifest import FORMAT_VERSION, Generation, Removal
from indexer.passage import CHUNKER_VERSION
from indexer.publish import Base, Content, publish
from indexer.revisits import UNCHANGED, resolve_revisits
from indexer.shard import ShardSettings
from indexer.signature import SIGNATURE_VERSION
from indexer.tables import storable
from indexer.workers import worker_count
from indexer.workspace import Hook, Workspace, workspace

__all__ = [
    "GONE_SINCE",
    "SUPERSEDED",
    "UNCHANGED",
    "BuildReport",
    "BuildSettings",
    "build_index",
    "fingerprint",
]

TYPICAL_COSINES = {DEFAULT_MODEL: 0.65}
"""Model -> typical cosine of the best passage for a question it answers: the default model's median
over SciFact's train queries is 0.656. Cosines of different models are not comparable, so one that
is not listed has no anchor."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a build may be told.

    Attributes:
        collection: name that the documents carry.
        add: whether what the index holds stays; without it the generation holds exactly what is
            given.
        fresh: whether everything is read and written again, whatever the index holds.
        shard_passages: a shard is closed at the first document border past this.
        writer_threads: threads of the lexical engine.
        flat_max: most vectors of a shard that are searched exhaustively.
        workers: processes that extract, and cut into passages; None for one a core.
    """

    collection: str = "default"
    add: bool = False
    fresh: bool = False
    shard_passages: int = 1_000_000
    writer_threads: int = 1
    flat_max: int = FLAT_MAX
    workers: int | None = None


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        generation: what is live now.
        published: false where nothing had to be done.
        skipped: inputs that the index held already.
        read: records read.
        kept: records that became documents of this generation.
        rejected: reason -> records left out; read = kept + all of these.
        failures: a line for each of the first MAX_FAILURES broken records and unreadable
            sources.
        damaged: how many of them there were.
        embedded: texts that had to be embedded; vectors of the others were known.
        truncated: texts longer than the model reads; the chunker leaves none.
        furniture_blocks: blocks dropped because they stand on many pages of their host.
        furniture_pages: that they were dropped from.
        seconds: wall time of each step.
    """

    generation: Generation
    published: bool
    skipped: int
    read: int
    kept: int
    rejected: dict[str, int]
    failures: tuple[str, ...]
    damaged: int
    embedded: int
    truncated: int
    furniture_blocks: int
    furniture_pages: int
    seconds: dict[str, float]

    def counts(self) -> dict[str, int | dict[str, int]]:
        """What the ledger keeps of it."""
        return {
            "read": self.read,
            "kept": self.kept,
            "rejected": self.rejected,
            "damaged": self.damaged,
            "skipped": self.skipped,
            "embedded": self.embedded,
            "furniture_blocks": self.furniture_blocks,
            "furniture_pages": self.furniture_pages,
        }


def build_index(
    sources: Sources,
    index: Path,
    embedder: Embedder,
    settings: BuildSettings | None = None,
    advance: Advance = lambda *_: None,
    hook: Hook = lambda _: None,
) -> BuildReport:
    """Builds and publishes a generation of these sources, or of these and what is there.

    Inputs that the index holds already, by content, are not read again; one that has changed
    takes the place of what it was.

    Args:
        sources: what to read, in order, and what was found that cannot be.
        index: the index folder; what it served before stays until the new one is whole.
        embedder: the model.
        settings: None for the defaults.
        advance: told of progress.
        hook: told of the steps of publishing, see `indexer.workspace.STEPS`.

    Returns:
        What was read, kept and rejected.

    Raises:
        CorpusError: nothing readable was found; nothing is published.
        IncompatibleIndex: the index to add to was made by another model or analyser.
        NotAnIndex, IndexLocked, IndexFolderError: see `indexer.workspace.workspace`.
    """
    load_faiss()  # a broken installation must not show only after hours of embedding
    settings = settings or BuildSettings()
    with workspace(index, hook) as work, Ledger.open(index, work.index_id) as ledger:
        arguments = {"sources": [storable(str(each.path)) for each in sources.found]}
        run = ledger.begin("add" if settings.add else "build", arguments)
        try:
            report = _Build(work, ledger, run, embedder, settings, advance).run(sources)
        except AuctorError as error:
            ledger.finish(run, "failed", None, {}, str(error))
            raise
        state = "published" if report.published else "unchanged"
        ledger.finish(run, state, report.generation.generation_id, report.counts())
        return report


def fingerprint(embedder: Embedder) -> str:
    """What an index depends on besides its sources: two builds that agree in it are the same."""
    versions = (ANALYSER_VERSION, EXTRACTOR_VERSION, CHUNKER_VERSION, SIGNATURE_VERSION)
    settings = (FORMAT_VERSION, FLAT_MAX, TYPICAL_COSINES, FURNITURE_VERSION)
    return repr((versions, settings, embedder.record, embedder.dtype))


class _Build:
    """One run: what `build_index` does, step by step."""

    def __init__(
        self,
        work: Workspace,
        ledger: Ledger,
        run: int,
        embedder: Embedder,
        settings: BuildSettings,
        advance: Advance,
    ) -> None:
        self._work = work
        self._ledger = ledger
        self._run = run
        self._embedder = embedder
        self._settings = settings
        self._advance = advance
        self._clock = _Clock()
        self._failures = Failures()
        self._gatherer = Gatherer(work.work, ledger, run, self._failures, advance)

    def run(self, sources: Sources) -> BuildReport:
        base = self._base()
        plan = self._plan(sources, base)
        self._ledger.add_rejections(self._run, sources.unrecognised)
        removals = (*base.removals, *(_removal(each, base) for each in plan.dropped))
        intakes = self._gatherer.read(
            plan, base.next_sequence, self._settings.workers or worker_count()
        )
        self._clock.lap("read")
        usable = [each for each in intakes if each.usable]
        if base.generation is not None and not usable and not plan.dropped and base.stays:
            # Killed right after it had published, the earlier run could not note that.
            self._ledger.publish(base.generation.generation_id, base.inputs)
            self._work.work.clear()
            return self._report(base.generation, False, plan, sources, intakes, None)
        old = base.events(removals)
        resolved = resolve_revisits(self._work.work, self._ledger, self._run, old, usable)
        usable = resolved.intakes
        base = replace(base, gone=resolved.still_gone(base.gone))
        old = base.events(removals)
        settled, kept = self._gatherer.settle(old, usable)
        if not any(mask.any() for mask in kept) and not plan.kept:
            if not (base.generation is not None and self._settings.add):
                raise CorpusError(self._describe_nothing(sources, settled))
        target = self._target(base, settled, kept)
        assembler = Assembler(
            target,
            self._embedder,
            base.known if self._same_model(base) else (),
            repr((self._embedder.record, self._embedder.dtype)),
            self._advance,
        )
        before = self._embedder.truncated
        total = sum(int(np.count_nonzero(mask)) for mask in kept)
        shards = assembler.run(self._gatherer.selected(settled), total)
        for line in assembler.cut_plainly:
            self._failures.add(line)
        self._clock.lap("embed")
        content = Content(
            model=self._embedder.record,
            typical_cosine=TYPICAL_COSINES.get(self._embedder.record.name, 0.0),
            analyser=ANALYSER_VERSION,
            signature=SIGNATURE_VERSION,
            kept=base.shards,
            made={shard.shard_id: (shard, assembler.folder(shard)) for shard in shards},
            inputs=(*plan.kept, *(each.given for each in settled)),
            gone=(*base.gone, *(gone for each in settled for gone in each.gone)),
            removals=removals,
        )
        generation = publish(self._work, base, content)
        self._ledger.publish(generation.generation_id, content.inputs)
        self._work.work.clear()
        self._clock.lap("publish")
        truncated = self._embedder.truncated - before
        counts = (assembler.embedded, truncated)
        unusable = [each for each in intakes if not each.usable]
        return self._report(generation, True, plan, sources, [*settled, *unusable], counts)

    def _base(self) -> Base:
        """What the new generation builds upon."""
        index, add = self._work.index, self._settings.add
        try:
            base = Base.open(index)
        except NotAnIndex:
            return Base.nothing(index)
        except IncompatibleIndex:
            if add:
                raise
            return Base.nothing(index)
        assert base.generation is not None
        made_by = (base.generation.analyser, base.generation.signature)
        if not self._same_model(base) or made_by != (ANALYSER_VERSION, SIGNATURE_VERSION):
            if add:
                raise IncompatibleIndex(
                    f"{index} was built with another model, or by another version of this "
                    "program; build it again with: auctor index build"
                )
            return base.restarted()
        return base.restarted() if self._settings.fresh else base

    def _same_model(self, base: Base) -> bool:
        return base.generation is not None and base.generation.model == self._embedder.record

    def _plan(self, sources: Sources, base: Base) -> Plan:
        total = sum(source.size_bytes for source in sources.found)
        plan = plan_inputs(
            sources,
            base.inputs,
            (EXTRACTOR_VERSION, f"{CHUNKER_VERSION}/{FURNITURE_VERSION}"),
            self._settings.collection,
            exact=not self._settings.add,
            hashed=lambda done: self._advance("check", done, total, "B"),
        )
        for failure in plan.failures:
            self._failures.add(failure)
        self._clock.lap("check")
        return plan

    def _target(
        self, base: Base, settled: Sequence[Gathered], kept: Sequence[NDArray[np.bool_]]
    ) -> Target:
        settings = self._settings
        masks = [np.packbits(mask).tobytes() for mask in kept]
        parts = (
            fingerprint(self._embedder),
            [shard.shard.shard_id for shard in base.known],
            [each.given.ledger_key for each in settled],
            masks,
            self._gatherer.furniture.key,
            settings.shard_passages,
            settings.flat_max,
        )
        return Target(
            work=self._work.work,
            key=plan_key(parts),
            sequence=base.next_sequence,
            settings=ShardSettings(settings.writer_threads, settings.flat_max),
            shard_passages=settings.shard_passages,
            workers=settings.workers or worker_count(),
        )

    def _describe_nothing(self, sources: Sources, settled: Sequence[Gathered]) -> str:
        """One line that says why there is nothing to index."""
        reasons = _reasons(sources, settled)
        read = sum(each.given.read for each in settled) + len(sources.unrecognised)
        listed = ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())
        found = f"{read} records read ({listed})" if read else "no record read"
        failed = "".join(f"; {failure}" for failure in self._failures.lines[:3])
        return f"nothing to index: {found}{failed}; the index is unchanged"

    def _report(
        self,
        generation: Generation,
        published: bool,
        plan: Plan,
        sources: Sources,
        intakes: Sequence[Gathered],
        counts: tuple[int, int] | None,
    ) -> BuildReport:
        embedded, truncated = counts or (0, 0)
        return BuildReport(
            generation=generation,
            published=published,
            skipped=len(sources.found) - len(plan.new),
            read=sum(each.given.read for each in intakes) + len(sources.unrecognised),
            kept=sum(each.given.kept for each in intakes if each.usable),
            rejected=dict(_reasons(sources, intakes)),
            failures=tuple(self._failures.lines),
            damaged=self._failures.count,
            embedded=embedded,
            truncated=truncated,
            furniture_blocks=self._gatherer.furniture.blocks,
            furniture_pages=self._gatherer.furniture.pages,
            seconds=self._clock.laps,
        )


def _removal(dropped: Input, base: Base) -> Removal:
    """The rule that takes out what an input brought."""
    return Removal("source", dropped.file, base.next_sequence - 1, dropped.collection)


def _reasons(sources: Sources, intakes: Sequence[Gathered]) -> Counter[str]:
    reasons: Counter[str] = Counter(each.reason for each in sources.unrecognised)
    for each in intakes:
        reasons.update(each.given.rejected)
        if not each.usable:
            reasons[UNUSABLE] += each.given.kept
    return +reasons


class _Clock:
    """Wall time of each step, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
