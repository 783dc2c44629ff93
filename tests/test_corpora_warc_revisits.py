"""Revisits resolved to their originals, and segments joined: wherever they stand in the file."""

import gzip
import hashlib
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora import revisits, segments
from corpora.document import Document, OffsetBase, Rejected
from corpora.readers.warc import read_warc
from corpora.revisits import NOT_HERE
from corpora.segments import SEGMENT

HTML = b"<!doctype html><html><body><p>Relevance is never sold for trust.</p></body></html>"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
IDENTICAL = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
FIRST, LATER = "2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"
LAYOUTS: dict[str, Callable[[Sequence[bytes]], bytes]] = {
    "plain": b"".join,
    "by record": lambda records: b"".join(map(gzip.compress, records)),
    "whole": lambda records: gzip.compress(b"".join(records)),
    "pairs": lambda records: b"".join(
        gzip.compress(b"".join(records[at : at + 2])) for at in range(0, len(records), 2)
    ),
}
layouts = pytest.mark.parametrize("layout", LAYOUTS)


def record(type_: str, block: bytes, url: str, date: str = FIRST, **fields: str) -> bytes:
    lines = [f"WARC-Type: {type_}", f"WARC-Target-URI: {url}", f"WARC-Date: {date}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    lines += [f"Content-Length: {len(block)}"]
    return b"WARC/1.1\r\n" + "\r\n".join(lines).encode() + b"\r\n\r\n" + block + b"\r\n\r\n"


def sha1(payload: bytes) -> str:
    return f"sha1:{hashlib.sha1(payload).hexdigest()}"


def response(url: str, payload: bytes = HTML, date: str = FIRST, **fields: str) -> bytes:
    fields.setdefault("WARC_Payload_Digest", sha1(payload))
    return record("response", OK + payload, url, date, **fields)


def revisit(url: str, block: bytes = OK, /, profile: str = IDENTICAL, **fields: str) -> bytes:
    return record("revisit", block, url, LATER, WARC_Profile=profile, **fields)


def write(folder: Path, records: Sequence[bytes], layout: str = "plain") -> Path:
    path = folder / "a.warc"
    path.write_bytes(LAYOUTS[layout](records))
    return path


BY: dict[str, dict[str, str]] = {
    "uri and date": {
        "WARC_Refers_To_Target_URI": "https://example.org/1",
        "WARC_Refers_To_Date": FIRST,
    },
    "id": {"WARC_Refers_To": "<urn:uuid:1>"},
    "digest": {"WARC_Payload_Digest": sha1(HTML + b"1")},
    "digest in capitals": {"WARC_Payload_Digest": sha1(HTML + b"1").upper()},
}


@layouts
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("is_before", [True, False])
def test_a_revisit_is_its_original_under_its_own_address(
    tmp_path: Path, layout: str, by: str, is_before: bool
) -> None:
    originals = [
        response(f"https://example.org/{n}", HTML + b"%d" % n, WARC_Record_ID=f"<urn:uuid:{n}>")
        for n in range(3)
    ]
    again = revisit("https://example.org/again", **BY[by])
    records = [again, *originals] if is_before else [*originals, again]
    outcomes = list(read_warc(write(tmp_path, records, layout)))
    *pages, resolved = outcomes
    assert [each.url for each in pages] == [f"https://example.org/{n}" for n in range(3)]
    assert isinstance(resolved, Document)
    original = pages[1]
    assert isinstance(original, Document)
    assert resolved.url == "https://example.org/again"
    assert resolved.payload == original.payload
    place = resolved.source
    assert (place.offset, place.length, place.base, place.digest) == (
        original.source.offset, original.source.length, original.source.base,
        original.source.digest,
    )  # fmt: skip
    assert place.fetched_at == datetime(2024, 2, 1, tzinfo=UTC)


def test_not_modified_means_the_page_at_the_same_address(tmp_path: Path) -> None:
    head = b"HTTP/1.1 304 Not Modified\r\n\r\n"
    again = revisit("https://example.org/1", head, profile=NOT_MODIFIED)
    outcomes = list(read_warc(write(tmp_path, [again, response("https://example.org/1")])))
    assert [type(each) for each in outcomes] == [Document, Document]
    plain = revisit("https://example.org/1", head, profile=IDENTICAL)
    _, lost = read_warc(write(tmp_path, [plain, response("https://example.org/1")]))
    assert isinstance(lost, Rejected)


def test_without_an_original_it_says_what_it_is_a_revisit_of(tmp_path: Path) -> None:
    again = revisit(
        "https://example.org/1",
        WARC_Refers_To_Target_URI="https://example.org/0",
        WARC_Refers_To_Date=FIRST,
        WARC_Payload_Digest="sha1:X",
    )
    (lost,) = read_warc(write(tmp_path, [again]))
    assert isinstance(lost, Rejected)
    assert (lost.reason, lost.damaged, lost.gone) == (NOT_HERE, False, False)
    assert lost.detail == f"https://example.org/0 {FIRST} sha1:X"
    assert (lost.url, lost.source.offset) == ("https://example.org/1", 0)


def test_another_payload_is_not_taken_for_the_original(tmp_path: Path) -> None:
    again = revisit(
        "https://example.org/1",
        WARC_Refers_To_Target_URI="https://example.org/1",
        WARC_Refers_To_Date=FIRST,
        WARC_Payload_Digest=sha1(b"another"),
    )
    _, lost = read_warc(write(tmp_path, [response("https://example.org/1"), again]))
    assert isinstance(lost, Rejected)
    assert lost.reason == NOT_HERE
    # Digests of two algorithms say nothing about each other.
    other = response("https://example.org/1", WARC_Payload_Digest="md5:00")
    assert isinstance(list(read_warc(write(tmp_path, [other, again])))[1], Document)


@pytest.mark.parametrize(
    ("original", "block", "reason"),
    [
        (response("https://example.org/1"), b"HTTP/1.1 404 Not Found\r\n\r\n", "status 404"),
        (response("https://example.org/1"), b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n",
         "status 302"),
        (record("response", b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\nx",
                "https://example.org/1", WARC_Payload_Digest=sha1(HTML)), OK, "media type that is not read"),
        (record("response", b"HTTP/1.1 301 Moved\r\n\r\n", "https://example.org/1",
                WARC_Payload_Digest=sha1(HTML)), b"", "status 301"),
    ],
)  # fmt: skip
def test_a_revisit_of_no_page_is_none(
    tmp_path: Path, original: bytes, block: bytes, reason: str
) -> None:
    again = revisit("https://example.org/2", block, WARC_Payload_Digest=sha1(HTML))
    outcomes = list(read_warc(write(tmp_path, [original, again])))
    lost = next(each for each in outcomes if each.url == "https://example.org/2")
    assert isinstance(lost, Rejected)
    assert lost.reason == reason
    assert lost.gone is (reason == "status 404")
    assert lost.source.fetched_at == datetime(2024, 2, 1, tzinfo=UTC)


def test_an_original_that_is_broken_costs_the_revisit(tmp_path: Path) -> None:
    again = revisit("https://example.org/2", WARC_Payload_Digest=sha1(HTML))
    path = write(tmp_path, [response("https://example.org/1"), again], "by record")
    whole = path.read_bytes()
    second = whole.index(b"\x1f\x8b", 2)
    damaged = bytearray(whole)
    damaged[second - 8] ^= 0xFF  # the checksum of the first member
    path.write_bytes(damaged)
    assert [type(each) for each in read_warc(path)] == [Rejected, Rejected]


@layouts
def test_memory_of_originals_and_revisits_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, layout: str
) -> None:
    monkeypatch.setattr(revisits, "_MAX_KEYS", 40)
    monkeypatch.setattr(revisits, "_MAX_WAITING", 5)
    records = []
    for n in range(60):
        payload = HTML + b"%d" % n
        records.append(response(f"https://example.org/{n}", payload))
        records.append(revisit(f"https://example.org/r{n}", WARC_Payload_Digest=sha1(payload)))
    outcomes = list(read_warc(write(tmp_path, records, layout)))
    assert [type(each) for each in outcomes] == [Document] * 120


