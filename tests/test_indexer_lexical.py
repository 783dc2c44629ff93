"""The lexical engine proposes what BM25 ranks highest, however it was written."""

import math
import random
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.errors import CorruptIndex
from indexer.lexical import Lexical, LexicalRow, LexicalWriter, write_lexical

K1, B = 1.2, 0.75  # the engine's


def row(number: int, terms: list[str]) -> LexicalRow:
    return LexicalRow(terms, number, "web", "default", "example.org", "en", date(2020, 1, 2))


def zipf_rows(count: int) -> list[LexicalRow]:
    drawn = random.Random(0)
    return [
        row(n, [f"t{int(60 * drawn.random() ** 3)}" for _ in range(drawn.randrange(1, 30))])
        for n in range(count)
    ]


def bm25(rows: list[LexicalRow], weights: dict[str, float]) -> dict[int, float]:
    mean = sum(len(each.terms) for each in rows) / len(rows)
    df = Counter(term for each in rows for term in set(each.terms))
    scores: dict[int, float] = {}
    for each in rows:
        counts = Counter(each.terms)
        for term, weight in weights.items():
            if tf := counts[term]:
                idf = math.log1p((len(rows) - df[term] + 0.5) / (df[term] + 0.5))
                norm = K1 * (1 - B + B * len(each.terms) / mean)
                score = weight * idf * tf * (K1 + 1) / (tf + norm)
                scores[each.row] = scores.get(each.row, 0) + score
    return scores


def test_scores_are_bm25_in_order(tmp_path: Path) -> None:
    rows = zipf_rows(500)  # lengths below 40 are not rounded by the engine
    write_lexical(tmp_path / "x", rows)
    weights = {"t3": 1.5, "t20": 2.5, "absent": 9.0, "t0": 0.25}
    exact = bm25(rows, weights)
    found = Lexical(tmp_path / "x").scored(weights, 500)
    assert {number for number, _ in found} == set(exact)
    assert [score for _, score in found] == sorted((s for _, s in found), reverse=True)
    for number, score in found:
        assert score == pytest.approx(exact[number], rel=1e-4)


def test_threads_and_segments_do_not_matter(tmp_path: Path) -> None:
    rows = zipf_rows(2_000)
    readers = []
    for threads in (1, 4):
        write_lexical(tmp_path / str(threads), rows, threads)
        readers.append(Lexical(tmp_path / str(threads)))
    assert readers[0].segments < readers[1].segments
    for weights in ({"t0": 1.0}, {"t1": 1.5, "t5": 2.25, "t30": 0.7}, {"t59": 3.0, "t58": 1.0}):
        for depth in (1, 7, 100, 5_000):
            one, four = (reader.scored(weights, depth) for reader in readers)
            assert one == four
            assert len(one) <= depth


def test_ties_across_the_border_are_decided_by_row(tmp_path: Path) -> None:
    write_lexical(tmp_path / "x", [row(n, ["same"]) for n in reversed(range(300))])
    assert Lexical(tmp_path / "x").propose({"same": 1.0}, 10) == list(range(10))


TERM = st.text("ab水ß+#", min_size=1, max_size=3)


@given(st.lists(st.lists(TERM, max_size=5), max_size=12), st.lists(TERM, max_size=3), st.text())
def test_exactly_the_passages_that_hold_a_term(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[list[str]],
    asked: list[str],
    odd: str,
) -> None:
    folder = tmp_path_factory.mktemp("lexical") / "x"
    write_lexical(folder, [row(number, terms) for number, terms in enumerate(passages)])
    weights = dict.fromkeys([*asked, odd], 1.0)
    expected = {n for n, terms in enumerate(passages) if not set(terms).isdisjoint(weights)}
    assert set(Lexical(folder).propose(weights, 100)) == expected


def test_nothing_asked_or_nothing_there(tmp_path: Path) -> None:
    write_lexical(tmp_path / "x", [])
    lexical = Lexical(tmp_path / "x")
    assert lexical.propose({"a": 1.0}, 10) == []
    assert lexical.propose({}, 10) == []
    assert lexical.propose({"a": 1.0}, 0) == []


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage"])
def test_broken_folders(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "x"
    write_lexical(folder, zipf_rows(10))
    meta = folder / "meta.json"
    if damage == "missing":
        meta.unlink()
    else:
        meta.write_text("" if damage == "empty" else "{garbage", encoding="utf-8")
    with pytest.raises(CorruptIndex, match="build the index again"):
        Lexical(folder)


def test_a_writer_that_is_given_up_leaves_its_folder_alone(tmp_path: Path) -> None:
    writer = LexicalWriter(tmp_path / "x", threads=2)
    writer.add(row(0, ["a"]))
    writer.close()
    writer.close()
    assert Lexical(tmp_path / "x").propose({"a": 1.0}, 1) == []
