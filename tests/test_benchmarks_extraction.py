"""The extraction benchmark: its measures, and that floors only fall on purpose."""

import gzip
import json
import os
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.extraction import (
    EPSILON,
    FLOORS,
    boundary_counts,
    compare,
    digest,
    measure,
    pin,
    read_pages,
    shingle_counts,
)

PINNED: dict[str, Any] = {"corpus_sha256": "aa", "floors": {"f1": 0.5}}
TEXT = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12).map(" ".join)


def oracle(gold: str, found: str) -> tuple[int, int, int]:
    """The published measure, word for word, before it is divided by its sum."""

    def shingles(text: str) -> list[tuple[str, ...]]:
        words = text.split()
        return [tuple(words[at : at + 4]) for at in range(max(1, len(words) - 3)) if words]

    true, own = shingles(gold), shingles(found)
    both = sum(min(true.count(part), own.count(part)) for part in {*true, *own})
    return both, len(own) - both, len(true) - both


@given(TEXT, TEXT)
def test_shingles_count_as_published(gold: str, found: str) -> None:
    expected = oracle(gold, found)
    total = sum(expected) or 1
    assert shingle_counts(gold, found) == pytest.approx([count / total for count in expected])


def test_boundaries_count_where_both_texts_have_both_halves() -> None:
    gold = "one two three\n\nfour five six\n\nseven eight"
    assert boundary_counts(gold, ["one two three", "four five six", "seven eight"]) == (2, 2, 2, 2)
    assert boundary_counts(gold, ["one two three four five six", "seven eight"]) == (1, 1, 1, 2)
    assert boundary_counts(gold, ["one two", "three", "four five six"]) == (0, 2, 0, 1)
    assert boundary_counts(gold, ["other", "words", "seven eight"]) == (0, 0, 0, 0)


@given(st.floats(0, 1))
def test_only_what_falls_below_a_floor_is_a_problem(value: float) -> None:
    assert bool(compare(PINNED, {"f1": value}, "aa")) == (value < 0.5 - EPSILON)


def test_other_pages_are_a_problem() -> None:
    assert compare(PINNED, {"f1": 1.0}, "bb") == ["the pages are bb, pinned is aa"]


@pytest.mark.parametrize(
    ("allow_regression", "value", "floor"),
    [(False, 0.6, 0.6), (False, 0.4, 0.5), (True, 0.4, 0.4)],
)
def test_floors_rise_and_fall_only_on_purpose(
    allow_regression: bool, value: float, floor: float
) -> None:
    pinned = deepcopy(PINNED)
    pin(pinned, {"f1": value}, "aa", allow_regression=allow_regression)
    assert pinned["floors"]["f1"] == floor


def test_the_pinned_floor_keeps_the_target() -> None:
    assert json.loads(FLOORS.read_text(encoding="utf-8"))["floors"]["f1"] >= 0.95


def test_a_folder_of_pages_is_measured(tmp_path: Path) -> None:
    text = "The glacier moved slowly down the valley and carried many large stones with it."
    html = (
        f"<html><body><nav><a href=/>Home</a></nav><article><p>{text}</p></article></body></html>"
    )
    (tmp_path / "html").mkdir()
    for key in ("a", "b"):
        (tmp_path / "html" / f"{key}.html.gz").write_bytes(gzip.compress(html.encode(), mtime=0))
    gold = {key: {"url": "https://e.org/", "articleBody": text} for key in ("b", "a")}
    (tmp_path / "ground-truth.json").write_text(json.dumps(gold), encoding="utf-8")
    pages = read_pages(tmp_path)
    assert [page.key for page in pages] == ["a", "b"]
    assert measure(pages)["f1"] == 1.0
    before = digest(tmp_path)
    (tmp_path / "html" / "a.html.gz").write_bytes(b"x")
    assert digest(tmp_path) != before


def test_the_pinned_pages_are_those_at_hand() -> None:
    root = os.environ.get("AUCTOR_DATA")
    if not root:
        pytest.skip("AUCTOR_DATA does not name a folder of real pages")
    pinned = json.loads(FLOORS.read_text(encoding="utf-8"))
    assert digest(Path(root, "extraction")) == pinned["corpus_sha256"]
    assert len(read_pages(Path(root, "extraction"))) == 181