@given(
    plan=st.lists(st.tuples(st.sampled_from("or"), st.integers(0, 4)), min_size=1, max_size=14),
    layout=st.sampled_from(list(LAYOUTS)),
    skip=st.integers(0, 15),
)
def test_any_order_gives_each_record_one_outcome(
    tmp_path_factory: pytest.TempPathFactory,
    plan: list[tuple[str, int]],
    layout: str,
    skip: int,
) -> None:
    records = [
        response(f"https://example.org/{n}", HTML + b"%d" % n) if kind == "o"
        else revisit(f"https://example.org/{n}", WARC_Payload_Digest=sha1(HTML + b"%d" % n))
        for kind, n in plan
    ]  # fmt: skip
    path = write(tmp_path_factory.mktemp("r"), records, layout)
    outcomes = list(read_warc(path))
    originals = {n for kind, n in plan if kind == "o"}
    assert sorted(each.url or "" for each in outcomes) == sorted(
        f"https://example.org/{n}" for _, n in plan
    )
    for each in outcomes:
        number = int((each.url or "")[-1])
        if isinstance(each, Document):
            assert each.payload is not None
            assert each.payload.content == HTML + b"%d" % number
        assert isinstance(each, Document) is (number in originals)
    assert list(read_warc(path, skip=skip)) == outcomes[skip:]


