"""The rule: among results about equally relevant, the more trustworthy source comes first.

With `final = relevance + epsilon * prior`, both in [0, 1], the order by final keeps two promises:

- *no sale*: relevance_A - relevance_B > epsilon puts A before B, whatever their priors, because a
  prior can move final by epsilon at most;
- *trust wins ties*: epsilon * (prior_A - prior_B) > relevance_B - relevance_A puts A before B,
  because that is final_A > final_B written out; at equal relevance the higher prior is first.

Both hold in exact arithmetic on the floats given, one ulp included. Rounded sums alone would break
them for near ties, so those are settled with fractions.
"""

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

DEFAULT_EPSILON = 0.04

Float64s = NDArray[np.float64]
Int64s = NDArray[np.int64]


class Ranking(NamedTuple):
    """Candidates in order.

    Attributes:
        permutation: int64 [n], the candidates' indices, best first.
        final: float64 [n], by candidate (not by rank), relevance + epsilon * prior; never rising
            along `permutation`, so that whoever sorts by it again keeps the order.
    """

    permutation: Int64s
    final: Float64s


def order(
    relevance: Float64s, prior: Float64s, passage_ids: Sequence[str], epsilon: float
) -> Ranking:
    """Candidates by (-final, -relevance, -prior, passage_id), exactly.

    Args:
        relevance: float64 [n] in [0, 1].
        prior: float64 [n] in [0, 1].
        passage_ids: n ids; candidates that agree in these too keep the order they came in.
        epsilon: the largest relevance gap that counts as a tie, finite and at least 0.

    Raises:
        ValueError: a caller's bug: another dtype or shape, a value that is NaN or outside [0, 1],
            a negative, infinite or NaN epsilon.
    """
    _check("relevance", relevance, len(passage_ids))
    _check("prior", prior, len(passage_ids))
    if not 0.0 <= epsilon < float("inf"):
        raise ValueError(f"epsilon must be finite and at least 0, not {epsilon}")
    final = relevance + epsilon * prior
    permutation = np.lexsort((-prior, -relevance, -final)).astype(np.int64)
    for start, end in _runs(final[permutation], _slack(epsilon)):
        permutation[start:end] = _settle(
            permutation[start:end].tolist(), relevance, prior, passage_ids, epsilon
        )
    # Where exact arithmetic swapped two candidates, their rounded finals stand an ulp or so the
    # wrong way round; the smaller one is then within the rounding error of both.
    final[permutation] = np.minimum.accumulate(final[permutation])
    return Ranking(permutation, final)


def rank_without_authority(relevance: Float64s, passage_ids: Sequence[str]) -> Int64s:
    """Each candidate's rank, from 1, by (-relevance, passage_id).

    Equal relevance is broken by passage id alone: the prior has no say here, not even in ties.

    Raises:
        ValueError: as `order`.
    """
    _check("relevance", relevance, len(passage_ids))
    values = relevance.tolist()
    by_relevance = sorted(range(len(values)), key=lambda row: (-values[row], passage_ids[row]))
    ranks = np.empty(len(values), dtype=np.int64)
    ranks[by_relevance] = np.arange(1, len(values) + 1)
    return ranks


def _check(name: str, values: Float64s, length: int) -> None:
    if values.dtype != np.float64 or values.shape != (length,):
        raise ValueError(
            f"{name} must be float64 [{length}], not {values.dtype} {list(values.shape)}"
        )
    if not ((values >= 0.0) & (values <= 1.0)).all():  # false for NaN as well
        raise ValueError(f"{name} must lie in [0, 1]")


def _slack(epsilon: float) -> float:
    # The product and the sum are each off by at most 2^-53 of their value, and neither value
    # exceeds 1 + epsilon (but for that rounding), so a rounded final is less than
    # 2^-52 (1 + epsilon) away from the exact one. Two of them that differ by more than twice that
    # are in their exact order. Twice that again leaves room for the rounding in this comparison.
    return 2.0**-50 * (1.0 + epsilon)


def _runs(descending: Float64s, slack: float) -> list[tuple[int, int]]:
    # Where two neighbours differ by more than the slack, everything before stands by more than
    # the slack above everything after, since the finals descend: no pair across such a gap can
    # be in the wrong order. So the exact order is the exact order within each run between gaps,
    # one after the other, however long a chain of small steps a run may be.
    gaps = np.flatnonzero(descending[:-1] - descending[1:] > slack) + 1
    borders = [0, *gaps.tolist(), len(descending)]
    return [(start, end) for start, end in pairwise(borders) if end - start > 1]


def _settle(
    rows: list[int],
    relevance: Float64s,
    prior: Float64s,
    passage_ids: Sequence[str],
    epsilon: float,
) -> list[int]:
    # Fractions are slow and most long runs repeat a few pairs (all relevances 0, one host), so
    # each distinct pair is computed once and candidates are sorted by its place.
    pairs = [(float(relevance[row]), float(prior[row])) for row in rows]
    distinct = list(dict.fromkeys(pairs))
    if len(distinct) > 1:
        exact_epsilon = Fraction(epsilon)
        finals = {(r, p): Fraction(r) + exact_epsilon * Fraction(p) for r, p in distinct}
        distinct.sort(key=lambda pair: (finals[pair], *pair), reverse=True)
    place = {pair: index for index, pair in enumerate(distinct)}
    keyed = zip(
        (place[pair] for pair in pairs), (passage_ids[row] for row in rows), rows, strict=True
    )
    return [row for _, _, row in sorted(keyed, key=lambda entry: entry[:2])]
