import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality import EPSILON, FLOORS, compare, pin
from server.bench import MODES, BenchResult

PINNED: dict[str, Any] = {
    "split": "test",
    "corpus_sha256": "aa",
    "documents": 3,
    "queries": 2,
    "floors": {"lexical": {"nDCG@10": 0.5}},
}


def result(value: float, sha256: str = "aa") -> BenchResult:
    modes = {mode: {"nDCG@10": value} for mode in MODES}
    return BenchResult("birds", "test", sha256, 3, 4, 2, modes, {}, None, None)


@given(st.floats(0, 1))
def test_only_what_falls_below_a_floor_is_a_problem(value: float) -> None:
    problems = compare("birds", PINNED, result(value))
    assert bool(problems) == (value < 0.5 - EPSILON)


def test_another_corpus_is_a_problem() -> None:
    assert compare("birds", PINNED, result(1.0, "bb")) == [
        "birds: corpus_sha256 is bb, pinned is aa"
    ]


@pytest.mark.parametrize(
    ("allow_regression", "value", "floor"),
    [(False, 0.6, 0.6), (False, 0.4, 0.5), (True, 0.4, 0.4)],
)
def test_floors_rise_and_fall_only_on_purpose(
    allow_regression: bool, value: float, floor: float
) -> None:
    pinned = deepcopy(PINNED)
    pin(pinned, result(value), allow_regression=allow_regression)
    assert pinned["floors"]["lexical"]["nDCG@10"] == floor
    assert pinned["floors"]["dense"]["nDCG@10"] == value


def test_the_pinned_floors_keep_the_targets() -> None:
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    scifact, cranfield = floors["scifact"]["floors"], floors["cranfield"]["floors"]
    assert scifact["lexical"]["nDCG@10"] >= 0.68
    assert scifact["dense"]["nDCG@10"] >= 0.635
    assert scifact["hybrid"]["nDCG@10"] >= 0.735
    assert scifact["hybrid"]["R@100"] >= 0.95
    assert scifact["hybrid"] == scifact["hybrid+authority"]
    for part in ("lexical", "dense"):
        assert cranfield["hybrid"]["nDCG@10"] > cranfield[part]["nDCG@10"]
