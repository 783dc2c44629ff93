"""The bytes of a file, compressed or plain, with the borders of its members.

A member is what can be decompressed by itself: a gzip member, a zstd or lz4 frame, a bzip2 or xz
stream.
"""

from collections.abc import Callable
from os import SEEK_END
from typing import BinaryIO

from corpora.compression import (
    BAD_DATA,
    MAGIC_BYTES,
    ZSTD,
    Codec,
    Decompressor,
    codec_at,
    codec_of_file,
    dictionary_of_file,
)
from corpora.member_starts import (
    ANY_START,
    PLAIN_START,
    PROBE_BYTES,
    PROBE_STEP_BYTES,
    first_bytes,
    member_starts,
)

_READ_BYTES = 64 * 1024
_FEED_BYTES = 32 * 1024  # what lies behind the end of a member is copied for each member
_INFLATE_BYTES = 64 * 1024
_PROBE_INPUT_BYTES = 5 * 1024 * 1024  # the largest block of lz4 takes 4 MiB
_FREE_REREAD_BYTES = 64 * 1024 * 1024
_APART = 64
"""Bytes between places that are tried in a file that is full of such that turn out to be none."""
_SALVAGE_BYTES = 1
"""What is decompressed at once in front of a break: what is lost of what could be read."""


class BrokenStream(Exception):
    """The file ends inside a member, or its bytes are none.

    Attributes:
        cut_off: whether the file simply ended too early.
    """

    def __init__(self, message: str, *, cut_off: bool = False) -> None:
        super().__init__(message)
        self.cut_off = cut_off


