"""Query to candidates, and candidates to signals: both phases over all shards."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora.document import PassageId
from server.score import Floats, LexicalQuery, lexical_signals, weigh
from server.settings import SearchSettings
from server.snapshot import Snapshot

Address = tuple[int, int]
"""Shard number and passage row."""


@dataclass(frozen=True, slots=True)
class Query:
    """A question, ready for both channels.

    Attributes:
        text: as asked.
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
        exhausted = max(len(lexical), len(dense)) < depth
        if exhausted or len(set(candidates.copy_keys)) >= settings.distinct:
            return candidates
        depth *= 2


def propose_lexical(query: Query, snapshot: Snapshot, depth: int) -> list[Address]:
    """Up to `depth` passages of each shard that hold the query's terms."""
    weights = dict(zip(query.lexical.terms, query.lexical.weights.tolist(), strict=True))
    return [
        (number, row)
        for number, shard in enumerate(snapshot.shards)
        for row in shard.lexical.propose(_known(weights, query.lexical, number), depth)
    ]


def propose_dense(query: Query, snapshot: Snapshot, depth: int) -> list[Address]:
    """The passages of up to `depth` vectors of each shard near the query's."""
    return [
        (number, row)
        for number, shard in enumerate(snapshot.shards)
        for vector in shard.dense.propose(query.vector, depth)
        for row in shard.passages.of_vector(vector)
    ]


def score(
    addresses: Iterable[Address], query: Query, snapshot: Snapshot, settings: SearchSettings
) -> Candidates:
    """Every signal for every candidate, whichever channel proposed it."""
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
    return Candidates(
        ordered, tuple(ids), tuple(keys), _joined(bm25), _joined(adjacency), _joined(cosine)
    )


def _known(weights: dict[str, float], lexical: LexicalQuery, shard: int) -> dict[str, float]:
    """Only terms that the shard holds: the engine need not look the others up."""
    return {
        term: weights[term]
        for term, term_id in zip(lexical.terms, lexical.ids[shard], strict=True)
        if term_id is not None
    }


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
