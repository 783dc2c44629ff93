"""From a record to the page in it, or why there is none."""

import hashlib
import re
from dataclasses import dataclass, replace
from typing import Protocol

from corpora.charset import decode
from corpora.document import Block, Payload, Rejected, SourceRef
from corpora.http_payload import BadPayload, Decoded, decode_body, decode_undeclared
from corpora.media import (
    HEAD_BYTES,
    Media,
    charset_parameter,
    is_html_type,
    is_readable_type,
    media_of,
)
from corpora.plain_text import line_blocks
from corpora.urls import normalise_url
from corpora.warc_header import HttpHead, WarcHeader, parse_http

MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
"""A longer page is rejected; nobody wrote it for readers, and memory stays bounded."""

MAX_FILE_BYTES = 64 * 1024 * 1024
"""The same for PDF and office files, which hold pictures."""

PAGE_TYPES = frozenset({"response", "resource", "conversion"})
OTHER_TYPES = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})

_HTTP_HEADER_BYTES = 256 * 1024
_HTTP_HEADER_END = re.compile(rb"\r?\n\r?\n")
_WHOLE_RANGE = re.compile(r"bytes[ \t]+0-(\d{1,18})/(\d{1,18})", re.IGNORECASE)
_DETAIL_CHARS = 200


class Unfit(Exception):
    """A whole record that is no page: its reason is counted.

    Attributes:
        reason: short and countable.
        detail: what exactly was found; may be empty.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail[:_DETAIL_CHARS]

    def rejected(self, source: SourceRef, url: str | None) -> Rejected:
        """The outcome of the record that stands there."""
        damaged = self.reason.startswith("broken")
        gone = self.reason in ("status 404", "status 410")
        return Rejected(source, self.reason, self.detail, url, damaged, gone)


class Content(Protocol):
    """The content of a record, read forward."""

    @property
    def remaining(self) -> int:
        """Bytes not yet read."""

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page before it is known where its record ends; the fields are those of `Document`."""

    url: str
    payload: Payload | None
    blocks: tuple[Block, ...]
    digest: str
    notes: tuple[str, ...] = ()


def read_page(header: WarcHeader, content: Content) -> Page | Unfit:
    """The page that a record holds, read no further than it takes to see that there is none.

    Args:
        header: the record's.
        content: the record's, at its beginning.
    """
    try:
        kind = _record_type(header)
        url = normalise_url(header.target)
        if url is None:
            return Unfit("not a web address", header.target)
        note = None
        if kind == "response":
            body, content_type, note = _read_response(header, content)
        else:
            content_type = header.get("content-type")
            body = _read_body(content_type, HttpHead("", {}), b"", content)
        page = _page(url, body.content, content_type, by_lines=kind == "conversion")
        notes = (_truncation(header), note, *(f"{coding} body ends early" for coding in body.early))
        return replace(page, notes=tuple(filter(None, notes)))
    except Unfit as unfit:
        return unfit
    except BadPayload as bad:
        return Unfit(bad.reason, bad.detail)


def read_http_head(content: Content) -> tuple[HttpHead, bytes]:
    """The HTTP head that a content begins with, and what was read behind it.

    Raises:
        Unfit: it begins with none.
    """
    return _split_head(content.read(_HTTP_HEADER_BYTES), content)


def _split_head(begun: bytes, content: Content) -> tuple[HttpHead, bytes]:
    end = _HTTP_HEADER_END.search(begun)
    head = parse_http(begun[: end.end()] if end else begun)
    if head is None or (end is None and content.remaining):
        raise Unfit("broken http header", repr(begun[:60]))
    return head, begun[end.end() :] if end else b""


def unfit_status(head: HttpHead) -> Unfit | None:
    """Why a response is no whole page by its status; None where it is one."""
    if head.status in ("200", "203"):
        return None
    if head.status == "206":
        stated = head.get("content-range")
        whole = _WHOLE_RANGE.fullmatch(stated)
        if whole and int(whole[1]) + 1 == int(whole[2]):
            return None
        return Unfit("status 206", stated)
    return Unfit(f"status {head.status}", head.get("location"))


def _record_type(header: WarcHeader) -> str:
    kind = header.record_type
    if kind in PAGE_TYPES:
        return kind
    if kind in OTHER_TYPES:
        raise Unfit(f"record type {kind}")
    raise Unfit("unknown record type" if kind else "broken record header", kind)


def _truncation(header: WarcHeader) -> str | None:
    """What the crawler says of a record that it did not store whole."""
    reason = header.get("warc-truncated")
    return f"truncated by the crawler: {reason[:40]}" if reason else None


def _shortage(head: HttpHead, size: int) -> str | None:
    """What is missing of a body that was sent as it is; stored bodies may be longer than sent."""
    stated = head.get("content-length").strip()
    if head.get("content-encoding") or head.get("transfer-encoding") or not stated.isdecimal():
        return None
    return f"{size} of {stated[:20]} bytes stored" if size < int(stated[:20]) else None


def _read_response(header: WarcHeader, content: Content) -> tuple[Decoded, str, str | None]:
    """The decoded body of a successful HTTP response, its Content-Type, and what it lacks."""
    begun = content.read(_HTTP_HEADER_BYTES)
    declared = header.get("content-type")
    if is_html_type(declared) and not begun.startswith(b"HTTP/"):
        # Some exporters leave the HTTP head out and say so.
        return _read_body(declared, HttpHead("", {}), begun, content), declared, None
    head, begun = _split_head(begun, content)
    unfit = unfit_status(head)
    if unfit is not None:
        raise unfit
    content_type = head.get("content-type")
    shortage = _shortage(head, len(begun) + content.remaining)
    return _read_body(content_type, head, begun, content), content_type, shortage


def _read_body(content_type: str, head: HttpHead, begun: bytes, content: Content) -> Decoded:
    if not is_readable_type(content_type):
        raise Unfit("media type that is not read", content_type)
    transfer, encoding = head.get("transfer-encoding"), head.get("content-encoding")
    if not transfer and not encoding and not is_html_type(content_type):
        # The first bytes tell whether the rest is worth reading.
        begun += content.read(max(0, HEAD_BYTES - len(begun)))
        if media_of(content_type, begun) is None:
            raise Unfit("media type that is not read", content_type or "by its first bytes")
    limit = MAX_PAYLOAD_BYTES if is_html_type(content_type) else MAX_FILE_BYTES
    size = len(begun) + content.remaining
    if size > limit:
        raise Unfit("payload too large", f"{size} bytes")
    body = decode_body(begun + content.read(content.remaining), transfer, encoding, limit)
    if not is_html_type(content_type):
        return body
    undeclared = decode_undeclared(body.content, limit)
    return Decoded(undeclared.content, body.early + undeclared.early)


def _page(url: str, payload: bytes, content_type: str, *, by_lines: bool) -> Page:
    media = media_of(content_type, payload)
    if media is None:
        raise Unfit("media type that is not read", content_type or "by its first bytes")
    if media in (Media.HTML, Media.TEXT) and len(payload) > MAX_PAYLOAD_BYTES:
        raise Unfit("payload too large", f"{len(payload)} bytes")
    charset = charset_parameter(content_type)
    digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    if media is Media.TEXT and by_lines:
        blocks = line_blocks(decode(payload, charset))
        if blocks:
            return Page(url, None, blocks, digest)
    elif payload and not payload.isspace():
        return Page(url, Payload(payload, media, charset), (), digest)
    raise Unfit("empty payload")
