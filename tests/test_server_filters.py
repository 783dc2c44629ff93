from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import server.retrieve
from corpora.errors import QueryError
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from server.filters import Domain, Facets, Filters, Selector, Undated, select
from server.hit import Answer
from server.retrieve import propose_dense, propose_lexical, score
from server.search import AuthorityMode, Request, Searcher
from server.settings import Fusion, SearchSettings

TOPICS = ("ocean", "tax", "measles", "grammar", "glacier", "court")
PLACES = (
    ("https://www.who.int/news/{n}", "en"),
    ("https://who.int.evil.com/news/{n}", "en"),
    ("https://evilwho.int/{n}", "en"),
    ("https://blog.example/{n}", "en"),
    ("https://www.nist.gov/a/{n}", "en"),
    ("https://www.nist.gov/ab/{n}", "en"),
    ("https://www.bundesbank.de/{n}", "de"),
)
WORDS = {
    "en": "The {t} report number {n} explains how the {t} changes over the years and what the "
    "{t} means for people who live there, with figures for {m} and a table about {o}.",
    "de": "Der Bericht {n} ueber {t} erklaert, wie sich das Thema in den Jahren veraendert und "
    "was das fuer die Menschen bedeutet, die dort leben, mit Zahlen zu {m} und {o}.",
}
YEARS = (None, 2015, 2018, 2021, None)
QUERIES = ("how does the ocean change", "tax table figures", "report number 17 measles", "glacier")