# Segments.


def split(url: str, payload: bytes, cuts: Sequence[int]) -> list[bytes]:
    block = OK + payload
    edges = [0, *sorted(cuts), len(block)]
    parts = [block[start:end] for start, end in pairwise(edges)]
    made = []
    for number, part in enumerate(parts, 1):
        fields = {"WARC_Segment_Number": str(number), "WARC_Record_ID": f"<urn:{url}:{number}>"}
        if number > 1:
            fields["WARC_Segment_Origin_ID"] = f"<urn:{url}:1>"
        if number == len(parts):
            fields["WARC_Segment_Total_Length"] = str(len(block))
        made.append(record("response" if number == 1 else "continuation", part, url, **fields))
    return made


@layouts
def test_segments_become_one_page(tmp_path: Path, layout: str) -> None:
    one = split("https://example.org/1", HTML + b"1", [20, 60])
    two = split("https://example.org/2", HTML + b"2", [70])
    mixed = [one[0], two[0], one[1], response("https://example.org/3"), two[1], one[2]]
    path = write(tmp_path, mixed, layout)
    outcomes = list(read_warc(path))
    pages = {each.url: each for each in outcomes if isinstance(each, Document)}
    assert set(pages) == {f"https://example.org/{n}" for n in (1, 2, 3)}
    assert [each.reason for each in outcomes if isinstance(each, Rejected)] == [SEGMENT] * 3
    page = pages["https://example.org/1"]
    assert page.payload is not None
    assert page.payload.content == HTML + b"1"
    # Its place is a stretch of the file that holds all of it.
    place = page.source
    assert place.length is not None
    if place.base is OffsetBase.FILE:
        part = path.read_bytes()[place.offset : place.offset + place.length]
        (tmp_path / "part").write_bytes(part)
        again = [each for each in read_warc(tmp_path / "part") if each.url == page.url]
        assert again[-1].source.digest == place.digest


def test_segments_without_their_beginning_or_end(tmp_path: Path) -> None:
    one = split("https://example.org/1", HTML, [20, 60])
    for records in (one[:2], one[1:], [one[0], one[2]], [one[2], one[0]]):
        outcomes = list(read_warc(write(tmp_path, records)))
        assert [getattr(each, "reason", None) for each in outcomes] == [SEGMENT] * 2


def test_segments_too_large_to_be_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "_MAX_BYTES", 100)
    records = split("https://example.org/1", HTML, [20, 60])
    records += split("https://example.org/2", b"<html>2", [20])
    outcomes = list(read_warc(write(tmp_path, records)))
    assert [each.url for each in outcomes if isinstance(each, Document)] == [
        "https://example.org/2"
    ]
    assert len(outcomes) == 5


def test_many_open_segments_are_forgotten(tmp_path: Path) -> None:
    made = [split(f"https://example.org/{n}", HTML, [30]) for n in range(40)]
    records = [first for first, _ in made] + [last for _, last in made]
    outcomes = list(read_warc(write(tmp_path, records)))
    assert sum(isinstance(each, Document) for each in outcomes) == 16
    assert len(outcomes) == 80


def test_order_of_the_file_is_kept_where_nothing_waits(tmp_path: Path) -> None:
    numbers = random.Random(3).sample(range(50), 50)
    path = write(tmp_path, [response(f"https://example.org/{n}") for n in numbers], "pairs")
    assert [each.url for each in read_warc(path)] == [f"https://example.org/{n}" for n in numbers]


def test_skipping_counts_what_was_held_back_until_the_first_record(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.gz"
    broken = b"\x1f\x8b\x08\x00" + b"\xff" * 40
    made = [response(f"https://example.org/{n}") for n in range(3)]
    path.write_bytes(broken + b"".join(map(gzip.compress, made)))
    whole = list(read_warc(path))
    assert len(whole) == 4
    for skip in range(6):
        assert list(read_warc(path, skip=skip)) == whole[skip:]
