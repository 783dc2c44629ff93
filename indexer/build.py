"""Sources to a published generation, in five steps: read, chunk, embed, write, publish."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document, DocumentId, Rejected, SourceRef
from corpora.errors import CorpusError
from corpora.sources import Sources, read
from indexer.analyse import ANALYSER_VERSION
from indexer.dense import FLAT_MAX
from indexer.embed import Embedder
from indexer.extract import EXTRACTOR_VERSION, extract
from indexer.generation import (
    CURRENT,
    FORMAT_VERSION,
    Generation,
    GenerationId,
    Shard,
    Workspace,
    new_generation_id,
    workspace,
)
from indexer.passage import CHUNKER_VERSION, ChunkLimits, Passage, chunk
from indexer.records import copy_key
from indexer.shard import ShardSettings, ShardWriter
from indexer.spool import Spool

EMBED_UNIT = 1_024
"""Texts embedded as one work unit: a rerun cuts the same batches."""

TYPICAL_COSINE = 0.6
"""Typical cosine of the best passage for a question it answers, for the default model."""

MAX_FAILURES = 100

SUPERSEDED = "superseded by a newer copy"

Advance = Callable[[str, int, int | None, str], None]
"""Told of progress: stage, units done, units in all (None while unknown), name of the unit."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What a build may be told.

    Attributes:
        collection: name that the documents carry.
        shard_passages: a shard is closed at the first document border past this.
        writer_threads: threads of the lexical engine.
        flat_max: most vectors of a shard that are searched exhaustively.
    """

    collection: str = "default"
    shard_passages: int = 1_000_000
    writer_threads: int = 1
    flat_max: int = FLAT_MAX


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did.

    Attributes:
        generation: what was published.
        read: records read.
        kept: records that became documents.
        rejected: reason -> records left out; read = kept + all of these.
        failures: a line for each of the first MAX_FAILURES broken records and unreadable
            sources.
        damaged: how many of them there were.
        truncated: passages longer than the model reads.
        seconds: wall time of each step.
    """

    generation: Generation
    read: int
    kept: int
    rejected: dict[str, int]
    failures: tuple[str, ...]
    damaged: int
    truncated: int
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class _Winner:
    """The newest document of its identity so far, and its number in the spool."""

    number: int
    fetched_at: datetime
    source: SourceRef
    host: str | None


class _Intake:
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
        self.winners: dict[DocumentId, _Winner] = {}
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
        self._log.write(json.dumps(_loggable(rejected), ensure_ascii=False) + "\n")
        if rejected.damaged:
            self.fail(_describe_damage(rejected))

    def fail(self, line: str) -> None:
        """Notes input that could not be read."""
        self.damaged += 1
        if len(self.failures) < MAX_FAILURES:
            self.failures.append(line)

    def _keep(self, document: Document) -> Rejected | None:
        """Spools a document; returns the loser where its identity was seen before."""
        fetched_at = document.source.fetched_at or datetime.min.replace(tzinfo=UTC)
        earlier = self.winners.get(document.document_id)
        if earlier is not None and earlier.fetched_at > fetched_at:
            return Rejected(document.source, SUPERSEDED, "", document.url)
        number = self.documents.append(document)
        winner = _Winner(number, fetched_at, document.source, document.host)
        self.winners[document.document_id] = winner
        return Rejected(earlier.source, SUPERSEDED, "", document.url) if earlier else None


def build_index(
    sources: Sources,
    index: Path,
    embedder: Embedder,
    settings: BuildSettings | None = None,
    advance: Advance = lambda *_: None,
) -> BuildReport:
    """Builds and publishes a generation that holds exactly these sources.

    Args:
        sources: what to read, in order, and what was found that cannot be.
        index: the index folder; what it served before stays until the new one is whole.
        embedder: the model.
        settings: None for the defaults.
        advance: told of progress.

    Returns:
        What was read, kept and rejected.

    Raises:
        CorpusError: nothing readable was found; nothing is published.
        NotAnIndex, IndexLocked: see `indexer.generation.workspace`.
    """
    settings = settings or BuildSettings()
    clock = _Clock()
    with workspace(index) as work:
        rejected = work.staging / "rejected.jsonl"
        with rejected.open("w", encoding="utf-8") as log:
            intake = _Intake(Spool(work.staging / "documents.spool"), log)
            _read(sources, intake, advance)
        clock.lap("read")
        if not intake.winners:
            raise CorpusError(_nothing_found(intake))
        winners = sorted(winner.number for winner in intake.winners.values())
        before = embedder.truncated
        passages, texts, rows = _chunk(intake.documents, winners, work, embedder, advance)
        clock.lap("chunk")
        vectors = _embed(texts, work, embedder, advance)
        clock.lap("embed")
        stored = zip(
            intake.documents.read(winners), passages.read(range(len(passages))), rows, strict=True
        )
        shards = list(_write(stored, vectors, work, settings, advance))
        clock.lap("write")
        generation = _describe(index, embedder, shards, intake)
        work.publish(generation, rejected)
        clock.lap("publish")
    return BuildReport(
        generation=generation,
        read=intake.read,
        kept=len(winners),
        rejected=dict(intake.rejected),
        failures=tuple(intake.failures),
        damaged=intake.damaged,
        truncated=embedder.truncated - before,
        seconds=clock.laps,
    )


