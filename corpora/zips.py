"""Zip archives: what is in them and each entry as a seekable stream, also where they are broken."""

import io
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

ZIP_START = b"PK\x03\x04"

_LOCAL = struct.Struct("<4sHHHHHIIIHH")
_DESCRIPTOR = b"PK\x07\x08"
_END = b"PK\x05\x06"
_END_BYTES = 22 + 65_535  # with the longest comment
_DIRECTORY_BYTES = 64 * 1024 * 1024
_WINDOW_BYTES = 1024 * 1024
_UNKNOWN_SIZE = 0xFFFFFFFF
_STORED, _DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
_FREE_BYTES = 64 * 1024 * 1024
_MAX_RATIO = 500
"""An entry may expand to `_FREE_BYTES` and so many times its own size; deflate reaches 1,032."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a zip archive.

    Attributes:
        name: as the archive spells it.
        offset: of its data in the archive.
        size: bytes of its data, as stored.
        method: of compression, as zip numbers it.
        is_encrypted: whether it takes a password.
    """

    name: str
    offset: int
    size: int
    method: int
    is_encrypted: bool

    @property
    def problem(self) -> str:
        """Why it cannot be read; empty where it can."""
        if self.is_encrypted:
            return "it is encrypted"
        return "" if self.method in (_STORED, _DEFLATED) else f"compression {self.method}"

    @property
    def is_stored(self) -> bool:
        """Whether it is not compressed, so that any place in it is found at once."""
        return self.method == _STORED


@dataclass(frozen=True, slots=True)
class Listing:
    """The entries of an archive.

    Attributes:
        entries: in the order of their data; folders are left out.
        problem: what is wrong with its directory, so that the entries were found one by one
            from the start; empty when nothing is.
    """

    entries: tuple[Entry, ...]
    problem: str = ""


def list_entries(file: BinaryIO) -> Listing:
    """What a zip archive holds; where its directory is broken, what can still be found.

    Raises:
        OSError: the file cannot be read.
    """
    size = file.seek(0, io.SEEK_END)
    try:
        _check_directory(file, size)
        with zipfile.ZipFile(file) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
        return Listing(tuple(_walk(file, size)), str(error)[:200])
    entries = []
    for info in sorted(infos, key=lambda info: info.header_offset):
        local = _local_header(file, info.header_offset)
        if local is not None and not info.is_dir():
            encrypted = bool(info.flag_bits & 1)
            entries.append(
                Entry(info.filename, local[1], info.compress_size, info.compress_type, encrypted)
            )
    problem = "" if len(entries) == sum(not info.is_dir() for info in infos) else "missing entries"
    if sum(entry.size for entry in entries) > size:
        return Listing((), "its entries overlap")
    return Listing(tuple(entries), problem)


def open_entry(file: BinaryIO, entry: Entry) -> BinaryIO:
    """The content of an entry; closing it closes `file`.

    Reading raises `OSError` where the entry is broken or expands beyond measure.
    """
    window: io.RawIOBase = _Window(file, entry.offset, entry.size)
    if not entry.is_stored:
        window = _Inflated(window, _FREE_BYTES + _MAX_RATIO * entry.size)
    return io.BufferedReader(window, 64 * 1024)


def _check_directory(file: BinaryIO, size: int) -> None:
    """Refuse a directory that would take more memory than any real one."""
    file.seek(max(0, size - _END_BYTES))
    tail = file.read(_END_BYTES)
    at = tail.rfind(_END)
    if at < 0 or at + 22 > len(tail):
        raise zipfile.BadZipFile("no central directory: the file is cut off")
    stated = struct.unpack_from("<I", tail, at + 12)[0]
    directory_size = min(stated, size) if stated != _UNKNOWN_SIZE else 0
    entries = struct.unpack_from("<H", tail, at + 10)[0]
    if directory_size > _DIRECTORY_BYTES:
        raise zipfile.BadZipFile(f"a central directory of {directory_size} bytes")
    if stated == _UNKNOWN_SIZE or entries == 0xFFFF:
        _check_directory64(file, max(0, size - _END_BYTES) + at)


def _check_directory64(file: BinaryIO, end_offset: int) -> None:
    file.seek(max(0, end_offset - 20))
    locator = file.read(20)
    if not locator.startswith(b"PK\x06\x07"):
        return  # then the numbers are not 64 bits wide
    file.seek(struct.unpack_from("<Q", locator, 8)[0])
    record = file.read(56)
    if len(record) == 56 and struct.unpack_from("<Q", record, 40)[0] > _DIRECTORY_BYTES:
        raise zipfile.BadZipFile("a central directory beyond measure")


