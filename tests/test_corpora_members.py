"""Compressed files member by member: every codec, every border, whatever is broken."""

import bz2
import gzip
import io
import lzma
import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from corpora.compression import codec_of_file, plain_name
from corpora.document import Document, OffsetBase, Rejected
from corpora.members import BrokenStream, MemberStream
from corpora.readers.warc import read_warc
from corpora.sources import find_sources

HTML = b"<!doctype html><html><body><p>Relevance is never sold for trust.</p></body></html>"
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "zst": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
    "lz4": lambda data: lz4.frame.compress(data, content_checksum=True),
    "bz2": bz2.compress,
    "xz": lzma.compress,
}
codecs = pytest.mark.parametrize("ending", PACKERS)


def skippable(content: bytes, magic: int = 0x184D2A50) -> bytes:
    return struct.pack("<II", magic, len(content)) + content


def record(number: int, html: bytes = HTML) -> bytes:
    block = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html
    return (
        b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://example.org/%d\r\n"
        b"WARC-Date: 2024-05-06T07:08:09Z\r\nContent-Length: %d\r\n\r\n%s\r\n\r\n"
    ) % (number, len(block), block)


def members_of(data: bytes) -> list[tuple[int, bytes]]:
    stream = MemberStream(io.BytesIO(data))
    found = []
    while stream.next_member():
        parts = []
        while block := stream.read(1000):
            parts.append(block)
        found.append((stream.member_offset, b"".join(parts)))
    assert stream.file_offset == len(data)
    return found


@given(
    parts=st.lists(st.binary(max_size=3000), min_size=1, max_size=5),
    ending=st.sampled_from(list(PACKERS)),
    padding=st.integers(0, 3),
)
def test_members_are_what_was_packed(parts: list[bytes], ending: str, padding: int) -> None:
    packed = [PACKERS[ending](part) + b"\x00" * (4 * padding) for part in parts]
    offsets = [sum(map(len, packed[:n])) for n in range(len(packed))]
    assert members_of(b"".join(packed)) == list(zip(offsets, parts, strict=True))


def test_members_larger_than_every_buffer() -> None:
    noise = random.Random(7).randbytes(700_000)
    for pack in PACKERS.values():
        parts = [noise, b"\x00" * 3_000_000, noise[:65_536], b"", noise[:32_768]]
        assert [part for _, part in members_of(b"".join(map(pack, parts)))] == parts


def test_skippable_frames_hold_nothing() -> None:
    for pack, name in ((zstd.compress, "zstd"), (lz4.frame.compress, "lz4")):
        data = skippable(b"x" * 70_000) + pack(b"one") + skippable(b"") + pack(b"two")
        assert [part for _, part in members_of(data) if part] == [b"one", b"two"]
        assert MemberStream(io.BytesIO(data)).compression == name


def test_names_lose_the_ending_of_their_compression() -> None:
    assert [plain_name(f"A.warc.{ending}") for ending in PACKERS] == ["a.warc"] * 5
    assert plain_name("a.warc") == "a.warc"


