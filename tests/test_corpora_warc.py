"""The WARC reader against warcio as oracle, under truncation and corruption, and on real files."""

import gzip
import hashlib
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from corpora import members, warc_page
from corpora.document import (
    BlockKind,
    Document,
    DocumentKind,
    OffsetBase,
    Payload,
    Rejected,
    identify,
)
from corpora.errors import CorpusError
from corpora.media import Media
from corpora.plain_text import paragraph_blocks
from corpora.readers.warc import Exchange, read_warc, write_warc

WHEN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)
HTML = b"<!doctype html><html><body><p>Relevance is never sold for trust.</p></body></html>"
HTTP_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"


def record(
    block: bytes = HTTP_OK + HTML,
    *,
    type_: str = "response",
    url: str = "https://example.org/",
    content_type: str = "application/http; msgtype=response",
    length: object = None,
) -> bytes:
    """One WARC record, built without warcio."""
    header = (
        f"WARC/1.0\r\nWARC-Type: {type_}\r\nWARC-Target-URI: {url}\r\n"
        f"WARC-Date: 2024-05-06T07:08:09Z\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(block) if length is None else length}\r\n\r\n"
    )
    return header.encode() + block + b"\r\n\r\n"


def http(payload: bytes = HTML, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + payload


def write(folder: Path, *records: bytes, name: str = "a.warc") -> Path:
    """Write records, each its own gzip member when the name ends with .gz."""
    pack = gzip.compress if name.endswith(".gz") else bytes
    path = folder / name
    path.write_bytes(b"".join(pack(each) for each in records))
    return path


def only(outcomes: list[Document | Rejected]) -> Document | Rejected:
    assert len(outcomes) == 1
    return outcomes[0]


def content(page: Document | Rejected) -> bytes:
    assert isinstance(page, Document)
    assert page.payload is not None
    return page.payload.content


def read_one(folder: Path, *records: bytes) -> Document | Rejected:
    return only(list(read_warc(write(folder, *records))))


def reasons(path: Path) -> list[str]:
    return [each.reason if isinstance(each, Rejected) else "kept" for each in read_warc(path)]


# What becomes a document.


def test_page_carries_everything_a_citation_needs(tmp_path: Path) -> None:
    page = read_one(tmp_path, record(url="HTTPS://Example.ORG:443/a/../b?utm_source=x#frag"))
    assert isinstance(page, Document)
    assert page.url == "https://example.org/b"
    assert page.document_id == identify("https://example.org/b")
    assert (page.host, page.kind, page.title) == ("example.org", DocumentKind.WEB, None)
    assert content(page) == HTML
    assert page.blocks == ()
    assert page.source.digest == f"sha256:{hashlib.sha256(HTML).hexdigest()}"
    assert page.source.fetched_at == WHEN


def test_http_and_https_are_one_page(tmp_path: Path) -> None:
    path = write(tmp_path, record(url="http://example.org/x"), record(url="https://example.org/x"))
    first, second = (each for each in read_warc(path) if isinstance(each, Document))
    assert first.document_id == second.document_id
    assert first.url != second.url


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (record(http(b"", "Location: /b", status="301 Moved")), "status 301"),
        (record(http(status="404 Not Found")), "status 404"),
        (record(http(HTML, "Content-Type: image/png")), "media type that is not read"),
        (record(http(b"%PDF-1.4 ...", "Content-Type: text/html")), "media type that is not read"),
        (record(http(b"\x00\x01\x02", "Content-Type: text/plain")), "media type that is not read"),
        (record(http(b" \r\n", "Content-Type: text/html")), "empty payload"),
        (record(http(b"x", "Content-Encoding: sdch", "Content-Type: text/html")),
         "unknown content encoding"),
        (record(b"\x16\x03\x01"), "broken http header"),
        (record(b""), "broken http header"),
        (record(b"HTTP/1.1 oops\r\n\r\n"), "broken http header"),
        (record(url="dns:example.org", content_type="text/dns"), "not a web address"),
        (record(url="https://exa mple.org/"), "not a web address"),
        (record(url="metadata://x", type_="resource", content_type="text/plain"),
         "not a web address"),
        (record(b"GET / HTTP/1.1\r\n\r\n", type_="request"), "record type request"),
        (record(b"a: b", type_="warcinfo"), "record type warcinfo"),
        (record(b"a: b", type_="metadata"), "record type metadata"),
        (record(http(b""), type_="revisit"), "revisit of a record that is not here"),
        (record(http(b"", status="404 Not Found"), type_="revisit"), "status 404"),
        (record(b"", type_="continuation"), "segment of a record"),
        (record(b"", type_="mystery"), "unknown record type"),
        (record(b"", type_=""), "broken record header"),
        (record("\u200b \u2060".encode(), type_="conversion", content_type="text/plain"),
         "empty payload"),
    ],
)  # fmt: skip
def test_other_records_are_counted_by_reason(tmp_path: Path, made: bytes, reason: str) -> None:
    rejected = read_one(tmp_path, made)
    assert isinstance(rejected, Rejected)
    assert rejected.reason == reason
    assert rejected.damaged == reason.startswith("broken")
    assert (rejected.source.offset, rejected.source.length) == (0, len(made) - 4)
    assert rejected.source.fetched_at == WHEN


