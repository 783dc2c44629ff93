"""HTTP bodies as servers sent them, turned back into the bytes of the page."""

import importlib
import zlib
from collections.abc import Callable
from typing import Any

_SLICE_BYTES = 16 * 1024


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


def decode_body(body: bytes, transfer_encoding: str, content_encoding: str, limit: int) -> bytes:
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
    for coding in reversed(codings):
        if coding == "chunked":
            body = _join_chunks(body)
        elif coding in _DECODERS:
            body = _DECODERS[coding](body, limit)
        elif coding not in ("identity", "none", "utf-8", "binary"):
            raise BadPayload("unknown content encoding", coding)
    return body


def _names(header: str) -> list[str]:
    return [name.strip().lower() for name in header.split(",") if name.strip()]


def _join_chunks(body: bytes) -> bytes:
    chunks: list[bytes] = []
    at = 0
    while at < len(body):
        line_end = body.find(b"\n", at, at + _SLICE_BYTES)
        size = _chunk_size(body[at:line_end]) if line_end >= 0 else None
        if size is None:
            if not chunks:
                return body
            raise BadPayload("broken chunked encoding", f"no chunk size at byte {at}")
        if size == 0:
            break
        chunks.append(body[line_end + 1 : line_end + 1 + size])
        at = line_end + 1 + size
        at += 2 if body[at : at + 2] == b"\r\n" else body[at : at + 1] == b"\n"
    return b"".join(chunks)


def _chunk_size(line: bytes) -> int | None:
    digits = line.partition(b";")[0].strip()
    if not 0 < len(digits) <= 8 or digits.strip(b"0123456789abcdefABCDEF"):
        return None
    return int(digits, 16)


def _gunzip(body: bytes, limit: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    return _inflate(body, 31, limit)


def _undeflate(body: bytes, limit: int) -> bytes:
    """Deflate should come in a zlib frame, but some servers send it raw."""
    is_zlib = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0
    try:
        return _inflate(body, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, limit)
    except BadPayload as error:
        if is_zlib or error.reason == _TOO_LARGE or not body.lstrip()[:1] == b"<":
            raise
        return body


def _inflate(body: bytes, wbits: int, limit: int) -> bytes:
    out: list[bytes] = []
    room = limit + 1
    while body and room > 0:
        inflator = zlib.decompressobj(wbits)
        try:
            part = inflator.decompress(body, room)
        except zlib.error as error:
            raise BadPayload("broken content encoding", str(error)) from error
        out.append(part)
        room -= len(part)
        # A body may be several gzip members; what else follows the end is padding.
        body = inflator.unused_data if inflator.unused_data.startswith(b"\x1f\x8b") else b""
    if room <= 0:
        raise BadPayload(_TOO_LARGE, f"over {limit} bytes when decoded")
    return b"".join(out)


def _unbrotli(body: bytes, limit: int) -> bytes:
    try:
        brotli: Any = importlib.import_module("brotli")
        decoder = brotli.Decompressor()
        decoded: bytes = decoder.process(body, output_buffer_limit=limit + 1)
    except (ImportError, TypeError) as error:  # absent, or too old to bound its output
        raise BadPayload("unknown content encoding", "br") from error
    except brotli.error as error:
        if body.lstrip()[:1] == b"<":
            return body
        raise BadPayload("broken content encoding", str(error)) from error
    if len(decoded) > limit:
        raise BadPayload(_TOO_LARGE, f"over {limit} bytes when decoded")
    return decoded


_TOO_LARGE = "payload too large"
_DECODERS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
    "br": _unbrotli,
}
