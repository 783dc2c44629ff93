"""Tests of differences: against scipy, by exhaustion, and what they must never say."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from server.significance import bootstrap_interval, compare, holm, randomisation

RNG = np.random.default_rng(5)
VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_few_queries_are_gone_through() -> None:
    differences = np.array([0.3, -0.1, 0.2, 0.4, 0.0])
    sums = [abs(np.dot(signs, differences)) for signs in itertools.product((-1, 1), repeat=5)]
    expected = np.mean([value >= abs(differences.sum()) - 1e-12 for value in sums])
    assert randomisation(differences) == pytest.approx(expected)


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.05])
def test_many_queries_as_scipy(shift: float) -> None:
    differences = RNG.normal(shift, 0.2, 200)
    found = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=20_000, rng=1
    )
    assert randomisation(differences) == pytest.approx(found.pvalue, abs=0.015)
    low, high = bootstrap_interval(differences)
    oracle = stats.bootstrap((differences,), np.mean, method="percentile", n_resamples=5000, rng=1)
    assert (low, high) == pytest.approx(tuple(oracle.confidence_interval), abs=0.005)


@given(VALUES)
def test_a_run_does_not_differ_from_itself(values: list[float]) -> None:
    found = compare(values, values)
    assert (found.difference, found.p, found.wins, found.losses) == (0, 1, 0, 0)


@given(VALUES, st.data())
def test_turned_round_it_is_the_same(values: list[float], data: st.DataObject) -> None:
    other = data.draw(st.lists(st.floats(0, 1), min_size=len(values), max_size=len(values)))
    one, two = compare(values, other), compare(other, values)
    assert one.p == pytest.approx(two.p, abs=0.03)
    assert one.difference == -two.difference
    assert (one.wins, one.losses) == (two.losses, two.wins)
    assert 0 < one.p <= 1
    assert one.low <= one.high


def test_chance_is_called_significant_as_often_as_promised() -> None:
    found = [randomisation(RNG.normal(0, 1, 30), rounds=500) for _ in range(400)]
    assert 0.02 < np.mean(np.asarray(found) < 0.05) < 0.09


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@pytest.mark.parametrize("values", [[], [float("nan")], [float("inf"), 1.0]])
def test_nothing_is_averaged_away(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        compare(values, values)
