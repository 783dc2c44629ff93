"""Records as every crawler frames them, and what no crawler writes: bounded in memory and time."""

import gzip
import io
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType
from hypothesis import given
from hypothesis import strategies as st

from corpora.document import Document, Rejected
from corpora.frames import BrokenRecord, RecordCutter
from corpora.members import MemberStream
from corpora.readers.warc import read_warc

HTML = b"<!doctype html><html><body><p>Relevance is never sold for trust.</p></body></html>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
DATE = "2024-05-06T07:08:09Z"
WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def record(
    type_: str = "response",
    url: str = "https://example.org/",
    block: bytes = OK + HTML,
    version: str = "1.0",
    eol: str = "\r\n",
    **fields: str,
) -> bytes:
    named = {"WARC-Type": type_, "WARC-Target-URI": url, "WARC-Date": DATE}
    named |= {name.replace("_", "-"): value for name, value in fields.items()}
    named["Content-Length"] = str(len(block))
    lines = [f"WARC/{version}", *(f"{name}: {value}" for name, value in named.items())]
    return (eol.join(lines) + eol * 2).encode() + block + (eol * 2).encode()


def outcomes(folder: Path, *records: bytes) -> list[Document | Rejected]:
    path = folder / "a.warc"
    path.write_bytes(b"".join(records))
    return list(read_warc(path))


def told(folder: Path, *records: bytes) -> list[str]:
    return [
        each.reason if isinstance(each, Rejected) else "kept" for each in outcomes(folder, *records)
    ]


# Habits of crawlers.


@pytest.mark.parametrize("version", ["0.17", "0.18", "1.0", "1.1"])
@pytest.mark.parametrize("eol", ["\r\n", "\n"])
def test_versions_and_line_ends(tmp_path: Path, version: str, eol: str) -> None:
    made = [record(version=version, eol=eol), record(version=version, eol=eol)]
    assert told(tmp_path, *made) == ["kept", "kept"]


def test_header_fields_in_any_case_folded_and_repeated(tmp_path: Path) -> None:
    made = (
        b"WARC/1.0\r\nwarc-type:response\r\nWARC-TARGET-URI:\thttps://example.org/\r\n /folded\r\n"
        b"Warc-Date: " + DATE.encode() + b"\r\nWARC-Type: request\r\nno colon\r\n"
        b"CONTENT-LENGTH:   %d  \r\n\r\n%s\r\n\r\n" % (len(OK + HTML), OK + HTML)
    )
    (page,) = outcomes(tmp_path, made)
    assert isinstance(page, Document)
    assert page.source.fetched_at == WHEN


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        # Browsertrix and pywb
        (record("resource", "urn:pageinfo:https://example.org/", b"{}",
                Content_Type="application/json"), "not a web address"),
        (record("resource", "urn:text:https://example.org/", b"text", Content_Type="text/plain"),
         "not a web address"),
        (record("resource", "urn:view:https://example.org/", b"\x89PNG", Content_Type="image/png"),
         "not a web address"),
        (record("resource", "https://example.org/a.png", b"\x89PNG\r\n", Content_Type="image/png"),
         "media type that is not read"),
        # Heritrix
        (record("response", "dns:example.org", b"20240506\nexample.org. IN A 1.1.1.1\n",
                Content_Type="text/dns"), "not a web address"),
        (record("metadata", "https://example.org/", b"via: x\r\n",
                Content_Type="application/warc-fields"), "record type metadata"),
        (record("response", "ftp://example.org/a", b"data"), "not a web address"),
        # wget
        (record("resource", "metadata://gnu.org/software/wget/warc/MANIFEST.txt", b"<urn:x>",
                Content_Type="text/plain"), "not a web address"),
        # Common Crawl's WAT
        (record("metadata", "https://example.org/", b'{"Envelope": {}}',
                Content_Type="application/json"), "record type metadata"),
        (record("warcinfo", "", b"software: x\r\n"), "record type warcinfo"),
        (record("request", block=b"GET / HTTP/1.1\r\n\r\n"), "record type request"),
        # Statuses
        (record(block=OK.replace(b"200", b"203") + HTML), "kept"),
        (record(block=b"HTTP/1.1 206 Partial\r\nContent-Type: text/html\r\n"
                b"Content-Range: bytes 0-9/10\r\n\r\n" + HTML), "kept"),
        (record(block=b"HTTP/1.1 206 Partial\r\nContent-Type: text/html\r\n"
                b"Content-Range: bytes 5-9/10\r\n\r\n" + HTML), "status 206"),
        (record(block=b"HTTP/2 200\r\ncontent-type: text/html\r\n\r\n" + HTML), "kept"),
        (record(block=b"HTTP/1.1 200 OK\nContent-Type: text/html\n\n" + HTML), "kept"),
        (record(block=b"HTTP/1.1 2000 OK\r\n\r\n" + HTML), "broken http header"),
        (record(block=b"ICY 200 OK\r\n\r\n"), "broken http header"),
        # Headers lost on the way
        (record(block=HTML, Content_Type="text/html; charset=utf-8"), "kept"),
        (record(block=OK + HTML, Content_Type="text/html"), "kept"),
        (record(block=HTML), "broken http header"),
        (record(block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + gzip.compress(HTML)),
         "kept"),
        (record(block=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\n"
                b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(gzip.compress(HTML))), "kept"),
    ],
)  # fmt: skip
def test_what_crawlers_write(tmp_path: Path, made: bytes, reason: str) -> None:
    assert told(tmp_path, made, record()) == [reason, "kept"]


