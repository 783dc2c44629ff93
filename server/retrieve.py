"""Query to candidates, and candidates to signals: both phases over all shards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora.document import PassageId
from indexer.shard import ShardReader
from server.score import Floats, LexicalQuery, lexical_signals, weigh
from server.settings import SearchSettings
from server.snapshot import Address, Selection, Snapshot

MAX_COPIES = 200
"""Most copies of one text that enter the pool: mirrors must not make a query slow."""

EXACT_PASSAGES = 4_096
"""Up to here the passages that pass a filter are all scored: cheaper than engines that skip."""

MAX_DEPTH = 1 << 16
"""Where deepening ends, on an index whose passages are nearly all copies of each other."""


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


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found.

    Attributes:
        candidates: the passages that may be delivered.
        reference: the pool as it is without any filter, which scores are relative to: what a
            caller filters out must not move what remains.
    """

    candidates: Candidates
    reference: Candidates


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


def retrieve(
    query: Query,
    snapshot: Snapshot,
    settings: SearchSettings,
    selections: Sequence[Selection] | None = None,
    per_document: int | None = None,
) -> Retrieved:
    """Proposes and scores; deepens the pool until it holds enough distinct texts.

    The depth does not depend on the number of results asked for, so that neither does a score.

    Args:
        query: from `prepare`.
        snapshot: to search.
        settings: depths.
        selections: for each shard, the rows that may be returned; None for all that are live.
        per_document: most passages of a document that will be delivered; None for any number.
    """
    depth = settings.depth
    candidates = reference = _pool(query, snapshot, settings, depth, snapshot.live)
    if selections is None:
        selections = snapshot.live
    else:
        candidates = _pool(query, snapshot, settings, depth, selections)
    most = min(_passing(snapshot, selections), MAX_DEPTH)
    while depth < most and _deliverable(candidates, snapshot, per_document) < settings.distinct:
        depth *= 2
        candidates = _pool(query, snapshot, settings, depth, selections)
    return Retrieved(candidates, reference)


def _passing(snapshot: Snapshot, selections: Sequence[Selection] | None) -> int:
    if selections is None:
        return snapshot.statistics.passages
    return sum(selection.count for selection in selections)


def _pool(
    query: Query,
    snapshot: Snapshot,
    settings: SearchSettings,
    depth: int,
    selections: Sequence[Selection] | None,
) -> Candidates:
    lexical = propose_lexical(query, snapshot, settings, depth, selections)
    dense = propose_dense(query, snapshot, depth, selections)
    candidates = score({*lexical, *dense}, query, snapshot, settings)
    if len(snapshot.shards) > 1:
        kept = _best(lexical, candidates, candidates.bm25, depth)
        kept |= _best(dense, candidates, candidates.cosine, depth)
        # With every copy of what is kept: a tie must not cut off the trusted one.
        texts = {candidates.copy_keys[i] for i in kept}
        keys = enumerate(candidates.copy_keys)
        candidates = candidates.select([i for i, key in keys if key in texts])
    if selections is None:
        return candidates
    passes = [selections[shard].passages[row] for shard, row in candidates.addresses]
    return candidates.select(np.flatnonzero(passes).tolist())


def _deliverable(candidates: Candidates, snapshot: Snapshot, per_document: int | None) -> int:
    """How many results a pool can give: distinct texts, so many of each document."""
    if per_document is None:
        return len(set(candidates.copy_keys))
    documents: Counter[tuple[int, int]] = Counter()
    for shard, row in candidates.addresses:
        documents[shard, int(snapshot.shards[shard].passages.document[row])] += 1
    texts = len(set(candidates.copy_keys))
    return min(texts, sum(min(count, per_document) for count in documents.values()))


def propose_lexical(
    query: Query,
    snapshot: Snapshot,
    settings: SearchSettings,
    depth: int,
    selections: Sequence[Selection] | None = None,
) -> list[Address]:
    """Up to `depth` passages of each shard that hold the query's terms."""
    selections = snapshot.live if selections is None else selections
    proposed: list[Address] = []
    for number, (shard, boosts) in enumerate(
        zip(snapshot.shards, query.lexical.boosts, strict=True)
    ):
        if selections is None:
            rows = shard.lexical.propose(boosts, depth)
        elif selections[number].count <= EXACT_PASSAGES:
            rows = _exact_lexical(query, snapshot, settings, number, selections[number], depth)
        else:
            chosen = selections[number]
            rows = shard.lexical.propose(boosts, depth, chosen.passages, chosen.where)
        proposed += [(number, row) for row in rows]
    return proposed


