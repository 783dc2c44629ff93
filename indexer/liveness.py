"""Which documents of a generation are live: a function of its shards, removals and lost pages.

Nothing is decided once and for all: when the newer copy of a page is removed, the older one that
it had replaced is live again, as long as its shard holds it.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from corpora.document import identify
from corpora.errors import CorruptIndex
from corpora.urls import identity_key
from indexer.manifest import Removal
from indexer.records import Documents
from indexer.settle import Events, Gone
from indexer.shard import ShardReader

GONE = "gone.json"

Mask = NDArray[np.bool_]


def removed(shard: ShardReader, removals: Sequence[Removal]) -> Mask:
    """Bool [documents], true where a rule takes a document out."""
    documents = shard.documents
    found = np.zeros(len(documents), dtype=bool)
    rules = [rule for rule in removals if rule.sequence >= shard.shard.sequence]
    hosts = [rule.value for rule in rules if rule.kind == "host"]
    found |= _matching(documents, "host", hosts, _is_below)
    for collection, files in _sources(rules).items():
        hit = _matching(documents, "source_file", files, _is_from)
        hit |= _matching(documents, "source_via", files, _is_from)
        if collection is not None:
            hit &= _matching(documents, "collection", [collection], str.__eq__)
        found |= hit
    urls = [rule.value for rule in rules if rule.kind == "url"]
    if urls:
        wanted = np.frombuffer(
            bytes.fromhex("".join(identify(identity_key(url)) for url in urls)),
            dtype=documents.ids().dtype,
        )
        found |= np.isin(documents.ids(), wanted)
    return found


def _sources(rules: Iterable[Removal]) -> dict[str | None, list[str]]:
    """Files that are taken out, by the collection they were read into."""
    found: defaultdict[str | None, list[str]] = defaultdict(list)
    for rule in rules:
        if rule.kind == "source":
            found[rule.collection].append(rule.value)
    return found


def _matching(
    documents: Documents,
    column: str,
    values: Sequence[str],
    matches: Callable[[str, str], bool],
) -> Mask:
    """Bool [documents], true where a column's word matches one of the values."""
    if not values:
        return np.zeros(len(documents), dtype=bool)
    codes, words = documents.codes(column)
    hit = [word is not None and any(matches(word, value) for value in values) for word in words]
    return np.array(hit, dtype=bool)[codes]


@dataclass(frozen=True, slots=True)
class History:
    """What happened to the documents of a generation.

    Attributes:
        events: of all shards and lost pages, in order of their sequence.
        places: for each shard its documents that no rule took out, as rows, and where the first
            of them stands among the events.
    """

    events: Events
    places: tuple[tuple[NDArray[np.int64], int], ...]

    @classmethod
    def of(
        cls, shards: Sequence[ShardReader], removals: Sequence[Removal], gone: Iterable[Gone]
    ) -> "History":
        """Reads it.

        Args:
            shards: in order of their sequence.
            removals: rules, for documents and lost pages alike.
            gone: pages that are gone.
        """
        lost = sorted(still_gone(gone, removals), key=lambda each: each.sequence)
        parts: list[Events] = []
        places: list[tuple[NDArray[np.int64], int]] = []
        start = told = 0
        for shard in shards:
            rows = np.flatnonzero(~removed(shard, removals))
            documents = shard.documents
            events = Events.of_documents(documents.ids()[rows], documents.fetched_at()[rows])
            upto = bisect_right(lost, shard.shard.sequence, key=lambda each: each.sequence)
            own = lost[told:upto]
            parts += [events, Events.of_unit((), own)]
            places.append((rows, start))
            start += len(rows) + len(own)
            told = max(told, upto)
        return cls(Events.join([*parts, Events.of_unit((), lost[told:])]), tuple(places))

    def live(self, shards: Sequence[ShardReader]) -> list[Mask]:
        """For each shard bool [documents], true for the live ones."""
        counts = self.events.live()
        masks: list[Mask] = []
        for shard, (rows, start) in zip(shards, self.places, strict=True):
            mask = np.zeros(len(shard.documents), dtype=bool)
            mask[rows] = counts[start : start + len(rows)]
            masks.append(mask)
        return masks


def live_documents(
    shards: Sequence[ShardReader], removals: Sequence[Removal], gone: Iterable[Gone]
) -> list[Mask]:
    """For each shard bool [documents], true for the live ones; arguments as of `History.of`."""
    return History.of(shards, removals, gone).live(shards)


def still_gone(gone: Iterable[Gone], removals: Sequence[Removal]) -> list[Gone]:
    """The lost pages whose source was not removed."""
    rules = [rule for rule in removals if rule.kind == "source"]
    return [
        each
        for each in gone
        if not any(
            rule.sequence >= each.sequence
            and rule.collection in (None, each.collection)
            and _is_from(each.file, rule.value)
            for rule in rules
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
