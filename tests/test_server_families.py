from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from server.families import Families, Floats, most_trusted

Rows = list[list[tuple[int, float]]]
"""For each shard (family, prior) of each row."""

SHARDS = st.lists(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.1, 0.5, 0.9])), max_size=8),
    min_size=1,
    max_size=3,
)


def passage_id(shard: int, row: int) -> str:
    return f"{(shard * 7 + row * 31) % 97:02}-{shard}-{row}"


def make(shards: Rows, most: int) -> Families:
    def priors(addresses: Sequence[tuple[int, int]]) -> Floats:
        return np.asarray([shards[shard][row][1] for shard, row in addresses])

    numbers = [np.asarray([n for n, _ in rows], dtype=np.uint32) for rows in shards]
    return Families(numbers, priors, lambda s, rows: [passage_id(s, row) for row in rows], most)


def reference(shards: Rows, family: int, most: int) -> list[tuple[int, int]]:
    rows = [(s, r) for s, rows in enumerate(shards) for r, (n, _) in enumerate(rows) if n == family]
    trusted = sorted(rows, key=lambda a: (-shards[a[0]][a[1]][1], passage_id(*a)))[:most]
    return sorted({*trusted, *least_ids(shards, family, most)})


def least_ids(shards: Rows, family: int, most: int) -> list[tuple[int, int]]:
    rows = [(s, r) for s, rows in enumerate(shards) for r, (n, _) in enumerate(rows) if n == family]
    return sorted(rows, key=lambda a: passage_id(*a))[:most]


@given(SHARDS, st.integers(1, 4))
def test_the_most_trusted_of_each_family_are_chosen(shards: Rows, most: int) -> None:
    families = make(shards, most)
    addresses = [(s, r) for s, rows in enumerate(shards) for r in range(len(rows))]
    numbers = families.of(addresses).tolist()
    for address, number in zip(addresses, numbers, strict=True):
        assert number == shards[address[0]][address[1]][0]
        expected = reference(shards, number, most) if number else []
        assert sorted(families.members([address])) == expected
        is_sharing = bool(families.are_sharing([address])[0])
        assert is_sharing == (number == 0 or address in least_ids(shards, number, most))
    everything = sorted(a for n in {*numbers} - {0} for a in reference(shards, n, most))
    assert sorted(families.members(addresses)) == everything


def test_a_flood_neither_hides_the_original_nor_enters_whole() -> None:
    farm = [(1, 0.1)] * 60_000
    shards = [farm, [*farm, (1, 0.95)], [(0, 0.5), (2, 0.3), (2, 0.2)]]
    families = make(shards, 200)
    addresses = [(0, row) for row in range(150)]
    members = families.members(addresses)
    assert (1, 60_000) in members
    assert 200 < len(members) <= 400


def test_nothing() -> None:
    families = make([[]], 3)
    assert families.members([]) == []
    assert len(families.of([])) == len(families.are_sharing([])) == 0
    assert len(most_trusted(np.zeros(0, dtype=np.uint32), np.zeros(0), [], 3)) == 0