def test_pages_that_are_gone_say_so(tmp_path: Path) -> None:
    found = outcomes(
        tmp_path, *(record(block=b"HTTP/1.1 %d X\r\n\r\n" % status) for status in (404, 410, 500))
    )
    assert [getattr(each, "gone", None) for each in found] == [True, True, False]


ARC1 = (
    b"filedesc://a.arc 0.0.0.0 20240506070809 text/plain 76\n"
    b"1 0 Crawler\nURL IP-address Archive-date Content-type Archive-length\n"
)
ARC2 = (
    b"filedesc://a.arc 0.0.0.0 20240506070809 text/plain 200 - - 0 a.arc 122\n"
    b"2 0 Crawler\nURL IP-address Archive-date Content-type Result-code Checksum Location Offset "
    b"Filename Archive-length\n"
)


def arc(line: str, block: bytes = OK + HTML) -> bytes:
    return f"{line} {len(block)}\n".encode() + block + b"\n"


@pytest.mark.parametrize(
    ("head", "line"),
    [
        (ARC1, "http://example.org/ 1.1.1.1 20240506070809 text/html"),
        (ARC1, "http://example.org/a b c 1.1.1.1 20240506070809 text/html"),
        (ARC1, "http://example.org/ 1.1.1.1 20240506070809 text/html; charset=utf-8"),
        (ARC1, "http://example.org/ 1.1.1.1 20240506070809 no-type"),
        (ARC2, "http://example.org/ 1.1.1.1 20240506070809 text/html 200 sum - 123 a.arc"),
        (ARC2, "http://example.org/ 1.1.1.1 20240506070809 text/html - - http://l/ 123 a.arc"),
    ],
)
def test_both_versions_of_arc(tmp_path: Path, head: bytes, line: str) -> None:
    found = outcomes(tmp_path, head, b"\n", arc(line), arc(line))
    pages = [each for each in found if isinstance(each, Document)]
    assert len(pages) == 2
    assert {page.source.fetched_at for page in pages} == {WHEN}
    address = line.partition(" 1.1.1.1")[0].replace(" ", "%20")
    assert {page.url for page in pages} == {address}


# Bounds.


