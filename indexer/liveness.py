"""Which documents of a generation are live: a function of its shards, removals and lost pages.

Nothing is decided once and for all: when the newer copy of a page is removed, the older one that
it had replaced is live again, as long as its shard holds it.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from corpora.document import identify
from corpora.errors import CorruptIndex
from corpora.urls import identity_key
from indexer.manifest import Removal
from indexer.settle import Events, Gone
from indexer.shard import ShardReader

GONE = "gone.json"

Mask = NDArray[np.bool_]


def shard_events(shard: ShardReader, removals: Sequence[Removal]) -> tuple[Events, Mask]:
    """The documents of a shard that no rule took out.

    Returns:
        Their events, and bool [documents], true for those that are among them.
    """
    stays = ~removed(shard, removals)
    events = Events.of_documents(shard.documents.ids(), shard.documents.fetched_at())
    return Events(events.ids[stays], events.moments[stays], events.is_document[stays]), stays


def removed(shard: ShardReader, removals: Sequence[Removal]) -> Mask:
    """Bool [documents], true where a rule takes a document out."""
    documents = shard.documents
    found = np.zeros(len(documents), dtype=bool)
    rules = [rule for rule in removals if rule.sequence >= shard.shard.sequence]
    for kind, column, matches in (
        ("host", "host", _is_below),
        ("source", "source_file", _is_from),
    ):
        values = [rule.value for rule in rules if rule.kind == kind]
        if values:
            codes, words = documents.codes(column)
            hit = [
                word is not None and any(matches(word, value) for value in values) for word in words
            ]
            # A missing word has the code -1, and so the last place of the table.
            found |= np.array([*hit, False])[codes]
    urls = [rule.value for rule in rules if rule.kind == "url"]
    if urls:
        wanted = np.frombuffer(
            bytes.fromhex("".join(identify(identity_key(url)) for url in urls)),
            dtype=documents.ids().dtype,
        )
        found |= np.isin(documents.ids(), wanted)
    return found


def live_documents(
    shards: Sequence[ShardReader], removals: Sequence[Removal], gone: Iterable[Gone]
) -> list[Mask]:
    """For each shard bool [documents], true for the live ones.

    Args:
        shards: in order of their sequence.
        removals: rules.
        gone: pages that are gone, in order of their sequence.
    """
    parts: list[Events] = []
    stays: list[Mask] = []
    lost = sorted(gone, key=lambda each: each.sequence)
    for number, shard in enumerate(shards):
        events, mask = shard_events(shard, removals)
        parts.append(events)
        stays.append(mask)
        last = number + 1 == len(shards)
        own = [each for each in lost if each.sequence <= shard.shard.sequence or last]
        lost = lost[len(own) :]
        parts.append(Events.of_unit((), own))
    counts = Events.join(parts).live()
    masks: list[Mask] = []
    start = 0
    for mask, events, own_gone in zip(stays, parts[::2], parts[1::2], strict=True):
        live = np.zeros(len(mask), dtype=bool)
        live[mask] = counts[start : start + len(events)]
        masks.append(live)
        start += len(events) + len(own_gone)
    return masks


def still_gone(gone: Iterable[Gone], removals: Sequence[Removal]) -> list[Gone]:
    """The lost pages whose source was not removed."""
    rules = [rule for rule in removals if rule.kind == "source"]
    return [
        each
        for each in gone
        if not any(
            rule.sequence >= each.sequence and _is_from(each.file, rule.value) for rule in rules
        )
    ]


def write_gone(path: Path, gone: Iterable[Gone]) -> None:
    """Writes the lost pages of a generation."""
    path.write_bytes(msgspec.json.encode(tuple(gone)))


def read_gone(path: Path) -> tuple[Gone, ...]:
    """Reads them back.

    Raises:
        CorruptIndex: the file is missing or broken.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Gone, ...])
    except (OSError, msgspec.MsgspecError) as error:
        raise CorruptIndex(f"{path}: {error}; build the index again") from error


def _is_below(host: str, value: str) -> bool:
    return host == value or host.endswith(f".{value}")


def _is_from(file: str, value: str) -> bool:
    """Whether a record's file is an input, or lies in it ("crawl.wacz!/archive/data.warc.gz")."""
    return file == value or file.startswith(f"{value}!/")
