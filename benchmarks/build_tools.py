"""What `benchmarks.build` measures with: clocks, stops, and costs of single steps."""

import hashlib
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from indexer.analyse import terms
from indexer.embed import Embedder
from indexer.generation import SHARDS, open_current
from indexer.language import identify_passages
from indexer.passage import ChunkLimits, chunk
from indexer.signature import sign_all

Result = TypeVar("Result")

_DENSE = ("vectors.npy", "scales.npy", "keys.npy")


class Stopped(Exception):
    """Stands for a kill."""


class StopwatchEmbedder(Embedder):
    """The default model, with a clock, which can stop a build.

    Attributes:
        seconds: wall time in `encode_passages` so far.
        texts: embedded so far.
        stop_after: texts after which `Stopped` is raised; None for never.
    """

    def __init__(self) -> None:
        """Loads the model."""
        super().__init__()
        self.seconds = 0.0
        self.texts = 0
        self.stop_after: int | None = None

    def restart(self, stop_after: int | None = None) -> None:
        """Counts from zero."""
        self.seconds, self.texts, self.stop_after = 0.0, 0, stop_after

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """As the model does: float32 [len(texts), dimension], L2-normalised."""
        if self.stop_after is not None and self.texts >= self.stop_after:
            raise Stopped
        start = time.perf_counter()
        vectors = super().encode_passages(texts)
        self.seconds += time.perf_counter() - start
        self.texts += len(texts)
        return vectors


class Processors:
    """How much of all cores is used, by whatever runs on the machine."""

    def __init__(self) -> None:
        """Counts from here."""
        self._start = _processor_ticks()

    def busy(self) -> float:
        """Share of all cores that was busy since the start."""
        now = _processor_ticks()
        idle, whole = now[0] - self._start[0], now[1] - self._start[1]
        return round(1 - idle / max(1, whole), 3)


def processor_seconds(pid: int) -> float:
    """Processor time of a process so far."""
    after_name = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


def _processor_ticks() -> tuple[int, int]:
    """Idle ticks and all ticks since the machine started."""
    first = Path("/proc/stat").read_text(encoding="ascii").partition("\n")[0]
    ticks = [int(tick) for tick in first.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


@dataclass(frozen=True, slots=True)
class Costs:
    """Processor time of steps beside embedding, in seconds.

    Attributes:
        passages: of all documents.
        chunk, languages, signatures, terms: of the steps.
    """

    passages: int
    chunk: float
    languages: float
    signatures: float
    terms: float


def costs(documents: Sequence[Document], embedder: Embedder) -> Costs:
    """What the steps cost one after another, in this process alone."""
    limits = ChunkLimits(embedder.max_tokens)
    identify_passages([documents[0].text], None)  # loads its model, which is not to be counted
    chunking, cut = _timed(
        lambda: [chunk(document, limits, embedder.count_tokens) for document in documents]
    )
    pairs = list(zip(documents, cut, strict=True))
    languages, _ = _timed(
        lambda: [identify_passages([p.text for p in ps], d.language) for d, ps in pairs]
    )
    signing, _ = _timed(lambda: [sign_all(p.text for p in ps) for ps in cut])
    analysing, _ = _timed(lambda: [terms(p.indexed_text) for ps in cut for p in ps])
    return Costs(sum(map(len, cut)), chunking, languages, signing, analysing)


def _timed(step: Callable[[], Result]) -> tuple[float, Result]:
    start = time.process_time()
    result = step()
    return round(time.process_time() - start, 3), result


def content_of(index: Path) -> str:
    """A digest of all vectors and the keys of their texts, in order, as hex."""
    state = hashlib.blake2b(digest_size=16)
    for shard in open_current(index).shards:
        for name in _DENSE:
            state.update((index / SHARDS / shard.shard_id / "dense" / name).read_bytes())
    return state.hexdigest()