class Endless(io.RawIOBase):
    """A stream that repeats itself up to a size, without holding it."""

    def __init__(self, start: bytes, unit: bytes, size: int, end: bytes = b"") -> None:
        super().__init__()
        self._parts = self._make(start, unit * (65536 // len(unit)), size, end)
        self._rest = b""

    def _make(self, start: bytes, unit: bytes, size: int, end: bytes) -> Iterator[bytes]:
        yield start
        for _ in range(size // len(unit)):
            yield unit
        yield end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        while not self._rest:
            try:
                self._rest = next(self._parts)
            except StopIteration:
                return 0
        part = self._rest[: len(buffer)]
        self._rest = self._rest[len(part) :]
        buffer[: len(part)] = part
        return len(part)


def packed(stream: io.RawIOBase, path: Path) -> Path:
    with gzip.open(path, "wb", 1) as out:
        while block := stream.read(1 << 20):
            out.write(block)
    return path


@pytest.mark.parametrize(
    ("start", "unit"),
    [
        (b"WARC/1.0\r\n", b"X-Name: value\r\n"),
        (b"WARC/1.0\r\n", b"x"),
        (b"WARC/1.0\r\nContent-Length: 99999999999\r\n\r\n", b"<p>never ends</p>\n"),
        (b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://x.org/\r\n"
         b"Content-Length: 99999999999\r\n\r\nHTTP/1.1 200 OK\r\n", b"X-Name: value\r\n"),
        (b"WARC/1.0\r\nContent-Length: 0\r\n\r\n", b"\r\n"),
        (b"WARC/1.0\r\nContent-Length: 0\r\n\r\n", b"WARC/1.0\r\nX"),
        (b"http://x.org/ 1.1.1.1 20240506070809 text/html 0\n", b"http: 1 "),
        (b"WARC/1.0\r\nContent-Length: 0\r\n\r\n", b"http://x.org/ 1.1.1.1 2024050607 "),
    ],
    ids=["header lines", "header line", "content", "http lines", "blank lines", "false starts",
         "arc line", "arc words"],
)  # fmt: skip
def test_what_never_ends_takes_constant_memory_and_linear_time(
    tmp_path: Path, start: bytes, unit: bytes
) -> None:
    size = 40 * 1024 * 1024
    path = packed(Endless(start, unit, size, b"\r\n\r\n"), tmp_path / "a.warc.gz")
    with path.open("ab") as file:
        following = (
            arc("http://example.org/ 1.1.1.1 20240506070809 text/html")
            if start.startswith(b"http")
            else record()
        )
        file.write(gzip.compress(following))
    began = time.process_time()
    tracemalloc.start()
    try:
        last = list(read_warc(path))[-1]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(last, Document)
    assert peak < 24 * 1024 * 1024
    assert time.process_time() - began < 30


# An oracle that is no relative of ours.


blocks = st.binary(max_size=300)


@given(
    parts=st.lists(st.tuples(st.sampled_from(["response", "request", "metadata"]), blocks),
                   min_size=1, max_size=8),
    is_packed=st.booleans(),
)  # fmt: skip
def test_frames_are_those_of_fastwarc(parts: list[tuple[str, bytes]], is_packed: bool) -> None:
    made = [record(kind, block=block) for kind, block in parts]
    data = b"".join(map(gzip.compress, made) if is_packed else made)
    theirs = [
        (each.headers["WARC-Type"], each.stream_pos, each.reader.read())
        for each in ArchiveIterator(io.BytesIO(data), parse_http=False,
                                    record_types=WarcRecordType.any_type)
    ]  # fmt: skip
    ours = []
    cutter = RecordCutter(MemberStream(io.BytesIO(data)))
    while (header := cutter.open()) is not None:
        kind = header.split(b"\r\n")[1].removeprefix(b"WARC-Type: ").decode()
        block = cutter.read(10_000)
        ours.append((kind, cutter.close().offset, block))
    assert ours == theirs


@given(st.binary(max_size=400), st.binary(max_size=400), st.sampled_from([bytes, gzip.compress]))
def test_cutting_ends_whatever_there_is(before: bytes, after: bytes, pack: type[bytes]) -> None:
    data = before + pack(record()) + after
    cutter = RecordCutter(MemberStream(io.BytesIO(data)))
    for _ in range(2000):
        with suppress(BrokenRecord):
            if cutter.open() is None:
                return
            cutter.read(50)
            cutter.close()
    raise AssertionError("it goes on for ever")
