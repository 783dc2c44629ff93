import math
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpora.errors import CorruptIndex, IncompatibleIndex, NotAnIndex, QueryError
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.analyse import query_terms
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from indexer.generation import CURRENT
from server.hit import Answer
from server.retrieve import propose_lexical, retrieve, score
from server.search import AuthorityMode, Request, Searcher
from server.settings import Fusion, SearchSettings

FETCHED_AT = datetime(2026, 3, 14, tzinfo=UTC)

QUESTIONS = (
    "When is the finally clause of a try statement executed?",
    "How does the with statement use a context manager?",
    "measles vaccination schedule for children",
    "unsupervised learning of word alignments",
    "what does the global statement declare",
    "zzzz qqqq unknown words",
    "to be or not to be",
)


def ids(answer: Answer) -> list[str]:
    return [hit.passage_id for hit in answer.hits]


def test_finds_the_paragraph_and_says_where_it_is_from(searcher: Searcher) -> None:
    hit = searcher.search(Request(QUESTIONS[0], 3)).hits[0]
    assert "finally" in hit.text
    assert hit.document.host == "docs.python.org"
    assert hit.document.source.digest.startswith("sha256:")
    assert hit.prior.tier == 2
    assert hit.position == 1
    assert hit.heading is not None


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_list_is_that_of_scoring_everything(searcher: Searcher, question: str) -> None:
    """The oracle: no engine, every passage scored; the index is small enough for the pool."""
    query = searcher.prepare(question)
    snapshot = searcher.snapshot
    everything = [
        (number, row)
        for number, shard in enumerate(snapshot.shards)
        for row in range(len(shard.passages))
    ]
    candidates = score(everything, query, snapshot, searcher.families, searcher.settings)
    relevance = searcher.relevance(query, candidates)
    best = dict(zip(candidates.passage_ids, relevance.tolist(), strict=True))
    answer = searcher.search(Request(question, 10, AuthorityMode.OFF))
    assert [hit.relevance for hit in answer.hits] == [best[i] for i in ids(answer)]
    worst = answer.hits[-1].relevance
    keys = dict(zip(candidates.passage_ids, candidates.copy_keys, strict=True))
    shown = {keys[i] for i in candidates.passage_ids if i in set(ids(answer))}
    assert {keys[i] for i, value in best.items() if value > worst} <= shown


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize("epsilon", [0.0, 0.01, 0.04, 0.3, 1.0])
def test_the_delivered_list_keeps_both_promises(
    searcher: Searcher, question: str, epsilon: float
) -> None:
    hits = searcher.search(Request(question, 50, epsilon=epsilon)).hits
    assert hits
    width = Fraction(epsilon)
    for place, first in enumerate(hits):
        for second in hits[place + 1 :]:
            gap = Fraction(second.relevance) - Fraction(first.relevance)
            assert gap <= width, "sold"
            trust = width * (Fraction(second.prior.value) - Fraction(first.prior.value))
            assert trust <= -gap, "a tie that trust should have won"
    assert [hit.final for hit in hits] == sorted((hit.final for hit in hits), reverse=True)
    for hit in hits:
        assert hit.final == pytest.approx(hit.relevance + epsilon * hit.prior.value, abs=1e-15)


@pytest.mark.parametrize("question", QUESTIONS)
def test_rank_without_authority_is_the_rank_in_the_list_without(
    searcher: Searcher, question: str
) -> None:
    keys = {}
    off = searcher.search(Request(question, 100, AuthorityMode.OFF))
    for hit in off.hits:
        keys[" ".join(hit.text.split())] = hit.position
        assert hit.rank_without_authority == hit.position
        assert hit.final == hit.relevance
    on = searcher.search(Request(question, 100))
    for hit in on.hits:
        assert keys[" ".join(hit.text.split())] == hit.rank_without_authority


