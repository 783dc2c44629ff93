"""The bytes of a file, gzip or plain, with the borders of its gzip members."""

import zlib
from collections.abc import Callable
from os import SEEK_END
from typing import BinaryIO

_READ_BYTES = 16 * 1024
_INFLATE_BYTES = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b\x08"
_PROBE_BYTES = 4096


class BrokenStream(Exception):
    """The file ends inside a gzip member, or its bytes are not gzip.

    Attributes:
        cut_off: whether the file simply ended too early.
    """

    def __init__(self, message: str, *, cut_off: bool = False) -> None:
        super().__init__(message)
        self.cut_off = cut_off


class MemberStream:
    """Reads a file forward in bounded memory and stops at every border of a gzip member.

    A plain file counts as one member. After `BrokenStream` only `resync` may be called.

    Attributes:
        compressed: whether the file starts as gzip.
        stream_offset: decompressed bytes delivered so far.
        member_offset: file offset at which the current member starts.
        member_stream_offset: `stream_offset` at which the current member starts.
    """

    def __init__(self, file: BinaryIO) -> None:
        self.compressed = file.read(2) == _GZIP_MAGIC[:2]
        file.seek(0)
        self.stream_offset = 0
        self.member_offset = 0
        self.member_stream_offset = 0
        self._file = file
        self._raw = b""  # read from a gzip file and not yet inflated
        self._inflator: zlib._Decompress | None = None  # None between two members
        self._buffer = b""
        self._at = 0
        self._began = False

    @property
    def file_offset(self) -> int:
        """File bytes used up; behind the last byte of a member at its end."""
        return self._file.tell() - (len(self._raw) if self.compressed else self._waiting)

    @property
    def _waiting(self) -> int:
        return len(self._buffer) - self._at

    def next_member(self) -> bool:
        """Enter the next member, once the current one is read; False at the end of the file.

        Raises:
            BrokenStream: what follows is not gzip.
        """
        if not self.compressed:
            began, self._began = self._began, True
            return not began
        # Some writers pad a file with zeros up to a block border; gunzip ignores them too.
        while True:
            self._raw = self._raw.lstrip(b"\x00") or self._file.read(_READ_BYTES)
            if not self._raw:
                return False
            if self._raw[0]:
                break
        self._raw += self._file.read(_READ_BYTES) if len(self._raw) < len(_GZIP_MAGIC) else b""
        self._enter(self.file_offset)
        if not self._raw.startswith(_GZIP_MAGIC):
            raise BrokenStream("not gzip data")
        return True

    def peek(self, size: int) -> bytes:
        """The next `size` bytes without consuming them, fewer at the end of the member."""
        while self._waiting < size:
            waiting = self._buffer[self._at :]
            block = self._next_block()
            if not block:
                break
            self._buffer, self._at = waiting + block, 0
        return self._buffer[self._at : self._at + size]

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty only at the end of the member."""
        if not self._waiting:
            self._buffer, self._at = self._next_block(), 0
        chunk = self._buffer[self._at : self._at + size]
        self._at += len(chunk)
        self.stream_offset += len(chunk)
        return chunk

    def skip(self, size: int) -> int:
        """Pass over at most `size` bytes; 0 only at the end of the member."""
        if self.compressed or size <= self._waiting:
            return len(self.read(size))
        # Seeking keeps a plain file with absurd record lengths from being read again and again.
        start = self.stream_offset
        self.seek(min(start + size, max(start, self._file.seek(0, SEEK_END))))
        return self.stream_offset - start

    def readline(self, limit: int) -> bytes:
        """One line with its line feed, or what there is after `limit` bytes or at the end."""
        parts: list[bytes] = []
        while limit > 0:
            if not self._waiting:
                self._buffer, self._at = self._next_block(), 0
            end = self._buffer.find(b"\n", self._at, self._at + limit) + 1
            part = self.read((end or self._at + limit) - self._at)
            parts.append(part)
            limit -= len(part)
            if end or not part:
                break
        return b"".join(parts)

    def seek(self, offset: int) -> None:
        """Go to a file offset; plain files only."""
        self._file.seek(offset)
        self._buffer, self._at = b"", 0
        self.stream_offset = offset

    def resync(self, after: int, accept: Callable[[bytes], bool]) -> bool:
        """Enter the first member behind file offset `after` whose first bytes are accepted.

        Returns:
            False when there is none; the stream is then at its end.
        """
        self._file.seek(after)
        self._raw, window_at, window = b"", after, self._file.read(_READ_BYTES)
        while len(window) >= len(_GZIP_MAGIC):
            found = window.find(_GZIP_MAGIC)
            if found < 0:
                found = len(window) - len(_GZIP_MAGIC) + 1
            window_at, window = window_at + found, window[found:]
            if len(window) < _READ_BYTES:
                window += self._file.read(_READ_BYTES)
            if window.startswith(_GZIP_MAGIC):
                if accept(_probe(window)):
                    self._raw = window
                    self._enter(window_at)
                    return True
                window_at, window = window_at + 1, window[1:]
        self._inflator, self._buffer, self._at = None, b"", 0
        return False

    def _enter(self, offset: int) -> None:
        self.member_offset, self.member_stream_offset = offset, self.stream_offset
        self._inflator = zlib.decompressobj(wbits=31)
        self._buffer, self._at = b"", 0

    def _next_block(self) -> bytes:
        if not self.compressed:
            return self._file.read(_READ_BYTES) if self._began else b""
        while self._inflator is not None:
            self._raw = self._raw or self._file.read(_READ_BYTES)
            at_end = not self._raw
            try:
                block = self._inflator.decompress(self._raw, _INFLATE_BYTES)
            except zlib.error as error:
                raise BrokenStream(str(error)) from error
            if self._inflator.eof:
                self._raw, self._inflator = self._inflator.unused_data, None
            else:
                self._raw = self._inflator.unconsumed_tail
            if block:
                return block
            if at_end and self._inflator is not None:
                raise BrokenStream("the file ends inside a gzip member", cut_off=True)
        return b""


def _probe(member: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(member, _PROBE_BYTES)
    except zlib.error:
        return b""