def write_pages(path: Path, count: int) -> None:
    exchanges = []
    for n in range(count):
        url, language = PLACES[n % len(PLACES)]
        topic, other = TOPICS[n % len(TOPICS)], TOPICS[(n // 6) % len(TOPICS)]
        text = WORDS[language].format(t=topic, n=n, m=other, o=n * 7 % 11)
        if n % 20 == 19:  # a copy of the page before, elsewhere
            text = WORDS["en"].format(t=topic, n="any", m="all", o=3)
        year = YEARS[n % len(YEARS)]
        meta = f'<meta property="article:published_time" content="{year}-05-01">' if year else ""
        html = (
            f"<html lang={language}><head><title>{topic} {n % 13}</title>{meta}</head><body><main>"
            f"<h1>{topic} {n % 13}</h1><p>{text}</p><p>{text.replace('report', 'study')}</p>"
            "</main></body></html>"
        )
        fetched = datetime(2026, 3, 14, tzinfo=UTC)
        exchanges.append(Exchange(url.format(n=n), fetched, html.encode()))
    write_warc(path, exchanges)


@pytest.fixture(scope="module")
def filtered(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Three shards with inverted lists, of pages on seven hosts."""
    folder = tmp_path_factory.mktemp("filtered")
    write_pages(folder / "pages.warc.gz", 240)
    build = BuildSettings(shard_passages=180, flat_max=1)
    build_index(find_sources([folder / "pages.warc.gz"]), folder / "index", embedder, build)
    searcher = Searcher.open(folder / "index", embedder)
    assert len(searcher.snapshot.shards) > 1
    return searcher


@pytest.fixture(params=["exact", "engines"])
def path_taken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Few survivors are scored one by one, many are proposed by the engines: both are tested."""
    if request.param == "engines":
        monkeypatch.setattr(server.retrieve, "EXACT_PASSAGES", 0)
    return str(request.param)


FILTERS = {
    "domain": Filters(include_domains=(Domain("who.int"),)),
    "suffix": Filters(include_domains=(Domain("gov"),)),
    "path": Filters(include_domains=(Domain("nist.gov", "/a"),)),
    "excluded": Filters(exclude_domains=(Domain("who.int"), Domain("blog.example"))),
    "both": Filters(include_domains=(Domain("int"),), exclude_domains=(Domain("who.int"),)),
    "kind": Filters(kinds=("web",)),
    "no kind": Filters(kinds=("paper",)),
    "language": Filters(languages=("de",)),
    "collection": Filters(collections=("default",)),
    "dates": Filters(published_after=date(2016, 1, 1), published_before=date(2018, 5, 1)),
    "strict": Filters(published_after=date(2016, 1, 1), undated=Undated.STRICT),
    "tier": Filters(min_tier=2),
    "much": Filters(
        include_domains=(Domain("who.int"), Domain("gov")),
        languages=("en",),
        published_before=date(2020, 1, 1),
        undated=Undated.STRICT,
        min_tier=1,
    ),
}


def passes(filters: Filters, hit_url: str, language: str | None, published: date | None) -> bool:
    """The reference, written for one page."""
    host, _, path = hit_url.removeprefix("https://").partition("/")

    def within(domain: Domain) -> bool:
        below = f".{host}".endswith(f".{domain.host}")
        return below and (not domain.path or f"/{path}/".startswith(f"{domain.path}/"))

    if filters.include_domains and not any(map(within, filters.include_domains)):
        return False
    if any(map(within, filters.exclude_domains)):
        return False
    if filters.languages and language not in filters.languages:
        return False
    if filters.kinds and "web" not in filters.kinds:
        return False
    if filters.collections and "default" not in filters.collections:
        return False
    if not filters.dated:
        return True
    if published is None:
        return filters.undated is not Undated.STRICT
    after, before = filters.published_after or date.min, filters.published_before or date.max
    return after <= published <= before


@pytest.mark.parametrize("name", FILTERS)
def test_selected_rows_are_those_of_the_reference(filtered: Searcher, name: str) -> None:
    filters = FILTERS[name]
    for number, shard in enumerate(filtered.snapshot.shards):
        tiers = filtered.trust.tiers(number)
        selection = select(filters, shard, Facets(shard), tiers)
        for row in range(len(shard.passages)):
            document = int(shard.passages.document[row])
            stored = shard.documents.get(document)
            expected = passes(filters, stored.url or "", stored.language, stored.published)
            if filters.min_tier is not None:
                expected = expected and 0 < tiers[document] <= filters.min_tier
            assert selection.passages[row] == expected


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("query", QUERIES)
def test_filtered_search_is_brute_force(
    filtered: Searcher, name: str, query: str, path_taken: str
) -> None:
    """The oracle: everything scored, filtered afterwards, sorted."""
    filters = FILTERS[name]
    snapshot = filtered.snapshot
    prepared = filtered.prepare(query)
    everything = [
        (number, row)
        for number, shard in enumerate(snapshot.shards)
        for row in range(len(shard.passages))
    ]
    pool = score(everything, prepared, snapshot, filtered.families, filtered.settings)
    relevance = filtered.relevance(prepared, pool)
    selections = Selector(snapshot, filtered.trust).select(filters)
    texts: dict[bytes, float] = {}
    for (number, row), key, value in zip(
        pool.addresses, pool.copy_keys, relevance.tolist(), strict=True
    ):
        if selections[number].passages[row]:
            texts[key] = max(value, texts.get(key, 0.0))
    expected = sorted(texts.values(), reverse=True)[:100]
    answer = filtered.search(Request(query, 100, AuthorityMode.OFF, filters=filters))
    found = [hit.relevance for hit in answer.hits]
    assert len(found) == len(expected), "as many as exist"
    # Deep down the list a passage that neither channel proposed may be missing; not at the top.
    assert found[:20] == pytest.approx(expected[:20], abs=1e-12)
    for hit in answer.hits:
        document = hit.document
        assert passes(filters, document.url or "", document.language, document.published)


@pytest.mark.parametrize("name", FILTERS)
def test_each_channel_alone_proposes_as_many_as_exist(
    filtered: Searcher, name: str, path_taken: str
) -> None:
    snapshot = filtered.snapshot
    selections = Selector(snapshot, filtered.trust).select(FILTERS[name])
    query = filtered.prepare(QUERIES[0])
    everything = snapshot.statistics.passages
    dense = set(propose_dense(query, snapshot, everything, selections))
    lexical = set(propose_lexical(query, snapshot, filtered.settings, everything, selections))
    vectors, holders = set(), set()
    for number, shard in enumerate(snapshot.shards):
        rows = np.flatnonzero(selections[number].passages).tolist()
        vectors |= {(number, int(shard.passages.vector[row])) for row in rows}
        holders |= {
            (number, row) for row in rows if set(shard.tokens.row(row)) & set(query.lexical.terms)
        }
    assert lexical == holders
    assert {
        (number, int(snapshot.shards[number].passages.vector[row])) for number, row in dense
    } == vectors
    assert all(selections[number].passages[row] for number, row in dense)


DOMAINS = st.lists(st.sampled_from([Domain("who.int"), Domain("gov"), Domain("example")]))


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    query=st.sampled_from(QUERIES),
    include=DOMAINS,
    exclude=DOMAINS,
    after=st.none() | st.dates(date(2014, 1, 1), date(2022, 1, 1)),
    languages=st.sampled_from([(), ("en",), ("de", "en")]),
    fusion=st.sampled_from(Fusion),
)
def test_a_filter_never_moves_what_survives(
    filtered: Searcher,
    query: str,
    include: list[Domain],
    exclude: list[Domain],
    after: date | None,
    languages: tuple[str, ...],
    fusion: Fusion,
) -> None:
    """Neither the order nor the gap: the very relevance stays."""
    searcher = Searcher(
        filtered.snapshot, filtered.encoder, filtered.trust, SearchSettings(fusion=fusion)
    )
    filters = Filters(
        include_domains=tuple(include),
        exclude_domains=tuple(exclude),
        published_after=after,
        languages=languages,
    )

    def by_text(answer: Answer) -> dict[str, tuple[float, object]]:
        return {" ".join(hit.text.split()): (hit.relevance, hit.match) for hit in answer.hits}

    whole = by_text(searcher.search(Request(query, 100)))
    some = by_text(searcher.search(Request(query, 100, filters=filters)))
    for text in whole.keys() & some.keys():
        assert whole[text] == some[text]


def test_what_the_dates_dropped_is_counted(filtered: Searcher) -> None:
    filters = Filters(published_after=date(2017, 1, 1), undated=Undated.STRICT)
    answer = filtered.search(Request(QUERIES[0], filters=filters))
    pool = filtered.search(Request(QUERIES[0])).candidates
    lost = sum(sum(tiers.values()) for tiers in answer.dropped.values())
    assert lost > 0
    assert set(answer.dropped) == {"undated", "outside_dates"}
    assert set(answer.dropped["undated"]) <= {"1", "2", "3", "4", "none"}
    kept = filtered.search(Request(QUERIES[0], filters=Filters(published_after=date(2017, 1, 1))))
    assert set(kept.dropped) == {"outside_dates"}
    assert lost <= pool


def test_decay_lowers_the_undated_only(filtered: Searcher) -> None:
    def values(undated: Undated) -> dict[str, float]:
        filters = Filters(published_after=date(2000, 1, 1), undated=undated)
        hits = filtered.search(Request(QUERIES[0], 100, filters=filters)).hits
        return {str(hit.passage_id): hit.relevance for hit in hits}

    kept, decayed = values(Undated.KEEP), values(Undated.DECAY)
    request = Request(QUERIES[0], 100)
    dated = {str(hit.passage_id): hit.document.published for hit in filtered.search(request).hits}
    shared = kept.keys() & decayed.keys() & dated.keys()
    assert {dated[i] is None for i in shared} == {True, False}
    for i in shared:
        assert decayed[i] == pytest.approx(kept[i] * (0.8 if dated[i] is None else 1))


@pytest.mark.parametrize("most", [1, 2])
def test_no_document_has_more_than_its_share(filtered: Searcher, most: int) -> None:
    request = Request(QUERIES[0], 100, passages_per_document=most)
    answer = filtered.search(request)
    documents = [hit.document.document_id for hit in answer.hits]
    assert max(documents.count(document) for document in documents) <= most
    assert len(documents) == 100
    # A cap only deletes: what is left stands in the order it had.
    for first, second in pairwise(answer.hits):
        assert first.final >= second.final
    off = filtered.search(Request(QUERIES[0], 100, AuthorityMode.OFF, passages_per_document=most))
    assert [hit.rank_without_authority for hit in off.hits] == list(range(1, 101))


def test_boosted_domains_win_ties_and_nothing_else(filtered: Searcher) -> None:
    plain = filtered.search(Request(QUERIES[0], 100))
    boosted = filtered.search(Request(QUERIES[0], 100, boosted=(Domain("blog.example"),)))
    assert any(hit.document.host != "blog.example" for hit in boosted.hits)

    def overtaken(answer: Answer) -> set[tuple[str, str]]:
        """Pairs of a hit of the blog's and one of somebody else's behind it."""
        return {
            (first.passage_id, second.passage_id)
            for place, first in enumerate(answer.hits)
            for second in answer.hits[place + 1 :]
            if first.document.host == "blog.example" != second.document.host
        }

    delivered = {hit.passage_id for hit in boosted.hits}
    before = {pair for pair in overtaken(plain) if delivered.issuperset(pair)}
    assert before < overtaken(boosted)
    for place, first in enumerate(boosted.hits):
        for second in boosted.hits[place + 1 :]:
            assert second.relevance - first.relevance <= boosted.epsilon + 1e-12


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("example.org", "example.org", ""),
        ("  Example.ORG ", "example.org", ""),
        (".gov", "gov", ""),
        ("*.example.org", "example.org", ""),
        ("https://example.org/", "example.org", ""),
        ("http://example.org/docs/", "example.org", "/docs"),
        ("https://example.org:443/a/b.html?x=1#part", "example.org", "/a/b.html"),
        ("example.org/a/../b c", "example.org", "/b%20c"),
        ("bücher.de", "xn--bcher-kva.de", ""),
    ],
)
def test_domains_are_read(text: str, host: str, path: str) -> None:
    assert Domain.parse(text, "include_domains.0") == Domain(host, path)