def test_a_copy_is_shown_once_under_the_trusted_name(searcher: Searcher) -> None:
    answer = searcher.search(Request(QUESTIONS[0], 50))
    texts = [" ".join(hit.text.split()) for hit in answer.hits]
    assert len(texts) == len(set(texts))
    top = answer.hits[0]
    assert [copy.url for copy in top.also_at] == ["https://python-tutorials.example/try"]


def test_fewer_results_are_the_first_of_more(searcher: Searcher) -> None:
    ten = searcher.search(Request(QUESTIONS[1], 10))
    three = searcher.search(Request(QUESTIONS[1], 3))
    assert three.hits == ten.hits[:3]


def test_match_tells_foreign_questions_from_our_own(searcher: Searcher) -> None:
    own = searcher.search(Request(QUESTIONS[0], 1)).hits[0].match
    foreign = searcher.search(Request("zzzz qqqq unknown words", 1)).hits[0].match
    assert own.cosine > foreign.cosine
    assert own.lexical > foreign.lexical


def test_answers_do_not_change_with_shards_threads_and_segments(
    searcher: Searcher, corpus: Path, embedder: Embedder, tmp_path: Path
) -> None:
    build = BuildSettings(shard_passages=2, writer_threads=3)
    build_index(find_sources([corpus]), tmp_path / "index", embedder, build)
    split = Searcher.open(tmp_path / "index", embedder)
    assert len(split.snapshot.shards) >= 5
    for question in QUESTIONS:
        whole, parts = searcher.search(Request(question)), split.search(Request(question))
        assert [replace(hit, document=None) for hit in whole.hits] == [  # type: ignore[arg-type]
            replace(hit, document=None)  # type: ignore[arg-type]
            for hit in parts.hits
        ]


def test_reciprocal_rank_fusion_is_selectable(searcher: Searcher) -> None:
    other = Searcher(
        searcher.snapshot, searcher.encoder, searcher.trust, SearchSettings(fusion=Fusion.RRF)
    )
    assert "finally" in other.search(Request(QUESTIONS[0])).hits[0].text


def test_a_pool_full_of_copies_is_deepened(searcher: Searcher) -> None:
    shallow = Searcher(
        searcher.snapshot, searcher.encoder, searcher.trust, SearchSettings(depth=1, distinct=8)
    )
    answer = shallow.search(Request(QUESTIONS[0], 8))
    assert len(answer.hits) == 8


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(min_size=1, max_size=200).filter(lambda text: text.strip()))
def test_any_text_is_answered(searcher: Searcher, question: str) -> None:
    answer = searcher.search(Request(question, 5))
    assert len(answer.hits) == 5
    assert all(0 <= hit.relevance <= 1 and math.isfinite(hit.final) for hit in answer.hits)


def test_lone_surrogates_are_replaced(searcher: Searcher) -> None:
    assert searcher.search(Request("caf\ud800e", 1)).query == "caf?e"


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (Request(""), "query"),
        (Request(" \n\t"), "query"),
        (Request("a" * 100_000), "query"),
        (Request("a", 0), "top_k"),
        (Request("a", 101), "top_k"),
        (Request("a", epsilon=-0.1), "epsilon"),
        (Request("a", epsilon=1.1), "epsilon"),
        (Request("a", epsilon=math.nan), "epsilon"),
    ],
)
def test_what_cannot_be_answered_names_its_field(
    searcher: Searcher, request_: Request, field: str
) -> None:
    with pytest.raises(QueryError) as refused:
        searcher.search(request_)
    assert refused.value.field == field


def test_another_model_is_refused(searcher: Searcher) -> None:
    generation = searcher.snapshot.generation
    other = replace(generation, model=replace(generation.model, name="other"))
    snapshot = replace(searcher.snapshot, generation=other)
    with pytest.raises(IncompatibleIndex, match=r"'other'.*'all-MiniLM-L6-v2'"):
        Searcher(snapshot, searcher.encoder, searcher.trust)