def propose_dense(
    query: Query,
    snapshot: Snapshot,
    depth: int,
    selections: Sequence[Selection] | None = None,
) -> list[Address]:
    """The passages of up to `depth` vectors of each shard near the query's."""
    selections = snapshot.live if selections is None else selections
    proposed: list[Address] = []
    for number, shard in enumerate(snapshot.shards):
        # The first passage of each vector that may be returned; `score` adds its copies.
        if selections is None:
            vectors = shard.dense.propose(query.vector, depth)
            rows = shard.passages.first_of_vectors(vectors)
        else:
            chosen = selections[number]
            vectors = _nearest_allowed(query, shard, depth, chosen)
            rows = [
                next(row for row in shard.passages.of_vector(vector) if chosen.passages[row])
                for vector in vectors
            ]
        proposed += [(number, row) for row in rows]
    return proposed


def _nearest_allowed(
    query: Query, shard: ShardReader, depth: int, selection: Selection
) -> list[int]:
    """The vectors that passages which may be returned have, nearest first."""
    if selection.count > EXACT_PASSAGES:
        return shard.dense.propose(query.vector, depth, selection.vectors)
    vectors = np.flatnonzero(selection.vectors)
    near = np.argsort(-shard.vectors.cosine(vectors, query.vector), kind="stable")
    return list(vectors[near[:depth]].tolist())


def _exact_lexical(
    query: Query,
    snapshot: Snapshot,
    settings: SearchSettings,
    number: int,
    selection: Selection,
    depth: int,
) -> list[int]:
    """What the engine would propose, had it exact scores, of the few passages that pass."""
    rows = np.flatnonzero(selection.passages)
    bm25 = lexical_signals(
        query.lexical,
        number,
        snapshot.shards[number].tokens,
        rows.tolist(),
        snapshot.statistics,
        settings.k1,
        settings.b,
    ).bm25
    best = np.argsort(-bm25, kind="stable")[:depth]
    return list(rows[best[bm25[best] > 0]].tolist())


def score(
    addresses: Iterable[Address], query: Query, snapshot: Snapshot, settings: SearchSettings
) -> Candidates:
    """Every signal for every candidate, whichever channel proposed it.

    Equal texts are equally relevant: copies share the best of each signal among them, so that the
    title above a copy decides nothing between it and its original. All copies are added, so that
    a passage's signals do not depend on which of its copies were proposed or filtered out.
    """
    rows_of_shards = _with_copies(addresses, snapshot)
    ids: list[PassageId] = []
    keys: list[bytes] = []
    bm25: list[Floats] = []
    adjacency: list[Floats] = []
    cosine: list[Floats] = []
    for number, (shard, rows) in enumerate(zip(snapshot.shards, rows_of_shards, strict=True)):
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
        tuple((number, row) for number, rows in enumerate(rows_of_shards) for row in rows),
        tuple(ids),
        tuple(keys),
        _shared(_joined(bm25), copies),
        _shared(_joined(adjacency), copies),
        _shared(_joined(cosine), copies),
    )


def _with_copies(addresses: Iterable[Address], snapshot: Snapshot) -> list[list[int]]:
    """For each shard the rows of the addresses and of the first MAX_COPIES copies, in order."""
    found: list[set[int]] = [set() for _ in snapshot.shards]
    for number, row in addresses:
        found[number].add(row)
    is_alone = len(snapshot.shards) == 1
    keys: set[bytes] = set()
    for shard, rows in zip(snapshot.shards, found, strict=True):
        of_interest = np.fromiter(rows, dtype=np.int64, count=len(rows))
        if is_alone:
            of_interest = of_interest[shard.passages.may_have_copies[of_interest]]
        keys.update(shard.passages.copy_keys(of_interest))
    wanted = list(keys)
    for shard, rows in zip(snapshot.shards, found, strict=True):
        rows.update(shard.passages.copies(wanted, MAX_COPIES))
    return [sorted(rows) for rows in found]


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
    if len(set(keys)) == len(keys):
        return []
    members: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        members[key].append(number)
    return [group for group in members.values() if len(group) > 1]


def _shared(values: Floats, copies: Iterable[list[int]]) -> Floats:
    for group in copies:
        # The first ones are in every pool that holds any: see `_with_copies`.
        values[group] = values[group[:MAX_COPIES]].max()
    return values


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
