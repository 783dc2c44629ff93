"""WARC, WET and ARC files as `Document | Rejected`, and a writer; only user of warcio."""

import hashlib
import re
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser
from warcio.warcwriter import WARCWriter

from corpora.charset import decode
from corpora.document import (
    Block,
    Document,
    DocumentKind,
    Payload,
    Rejected,
    SourceRef,
    identify,
)
from corpora.errors import CorpusError
from corpora.frames import BrokenRecord, Place, RecordCutter, starts_record
from corpora.http_payload import BadPayload, decode_body
from corpora.media import Media, charset_parameter, is_readable_type, media_of
from corpora.members import MemberStream
from corpora.plain_text import line_blocks
from corpora.reader import Head, Progress, Reader
from corpora.urls import host_of, identity_key, normalise_url

MAX_PAYLOAD_BYTES = 16 * 1024 * 1024
"""A longer page is rejected; nobody wrote it for readers, and memory stays bounded."""

_HTTP_HEADER_BYTES = 256 * 1024
_HTTP_HEADER_END = re.compile(rb"\r?\n\r?\n")
_PAGE_TYPES = frozenset({"response", "resource", "conversion"})
_OTHER_TYPES = frozenset({"warcinfo", "request", "metadata", "revisit", "continuation"})

_warc_header_parser = StatusAndHeadersParser(["WARC/"])
_http_header_parser = StatusAndHeadersParser([], verify=False)


class _Unfit(Exception):
    """A whole record that is no page: its reason is counted."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class _Page:
    """A page before it is known where its record ends; the fields are those of `Document`."""

    url: str
    payload: Payload | None
    blocks: tuple[Block, ...]
    digest: str


def read_warc(path: Path, progress: Progress | None = None) -> Iterator[Document | Rejected]:
    """Every record of a WARC, WET or ARC file, in file order and bounded memory.

    Yields:
        A document for each page of HTML or plain text fetched with status 200; a `Rejected`
        for each other record and for each stretch of bytes that is no record.

    Raises:
        CorpusError: the file cannot be read, or nothing in it looks like a record.
    """
    try:
        with path.open("rb") as file:
            stream = MemberStream(file)
            for outcome in _outcomes(str(path), RecordCutter(stream)):
                if progress is not None:
                    progress(stream.file_offset)
                yield outcome
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read: {error.strerror or error}") from error


def _outcomes(file: str, cutter: RecordCutter) -> Iterator[Document | Rejected]:
    held: list[Document | Rejected] = []  # until it is sure that this is an archive at all
    while True:
        try:
            header = cutter.open()
            if header is None:
                break
        except BrokenRecord as broken:
            held.append(_broken(file, broken, ""))
        else:
            held.append(_outcome(file, header, cutter))
        if cutter.recognised:
            yield from held
            held.clear()
    if not cutter.recognised:
        found = [f"{each.reason}, {each.detail}" for each in held if isinstance(each, Rejected)]
        why = found[0] if found else "the file is empty"
        raise CorpusError(f"{file}: holds no WARC or ARC record: {why}")


def _outcome(file: str, header: bytes, cutter: RecordCutter) -> Document | Rejected:
    headers = _parse_header(header)
    target = _target(headers)
    url = normalise_url(target)
    try:
        page = _page_or_unfit(headers, target, url, cutter)
        # Only at its end is a record known to be whole, and how long it was.
        place = cutter.close()
    except BrokenRecord as broken:
        return _broken(file, broken, url or target)
    fetched_at = _fetched_at(headers)
    if isinstance(page, _Unfit):
        source = _source(file, place, fetched_at=fetched_at)
        damaged = page.reason.startswith("broken")
        gone = page.reason in ("status 404", "status 410")
        return Rejected(source, page.reason, page.detail, url or target or None, damaged, gone)
    return Document(
        document_id=identify(identity_key(page.url)),
        url=page.url,
        doi=None,
        host=host_of(page.url),
        title=None,
        kind=DocumentKind.WEB,
        source=_source(file, place, page.digest, fetched_at),
        blocks=page.blocks,
        payload=page.payload,
    )


def _broken(file: str, broken: BrokenRecord, url: str) -> Rejected:
    source = _source(file, broken.place)
    return Rejected(source, broken.reason, broken.detail, url or None, damaged=True)


def _source(
    file: str, place: Place, digest: str = "", fetched_at: datetime | None = None
) -> SourceRef:
    return SourceRef(file, place.offset, place.length, place.base, digest, fetched_at)


def _parse_header(header: bytes) -> StatusAndHeaders:
    if header.startswith(b"WARC/"):
        return _warc_header_parser.parse(BytesIO(header))
    # An ARC header is one line. warcio would turn an impossible date into one of the year 2999.
    url, _, date, _, _ = header.decode("utf-8", "replace").rstrip().rsplit(" ", 4)
    fields = {
        "WARC-Type": "warcinfo" if url.startswith("filedesc:") else "response",
        "WARC-Target-URI": url,
        "WARC-Date": f"{date[:8]}T{date[8:14]}",
    }
    return StatusAndHeaders("", list(fields.items()))


def _target(headers: StatusAndHeaders) -> str:
    raw = _get(headers, "WARC-Target-URI")
    # wget 1.19 put angle brackets around every address.
    return raw[1:-1].strip() if raw.startswith("<") and raw.endswith(">") else raw


def _page_or_unfit(
    headers: StatusAndHeaders, target: str, url: str | None, cutter: RecordCutter
) -> _Page | _Unfit:
    try:
        record_type = _record_type(headers)
        if url is None:
            return _Unfit("not a web address", target[:200])
        if record_type == "response":
            payload, content_type = _read_response(cutter)
        else:
            content_type = _get(headers, "Content-Type")
            payload = _read_body(content_type, b"", cutter)
        return _page(url, payload, content_type, by_lines=record_type == "conversion")
    except _Unfit as unfit:
        return unfit
    except BadPayload as bad:
        return _Unfit(bad.reason, bad.detail)


def _record_type(headers: StatusAndHeaders) -> str:
    record_type = _get(headers, "WARC-Type").lower()
    if record_type in _PAGE_TYPES:
        return record_type
    if record_type in _OTHER_TYPES:
        raise _Unfit(f"record type {record_type}")
    raise _Unfit("unknown record type" if record_type else "broken record header", record_type)


def _page(url: str, payload: bytes, content_type: str, *, by_lines: bool) -> _Page:
    media = media_of(content_type, payload)
    if media is None:
        raise _Unfit("not html or text", content_type or "by its first bytes")
    charset = charset_parameter(content_type)
    digest = f"sha256:{hashlib.sha256(payload).hexdigest()}"
    if media is Media.TEXT and by_lines:
        blocks = line_blocks(decode(payload, charset))
        if blocks:
            return _Page(url, None, blocks, digest)
    elif payload.strip():
        return _Page(url, Payload(payload, media, charset), (), digest)
    raise _Unfit("empty payload")


def _read_response(cutter: RecordCutter) -> tuple[bytes, str]:
    """The decoded body of an HTTP response with status 200, and its Content-Type."""
    head = cutter.read(_HTTP_HEADER_BYTES)
    end = _HTTP_HEADER_END.search(head)
    header, body = (head[: end.end()], head[end.end() :]) if end else (head, b"")
    if not header.startswith(b"HTTP/") or (end is None and cutter.remaining):
        raise _Unfit("broken http header", repr(header[:60]))
    headers = _http_header_parser.parse(BytesIO(header))
    status = headers.get_statuscode()
    if not re.fullmatch(r"[1-9]\d\d", status):
        raise _Unfit("broken http header", repr(header[:60]))
    if status != "200":
        raise _Unfit(f"status {status}", _get(headers, "Location")[:200])
    content_type = _get(headers, "Content-Type")
    body = _read_body(content_type, body, cutter)
    transfer_encoding = _get(headers, "Transfer-Encoding")
    content_encoding = _get(headers, "Content-Encoding")
    return decode_body(body, transfer_encoding, content_encoding, MAX_PAYLOAD_BYTES), content_type


def _read_body(content_type: str, begun: bytes, cutter: RecordCutter) -> bytes:
    if not is_readable_type(content_type):
        raise _Unfit("not html or text", content_type)
    if len(begun) + cutter.remaining > MAX_PAYLOAD_BYTES:
        raise _Unfit("payload too large", f"{len(begun) + cutter.remaining} bytes")
    return begun + cutter.read(cutter.remaining)


def _get(headers: StatusAndHeaders, name: str) -> str:
    value = headers.get_header(name)
    return value.strip() if isinstance(value, str) else ""


def _fetched_at(headers: StatusAndHeaders) -> datetime | None:
    try:
        fetched_at = datetime.fromisoformat(_get(headers, "WARC-Date"))
        return fetched_at.replace(tzinfo=fetched_at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a crawler asked for and got: one record to write.

    Attributes:
        url: the address asked for.
        fetched_at: when (aware).
        payload: the body as sent.
        content_type: value of the HTTP header.
        status: HTTP status line without the protocol.
        headers: further HTTP headers.
        revisit_of: when the same payload was fetched before; None writes a full response.
    """

    url: str
    fetched_at: datetime
    payload: bytes
    content_type: str = "text/html; charset=utf-8"
    status: str = "200 OK"
    headers: tuple[tuple[str, str], ...] = ()
    revisit_of: datetime | None = None


