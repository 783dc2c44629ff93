"""Where members may begin in a file that is broken, or put together from several."""

import re
from collections.abc import Callable, Iterator

from corpora.compression import BAD_DATA, CODECS, MAGIC_BYTES, Codec, Dictionary, codec_at

PLAIN_START = re.compile(rb"WARC/|filedesc:/")
"""What an archive begins with that is not compressed."""
ANY_START = re.compile(b"|".join((*(codec.magic.pattern for codec in CODECS), PLAIN_START.pattern)))
PROBE_BYTES = 4096
PROBE_STEP_BYTES = 32 * 1024
_WINDOW_BYTES = 64 * 1024

ReadAt = Callable[[int, int], bytes]
"""At most so many bytes (second) of a file from an offset (first) on."""


def member_starts(
    read_at: ReadAt, after: int, own: Codec, *, is_mixed: bool
) -> Iterator[tuple[int, Codec | None]]:
    """File offsets at which a member may begin, and how it is compressed; None for a plain record.

    Args:
        read_at: reads the file.
        after: the first offset.
        own: how the file is compressed; of two kinds with one beginning this one is meant.
        is_mixed: whether members of other kinds and plain records are looked for, too.
    """
    magic = ANY_START if is_mixed else own.magic
    while True:
        window = read_at(after, _WINDOW_BYTES)
        is_last = len(window) < _WINDOW_BYTES
        known = len(window) if is_last else len(window) - MAGIC_BYTES
        for found in magic.finditer(window):
            if found.start() < known:
                is_own = own.magic.match(window, found.start())
                yield after + found.start(), own if is_own else codec_at(found[0])
        if is_last:
            return
        after += known


def first_bytes(
    read_at: ReadAt, codec: Codec, dictionary: Dictionary | None, offset: int, limit: int
) -> tuple[bytes, int]:
    """The first bytes of a member, empty where it is none; and how much was read in vain for it.

    Args:
        read_at: reads the file.
        codec: how it is compressed.
        dictionary: of the file.
        offset: where it begins.
        limit: most bytes that are read, but for one step.
    """
    decompressor = codec.open(dictionary)
    at = offset
    try:
        while at < offset + limit and (piece := read_at(at, PROBE_STEP_BYTES)):
            out = decompressor.decompress(piece, PROBE_BYTES)
            if out or decompressor.eof:
                return out, at - offset
            at += len(piece)
    except BAD_DATA:
        pass
    return b"", at - offset
