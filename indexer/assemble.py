"""Units to shards: chunk, embed what is new, write."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from corpora.document import Document
from indexer.embed import Embedder
from indexer.generation import SHARDS
from indexer.intake import Advance
from indexer.language import identify_passages
from indexer.manifest import Shard, ShardId
from indexer.passage import ChunkLimits, Passage, chunk
from indexer.shard import Embedded, ShardReader, ShardSettings, ShardWriter
from indexer.vectors import Quantised, quantise, text_key
from indexer.work import WorkFolder, batch_key
from indexer.workspace import new_name, sync_tree

BATCH_TEXTS = 1_024
"""Texts embedded and kept at once: what a kill costs."""


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
class Target:
    """Where shards are written.

    Attributes:
        work: keeps batches of vectors and finished shards.
        key: hex; names all that the shards depend on.
        sequence: of the shards.
        settings: of a shard.
        shard_passages: a shard is closed at the first document border past this.
    """

    work: WorkFolder
    key: str
    sequence: int
    settings: ShardSettings
    shard_passages: int


class Assembler:
    """Writes documents into shards; shards that an earlier run finished are taken as they are.

    Attributes:
        embedded: texts that had to be embedded so far; vectors of the others were known.
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
        self._target = target
        self._embedder = embedder
        self._known = list(known)
        self._fingerprint = fingerprint
        self._advance = advance
        self._limits = ChunkLimits(embedder.max_tokens)
        self._folder = target.work.shards(target.key)

    def run(self, selected: Iterable[Selected], total: int) -> list[Shard]:
        """All shards, each whole in its `folder`.

        Args:
            selected: what to store; the same in every run of a build.
            total: documents in all, to tell progress.
        """
        shards = self._finished()
        stored = sum(shard.documents for shard in shards)
        rest = _after(selected, stored)
        done = stored
        pending = next(rest, None)
        while pending is not None:
            with ShardWriter(*self._begin(), self._target.settings) as writer:
                while pending is not None and writer.passages < self._target.shard_passages:
                    left = self._add(writer, pending)
                    done += len(pending.documents) - len(left)
                    self._advance("embed", done, total, "documents")
                    pending = Selected(left, pending.collection) if left else next(rest, None)
                shards.append(self._finish(writer, len(shards)))
        return shards

    def folder(self, shard: Shard) -> Path:
        """Where a shard lies."""
        return self._folder / SHARDS / shard.shard_id

    def _add(self, writer: ShardWriter, selected: Selected) -> list[Document]:
        """Adds documents up to the shard's limit; returns those that are left."""
        cut = [
            chunk(document, self._limits, self._embedder.count_tokens)
            for document in selected.documents
        ]
        fits = _fitting(cut, self._target.shard_passages - writer.passages)
        texts = [passage.indexed_text for passages in cut[:fits] for passage in passages]
        keys = [text_key(text) for text in texts]
        vectors = self._vectors(writer, texts, keys)
        start = 0
        for document, passages in zip(selected.documents[:fits], cut, strict=False):
            stop = start + len(passages)
            own = Quantised(vectors.codes[start:stop], vectors.scales[start:stop])
            languages = identify_passages([each.text for each in passages], document.language)
            writer.add(
                document, Embedded(passages, languages, keys[start:stop], own), selected.collection
            )
            start = stop
        return list(selected.documents[fits:])

    def _vectors(
        self, writer: ShardWriter, texts: Sequence[str], keys: Sequence[bytes]
    ) -> Quantised:
        """A vector for each text; what is known is not computed again."""
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

    def _finished(self) -> list[Shard]:
        """The shards that an earlier run of the same build finished; removes what it did not."""
        shards: list[Shard] = []
        while (shard := self._read_mark(len(shards))) is not None:
            shards.append(shard)
            self._known.append(ShardReader.open(self._folder, shard))
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
        return shard

    def _mark(self, number: int) -> Path:
        return self._folder / f"{number:06}.json"


def _fitting(cut: Sequence[Sequence[Passage]], room: int) -> int:
    """How many documents a shard takes: up to the first border past its limit."""
    passages = 0
    for number, each in enumerate(cut):
        if passages >= room:
            return number
        passages += len(each)
    return len(cut)


def _after(selected: Iterable[Selected], stored: int) -> Iterator[Selected]:
    """What is left behind the first documents."""
    for each in selected:
        if stored < len(each.documents):
            yield Selected(each.documents[stored:], each.collection)
        stored = max(0, stored - len(each.documents))


def plan_key(parts: Iterable[object]) -> str:
    """A hash of all that the shards of a build depend on, as hex."""
    return hashlib.blake2b(repr(tuple(parts)).encode(), digest_size=16).hexdigest()
