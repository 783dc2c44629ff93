"""What can be tuned after an index is built."""

from dataclasses import dataclass
from enum import StrEnum

from authority.rule import DEFAULT_EPSILON

MAX_QUERY_CHARS = 8_192
MAX_RESULTS = 100
MAX_ALSO_AT = 20


class Fusion(StrEnum):
    """How the channels become one relevance."""

    CONVEX = "convex"
    RRF = "rrf"


@dataclass(frozen=True, slots=True)
class SearchSettings:
    """How a query is answered.

    Attributes:
        k1, b: BM25's saturation and length normalisation.
        depth: passages each channel proposes, whatever number of results is asked for.
        distinct: proposals are deepened until the pool holds this many distinct texts, or the
            channels are exhausted.
        lexical_weight: share of the lexical channel in the convex combination; the dense one has
            the rest.
        adjacency_weight: share of adjacency in relevance, for queries of two terms or more.
        lexical_anchor: part of the query's ideal BM25 that counts as a full lexical match.
        epsilon: relevance within which authority may decide, in units of relevance.
        fusion: convex combination or reciprocal rank fusion.
        rrf_k: constant of reciprocal rank fusion.
    """

    k1: float = 0.9
    b: float = 0.4
    depth: int = 150
    distinct: int = 100
    lexical_weight: float = 0.4
    adjacency_weight: float = 0.1
    lexical_anchor: float = 0.3
    epsilon: float = DEFAULT_EPSILON
    fusion: Fusion = Fusion.CONVEX
    rrf_k: int = 60
