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

    A document's prior depends on its URL alone, so it is resolved once per snapshot; its value is
    kept, 8 bytes a document, and its reasons are looked up again for the few that are shown.
    """

    def __init__(self, shards: Sequence[ShardReader], table: PriorTable | None = None) -> None:
        """Uses the built-in registry unless told otherwise."""
        self._shards = shards
        self._table = table or PriorTable(Resolver(load_registry()))
        self._values = [np.full(len(shard.documents), np.nan) for shard in shards]
        self._tiers: list[NDArray[np.int8] | None] = [None] * len(shards)

    def prior(self, address: Address) -> Prior:
        """The prior of one passage, with its reasons."""
        number, row = address
        return self._of_document(number, int(self._shards[number].passages.document[row]))

    def values(self, addresses: Sequence[Address]) -> Floats:
        """Values of the priors of some passages, float64 [n], in their order."""
        values = np.empty(len(addresses), dtype=np.float64)
        places = np.asarray(addresses, dtype=np.int64).reshape(-1, 2)
        for number, shard in enumerate(self._shards):
            here = places[:, 0] == number
            documents = shard.passages.document[places[here, 1]]
            known = self._values[number]
            for document in np.unique(documents[np.isnan(known[documents])]).tolist():
                known[document] = self._of_document(number, document).value
            values[here] = known[documents]
        return values

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

    def _of_document(self, number: int, document: int) -> Prior:
        return self._table.prior_of(self._shards[number].documents.url(document))
