"""The prior of every document of a snapshot, computed when first needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from authority.prior import Prior, PriorTable
from authority.registry import load_registry
from authority.resolve import Resolver
from indexer.shard import ShardReader
from server.score import Floats
from server.snapshot import Address


class Trust:
    """Priors by passage address.

    A document's prior depends on its URL alone, so it is resolved once per snapshot.
    """

    def __init__(self, shards: Sequence[ShardReader], table: PriorTable | None = None) -> None:
        """Uses the built-in registry unless told otherwise."""
        self._shards = shards
        self._table = table or PriorTable(Resolver(load_registry()))
        self._known: list[list[Prior | None]] = [[None] * len(shard.documents) for shard in shards]
        self._tiers: list[NDArray[np.int8] | None] = [None] * len(shards)

    def priors(self, addresses: Sequence[Address]) -> list[Prior]:
        """Priors of some passages, in their order."""
        return [self._prior(number, row) for number, row in addresses]

    def values(self, addresses: Sequence[Address]) -> Floats:
        """Values of the priors, float64 [n]."""
        return np.asarray([prior.value for prior in self.priors(addresses)], dtype=np.float64)

    @property
    def resolver(self) -> Resolver:
        """What the priors are resolved with."""
        return self._table.resolver

    def of(self, shards: Sequence[ShardReader]) -> "Trust":
        """The same registry over other shards."""
        return Trust(shards, self._table)

    def tiers(self, number: int) -> NDArray[np.int8]:
        """Tiers of all documents of a shard, int8 [documents]; 0 for those without one."""
        found = self._tiers[number]
        if found is None:
            count = len(self._shards[number].documents)
            tiers = (self._of_document(number, row).tier or 0 for row in range(count))
            found = self._tiers[number] = np.fromiter(tiers, dtype=np.int8, count=count)
        return found

    def _prior(self, number: int, row: int) -> Prior:
        return self._of_document(number, int(self._shards[number].passages.document[row]))

    def _of_document(self, number: int, document: int) -> Prior:
        prior = self._known[number][document]
        if prior is None:
            prior = self._table.prior_of(self._shards[number].documents.url(document))
            self._known[number][document] = prior
        return prior