@codecs
def test_one_record_a_member_is_found_in_the_file(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.warc.{ending}"
    path.write_bytes(b"".join(PACKERS[ending](record(n)) for n in range(3)))
    assert [each.kind for each in find_sources([path]).found] == ["warc"]
    data = path.read_bytes()
    for number, each in enumerate(read_warc(path)):
        place = each.source
        assert isinstance(each, Document)
        assert place.base is OffsetBase.FILE
        assert place.length is not None
        alone = data[place.offset : place.offset + place.length]
        assert alone == PACKERS[ending](record(number))


@codecs
def test_a_file_compressed_as_a_whole_is_counted_in_its_stream(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "anything"
    path.write_bytes(PACKERS[ending](b"".join(record(n) for n in range(3))))
    assert [each.kind for each in find_sources([path]).found] == ["warc"]
    places = [each.source for each in read_warc(path)]
    stream = b"".join(record(n) for n in range(3))
    for number, place in enumerate(places):
        assert place.base is OffsetBase.STREAM
        assert place.length is not None
        assert stream[place.offset : place.offset + place.length] == record(number)[:-4]


@codecs
def test_a_broken_member_costs_only_its_record(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.warc.{ending}"
    noise = random.Random(1).randbytes(9000).hex().encode()
    packed = [PACKERS[ending](record(n, HTML + noise)) for n in range(5)]
    broken = bytearray(packed[2])
    broken[len(broken) // 2 : len(broken) // 2 + 40] = b"\xff" * 40
    path.write_bytes(b"".join([*packed[:2], bytes(broken), *packed[3:]]))
    outcomes = list(read_warc(path))
    kept = [each.url for each in outcomes if isinstance(each, Document)]
    assert [f"https://example.org/{n}" for n in (0, 1, 3, 4)] == [
        url for url in kept if url != "https://example.org/2"
    ]
    assert any(isinstance(each, Rejected) and each.damaged for each in outcomes)


@codecs
def test_garbage_between_members_is_passed_over(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "a"
    pack = PACKERS[ending]
    path.write_bytes(pack(record(0)) + b"garbage" * 9000 + pack(record(1)))
    first, lost, last = read_warc(path)
    assert (first.url, last.url) == ("https://example.org/0", "https://example.org/1")
    name = codec_of_file(lambda _, size: path.read_bytes()[:size])
    assert name is not None
    assert isinstance(lost, Rejected)
    assert lost.reason == f"broken {name.name}"


@codecs
def test_cut_off_members_say_so(ending: str) -> None:
    stream = MemberStream(io.BytesIO(PACKERS[ending](record(0) * 50)[:-12]))
    stream.next_member()
    with pytest.raises(BrokenStream) as caught:
        list(iter(lambda: stream.read(100_000), b""))
    assert caught.value.cut_off


# A dictionary in the first frame, as in the draft of the IIPC on .warc.zst.


def dictionary() -> zstd.ZstdDict:
    samples = [record(n, HTML + b"%d" % (n * 7919)) for n in range(400)]
    return zstd.train_dict(samples, 4096)


@pytest.mark.parametrize("is_packed", [False, True])
def test_frames_with_the_files_dictionary(tmp_path: Path, is_packed: bool) -> None:
    trained = dictionary()
    content = trained.dict_content
    first = skippable(zstd.compress(content) if is_packed else content, 0x184D2A5D)
    packed = [zstd.compress(record(n), zstd_dict=trained) for n in range(4)]
    path = tmp_path / "a.warc.zst"
    path.write_bytes(first + b"".join(packed))
    assert [each.kind for each in find_sources([path]).found] == ["warc"]
    places = [each.source for each in read_warc(path)]
    assert [place.offset for place in places] == [
        len(first) + sum(map(len, packed[:n])) for n in range(4)
    ]
    assert {place.base for place in places} == {OffsetBase.FILE}
    # A broken frame is passed over with the dictionary, too.
    path.write_bytes(first + packed[0] + packed[1][:-9] + packed[2])
    assert [type(each) for each in read_warc(path)] == [Document, Rejected, Document]


def test_a_dictionary_that_is_none_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.warc.zst"
    for bad in (b"", b"\x37\xa4\x30\xec" + b"\xff" * 50, zstd.compress(b"no dictionary")):
        path.write_bytes(skippable(bad, 0x184D2A5D) + zstd.compress(record(0)))
        assert [type(each) for each in read_warc(path)] == [Document]
    path.write_bytes(struct.pack("<II", 0x184D2A5D, 0xFFFFFFFF) + b"x" * 100)
    assert [each.path for each in find_sources([path], "warc").found] == [path]


# Bounds.


@codecs
def test_a_bomb_takes_constant_memory(tmp_path: Path, ending: str) -> None:
    size = 200 * 1024 * 1024
    head = record(0, b"")[:-4].replace(b"text/html", b"video/mp4")
    head = head.replace(b"Content-Length: ", b"Content-Length: %d\r\nX: " % (size + 46))
    path = tmp_path / f"a.warc.{ending}"
    path.write_bytes(PACKERS[ending](head + b"\x00" * size) + PACKERS[ending](record(1)))
    tracemalloc.start()
    try:
        outcomes = list(read_warc(path))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [type(each) for each in outcomes] == [Rejected, Document]
    assert peak < 32 * 1024 * 1024


def test_many_false_starts_of_members_take_linear_time(tmp_path: Path) -> None:
    stored = gzip.compress(b"WARC/1.0\r\nX: y\r\n" * 3, 0)
    path = tmp_path / "a.warc.gz"
    # Each begins as a member with a stored block that runs over the ones behind it.
    start = stored[:10] + b"\x00\xff\xff\x00\x00" + b"WARC/1.0\r\nX: y\r\n"
    path.write_bytes(gzip.compress(record(0)) + start * 20_000 + gzip.compress(record(1)))
    outcomes = list(read_warc(path))
    assert isinstance(outcomes[0], Document)
    assert len(outcomes) < 50_000