def _read(sources: Sources, intake: _Intake, advance: Advance) -> None:
    """Reads and extracts everything; a source that cannot be read is noted, not fatal."""
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


def _chunk(
    documents: Spool[Document],
    winners: Sequence[int],
    work: Workspace,
    embedder: Embedder,
    advance: Advance,
) -> tuple[Spool[list[Passage]], Spool[str], list[NDArray[np.uint32]]]:
    """Passages of each document, the distinct texts to embed, and for each passage its text.

    Two passages share a vector when what is embedded (title, headings, text) is the same.
    """
    limits = ChunkLimits(embedder.max_tokens)
    passages: Spool[list[Passage]] = Spool(work.staging / "passages.spool")
    texts: Spool[str] = Spool(work.staging / "texts.spool")
    known: dict[bytes, int] = {}
    rows: list[NDArray[np.uint32]] = []
    for done, document in enumerate(documents.read(winners), start=1):
        own = chunk(document, limits, embedder.count_tokens)
        passages.append(own)
        numbers = []
        for passage in own:
            key = copy_key(passage.indexed_text)
            if key not in known:
                known[key] = texts.append(passage.indexed_text)
            numbers.append(known[key])
        rows.append(np.asarray(numbers, dtype=np.uint32))
        advance("chunk", done, len(winners), "documents")
    return passages, texts, rows


def _embed(
    texts: Spool[str], work: Workspace, embedder: Embedder, advance: Advance
) -> NDArray[np.float32]:
    """Vectors of all texts, float32 [len(texts), dimension], mapped from a staging file."""
    path = work.staging / "vectors.f32"
    shape = (len(texts), embedder.dimension)
    vectors = np.memmap(path, dtype=np.float32, mode="w+", shape=shape)
    for start in range(0, len(texts), EMBED_UNIT):
        unit = list(texts.read(range(start, min(start + EMBED_UNIT, len(texts)))))
        vectors[start : start + len(unit)] = embedder.encode_passages(unit)
        advance("embed", start + len(unit), len(texts), "passages")
    return vectors


def _write(
    stored: Iterable[tuple[Document, list[Passage], NDArray[np.uint32]]],
    vectors: NDArray[np.float32],
    work: Workspace,
    settings: BuildSettings,
    advance: Advance,
) -> Iterator[Shard]:
    """Writes shards, closing each at the first document border past its limit."""
    shard_settings = ShardSettings(settings.collection, settings.writer_threads, settings.flat_max)
    writer: ShardWriter | None = None
    written = 0
    for document, passages, rows in stored:
        if writer is None:
            writer = ShardWriter(*work.new_shard(), shard_settings)
        writer.add(document, passages, rows.tolist())
        written += len(passages)
        advance("write", written, None, "passages")
        if writer.passages >= settings.shard_passages:
            yield writer.finish(vectors)
            writer = None
    if writer is not None:
        yield writer.finish(vectors)


def _describe(
    index: Path, embedder: Embedder, shards: Sequence[Shard], intake: _Intake
) -> Generation:
    winners = intake.winners.values()
    return Generation(
        generation_id=new_generation_id(),
        parent=_current(index),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        format_version=FORMAT_VERSION,
        model=embedder.record,
        typical_cosine=TYPICAL_COSINE,
        analyser=ANALYSER_VERSION,
        extractor=EXTRACTOR_VERSION,
        chunker=CHUNKER_VERSION,
        shards=tuple(shards),
        read=intake.read,
        rejected=dict(sorted(intake.rejected.items())),
        hosts=len({winner.host for winner in winners if winner.host}),
        sources=len({winner.source.file for winner in winners}),
    )


def _current(index: Path) -> GenerationId | None:
    pointer = index / CURRENT
    return GenerationId(pointer.read_text(encoding="utf-8").strip()) if pointer.exists() else None


def _nothing_found(intake: _Intake) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in intake.rejected.most_common())
    found = f"{intake.read} records read ({reasons})" if intake.read else "no record read"
    failed = "".join(f"; {failure}" for failure in intake.failures[:3])
    return f"nothing to index: {found}{failed}; the index is unchanged"


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


class _Clock:
    """Wall time of each step, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
