"""What a strict reader would say of a WARC or ARC file, record by record, in bounded memory."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from corpora.containers import find_members
from corpora.digests import Digest, parse_digest
from corpora.document import OffsetBase, Rejected
from corpora.errors import CorpusError
from corpora.frames import BrokenRecord, Place, RecordCutter
from corpora.http_payload import BadPayload, Decoded, decode_body, join_chunks
from corpora.members import MemberStream
from corpora.revisits import ArchiveFile
from corpora.warc_header import HttpHead, parse_header, parse_http
from corpora.warc_rules import (
    Fields,
    Remark,
    Severity,
    error,
    header_remarks,
    read_fields,
    warning,
)
from corpora.zips import ZIP_START

if TYPE_CHECKING:
    from hashlib import _Hash

_PIECE_BYTES = 1024 * 1024
_HEAD_BYTES = 256 * 1024
_PAYLOAD_BYTES = 64 * 1024 * 1024
"""A longer payload is not looked into; its digests are computed all the same."""
_MAX_IDS = 1_000_000
_MAX_REFERENCES = 100_000
_HTTP_END = re.compile(rb"\r?\n\r?\n")
_LINE_ENDS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a record.

    Attributes:
        offset: of the record: in the file where `is_stream` is false, else in what it
            decompresses to.
        is_stream: what the offset counts.
        severity: how bad it is.
        rule: short and countable.
        detail: what was found.
    """

    offset: int
    is_stream: bool
    severity: Severity
    rule: str
    detail: str


