"""WARC and ARC files cut into records: where each begins and ends, whatever is broken."""

import re
from dataclasses import dataclass

from corpora.document import OffsetBase
from corpora.members import BrokenStream, MemberStream

_LINE_BYTES = 64 * 1024
_START_BYTES = 8 * 1024
_WINDOW_BYTES = 64 * 1024
_HEADER_BYTES = 256 * 1024
_MAX_HEADERS = 100_000

_WARC_START = re.compile(rb"WARC/\d+\.\d+[ \t]*\r?\n")
# URL, address, date, type, what version 2 adds (status, checksum, location, offset, file), length.
_ARC_START = re.compile(
    rb"[A-Za-z][A-Za-z0-9+.-]*:[^\r\n]* \S+ \d{8,20} \S+(?:; ?[^\s;]+)*"
    rb"(?: (?:\d{3}|-) \S+ \S+ \d+ \S+)? (?P<length>\S+)[ \t]*\r?\n"
)
_HEADER_END = re.compile(rb"\n[ \t]*\r?\n")
# Elsewhere than where a record should start, it takes more to believe in one.
_WARC_INSIDE = re.compile(_WARC_START.pattern + rb"[A-Za-z][A-Za-z0-9-]*[ \t]*:")
_ARC_INSIDE = re.compile(rb"(?<=\n)" + _ARC_START.pattern)
_ARC_FILE_START = re.compile(rb"filedesc://" + _ARC_START.pattern.partition(b":")[2])
_WARC_LENGTH = re.compile(
    rb"^content-length[ \t]*:[ \t]*(?P<length>\d{1,18})[ \t]*\r?$", re.I | re.M
)