def test_rejected_records_name_their_address(tmp_path: Path) -> None:
    gone = record(http(status="410 Gone"), url="http://Example.org/x#y")
    assert read_one(tmp_path, gone).url == "http://example.org/x"
    assert read_one(tmp_path, record(url="dns:Example.org")).url == "dns:Example.org"
    assert read_one(tmp_path, record(length=10**9)).url == "https://example.org/"


def test_angle_brackets_around_the_address_are_dropped(tmp_path: Path) -> None:
    page = read_one(tmp_path, record(url="<https://example.org/wget>"))
    assert page.url == "https://example.org/wget"


def test_missing_content_type_is_sniffed(tmp_path: Path) -> None:
    html = read_one(tmp_path, record(http(b"\n <!-- c --><HTML><p>x</p>")))
    text = read_one(tmp_path, record(http(b"plain words")))
    binary = read_one(tmp_path, record(http(b"\x00\x01\x02")))
    assert isinstance(html, Document)
    assert content(html) == b"\n <!-- c --><HTML><p>x</p>"
    assert isinstance(text, Document)
    assert text.payload == Payload(b"plain words", Media.TEXT)
    assert isinstance(binary, Rejected)


def test_plain_text_is_cut_at_blank_lines_and_wet_at_lines(tmp_path: Path) -> None:
    text = b"one\nstill one\n\n  \n\ntwo\r\n\r\nthree \xe2\x80\x8b\n\n\xe2\x80\x8b\n"
    plain = read_one(tmp_path, record(http(text, "Content-Type: text/plain; charset=utf-8")))
    wet = read_one(tmp_path, record(text, type_="conversion", content_type="text/plain"))
    assert isinstance(plain, Document)
    assert isinstance(wet, Document)
    assert plain.payload == Payload(text, Media.TEXT, "utf-8")
    blocks = paragraph_blocks(text.decode())
    assert [block.text for block in blocks] == ["one\nstill one", "two", "three"]
    assert [block.text for block in wet.blocks] == ["one", "still one", "two", "three"]
    assert {block.kind for block in wet.blocks} == {BlockKind.PARAGRAPH}
    assert wet.payload is None


def test_resource_records_are_pages_without_http(tmp_path: Path) -> None:
    page = read_one(tmp_path, record(HTML, type_="resource", content_type="text/html"))
    assert isinstance(page, Document)
    assert content(page) == HTML


def test_http_charset_is_used(tmp_path: Path) -> None:
    body = "<html><p>čeština</p></html>".encode("iso-8859-2")
    page = read_one(tmp_path, record(http(body, "Content-Type: text/html; charset=ISO-8859-2")))
    assert isinstance(page, Document)
    assert content(page) == body
    assert page.payload == Payload(body, Media.HTML, "ISO-8859-2")


