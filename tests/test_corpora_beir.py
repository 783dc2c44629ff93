"""BEIR collections: documents as values, queries and judgements as contracts."""

import gzip
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, DocumentKind, Rejected, identify
from corpora.errors import CorpusError
from corpora.readers.beir import Query, read_corpus, read_qrels, read_queries
from corpora.trec import Judgement

CORPUS = (
    {"_id": "d1", "title": "One", "text": "First part.\n\nSecond part.", "metadata": {}},
    {"_id": 2, "title": "Two", "text": ""},
    {"_id": "d3", "title": "", "text": "Third.", "metadata": {"url": "HTTP://Example.org"}},
)


def lines(*values: object) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def collection(folder: Path, *, gzipped: bool = False) -> Path:
    (folder / "qrels").mkdir(parents=True)
    for name, data in (
        ("corpus.jsonl", lines(*CORPUS)),
        ("queries.jsonl", lines({"_id": "q1", "text": " Which? "}, {"_id": 2, "text": "Why?"})),
        ("qrels/test.tsv", b"query-id\tcorpus-id\tscore\nq1\td1\t2\n2\t2\t0\r\n"),
    ):
        if gzipped:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("gzipped", [False, True])
def test_a_whole_collection(tmp_path: Path, gzipped: bool) -> None:
    folder = collection(tmp_path / "c", gzipped=gzipped)
    first, second, third = read_corpus(folder)
    assert isinstance(first, Document)
    assert [block.text for block in first.blocks] == ["First part.", "Second part."]
    assert first.document_id == identify("beir:c/d1")
    assert (first.title, first.kind, first.url) == ("One", DocumentKind.PAPER, None)
    assert first.paper is not None
    assert first.paper.paper_id == "d1"
    assert isinstance(second, Document)
    assert second.text == "Two"
    assert second.paper is not None
    assert second.paper.paper_id == "2"
    assert isinstance(third, Document)
    assert (third.kind, third.url, third.host) == (
        DocumentKind.WEB, "http://example.org/", "example.org",
    )  # fmt: skip
    assert third.title is None
    assert read_queries(folder) == (Query("q1", "Which?"), Query("2", "Why?"))
    assert read_qrels(folder, "test") == (Judgement("q1", "d1", 2), Judgement("2", "2", 0))
    assert list(read_corpus(folder / f"corpus.jsonl{'.gz' if gzipped else ''}")) == [
        first, second, third,
    ]  # fmt: skip


def test_bad_documents_are_values(tmp_path: Path) -> None:
    path = tmp_path / "corpus.jsonl"
    good = lines(CORPUS[0])
    path.write_bytes(good + b"{oops\n" + lines({"text": "x"}, {"_id": "e", "text": " "}) + good)
    outcomes = list(read_corpus(path))
    assert [each.reason for each in outcomes if isinstance(each, Rejected)] == [
        "broken json", "no _id", "no text",
    ]  # fmt: skip
    assert [each.source.offset for each in outcomes][:2] == [0, len(good)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"_id": "a", "text": "x"}\n{oops\n', r"queries\.jsonl, query 2: broken json"),
        (b'{"_id": "a"}\n', "query 1: needs an _id and a text"),
        (b'{"text": "a"}\n', "query 1: needs an _id and a text"),
        (
            b'{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n',
            "query 2: _id 'a' is there twice",
        ),
        (b"", "is empty"),
    ],
)
def test_bad_queries_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "queries.jsonl").write_bytes(data)
    with pytest.raises(CorpusError, match=message):
        read_queries(tmp_path)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"q\td\t1\nq\td\n", r"test\.tsv: 1 broken lines; line 2: not a query id"),
        (b"q\td\t1\nq\td\thigh\n", "line 2: not a query id"),
        (b"query-id\tcorpus-id\tscore\n", "holds nothing"),
        (b"", "holds nothing"),
        (b"q\td\t1\n\xff\td\t1\n", "test.tsv: "),
    ],
)
def test_bad_judgements_are_errors(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_bytes(data)
    with pytest.raises(CorpusError, match=message):
        read_qrels(tmp_path, "test")


def test_missing_parts_are_errors(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"has neither queries\.jsonl nor queries\.jsonl\.gz"):
        read_queries(tmp_path)
    with pytest.raises(CorpusError, match=r"has neither dev\.tsv"):
        read_qrels(tmp_path, "dev")
    with pytest.raises(CorpusError, match=r"has neither corpus\.jsonl"):
        list(read_corpus(tmp_path))


ids = st.text(st.characters(codec="ascii", min_codepoint=33), min_size=1, max_size=8)


@given(
    judged=st.lists(st.builds(Judgement, ids, ids, st.integers(-2, 4)), min_size=1, max_size=9),
    header=st.booleans(),
    trec=st.booleans(),
)
def test_judgements_come_back_as_written(
    tmp_path_factory: pytest.TempPathFactory, judged: list[Judgement], header: bool, trec: bool
) -> None:
    folder = tmp_path_factory.mktemp("q")
    (folder / "qrels").mkdir()
    middle = "\t0" if trec else ""
    text = "query-id\tcorpus-id\tscore\n" if header else ""
    text += "".join(f"{each[0]}{middle}\t{each[1]}\t{each[2]}\n" for each in judged)
    (folder / "qrels" / "test.tsv").write_text(text, encoding="utf-8")
    assert read_qrels(folder, "test") == tuple(judged)


@pytest.mark.skipif("AUCTOR_DATA" not in os.environ, reason="AUCTOR_DATA names no folder")
@pytest.mark.parametrize(
    ("name", "kept", "rejected", "queries", "judged"),
    [("scifact", 5183, 0, 1109, 339), ("cranfield", 1398, 2, 225, 1837)],
)
def test_real_collections(name: str, kept: int, rejected: int, queries: int, judged: int) -> None:
    folder = Path(os.environ["AUCTOR_DATA"], name)
    outcomes = list(read_corpus(folder))
    assert sum(isinstance(each, Document) for each in outcomes) == kept
    assert len(outcomes) == kept + rejected
    assert len(read_queries(folder)) == queries
    qrels = read_qrels(folder, "test")
    assert len(qrels) == judged
    known = {each.paper.paper_id for each in outcomes if isinstance(each, Document) and each.paper}
    assert {each.doc_id for each in qrels if each.grade > 0} - known <= {"471", "995"}
