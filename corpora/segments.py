"""Records that a writer split over several: joined where all their segments are in one file."""

from dataclasses import dataclass

from corpora.frames import Place
from corpora.warc_header import WarcHeader
from corpora.warc_page import MAX_FILE_BYTES, Content, Unfit

SEGMENT = "segment of a record"

_MAX_OPEN = 16
_MAX_BYTES = MAX_FILE_BYTES
"""Of all segments that wait for others."""


@dataclass(frozen=True, slots=True)
class Joined:
    """A record put together.

    Attributes:
        header: its first segment's, which is the record's.
        block: its content.
        place: from the start of its first segment to the end of its last one.
    """

    header: WarcHeader
    block: bytes
    place: Place


@dataclass(slots=True)
class _Begun:
    """A record whose last segment has not come yet."""

    header: WarcHeader
    place: Place
    parts: list[bytes]


class Block:
    """The content of a record in memory, read as a `Content`."""

    def __init__(self, block: bytes) -> None:
        self._block = block
        self._at = 0

    @property
    def remaining(self) -> int:
        """Bytes not yet read."""
        return len(self._block) - self._at

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer only at the end."""
        part = self._block[self._at : self._at + size]
        self._at += len(part)
        return part


def is_segment(header: WarcHeader) -> bool:
    """Whether a record is the first or a later part of one that was split."""
    return bool(header.get("warc-segment-number")) or header.record_type == "continuation"


class Segments:
    """The records of a file that have begun and wait for their next segment, in bounded memory."""

    def __init__(self) -> None:
        self._begun: dict[str, _Begun] = {}
        self._waiting_bytes = 0

    def read(self, header: WarcHeader, content: Content) -> bytes | None:
        """The content of a segment; None where it need not be kept or is too large."""
        origin, number = _name(header)
        is_wanted = number == 1 or (
            origin in self._begun and len(self._begun[origin].parts) == number - 1
        )
        if not is_wanted or content.remaining + self._waiting_bytes > _MAX_BYTES:
            self._drop(origin)
            return None
        return content.read(content.remaining)

    def add(self, header: WarcHeader, block: bytes | None, place: Place) -> Joined | Unfit:
        """The record, once this is its last segment; else why this is none by itself."""
        origin, number = _name(header)
        if block is None:
            detail = f"{number} of {origin}: too large, or those before it are not in this file"
            return Unfit(SEGMENT, detail)
        if number == 1:
            self._drop(origin)
            if len(self._begun) >= _MAX_OPEN:
                self._drop(next(iter(self._begun)))
            self._begun[origin] = _Begun(header, place, [])
        begun = self._begun[origin]
        begun.parts.append(block)
        self._waiting_bytes += len(block)
        if not header.get("warc-segment-total-length"):
            return Unfit(SEGMENT, f"{number} of {origin}")
        joined = Joined(begun.header, b"".join(begun.parts), _span(begun.place, place))
        self._drop(origin)
        return joined

    def _drop(self, origin: str) -> None:
        begun = self._begun.pop(origin, None)
        if begun is not None:
            self._waiting_bytes -= sum(map(len, begun.parts))


def _name(header: WarcHeader) -> tuple[str, int]:
    """The id of the whole record, and the number of this segment in it; 0 for a bad one."""
    stated = header.get("warc-segment-number")
    number = int(stated) if stated.isdecimal() and len(stated) < 10 else 0
    origin = header.get("warc-segment-origin-id") or header.get("warc-record-id")
    return origin, number


def _span(first: Place, last: Place) -> Place:
    if first.base is not last.base or last.length is None:
        return first
    return Place(first.offset, last.offset + last.length - first.offset, first.base)
