"""What the standard asks of the header of a WARC record, rule by rule (ISO 28500, 1.0 and 1.1)."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from corpora.digests import is_known_algorithm, parse_digest
from corpora.warc_header import parse_date

_VERSIONS = {"1.0", "1.1"}
_OLD_VERSIONS = {"0.16", "0.17", "0.18"}
_TYPES = frozenset(
    "warcinfo response resource request metadata revisit conversion continuation".split()
)
_MANDATORY = ("warc-record-id", "content-length", "warc-date", "warc-type")
_MANDATORY_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "response": ("warc-target-uri",),
    "resource": ("warc-target-uri",),
    "request": ("warc-target-uri",),
    "conversion": ("warc-target-uri",),
    "revisit": ("warc-target-uri", "warc-profile"),
    "continuation": (
        "warc-target-uri", "warc-segment-number", "warc-segment-origin-id",
    ),
}  # fmt: skip
_ID_FIELDS = (
    "warc-record-id", "warc-refers-to", "warc-concurrent-to", "warc-warcinfo-id",
    "warc-segment-origin-id",
)  # fmt: skip
_DIGEST_FIELDS = ("warc-block-digest", "warc-payload-digest")
_REPEATED = "warc-concurrent-to"
_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_FIRST_LINE = re.compile(r"WARC/(\d+\.\d+)")
_DATE_10 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_DATE_11 = re.compile(r"\d{4}(?:-\d\d(?:-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)?)?)?")
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"]*")
_SHOWN_CHARS = 120


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """The standard says "shall", or bytes are lost."""
    WARNING = "warning"
    """Readers have to be lenient, or cannot tell."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a rule says of a record.

    Attributes:
        severity: how bad it is.
        rule: its name, short and countable.
        detail: what was found.
    """

    severity: Severity
    rule: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Fields:
    """A record's header as it stands there.

    Attributes:
        version: of the first line; empty where it is none.
        lines: (name, value) in order, names lowercase.
        first: by name, the first value.
    """

    version: str
    lines: tuple[tuple[str, str], ...]
    first: Mapping[str, str]

    def get(self, name: str) -> str:
        """A field by its lowercase name; empty when it is missing."""
        return self.first.get(name, "")


def error(rule: str, detail: str = "") -> Remark:
    """A remark on what the standard forbids."""
    return Remark(Severity.ERROR, rule, detail[:_SHOWN_CHARS])


def warning(rule: str, detail: str = "") -> Remark:
    """A remark on what readers have to put up with."""
    return Remark(Severity.WARNING, rule, detail[:_SHOWN_CHARS])


def read_fields(block: bytes) -> tuple[Fields, list[Remark]]:
    """The header block of a WARC record, and what is wrong with its syntax."""
    remarks: list[Remark] = []
    try:
        text = block.decode()
    except UnicodeDecodeError as problem:
        remarks.append(error("header syntax", f"not UTF-8 at byte {problem.start}"))
        text = block.decode("utf-8", "replace")
    lines = text.split("\n")
    if any(not line.endswith("\r") for line in lines[:-1]):
        remarks.append(error("header syntax", "a line does not end with CRLF"))
    pairs: list[tuple[str, str]] = []
    for line in (line.rstrip("\r") for line in lines[1:]):
        if not line.strip():
            continue
        if line[0] in " \t" and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
            remarks.append(warning("folded header", line))
            continue
        name, colon, value = line.partition(":")
        if not colon or not _NAME.fullmatch(name):
            remarks.append(error("header syntax", repr(line)))
        if colon:
            pairs.append((name.strip().lower(), value.strip()))
    first: dict[str, str] = {}
    for name, value in pairs:
        first.setdefault(name, value)
    match = _FIRST_LINE.fullmatch(lines[0].rstrip("\r"))
    return Fields(match[1] if match else "", tuple(pairs), first), remarks


def header_remarks(fields: Fields) -> Iterator[Remark]:
    """What is wrong with the fields of a record."""
    for rule in _RULES:
        yield from rule(fields)


def _version(fields: Fields) -> Iterator[Remark]:
    if fields.version in _OLD_VERSIONS:
        yield warning("old version", f"WARC/{fields.version}")
    elif fields.version not in _VERSIONS:
        yield error("unknown version", f"WARC/{fields.version}")


def _truncated(fields: Fields) -> Iterator[Remark]:
    reason = fields.get("warc-truncated")
    if reason:
        yield warning("truncated by the crawler", reason)


def _mandatory(fields: Fields) -> Iterator[Remark]:
    kind = fields.get("warc-type").lower()
    for name in (*_MANDATORY, *_MANDATORY_BY_TYPE.get(kind, ())):
        if not fields.get(name):
            yield error("missing header", name)
    if kind and kind not in _TYPES:
        yield warning("unknown record type", kind)
    has_content = fields.get("content-length").lstrip("0")
    if has_content and not fields.get("content-type") and kind != "continuation":
        yield warning("missing header", "content-type")


def _duplicates(fields: Fields) -> Iterator[Remark]:
    seen: set[str] = set()
    for name, _ in fields.lines:
        if name in seen and name != _REPEATED:
            yield error("duplicate header", name)
        seen.add(name)


def _date(fields: Fields) -> Iterator[Remark]:
    for name in ("warc-date", "warc-refers-to-date"):
        date = fields.get(name)
        pattern = _DATE_11 if fields.version == "1.1" else _DATE_10
        # A reduced date such as 2024-05 is a date of version 1.1 that only few parsers know.
        is_possible = len(date) < len("2024-05-06") or parse_date(date) is not None
        if date and not (pattern.fullmatch(date) and is_possible):
            yield error("bad date", f"{name}: {date}")


def _uris(fields: Fields) -> Iterator[Remark]:
    target = fields.get("warc-target-uri")
    if target.startswith("<") and target.endswith(">"):
        # As the grammar of version 1.0 has it, and nobody but wget wrote it.
        yield warning("bad uri", f"in angle brackets: {target}")
        target = target[1:-1]
    if target and not _URI.fullmatch(target):
        yield error("bad uri", target)
    for name in _ID_FIELDS:
        value = fields.get(name)
        if value and not (value[0] == "<" and value[-1] == ">" and _URI.fullmatch(value[1:-1])):
            yield error("bad record id", f"{name}: {value}")


def _digests(fields: Fields) -> Iterator[Remark]:
    for name in _DIGEST_FIELDS:
        stated = fields.get(name)
        if stated and parse_digest(stated) is None:
            if is_known_algorithm(stated):
                yield error("bad digest", f"{name}: {stated}")
            else:
                yield warning("unknown digest", f"{name}: {stated}")


_RULES: tuple[Callable[[Fields], Iterator[Remark]], ...] = (
    _version, _mandatory, _duplicates, _date, _uris, _digests, _truncated,
)  # fmt: skip
