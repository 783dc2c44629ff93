import math
from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.lexical import Lexical, LexicalRow, write_lexical
from indexer.shard import ShardReader
from indexer.tokens import Tokens, TokensWriter
from server.score import Statistics, idf, lexical_signals, weigh

WORDS = st.sampled_from(["wing", "flow", "heat", "shock", "plate", "mach", "lift", "drag"])
PASSAGES = st.lists(st.lists(WORDS, max_size=20), min_size=1, max_size=12)
QUERY = st.lists(st.one_of(WORDS, st.just("unseen")), max_size=6)


def open_tokens(folder: Path, passages: list[list[str]]) -> Tokens:
    folder.mkdir(parents=True, exist_ok=True)
    writer = TokensWriter(folder)
    for terms in passages:
        writer.add(terms)
    writer.finish()
    return Tokens(folder)


def as_shard(tokens: Tokens) -> ShardReader:
    """Scoring reads nothing of a shard but its tokens; all of them are live here."""
    live = SimpleNamespace(
        tokens=tokens,
        live_passages=tokens.passages,
        live_tokens=tokens.total,
        live_frequency=tokens.frequency,
    )
    return cast(ShardReader, live)


def score_all(
    shards: list[Tokens], query: list[str], k1: float = 0.9, b: float = 0.4
) -> tuple[list[float], list[float]]:
    readers = [as_shard(tokens) for tokens in shards]
    statistics = Statistics.of(readers)
    weighed = weigh(query, readers, statistics, k1)
    bm25: list[float] = []
    adjacency: list[float] = []
    for number, tokens in enumerate(shards):
        rows = list(range(tokens.passages))
        signals = lexical_signals(weighed, number, tokens, rows, statistics, k1, b)
        bm25 += signals.bm25.tolist()
        adjacency += signals.adjacency.tolist()
    return bm25, adjacency


def reference(passages: list[list[str]], query: list[str], k1: float, b: float) -> list[float]:
    mean = sum(map(len, passages)) / len(passages)
    df = Counter(term for passage in passages for term in set(passage))
    weight = {t: math.log(1 + (len(passages) - df[t] + 0.5) / (df[t] + 0.5)) for t in query}
    norm = [k1 * (1 - b + b * len(passage) / mean) if mean else 0 for passage in passages]
    return [
        sum(weight[t] * p.count(t) * (k1 + 1) / (p.count(t) + n) for t in query if t in p)
        for p, n in zip(passages, norm, strict=True)
    ]


@given(PASSAGES, QUERY, st.sampled_from([0.6, 0.9, 1.2]), st.sampled_from([0.0, 0.4, 0.75, 1.0]))
def test_bm25_is_the_reference(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[list[str]],
    query: list[str],
    k1: float,
    b: float,
) -> None:
    tokens = open_tokens(tmp_path_factory.mktemp("tokens"), passages)
    bm25, _ = score_all([tokens], query, k1, b)
    assert bm25 == pytest.approx(reference(passages, query, k1, b), rel=1e-12)


@given(PASSAGES, QUERY, st.integers(0, 12))
def test_scores_do_not_change_with_a_split_into_shards(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[list[str]],
    query: list[str],
    cut: int,
) -> None:
    folder = tmp_path_factory.mktemp("tokens")
    whole = open_tokens(folder / "whole", passages)
    parts = [passages[:cut], passages[cut:]]
    shards = [open_tokens(folder / str(i), part) for i, part in enumerate(parts)]
    assert score_all(shards, query) == score_all([whole], query)  # to the last bit


@given(PASSAGES, QUERY, st.data())
def test_a_score_does_not_depend_on_the_other_candidates(
    tmp_path_factory: pytest.TempPathFactory,
    passages: list[list[str]],
    query: list[str],
    data: st.DataObject,
) -> None:
    tokens = open_tokens(tmp_path_factory.mktemp("tokens"), passages)
    shard = as_shard(tokens)
    statistics = Statistics.of([shard])
    weighed = weigh(query, [shard], statistics, 0.9)
    rows = data.draw(st.lists(st.sampled_from(range(len(passages))), unique=True))
    some = lexical_signals(weighed, 0, tokens, rows, statistics, 0.9, 0.4)
    every, adjacency = score_all([tokens], query)
    assert some.bm25.tolist() == [every[row] for row in rows]
    assert some.adjacency.tolist() == [adjacency[row] for row in rows]


