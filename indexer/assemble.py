"""Units to shards: cut, embed what is new, write."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, tee
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from indexer.cut import Cut, Cutter, cut_ahead
from indexer.embed import Embedder
from indexer.generation import SHARDS
from indexer.intake import Advance
from indexer.manifest import Shard, ShardId
from indexer.passage import ChunkLimits
from indexer.shard import Embedded, ShardReader, ShardSettings, ShardWriter
from indexer.token_counter import TokenCounter
from indexer.vectors import Quantised, quantise
from indexer.work import WorkFolder, batch_key, read_record, write_record
from indexer.workspace import new_name, sync_tree

BATCH_TEXTS = 1_024
"""Texts embedded and kept at once: what a kill costs."""
_CUTS = "cuts"


@dataclass(frozen=True, slots=True)
class Selected:
    """Documents to be stored: those of a unit that count.

    Attributes:
        documents: in order.
        collection: that they carry.
    """

    documents: Sequence[Document]
    collection: str


@dataclass(frozen=True, slots=True)
class _Ready:
    """Documents with their passages, to be embedded and stored."""

    documents: Sequence[Document]
    cuts: Sequence[Cut]
    collection: str


@dataclass(frozen=True, slots=True)
class Target:
    """Where shards are written.

    Attributes:
        work: keeps batches of vectors and finished shards.
        key: hex; names all that the shards depend on.
        sequence: of the shards.
        settings: of a shard.
        shard_passages: a shard is closed at the first document border past this.
        workers: processes that cut documents into passages.
    """

    work: WorkFolder
    key: str
    sequence: int
    settings: ShardSettings
    shard_passages: int
    workers: int


class Assembler:
    """Writes documents into shards; shards that an earlier run finished are taken as they are.

    Attributes:
        embedded: texts that had to be embedded so far; vectors of the others were known.
        cut_plainly: a line for each document whose passages know no headings and sentences.
    """

    def __init__(
        self,
        target: Target,
        embedder: Embedder,
        known: Iterable[ShardReader],
        fingerprint: str,
        advance: Advance,
    ) -> None:
        """Writes nothing yet.

        Args:
            target: where shards are written.
            embedder: the model.
            known: shards whose vectors the same model made.
            fingerprint: of the model and how it computes.
            advance: told of progress.
        """
        self.embedded = 0
        self.cut_plainly: list[str] = []
        self._target = target
        self._embedder = embedder
        self._known = list(known)
        self._fingerprint = fingerprint
        self._advance = advance
        self._done = self._total = 0
        self._folder = target.work.shards(target.key)

    def run(self, selected: Iterable[Selected], total: int) -> list[Shard]:
        """All shards, each whole in its `folder`.

        Args:
            selected: what to store; the same in every run of a build.
            total: documents in all, to tell progress.
        """
        shards = self._finished()
        stored = sum(shard.documents for shard in shards)
        rest = self._cut(_after(selected, stored), stored, total)
        self._done, self._total = stored, total
        self._tell(0)
        pending = next(rest, None)
        while pending is not None:
            with ShardWriter(*self._begin(), self._target.settings) as writer:
                while pending is not None and writer.passages < self._target.shard_passages:
                    left = self._add(writer, pending)
                    self._done += len(pending.documents) - len(left.documents)
                    self._tell(0)
                    pending = left if left.documents else next(rest, None)
                shards.append(self._finish(writer, len(shards)))
        return shards

    def folder(self, shard: Shard) -> Path:
        """Where a shard lies."""
        return self._folder / SHARDS / shard.shard_id

    def _cut(self, selected: Iterable[Selected], start: int, total: int) -> Iterator[_Ready]:
        """Documents with their passages: those that an earlier run kept, then those it did not.

        The latter are cut while documents before them are embedded.
        """
        rest = iter(selected)
        for each in rest:
            kept = read_record(self._kept(start, each), list[Cut])
            if kept is None:
                rest = chain([each], rest)
                break
            yield _Ready(each.documents, kept, each.collection)
            start += len(each.documents)
        limits = ChunkLimits(self._embedder.max_tokens)
        cutter = Cutter(limits, TokenCounter(self._embedder.tokenizer))
        rest, again = tee(rest)
        units = (each.documents for each in again)
        cuts = cut_ahead(units, total - start, cutter, self._target.workers)
        for each, cut in zip(rest, cuts, strict=True):
            write_record(self._kept(start, each), cut)
            yield _Ready(each.documents, cut, each.collection)
            start += len(each.documents)

    def _kept(self, start: int, selected: Selected) -> Path:
        """Where the passages of some documents are kept: which ones, the folder's key knows."""
        return self._folder / _CUTS / f"{start}-{len(selected.documents)}.cuts"

    def _add(self, writer: ShardWriter, ready: _Ready) -> _Ready:
        """Adds documents up to the shard's limit; returns those that are left."""
        fits = _fitting(ready.cuts, self._target.shard_passages - writer.passages)
        cuts = ready.cuts[:fits]
        texts = [passage.indexed_text for cut in cuts for passage in cut.passages]
        keys = [key for cut in cuts for key in cut.keys]
        vectors = self._vectors(writer, texts, keys, fits)
        start = 0
        for document, cut in zip(ready.documents, cuts, strict=False):
            stop = start + len(cut.passages)
            if cut.failure is not None:
                self.cut_plainly.append(_describe_plain(document, cut.failure))
            own = Quantised(vectors.codes[start:stop], vectors.scales[start:stop])
            writer.add(
                document, Embedded(cut.passages, cut.languages, cut.keys, own), ready.collection
            )
            start = stop
        return _Ready(ready.documents[fits:], ready.cuts[fits:], ready.collection)

    def _vectors(
        self, writer: ShardWriter, texts: Sequence[str], keys: Sequence[bytes], documents: int
    ) -> Quantised:
        """A vector for each text of some documents; what is known is not computed again."""
        codes: NDArray[np.int8] = np.zeros((len(texts), self._embedder.dimension), dtype=np.int8)
        scales: NDArray[np.float32] = np.zeros(len(texts), dtype=np.float32)
        first: dict[bytes, int] = {}
        new: list[int] = []
        for place, key in enumerate(keys):
            if key in first or key in writer.vectors:
                continue  # the writer has it, or will have it once the first is added
            first[key] = place
            found = self._find(key)
            if found is None:
                new.append(place)
            else:
                codes[place], scales[place] = found.codes[0], found.scales[0]
        for start in range(0, len(new), BATCH_TEXTS):
            batch = new[start : start + BATCH_TEXTS]
            vectors = self._embed([texts[place] for place in batch])
            codes[batch], scales[batch] = vectors.codes, vectors.scales
            self._tell(documents * (start + len(batch)) // len(new))
        return Quantised(codes, scales)

    def _find(self, key: bytes) -> Quantised | None:
        """The vector of a text that was embedded before."""
        for shard in self._known:
            row = shard.vectors.find(key)
            if row is not None:
                return shard.vectors.quantised([row])
        return None

    def _embed(self, texts: Sequence[str]) -> Quantised:
        key = batch_key(self._fingerprint, texts)
        vectors = self._target.work.read_vectors(key, len(texts))
        if vectors is None:
            vectors = quantise(self._embedder.encode_passages(texts))
            self._target.work.write_vectors(key, vectors)
            self.embedded += len(texts)
        return vectors

    def _tell(self, embedded: int) -> None:
        """Of documents that are stored, and of those among the next that are embedded."""
        self._advance("embed", self._done + embedded, self._total, "documents")

    def _finished(self) -> list[Shard]:
        """The shards that an earlier run of the same build finished; removes what it did not."""
        shards: list[Shard] = []
        while (shard := self._read_mark(len(shards))) is not None:
            shards.append(shard)
            self._known.append(ShardReader.open(self._folder, shard))
        (self._folder / _CUTS).mkdir(parents=True, exist_ok=True)
        whole = {shard.shard_id for shard in shards}
        for folder in (self._folder / SHARDS).glob("*"):
            if folder.name not in whole:
                shutil.rmtree(folder)
        return shards

    def _read_mark(self, number: int) -> Shard | None:
        try:
            raw = self._mark(number).read_bytes()
            shard = msgspec.json.decode(raw, type=Shard)
        except (OSError, msgspec.MsgspecError):
            return None
        # A publish that was killed may have moved it away already: it is made again.
        return shard if self.folder(shard).is_dir() else None

    def _begin(self) -> tuple[ShardId, Path]:
        shard_id = ShardId(new_name())
        folder = self._folder / SHARDS / shard_id
        folder.mkdir(parents=True)
        return shard_id, folder

    def _finish(self, writer: ShardWriter, number: int) -> Shard:
        """Closes a shard and marks it as whole."""
        shard = writer.finish(self._target.sequence)
        sync_tree(self.folder(shard))
        unfinished = self._mark(number).with_suffix(".tmp")
        unfinished.write_bytes(msgspec.json.encode(shard))
        unfinished.replace(self._mark(number))
        self._known.append(ShardReader.open(self._folder, shard))
        for path in (self._folder / _CUTS).iterdir():
            path.unlink()  # of documents that are in the shard
        return shard

    def _mark(self, number: int) -> Path:
        return self._folder / f"{number:06}.json"


def _describe_plain(document: Document, failure: str) -> str:
    source = document.source
    return f"{source.file}: cut into plain passages at byte {source.offset} ({failure})"


def _fitting(cuts: Sequence[Cut], room: int) -> int:
    """How many documents a shard takes: up to the first border past its limit."""
    passages = 0
    for number, each in enumerate(cuts):
        if passages >= room:
            return number
        passages += len(each.passages)
    return len(cuts)


def _after(selected: Iterable[Selected], stored: int) -> Iterator[Selected]:
    """What is left behind the first documents."""
    for each in selected:
        if stored < len(each.documents):
            yield Selected(each.documents[stored:], each.collection)
        stored = max(0, stored - len(each.documents))


def plan_key(parts: Iterable[object]) -> str:
    """A hash of all that the shards of a build depend on, as hex."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=16).hexdigest()
