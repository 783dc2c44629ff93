"""Whether two runs differ by more than chance; pure.

Tests are paired: both runs answered the same queries.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

ROUNDS = 10_000
EXACT_QUERIES = 12
"""Of so few queries all assignments of signs are gone through."""
_AT_ONCE = 1_000_000
"""Signs drawn at once."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a run differs from another.

    Attributes:
        difference: mean of the differences, query by query.
        low, high: of its interval.
        p: of the null hypothesis that the two are interchangeable, two-sided.
        wins, losses: queries that are better, and worse.
    """

    difference: float
    low: float
    high: float
    p: float
    wins: int
    losses: int


def compare(ours: ArrayLike, theirs: ArrayLike, seed: int = 0) -> Comparison:
    """A run beside another.

    Args:
        ours: a measure of each query, float [n].
        theirs: of the same queries in the same order, float [n].
        seed: of what is drawn.

    Raises:
        ValueError: there is no query, or a value is no finite number.
    """
    both = np.asarray([ours, theirs], dtype=np.float64)
    if both.ndim != 2 or not both.size or not np.isfinite(both).all():
        raise ValueError("two runs are compared by finite values of the same queries, one at least")
    differences = both[0] - both[1]
    low, high = bootstrap_interval(differences, seed=seed)
    return Comparison(
        float(differences.mean()),
        low,
        high,
        randomisation(differences, seed=seed),
        int(np.count_nonzero(differences > 0)),
        int(np.count_nonzero(differences < 0)),
    )


def randomisation(differences: NDArray[np.float64], rounds: int = ROUNDS, seed: int = 0) -> float:
    """Two-sided p of Fisher's paired randomisation test on the mean.

    Signs are drawn at random; p counts what was observed as one of the draws (Phipson and Smyth,
    2010), so that it is never 0. For EXACT_QUERIES queries at most it is exact.

    Args:
        differences: query by query, float64 [n].
        rounds: draws.
        seed: of the draws.
    """
    # Sums of the same numbers in another order differ by a little.
    observed = abs(float(differences.sum())) * (1 - 1e-12)
    queries = len(differences)
    if queries <= EXACT_QUERIES:
        bits = (np.arange(2**queries)[:, None] >> np.arange(queries)) & 1
        return float(np.mean(np.abs((2 * bits - 1) @ differences) >= observed))
    rng = np.random.default_rng(seed)
    reached, done = 0, 0
    while done < rounds:
        drawn = min(rounds - done, max(1, _AT_ONCE // queries))
        signs = rng.integers(0, 2, (drawn, queries), dtype=np.int8) * 2 - 1
        reached += int(np.count_nonzero(np.abs(signs @ differences) >= observed))
        done += drawn
    return (1 + reached) / (1 + rounds)


def bootstrap_interval(
    differences: NDArray[np.float64], level: float = 0.95, rounds: int = ROUNDS, seed: int = 0
) -> tuple[float, float]:
    """Percentile interval of the mean (Efron), queries drawn with replacement.

    Args:
        differences: query by query, float64 [n].
        level: share of the draws inside.
        rounds: draws.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    queries = len(differences)
    means: list[NDArray[np.float64]] = []
    done = 0
    while done < rounds:
        drawn = min(rounds - done, max(1, _AT_ONCE // queries))
        means.append(differences[rng.integers(0, queries, (drawn, queries))].mean(axis=1))
        done += drawn
    low, high = np.quantile(np.concatenate(means), ((1 - level) / 2, (1 + level) / 2)).tolist()
    return low, high


def holm(values: Sequence[float]) -> list[float]:
    """p-values of several tests, corrected for their number (Holm, 1979); in their order."""
    order = sorted(range(len(values)), key=values.__getitem__)
    corrected = [0.0] * len(values)
    highest = 0.0
    for place, number in enumerate(order):
        highest = max(highest, min(1.0, (len(values) - place) * values[number]))
        corrected[number] = highest
    return corrected