def test_no_index_and_a_broken_one(index: Path, embedder: Embedder, tmp_path: Path) -> None:
    with pytest.raises(NotAnIndex, match="no such folder"):
        Searcher.open(tmp_path / "missing", embedder)
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / CURRENT).write_text("nowhere\n", encoding="utf-8")
    with pytest.raises(CorruptIndex, match="build the index again"):
        Searcher.open(broken, embedder)


def test_query_terms_and_vector_are_those_of_the_passages(searcher: Searcher) -> None:
    query = searcher.prepare(QUESTIONS[0])
    assert list(query.lexical.terms) == list(dict.fromkeys(query_terms(QUESTIONS[0])))
    assert np.linalg.norm(query.vector) == pytest.approx(1)


def test_copies_are_equally_relevant_whatever_their_titles(
    embedder: Embedder, tmp_path: Path
) -> None:
    page = (
        "<html><title>{0}</title><main><p>The kestrel hovers over open ground with its head quite "
        "still, watching for voles in the grass below it, and drops on them.</p></main></html>"
    )
    stolen = "How kestrels hover and hunt voles"
    exchanges = [
        Exchange("https://birds.example/a", FETCHED_AT, page.format(stolen).encode()),
        Exchange("https://www.nature.com/b", FETCHED_AT, page.format("Notes").encode()),
    ]
    write_warc(tmp_path / "birds.warc.gz", exchanges)
    build_index(find_sources([tmp_path / "birds.warc.gz"]), tmp_path / "index", embedder)
    searcher = Searcher.open(tmp_path / "index", embedder)
    query = searcher.prepare("how do kestrels hover and hunt voles")
    pool = retrieve(query, searcher.snapshot, searcher.families, searcher.settings).candidates
    assert len(pool) == 2
    assert len(set(pool.copy_keys)) == 1
    # Two titles, two vectors, one relevance: trust decides, and the scraper is only named.
    assert searcher.snapshot.generation.shards[0].vectors == 2
    assert len(set(searcher.relevance(query, pool).tolist())) == 1
    (hit,) = searcher.search(Request(query.text)).hits
    assert hit.document.host == "www.nature.com"
    assert [copy.url for copy in hit.also_at] == ["https://birds.example/a"]


def test_the_lexical_proposals_are_the_best_by_our_own_score(searcher: Searcher) -> None:
    snapshot = searcher.snapshot
    everything = [(0, row) for row in range(len(snapshot.shards[0].passages))]
    for question in QUESTIONS:
        query = searcher.prepare(question + " and how does it learn from aligned sentences")
        exact = score(everything, query, snapshot, searcher.families, searcher.settings).bm25
        proposed = propose_lexical(query, snapshot, searcher.settings, 20)
        best = sorted(range(len(exact)), key=lambda row: -exact[row])[:10]
        found = {row for _, row in proposed}
        assert len(found.intersection(row for row in best if exact[row] > 0)) >= 9
        # Only the engine's own k1, b and rounded lengths differ.


@pytest.mark.parametrize("depth", [20, 40])
def test_the_pool_does_not_grow_with_the_number_of_shards(
    searcher: Searcher, corpus: Path, embedder: Embedder, tmp_path: Path, depth: int
) -> None:
    build = BuildSettings(shard_passages=2)
    build_index(find_sources([corpus]), tmp_path / "index", embedder, build)
    shallow = SearchSettings(depth=depth, distinct=10)
    one = Searcher(searcher.snapshot, searcher.encoder, searcher.trust, shallow)
    many = Searcher.open(tmp_path / "index", embedder, shallow)
    for question in QUESTIONS:
        whole, parts = one.search(Request(question, 5)), many.search(Request(question, 5))
        assert parts.candidates <= 2 * depth + 2
        assert ids(whole) == ids(parts)


def test_invisible_questions_are_empty(searcher: Searcher) -> None:
    with pytest.raises(QueryError, match="empty"):
        searcher.search(Request("\u200b \u00ad"))
