"""Query to candidates, and candidates to signals: both phases over all shards."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora.document import PassageId
from server.score import Floats, LexicalQuery, lexical_signals, weigh
from server.settings import SearchSettings
from server.snapshot import Snapshot

Address = tuple[int, int]
"""Shard number and passage row."""

MAX_COPIES = 200
"""Most passages of one vector that enter the pool: mirrors must not make a query slow."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, ready for both channels.

    Attributes:
        text: what was analysed and embedded.
        lexical: its terms, weighed.
        vector: float32 [dimension], L2-normalised.
    """

    text: str
    lexical: LexicalQuery
    vector: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Candidates:
    """The pool with every signal, one row a passage, in order of address.

    Attributes:
        addresses: where each passage is [n].
        passage_ids: [n].
        copy_keys: equal for exact copies [n].
        bm25: float64 [n].
        adjacency: float64 [n] in [0, 1].
        cosine: float64 [n] in [-1, 1].
    """

    addresses: tuple[Address, ...]
    passage_ids: tuple[PassageId, ...]
    copy_keys: tuple[bytes, ...]
    bm25: Floats
    adjacency: Floats
    cosine: Floats

    def __len__(self) -> int:
        return len(self.addresses)

    def select(self, numbers: Sequence[int]) -> "Candidates":
        """Some of the candidates, in the order given."""
        index = np.asarray(numbers, dtype=np.int64)
        return Candidates(
            tuple(self.addresses[i] for i in numbers),
            tuple(self.passage_ids[i] for i in numbers),
            tuple(self.copy_keys[i] for i in numbers),
            self.bm25[index],
            self.adjacency[index],
            self.cosine[index],
        )


def prepare(
    text: str,
    terms: list[str],
    vector: NDArray[np.float32],
    snapshot: Snapshot,
    settings: SearchSettings,
) -> Query:
    """Weighs a query's terms against a generation."""
    lexical = weigh(terms, snapshot.shards, snapshot.statistics, settings.k1)
    return Query(text, lexical, vector)


def retrieve(query: Query, snapshot: Snapshot, settings: SearchSettings) -> Candidates:
    """Proposes and scores; deepens the pool until it holds enough distinct texts.

    The depth does not depend on the number of results asked for, so that neither does a score.
    """
    depth = settings.depth
    while True:
        lexical = propose_lexical(query, snapshot, depth)
        dense = propose_dense(query, snapshot, depth)
        candidates = score({*lexical, *dense}, query, snapshot, settings)
        if len(snapshot.shards) > 1:
            kept = _best(lexical, candidates, candidates.bm25, depth)
            kept |= _best(dense, candidates, candidates.cosine, depth)
            # With every copy of what is kept: a tie must not cut off the trusted one.
            texts = {candidates.copy_keys[i] for i in kept}
            keys = enumerate(candidates.copy_keys)
            candidates = candidates.select([i for i, key in keys if key in texts])
        enough = len(set(candidates.copy_keys)) >= settings.distinct
        if enough or depth >= snapshot.statistics.passages:
            return candidates
        depth *= 2


def propose_lexical(query: Query, snapshot: Snapshot, depth: int) -> list[Address]:
    """Up to `depth` passages of each shard that hold the query's terms."""
    return [
        (number, row)
        for number, (shard, boosts) in enumerate(
            zip(snapshot.shards, query.lexical.boosts, strict=True)
        )
        for row in shard.lexical.propose(boosts, depth)
    ]


def propose_dense(query: Query, snapshot: Snapshot, depth: int) -> list[Address]:
    """The passages of up to `depth` vectors of each shard near the query's."""
    return [
        (number, row)
        for number, shard in enumerate(snapshot.shards)
        for vector in shard.dense.propose(query.vector, depth)
        for row in shard.passages.of_vector(vector, MAX_COPIES)
    ]


def score(
    addresses: Iterable[Address], query: Query, snapshot: Snapshot, settings: SearchSettings
) -> Candidates:
    """Every signal for every candidate, whichever channel proposed it.

    Equal texts are equally relevant: copies share the best of each signal among them, so that the
    title above a copy decides nothing between it and its original.
    """
    ordered = tuple(sorted(addresses))
    ids: list[PassageId] = []
    keys: list[bytes] = []
    bm25: list[Floats] = []
    adjacency: list[Floats] = []
    cosine: list[Floats] = []
    for number, shard in enumerate(snapshot.shards):
        rows = [row for shard_number, row in ordered if shard_number == number]
        if not rows:
            continue
        signals = lexical_signals(
            query.lexical,
            number,
            shard.tokens,
            rows,
            snapshot.statistics,
            settings.k1,
            settings.b,
        )
        ids += shard.passages.ids(rows)
        keys += shard.passages.copy_keys(rows)
        bm25.append(signals.bm25)
        adjacency.append(signals.adjacency)
        cosine.append(shard.vectors.cosine(shard.passages.vector[rows], query.vector))
    copies = _copies(keys)
    return Candidates(
        ordered,
        tuple(ids),
        tuple(keys),
        _shared(_joined(bm25), copies),
        _shared(_joined(adjacency), copies),
        _shared(_joined(cosine), copies),
    )


def _best(
    proposed: Iterable[Address], candidates: Candidates, values: Floats, depth: int
) -> set[int]:
    """The candidates among some proposals that an exact signal puts first.

    Each shard proposes as many as one shard would alone: without this the pool, and with it the
    time and the answer, would grow with the number of shards.
    """
    wanted = set(proposed)
    numbers = [i for i, address in enumerate(candidates.addresses) if address in wanted]
    numbers.sort(key=lambda i: (-values[i], candidates.passage_ids[i]))
    return set(numbers[:depth])


def _copies(keys: Sequence[bytes]) -> list[list[int]]:
    """Numbers of the candidates that have equal texts, for each text that is there twice."""
    members: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        members[key].append(number)
    return [group for group in members.values() if len(group) > 1]


def _shared(values: Floats, copies: Iterable[list[int]]) -> Floats:
    for group in copies:
        values[group] = values[group].max()
    return values


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
