"""A query's way, top to bottom: prepare, retrieve, fuse, collapse, order, tell."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from authority.rule import order, rank_without_authority
from corpora.document import normalise_text
from corpora.errors import QueryError
from indexer.analyse import query_terms
from indexer.embed import Embedder
from server.collapse import capped, collapse, most_relevant
from server.encode import QueryEncoder
from server.families import Families
from server.filters import Domain, Filters, Selector, Undated
from server.fuse import convex, reciprocal_rank
from server.hit import Answer, Copy, Hit, Match
from server.retrieve import Candidates, Query, Retrieved, prepare, retrieve, score
from server.score import Floats
from server.settings import MAX_ALSO_AT, MAX_QUERY_CHARS, MAX_RESULTS, Fusion, SearchSettings
from server.snapshot import Selection, Snapshot, check_model
from server.snippet import snippet
from server.trust import Trust

UNDATED_DECAY = 0.8
"""What remains of an undated passage's relevance where the caller lets those decay."""


class AuthorityMode(StrEnum):
    """What authority may do to a list."""

    TIEBREAK = "tiebreak"
    OFF = "off"
    FILTER = "filter"
    """As tiebreak, of the tiers that `Filters.min_tier` admits."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question.

    Attributes:
        query: 1 to MAX_QUERY_CHARS characters, not only white space.
        top_k: results wanted, 1 to MAX_RESULTS.
        authority: whether the more trustworthy of about equally relevant passages goes first.
        epsilon: what "about equally" means, in [0, 1]; None takes the settings' value.
        filters: what may be returned.
        boosted: domains that win every tie, as if nobody were trusted more.
        passages_per_document: most results from one document; None for any number.
    """

    query: str
    top_k: int = 10
    authority: AuthorityMode = AuthorityMode.TIEBREAK
    epsilon: float | None = None
    filters: Filters = field(default_factory=Filters)
    boosted: tuple[Domain, ...] = ()
    passages_per_document: int | None = None

    def check(self) -> None:
        """Refuses what cannot be answered.

        Raises:
            QueryError: names the field, what was wrong and what is allowed.
        """
        if not normalise_text(self.query).strip():
            raise QueryError("query", "is empty; ask something")
        if len(self.query) > MAX_QUERY_CHARS:
            raise QueryError(
                "query",
                f"has {len(self.query):,} characters; at most {MAX_QUERY_CHARS:,} are allowed",
            )
        if not 1 <= self.top_k <= MAX_RESULTS:
            raise QueryError("top_k", f"is {self.top_k}; 1 to {MAX_RESULTS} are allowed")
        if self.epsilon is not None and not 0 <= self.epsilon <= 1:
            raise QueryError("epsilon", f"is {self.epsilon}; 0 to 1 are allowed")
        if self.passages_per_document is not None and self.passages_per_document < 1:
            raise QueryError(
                "passages_per_document", f"is {self.passages_per_document}; at least 1 is allowed"
            )
        if self.authority is AuthorityMode.FILTER and self.filters.min_tier is None:
            raise QueryError("authority.min_tier", "is missing; the mode filter needs it, 1 to 4")
        self.filters.check()


