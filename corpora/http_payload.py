"""HTTP bodies as servers sent them, turned back into the bytes of the page."""

import importlib
import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corpora.compression import BAD_DATA, GZIP, GZIP_START, ZSTD, Codec

_SLICE_BYTES = 16 * 1024
_MAX_CHUNKS = 1_000_000
_MAX_CODINGS = 8
_MAX_MEMBERS = 10_000  # of one body; empty ones cost time and give nothing
_TOO_LARGE = "payload too large"
_BROKEN = "broken content encoding"
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_TEXT_SAMPLE_BYTES = 512


class BadPayload(Exception):
    """The body cannot be decoded.

    Attributes:
        reason: short and countable.
        detail: what exactly was found.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Decoded:
    """A body without its encodings.

    Attributes:
        content: as far as it goes.
        early: encodings that stop before their end.
    """

    content: bytes
    early: tuple[str, ...] = ()


def decode_body(body: bytes, transfer_encoding: str, content_encoding: str, limit: int) -> Decoded:
    """Undo transfer and content encodings as browsers do.

    Crawlers often store bodies decoded while keeping the headers, so a body that does not look
    encoded is taken as it is; one that merely stops early is used as far as it goes.

    Args:
        body: the stored body.
        transfer_encoding: value of the header, may be empty.
        content_encoding: value of the header, may be empty.
        limit: most bytes a decoded body may have.

    Raises:
        BadPayload: the encoding is unknown, broken inside, or yields more than `limit` bytes.
    """
    codings = [*_names(content_encoding), *_names(transfer_encoding)]
    if len(codings) > _MAX_CODINGS:
        raise BadPayload("unknown content encoding", f"{len(codings)} encodings in one another")
    early: list[str] = []
    for coding in reversed(codings):
        if coding in _DECODERS:
            decoded = _DECODERS[coding](body, limit)
            body = decoded.content
            early += decoded.early
        elif coding not in ("identity", "none", "utf-8", "binary"):
            raise BadPayload("unknown content encoding", coding[:80])
    return Decoded(body, tuple(early))


def decode_undeclared(body: bytes, limit: int) -> Decoded:
    """Undo gzip that no header declares, in what is declared as a page: crawlers lose headers.

    Raises:
        BadPayload: as for `decode_body`.
    """
    return _gunzip(body, limit)


def join_chunks(body: bytes) -> Decoded:
    """The data of a body in chunks; the body itself where it is not in chunks.

    Raises:
        BadPayload: it begins in chunks and goes on otherwise.
    """
    chunks: list[bytes] = []
    at = 0
    while at < len(body):
        line_end = body.find(b"\n", at, at + _SLICE_BYTES)
        size = _chunk_size(body[at:line_end]) if line_end >= 0 else None
        if chunks and line_end < 0 and _PART_OF_SIZE.fullmatch(body, at):
            break
        if size is None or len(chunks) > _MAX_CHUNKS:
            if len(chunks) > 1 or (chunks and _BORDER.match(body, at - 2)):
                raise BadPayload("broken chunked encoding", f"no chunk size at byte {at}")
            return Decoded(body)
        if size == 0:
            return Decoded(b"".join(chunks))
        if (
            not chunks
            and line_end + 1 + size > len(body)
            and body[line_end - 1 : line_end] != b"\r"
        ):
            return Decoded(body)  # a number, or a word of its letters, at the top of a text
        chunks.append(body[line_end + 1 : line_end + 1 + size])
        at = line_end + 1 + size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return Decoded(b"".join(chunks), ("chunked",) if body else ())


def _join_chunks(body: bytes, _limit: int) -> Decoded:
    """As the others are called: joined chunks are no longer than the body."""
    return join_chunks(body)


_PART_OF_SIZE = re.compile(rb"\r?[0-9a-fA-F]{0,8}\r?")
_BORDER = re.compile(rb"\r\n|.\n", re.DOTALL)


def _names(header: str) -> list[str]:
    return [name.strip().lower() for name in header.split(",") if name.strip()]


def _chunk_size(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip()
    if not 0 < len(digits) <= 8 or digits.strip(b"0123456789abcdefABCDEF"):
        return None
    return int(digits, 16)


def _gunzip(body: bytes, limit: int) -> Decoded:
    return _expand(GZIP, body, limit) if body.startswith(GZIP_START) else Decoded(body)


def _unzstd(body: bytes, limit: int) -> Decoded:
    return _expand(ZSTD, body, limit) if ZSTD.magic.match(body) else Decoded(body)


def _expand(codec: Codec, body: bytes, limit: int) -> Decoded:
    """All members of a body; what else follows a member is padding."""
    out: list[bytes] = []
    room, at, members = limit + 1, 0, 0
    if not codec.magic.match(body):
        raise BadPayload(_BROKEN, f"not {codec.name} data")
    try:
        while room > 0 and codec.magic.match(body, at):
            members += 1
            if members > _MAX_MEMBERS:
                raise BadPayload(_BROKEN, f"over {_MAX_MEMBERS} {codec.name} members")
            decompressor = codec.open(None)
            while room > 0 and not decompressor.eof:
                piece = body[at : at + _SLICE_BYTES] if decompressor.needs_input else b""
                at += len(piece)
                part = decompressor.decompress(piece, room)
                if not part and not piece and decompressor.needs_input:
                    return Decoded(b"".join(out), (codec.name,))
                out.append(part)
                room -= len(part)
            at -= len(decompressor.unused_data or b"")
    except BAD_DATA as error:
        raise BadPayload(_BROKEN, str(error)) from error
    return _within(b"".join(out), limit)


def _undeflate(body: bytes, limit: int) -> Decoded:
    """Deflate should come in a zlib frame, but some servers send it raw."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    inflator = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
    try:
        decoded = inflator.decompress(body, limit + 1)
    except zlib.error as error:
        if not is_zlib and _looks_like_text(body):
            return Decoded(body)
        raise BadPayload(_BROKEN, str(error)) from error
    return _within(decoded, limit, () if inflator.eof or not body else ("deflate",))


def _unbrotli(body: bytes, limit: int) -> Decoded:
    try:
        brotli: Any = importlib.import_module("brotli")
        decoder = brotli.Decompressor()
        decoded: bytes = decoder.process(body, output_buffer_limit=limit + 1)
    except (ImportError, TypeError) as error:  # absent, or too old to bound its output
        raise BadPayload("unknown content encoding", "br") from error
    except brotli.error as error:
        if _looks_like_text(body):
            return Decoded(body)
        raise BadPayload(_BROKEN, str(error)) from error
    return _within(decoded, limit, () if decoder.is_finished() or not body else ("br",))


def _within(decoded: bytes, limit: int, early: tuple[str, ...] = ()) -> Decoded:
    if len(decoded) > limit:
        raise BadPayload(_TOO_LARGE, f"over {limit} bytes when decoded")
    return Decoded(decoded, early)


def _looks_like_text(body: bytes) -> bool:
    """Whether a body was stored decoded: some markup, and nothing that text does not hold."""
    sample = body[:_TEXT_SAMPLE_BYTES]
    return sample.lstrip()[:1] == b"<" or (
        len(sample) > 8 and not _NOT_TEXT.search(sample) and sample.isascii()
    )


_DECODERS: dict[str, Callable[[bytes, int], Decoded]] = {
    "chunked": _join_chunks,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}