def write_warc(path: Path, exchanges: Iterable[Exchange]) -> None:
    """Write a WARC file, one gzip member a record if it is named `.gz`; same input, same bytes."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=path.suffix == ".gz", warc_version="1.1")
        for exchange in exchanges:
            writer.write_record(_record(writer, exchange))


def _record(writer: WARCWriter, exchange: Exchange) -> object:
    date = _warc_date(exchange.fetched_at)
    digest = f"sha256:{hashlib.sha256(exchange.payload).hexdigest()}"
    record_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{date} {exchange.url} {digest}")
    identity = {"WARC-Record-ID": f"<urn:uuid:{record_id}>", "WARC-Date": date}
    http_fields = [("Content-Type", exchange.content_type), *exchange.headers]
    http = StatusAndHeaders(exchange.status, http_fields, "HTTP/1.1")
    if exchange.revisit_of is None:
        return writer.create_warc_record(
            exchange.url,
            "response",
            payload=BytesIO(exchange.payload),
            length=len(exchange.payload),
            warc_headers_dict=identity,
            http_headers=http,
        )
    earlier = _warc_date(exchange.revisit_of)
    return writer.create_revisit_record(
        exchange.url, digest, exchange.url, earlier, http, warc_headers_dict=identity
    )


def _warc_date(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _recognise(head: Head) -> bool:
    if head.is_damaged and head.name.endswith((".warc", ".wet", ".wat", ".arc")):
        return True
    return starts_record(head.start.lstrip(b"\r\n"))


READER = Reader("warc", _recognise, read_warc)
