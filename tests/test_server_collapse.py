from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from authority.rule import order
from server.collapse import collapse

CANDIDATES = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"c"]), st.floats(0, 1), st.floats(0, 1)), max_size=12
)


def groups(candidates: list[tuple[bytes, float, float]], epsilon: float = 0.04) -> list[list[int]]:
    keys = [key for key, _, _ in candidates]
    relevance = np.asarray([value for _, value, _ in candidates])
    prior = np.asarray([value for _, _, value in candidates])
    return collapse(keys, relevance, prior, [f"p{i}" for i in range(len(keys))], epsilon)


def test_trusted_copy_within_epsilon_stands_for_the_group() -> None:
    assert groups([(b"a", 0.80, 0.1), (b"a", 0.77, 0.9), (b"b", 0.5, 0.1)]) == [[1, 0], [2]]


def test_trusted_copy_beyond_epsilon_is_only_named() -> None:
    assert groups([(b"a", 0.80, 0.1), (b"a", 0.75, 0.9)]) == [[0, 1]]


def test_with_epsilon_zero_trust_decides_only_between_equals() -> None:
    assert groups([(b"a", 0.80, 0.1), (b"a", 0.80, 0.9)], epsilon=0.0) == [[1, 0]]
    assert groups([(b"a", 0.79, 0.9), (b"a", 0.80, 0.0)], epsilon=0.0) == [[1, 0]]


@given(CANDIDATES, st.floats(0, 0.5))
def test_groups_partition_the_candidates(
    candidates: list[tuple[bytes, float, float]], epsilon: float
) -> None:
    found = groups(candidates, epsilon)
    assert sorted(i for group in found for i in group) == list(range(len(candidates)))
    assert len(found) == len({key for key, _, _ in candidates})
    for group in found:
        assert len({candidates[i][0] for i in group}) == 1
        best = max(candidates[i][1] for i in group)
        assert best - candidates[group[0]][1] <= epsilon
        near = [i for i in group if best - candidates[i][1] <= epsilon]
        assert candidates[group[0]][2] == max(candidates[i][2] for i in near)


def test_no_candidates() -> None:
    assert groups([]) == []


def test_others_are_named_by_authority() -> None:
    found = groups([(b"a", 0.80, 0.2), (b"a", 0.79, 0.1), (b"a", 0.70, 0.9), (b"a", 0.60, 0.9)])
    assert found == [[0, 2, 3, 1]]


def test_twins_are_one_group_and_so_are_their_copies() -> None:
    keys = [b"a", b"b", b"c", b"b", b"a"]
    relevance, prior = np.full(5, 0.5), np.asarray([0.1, 0.2, 0.3, 0.4, 0.9])
    twins = np.asarray([7, 7, 0, 7, 0], dtype=np.uint32)  # the last row's shard knows of none
    found = collapse(keys, relevance, prior, list("pqrst"), 0.04, twins)
    assert found == [[4, 3, 1, 0], [2]]


def test_a_trusted_twin_that_is_less_relevant_is_only_named() -> None:
    twins = np.asarray([1, 1], dtype=np.uint32)
    for relevance, expected in ((0.77, [[1, 0]]), (0.75, [[0, 1]])):
        values = np.asarray([0.80, relevance])
        found = collapse([b"a", b"b"], values, np.asarray([0.1, 0.9]), ["p", "q"], 0.04, twins)
        assert found == expected


def test_epsilon_is_exact_to_the_last_bit() -> None:
    best, epsilon = 0.8, 0.1
    edge = 0.8 - 0.1  # as floats they are 0.1 apart after rounding, a little more before
    near = Fraction(best) - Fraction(edge) <= Fraction(epsilon)
    found = groups([(b"a", best, 0.0), (b"a", edge, 1.0)], epsilon)
    assert found == ([[1, 0]] if near else [[0, 1]])


VALUES = st.one_of(st.floats(0, 1), st.sampled_from([0.5, 0.54, 0.5 + 2**-53, 0.46, 0.58]))
POOL = st.lists(
    st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 2), VALUES, VALUES),
    max_size=14,
)


@given(POOL, st.sampled_from([0.0, 0.04, 0.3, 1.0]))
def test_the_promises_hold_for_what_is_delivered(
    pool: list[tuple[bytes, int, float, float]], epsilon: float
) -> None:
    number_of = {key: number for key, number, _, _ in pool}  # equal texts have equal twins
    ids = [f"p{i:02}" for i in range(len(pool))]
    relevance = np.asarray([value for _, _, value, _ in pool], dtype=np.float64)
    prior = np.asarray([value for _, _, _, value in pool], dtype=np.float64)
    twins = np.asarray([number_of[key] for key, _, _, _ in pool], dtype=np.uint32)
    found = collapse([key for key, _, _, _ in pool], relevance, prior, ids, epsilon, twins)
    assert found == reference(pool, number_of, epsilon)
    assert sorted(i for group in found for i in group) == list(range(len(pool)))
    shown = np.asarray([group[0] for group in found], dtype=np.int64)
    ranking = order(relevance[shown], prior[shown], [ids[i] for i in shown], epsilon)
    delivered = shown[ranking.permutation].tolist()
    exact = [(Fraction(float(relevance[i])), Fraction(float(prior[i]))) for i in delivered]
    for place, (rel, pri) in enumerate(exact):
        for later_rel, later_pri in exact[place + 1 :]:
            assert later_rel - rel <= Fraction(epsilon)  # no sale
            assert Fraction(epsilon) * (later_pri - pri) <= rel - later_rel  # trust wins ties


def reference(
    pool: list[tuple[bytes, int, float, float]], number_of: dict[bytes, int], epsilon: float
) -> list[list[int]]:
    """Group by group, everything compared with everything, in fractions."""
    found: list[list[int]] = []
    for i, (key, _, _, _) in enumerate(pool):
        for group in found:
            other = pool[group[0]][0]
            if key == other or number_of[key] == number_of[other] != 0:
                group.append(i)
                break
        else:
            found.append([i])
    for group in found:
        best = max(Fraction(pool[i][2]) for i in group)
        group.sort(key=lambda i: (-pool[i][3], -pool[i][2], i))
        near = [i for i in group if best - Fraction(pool[i][2]) <= Fraction(epsilon)]
        group.remove(near[0])
        group.insert(0, near[0])
    return found