def _local_header(file: BinaryIO, offset: int) -> tuple[tuple[int, ...], int, bytes, bytes] | None:
    """Numbers, end, name and extra field of the header before an entry's data."""
    file.seek(offset)
    raw = file.read(_LOCAL.size)
    if len(raw) < _LOCAL.size or not raw.startswith(ZIP_START):
        return None
    numbers = _LOCAL.unpack(raw)[1:]
    name, extra = file.read(numbers[8]), file.read(numbers[9])
    return numbers, offset + _LOCAL.size + numbers[8] + numbers[9], name, extra


def _walk(file: BinaryIO, size: int) -> Iterator[Entry]:
    """The entries from the start on, by their own headers."""
    offset = 0
    while (local := _local_header(file, offset)) is not None:
        (_, flags, method, _, _, _, stored, _, _, _), start, raw_name, extra = local
        name = raw_name.decode("utf-8" if flags & 0x800 else "cp437", "replace")
        if stored == _UNKNOWN_SIZE:
            stored = _size64(extra)
        if flags & 8 and not stored:
            stored = _size_by_descriptor(file, start, size)
        stored = min(stored, size - start)
        if not name.endswith("/"):
            yield Entry(name, start, stored, method, bool(flags & 1))
        offset = _next_header(file, start + stored)


def _size64(extra: bytes) -> int:
    """The stored size in the extra field of a large entry; without limit where it is missing."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1 and length >= 16 and at + 20 <= len(extra):
            return int(struct.unpack_from("<Q", extra, at + 12)[0])
        at += 4 + length
    return 1 << 62


def _size_by_descriptor(file: BinaryIO, start: int, size: int) -> int:
    """The size of an entry that only what follows its data tells; all there is where it is lost."""
    offset = start
    while offset < size:
        file.seek(offset)
        window = file.read(_WINDOW_BYTES)
        for found in re.finditer(re.escape(_DESCRIPTOR), window):
            distance = offset + found.start() - start
            file.seek(offset + found.start() + 8)
            stated = file.read(8)
            if len(stated) == 8 and distance in (
                struct.unpack_from("<I", stated)[0],
                struct.unpack_from("<Q", stated)[0],
            ):
                return distance
        if len(window) < _WINDOW_BYTES:
            break
        offset += len(window) - 3
    return size - start


def _next_header(file: BinaryIO, offset: int) -> int:
    """Where the header behind an entry's data is: perhaps behind a descriptor of its size."""
    file.seek(offset)
    found = file.read(64).find(ZIP_START)
    return offset + max(found, 0)


class _Window(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, file: BinaryIO, offset: int, size: int) -> None:
        super().__init__()
        self._file, self._offset, self._size, self._at = file, offset, size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        size = min(len(buffer), max(0, self._size - self._at))
        self._file.seek(self._offset + self._at)
        data = self._file.read(size)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)

    def close(self) -> None:
        self._file.close()
        super().close()


class _Inflated(io.RawIOBase):
    """A deflated file as a file; going back means inflating it again from the start."""

    def __init__(self, packed: io.RawIOBase, limit: int) -> None:
        super().__init__()
        self._packed, self._limit = packed, limit
        self._at = 0
        self._size: int | None = None  # known once its end was seen
        self._inflator = zlib.decompressobj(-zlib.MAX_WBITS)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_END:
            while self._size is None:
                self._inflate(_WINDOW_BYTES)
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size or 0}[whence]
        target = max(0, base + offset)
        if target < self._at:
            self._packed.seek(0)
            self._at, self._inflator = 0, zlib.decompressobj(-zlib.MAX_WBITS)
        while self._at < target and self._inflate(min(_WINDOW_BYTES, target - self._at)):
            pass
        return self._at

    def readinto(self, buffer: "memoryview[int]") -> int:  # type: ignore[override]
        data = self._inflate(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _inflate(self, size: int) -> bytes:
        """At most `size` bytes more; none only at the end."""
        data = b""
        while not data and size and not self._inflator.eof:
            packed = self._inflator.unconsumed_tail or self._packed.read(64 * 1024) or b""
            try:
                data = self._inflator.decompress(packed, size)
            except zlib.error as error:
                raise OSError(f"broken deflate data in a zip archive: {error}") from error
            if not packed and not data and not self._inflator.eof:
                raise OSError("deflate data in a zip archive is cut off")
        self._at += len(data)
        if self._at > self._limit:
            raise OSError(f"an entry of a zip archive expands to over {self._limit} bytes")
        if not data and size:
            self._size = self._at
        return data

    def close(self) -> None:
        self._packed.close()
        super().close()