@pytest.mark.parametrize("text", ["", " ", ".", "*", "a b", "http://", "x@y.org", "/docs", "a?b"])
def test_what_is_no_domain_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match=r"include_domains\.0"):
        Domain.parse(text, "include_domains.0")


def test_impossible_filters_are_refused() -> None:
    with pytest.raises(QueryError, match="published_after"):
        Filters(published_after=date(2021, 1, 2), published_before=date(2021, 1, 1)).check()
    with pytest.raises(QueryError, match="min_tier"):
        Filters(min_tier=5).check()


def test_an_unknown_domain_is_told(filtered: Searcher) -> None:
    filters = Filters(include_domains=(Domain("nobody.example"),))
    answer = filtered.search(Request(QUERIES[0], filters=filters))
    assert answer.hits == ()
    assert answer.notes == (
        "include_domains: this index has no page of nobody.example",
        "no passage of this index passes these filters together",
    )
    filters = Filters(languages=("zz", "en"), collections=("nope",), published_after=date.min)
    filters = replace(filters, undated=Undated.DECAY, exclude_domains=(Domain("none.example"),))
    request = Request(QUERIES[0], filters=filters, boosted=(Domain("other.example"),))
    assert filtered.search(request).notes == (
        "include_domains: this index has no page of other.example",
        "exclude_domains: this index has no page of none.example",
        "languages: this index has no document of zz",
        "collections: this index has no document of nope",
        "no passage of this index passes these filters together",
        "undated: documents without a date keep 0.8 of relevance",
    )
