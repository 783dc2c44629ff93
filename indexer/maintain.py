"""Changes to an index that read no new input: remove, compact, roll back, collect garbage."""

import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from corpora.errors import AuctorError, IndexFolderError
from corpora.urls import host_of, normalise_url
from indexer.dense import FLAT_MAX
from indexer.generation import (
    CURRENT,
    GENERATIONS,
    MANIFEST,
    SHARDS,
    list_generations,
    open_current,
    open_generation,
)
from indexer.inputs import SOURCES, Input, read_inputs
from indexer.ledger import Ledger
from indexer.liveness import live_documents, still_gone
from indexer.manifest import Generation, GenerationId, Removal, Shard, ShardId
from indexer.publish import Base, Content, publish
from indexer.shard import ShardReader, ShardSettings, ShardWriter
from indexer.workspace import Hook, Workspace, new_name, remove_leftovers, workspace

_NOT_IN_HOSTS = frozenset("/\\?#@:%")


@dataclass(frozen=True, slots=True)
class Change:
    """What a change did.

    Attributes:
        generation: what is live now.
        published: false where nothing had to be done.
        documents: live documents before and after.
        passages: live passages before and after.
    """

    generation: Generation
    published: bool
    documents: tuple[int, int]
    passages: tuple[int, int]


def remove(
    index: Path,
    hosts: Sequence[str] = (),
    urls: Sequence[str] = (),
    sources: Sequence[str] = (),
    hook: Hook = lambda _: None,
) -> Change:
    """Takes documents out, at once and everywhere; what is added later is not concerned.

    The older copy of a page that a removed one had replaced is live again.

    Args:
        index: the index folder.
        hosts: with everything below them.
        urls: of pages.
        sources: files as they were given to the build, their paths or "sha256:" digests.
        hook: told of the steps of publishing.

    Raises:
        IndexFolderError: nothing of that kind is there; nothing is published.
    """
    arguments = {"hosts": list(hosts), "urls": list(urls), "sources": list(sources)}

    def act(work: Workspace, base: Base, before: Generation) -> Generation:
        latest = base.next_sequence - 1
        rules = [Removal("host", _host(host), latest) for host in hosts]
        rules += [Removal("url", _url(url), latest) for url in urls]
        dropped = _named(base.inputs, sources)
        rules += [Removal("source", file, latest) for file in dropped]
        removals = (*base.removals, *rules)
        masks = live_documents(base.shards, removals, base.gone)
        live = sum(int(np.count_nonzero(mask)) for mask in masks)
        if live == before.documents and not dropped:
            raise IndexFolderError("no document of the index is from there; nothing was removed")
        inputs = tuple(each for each in base.inputs if each.file not in dropped)
        return publish(work, base, _content(base, base.shards, {}, inputs, removals))

    return _change(index, "remove", arguments, hook, act)


def compact(
    index: Path,
    shard_passages: int = 1_000_000,
    flat_max: int = FLAT_MAX,
    writer_threads: int = 1,
    hook: Hook = lambda _: None,
) -> Change:
    """Merges all shards and leaves dead documents behind; ids, texts and vectors stay the same.

    Args:
        index: the index folder.
        shard_passages: a shard is closed at the first document border past this.
        flat_max: most vectors of a shard that are searched exhaustively.
        writer_threads: threads of the lexical engine.
        hook: told of the steps of publishing.
    """
    settings = ShardSettings(writer_threads, flat_max)

    def act(work: Workspace, base: Base, before: Generation) -> Generation:
        folder = work.work.shards("compact")
        shutil.rmtree(folder, ignore_errors=True)  # of one that was killed
        masks = live_documents(base.shards, base.removals, base.gone)
        if all(mask.all() for mask in masks) and _is_compact(base.shards, shard_passages):
            return before
        made = _merge(folder / SHARDS, base, masks, settings, shard_passages)
        # What the rules took out is not there any more, and what they are to keep out is not
        # concerned by them.
        generation = publish(work, base, _content(base, (), made, base.inputs, ()))
        shutil.rmtree(folder, ignore_errors=True)
        return generation

    return _change(index, "compact", {}, hook, act)


