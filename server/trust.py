"""The prior of every document of a snapshot, computed when first needed."""

from collections.abc import Sequence

import numpy as np

from authority.prior import Prior, PriorTable
from authority.registry import load_registry
from authority.resolve import Resolver
from indexer.shard import ShardReader
from server.retrieve import Address
from server.score import Floats


class Trust:
    """Priors by passage address.

    A document's prior depends on its URL alone, so it is resolved once per snapshot.
    """

    def __init__(self, shards: Sequence[ShardReader], table: PriorTable | None = None) -> None:
        """Uses the built-in registry unless told otherwise."""
        self._shards = shards
        self._table = table or PriorTable(Resolver(load_registry()))
        self._known: list[list[Prior | None]] = [[None] * len(shard.documents) for shard in shards]

    def priors(self, addresses: Sequence[Address]) -> list[Prior]:
        """Priors of some passages, in their order."""
        return [self._prior(number, row) for number, row in addresses]

    def values(self, addresses: Sequence[Address]) -> Floats:
        """Values of the priors, float64 [n]."""
        return np.asarray([prior.value for prior in self.priors(addresses)], dtype=np.float64)

    def _prior(self, number: int, row: int) -> Prior:
        shard = self._shards[number]
        document = int(shard.passages.document[row])
        prior = self._known[number][document]
        if prior is None:
            prior = self._table.prior_of(shard.documents.url(document))
            self._known[number][document] = prior
        return prior