class MemberStream:
    """Reads a file forward in bounded memory and stops at every border of a member.

    A plain file counts as one member. Where members of another kind, or plain records, follow those
    of one kind (somebody appended a file to another), they are entered like any other. All that can be decompressed in front of a break is
    delivered before `BrokenStream` is raised; then only `rewind` and `resync` may be called.

    Attributes:
        stream_offset: decompressed bytes delivered so far; the file offset where nothing is
            compressed.
        member_offset: file offset at which the current member starts.
        member_stream_offset: `stream_offset` at which the current member starts.
        broken: what will be raised behind what was decompressed already; mostly None.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._codec = codec_of_file(self._read_at)
        self._dictionary = dictionary_of_file(self._read_at) if self._codec is ZSTD else None
        self.stream_offset = 0
        self.member_offset = 0
        self.member_stream_offset = 0
        self._raw = b""  # read from a compressed file; used up to `_raw_at`
        self._raw_at = 0
        self._decompressor: Decompressor | None = None  # None between two members
        self.broken: BrokenStream | None = None
        self._buffer = b""
        self._at = 0
        self._began = False
        self._reread_bytes = 0
        self._probed_bytes = 0
        file.seek(0)

    @property
    def compressed(self) -> bool:
        """Whether anything is compressed at this place."""
        return self._codec is not None

    @property
    def compression(self) -> str:
        """How; empty for not at all."""
        return self._codec.name if self._codec else ""

    @property
    def file_offset(self) -> int:
        """File bytes used up; behind the last byte of a member at its end."""
        unused = len(self._raw) - self._raw_at if self.compressed else self._waiting
        return self._file.tell() - unused

    @property
    def _waiting(self) -> int:
        return len(self._buffer) - self._at

    def next_member(self) -> bool:
        """Enter the next member, once the current one is read; False at the end of the file.

        Raises:
            BrokenStream: what follows is no member.
        """
        if self._codec is None:
            began, self._began = self._began, True
            return not began
        # Some writers pad a file with zeros up to a block border; gunzip ignores them too.
        while True:
            if self._raw_at == len(self._raw) and not self._fill():
                return False
            if self._raw[self._raw_at]:
                break
            rest = self._raw[self._raw_at :].lstrip(b"\x00")
            self._raw_at = len(self._raw) - len(rest)
        if len(self._raw) - self._raw_at < MAGIC_BYTES:
            self._fill()
        start = self._raw[self._raw_at : self._raw_at + MAGIC_BYTES]
        is_own = self._codec.magic.match(start) is not None
        if not is_own and (codec_at(start) or PLAIN_START.match(start)):
            return self.enter_at(self.file_offset) or self.next_member()
        self._enter(self.file_offset)
        if not is_own:
            raise BrokenStream(f"not {self._codec.name} data")
        return True

    def leave_plain(self) -> bool:
        """Whether a compressed member follows where a plain record ended; it is to be entered."""
        if self._codec is not None or codec_at(self.peek(MAGIC_BYTES)) is None:
            return False
        return not self.enter_at(self.file_offset)

    def find_member(self, size: int, accept: Callable[[bytes], bool]) -> int:
        """Bytes in front of the first compressed member within `size` bytes that were peeked at.

        `size` where there is none whose first bytes are accepted, and within what is compressed.
        """
        if self._codec is not None:
            return size
        place, here = self._file.tell(), self.file_offset
        for found in ANY_START.finditer(self._buffer, self._at, self._at + size):
            codec, offset = codec_at(found[0]), found.start() - self._at
            if codec and self._may_probe() and accept(self._probe(codec, here + offset)):
                size = offset
                break
        self._file.seek(place)
        return size

    def enter_at(self, offset: int) -> bool:
        """Go to the file offset of a member or of a plain record, whatever was read before.

        Returns:
            Whether it is entered; `next_member` enters a compressed one.
        """
        start = self._read_at(offset, MAGIC_BYTES)
        if self._codec is None or not self._codec.magic.match(start):
            self._codec = codec_at(start)
        self._began = True
        self.seek(offset)
        if self._codec is None:
            self.member_offset = self.member_stream_offset = offset
        return self._codec is None

    def peek(self, size: int) -> bytes:
        """The next `size` bytes without consuming them, fewer where the member ends or breaks."""
        while self._waiting < size:
            waiting = self._buffer[self._at :]
            try:
                block = self._next_block()
            except BrokenStream:
                if not waiting:
                    raise
                break
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
            if not self._waiting:
                self._buffer, self._at = self._next_block(), 0
            size = min(size, self._waiting)
            self._at += size
            self.stream_offset += size
            return size
        # Seeking keeps a plain file with absurd record lengths from being read again and again.
        start = self.stream_offset
        self.seek(min(start + size, max(start, self._file.seek(0, SEEK_END))))
        return self.stream_offset - start

    def skip_any(self, characters: bytes) -> None:
        """Pass over all that follows of these characters, within the member."""
        while self._waiting or self.peek(1):
            if self._buffer[self._at] not in characters:
                return
            rest = len(self._buffer[self._at :].lstrip(characters))
            self.stream_offset += self._waiting - rest
            self._at = len(self._buffer) - rest

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
        """Go to a file offset: any of a plain file, the start of a member of another.

        `stream_offset` is then the file offset, or counts on in a compressed file.
        """
        self._file.seek(offset)
        self._buffer, self._at, self.broken = b"", 0, None
        if self.compressed:
            self._raw, self._raw_at, self._decompressor = b"", 0, None
        else:
            self.stream_offset = offset

    def rewind(self, stream_offset: int) -> bool:
        """Go back to where the current member or plain file was before.

        Returns:
            False where that would mean decompressing too much again, all such times together;
            the stream then stays where it is.
        """
        if not self.compressed:
            self.seek(stream_offset)
            return True
        cost = self.stream_offset - self.member_stream_offset
        if self._reread_bytes + cost > _FREE_REREAD_BYTES + 4 * self.stream_offset:
            return False
        self._reread_bytes += cost
        self.stream_offset = self.member_stream_offset
        self.seek(self.member_offset)
        self.next_member()
        while self.stream_offset < stream_offset:
            if not self.skip(stream_offset - self.stream_offset):
                break
        return True

    def resync(
        self,
        after: int,
        accept: Callable[[bytes], bool],
        accept_plain: Callable[[bytes], bool] | None = None,
    ) -> bool:
        """Enter the first member behind file offset `after` whose first bytes are accepted.

        Args:
            after: file offset.
            accept: told the first bytes of a member.
            accept_plain: told what may be a plain record; None where there can be none.

        Returns:
            False when there is none; the stream is then at its end.
        """
        reached = self._file.tell()
        # Members may be built so that each reads far into the next ones before it breaks.
        if self._reread_bytes + reached - after > _FREE_REREAD_BYTES + reached:
            after = max(after, self.file_offset)
        self._reread_bytes += reached - after
        assert self._codec is not None, "a plain file is never broken"
        is_mixed, tried = accept_plain is not None, after - _APART
        for offset, codec in member_starts(self._read_at, after, self._codec, is_mixed=is_mixed):
            if codec is None:
                if accept_plain is not None and accept_plain(self._read_at(offset, PROBE_BYTES)):
                    return self.enter_at(offset)
            elif not self._may_probe() and (codec is not self._codec or offset < tried + _APART):
                continue
            elif accept(self._probe(codec, offset)):
                self._codec = codec
                self.seek(offset)
                self._enter(offset)
                return True
            tried = offset
        self._file.seek(0, SEEK_END)
        self._raw, self._raw_at, self._decompressor = b"", 0, None
        self._buffer, self._at = b"", 0
        return False

    def _may_probe(self) -> bool:
        """Whether looking for members of another kind costs no more than reading the file did."""
        return self._probed_bytes < _FREE_REREAD_BYTES + self._file.tell()

    def _probe(self, codec: Codec, offset: int) -> bytes:
        """The first bytes of a member; empty where it is none."""
        is_cheap = self._reread_bytes < self._file.tell() * 4 + _FREE_REREAD_BYTES
        limit = _PROBE_INPUT_BYTES if is_cheap else PROBE_STEP_BYTES
        out, taken = first_bytes(self._read_at, codec, self._dictionary, offset, limit)
        self._reread_bytes += taken
        self._probed_bytes += taken + PROBE_STEP_BYTES
        return out

    def _enter(self, offset: int) -> None:
        assert self._codec is not None, "a plain file is entered once"
        self.member_offset, self.member_stream_offset = offset, self.stream_offset
        self._decompressor = self._codec.open(self._dictionary)
        self._buffer, self._at, self.broken = b"", 0, None

    def _next_block(self) -> bytes:
        if self._codec is None:
            return self._file.read(_READ_BYTES) if self._began else b""
        if self.broken is not None:
            raise self.broken
        while self._decompressor is not None:
            piece = b""
            if self._decompressor.needs_input:
                if self._raw_at == len(self._raw):
                    self._fill()
                piece = self._raw[self._raw_at : self._raw_at + _FEED_BYTES]
                self._raw_at += len(piece)
            at_end = not piece and self._decompressor.needs_input
            try:
                block = self._decompressor.decompress(piece, _INFLATE_BYTES)
            except BAD_DATA as error:
                self._raw_at -= len(piece)
                return self._break(BrokenStream(str(error)))
            if self._decompressor.eof:
                self._raw_at -= len(self._decompressor.unused_data or b"")
                self._decompressor = None
            if block:
                return block
            if at_end and self._decompressor is not None:
                name = self._codec.name
                cut = BrokenStream(f"the file ends inside a {name} member", cut_off=True)
                self.broken = cut
                raise cut
        return b""

    def _break(self, error: BrokenStream) -> bytes:
        """Notes where a member breaks; what a decompressor had done when it failed, in its place.

        Raises:
            BrokenStream: it had done nothing.
        """
        self.broken = error
        block = self._salvage()
        if not block:
            raise error
        return block

    def _salvage(self) -> bytes:
        """What of the member was not delivered yet and can be: decompressed once more, in sips."""
        assert self._codec is not None, "a plain file is never broken"
        known = self.stream_offset - self.member_stream_offset + self._waiting
        if self._reread_bytes + known > _FREE_REREAD_BYTES + 4 * self.stream_offset:
            return b""
        self._reread_bytes += known
        codec = self._codec
        decompressor = codec.salvage() if codec.salvage else codec.open(self._dictionary)
        offset = self.member_offset
        parts: list[bytes] = []
        try:
            while not decompressor.eof:
                piece = self._read_at(offset, _FEED_BYTES) if decompressor.needs_input else b""
                offset += len(piece)
                most = min(known, _INFLATE_BYTES) or _SALVAGE_BYTES
                block = decompressor.decompress(piece, most)
                if not block and not piece and decompressor.needs_input:
                    break
                parts += [block] if not known else []
                known -= min(known, len(block))
        except BAD_DATA:
            pass
        return b"".join(parts)

    def _fill(self) -> bool:
        """Read on in the file, keeping what is not used yet; False at its end."""
        block = self._file.read(_READ_BYTES)
        self._raw, self._raw_at = self._raw[self._raw_at :] + block, 0
        return bool(block)

    def _read_at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(size)
