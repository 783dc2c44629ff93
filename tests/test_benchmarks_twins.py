import json
from itertools import islice

import pytest

from benchmarks.planted import lookalikes, rewordings
from benchmarks.twins import FLOORS, compare, merged, overall


def test_what_is_planted_is_the_same_in_every_run() -> None:
    for pairs in (rewordings, lookalikes):
        assert list(islice(pairs(1), 200)) == list(islice(pairs(1), 200))
        assert not set(islice(pairs(0), 200)) & set(islice(pairs(1), 200))


def test_a_part_of_it_is_told_apart() -> None:
    found = list(islice((pair for pair in rewordings(1) if pair.kind == "syndicated"), 30))
    assert sum(merged(found)) >= 28
    false = list(islice((pair for pair in lookalikes(1) if pair.kind != "same paper"), 300))
    assert sum(merged(false)) == 0


@pytest.mark.parametrize(
    ("found", "false", "problems"),
    [(0.9, 0.0, 0), (0.95, 0.0, 0), (0.8, 0.0, 1), (0.9, 0.1, 1), (0.1, 0.9, 2)],
)
def test_what_is_worse_than_pinned_is_told(found: float, false: float, problems: int) -> None:
    pinned = {"found": {"cut off": 0.9}, "false": {"number": 0.0}}
    shares = {"cut off": {"pairs": 9, "merged": found}}, {"number": {"pairs": 9, "merged": false}}
    assert len(compare(pinned, *shares)) == problems


def test_the_pinned_floors_keep_the_targets() -> None:
    pinned = json.loads(FLOORS.read_text(encoding="utf-8"))
    assert max(pinned["false"].values()) <= 0.001
    assert min(pinned["found"][kind] for kind in ("typography", "mark-up", "by-line")) >= 0.98
    assert min(pinned["found"][kind] for kind in ("furniture", "headline", "cut off")) >= 0.95


def test_shares_are_weighed_by_pairs() -> None:
    shares = {"a": {"pairs": 3, "merged": 1.0}, "b": {"pairs": 1, "merged": 0.0}}
    assert overall(shares) == 0.75
