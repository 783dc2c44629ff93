"""Document and passage tables give back what was put in."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import (
    Block,
    BlockKind,
    Document,
    DocumentKind,
    Link,
    OffsetBase,
    PaperMetadata,
    PassageId,
    SourceRef,
    identify,
)
from corpora.errors import CorruptIndex
from indexer.passage import Passage
from indexer.passages import Passages, PassagesWriter, copy_key
from indexer.records import Documents, DocumentsWriter

EARLIEST, LATEST = map(datetime.fromisoformat, ("1970-01-02", "2200-01-01"))
TEXT = st.text(max_size=30)
MAYBE = st.one_of(st.none(), TEXT)
SOURCES = st.builds(
    SourceRef,
    file=TEXT,
    offset=st.integers(0, 2**40),
    length=st.one_of(st.none(), st.integers(0, 2**40)),
    base=st.sampled_from(OffsetBase),
    digest=TEXT,
    fetched_at=st.one_of(st.none(), st.datetimes(EARLIEST, LATEST, timezones=st.just(UTC))),
)
PAPERS = st.builds(
    PaperMetadata,
    paper_id=TEXT,
    authors=st.lists(TEXT, max_size=3).map(tuple),
    venue=MAYBE,
    year=st.one_of(st.none(), st.integers(0, 3_000)),
    identifiers=st.lists(st.tuples(TEXT, TEXT), max_size=2).map(tuple),
)
DOCUMENTS = st.builds(
    Document,
    document_id=TEXT.map(identify),
    url=MAYBE,
    doi=MAYBE,
    host=MAYBE,
    title=MAYBE,
    kind=st.sampled_from(DocumentKind),
    source=SOURCES,
    blocks=st.lists(
        st.text(min_size=1).map(lambda text: Block(text, BlockKind.PARAGRAPH)), min_size=1
    ).map(tuple),
    published=st.one_of(st.none(), st.dates()),
    language=MAYBE,
    canonical_url=MAYBE,
    links=st.lists(st.builds(Link, TEXT, TEXT, st.booleans()), max_size=3).map(tuple),
    paper=st.one_of(st.none(), PAPERS),
)
PLAIN = Document(
    identify("x"), "https://e.org/", None, "e.org", "T", DocumentKind.WEB,
    SourceRef("f", 1, 2, OffsetBase.FILE, "", None), (Block("text", BlockKind.PARAGRAPH),),
    published=date(2020, 1, 2),
)  # fmt: skip


def write_documents(path: Path, documents: list[Document]) -> Documents:
    writer = DocumentsWriter(path)
    for document in documents:
        writer.add(document, "papers")
    writer.finish()
    writer.close()
    return Documents(path)


@given(st.lists(DOCUMENTS, max_size=6), st.sampled_from([1, 2, 256]))
def test_documents_round_trip(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Document], batch: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexer.records._DOCUMENT_ROWS", batch)
        found = write_documents(tmp_path_factory.mktemp("records") / "x", documents)
    assert len(found) == len(documents)
    assert found.paper_ids() == [each.paper.paper_id if each.paper else "" for each in documents]
    for row, document in enumerate(documents):
        stored = found.get(row)
        assert stored.collection == "papers"
        for name in (
            "document_id", "url", "doi", "host", "title", "kind", "language", "published",
            "source", "paper",
        ):  # fmt: skip
            assert getattr(stored, name) == getattr(document, name), name
        assert found.text(row) == document.text
        middle = len(document.text) // 2
        assert found.slice(row, middle // 2, middle) == document.text[middle // 2 : middle]
        assert found.url(row) == document.url


@given(st.lists(DOCUMENTS, max_size=6, unique_by=lambda each: each.document_id))
def test_documents_are_found_by_id(
    tmp_path_factory: pytest.TempPathFactory, documents: list[Document]
) -> None:
    found = write_documents(tmp_path_factory.mktemp("records") / "x", documents)
    for row, document in enumerate(documents):
        assert found.find(document.document_id) == row
    assert found.find(identify("is in none of them, being longer than they are")) is None


def test_papers_are_found_by_address_with_either_scheme(tmp_path: Path) -> None:
    page = replace(PLAIN, url="https://e.org/p")
    paper = replace(page, document_id=identify("doi:10.1/x"), kind=DocumentKind.PAPER)
    nowhere = replace(paper, document_id=identify("paper:y"), url=None)
    other = replace(paper, document_id=identify("paper:z"), url="http://e.org/q?a=1")
    found = write_documents(tmp_path / "x", [page, nowhere, paper, other])
    assert found.find_paper("https://e.org/p") == 2
    assert found.find_paper("http://e.org/p") == 2
    assert found.find_paper("https://e.org/q?a=1") == 3
    assert found.find_paper("https://e.org/q") is None


@pytest.mark.parametrize(
    ("url", "doi", "address"),
    [
        ("https://e.org/", "10.1/x", "https://e.org/"),
        (None, "10.1/x", "https://doi.org/10.1/x"),
        (None, "10.1002/(sici)1<1::aid-x>3.0.co;2-#", "https://doi.org/10.1002/(sici)1%3C1::aid-x%3E3.0.co;2-%23"),
        (None, None, ""),
    ],
)  # fmt: skip
def test_an_address_is_the_url_or_else_the_doi(
    tmp_path: Path, url: str | None, doi: str | None, address: str
) -> None:
    found = write_documents(tmp_path / "x", [replace(PLAIN, url=url, doi=doi)])
    assert found.get(0).address == address


def test_a_file_name_beyond_unicode_is_spelled_out(tmp_path: Path) -> None:
    odd = replace(PLAIN, source=replace(PLAIN.source, file="crawl-\udcff.warc"))
    stored = write_documents(tmp_path / "x", [odd]).get(0)
    assert stored.source.file == "crawl-\\udcff.warc"


def make_passages(count: int) -> list[Passage]:
    return [
        Passage(
            PassageId(f"{n:032x}"), PLAIN.document_id, n, 5 * n, 5 * n + 5,
            ("a", "b")[: n % 3], f"text {n // 2}", "",
        )
        for n in range(count)
    ]  # fmt: skip


@given(st.lists(st.integers(0, 5), max_size=20), st.sampled_from([1, 3, 1_000]))
def test_passages_round_trip(
    tmp_path_factory: pytest.TempPathFactory, vectors: list[int], batch: int
) -> None:
    passages = make_passages(len(vectors))
    path = tmp_path_factory.mktemp("records") / "x"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("indexer.passages._ROWS", batch)
        writer = PassagesWriter(path)
    for passage, vector in zip(passages, vectors, strict=True):
        writer.add(passage, passage.ordinal // 2, vector, None)
    writer.finish()
    found = Passages(path)
    rows = list(reversed(range(len(vectors))))
    assert len(found) == len(vectors)
    assert found.ids(rows) == [passages[row].passage_id for row in rows]
    assert found.copy_keys(rows) == [copy_key(passages[row].text) for row in rows]
    assert found.vector.tolist() == vectors
    assert found.document.tolist() == [row // 2 for row in range(len(vectors))]
    assert found.start_char.tolist() == [5 * row for row in range(len(vectors))]
    assert found.end_char.tolist() == [5 * row + 5 for row in range(len(vectors))]
    for row, passage in enumerate(passages):
        assert found.ordinal(row) == row
        assert found.heading(row) == (" > ".join(passage.heading_path) or None)
    for row, passage in enumerate(passages):
        assert found.find(passage.passage_id) == row
        same = [other for other in range(len(passages)) if other // 2 == row // 2]
        assert list(found.of_document(row // 2)) == same
    assert found.find(PassageId("f" * 32)) is None
    assert list(found.of_document(len(passages))) == []
    # Every passage under its vector, as a plain search says.
    for vector in set(vectors):
        assert found.of_vector(vector) == np.flatnonzero(np.array(vectors) == vector).tolist()


@given(st.text(), st.text())
def test_copies_differ_in_white_space_only(one: str, other: str) -> None:
    assert (copy_key(one) == copy_key(other)) == (one.split() == other.split())


@pytest.mark.parametrize("damage", ["missing", "empty", "garbage", "cut", "other columns"])
@pytest.mark.parametrize("reader", [Documents, Passages])
def test_broken_files(tmp_path: Path, damage: str, reader: type[Documents | Passages]) -> None:
    path = tmp_path / "x.arrow"
    write_documents(path, [PLAIN])
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    elif damage == "other columns":
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, pa.schema([])):
            pass
    else:
        path.write_bytes({"empty": b"", "garbage": b"x" * 99, "cut": content[:-9]}[damage])
    with pytest.raises(CorruptIndex, match=r"x\.arrow.*build the index again"):
        reader(path)
