"""Channels to one relevance in [0, 1]; pure."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def convex(
    bm25: Floats,
    cosine: Floats,
    adjacency: Floats,
    *,
    lexical_weight: float,
    adjacency_weight: float,
    bm25_anchor: float,
    cosine_anchor: float,
) -> Floats:
    """A weighted mean of the signals, both channels divided by their best candidate or anchor.

    Dividing by an anchor where even the best candidate is poor keeps poor matches poor; floors
    are 0, so that a passage's value does not depend on the worst candidate, nor on filters as
    long as the best candidate is taken before filtering.

    Args:
        bm25: float64 [n], at least 0.
        cosine: float64 [n]; below 0 counts as 0.
        adjacency: float64 [n] in [0, 1], taken as it is.
        lexical_weight: share of BM25 in what BM25 and cosine have together, in [0, 1].
        adjacency_weight: share of adjacency in the whole, in [0, 1].
        bm25_anchor: at least 0.
        cosine_anchor: at least 0.

    Returns:
        float64 [n] in [0, 1].
    """
    channels = lexical_weight * _scaled(bm25, bm25_anchor) + (1 - lexical_weight) * _scaled(
        cosine, cosine_anchor
    )
    fused = (1 - adjacency_weight) * channels + adjacency_weight * adjacency
    return np.asarray(fused, dtype=np.float64).clip(0.0, 1.0)


def reciprocal_rank(
    bm25: Floats, cosine: Floats, *, k: int, reference: tuple[Floats, Floats] | None = None
) -> Floats:
    """Reciprocal rank fusion (Cormack, Clarke, Buettcher 2009), scaled so that 1 is the most.

    Equal scores share the better rank; a passage without any query term has no lexical rank.

    Args:
        bm25: float64 [n].
        cosine: float64 [n].
        k: the constant, 60 in the paper.
        reference: bm25 and cosine of the pool that ranks are counted in; the given one without.

    Returns:
        float64 [n] in [0, 1].
    """
    pool_bm25, pool_cosine = (bm25, cosine) if reference is None else reference
    lexical = np.where(bm25 > 0, 1 / (k + _ranks(bm25, pool_bm25)), 0.0)
    dense = 1 / (k + _ranks(cosine, pool_cosine))
    return np.asarray((lexical + dense) * (k + 1) / 2).clip(0.0, 1.0)


def _scaled(scores: Floats, anchor: float) -> Floats:
    floored = np.maximum(scores, 0.0)
    top = max(float(floored.max(initial=0.0)), anchor)
    return np.asarray(floored / top if top > 0 else floored, dtype=np.float64)


def _ranks(scores: Floats, pool: Floats) -> Floats:
    """1 for the best; equal scores share the better rank."""
    descending = np.sort(-pool)
    return np.asarray(np.searchsorted(descending, -scores, side="left") + 1, dtype=np.float64)