def rollback(index: Path, to: str | None = None, hook: Hook = lambda _: None) -> Generation:
    """Makes an earlier generation the live one, as it was.

    Args:
        index: the index folder.
        to: its id; None for the parent of the live one.
        hook: told of the steps of publishing.

    Raises:
        IndexFolderError: there is no such generation.
    """
    with workspace(index, hook) as work, Ledger.open(index, work.index_id) as ledger:
        current = open_current(index)
        name = GenerationId(to) if to is not None else current.parent
        if name is None:
            raise IndexFolderError(f"{index} has no generation before the live one")
        known = {known for known, _ in list_generations(index)}
        if name not in known:
            raise IndexFolderError(
                f"{index} has no generation {name}; auctor index list shows those it has"
            )
        generation = open_generation(index, name)
        run = ledger.begin("rollback", {"to": name})
        work.switch(name)
        ledger.publish(name, _inputs(index, generation))
        ledger.finish(run, "published", name, {})
    return generation


@dataclass(frozen=True, slots=True)
class Collected:
    """What garbage collection did.

    Attributes:
        generations: that were removed.
        held: that would have been removed, had not a reader held them.
        shards: that were removed.
        freed_bytes: of files.
    """

    generations: tuple[GenerationId, ...]
    held: tuple[GenerationId, ...]
    shards: int
    freed_bytes: int


def collect(index: Path, keep: int = 2, before: datetime | None = None) -> Collected:
    """Removes generations that are not needed, and the files that only they need.

    Never the live one, one that a reader holds, or one whose manifest cannot be read.

    Args:
        index: the index folder.
        keep: how many of the latest stay, the live one included.
        before: only those that were made before this; None for any.
    """
    with workspace(index) as work, Ledger.open(index, work.index_id) as ledger:
        current = open_current(index)
        run = ledger.begin("gc", {"keep": keep, "before": before.isoformat() if before else None})
        found = list_generations(index)
        others = [(name, each) for name, each in found if name != current.generation_id]
        removed: list[GenerationId] = []
        held: list[GenerationId] = []
        freed = 0
        for name, each in others[max(0, keep - 1) :]:
            if isinstance(each, str):
                continue
            if before is not None and datetime.fromisoformat(each.created_at) >= before:
                continue
            folder = index / GENERATIONS / name
            with _alone(folder / MANIFEST) as is_alone:
                if not is_alone:
                    held.append(name)
                    continue
                freed += _bytes_below(folder)
                work.retire(name)
                removed.append(name)
        shards, bytes_of_shards = _remove_unnamed(index)
        freed += bytes_of_shards
        counts = {"generations": len(removed), "held": len(held), "shards": shards, "bytes": freed}
        ledger.finish(run, "published", current.generation_id, counts)
    return Collected(tuple(removed), tuple(held), shards, freed)


def _change(
    index: Path,
    command: str,
    arguments: dict[str, Any],
    hook: Hook,
    act: Callable[[Workspace, Base, Generation], Generation],
) -> Change:
    """A run that makes a new generation of the live one, or gives that back unchanged."""
    if not (index / CURRENT).exists():
        open_current(index)  # says what is wrong, and makes no folder
    with workspace(index, hook) as work, Ledger.open(index, work.index_id) as ledger:
        run = ledger.begin(command, arguments)
        try:
            base = Base.open(index)
            assert base.generation is not None
            before = base.generation
            # An earlier run that was killed right after it had published could not note that.
            ledger.publish(before.generation_id, base.inputs)
            after = act(work, base, before)
        except AuctorError as error:
            ledger.finish(run, "failed", None, {}, str(error))
            raise
        ledger.publish(after.generation_id, _inputs(index, after))
        counts = {"documents": after.documents, "passages": after.passages}
        state = "unchanged" if after is before else "published"
        ledger.finish(run, state, after.generation_id, counts)
    return Change(
        generation=after,
        published=after is not before,
        documents=(before.documents, after.documents),
        passages=(before.passages, after.passages),
    )


def _named(inputs: Sequence[Input], sources: Sequence[str]) -> dict[str, Input]:
    """The inputs that some names, paths or digests stand for, by the file as it was given.

    Raises:
        IndexFolderError: one stands for none.
    """
    found: dict[str, Input] = {}
    for source in sources:
        meant = [each for each in inputs if source in (each.file, each.path, each.digest)]
        if not meant:
            raise IndexFolderError(
                f"{source} is no source of this index; auctor index history lists them; "
                "nothing was removed"
            )
        found |= {each.file: each for each in meant}
    return found


