"""OpenAlex works: abstracts from inverted indexes, ids, pages of the API."""

import gzip
import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Rejected, identify
from corpora.readers.openalex import read_openalex

WORK: dict[str, object] = {
    "id": "https://openalex.org/W2741809807", "doi": "https://doi.org/10.7717/PeerJ.4375",
    "title": "The state of <i>OA</i> &amp; more", "display_name": "Other",
    "ids": {"openalex": "https://openalex.org/W2741809807", "mag": 2741809807,
            "pmid": "https://pubmed.ncbi.nlm.nih.gov/29456894",
            "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/5815332"},
    "publication_date": "2018-02-13", "publication_year": 2018, "language": "en",
    "type": "article", "is_retracted": False,
    "authorships": [{"author": {"display_name": "Heather  Piwowar"}}, {"raw_author_name": "J P"}],
    "primary_location": {"source": {"display_name": "PeerJ", "issn_l": "2167-8359"},
                         "landing_page_url": "https://doi.org/10.7717/peerj.4375"},
    "abstract_inverted_index": {"Despite": [0], "growing": [1, 3], "interest": [2]},
    "referenced_works": ["https://openalex.org/W1"],
}  # fmt: skip


def read(folder: Path, value: object, name: str = "part_000.gz") -> list[Document | Rejected]:
    path = folder / name
    values = value if isinstance(value, list) else [value]
    data = "\n".join(json.dumps(each) for each in values).encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return list(read_openalex(path))


def read_one(folder: Path, **changes: object) -> Document:
    (work,) = read(folder, {**WORK, **changes})
    assert isinstance(work, Document), work
    return work


def test_a_work(tmp_path: Path) -> None:
    work = read_one(tmp_path)
    assert work.text == "Despite growing interest growing"
    assert work.title == "The state of OA & more"
    assert (work.doi, work.url) == ("10.7717/peerj.4375", "https://doi.org/10.7717/peerj.4375")
    assert work.document_id == identify("doi:10.7717/peerj.4375")
    assert (work.published, work.language) == (date(2018, 2, 13), "en")
    assert work.paper is not None
    assert work.paper.authors == ("Heather Piwowar", "J P")
    assert (work.paper.venue, work.paper.year) == ("PeerJ", 2018)
    assert work.paper.identifiers == (
        ("doi", "10.7717/peerj.4375"), ("issn", "2167-8359"), ("openalex", "W2741809807"),
        ("pmc", "PMC5815332"), ("pubmed", "29456894"),
    )  # fmt: skip


def test_preprints_have_the_identity_they_have_at_arxiv(tmp_path: Path) -> None:
    ids = {"doi": "https://doi.org/10.48550/arxiv.1706.03762", "ids": {}}
    work = read_one(tmp_path, **ids)
    assert work.url == "https://arxiv.org/abs/1706.03762"
    assert work.doi == "10.48550/arxiv.1706.03762"
    assert work.document_id == identify("paper:1706.03762")
    address = {"landing_page_url": "http://arxiv.org/abs/1706.03762", "source": None}
    other = read_one(tmp_path, doi=None, ids=None, primary_location=address)
    assert other.document_id == work.document_id


def test_works_without_doi_and_retracted_ones(tmp_path: Path) -> None:
    address = {"landing_page_url": "https://repository.example.edu/1", "source": None}
    work = read_one(tmp_path, doi=None, ids={}, primary_location=address, is_retracted=True)
    assert work.url == "https://repository.example.edu/1"
    assert work.document_id == identify("paper:W2741809807")
    assert work.paper is not None
    assert ("retracted", "true") in work.paper.identifiers


def test_a_page_of_the_api(tmp_path: Path) -> None:
    page = {"meta": {"count": 2}, "results": [WORK, {**WORK, "id": "https://openalex.org/W2"}]}
    outcomes = read(tmp_path, page, "page.json")
    assert [type(each) for each in outcomes] == [Document, Document]
    data = (tmp_path / "page.json").read_bytes()
    for outcome in outcomes:
        source = outcome.source
        assert source.length is not None
        assert data[source.offset : source.offset + source.length].startswith(b'{"id": "https')


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"abstract_inverted_index": None}, "no text"),
        ({"abstract_inverted_index": {}}, "no text"),
        ({"abstract_inverted_index": []}, "wrong shape"),
        ({"abstract_inverted_index": {"a": 1}}, "wrong shape"),
        ({"abstract_inverted_index": {"a": [10**12]}}, "wrong shape"),
        ({"abstract_inverted_index": {"a": [True]}}, "wrong shape"),
        ({"id": None, "ids": None}, "no id"),
        ({"ids": 3}, "wrong shape"),
    ],
)
def test_unusable_works_are_values(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    outcomes = read(tmp_path, [{**WORK, **changes}, WORK])
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].reason == reason
    assert isinstance(outcomes[1], Document)


@given(st.lists(st.text("abcé.,", min_size=1, max_size=4), min_size=1, max_size=30))
def test_an_inverted_index_gives_its_text(
    tmp_path_factory: pytest.TempPathFactory, words: list[str]
) -> None:
    index: dict[str, list[int]] = {}
    for at, word in enumerate(words):
        index.setdefault(word, []).append(at)
    work = read_one(tmp_path_factory.mktemp("o"), abstract_inverted_index=index)
    assert work.text == " ".join(words)


anything = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(WORK)), anything)
def test_any_field_may_hold_anything(
    tmp_path_factory: pytest.TempPathFactory, field: str, value: object
) -> None:
    (outcome,) = read(tmp_path_factory.mktemp("o"), {**WORK, field: value})
    assert isinstance(outcome, Document | Rejected)