def test_digest_is_of_the_decoded_payload(tmp_path: Path) -> None:
    sent = gzip.compress(HTML)
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(sent), sent)
    headers = ("Content-Type: text/html", "Content-Encoding: gzip", "Transfer-Encoding: chunked")
    page = read_one(tmp_path, record(http(chunked, *headers)))
    assert isinstance(page, Document)
    assert content(page) == HTML
    assert page.source.digest == f"sha256:{hashlib.sha256(HTML).hexdigest()}"


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("2024-05-06T07:08:09Z", WHEN),
        ("2024-05-06T09:08:09+02:00", WHEN),
        ("2024-05-06T07:08:09.123456789Z", WHEN.replace(microsecond=123456)),
        ("yesterday", None),
        ("0001-01-01T00:00:00+23:59", None),
    ],
)
def test_dates_are_utc_or_none(tmp_path: Path, stated: str, read: datetime | None) -> None:
    page = read_one(tmp_path, record().replace(b"2024-05-06T07:08:09Z", stated.encode()))
    assert page.source.fetched_at == read


# Bounds.


def test_large_payloads_are_rejected_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warc_page, "MAX_PAYLOAD_BYTES", 1000)
    fits = record(http(b"x" * 1000, "Content-Type: text/plain"))
    bomb = record(http(gzip.compress(b"x" * 10**6), "Content-Type: text/html",
                       "Content-Encoding: gzip"))  # fmt: skip
    path = write(tmp_path, fits, record(http(b"x" * 1001, "Content-Type: text/plain")), bomb)
    assert reasons(path) == ["kept", "payload too large", "payload too large"]


def test_a_huge_record_is_passed_over_without_reading_it(tmp_path: Path) -> None:
    size = 20 * 1024**3
    path = tmp_path / "sparse.warc"
    head = record(b"", type_="resource", content_type="video/mp4", length=size)[:-4]
    with path.open("wb") as file:
        file.write(head)
        file.seek(size, os.SEEK_CUR)
        file.write(b"\r\n\r\n" + record())
    assert reasons(path) == ["media type that is not read", "kept"]


def test_endless_headers_are_given_up(tmp_path: Path) -> None:
    endless = b"WARC/1.0\r\n" + b"X-Filler: y\r\n" * 40_000 + b"\r\n"
    assert reasons(write(tmp_path, endless, record())) == ["record header too long", "kept"]
    long_http = record(b"HTTP/1.1 200 OK\r\n" + b"X-Filler: y\r\n" * 40_000)
    assert reasons(write(tmp_path, long_http, record())) == ["broken http header", "kept"]


# Broken files.


@pytest.mark.parametrize("name", ["a.warc", "a.warc.gz"])
def test_cut_off_files_keep_what_came_before(tmp_path: Path, name: str) -> None:
    whole = write(tmp_path, record(), record(url="https://example.org/2"), name=name)
    second = [each.source for each in read_warc(whole)][1]
    cut = tmp_path / f"cut-{name}"
    cut.write_bytes(whole.read_bytes()[: second.offset + 150])
    kept, lost = read_warc(cut)
    assert isinstance(kept, Document)
    assert isinstance(lost, Rejected)
    assert lost.reason == "record cut off"
    assert lost.damaged
    assert (lost.source.offset, lost.source.length) == (second.offset, None)
    assert lost.source.base is OffsetBase.FILE


def test_a_flipped_byte_costs_one_gzip_member(tmp_path: Path) -> None:
    urls = [f"https://example.org/{number}" for number in range(5)]
    path = write(tmp_path, *(record(url=url) for url in urls), name="a.warc.gz")
    sources = [each.source for each in read_warc(path)]
    data = bytearray(path.read_bytes())
    data[sources[2].offset + 60] ^= 0x10
    path.write_bytes(data)
    outcomes = list(read_warc(path))
    assert [each.url for each in outcomes if isinstance(each, Document)] == urls[:2] + urls[3:]
    (lost,) = (each for each in outcomes if isinstance(each, Rejected))
    assert lost.source.offset == sources[2].offset