class Searcher:
    """Answers queries from one snapshot; safe to share between threads."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: QueryEncoder,
        trust: Trust,
        settings: SearchSettings | None = None,
    ) -> None:
        """Puts the parts together.

        Raises:
            IncompatibleIndex: the index was built with another model.
        """
        check_model(snapshot.generation, encoder.embedder.record)
        self.snapshot = snapshot
        self.settings = settings or SearchSettings()
        self.encoder = encoder
        self.trust = trust
        self.families = Families.open(snapshot, trust)
        self._selector = Selector(snapshot, trust)

    @classmethod
    def open(
        cls, index: Path, embedder: Embedder, settings: SearchSettings | None = None
    ) -> "Searcher":
        """Opens the live generation of an index with the built-in registry."""
        snapshot = Snapshot.open(index)
        return cls(snapshot, QueryEncoder(embedder), Trust(snapshot.shards), settings)

    def reopen(self, index: Path) -> "Searcher":
        """Opens the generation that is live now, with the same model, registry and settings.

        Raises:
            IndexFolderError: there is none that this program can serve.
        """
        snapshot = Snapshot.open(index, self.encoder.embedder.record)
        trust = self.trust.of(snapshot.shards)
        return Searcher(snapshot, self.encoder, trust, self.settings)

    def search(self, request: Request) -> Answer:
        """Answers one question.

        Raises:
            QueryError: the request cannot be answered as it stands.
        """
        request.check()
        query = self.prepare(normalise_text(request.query).strip())
        filters = request.filters
        selections = None if filters == Filters() else self._selector.select(filters)
        per_document = request.passages_per_document
        found = self._retrieve(query, selections, per_document)
        candidates = found.candidates
        if request.boosted:
            candidates = self._with_boosted(request, query, candidates)
        relevance = self.relevance(query, candidates, found.reference)
        if filters.undated is Undated.DECAY and filters.dated:
            relevance = np.where(self._undated(candidates), UNDATED_DECAY * relevance, relevance)
        answer = self._deliver(request, query, candidates, relevance)
        if filters == Filters() and not request.boosted:
            return answer
        dropped = self._dropped(filters, query) if filters.dated else {}
        return replace(answer, dropped=dropped, notes=self._notes(request))

    def _retrieve(
        self,
        query: Query,
        selections: Sequence[Selection] | None,
        per_document: int | None = None,
    ) -> Retrieved:
        return retrieve(
            query, self.snapshot, self.families, self.settings, selections, per_document
        )

    def _with_boosted(self, request: Request, query: Query, candidates: Candidates) -> Candidates:
        """Adds what the boosted domains have to say, as deep as everything else."""
        filters = replace(request.filters, include_domains=request.boosted)
        selections = self._selector.select(filters)
        boosted = self._retrieve(query, selections).candidates
        passing = set(candidates.addresses) | set(boosted.addresses)
        pool = score(passing, query, self.snapshot, self.families, self.settings)
        return pool.select([i for i, address in enumerate(pool.addresses) if address in passing])

    def _undated(self, candidates: Candidates) -> NDArray[np.bool_]:
        strict = Filters(published_after=date.min, undated=Undated.STRICT)
        dated = self._selector.select(strict)
        return np.asarray(
            [not dated[shard].passages[row] for shard, row in candidates.addresses], dtype=bool
        )

    def _dropped(self, filters: Filters, query: Query) -> dict[str, dict[str, int]]:
        """What would have been a candidate at any date, by reason and tier."""
        anytime = filters.without_dates()
        selections = None if anytime == Filters() else self._selector.select(anytime)
        pool = self._retrieve(query, selections).candidates
        passing = self._selector.select(filters)
        counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        undated = self._undated(pool)
        for (shard, row), is_undated in zip(pool.addresses, undated.tolist(), strict=True):
            if not passing[shard].passages[row]:
                reason = "undated" if is_undated else "outside_dates"
                tier = self.trust.prior((shard, row)).tier
                counts[reason]["none" if tier is None else str(tier)] += 1
        return {reason: dict(sorted(tiers.items())) for reason, tiers in sorted(counts.items())}

    def _notes(self, request: Request) -> tuple[str, ...]:
        """What of the request can have no effect, or another one than it seems."""
        filters, selector = request.filters, self._selector
        notes = [
            f"{field}: this index has no page of {host}"
            for field, domains in (
                ("include_domains", filters.include_domains + request.boosted),
                ("exclude_domains", filters.exclude_domains),
            )
            for host in selector.unknown_domains(domains)
        ]
        notes += [
            f"{field}: this index has no document of {word}"
            for field, column, wanted in (
                ("kinds", "kind", filters.kinds),
                ("languages", "language", filters.languages),
                ("collections", "collection", filters.collections),
            )
            for word in selector.unknown_words(column, wanted)
        ]
        if filters != Filters() and not any(part.count for part in selector.select(filters)):
            notes.append("no passage of this index passes these filters together")
        if filters.dated and filters.undated is Undated.DECAY:
            notes.append(f"undated: documents without a date keep {UNDATED_DECAY:g} of relevance")
        return tuple(notes)

    def prepare(self, text: str) -> Query:
        """Analyses and embeds a query."""
        vector = self.encoder.encode(text)
        return prepare(text, query_terms(text), vector, self.snapshot, self.settings)

    def relevance(
        self, query: Query, candidates: Candidates, reference: Candidates | None = None
    ) -> Floats:
        """Fuses the signals: float64 [n] in [0, 1].

        Args:
            query: from `prepare`.
            candidates: to be fused.
            reference: the pool without filters, whose best count as full matches; the candidates
                themselves without.
        """
        settings = self.settings
        pool = candidates if reference is None else reference
        if settings.fusion is Fusion.RRF:
            return reciprocal_rank(
                candidates.bm25,
                candidates.cosine,
                k=settings.rrf_k,
                reference=(pool.bm25, pool.cosine),
            )
        best_bm25 = float(pool.bm25.max(initial=0.0))
        best_cosine = float(pool.cosine.max(initial=0.0))
        return convex(
            # What no engine proposed without the filter cannot count for more than the best.
            np.minimum(candidates.bm25, best_bm25),
            np.minimum(candidates.cosine, best_cosine),
            candidates.adjacency,
            lexical_weight=settings.lexical_weight,
            # Without pairs nothing could ever be adjacent, and relevance would stop short of 1.
            adjacency_weight=settings.adjacency_weight if query.lexical.pairs else 0.0,
            bm25_anchor=max(best_bm25, settings.lexical_anchor * query.lexical.ideal),
            cosine_anchor=max(best_cosine, self.snapshot.generation.typical_cosine),
        )

    def _deliver(
        self, request: Request, query: Query, candidates: Candidates, relevance: Floats
    ) -> Answer:
        epsilon = self._epsilon(request)
        ids = candidates.passage_ids
        # With authority off nobody is trusted more than another, not even at equal relevance.
        say = float(request.authority is not AuthorityMode.OFF)
        values = self.trust.values(candidates.addresses) * say
        boosted = self._is_boosted(request, candidates)
        values = np.where(boosted, 1.0, values)
        groups = collapse(
            candidates.copy_keys, relevance, values, ids, epsilon, candidates.families
        )
        shown = np.asarray([group[0] for group in groups], dtype=np.int64)
        shown_ids = [ids[i] for i in shown]
        ranking = order(relevance[shown], values[shown], shown_ids, epsilon)
        best = most_relevant(groups, relevance, ids)
        alone = rank_without_authority(relevance[best], [ids[i] for i in best])
        most = request.passages_per_document
        places = ranking.permutation.tolist()
        if most is not None:
            places = capped(places, self._documents(candidates, shown.tolist()), most)
            by_relevance = np.argsort(alone, kind="stable").tolist()
            off = capped(by_relevance, self._documents(candidates, best), most)
            ahead = np.sort(alone[off])
            alone = np.searchsorted(ahead, alone, side="left") + 1
        hits = tuple(
            self._hit(
                position,
                groups[place],
                query,
                candidates,
                relevance,
                is_boosted=bool(boosted[groups[place][0]]),
                final=float(ranking.final[place]),
                rank_without_authority=int(alone[place]),
            )
            for position, place in enumerate(places[: request.top_k], start=1)
        )
        return Answer(
            query=query.text,
            generation_id=self.snapshot.generation.generation_id,
            epsilon=epsilon,
            candidates=len(candidates),
            match=Match(
                cosine=float(candidates.cosine.max(initial=0.0)),
                lexical=_share(float(candidates.bm25.max(initial=0.0)), query.lexical.ideal),
            ),
            hits=hits,
        )

    def _is_boosted(self, request: Request, candidates: Candidates) -> NDArray[np.bool_]:
        if not request.boosted:
            return np.zeros(len(candidates), dtype=bool)
        boosted = self._selector.select(Filters(include_domains=request.boosted))
        return np.asarray(
            [boosted[shard].passages[row] for shard, row in candidates.addresses], dtype=bool
        )

    def _documents(self, candidates: Candidates, numbers: list[int]) -> list[tuple[int, int]]:
        """Shard and row of the documents of some candidates."""
        addresses = (candidates.addresses[number] for number in numbers)
        shards = self.snapshot.shards
        return [(shard, int(shards[shard].passages.document[row])) for shard, row in addresses]

    def _epsilon(self, request: Request) -> float:
        if request.authority is AuthorityMode.OFF and not request.boosted:
            return 0.0
        return self.settings.epsilon if request.epsilon is None else request.epsilon

    def _hit(
        self,
        position: int,
        group: list[int],
        query: Query,
        candidates: Candidates,
        relevance: Floats,
        *,
        is_boosted: bool,
        final: float,
        rank_without_authority: int,
    ) -> Hit:
        chosen = group[0]
        number, row = candidates.addresses[chosen]
        shard = self.snapshot.shards[number]
        start, end = int(shard.passages.start_char[row]), int(shard.passages.end_char[row])
        document_row = int(shard.passages.document[row])
        text = shard.documents.slice(document_row, start, end)
        bm25, cosine = float(candidates.bm25[chosen]), float(candidates.cosine[chosen])
        return Hit(
            position=position,
            passage_id=candidates.passage_ids[chosen],
            document=shard.documents.get(document_row),
            text=text,
            snippet=snippet(text, query.lexical.terms),
            start_char=start,
            end_char=end,
            heading=shard.passages.heading(row),
            final=final,
            relevance=float(relevance[chosen]),
            match=Match(cosine=cosine, lexical=_share(bm25, query.lexical.ideal)),
            signals={
                "bm25": bm25,
                "cosine": cosine,
                "adjacency": float(candidates.adjacency[chosen]),
            },
            prior=self.trust.prior((number, row)),
            is_boosted=is_boosted,
            rank_without_authority=rank_without_authority,
            also_at=tuple(self._copy(candidates, i) for i in group[1 : MAX_ALSO_AT + 1]),
        )

    def _copy(self, candidates: Candidates, number: int) -> Copy:
        shard_number, row = candidates.addresses[number]
        prior = self.trust.prior((shard_number, row))
        shard = self.snapshot.shards[shard_number]
        url = shard.documents.url(int(shard.passages.document[row]))
        return Copy(candidates.passage_ids[number], url, prior.value)


def _share(bm25: float, ideal: float) -> float:
    """Part of a query's ideal BM25; 0 where the query has no terms."""
    return bm25 / ideal if ideal else 0.0
