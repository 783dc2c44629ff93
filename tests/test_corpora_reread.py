"""Records read again by their place: as the build read them, and no further than it takes."""

import gzip
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import reread
from corpora.document import Document, OffsetBase, Rejected
from corpora.errors import CorpusError
from corpora.readers.warc import Exchange, write_warc
from corpora.reread import read_again
from corpora.sources import Source, find_sources, read

DAY = datetime(2024, 1, 1, tzinfo=UTC)


def exchanges(count: int) -> list[Exchange]:
    return [
        Exchange(
            f"https://example.org/{n}", DAY, f"<p>Page {n} of them.</p>".encode() * (n % 5 + 1)
        )
        for n in range(count)
    ]


def records(source: Source) -> list[Document]:
    return [each for each in read(source) if isinstance(each, Document)]


def only(path: Path) -> Source:
    (source,) = find_sources([path]).found
    return source


class Counting(io.BufferedReader):
    """A file that counts what is read of it."""

    read_bytes = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(-1 if size is None else size)
        Counting.read_bytes += len(data)
        return data


@pytest.fixture(params=["x.warc", "x.warc.gz"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Source:
    path = tmp_path / request.param
    write_warc(path, exchanges(300))
    return only(path)


def test_each_record_comes_again_without_the_rest(
    archive: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(file: str) -> BinaryIO:
        return Counting(io.FileIO(file))

    monkeypatch.setattr(reread, "open_source", opened)
    for document in records(archive)[::17]:
        Counting.read_bytes = 0
        assert next(read_again(archive, document.source)) == document
        assert Counting.read_bytes < archive.size_bytes // 2 or archive.path.suffix == ".gz"
        assert Counting.read_bytes < 200_000


@pytest.mark.parametrize("base", ["file", "stream"])
def test_a_place_that_is_none(archive: Source, base: str) -> None:
    place = records(archive)[7].source
    wrong = replace(place, offset=place.offset + 5, base=OffsetBase(base))
    assert not [each for each in read_again(archive, wrong) if isinstance(each, Document)]
    beyond = replace(place, offset=archive.size_bytes + 10, base=OffsetBase(base))
    assert list(read_again(archive, beyond)) == []


def test_a_revisit_comes_after_its_original(tmp_path: Path) -> None:
    first, *others = exchanges(20)
    again = [replace(first, fetched_at=DAY.replace(day=d), revisit_of=DAY) for d in (2, 3)]
    write_warc(tmp_path / "x.warc.gz", [first, *others, *again])
    source = only(tmp_path / "x.warc.gz")
    expected = records(source)
    assert [each.source.fetched_at for each in expected[-2:]] == [
        DAY.replace(day=2), DAY.replace(day=3),
    ]  # fmt: skip
    for revisit in expected[-2:]:
        original, found = read_again(source, revisit.source)
        assert original == expected[0]
        assert found == revisit
    # None of them is meant where only the original is.
    assert list(read_again(source, expected[0].source)) == [expected[0]]


def test_a_record_in_segments(tmp_path: Path) -> None:
    def segment(kind: str, number: int, block: bytes, more: str) -> bytes:
        head = (
            f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:{number}>\r\n"
            f"WARC-Date: 2024-01-01T00:00:00Z\r\nWARC-Target-URI: https://example.org/long\r\n"
            f"WARC-Segment-Number: {number}\r\n{more}Content-Length: {len(block)}\r\n\r\n"
        )
        return head.encode() + block + b"\r\n\r\n"

    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Written in two pieces.</p>"
    write_warc(tmp_path / "x.warc", exchanges(3))
    whole = (tmp_path / "x.warc").read_bytes()
    last = f"WARC-Segment-Origin-ID: <urn:1>\r\nWARC-Segment-Total-Length: {len(block)}\r\n"
    parts = segment("response", 1, block[:60], "") + segment("continuation", 2, block[60:], last)
    (tmp_path / "x.warc").write_bytes(whole + parts + whole.replace(b"org/", b"com/"))
    source = only(tmp_path / "x.warc")
    (joined,) = [each for each in records(source) if each.url == "https://example.org/long"]
    found = list(read_again(source, joined.source))
    assert [each for each in found if isinstance(each, Document)] == [joined]
    assert isinstance(found[0], Rejected)  # of its first segment alone nothing comes


def test_a_member_that_is_not_there(tmp_path: Path) -> None:
    write_warc(tmp_path / "x.warc", exchanges(1))
    source = only(tmp_path / "x.warc")
    (document,) = records(source)
    place = replace(document.source, file=f"{source.path}!/archive/y.warc")
    with pytest.raises(CorpusError):
        list(read_again(source, place))


def test_an_object_among_others_of_its_page_comes_with_them(tmp_path: Path) -> None:
    works = [
        {"id": f"https://openalex.org/W{n}", "display_name": f"Work {n}", "publication_year": 2020,
         "abstract_inverted_index": {"Ice": [0], "melts": [1], "slowly": [2], f"here{n}": [3]}}
        for n in range(4)
    ]  # fmt: skip
    path = tmp_path / "works.json"
    path.write_text(json.dumps({"meta": {"count": 4}, "results": works}), encoding="utf-8")
    source = only(path)
    for document in records(source):
        assert document in list(read_again(source, document.source))


@given(st.data())
def test_lines_of_json(make_lines: Callable[[int, bool], Source], data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 9))
    source = make_lines(count, data.draw(st.booleans()))
    documents = records(source)
    assert len(documents) == count
    for document in documents:
        assert list(read_again(source, document.source)) == [document]


@pytest.fixture(scope="module")
def make_lines(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, bool], Source]:
    def make(count: int, is_packed: bool) -> Source:
        folder = tmp_path_factory.mktemp("lines")
        rows = [
            {"_id": str(n), "title": "", "text": f"Text – {n}. " * (n + 1)} for n in range(count)
        ]
        data = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows).encode()
        path = folder / ("corpus.jsonl.gz" if is_packed else "corpus.jsonl")
        path.write_bytes(gzip.compress(data) if is_packed else data)
        return only(path)

    return make
