import json
import math
import random
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authority.rule import DEFAULT_EPSILON, Ranking, order, rank_without_authority

Candidate = tuple[float, float, str]

_UNIT = st.floats(0.0, 1.0)
_EPSILONS = st.one_of(
    st.just(0.0),
    st.just(DEFAULT_EPSILON),
    st.just(1.0),
    st.floats(0.0, 2.0),
    st.floats(0.0, 1e300),
)


@st.composite
def _near(draw: st.DrawFn, centre: float) -> float:
    """A value a few ulps from another, inside [0, 1]."""
    for _ in range(draw(st.integers(0, 3))):
        centre = math.nextafter(centre, draw(st.sampled_from([0.0, 1.0])))
    return centre


@st.composite
def _problems(draw: st.DrawFn) -> tuple[list[Candidate], float]:
    """Candidates that share relevances, priors and ids, and whose finals nearly meet."""
    epsilon = draw(_EPSILONS)
    centres = draw(st.lists(_UNIT, min_size=1, max_size=3))
    priors = draw(st.lists(_UNIT, min_size=1, max_size=3))
    candidates: list[Candidate] = []
    for _ in range(draw(st.integers(0, 12))):
        prior = draw(_near(draw(st.sampled_from(priors))))
        relevance = draw(st.sampled_from(centres))
        if draw(st.booleans()):
            # Beside the line on which everyone has the same final.
            relevance = min(1.0, max(0.0, relevance - epsilon * prior))
        passage_id = draw(st.text(alphabet="ab\x00", max_size=2))
        candidates.append((draw(_near(relevance)), prior, passage_id))
    return candidates, epsilon


def _order(candidates: list[Candidate], epsilon: float) -> Ranking:
    return order(
        np.array([candidate[0] for candidate in candidates], dtype=np.float64),
        np.array([candidate[1] for candidate in candidates], dtype=np.float64),
        [candidate[2] for candidate in candidates],
        epsilon,
    )


def _oracle(candidates: list[Candidate], epsilon: float) -> list[int]:
    exact = Fraction(epsilon)

    def key(row: int) -> tuple[Fraction, float, float, str, int]:
        relevance, prior, passage_id = candidates[row]
        final = Fraction(relevance) + exact * Fraction(prior)
        return -final, -relevance, -prior, passage_id, row

    return sorted(range(len(candidates)), key=key)


@given(_problems())
@settings(max_examples=500)
def test_order_equals_the_exact_sort(problem: tuple[list[Candidate], float]) -> None:
    candidates, epsilon = problem
    assert _order(candidates, epsilon).permutation.tolist() == _oracle(candidates, epsilon)


@given(_problems())
@settings(max_examples=500)
def test_both_promises_hold(problem: tuple[list[Candidate], float]) -> None:
    candidates, epsilon = problem
    exact = Fraction(epsilon)
    delivered = [candidates[row] for row in _order(candidates, epsilon).permutation]
    for place, (relevance_above, prior_above, _) in enumerate(delivered):
        for relevance_below, prior_below, _ in delivered[place + 1 :]:
            gap = Fraction(relevance_below) - Fraction(relevance_above)
            assert not gap > exact, "relevance was sold"
            trust = exact * (Fraction(prior_below) - Fraction(prior_above))
            assert not trust > -gap, "trust lost a tie"
            if gap == 0:
                assert prior_above >= prior_below


@given(_problems())
def test_final_is_the_sum_and_keeps_the_order(problem: tuple[list[Candidate], float]) -> None:
    candidates, epsilon = problem
    permutation, final = _order(candidates, epsilon)
    assert all(above >= below for above, below in pairwise(final[permutation]))
    for (relevance, prior, _), value in zip(candidates, final, strict=True):
        exact = Fraction(relevance) + Fraction(epsilon) * Fraction(prior)
        assert abs(Fraction(float(value)) - exact) <= (1 + exact) * Fraction(2) ** -48


@given(_problems(), st.randoms())
def test_order_does_not_depend_on_the_order_of_arrival(
    problem: tuple[list[Candidate], float], random_: random.Random
) -> None:
    candidates, epsilon = problem
    shuffled = list(candidates)
    random_.shuffle(shuffled)
    first = [candidates[row] for row in _order(candidates, epsilon).permutation]
    assert first == [shuffled[row] for row in _order(shuffled, epsilon).permutation]


