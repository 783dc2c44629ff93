"""Query to candidates, and candidates to signals: both phases over all shards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from corpora.document import PassageId
from indexer.shard import ShardReader
from server.collapse import group_keys
from server.families import Families, Uint32s
from server.score import Floats, LexicalQuery, lexical_signals, weigh
from server.settings import SearchSettings
from server.snapshot import Address, Selection, Snapshot

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
        families: uint32 [n], equal for exact and near copies; 0 for what has none.
        bm25: float64 [n].
        adjacency: float64 [n] in [0, 1].
        cosine: float64 [n] in [-1, 1].
    """

    addresses: tuple[Address, ...]
    passage_ids: tuple[PassageId, ...]
    copy_keys: tuple[bytes, ...]
    families: Uint32s
    bm25: Floats
    adjacency: Floats
    cosine: Floats

    def __len__(self) -> int:
        return len(self.addresses)

    @property
    def group_keys(self) -> list[bytes | int]:
        """What copies share and others do not."""
        return group_keys(self.copy_keys, self.families)

    def select(self, numbers: Sequence[int]) -> "Candidates":
        """Some of the candidates, in the order given."""
        index = np.asarray(numbers, dtype=np.int64)
        return Candidates(
            tuple(self.addresses[i] for i in numbers),
            tuple(self.passage_ids[i] for i in numbers),
            tuple(self.copy_keys[i] for i in numbers),
            self.families[index],
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
    families: Families,
    settings: SearchSettings,
    selections: Sequence[Selection] | None = None,
    per_document: int | None = None,
) -> Retrieved:
    """Proposes and scores; deepens the pool until it holds enough distinct texts.

    The depth does not depend on the number of results asked for, so that neither does a score.

    Args:
        query: from `prepare`.
        snapshot: to search.
        families: of the snapshot.
        settings: depths.
        selections: for each shard, the rows that may be returned; None for all that are live.
        per_document: most passages of a document that will be delivered; None for any number.
    """
    depth = settings.depth
    candidates = reference = _pool(query, snapshot, families, settings, depth, snapshot.live)
    if selections is None:
        selections = snapshot.live
    else:
        candidates = _pool(query, snapshot, families, settings, depth, selections)
    most = min(_passing(snapshot, selections), MAX_DEPTH)
    while depth < most and _deliverable(candidates, snapshot, per_document) < settings.distinct:
        depth *= 2
        candidates = _pool(query, snapshot, families, settings, depth, selections)
    return Retrieved(candidates, reference)


def _passing(snapshot: Snapshot, selections: Sequence[Selection] | None) -> int:
    if selections is None:
        return snapshot.statistics.passages
    return sum(selection.count for selection in selections)


def _pool(
    query: Query,
    snapshot: Snapshot,
    families: Families,
    settings: SearchSettings,
    depth: int,
    selections: Sequence[Selection] | None,
) -> Candidates:
    lexical = propose_lexical(query, snapshot, settings, depth, selections)
    dense = propose_dense(query, snapshot, depth, selections)
    candidates = score({*lexical, *dense}, query, snapshot, families, settings)
    if len(snapshot.shards) > 1:
        kept = _best(lexical, candidates, candidates.bm25, depth)
        kept |= _best(dense, candidates, candidates.cosine, depth)
        # With every copy of what is kept: a tie must not cut off the trusted one.
        keys = candidates.group_keys
        groups = {keys[i] for i in kept}
        candidates = candidates.select([i for i, key in enumerate(keys) if key in groups])
    if selections is None:
        return candidates
    passes = [selections[shard].passages[row] for shard, row in candidates.addresses]
    return candidates.select(np.flatnonzero(passes).tolist())


def _deliverable(candidates: Candidates, snapshot: Snapshot, per_document: int | None) -> int:
    """How many results a pool can give: groups of copies, so many of each document."""
    groups = len(set(candidates.group_keys))
    if per_document is None:
        return groups
    documents: Counter[tuple[int, int]] = Counter()
    for shard, row in candidates.addresses:
        documents[shard, int(snapshot.shards[shard].passages.document[row])] += 1
    return min(groups, sum(min(count, per_document) for count in documents.values()))


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
    found = np.flatnonzero(bm25 > 0)
    if len(found) > depth:  # of equals the least ids, in whichever order the shards hold them
        border = np.partition(bm25[found], len(found) - depth)[len(found) - depth]
        found = found[bm25[found] >= border]
    ids = snapshot.shards[number].passages.ids(rows[found].tolist())
    best = sorted(zip((-bm25[found]).tolist(), ids, rows[found].tolist(), strict=True))
    return [row for _, _, row in best[:depth]]


def score(
    addresses: Iterable[Address],
    query: Query,
    snapshot: Snapshot,
    families: Families,
    settings: SearchSettings,
) -> Candidates:
    """Every signal for every candidate, whichever channel proposed it.

    Equal texts are equally relevant: exact copies share the best of each signal among them, so
    that the title above a copy decides nothing between it and its original. The most trusted
    members of each family are added, so that the original is there whichever mirror was proposed,
    and a passage's signals do not depend on which of its copies were proposed or filtered out.
    """
    addresses = set(addresses)
    addresses.update(families.members(list(addresses)))
    rows_of_shards: list[list[int]] = [[] for _ in snapshot.shards]
    for number, row in sorted(addresses):
        rows_of_shards[number].append(row)
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
    places = tuple((number, row) for number, rows in enumerate(rows_of_shards) for row in rows)
    copies = _copies(keys, families.are_sharing(places))
    return Candidates(
        places,
        tuple(ids),
        tuple(keys),
        families.of(places),
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


def _copies(
    keys: Sequence[bytes], are_sharing: NDArray[np.bool_]
) -> list[tuple[list[int], list[int]]]:
    """Numbers of the candidates that have equal texts, and of those that are in every such pool."""
    if len(set(keys)) == len(keys):
        return []
    members: defaultdict[bytes, list[int]] = defaultdict(list)
    for number, key in enumerate(keys):
        members[key].append(number)
    groups = (group for group in members.values() if len(group) > 1)
    return [(group, [number for number in group if are_sharing[number]]) for group in groups]


def _shared(values: Floats, copies: Iterable[tuple[list[int], list[int]]]) -> Floats:
    for group, sharing in copies:
        if sharing:
            values[group] = values[sharing].max()
    return values


def _joined(parts: list[Floats]) -> Floats:
    return np.concatenate(parts) if parts else np.zeros(0)
