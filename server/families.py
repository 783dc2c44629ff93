"""Which copies of a text enter a pool: the most trusted ones, however many there are.

A family is a text with its exact and near copies, numbered when a generation is published
(`indexer.twins.families`). A flood of mirrors has thousands of members; the trusted original must
be among those that are scored, and a query must not take longer for the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from server.snapshot import Address, Snapshot
from server.trust import Trust

Floats = NDArray[np.float64]
Uint32s = NDArray[np.uint32]
Int64s = NDArray[np.int64]

MAX_MEMBERS = 24
"""Most members of a family that are added to a pool for their trust, and as many again that are
added because signals are shared among them: more than the copies that a result names."""


class Families:
    """The families of a snapshot; safe to share between threads.

    Holds 21 bytes for each member of a family, twice MAX_MEMBERS of each at most. Those with the
    least ids share their signals: who is trusted may change a list, but no signal.
    """

    def __init__(
        self,
        numbers: Sequence[Uint32s],
        priors: Callable[[Sequence[Address]], Floats],
        passage_ids: Callable[[int, Sequence[int]], Sequence[str]],
        most: int = MAX_MEMBERS,
    ) -> None:
        """Chooses the members of every family.

        Args:
            numbers: for each shard the family of each passage row, 0 where it has none.
            priors: of some passages; asked about members of families larger than `most` only.
            passage_ids: of some rows of a shard, to break ties.
            most: members kept of each family.
        """
        self._numbers = numbers
        rows = [np.flatnonzero(each) for each in numbers]
        shard = np.repeat(np.arange(len(numbers)), [len(each) for each in rows])
        row = np.concatenate([*rows, np.zeros(0, dtype=np.int64)])
        family = np.concatenate(
            [*(n[r] for n, r in zip(numbers, rows, strict=True)), np.zeros(0, dtype=np.uint32)]
        )
        order = np.argsort(family, kind="stable")
        shard, row, family = shard[order], row[order], family[order]
        large = np.bincount(family, minlength=1)[family] > most
        trusted, sharing = ~large, ~large
        places = np.flatnonzero(large)
        if len(places):
            addresses = list(zip(shard[places].tolist(), row[places].tolist(), strict=True))
            ids = _ids(addresses, passage_ids)
            nobody = np.zeros(len(places))
            trusted[places[most_trusted(family[places], priors(addresses), ids, most)]] = True
            sharing[places[most_trusted(family[places], nobody, ids, most)]] = True
        chosen = trusted | sharing
        self._large = frozenset(np.unique(family[large]).tolist())
        self._family, self._shard, self._row = family[chosen], shard[chosen], row[chosen]
        self._sharing = sharing[chosen]

    @classmethod
    def open(cls, snapshot: Snapshot, trust: Trust) -> Self:
        """Chooses the members of the families of a snapshot."""
        numbers = [found.passages for found in snapshot.families]
        return cls(
            numbers, trust.values, lambda number, rows: snapshot.shards[number].passages.ids(rows)
        )

    def of(self, addresses: Sequence[Address]) -> Uint32s:
        """The family of each passage, uint32 [n]; 0 where it has none."""
        found = [int(self._numbers[shard][row]) for shard, row in addresses]
        return np.asarray(found, dtype=np.uint32)

    def members(self, addresses: Sequence[Address]) -> list[Address]:
        """The chosen members of the families that some passages belong to."""
        return self._at(self._places(addresses))

    def are_sharing(self, addresses: Sequence[Address]) -> NDArray[np.bool_]:
        """Whether each passage shares its signals with its exact copies, bool [n].

        These are in every pool that holds any of their family, or a score would depend on what
        was proposed.
        """
        families = self.of(addresses).tolist()
        in_large = [place for place, number in enumerate(families) if number in self._large]
        sharing = np.ones(len(addresses), dtype=bool)
        places = self._places([addresses[place] for place in in_large])
        members = set(self._at(places[self._sharing[places]]))
        for place in in_large:
            sharing[place] = addresses[place] in members
        return sharing

    def _places(self, addresses: Sequence[Address]) -> Int64s:
        """Where the chosen members of the families of some passages are, among all chosen ones."""
        wanted = np.unique(self.of(addresses))
        wanted = wanted[wanted > 0]
        starts = np.searchsorted(self._family, wanted, side="left")
        ends = np.searchsorted(self._family, wanted, side="right")
        places = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        return np.concatenate([*places, np.zeros(0, dtype=np.int64)])

    def _at(self, places: Int64s) -> list[Address]:
        return list(zip(self._shard[places].tolist(), self._row[places].tolist(), strict=True))


def most_trusted(families: Uint32s, prior: Floats, passage_ids: Sequence[str], most: int) -> Int64s:
    """The most authoritative members of each family; of equals those with the least passage id.

    Args:
        families: uint32 [n].
        prior: float64 [n].
        passage_ids: [n].
        most: members of each family.

    Returns:
        Numbers of the members that stay, rising, int64.
    """
    order = np.lexsort((np.asarray(passage_ids, dtype=np.str_), -prior, families))
    ordered = families[order]
    place = np.arange(len(ordered)) - np.searchsorted(ordered, ordered)
    return np.sort(order[place < most])


def _ids(
    addresses: Iterable[Address], passage_ids: Callable[[int, Sequence[int]], Sequence[str]]
) -> list[str]:
    """Passage ids, in order of address."""
    rows_of: dict[int, list[int]] = {}
    for shard, row in addresses:
        rows_of.setdefault(shard, []).append(row)
    found = {
        (shard, row): passage_id
        for shard, rows in rows_of.items()
        for row, passage_id in zip(rows, passage_ids(shard, rows), strict=True)
    }
    return [found[address] for address in addresses]