def test_pairs_that_rounding_inverts_are_repaired() -> None:
    rng = random.Random(7)
    inverted = 0
    for _ in range(4_000):
        epsilon, prior = rng.random(), rng.random()
        other = math.nextafter(prior, 1.0)
        relevance = 0.5 - rng.random() * 2**-50
        candidates = [(0.5, prior, "b"), (relevance, other, "a")]
        exact = _oracle(candidates, epsilon)
        finals = [candidate[0] + epsilon * candidate[1] for candidate in candidates]
        inverted += finals[exact[0]] < finals[exact[1]]
        permutation, final = _order(candidates, epsilon)
        assert permutation.tolist() == exact
        assert final[exact[0]] >= final[exact[1]]
    assert inverted > 0, "the case this guards against was not met"


def test_a_long_chain_of_single_ulps_is_exact() -> None:
    relevance, candidates = 0.5, []
    for step in range(300):
        candidates.append((relevance, ((step * 37) % 101) * 1e-17, f"{step:03}"))
        relevance = math.nextafter(relevance, 1.0)
    assert _order(candidates, 0.9).permutation.tolist() == _oracle(candidates, 0.9)


def test_examples_of_the_promises() -> None:
    far = [(0.80, 0.0, "relevant"), (0.75, 1.0, "trusted")]
    near = [(0.80, 0.15, "relevant"), (0.79, 0.92, "trusted")]
    assert _order(far, DEFAULT_EPSILON).permutation.tolist() == [0, 1]
    assert _order(near, DEFAULT_EPSILON).permutation.tolist() == [1, 0]
    assert _order(near, 0.0).permutation.tolist() == [0, 1]


def test_ties_fall_to_the_id_and_then_to_the_place() -> None:
    same = [(0.0, 0.15, "b"), (0.0, 0.15, "a"), (0.0, 0.15, "b"), (0.0, 0.15, "a\x00")]
    assert _order(same, DEFAULT_EPSILON).permutation.tolist() == [1, 3, 0, 2]


def test_none_and_one() -> None:
    empty = _order([], DEFAULT_EPSILON)
    assert empty.permutation.tolist() == []
    assert [array.dtype.name for array in empty] == ["int64", "float64"]
    assert _order([(0.3, 0.9, "a")], DEFAULT_EPSILON).permutation.tolist() == [0]
    assert rank_without_authority(np.zeros(0), []).tolist() == []


def test_inputs_are_left_alone() -> None:
    relevance, prior = np.array([0.1, 0.9]), np.array([0.9, 0.1])
    order(relevance, prior, ["a", "b"], DEFAULT_EPSILON)
    assert json.dumps([relevance.tolist(), prior.tolist()]) == "[[0.1, 0.9], [0.9, 0.1]]"


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, -0.1, math.nextafter(1.0, 2.0)])
def test_values_outside_the_unit_interval_are_refused(value: float) -> None:
    good, bad = np.array([0.5, 0.5]), np.array([0.5, value])
    with pytest.raises(ValueError, match="relevance must lie in"):
        order(bad, good, ["a", "b"], 0.04)
    with pytest.raises(ValueError, match="prior must lie in"):
        order(good, bad, ["a", "b"], 0.04)
    with pytest.raises(ValueError, match="relevance must lie in"):
        rank_without_authority(bad, ["a", "b"])


@pytest.mark.parametrize("epsilon", [-0.01, math.nan, math.inf, -math.inf])
def test_epsilon_that_is_none_is_refused(epsilon: float) -> None:
    with pytest.raises(ValueError, match="epsilon must be"):
        order(np.zeros(1), np.zeros(1), ["a"], epsilon)


def test_shapes_and_types_are_refused() -> None:
    two = np.zeros(2)
    for relevance, prior, ids in [
        (np.zeros(3), two, ["a", "b"]),
        (two, np.zeros(1), ["a", "b"]),
        (two, two, ["a"]),
        (np.zeros((2, 1)), two, ["a", "b"]),
        (two, np.zeros(2, dtype=np.float32), ["a", "b"]),
        (np.zeros(2, dtype=np.int64), two, ["a", "b"]),
    ]:
        with pytest.raises(ValueError, match="must be float64"):
            order(relevance, prior, ids, 0.04)  # type: ignore[arg-type]


@given(_problems())
def test_rank_without_authority_is_the_plain_sort(problem: tuple[list[Candidate], float]) -> None:
    candidates, _ = problem
    relevance = np.array([candidate[0] for candidate in candidates], dtype=np.float64)
    ids = [candidate[2] for candidate in candidates]
    ranks = rank_without_authority(relevance, ids).tolist()
    by_rank = sorted(range(len(ids)), key=lambda row: ranks[row])
    assert sorted(ranks) == list(range(1, len(ids) + 1))
    assert by_rank == sorted(range(len(ids)), key=lambda row: (-candidates[row][0], ids[row], row))