def test_a_broken_first_member_is_counted_too(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"\x1f\x8b\x08" + b"\xff" * 50 + gzip.compress(record()))
    assert reasons(path) == ["broken gzip", "kept"]


def test_trailing_garbage_and_padding(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(record()) + b"\x00" * 5000)
    assert reasons(path) == ["kept"]
    path.write_bytes(gzip.compress(record()) + b"garbage" + gzip.compress(record()))
    assert reasons(path) == ["kept", "broken gzip", "kept"]


def test_a_length_that_is_too_long_does_not_swallow_the_next_record(tmp_path: Path) -> None:
    for length in (len(HTTP_OK + HTML) + 50, 10**12):
        for name in ("a.warc", "a.warc.gz"):
            path = write(tmp_path, record(length=length), record(), name=name)
            assert reasons(path) == ["wrong content length", "kept"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_lengths_that_lie_cost_only_their_record(
    tmp_path: Path, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "a.warc"
    true = len(HTTP_OK + HTML)
    lies = [true + 1, true + 30, true + 700, 10**15, 0]
    made = []
    for number, lie in enumerate(lies):
        made += [
            record(url="https://example.org/lie", length=lie),
            record(url=f"https://x.org/{number}"),
        ]
    path.write_bytes(pack(b"".join(made)))
    urls = [each.url for each in read_warc(path) if isinstance(each, Document)]
    assert [url for url in urls if url != "https://example.org/lie"] == [
        f"https://x.org/{number}" for number in range(len(lies))
    ]


def test_many_lies_in_one_stream_take_linear_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(members, "_FREE_REREAD_BYTES", 100_000)
    path = tmp_path / "a.warc.gz"
    lie = record(length=len(HTTP_OK + HTML) + 40)
    path.write_bytes(gzip.compress((lie + record()) * 2000))
    start = time.process_time()
    outcomes = list(read_warc(path))
    assert time.process_time() - start < 10
    assert len(outcomes) >= 2000


def test_a_length_that_is_too_short_leaves_bytes_that_are_counted(tmp_path: Path) -> None:
    for name in ("a.warc", "a.warc.gz"):
        path = write(tmp_path, record(length=len(HTTP_OK + HTML) - 9), record(), name=name)
        kept, junk, following = read_warc(path)
        assert isinstance(kept, Document)
        assert content(kept) == HTML[:-9]
        assert isinstance(junk, Rejected)
        assert junk.reason == "bytes outside records"
        assert junk.source.length == len(HTML[-9:]) + 4
        assert isinstance(following, Document)


@pytest.mark.parametrize("length", ["", "-1", "abc", "9" * 30])
def test_without_a_length_the_next_record_is_found(tmp_path: Path, length: str) -> None:
    path = write(tmp_path, record(length=length), record())
    assert reasons(path) == ["no content length", "kept"]


def test_a_record_is_found_behind_bytes_that_are_none(tmp_path: Path) -> None:
    for junk in (b"\x00", b"x" * 200_000, b"text\nabout WARC/1.0\n and more\n" * 9000):
        path = write(tmp_path, record() + junk, junk + record())
        kept, lost, found = read_warc(path)
        assert isinstance(kept, Document)
        assert isinstance(lost, Rejected)
        assert (lost.reason, lost.source.length) == ("bytes outside records", 2 * len(junk))
        assert isinstance(found, Document)


def test_records_over_several_members_and_several_in_one(tmp_path: Path) -> None:
    one, two = record(url="https://example.org/1"), record(url="https://example.org/2")
    path = tmp_path / "a.warc.gz"
    path.write_bytes(gzip.compress(one[:200]) + gzip.compress(one[200:]) + gzip.compress(two + one))
    spread, packed, last = (each.source for each in read_warc(path))
    data = path.read_bytes()
    assert spread.base is OffsetBase.FILE
    assert gzip.decompress(data[: spread.length]) == one
    for source, made in ((packed, two), (last, one)):
        assert source.base is OffsetBase.STREAM
        assert source.length is not None
        stream = gzip.decompress(data)
        assert stream[source.offset : source.offset + source.length] == made[:-4]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n", b"no archive\n" * 10_000, b"\x00" * 70_000, gzip.compress(b"hello"),
     gzip.compress(b"hello" * 10**5)[:50], b"\x1f\x8b", b"\x04\x22\x4d\x18lz4"],
)  # fmt: skip
def test_a_file_without_any_record_is_an_error(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.warc.gz"
    path.write_bytes(data)
    with pytest.raises(CorpusError, match=r"a\.warc\.gz: holds no WARC or ARC record: "):
        list(read_warc(path))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cannot be read: No such file"):
        list(read_warc(tmp_path / "absent.warc"))


# ARC.

ARC = (
    b"filedesc://a.arc 0.0.0.0 20240506070809 text/plain 77\n"
    b"1 0 InternetArchive\nURL IP-address Archive-date Content-type Archive-length\n\n"
)


def arc_record(url: str, block: bytes) -> bytes:
    return f"{url} 127.0.0.1 20240506070809 text/html {len(block)}\n".encode() + block + b"\n"


def test_arc_records_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.arc"
    path.write_bytes(
        ARC
        + arc_record("http://example.org/a b", HTTP_OK + HTML)
        + arc_record("http://example.org/c", http(status="404 Not Found"))
    )
    info, page, missing = read_warc(path)
    assert isinstance(info, Rejected)
    assert info.reason == "record type warcinfo"
    assert isinstance(page, Document)
    assert (page.url, content(page)) == ("http://example.org/a%20b", HTML)
    assert page.source.fetched_at == WHEN
    assert isinstance(missing, Rejected)
    assert missing.reason == "status 404"


def test_impossible_arc_dates_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.arc"
    bad = arc_record("http://example.org/bad", HTTP_OK + HTML).replace(b"20240506", b"99999999")
    path.write_bytes(ARC + bad + arc_record("http://example.org/good", HTTP_OK + HTML))
    _, first, second = read_warc(path)
    assert first.source.fetched_at is None
    assert isinstance(second, Document)


# Properties.

exchanges = st.builds(
    Exchange,
    url=st.integers(0, 99).map("https://example.org/{}".format),
    fetched_at=st.just(WHEN),
    payload=st.binary(min_size=1, max_size=300).map(b"<html>".__add__),
    content_type=st.sampled_from(["text/html", "text/plain", "image/png", ""]),
    status=st.sampled_from(["200 OK", "200 OK", "302 Found", "500 Oops"]),
)
names = st.sampled_from(["a.warc", "a.warc.gz"])


def written(folder: Path, listed: list[Exchange], name: str) -> Path:
    path = folder / name
    write_warc(path, listed)
    return path


@given(listed=st.lists(exchanges, min_size=1, max_size=8), name=names)
def test_what_is_written_is_read_where_warcio_sees_it(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Exchange], name: str
) -> None:
    path = written(tmp_path_factory.mktemp("w"), listed, name)
    outcomes = list(read_warc(path))
    assert [(each.source.offset, each.source.length) for each in outcomes] == places(path)
    assert [each.url for each in outcomes] == [each.url for each in listed]
    data = path.read_bytes()
    for outcome in outcomes:
        source = outcome.source
        assert source.base is OffsetBase.FILE
        assert source.length is not None
        alone = path.with_name(f"alone-{name}")
        alone.write_bytes(data[source.offset : source.offset + source.length])
        again = only(list(read_warc(alone)))
        assert type(again) is type(outcome)
        assert again.source.digest == source.digest


