"""What the headers of WARC and ARC records and of HTTP responses say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_STATUS_LINE = re.compile(rb"HTTP/\d(?:\.\d+)?[ \t]+([1-9]\d\d)(?![0-9])")
_ARC_ENDS = re.compile(r" \S+ (\d{8,20}) \S+(?:; ?[^\s;]+)*(?: (?:\d{3}|-) \S+ \S+ \d+ \S+)? \S+$")
# Where a field may be sent in several lines, they are one list.
_LISTS = frozenset({"content-encoding", "transfer-encoding"})


@dataclass(frozen=True, slots=True)
class WarcHeader:
    """The header of a record.

    Attributes:
        record_type: lowercase; empty when the header gives none.
        target: its address as it stands there; empty without one.
        fetched_at: aware, UTC; None when the date is missing or impossible.
        fields: by lowercase name, the first of equal ones.
    """

    record_type: str
    target: str
    fetched_at: datetime | None
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """A field by its lowercase name; empty when it is missing."""
        return self.fields.get(name, "")


@dataclass(frozen=True, slots=True)
class HttpHead:
    """Status and fields of an HTTP response.

    Attributes:
        status: three digits.
        fields: by lowercase name, the first of equal ones.
    """

    status: str
    fields: Mapping[str, str]

    def get(self, name: str) -> str:
        """A field by its lowercase name; empty when it is missing."""
        return self.fields.get(name, "")


def parse_header(header: bytes) -> WarcHeader:
    """The header block of a WARC record, or the header line of an ARC record."""
    if not header.startswith(b"WARC/"):
        return _parse_arc(header)
    fields = _parse_fields(header)
    target = fields.get("warc-target-uri", "")
    # wget 1.19 put angle brackets around every address.
    if target.startswith("<") and target.endswith(">"):
        target = target[1:-1].strip()
    record_type = fields.get("warc-type", "").lower()
    return WarcHeader(record_type, target, parse_date(fields.get("warc-date", "")), fields)


def parse_http(head: bytes) -> HttpHead | None:
    """The head of an HTTP response; None where the bytes do not begin as one."""
    status = _STATUS_LINE.match(head)
    return HttpHead(status[1].decode(), _parse_fields(head)) if status else None


def parse_date(stated: str) -> datetime | None:
    """A date in any form of ISO 8601, UTC where it names no zone; None for an impossible one.

    Fourteen digits in a row, as in ARC files, are one, too.
    """
    if len(stated) == len("20240506070809") and stated.isdecimal():
        stated = f"{stated[:8]}T{stated[8:]}"
    try:
        date = datetime.fromisoformat(stated)
        return date.replace(tzinfo=date.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _parse_arc(header: bytes) -> WarcHeader:
    line = header.decode("utf-8", "replace").rstrip()
    ends = _ARC_ENDS.search(line)
    url, date = (line[: ends.start()], ends[1]) if ends else ("", "")
    record_type = "warcinfo" if url.startswith("filedesc:") else "response"
    return WarcHeader(record_type, url, parse_date(f"{date[:8]}T{date[8:14]}"), {})


def _parse_fields(block: bytes) -> dict[str, str]:
    """The fields below a first line; lines that are none are passed over."""
    fields: dict[str, str] = {}
    name = ""
    for line in block.decode("utf-8", "replace").split("\n")[1:]:
        if line[:1] in (" ", "\t") and name:  # the value goes on
            fields[name] = f"{fields[name]} {line.strip()}".strip()
            continue
        key, colon, value = line.partition(":")
        if not colon:
            continue
        name = key.strip().lower()
        if name not in fields:
            fields[name] = value.strip()
        elif name in _LISTS:
            fields[name] += f", {value.strip()}"
        else:
            name = ""
    return fields