def starts_record(text: bytes) -> bool:
    """Whether a WARC or ARC record starts at the first byte."""
    return any(pattern.match(text) for pattern in (_WARC_START, _ARC_START))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record stands; the fields are those of `SourceRef`."""

    offset: int
    length: int | None
    base: OffsetBase


class BrokenRecord(Exception):
    """A record that cannot be cut out, or bytes that belong to none; reading goes on behind it.

    Attributes:
        place: where it begins.
        reason: short and countable.
        detail: what exactly was found.
    """

    def __init__(self, place: Place, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.place = place
        self.reason = reason
        self.detail = detail


class RecordCutter:
    """Goes through an archive record by record: `open`, then `read`, then `close`, and again.

    Each of the three may raise `BrokenRecord`, after which `open` finds the next record that
    can be recognised: its gzip member, or the first line of its header.

    Attributes:
        remaining: bytes of the open record's content not yet read.
        trailer: what followed the last closed record, four bytes at most: two line ends, if its
            writer kept to the standard.
    """

    def __init__(self, stream: MemberStream, *, in_member: bool = False) -> None:
        self.remaining = 0
        self.trailer = b""
        self._stream = stream
        self._start_pattern: re.Pattern[bytes] | None = None
        self._offset = 0  # of the open record in the stream
        self._content_offset = 0
        self._in_member = in_member  # a member of the stream is entered
        self._own_member = False  # the open record starts where a member starts
        self._compressed = stream.compressed  # where the open record starts
        self._member_offset = 0
        self._is_open = False
        self._headers: set[int] = set()  # of records read from the member

    @property
    def recognised(self) -> bool:
        """Whether the start of any record has been seen."""
        return self._start_pattern is not None

    def open(self) -> bytes | None:
        """The header block of the next record; None at the end of the file."""
        self._is_open = False
        try:
            return self._read_header() if self._next_start() else None
        except BrokenStream as error:
            raise self._broken_stream(error) from error

    def read(self, size: int) -> bytes:
        """`size` bytes of the open record's content, fewer only at its end."""
        chunks: list[bytes] = []
        size = min(size, self.remaining)
        try:
            while size > 0:
                chunk = self._stream.read(size)
                self._advance(len(chunk))
                chunks.append(chunk)
                size -= len(chunk)
            return b"".join(chunks)
        except BrokenStream as error:
            raise self._broken_stream(error) from error

    def close(self) -> Place:
        """Pass over what is left of the open record and say where it stood."""
        try:
            while self.remaining:
                self._advance(self._stream.skip(self.remaining))
            end = self._stream.stream_offset
            at_member_end = self._land()
        except BrokenStream as error:
            raise self._broken_stream(error) from error
        self._is_open = False
        if not self._compressed:
            return Place(self._offset, end - self._offset, OffsetBase.FILE)
        if self._own_member and at_member_end:
            length = self._stream.file_offset - self._member_offset
            return Place(self._member_offset, length, OffsetBase.FILE)
        return Place(self._offset, end - self._offset, OffsetBase.STREAM)

    def _land(self) -> bool:
        """Goes behind an open record; whether its member ends there."""
        try:
            self.trailer = self._stream.peek(4)
            self._skip_blank_lines()
            self._check_landing()
            following = self._stream.peek(_START_BYTES)
        except BrokenStream:
            following = b""
        # In a member of its own a record is as broken as that: its check sum is wrong. One of
        # several is whole, and what is broken is told in its turn.
        broken = self._stream.broken
        if broken is not None and self._own_member and not starts_record(following):
            raise broken
        return not following

    def _next_start(self) -> bool:
        while True:
            if self._in_member:
                self._skip_blank_lines()
                if self._stream.peek(1) and not self._stream.leave_plain():
                    return True
            self._in_member = self._stream.next_member()
            if not self._in_member:
                return False

    def _read_header(self) -> bytes:
        stream = self._stream
        self._offset, self._content_offset = stream.stream_offset, stream.stream_offset
        self._member_offset = stream.member_offset
        self._own_member = stream.stream_offset == stream.member_stream_offset
        self._compressed = stream.compressed
        self._is_open, self.remaining = True, 0
        first = stream.peek(_START_BYTES)
        if not starts_record(first):
            self._search(for_members=True)
            length = stream.stream_offset - self._offset
            raise BrokenRecord(
                self._place(length), "bytes outside records", f"{length} bytes, {first[:40]!r}"
            )
        if not _WARC_START.match(first):
            self._start_pattern = _ARC_START
            header = stream.readline(_LINE_BYTES)
            length_match = _ARC_START.match(header)
        else:
            self._start_pattern = _WARC_START
            header = self._read_header_block(first)
            length_match = _WARC_LENGTH.search(header)
        self._remember(header)
        self._content_offset = stream.stream_offset
        if length_match is None or not length_match["length"].isdigit():
            self._search()
            raise BrokenRecord(self._place(), "no content length", "the header gives none")
        self.remaining = int(length_match["length"])
        return header

    def _remember(self, header: bytes) -> None:
        if not self._compressed or self._own_member or len(self._headers) == _MAX_HEADERS:
            self._headers.clear()
        if self._compressed:
            self._headers.add(hash(header))

    def _read_header_block(self, first: bytes) -> bytes:
        end = _HEADER_END.search(first)
        if end is not None:
            return self._stream.read(end.end())
        lines: list[bytes] = []
        size = 0
        while size < _HEADER_BYTES:
            line = self._stream.readline(_LINE_BYTES)
            lines.append(line)
            size += len(line)
            if not line:
                raise self._ended("record cut off", "no blank line ends the record header")
            if not line.strip():
                return b"".join(lines)
        self._search()
        raise BrokenRecord(self._place(), "record header too long", f"over {_HEADER_BYTES} bytes")

    def _advance(self, size: int) -> None:
        """Account for content used up; where the member is at its end, go into the next."""
        self.remaining -= size
        if size:
            return
        # Some writers put one record into several members; another record never follows so.
        self._in_member = self._stream.next_member()
        if not self._in_member:
            raise self._ended("record cut off", f"{self.remaining} bytes are missing")
        if starts_record(self._stream.peek(_START_BYTES)):
            raise BrokenRecord(
                self._place(), "wrong content length", f"{self.remaining} bytes are missing"
            )

    def _ended(self, reason: str, detail: str) -> BrokenRecord:
        """What is wrong with a record that the file ends in: perhaps only its length."""
        if self._go_back() and self._search(for_members=True):
            return self._too_long()
        return BrokenRecord(self._place(), reason, detail)

    def _check_landing(self) -> None:
        """Refuse a record whose length runs over the beginning of the next one."""
        landed = self._stream.stream_offset
        following = self._stream.peek(_START_BYTES)
        if not following or starts_record(following):
            return
        if self._go_back() and self._search(until=landed, for_members=True):
            raise self._too_long()

    def _too_long(self) -> BrokenRecord:
        length = self._stream.stream_offset - self._offset
        return BrokenRecord(
            self._place(length), "wrong content length", "the next record begins inside it"
        )

    def _go_back(self) -> bool:
        """Return to the beginning of the content; False where it is too far behind."""
        stream = self._stream
        # A record over several members is passed over: none follows it in its last one.
        if stream.member_offset != self._member_offset:
            return False
        self._in_member = True
        return stream.rewind(self._content_offset)

    def _search(self, until: int | None = None, *, for_members: bool = False) -> bool:
        """Go to the next start of a record, or to `until` or the end of the member at most.

        Args:
            until: offset in the stream.
            for_members: whether a compressed member with a record stops the search, too.
        """
        stream = self._stream
        if stream.stream_offset == self._offset:
            stream.read(1)
        while until is None or stream.stream_offset < until:
            window = stream.peek(_WINDOW_BYTES)
            room = len(window) if until is None else until - stream.stream_offset
            match = self._find(window)
            start = match.start() if match is not None else room
            if for_members:
                start = min(start, stream.find_member(start, starts_record))
            if start < room:
                stream.read(start)
                return True
            is_last = len(window) < _WINDOW_BYTES
            stream.read(min(room, len(window) if is_last else _WINDOW_BYTES - _START_BYTES))
            if is_last:
                return False
        return False

    def _find(self, window: bytes) -> re.Match[bytes] | None:
        match = _WARC_INSIDE.search(window) if self._start_pattern is not _ARC_START else None
        if match is None and self._start_pattern is not _WARC_START:
            match = _ARC_INSIDE.search(window)
        return match

    def _starts_plainly(self, text: bytes) -> bool:
        """Whether a plain record starts where members are expected, which takes more to believe.

        In a member whose bytes are stored as they are, records that were read look like that.
        """
        header = _HEADER_END.search(text)
        is_known = header is not None and hash(text[: header.end()]) in self._headers
        return not is_known and (
            _WARC_INSIDE.match(text) is not None or _ARC_FILE_START.match(text) is not None
        )

    def _skip_blank_lines(self) -> None:
        self._stream.skip_any(b"\r\n")

    def _place(self, length: int | None = None) -> Place:
        if not self._compressed:
            return Place(self._offset, length, OffsetBase.FILE)
        if self._own_member:
            return Place(self._member_offset, None, OffsetBase.FILE)
        return Place(self._offset, length, OffsetBase.STREAM)

    def _broken_stream(self, error: BrokenStream) -> BrokenRecord:
        stream = self._stream
        if not self._is_open:
            self._compressed = stream.compressed
            self._offset, self._member_offset = stream.stream_offset, stream.member_offset
            self._own_member = stream.stream_offset == stream.member_stream_offset
        reason = "record cut off" if error.cut_off else f"broken {stream.compression}"
        place, reached = self._place(), stream.file_offset
        self._is_open = False
        self._in_member = stream.resync(
            stream.member_offset + 1, starts_record, self._starts_plainly
        )
        lost = 0 if self._in_member else stream.file_offset - reached
        rest = f"; the rest of the file, at most {lost:,} bytes, cannot be read" if lost else ""
        return BrokenRecord(place, reason, f"{error}{rest}")
