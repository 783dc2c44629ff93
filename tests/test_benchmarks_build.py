"""The benchmark of a build: its pages, its clocks, and what it says of them."""

import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from benchmarks import build
from benchmarks.build_memory import FakeEmbedder, tree_kb, watch
from benchmarks.build_pages import CRAWLS, MOST_PAGES, choose, cut
from benchmarks.build_tools import Processors, content_of, costs
from corpora.document import Document
from corpora.readers.warc import Exchange, write_warc
from corpora.sources import find_sources, read
from indexer.build import build_index
from indexer.embed import Embedder

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = "Page {0} says that glaciers move slowly downhill, and carry stones with them. " * 8


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("crawl") / "pages.warc.gz"
    head = "<title>{0}</title><h1>{0}</h1><p>"
    pages = [(head + TEXT).format(number).encode() for number in range(7)]
    write_warc(path, (Exchange(f"https://e.org/{n}", MOMENT, p) for n, p in enumerate(pages)))
    return path


def urls(path: Path) -> list[str | None]:
    (source,) = find_sources([path]).found
    return [item.url for item in read(source)]


@given(st.integers(0, 3 * MOST_PAGES))
def test_crawls_share_no_page_and_none_has_too_many(count: int) -> None:
    pages = [Path(str(number)) for number in range(count)]
    chosen = [page for number in range(CRAWLS) for page in choose(pages, number)]
    assert len(set(chosen)) == len(chosen) <= MOST_PAGES
    assert count > MOST_PAGES or len(chosen) == count


@given(st.integers(1, 9))
def test_the_parts_of_a_crawl_are_the_crawl(crawl: Path, stride: int) -> None:
    parts = [urls(cut(crawl, start, stride)) for start in range(min(stride, 7))]
    assert sorted(str(url) for part in parts for url in part) == sorted(map(str, urls(crawl)))
    assert parts[0] == urls(crawl)[::stride]


def test_reading_and_extraction_count_every_page(crawl: Path, tmp_path: Path) -> None:
    reading = build.measure_reading(crawl)
    assert reading["records"] == 7
    extraction = build.measure_extraction(crawl, 7, tmp_path)
    assert extraction["pages"] == 7
    assert set(extraction["pages_per_s"]) == {"1", "2"}
    assert all(0 <= share <= 1 for share in extraction["cores_busy"].values())


def test_memory_is_that_of_a_build(crawl: Path, tmp_path: Path) -> None:
    peak = watch([crawl], tmp_path / "index")
    assert 50 < peak.main_mb < peak.all_mb
    with pytest.raises(SystemExit, match="failed"):
        watch([tmp_path / "missing"], tmp_path / "other")
    (own, *_) = tree_kb(os.getpid())
    assert own > 10_000
    assert tree_kb(2**22 + 1) == []


def test_a_resumed_build_is_told_from_another(
    crawl: Path, tmp_path: Path, fake_embedder: Embedder
) -> None:
    for name, part in (("a", crawl), ("b", crawl), ("c", cut(crawl, 0, 2))):
        build_index(find_sources([part]), tmp_path / name, fake_embedder)
    same, again, other = (content_of(tmp_path / name) for name in "abc")
    assert same == again != other


def test_costs_are_of_every_step(crawl: Path, tmp_path: Path, fake_embedder: Embedder) -> None:
    documents = build._documents(crawl, tmp_path)
    assert all(isinstance(each, Document) for each in documents)
    found = costs(documents, fake_embedder)
    assert found.passages >= 7
    assert min(found.chunk, found.languages, found.signatures, found.terms) >= 0


def test_the_fake_model_makes_unit_vectors() -> None:
    vectors = FakeEmbedder().encode_passages(["a", "b"])
    assert vectors.shape == (2, FakeEmbedder.dimension)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1)


def test_figures_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    build.show(Console(width=100), {"load_average": 0.5, "read": {"records": 7}})
    printed = capsys.readouterr().out
    assert "load_average" in printed
    assert "records" in printed
    assert 0 <= Processors().busy() <= 1
