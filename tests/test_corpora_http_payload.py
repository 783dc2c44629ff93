"""Bodies encoded in every way servers and crawlers have: undone, within bounds, lies seen through."""

import bz2
import gzip
import time
import zlib
from collections.abc import Callable
from contextlib import suppress

import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from corpora.http_payload import BadPayload, Decoded, decode_body, decode_undeclared, join_chunks

HTML = b"<html><p>Relevance is never sold for trust.</p></html>"
LIMIT = 100_000
brotli = pytest.importorskip("brotli")
ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": lambda body: brotli.compress(body, quality=1),
    "zstd": zstd.compress,
}
codings = pytest.mark.parametrize("coding", ENCODERS)


def decoded_body(body: bytes, transfer: str, content: str, limit: int) -> bytes:
    return decode_body(body, transfer, content, limit).content


def chunked(body: bytes, size: int, line: bytes = b"%x", end: bytes = b"\r\n") -> bytes:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join((line % len(part)) + end + part + end for part in parts) + b"0" + end + end


@given(
    body=st.binary(max_size=3000),
    names=st.lists(st.sampled_from(list(ENCODERS)), max_size=4),
    size=st.integers(1, 900),
    split=st.integers(0, 4),
)
def test_encodings_in_one_another_are_undone(
    body: bytes, names: list[str], size: int, split: int
) -> None:
    sent = body
    for name in names:
        sent = ENCODERS[name](sent)
    content, transfer = names[:split], [*names[split:], "chunked"]
    sent = chunked(sent, size)
    assert decoded_body(sent, ", ".join(transfer), ",".join(content), LIMIT * 2) == body


@codings
def test_bombs_are_given_up_at_the_limit(coding: str) -> None:
    bomb = ENCODERS[coding](b"\x00" * 50_000_000)
    start = time.process_time()
    with pytest.raises(BadPayload, match="payload too large"):
        decoded_body(bomb, "", coding, LIMIT)
    assert time.process_time() - start < 2


@codings
def test_what_fits_exactly_is_kept(coding: str) -> None:
    assert len(decoded_body(ENCODERS[coding](b"x" * LIMIT), "", coding, LIMIT)) == LIMIT
    with pytest.raises(BadPayload, match="payload too large"):
        decoded_body(ENCODERS[coding](b"x" * (LIMIT + 1)), "", coding, LIMIT)


@codings
def test_bodies_stored_decoded_are_seen_through(coding: str) -> None:
    for body in (HTML, b"  \n<!doctype html>", b"plain words, many of them", "été".encode()):
        if coding in ("gzip", "x-gzip", "zstd") or body[:1] != "é".encode()[:1]:
            assert decoded_body(body, "", coding, LIMIT) == body


@codings
def test_a_body_that_stops_early_is_used_as_far_as_it_goes(coding: str) -> None:
    body = bytes(range(256)) * 300
    decoded = decode_body(ENCODERS[coding](body)[:-3], "", coding, LIMIT)
    assert body.startswith(decoded.content)
    assert decoded.early == (coding.removeprefix("x-"),)
    assert decode_body(ENCODERS[coding](body), "", coding, LIMIT).early == ()


@pytest.mark.parametrize(("kept", "early"), [(-2, ()), (-7, ("chunked",)), (-20, ("chunked",))])
def test_chunks_without_the_last_end_early(kept: int, early: tuple[str, ...]) -> None:
    joined = join_chunks(chunked(HTML * 9, 100)[:kept])
    assert joined.early == early
    assert (HTML * 9).startswith(joined.content)


@pytest.mark.parametrize("body", [b"2024\nSome text that was stored decoded.", b"add\nsalt"])
def test_a_number_at_the_top_of_a_text_is_no_chunk(body: bytes) -> None:
    assert join_chunks(body) == Decoded(body)


def test_every_encoding_that_ends_early_is_named() -> None:
    inner = gzip.compress(HTML * 50)[:-9]
    assert decode_body(chunked(inner, 50)[:-6], "chunked", "gzip", LIMIT).early == (
        "chunked",
        "gzip",
    )


def test_several_members_and_frames_are_one_body() -> None:
    for coding in ("gzip", "zstd"):
        sent = ENCODERS[coding](b"one") + ENCODERS[coding](b"two") + b"padding"
        assert decoded_body(sent, "", coding, LIMIT) == b"onetwo"


def test_endless_empty_members_are_given_up() -> None:
    for coding in ("gzip", "zstd"):
        empty = ENCODERS[coding](b"")
        assert decoded_body(empty * 9000 + ENCODERS[coding](HTML), "", coding, LIMIT) == HTML
        with pytest.raises(BadPayload, match="broken content encoding"):
            decoded_body(empty * 1_000_000, "", coding, LIMIT)


def test_gzip_that_no_header_declares() -> None:
    assert decode_undeclared(gzip.compress(HTML), LIMIT).content == HTML
    assert decode_undeclared(HTML, LIMIT).content == HTML


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (b"\x1f\x8b", "gzip", "broken content encoding"),
        (b"\x1f\x8b\x08\xff" + b"x" * 50, "gzip", "broken content encoding"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 50, "zstd", "broken content encoding"),
        (b"\x00\x01\x02\xff" * 9, "br", "broken content encoding"),
        (bz2.compress(b"x"), "bzip2", "unknown content encoding"),
        (HTML, ",".join(["gzip"] * 9), "unknown content encoding"),
    ],
)
def test_what_cannot_be_decoded_says_why(body: bytes, coding: str, reason: str) -> None:
    with pytest.raises(BadPayload) as caught:
        decoded_body(body, "", coding, LIMIT)
    assert caught.value.reason == reason


# Chunks.


@pytest.mark.parametrize(
    "line", [b"%x", b"%X", b"%x ; name=value", b'%x;a="b;c"', b"000%x", b" %x"]
)
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_chunks_as_servers_write_them(line: bytes, end: bytes) -> None:
    body = HTML * 50
    assert join_chunks(chunked(body, 100, line, end)).content == body


def test_trailers_and_what_follows_are_no_data() -> None:
    body = chunked(HTML, 10)[:-2] + b"Digest: x\r\nExpires: never\r\n\r\ngarbage"
    assert join_chunks(body).content == HTML


@pytest.mark.parametrize("body", [HTML, b"abc\nis a word that looks like a size", b"", b"zz\r\n",
                                  b"f00\r\nshort", b"1" * 20_000])  # fmt: skip
def test_bodies_that_are_not_in_chunks_are_left_alone(body: bytes) -> None:
    joined = join_chunks(body).content
    assert joined == body or body.endswith(joined)


def test_endless_chunks_are_given_up() -> None:
    start = time.process_time()
    with pytest.raises(BadPayload, match="broken chunked encoding"):
        join_chunks(b"1\r\nx\r\n" * 2_500_000)
    assert time.process_time() - start < 10


@given(st.binary(max_size=200), st.binary(max_size=40))
def test_joining_never_makes_more_than_there_is(body: bytes, junk: bytes) -> None:
    for made in (body, chunked(body, 7), chunked(body, 7)[: len(body)] + junk):
        with suppress(BadPayload):
            assert len(join_chunks(made).content) <= len(made)
