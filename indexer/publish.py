"""What is live, what is a copy of what, and a new generation of shards, old and new."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from indexer.extract import EXTRACTOR_VERSION
from indexer.families import write_families
from indexer.generation import GENERATIONS, SHARDS, TOMBSTONES, current_id, open_current
from indexer.inputs import SOURCES, Input, read_inputs, write_inputs
from indexer.liveness import (
    GONE,
    History,
    Mask,
    live_documents,
    read_gone,
    removed,
    still_gone,
    write_gone,
)
from indexer.manifest import (
    FORMAT_VERSION,
    Generation,
    GenerationId,
    ModelRecord,
    Removal,
    Shard,
    ShardId,
    Tombstones,
)
from indexer.passage import CHUNKER_VERSION
from indexer.settle import Events, Gone
from indexer.shard import ShardReader
from indexer.tombstones import write_tombstones
from indexer.workspace import Workspace, new_generation_id


@dataclass(frozen=True, slots=True)
class Base:
    """What a new generation builds upon.

    Attributes:
        generation: the live one; None where there is none.
        parent: its id, also where its manifest cannot be read.
        shards: those of its shards that stay.
        inputs: what they were made of.
        gone: pages that their servers said are gone.
        removals: rules that took documents out.
        known: shards whose vectors may be taken over, also where they do not stay.
    """

    generation: Generation | None
    parent: GenerationId | None
    shards: tuple[ShardReader, ...] = ()
    inputs: tuple[Input, ...] = ()
    gone: tuple[Gone, ...] = ()
    removals: tuple[Removal, ...] = ()
    known: tuple[ShardReader, ...] = ()

    @classmethod
    def open(cls, index: Path) -> "Base":
        """Opens the live generation, all of whose shards stay.

        Raises:
            NotAnIndex, IncompatibleIndex, CorruptIndex: see `indexer.generation.open_current`.
        """
        generation = open_current(index)
        folder = index / GENERATIONS / generation.generation_id
        # Without their tombstones: what is live is found anew.
        shards = tuple(
            ShardReader.open(index, replace(shard, tombstones=None)) for shard in generation.shards
        )
        return cls(
            generation=generation,
            parent=generation.generation_id,
            shards=shards,
            known=shards,
            inputs=read_inputs(folder / SOURCES),
            gone=read_gone(folder / GONE),
            removals=generation.removals,
        )

    @classmethod
    def nothing(cls, index: Path) -> "Base":
        """Nothing stays."""
        return cls(None, current_id(index))

    def restarted(self) -> "Base":
        """The same, with nothing that stays."""
        return Base(self.generation, self.parent, known=self.known)

    @property
    def stays(self) -> bool:
        """Whether anything does."""
        return bool(self.shards or self.inputs)

    def events(self, removals: Sequence[Removal]) -> Events:
        """What happened to documents so far, in order, but for what the rules take out."""
        return History.of(self.shards, removals, self.gone).events

    @property
    def next_sequence(self) -> int:
        """For the shards to come."""
        shards = (shard.shard.sequence for shard in self.shards)
        rules = (rule.sequence for rule in self.removals)
        lost = (each.sequence for each in self.gone)
        return 1 + max((*shards, *rules, *lost), default=0)


@dataclass(frozen=True, slots=True)
class Content:
    """What a generation is to hold.

    Attributes:
        model: of its vectors.
        typical_cosine: of the model.
        analyser, signature: versions that made what is in the shards.
        kept: shards of the base.
        made: new shards, and the folder each lies in.
        inputs: all files it is made of.
        gone: pages that are gone.
        removals: rules.
    """

    model: ModelRecord
    typical_cosine: float
    analyser: str
    signature: str
    kept: Sequence[ShardReader]
    made: Mapping[ShardId, tuple[Shard, Path]]
    inputs: Sequence[Input]
    gone: Sequence[Gone]
    removals: Sequence[Removal]


def publish(work: Workspace, base: Base, content: Content) -> Generation:
    """Finds out what is live, writes tombstones and manifest, and makes the generation live."""
    name = new_generation_id(base.parent)
    made = [_open_at(folder, shard) for shard, folder in content.made.values()]
    # What rules have emptied holds nothing that could be live again, and is left out.
    kept = [each for each in content.kept if not removed(each, content.removals).all()]
    readers = sorted([*kept, *made], key=lambda each: each.shard.sequence)
    folders = {shard_id: folder for shard_id, (_, folder) in content.made.items()}
    masks = live_documents(readers, content.removals, content.gone)
    shards = []
    for reader, live in zip(readers, masks, strict=True):
        shard_id = reader.shard.shard_id
        folder = folders.get(shard_id, work.index / SHARDS / shard_id)
        before = _entry(base, shard_id)
        shards.append(_with_tombstones(reader, live, folder, name, before))
    write_families(work.staging, readers, masks, work.work.folder)
    write_inputs(work.staging / SOURCES, content.inputs)
    write_gone(work.staging / GONE, still_gone(content.gone, content.removals))
    generation = Generation(
        generation_id=name,
        parent=base.parent,
        created_at=datetime.now(UTC).isoformat(timespec="microseconds"),
        format_version=FORMAT_VERSION,
        model=content.model,
        typical_cosine=content.typical_cosine,
        analyser=content.analyser,
        extractor=EXTRACTOR_VERSION,
        chunker=CHUNKER_VERSION,
        signature=content.signature,
        shards=tuple(shards),
        read=sum(each.read for each in content.inputs),
        rejected=_sum(each.rejected for each in content.inputs),
        hosts=_hosts(readers, masks),
        sources=len(content.inputs),
        # So are rules that concern no document any more.
        removals=tuple(
            rule for rule in content.removals if any(removed(each, [rule]).any() for each in kept)
        ),
        files=work.describe_files(),
    )
    work.publish(generation, folders)
    return generation


def _open_at(folder: Path, shard: Shard) -> ShardReader:
    return ShardReader.open(folder.parent.parent, shard)


def _entry(base: Base, shard_id: ShardId) -> Shard | None:
    shards = base.generation.shards if base.generation is not None else ()
    return next((shard for shard in shards if shard.shard_id == shard_id), None)


def _with_tombstones(
    reader: ShardReader, live: Mask, folder: Path, name: GenerationId, before: Shard | None
) -> Shard:
    """A shard's entry with its dead documents; those of the base where they are the same."""
    if live.all():
        return replace(reader.shard, tombstones=None)
    known = before.tombstones if before is not None else None
    if known is not None and np.array_equal(_packed(~live), np.load(_dead_file(folder, known))):
        return replace(reader.shard, tombstones=known)
    place = folder / TOMBSTONES / name
    written = write_tombstones(place, name, ~live, reader.tokens, reader.passages.document)
    return replace(reader.shard, tombstones=written)


def _packed(mask: Mask) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    return np.packbits(mask, bitorder="little")


def _dead_file(folder: Path, entry: Tombstones) -> Path:
    return folder / TOMBSTONES / entry.name / "dead.npy"


def _hosts(readers: Sequence[ShardReader], masks: Sequence[Mask]) -> int:
    """Distinct hosts of live documents."""
    found: set[str] = set()
    for reader, live in zip(readers, masks, strict=True):
        codes, words = reader.documents.codes("host")
        used = np.unique(codes[live])
        found.update(word for code in used.tolist() if code >= 0 and (word := words[code]))
    return len(found)


def _sum(counts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for each in counts:
        for reason, number in each.items():
            total[reason] = total.get(reason, 0) + number
    return dict(sorted(total.items()))