@given(PASSAGES, st.lists(WORDS, min_size=1, max_size=6))
def test_ideal_is_never_reached(
    tmp_path_factory: pytest.TempPathFactory, passages: list[list[str]], query: list[str]
) -> None:
    tokens = open_tokens(tmp_path_factory.mktemp("tokens"), passages)
    shard = as_shard(tokens)
    weighed = weigh(query, [shard], Statistics.of([shard]), 0.9)
    bm25, adjacency = score_all([tokens], query)
    assert max(bm25) <= weighed.ideal
    assert all(0 <= value <= 1 + 1e-12 for value in adjacency)


def test_order_is_the_engines_with_the_engines_parameters(tmp_path: Path) -> None:
    # Below 40 terms tantivy keeps lengths exactly, so its order is BM25's with k1 1.2 and b 0.75.
    generator = np.random.default_rng(7)
    vocabulary = [f"t{i}" for i in range(60)]
    passages = [
        generator.choice(vocabulary, size=generator.integers(3, 39)).tolist() for _ in range(200)
    ]
    rows = (
        LexicalRow(terms, row, "web", "c", None, None, None) for row, terms in enumerate(passages)
    )
    write_lexical(tmp_path / "lexical", rows)
    engine = Lexical(tmp_path / "lexical")
    tokens = open_tokens(tmp_path / "tokens", passages)
    for _ in range(30):
        query = generator.choice(vocabulary, size=4, replace=False).tolist()
        ours, _ = score_all([tokens], query, k1=1.2, b=0.75)
        theirs = engine.scored(dict.fromkeys(query, 1.0), len(passages))
        assert {row for row, _ in theirs} == {row for row, value in enumerate(ours) if value > 0}
        for row, engine_score in theirs:
            assert engine_score == pytest.approx(ours[row], rel=1e-5)


def test_adjacency_counts_pairs_in_order_once(tmp_path: Path) -> None:
    passages = [
        ["heat", "flow", "wing"],  # both pairs
        ["flow", "heat", "wing"],  # neither
        ["heat", "flow", "x", "heat", "flow"],  # one pair, twice
        ["heat", "of", "flow"],  # one word between
        ["heat", "of", "the", "flow"],  # too far
        ["heat"],  # must not join with the next passage
        ["flow"],
    ]
    _, adjacency = score_all([open_tokens(tmp_path, passages)], ["heat", "flow", "wing"])
    assert adjacency[0] == pytest.approx(1.0)
    assert adjacency[1] == 0
    assert 0 < adjacency[2] < 1
    assert adjacency[3] == adjacency[2]
    assert adjacency[4:] == [0, 0, 0]


def test_repeated_query_terms_count_twice(tmp_path: Path) -> None:
    tokens = open_tokens(tmp_path, [["heat", "flow"], ["flow"]])
    once, _ = score_all([tokens], ["heat"])
    twice, _ = score_all([tokens], ["heat", "heat"])
    assert twice[0] == pytest.approx(2 * once[0])


def test_long_queries_take_the_other_path_to_the_same_scores(tmp_path: Path) -> None:
    vocabulary = [f"t{i}" for i in range(200)]
    passages = [vocabulary[i::7] for i in range(7)]
    bm25, _ = score_all([open_tokens(tmp_path, passages)], vocabulary)
    assert bm25 == pytest.approx(reference(passages, vocabulary, 0.9, 0.4), rel=1e-12)


def test_nothing_to_score(tmp_path: Path) -> None:
    tokens = open_tokens(tmp_path, [["heat"]])
    assert score_all([tokens], []) == ([0.0], [0.0])
    assert score_all([tokens], ["unseen"]) == ([0.0], [0.0])
    assert score_all([open_tokens(tmp_path / "empty", [[]])], ["heat"]) == ([0.0], [0.0])


def test_idf_is_never_negative() -> None:
    assert idf(10, 10) > 0
    assert idf(10, 1) > idf(10, 9)
