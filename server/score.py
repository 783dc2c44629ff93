"""Exact signals for every candidate: the second phase.

The engines' own scores are not used. BM25 is Robertson's with the non-negative inverse document
frequency of Lucene, over generation-wide counts:

    idf(t)  = ln(1 + (N - df + 0.5) / (df + 0.5))
    bm25(p) = sum over query terms t of  qtf * idf(t) * tf * (k1 + 1) / (tf + k1 * (1 - b + b * |p| / mean))

Its supremum, reached as tf grows, is the query's ideal: sum of qtf * idf * (k1 + 1).
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from indexer.shard import ShardReader
from indexer.tokens import Tokens

Floats = NDArray[np.float64]

MAX_STEP = 2
"""From a term to the next of a pair: "flow of heat" has the pair that "flow heat" asks for."""


@dataclass(frozen=True, slots=True)
class Statistics:
    """Generation-wide counts for BM25.

    Attributes:
        passages: live passages of all shards.
        mean_length: mean terms of a passage; 0 where there are none.
    """

    passages: int
    mean_length: float

    @classmethod
    def of(cls, shards: Sequence[ShardReader]) -> "Statistics":
        """Sums over shards."""
        passages = sum(shard.live_passages for shard in shards)
        total = sum(shard.live_tokens for shard in shards)
        return cls(passages, total / passages if passages else 0.0)


@dataclass(frozen=True, slots=True)
class LexicalQuery:
    """A query's terms, weighed by the whole generation.

    Attributes:
        terms: distinct terms, in order of first use [m].
        weights: float64 [m], qtf * idf.
        pairs: (index, index) of terms that follow each other in the query, function words
            left out.
        ids: for each shard, the shard's id of each term, or None.
        boosts: for each shard, what its engine has to multiply each term it holds with, to rank
            by generation-wide frequencies (it applies the shard's own by itself).
        ideal: supremum of BM25 for this query; 0 without terms.
    """

    terms: tuple[str, ...]
    weights: Floats
    pairs: frozenset[tuple[int, int]]
    ids: tuple[tuple[int | None, ...], ...]
    boosts: tuple[Mapping[str, float], ...]
    ideal: float


@dataclass(frozen=True, slots=True)
class LexicalSignals:
    """What the words say about some passages.

    Attributes:
        bm25: float64 [n], at least 0.
        adjacency: float64 [n] in [0, 1], share (by weight) of the query's pairs that the
            passage has too, in order and at most MAX_STEP words apart.
    """

    bm25: Floats
    adjacency: Floats


def weigh(
    terms: Sequence[str], shards: Sequence[ShardReader], statistics: Statistics, k1: float
) -> LexicalQuery:
    """Looks the terms up in all shards and weighs them."""
    counts = Counter(terms)
    distinct = tuple(counts)
    found = [[shard.tokens.find(term) for term in distinct] for shard in shards]
    frequency = [
        sum(
            shard.live_frequency(entry[0])
            for shard, row in zip(shards, found, strict=True)
            if (entry := row[k]) is not None
        )
        for k in range(len(distinct))
    ]
    weights = np.asarray(
        [
            counts[term] * idf(statistics.passages, df)
            for term, df in zip(distinct, frequency, strict=True)
        ],
        dtype=np.float64,
    )
    number = {term: k for k, term in enumerate(distinct)}
    return LexicalQuery(
        terms=distinct,
        weights=weights,
        pairs=frozenset((number[a], number[b]) for a, b in pairwise(terms)),
        ids=tuple(tuple(entry[0] if entry else None for entry in row) for row in found),
        boosts=tuple(
            {
                term: weight / idf(shard.tokens.passages, entry[1])
                for term, weight, entry in zip(distinct, weights.tolist(), row, strict=True)
                if entry is not None
            }
            for shard, row in zip(shards, found, strict=True)
        ),
        ideal=float(weights.sum()) * (k1 + 1),
    )


def idf(passages: int, df: int) -> float:
    """Inverse document frequency, never negative."""
    return math.log1p((passages - df + 0.5) / (df + 0.5))


def lexical_signals(
    query: LexicalQuery,
    shard: int,
    tokens: Tokens,
    rows: Sequence[int],
    statistics: Statistics,
    k1: float,
    b: float,
) -> LexicalSignals:
    """BM25 and adjacency of some passages of one shard.

    Args:
        query: from `weigh`.
        shard: its number.
        tokens: its forward index.
        rows: passages [n].
        statistics: generation-wide.
        k1: saturation of the term frequency.
        b: share of length normalisation, in [0, 1].
    """
    known = sorted(
        (term_id, k) for k, term_id in enumerate(query.ids[shard]) if term_id is not None
    )
    if not known or not rows:
        return LexicalSignals(np.zeros(len(rows)), np.zeros(len(rows)))
    ids = np.asarray([term_id for term_id, _ in known], dtype=np.uint32)
    order = np.asarray([k for _, k in known])
    stream, lengths = tokens.gather(rows)
    positions = np.flatnonzero(_any_of(stream, ids))
    found = order[np.searchsorted(ids, stream[positions])]
    passage = np.repeat(np.arange(len(rows)), lengths)[positions]
    width = len(query.terms)
    tf = np.bincount(passage * width + found, minlength=len(rows) * width)
    tf = tf.reshape(len(rows), width).astype(np.float64)
    norm = k1 * (1 - b + b * lengths / statistics.mean_length)
    # A sum per row, not a matrix product: BLAS rounds differently by the number of rows, and no
    # score may depend on which other candidates there are.
    saturated = tf * (k1 + 1) / np.where(tf > 0, tf + norm[:, None], 1.0)
    bm25 = (query.weights * saturated).sum(axis=1)
    return LexicalSignals(bm25, _adjacency(query, passage, positions, found, len(rows)))


def _any_of(stream: NDArray[np.uint32], ids: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Where the stream holds one of the ids; a pass per id beats a hash for short queries."""
    if len(ids) > 64:
        return np.isin(stream, ids)
    mask: NDArray[np.bool_] = np.asarray(stream == ids[0])
    for term_id in ids[1:]:
        mask |= stream == term_id
    return mask


def _adjacency(
    query: LexicalQuery,
    passage: NDArray[np.int64],
    positions: NDArray[np.int64],
    found: NDArray[np.int64],
    rows: int,
) -> Floats:
    if not query.pairs or len(positions) < 2:
        return np.zeros(rows)
    width = len(query.terms)
    wanted = np.zeros(width * width)
    for first, second in query.pairs:
        wanted[first * width + second] = query.weights[first] + query.weights[second]
    beside = (np.diff(positions) <= MAX_STEP) & (passage[1:] == passage[:-1])
    pair = found[:-1] * width + found[1:]
    hit = beside & (wanted[pair] > 0)
    seen = np.unique(passage[:-1][hit] * (width * width) + pair[hit])
    scores = np.bincount(
        seen // (width * width), weights=wanted[seen % (width * width)], minlength=rows
    )
    return np.asarray(scores / wanted.sum(), dtype=np.float64)