@settings(deadline=None)
@given(listed=st.lists(exchanges, min_size=1, max_size=5), name=names, data=st.data())
def test_truncation_anywhere_loses_one_record_only(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Exchange], name: str, data: st.DataObject
) -> None:
    path = written(tmp_path_factory.mktemp("w"), listed, name)
    whole = list(read_warc(path))
    content = path.read_bytes()
    cut = data.draw(st.integers(20, len(content)))
    path.write_bytes(content[:cut])
    before = [each for each in whole if each.source.offset + (each.source.length or 0) <= cut]
    try:
        outcomes = list(read_warc(path))
    except CorpusError:
        assert not before
        return
    assert outcomes[: len(before)] == before
    rest = outcomes[len(before) :]
    assert len(rest) <= 1
    assert all(isinstance(each, Rejected) and each.damaged for each in rest)


@settings(deadline=None)
@given(listed=st.lists(exchanges, min_size=2, max_size=5), name=names, data=st.data())
def test_a_changed_byte_never_raises_and_spares_the_other_records(
    tmp_path_factory: pytest.TempPathFactory, listed: list[Exchange], name: str, data: st.DataObject
) -> None:
    path = written(tmp_path_factory.mktemp("w"), listed, name)
    whole = list(read_warc(path))
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(2, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    outcomes = list(read_warc(path))
    hit = next(each for each in reversed(whole) if each.source.offset <= at)
    for spared in whole:
        # A hit may make the record before it too short or unfinished, never another one.
        if spared is not hit and whole.index(spared) != whole.index(hit) - 1:
            assert spared in outcomes


@settings(deadline=None)
@given(st.lists(st.sampled_from([record(), record(length=5), record(length=10**6), ARC, b"\r\n",
                                 b"WARC/1.0\r\n", b"\x00", gzip.compress(record()),
                                 gzip.compress(HTML), gzip.compress(record())[:-9],
                                 arc_record("http://x.org/", HTTP_OK), b"Content-Length: 5\r\n",
                                 b"http://x.org/ 1.1.1.1 99999999999999 a/b 3\n"]), max_size=8))  # fmt: skip
def test_any_mixture_is_read_to_the_end(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    path = tmp_path_factory.mktemp("w") / "a.warc"
    path.write_bytes(b"".join(parts))
    try:
        offsets = [each.source.offset for each in read_warc(path)]
    except CorpusError:
        return
    assert offsets == sorted(offsets)


def places(path: Path, but: str = "") -> list[tuple[int, int]]:
    """Offset and length of every record according to warcio, but for those of a type."""
    found = []
    with path.open("rb") as file:
        records = ArchiveIterator(file)
        for each in records:
            place = records.get_record_offset(), records.get_record_length()
            found += [place] * (each.rec_type != but)
    return found


def test_writing_is_deterministic_and_progress_reaches_the_end(tmp_path: Path) -> None:
    listed = [Exchange("https://example.org/", WHEN, HTML), Exchange("https://x.org/", WHEN, HTML)]
    first, second = written(tmp_path, listed, "1.warc.gz"), written(tmp_path, listed, "2.warc.gz")
    assert first.read_bytes() == second.read_bytes()
    seen: list[int] = []
    assert len(list(read_warc(first, seen.append))) == 2
    assert seen == sorted(seen)
    assert seen[-1] == first.stat().st_size


def test_what_was_not_stored_whole_is_noted(tmp_path: Path) -> None:
    size = len(HTML)
    for made, notes in (
        (record(), ()),
        (record().replace(b"WARC/1.0", b"WARC/1.0\r\nWARC-Truncated: time"),
         ("truncated by the crawler: time",)),
        (record(http(HTML, f"Content-Length: {size + 9}")), (f"{size} of {size + 9} bytes stored",)),
        (record(http(gzip.compress(HTML)[:-4], "Content-Encoding: gzip", "Content-Type: text/html")), ("gzip body ends early",)),
        (record(http(gzip.compress(HTML)[:-4], "Content-Type: text/html")), ("gzip body ends early",)),
        (record(http(HTML, "Content-Length: 1")), ()),
        (record(http(HTML, "Content-Length: x")), ()),
        (record(http(gzip.compress(HTML), "Content-Length: 999", "Content-Encoding: gzip")), ()),
    ):  # fmt: skip
        page = read_one(tmp_path, made)
        assert isinstance(page, Document)
        assert page.notes == notes
