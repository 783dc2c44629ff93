"""A writer of WARC files; only user of warcio."""

import hashlib
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter


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
