"""Where the records of an XML stream begin and end, whatever is broken in between.

Only the tags that open or close a record are looked at, outside comments, CDATA sections,
instructions and the document type. A start tag inside a record means that the record lost its
end: a new one begins there. Each byte is looked at a fixed number of times.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_PROLOG_BYTES = 64 * 1024
_MAX_TOKEN_BYTES = 512
"""A tag's name with its prefix is shorter."""
_MAX_ASIDE_BYTES = 1024 * 1024
"""A comment, instruction or document type that is longer was never closed."""

_CLOSERS = {b"<!--": b"--", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_DOCTYPE = b"<!DOCTYPE"
_DOCTYPE_END = re.compile(rb"[^\[>]*(?:>|\[.*?\]\s*>)", re.DOTALL)
_TAG_END = re.compile(rb"[<>]")
_NOT_YET, _NEVER = -1, -2


class Trouble(StrEnum):
    """Why a record cannot be parsed."""

    CUT_OFF = "record cut off"
    TOO_LARGE = "record too large"
    NO_START = "record without a start tag"


@dataclass(frozen=True, slots=True)
class Piece:
    """A record, or what is left of one.

    Attributes:
        name: local name of its element.
        offset: bytes of the stream before it.
        length: bytes it takes.
        data: the bytes; empty in trouble.
        trouble: None for a whole record.
    """

    name: str
    offset: int
    length: int
    data: bytes
    trouble: Trouble | None


class Scanner:
    """Is fed a stream block by block and gives its records as they end.

    Attributes:
        prolog: what stood before the first record, at most 64 KiB of it.
        position: bytes of the stream fed so far.
    """

    def __init__(self, names: frozenset[str], max_record_bytes: int) -> None:
        wanted = b"|".join(re.escape(name.encode()) for name in sorted(names, reverse=True))
        self._token = re.compile(
            rb"<(?:!--|!\[CDATA\[|!DOCTYPE|\?|(?P<close>/?)(?:[\w.-]{1,64}:)?(?P<name>%s)(?=[\s/>]))"
            % wanted
        )
        self._max_bytes = max_record_bytes
        self.prolog = b""
        self.position = 0
        self._buffer = bytearray()
        self._buffer_at = 0  # stream offset of the buffer's first byte
        self._at = 0  # in the buffer: looked at so far
        self._name: str | None = None  # of the open record
        self._start = 0  # stream offset of the open record
        self._tail = 0  # stream offset behind the last record
        self._has_begun = False
        self._has_doctype = False
        self._unclosed: dict[bytes, int] = {}  # closer -> stream offset up to which there is none

    def feed(self, block: bytes) -> Iterator[Piece]:
        """The records that end in this block."""
        self._buffer += block
        self.position += len(block)
        yield from self._scan(is_last=False)
        self._trim()

    def close(self) -> Iterator[Piece]:
        """The records that the end of the stream, or a gap in it, ends."""
        yield from self._scan(is_last=True)
        if self._name is not None:
            yield self._cut_off(self.position)
        self._buffer.clear()
        self._buffer_at, self._at, self._tail = self.position, 0, self.position
        self._unclosed.clear()

    def _scan(self, *, is_last: bool) -> Iterator[Piece]:
        while match := self._token.search(self._buffer, self._at):
            # The end of the buffer may cut a token or the character behind it.
            if match["name"] is None:
                if not self._pass_aside(match, is_last=is_last):
                    return
                continue
            mark = _TAG_END.search(self._buffer, match.end())
            if not (mark or is_last or len(self._buffer) - match.start() > _MAX_ASIDE_BYTES):
                self._at = match.start()
                return
            # Another tag may begin before this one ends; then it never does.
            end = match.end() if mark is None else mark.end() - (mark[0] == b"<")
            yield from self._tag(match, end)
            self._at = end
        self._at = max(self._at, len(self._buffer) - (0 if is_last else _MAX_TOKEN_BYTES))

    def _tag(self, match: re.Match[bytes], end: int) -> Iterator[Piece]:
        name = match["name"].decode()
        start, stop = self._buffer_at + match.start(), self._buffer_at + end
        if not match["close"]:
            if self._name is not None:
                yield self._cut_off(start)
            self._open(name, match.start())
            if self._buffer[end - 2 : end] != b"/>":
                return
        if self._name == name:
            yield self._finish(stop)
        elif self._name is None:
            length = stop - self._tail
            yield Piece(name, self._tail, length, b"", Trouble.NO_START)
            self._tail = stop

    def _open(self, name: str, at: int) -> None:
        if not self._has_begun:
            self._keep_prolog(at)
        self._has_begun = True
        self._name, self._start = name, self._buffer_at + at

    def _finish(self, stop: int) -> Piece:
        name, length = self._name or "", stop - self._start
        self._name, self._tail = None, stop
        if length > self._max_bytes:
            return Piece(name, self._start, length, b"", Trouble.TOO_LARGE)
        at = self._start - self._buffer_at
        return Piece(name, self._start, length, bytes(self._buffer[at : at + length]), None)

    def _cut_off(self, stop: int) -> Piece:
        piece = Piece(self._name or "", self._start, stop - self._start, b"", Trouble.CUT_OFF)
        self._name, self._tail = None, stop
        return piece

    def _pass_aside(self, match: re.Match[bytes], *, is_last: bool) -> bool:
        """Go behind a comment or its like; False where more of the stream has to come first."""
        opener = bytes(match[0])
        if opener == _DOCTYPE:
            return self._pass_doctype(match, is_last=is_last)
        closer = _CLOSERS[opener]
        begin = max(match.end(), self._unclosed.get(closer, 0) - self._buffer_at)
        found = self._find_end(opener, closer, begin)
        if found >= 0:
            self._at = found
            return True
        if found == _NOT_YET:
            border = max(begin, len(self._buffer) - len(closer))
            self._unclosed[closer] = self._buffer_at + border
            reach = self._max_bytes if opener == b"<![CDATA[" else _MAX_ASIDE_BYTES
            if not is_last and len(self._buffer) - match.start() <= reach:
                self._at = match.start()
                return False
        self._at = match.end()  # never closed: what follows counts as if it was not there
        return True

    def _pass_doctype(self, match: re.Match[bytes], *, is_last: bool) -> bool:
        """The same for the document type, of which there is one, before all records."""
        self._at = match.end()
        if self._has_begun or self._has_doctype:
            return True
        end = _DOCTYPE_END.match(self._buffer, match.end())
        if end is None and not is_last and len(self._buffer) - match.start() <= _MAX_ASIDE_BYTES:
            self._at = match.start()
            return False
        self._has_doctype = True
        if end is not None:
            self._at = end.end()
        return True

    def _find_end(self, opener: bytes, closer: bytes, begin: int) -> int:
        """Behind the end of an aside, _NOT_YET or _NEVER."""
        found = self._buffer.find(closer, begin)
        if found < 0:
            return _NOT_YET
        if opener != b"<!--":
            return found + len(closer)
        if len(self._buffer) == found + len(closer):
            return _NOT_YET
        # Two hyphens inside a comment: it lost its end, and another one begins here.
        return found + 3 if self._buffer[found + 2] == ord(">") else _NEVER

    def _keep_prolog(self, end: int) -> None:
        room = MAX_PROLOG_BYTES - len(self.prolog)
        self.prolog += bytes(self._buffer[: min(end, room)])

    def _trim(self) -> None:
        """Drop what no record needs any more."""
        keep = self._at
        if self._name is not None:
            start = self._start - self._buffer_at
            if start >= 0 and len(self._buffer) - start <= self._max_bytes + _MAX_ASIDE_BYTES:
                keep = min(keep, start)
        if not self._has_begun:
            self._keep_prolog(keep)
        del self._buffer[:keep]
        self._buffer_at += keep
        self._at -= keep
