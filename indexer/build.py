"""Sources to a published generation, in five steps: read, chunk, embed, write, publish."""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from corpora.errors import CorpusError
from corpora.sources import Sources
from indexer.analyse import ANALYSER_VERSION
from indexer.arrays import map_array, write_array
from indexer.dense import FLAT_MAX, load_faiss
from indexer.embed import DEFAULT_MODEL, Embedder
from indexer.extract import EXTRACTOR_VERSION
from indexer.generation import FORMAT_VERSION, Generation, Shard, current_id
from indexer.intake import MAX_FAILURES, SUPERSEDED, Advance, Intake, read_all
from indexer.passage import CHUNKER_VERSION, ChunkLimits, Passage, chunk
from indexer.records import copy_key
from indexer.shard import ShardSettings, ShardWriter
from indexer.spool import Spool
from indexer.workspace import Workspace, new_generation_id, workspace

__all__ = [
    "MAX_FAILURES",
    "SUPERSEDED",
    "Advance",
    "BuildReport",
    "BuildSettings",
    "build_index",
]

EMBED_UNIT = 1_024
"""Texts embedded as one work unit: a rerun cuts the same batches."""

TYPICAL_COSINES = {DEFAULT_MODEL: 0.65}
"""Model -> typical cosine of the best passage for a question it answers: the default model's median
over SciFact's train queries is 0.656. Cosines of different models are not comparable, so one that
is not listed has no anchor."""


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
        truncated: texts longer than the model reads; the chunker leaves none.
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
        NotAnIndex, IndexLocked, IndexFolderError: see `indexer.workspace.workspace`.
    """
    load_faiss()  # a broken installation must not show only after hours of embedding
    settings = settings or BuildSettings()
    clock = _Clock()
    with workspace(index) as work, ExitStack() as stack:
        documents = stack.enter_context(Spool[Document](work.staging / "documents.spool"))
        rejected = work.staging / "rejected.jsonl"
        with rejected.open("w", encoding="utf-8") as log:
            intake = Intake(documents, log)
            read_all(sources, intake, advance)
        clock.lap("read")
        if not intake.winners:
            raise CorpusError(intake.describe_nothing())
        winners = sorted(winner.number for winner in intake.winners.values())
        cut = stack.enter_context(_Cut(work))
        _chunk(documents, winners, cut, embedder, advance)
        clock.lap("chunk")
        before = embedder.truncated
        vectors = _embed(cut, work, embedder, advance)
        clock.lap("embed")
        stored = zip(documents.read(winners), cut.read(), strict=True)
        shards = list(_write(stored, vectors, cut.passages, work, settings, advance))
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


def fingerprint(embedder: Embedder) -> str:
    """What an index depends on besides its sources: two builds that agree in it are the same."""
    versions = (ANALYSER_VERSION, EXTRACTOR_VERSION, CHUNKER_VERSION, FORMAT_VERSION, FLAT_MAX)
    return repr((versions, embedder.record, embedder.dtype, TYPICAL_COSINES))


class _Cut:
    """Passages of all documents, and the distinct texts to embed.

    Two passages share a vector when what is embedded (title, headings, text) is the same. A copy
    under another title has a vector of its own: nothing a copyist does may move the original's.
    """

    def __init__(self, work: Workspace) -> None:
        self._passages = Spool[tuple[list[Passage], list[int]]](work.staging / "passages.spool")
        self._texts = Spool[str](work.staging / "texts.spool")
        self._known: dict[bytes, int] = {}
        self.passages = 0

    def __enter__(self) -> "_Cut":
        return self

    def __exit__(self, *_: object) -> None:
        self._passages.__exit__()
        self._texts.__exit__()

    def __len__(self) -> int:
        """Distinct texts."""
        return len(self._texts)

    def add(self, passages: list[Passage]) -> None:
        """Appends the next document."""
        rows = []
        for passage in passages:
            key = copy_key(passage.indexed_text)
            if key not in self._known:
                self._known[key] = self._texts.append(passage.indexed_text)
            rows.append(self._known[key])
        self._passages.append((passages, rows))
        self.passages += len(passages)

    def read(self) -> Iterator[tuple[list[Passage], list[int]]]:
        """For each document its passages, and for each passage the number of its text."""
        return self._passages.read(range(len(self._passages)))

    def unit(self, start: int, stop: int) -> list[str]:
        """Some of the texts, in order of first use."""
        return list(self._texts.read(range(start, min(stop, len(self._texts)))))


def _chunk(
    documents: Spool[Document],
    winners: Sequence[int],
    cut: _Cut,
    embedder: Embedder,
    advance: Advance,
) -> None:
    limits = ChunkLimits(embedder.max_tokens)
    for done, document in enumerate(documents.read(winners), start=1):
        cut.add(chunk(document, limits, embedder.count_tokens))
        advance("chunk", done, len(winners), "documents")


def _embed(cut: _Cut, work: Workspace, embedder: Embedder, advance: Advance) -> NDArray[np.float32]:
    """Vectors of all texts, float32 [len(cut), dimension], mapped from a staging file."""
    path = work.staging / "vectors.npy"

    def units() -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(cut), EMBED_UNIT):
            unit = cut.unit(start, start + EMBED_UNIT)
            yield embedder.encode_passages(unit)
            advance("embed", start + len(unit), len(cut), "passages")

    write_array(path, (len(cut), embedder.dimension), np.float32, units())
    return map_array(path)


def _write(
    stored: Iterable[tuple[Document, tuple[list[Passage], list[int]]]],
    vectors: NDArray[np.float32],
    total: int,
    work: Workspace,
    settings: BuildSettings,
    advance: Advance,
) -> Iterator[Shard]:
    """Writes shards, closing each at the first document border past its limit."""
    shard_settings = ShardSettings(settings.collection, settings.writer_threads, settings.flat_max)
    rest = iter(stored)
    written = 0
    # A shard is opened only for a document that is there to be put into it.
    for first in rest:
        with ShardWriter(*work.new_shard(), shard_settings) as writer:
            for document, (passages, rows) in chain([first], rest):
                writer.add(document, passages, rows)
                written += len(passages)
                advance("write", written, total, "passages")
                if writer.passages >= settings.shard_passages:
                    break
            yield writer.finish(vectors)


def _describe(
    index: Path, embedder: Embedder, shards: Sequence[Shard], intake: Intake
) -> Generation:
    winners = intake.winners.values()
    return Generation(
        generation_id=new_generation_id(),
        parent=current_id(index),
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        format_version=FORMAT_VERSION,
        model=embedder.record,
        typical_cosine=TYPICAL_COSINES.get(embedder.record.name, 0.0),
        analyser=ANALYSER_VERSION,
        extractor=EXTRACTOR_VERSION,
        chunker=CHUNKER_VERSION,
        shards=tuple(shards),
        read=intake.read,
        rejected=dict(sorted(intake.rejected.items())),
        hosts=len({winner.host for winner in winners if winner.host}),
        sources=len({winner.source.file for winner in winners}),
    )


class _Clock:
    """Wall time of each step, in seconds."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._last, 3)
        self._last = now