def _inputs(index: Path, generation: Generation) -> tuple[Input, ...]:
    return read_inputs(index / GENERATIONS / generation.generation_id / SOURCES)


def _content(
    base: Base,
    kept: Sequence[ShardReader],
    made: Mapping[ShardId, tuple[Shard, Path]],
    inputs: Sequence[Input],
    removals: Sequence[Removal],
) -> Content:
    generation = base.generation
    assert generation is not None
    # Compaction makes the rules superfluous, but not what they said of lost pages.
    gone = still_gone(base.gone, base.removals)
    return Content(
        model=generation.model,
        typical_cosine=generation.typical_cosine,
        analyser=generation.analyser,
        signature=generation.signature,
        kept=kept,
        made=made,
        inputs=inputs,
        gone=gone,
        removals=removals,
    )


def _merge(
    folder: Path,
    base: Base,
    masks: Sequence[NDArray[np.bool_]],
    settings: ShardSettings,
    shard_passages: int,
) -> dict[ShardId, tuple[Shard, Path]]:
    """New shards with the live documents of the old, in their order."""
    made: dict[ShardId, tuple[Shard, Path]] = {}
    writer: ShardWriter | None = None
    place = folder
    with ExitStack() as stack:
        for shard, live in zip(base.shards, masks, strict=True):
            rows = np.flatnonzero(live)
            while len(rows):
                if writer is None:
                    shard_id = ShardId(new_name())
                    place = folder / shard_id
                    place.mkdir(parents=True)
                    writer = stack.enter_context(ShardWriter(shard_id, place, settings))
                taken = _fitting(shard, rows, shard_passages - writer.passages)
                writer.copy(shard, rows[:taken])
                rows = rows[taken:]
                if writer.passages >= shard_passages:
                    made |= _close(writer, place, base)
                    writer = None
        if writer is not None:
            made |= _close(writer, place, base)
    return made


def _close(writer: ShardWriter, place: Path, base: Base) -> dict[ShardId, tuple[Shard, Path]]:
    # All of them as old as the latest: what is added later is newer, as it was before.
    shard = writer.finish(base.next_sequence - 1)
    return {shard.shard_id: (shard, place)}


def _is_compact(shards: Sequence[ShardReader], shard_passages: int) -> bool:
    """Whether each shard ends at the first document border past its limit, the last one before."""
    sizes = [len(shard.passages) for shard in shards]
    without_last = [
        int(np.searchsorted(shard.passages.document, len(shard.documents) - 1)) for shard in shards
    ]
    return all(size >= shard_passages for size in sizes[:-1]) and all(
        size < shard_passages for size in without_last
    )


def _fitting(shard: ShardReader, rows: NDArray[np.int64], room: int) -> int:
    """How many documents a shard takes: up to the first border past its limit, one at least."""
    counts = np.bincount(shard.passages.document, minlength=len(shard.documents))[rows]
    return min(len(rows), int(np.searchsorted(np.cumsum(counts), room)) + 1)


def _host(host: str) -> str:
    given = host.strip().rstrip(".").lower()
    found = host_of(f"http://{given}/")
    # Of "example.org/docs" or "me@example.org" more would go than was meant. Names in other
    # scripts are spelled otherwise once they are parsed.
    same = found == given if given.isascii() else not _NOT_IN_HOSTS.intersection(given)
    if found is None or not same:
        raise IndexFolderError(
            f"{host!r} is no host; give a name alone, as in example.org, or pages with --url; "
            "nothing was removed"
        )
    return found


def _url(url: str) -> str:
    found = normalise_url(url)
    if found is None:
        raise IndexFolderError(f"{url!r} is no web address; nothing was removed")
    return found


@contextmanager
def _alone(manifest: Path) -> Iterator[bool]:
    """Whether no reader holds a generation; while in here none can begin to."""
    with manifest.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
        else:
            yield True


def _remove_unnamed(index: Path) -> tuple[int, int]:
    """Removes shards and tombstones that no manifest names: how many shards, how many bytes."""
    before = _bytes_below(index / SHARDS)
    shards = len(list((index / SHARDS).glob("*")))
    remove_leftovers(index)
    left = len(list((index / SHARDS).glob("*")))
    return shards - left, before - _bytes_below(index / SHARDS)


def _bytes_below(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
