"""Copies through a whole query: a flood of mirrors neither hides the original nor its neighbours."""

from datetime import UTC, datetime

import pytest

from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources
from indexer.build import BuildSettings, build_index
from indexer.embed import Embedder
from server.filters import Domain, Filters
from server.open import Opening, open_document
from server.search import AuthorityMode, Request, Searcher
from server.settings import MAX_ALSO_AT

DAY = datetime(2024, 1, 1, tzinfo=UTC)
ORIGINAL = (
    "Measles vaccine is given in two doses, the first of them at nine months of age in countries "
    "where the disease is common and at twelve to fifteen months elsewhere. The second dose is "
    "needed because about 15 of a hundred children do not become immune after the first one, and "
    "it should be given before a child goes to school, whatever the number of cases in the region."
)
NEIGHBOUR = (
    "A child that has had measles before needs no vaccine, but it does no harm either. Doctors "
    "advise to give both doses of the vaccine whenever the records of a child are not complete."
)
SWAPS = ("needed because", "required because"), ("advise", "recommend"), ("goes to", "begins")
QUERY = "why does the measles vaccine need a second dose"


def page(url: str, text: str) -> Exchange:
    html = f"<html><title>Measles vaccine</title><article><p>{text}</p></article></html>"
    return Exchange(url, DAY, html.encode())


def mirrored(number: int) -> str:
    """Every second mirror changes a word."""
    return ORIGINAL.replace(*SWAPS[0]) if number % 2 else ORIGINAL


@pytest.fixture(scope="module", params=[2_000, 300])
def flooded(
    request: pytest.FixtureRequest, embedder: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> Searcher:
    """A thousand mirrors, and behind them the original and a neighbour, in one shard or in four."""
    folder = tmp_path_factory.mktemp("flood")
    mirrors = [page(f"https://mirror{n}.example/measles", mirrored(n)) for n in range(1_000)]
    others = [
        page("https://www.who.int/measles", ORIGINAL),
        page("https://clinic.example/records", NEIGHBOUR),
        page("https://changed.example/", ORIGINAL.replace("about 15 of", "about 5 of")),
    ]
    write_warc(folder / "crawl.warc.gz", [*mirrors, *others])
    settings = BuildSettings(shard_passages=request.param)
    build_index(find_sources([folder]), folder / "index", embedder, settings)
    return Searcher.open(folder / "index", embedder)


def test_a_flood_of_mirrors_is_one_result_and_the_original_stands_for_it(
    flooded: Searcher,
) -> None:
    hits = flooded.search(Request(QUERY)).hits
    assert [hit.document.host for hit in hits] == [
        "www.who.int", "changed.example", "clinic.example",
    ]  # fmt: skip
    copies = hits[0].also_at
    assert len(copies) == MAX_ALSO_AT
    assert all(".example/measles" in str(copy.url) for copy in copies)
    assert hits[1].also_at == hits[2].also_at == ()


def test_a_mirror_that_is_asked_for_is_found(flooded: Searcher) -> None:
    for number in (998, 999):
        wanted = Filters(include_domains=(Domain.parse(f"mirror{number}.example", "x"),))
        (hit,) = flooded.search(Request(QUERY, filters=wanted)).hits
        assert hit.document.host == f"mirror{number}.example"
        # As relevant as it is without the filter: what is filtered out moves nothing.
        everywhere = flooded.search(Request(QUERY, authority=AuthorityMode.OFF)).hits[0]
        assert hit.relevance <= everywhere.relevance


def test_without_authority_the_flood_is_one_result_too(flooded: Searcher) -> None:
    hits = flooded.search(Request(QUERY, authority=AuthorityMode.OFF)).hits
    hosts = {str(hit.document.host) for hit in hits}
    assert len(hits) == 3
    assert {"changed.example", "clinic.example"} < hosts


def test_one_result_a_document_counts_groups(flooded: Searcher) -> None:
    hits = flooded.search(Request(QUERY, 3, passages_per_document=1)).hits
    assert len(hits) == 3


def test_opening_a_copy_names_the_most_trusted_others(flooded: Searcher) -> None:
    opened = open_document(
        Opening(url="https://mirror7.example/measles"),
        flooded.snapshot,
        flooded.trust,
        flooded.encoder.embedder.count_tokens,
    )
    assert opened.text == mirrored(7)
    assert len(opened.also_at) == MAX_ALSO_AT
    assert opened.also_at[0].url == "https://www.who.int/measles"
    priors = [copy.prior for copy in opened.also_at]
    assert priors == sorted(priors, reverse=True)
    assert "https://mirror7.example/measles" not in [copy.url for copy in opened.also_at]
