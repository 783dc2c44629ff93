"""What archives and servers compress with, behind one interface.

Only user of isal, lz4 and backports.zstd.
"""

import bz2
import lzma
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import lz4.frame
from backports import zstd
from isal import igzip_lib

_XZ_MEMORY_BYTES = 256 * 1024 * 1024
_DICTIONARY_BYTES = 16 * 1024 * 1024
_DICTIONARY_MAGIC = b"\x5d\x2a\x4d\x18"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SKIPPABLE = rb"[\x50-\x5f]\x2a\x4d\x18"
_SKIPPABLE_START = re.compile(_SKIPPABLE)

Dictionary = zstd.ZstdDict
"""What the frames of a file were compressed with, beside themselves."""

_ISAL_ERROR: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]  # its stub
BAD_DATA: tuple[type[Exception], ...] = (zlib.error, _ISAL_ERROR, zstd.ZstdError, lzma.LZMAError, OSError, EOFError,
            RuntimeError, ValueError)  # fmt: skip
"""What decompressors raise on bytes that are not theirs."""


class Decompressor(Protocol):
    """One member or frame, as `bz2.BZ2Decompressor` reads it."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether more output takes more input."""

    @property
    def unused_data(self) -> bytes | None:
        """Input behind the end of the member."""

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        """At most `max_length` bytes; what of `data` is left is kept for the next call."""


@dataclass(frozen=True, slots=True)
class Codec:
    """A way to compress whose files are members one after another.

    Attributes:
        name: in messages.
        magic: matches where a member may begin.
        open: a decompressor for one member, given the file's dictionary (zstd only).
        salvage: another one, that hands out all in front of what is broken; None where the first
            does.
    """

    name: str
    magic: re.Pattern[bytes]
    open: Callable[["zstd.ZstdDict | None"], Decompressor]
    salvage: Callable[[], Decompressor] | None = None


class _Zlib:
    """A gzip member. isal is faster, but decodes far ahead, and nothing of that before an error."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._is_full = False

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def needs_input(self) -> bool:
        return not (self._is_full or self._stream.unconsumed_tail or self._stream.eof)

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        block = self._stream.decompress(self._stream.unconsumed_tail + data, max(0, max_length))
        self._is_full = len(block) == max_length
        return block


GZIP = Codec(
    "gzip",
    re.compile(rb"\x1f\x8b\x08[\x00-\x1f]"),
    lambda _: igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP),
    _Zlib,
)
ZSTD = Codec(
    "zstd",
    re.compile(re.escape(_ZSTD_MAGIC) + b"|" + _SKIPPABLE),
    lambda dictionary: zstd.ZstdDecompressor(zstd_dict=dictionary),
)
LZ4 = Codec(
    "lz4",
    re.compile(rb"\x04\x22\x4d\x18|" + _SKIPPABLE),
    lambda _: lz4.frame.LZ4FrameDecompressor(),
)
BZIP2 = Codec(
    "bzip2",
    re.compile(rb"BZh[1-9](?:1AY&SY|\x17\x72\x45\x38\x50\x90)"),
    lambda _: bz2.BZ2Decompressor(),
)
XZ = Codec(
    "xz",
    re.compile(rb"\xfd7zXZ\x00"),
    lambda _: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES),
)
MAGIC_BYTES = 10
"""More than any `Codec.magic` takes."""

CODECS = (GZIP, ZSTD, LZ4, BZIP2, XZ)
_NAME_ENDING = re.compile(r"\.(?:gz|gzip|zst|zstd|lz4|bz2|xz)$")


def codec_of_file(read_at: Callable[[int, int], bytes]) -> Codec | None:
    """How a file is compressed, by its first bytes; None for one that is not.

    Args:
        read_at: at most so many bytes (second) of the file from an offset (first) on.
    """
    start = read_at(0, MAGIC_BYTES)
    if start.startswith(GZIP_START):
        return GZIP
    if start.startswith(_DICTIONARY_MAGIC):
        return ZSTD
    if _SKIPPABLE_START.match(start) and len(start) >= 8:
        # zstd and lz4 share their skippable frames; the next frame tells.
        following = read_at(8 + struct.unpack_from("<I", start, 4)[0], MAGIC_BYTES)
        return LZ4 if LZ4.magic.match(following) and following[:1] == b"\x04" else ZSTD
    return codec_at(start)


def codec_at(start: bytes) -> Codec | None:
    """How a member is compressed, by its first `MAGIC_BYTES` bytes; None for one that is not."""
    return next((codec for codec in CODECS if codec.magic.match(start)), None)


GZIP_START = b"\x1f\x8b"
"""Also of a gzip file that is too short or too broken to be read."""


def dictionary_of_file(read_at: Callable[[int, int], bytes]) -> zstd.ZstdDict | None:
    """The dictionary in the first frame of a `.warc.zst`; None without one that can be used.

    The frame is a skippable one and holds the dictionary as it is or compressed by itself.
    """
    start = read_at(0, 8)
    if not start.startswith(_DICTIONARY_MAGIC) or len(start) < 8:
        return None
    size = struct.unpack_from("<I", start, 4)[0]
    if size > _DICTIONARY_BYTES:
        return None
    content = read_at(8, size)
    try:
        if content.startswith(_ZSTD_MAGIC):
            content = zstd.ZstdDecompressor().decompress(content, _DICTIONARY_BYTES)
        dictionary = zstd.ZstdDict(content)
        zstd.ZstdDecompressor(zstd_dict=dictionary)  # only now is it looked into
    except BAD_DATA:
        return None
    return dictionary


def plain_name(name: str) -> str:
    """A file name, lowercase, without the ending of its compression."""
    return _NAME_ENDING.sub("", name.lower())