def checks(path: Path) -> "Iterator[Check | Rejected]":
    """A check for a file, or for each archive in a package, or why one cannot be opened.

    Raises:
        CorpusError: the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            is_package = file.read(len(ZIP_START)) == ZIP_START
        if is_package:
            for member in find_members(path):
                yield member if isinstance(member, Rejected) else Check(member.file)
        else:
            yield Check(ArchiveFile(str(path), lambda: path.open("rb")))
    except OSError as problem:
        raise CorpusError(f"{path}: cannot be read: {problem.strerror or problem}") from problem


class Check:
    """One file to be checked, once.

    Attributes:
        name: the file's.
        records: how many were read.
    """

    def __init__(self, file: ArchiveFile) -> None:
        self.name = file.name
        self.records = 0
        self._file = file
        self._ids: set[int] = set()
        self._captures: set[int] = set()
        self._references: list[tuple[Place, tuple[int, ...], str]] = []
        self._shared_member = False

    def findings(self) -> Iterator[Finding]:
        """What is wrong, in the order of the file; revisits without an original come last.

        Raises:
            CorpusError: the file cannot be read, or nothing in it looks like a record.
        """
        try:
            with self._file.open() as opened:
                cutter = RecordCutter(MemberStream(opened))
                held: list[Finding] = []
                for finding in self._records(cutter):
                    held.append(finding)
                    if cutter.recognised:
                        yield from held
                        held.clear()
        except OSError as problem:
            raise CorpusError(f"{self._file.name}: cannot be read: {problem}") from problem
        if not cutter.recognised:
            why = f"{held[0].rule}, {held[0].detail}" if held else "the file is empty"
            raise CorpusError(f"{self._file.name}: holds no WARC or ARC record: {why}")
        for place, keys, detail in self._references:
            if not any(key in self._ids or key in self._captures for key in keys):
                yield _finding(place, warning("revisit without original", detail))

    def _records(self, cutter: RecordCutter) -> Iterator[Finding]:
        while True:
            remarks: list[Remark] = []
            try:
                header = cutter.open()
                if header is None:
                    return
                self.records += 1
                fields = self._read_record(header, cutter, remarks)
                place = cutter.close()
                remarks += self._frame_remarks(header, place, cutter.trailer)
            except BrokenRecord as broken:
                place, fields = broken.place, None
                remarks.append(error(broken.reason, broken.detail))
            for remark in remarks:
                yield _finding(place, remark)
            references = _references(fields) if fields else None
            if references is not None and len(self._references) < _MAX_REFERENCES:
                self._references.append((place, *references))

    def _read_record(
        self, header: bytes, cutter: RecordCutter, remarks: list[Remark]
    ) -> Fields | None:
        """The fields of a WARC record; what is wrong with it is added to `remarks`."""
        if not header.startswith(b"WARC/"):
            remarks += _arc_remarks(header)
            return None
        fields, syntax = read_fields(header)
        remarks += syntax
        remarks += header_remarks(fields)
        remarks += self._note(fields)
        remarks += _content_remarks(fields, cutter)
        return fields

    def _note(self, fields: Fields) -> Iterator[Remark]:
        record_id = fields.get("warc-record-id")
        key = hash(record_id)
        if record_id and key in self._ids:
            yield error("duplicate record id", record_id)
        if len(self._ids) == _MAX_IDS:
            yield warning("not compared", f"record ids beyond the first {_MAX_IDS}")
        if len(self._ids) <= _MAX_IDS:
            self._ids.add(key)
            if fields.get("warc-type") in ("response", "resource"):
                target = fields.get("warc-target-uri").strip("<>")
                self._captures.add(hash((target, fields.get("warc-date"))))
                self._captures.add(hash(fields.get("warc-payload-digest").lower()))

    def _frame_remarks(self, header: bytes, place: Place, trailer: bytes) -> Iterator[Remark]:
        if header.startswith(b"WARC/") and trailer != _LINE_ENDS:
            yield error("missing line ends", f"{trailer!r} follows the record")
        if place.base is OffsetBase.STREAM and not self._shared_member:
            self._shared_member = True
            yield warning("compressed together", "records are not members of their own")


def _finding(place: Place, remark: Remark) -> Finding:
    is_stream = place.base is OffsetBase.STREAM
    return Finding(place.offset, is_stream, remark.severity, remark.rule, remark.detail)


def _arc_remarks(header: bytes) -> Iterator[Remark]:
    if parse_header(header).fetched_at is None:
        yield error("bad date", repr(header[:100]))


def _references(fields: Fields) -> tuple[tuple[int, ...], str] | None:
    if fields.get("warc-type").lower() != "revisit":
        return None
    target = fields.get("warc-refers-to-target-uri") or fields.get("warc-target-uri")
    date, record_id = fields.get("warc-refers-to-date"), fields.get("warc-refers-to")
    digest = fields.get("warc-payload-digest")
    keys = [hash((target.strip("<>"), date))] if date else []
    keys += [hash(record_id)] if record_id else []
    keys += [hash(digest.lower())] if digest else []
    return tuple(keys), " ".join(filter(None, (target, date, record_id)))


def _content_remarks(fields: Fields, cutter: RecordCutter) -> Iterator[Remark]:
    """Read the content: its digests, and what an HTTP message in it claims of itself."""
    head, begun = b"", b""
    is_http = fields.get("content-type").lower().startswith("application/http")
    if is_http:
        begun = cutter.read(_HEAD_BYTES)
        end = _HTTP_END.search(begun)
        head = begun[: end.end()] if end else begun
    kind = fields.get("warc-type").lower()
    # A revisit states the digest of a payload that it does not hold.
    payload = _Sum("" if kind == "revisit" else fields.get("warc-payload-digest"))
    block = _Sum(fields.get("warc-block-digest"))
    is_kept = is_http and kind == "response" and cutter.remaining <= _PAYLOAD_BYTES
    kept: list[bytes] = []
    piece = begun[len(head) :]
    block.add(head)
    while piece or cutter.remaining:
        block.add(piece)
        payload.add(piece)
        if is_kept:
            kept.append(piece)
        piece = cutter.read(_PIECE_BYTES) if cutter.remaining else b""
    yield from block.remarks("block digest")
    if not is_kept:
        yield from payload.remarks("payload digest")
        return
    http = parse_http(head)
    if http is None:
        yield error("broken http header", repr(head[:60]))
        return
    yield from _payload_remarks(http, b"".join(kept), payload)


def _payload_remarks(http: HttpHead, body: bytes, digest: "_Sum") -> Iterator[Remark]:
    transfer, encoding = http.get("transfer-encoding"), http.get("content-encoding")
    joined, decoded = body, None
    try:
        if "chunked" in transfer.lower():
            chunks = join_chunks(body)
            joined = chunks.content
            yield from _early_remarks(chunks)
            if body and joined is body:
                yield warning("stored decoded", f"transfer-encoding: {transfer}")
        if encoding:
            plain = decode_body(joined, "", encoding, _PAYLOAD_BYTES)
            decoded = plain.content
            yield from _early_remarks(plain)
        if body and decoded is joined and encoding.lower() not in ("identity", "none"):
            yield warning("stored decoded", f"content-encoding: {encoding}")
    except BadPayload as bad:
        is_known = bad.reason.startswith("broken")
        yield (error if is_known else warning)(bad.reason, bad.detail)
    # The standard means the payload without transfer encoding; many writers digest it with.
    if not digest.is_wrong or digest.would_be(joined):
        pass
    elif decoded is not None and digest.would_be(decoded):
        yield warning("payload digest", "it is of the payload decoded")
    else:
        yield from digest.remarks("payload digest")
    stated = http.get("content-length")
    if stated.isdecimal() and not transfer and int(stated[:18]) != len(body):
        yield warning("http content length", f"{stated[:18]} stated, {len(body)} there")


def _early_remarks(decoded: Decoded) -> Iterator[Remark]:
    for coding in decoded.early:
        yield error("body ends early", f"the {coding} data have no end")


class _Sum:
    """A stated digest, compared with the bytes as they come by."""

    def __init__(self, stated: str) -> None:
        self._stated = stated
        self._digest: Digest | None = parse_digest(stated) if stated else None
        self._hash: _Hash | None = _new(self._digest) if self._digest else None

    @property
    def is_wrong(self) -> bool:
        """Whether the bytes so far have another digest."""
        return bool(self._hash and self._digest and self._hash.digest() != self._digest.value)

    def add(self, piece: bytes) -> None:
        if self._hash is not None:
            self._hash.update(piece)

    def would_be(self, data: bytes) -> bool:
        """Whether these bytes have the stated digest."""
        if self._digest is None:
            return False
        computed = _new(self._digest)
        computed.update(data)
        return computed.digest() == self._digest.value

    def remarks(self, rule: str) -> Iterator[Remark]:
        if self.is_wrong and self._hash is not None:
            yield error(rule, f"{self._stated} stated, {self._hash.hexdigest()} computed")


def _new(digest: Digest) -> "_Hash":
    return hashlib.new(digest.algorithm, usedforsecurity=False)
