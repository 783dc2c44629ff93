import numpy as np
from hypothesis import given
from hypothesis import strategies as st

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
